"""Musical mutations of single notes, and of a whole bar written anew, compiled; conventions as in `moves`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import inner
from evomusic.core.grid import FIRST_PITCH, HOLD, REST
from evomusic.encodings.notes.moves import NEAR, Row, end, mend, place, sounding

MOVE, SHIFT, SPLIT, MERGE, LENGTHEN, SHORTEN = range(6)


@inner()
def near(pitch: int, pitches: int, u: float) -> int:
    """A random pitch in range, at most two pitches away; it may be the same."""
    low, high = max(0, pitch - NEAR), min(pitches - 1, pitch + NEAR)
    return low + place(high - low + 1, u)


@inner()
def other(pitch: int, reach: int, pitches: int, u: float) -> int:
    """Another random pitch in range, at most `reach` pitches away; the same where there is no other."""
    low, high = max(0, pitch - reach), min(pitches - 1, pitch + reach)
    drawn = low + place(high - low, u)
    return drawn + 1 if drawn >= pitch and high > low else drawn


@inner()
def room(row: Row, t: int) -> int:
    """Steps by which a note that ends at t can grow: over the rests there, or all but one step of the next note."""
    if t >= len(row):
        return 0
    if row[t] != REST:
        return end(row, t) - t - 1
    past = t
    while past < len(row) and row[past] == REST:
        past += 1
    return past - t


@inner()
def places(row: Row, kind: int, where: NDArray[np.int64]) -> int:
    """Write the steps at which a mutation applies into `where`; return their number.

    These are onsets, but the held steps of SPLIT. An onset that can be shifted a step earlier is entered below zero.
    """
    n = 0
    for t in range(len(row)):
        fits = row[t] >= FIRST_PITCH
        if kind == SHIFT and fits and t > 0 and row[t - 1] < FIRST_PITCH:
            where[n] = -t
            n += 1
        if kind == SPLIT:
            fits = row[t] == HOLD
        elif kind == MERGE:
            fits = fits and t > 0 and row[t - 1] != REST
        elif kind == LENGTHEN:
            fits = fits and room(row, end(row, t)) > 0
        elif kind != MOVE:
            fits = fits and t + 1 < len(row) and row[t + 1] == HOLD
        if fits:
            where[n] = t
            n += 1
    return n


@inner()
def change(row: Row, kind: int, pitches: int, where: NDArray[np.int64], u: float, v: float, w: float) -> None:
    """Change one note, drawn evenly from those to which a mutation applies.

    MOVE: another pitch, evenly by one or two pitches, or any. SHIFT: the onset a step earlier, unless that step is an
    onset, or a step later, if the note is held then. SPLIT: strike it again at one of its held steps, on its own pitch
    or one at most two pitches away. MERGE: tie it to the note before, without a rest between them. LENGTHEN: over
    rests, or over the beginning of the next note, which keeps at least one step. SHORTEN: a note of at least two steps
    to at least one; a rest follows.
    """
    n = places(row, kind, where)
    if n == 0:
        return
    t = where[place(n, u)]
    if kind == MOVE:
        reach = NEAR if v < 0.5 else pitches
        row[t] = other(int(row[t]) - FIRST_PITCH, reach, pitches, w) + FIRST_PITCH
    elif kind == SHIFT and t < 0:
        row[-t - 1], row[-t] = row[-t], HOLD
    elif kind == SHIFT:
        row[t + 1] = row[t]
        row[t] = HOLD if sounding(row, t) >= FIRST_PITCH else REST
    elif kind == SPLIT:
        row[t] = near(sounding(row, t) - FIRST_PITCH, pitches, v) + FIRST_PITCH
    elif kind == MERGE:
        row[t] = HOLD
    elif kind == LENGTHEN:
        past = end(row, t)
        by, following = 1 + place(room(row, past), v), row[past]
        for i in range(past, past + by):
            row[i] = HOLD
        if following >= FIRST_PITCH:
            row[past + by] = following
    else:
        past = end(row, t)
        for i in range(t + 1 + place(past - t - 1, v), past):
            row[i] = REST


@inner()
def fresh(row: Row, bar: int, beat: int, pitches: int, rng: np.random.Generator) -> None:
    """Write a bar anew: a note or rest begins on each beat with probability 1/2, on other steps with 1/4.

    One in eight is a rest; a note is at most two pitches from the one before, the first of a melody anywhere.
    """
    a = place(len(row) // bar, rng.random()) * bar
    note, pitch = sounding(row, a + bar), -1
    for t in range(a - 1, -1, -1):
        if row[t] >= FIRST_PITCH:
            pitch = int(row[t]) - FIRST_PITCH
            break
    for t in range(a, a + bar):
        if rng.random() >= (0.5 if t % beat == 0 else 0.25):
            row[t] = HOLD if sounding(row, t) >= FIRST_PITCH else REST
        elif rng.random() < 0.125:
            row[t] = REST
        else:
            pitch = near(pitch, pitches, rng.random()) if pitch >= 0 else place(pitches, rng.random())
            row[t] = pitch + FIRST_PITCH
    mend(row, a + bar, note)
