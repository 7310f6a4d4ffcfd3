"""Moves of single notes, and the fresh bar, compiled; conventions as in `moves`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import njit
from evomusic.core.grid import FIRST_PITCH, HOLD, REST
from evomusic.encodings.notes.moves import NEAR, Row, end, mend, place, sounding


@njit(cache=True)
def near(pitch: int, pitches: int, u: float) -> int:
    """A pitch in range at most two steps from another, itself among them."""
    low, high = max(0, pitch - NEAR), min(pitches - 1, pitch + NEAR)
    return low + place(high - low + 1, u)


@njit(cache=True)
def other(pitch: int, reach: int, pitches: int, u: float) -> int:
    """A pitch in range at most `reach` steps from another, but not itself; itself where it is alone."""
    low, high = max(0, pitch - reach), min(pitches - 1, pitch + reach)
    drawn = low + place(high - low, u)
    return drawn + 1 if drawn >= pitch and high > low else drawn


@njit(cache=True)
def move(row: Row, pitches: int, where: NDArray[np.int64], u: float, v: float, w: float) -> None:
    """One note to another pitch: with equal chance one or two steps away, or anywhere."""
    n = 0
    for t in range(len(row)):
        if row[t] >= FIRST_PITCH:
            where[n] = t
            n += 1
    if n > 0:
        t = where[place(n, u)]
        reach = NEAR if v < 0.5 else pitches
        row[t] = other(int(row[t]) - FIRST_PITCH, reach, pitches, w) + FIRST_PITCH


@njit(cache=True)
def shift(row: Row, where: NDArray[np.int64], u: float) -> None:
    """One onset a step earlier, where that step is no onset, or later, where it is held; what precedes gives way."""
    n = 0
    for t in range(len(row)):
        if row[t] >= FIRST_PITCH and t > 0 and row[t - 1] < FIRST_PITCH:
            where[n] = -t
            n += 1
        if row[t] >= FIRST_PITCH and t + 1 < len(row) and row[t + 1] == HOLD:
            where[n] = t
            n += 1
    if n == 0:
        return
    t = where[place(n, u)]
    if t < 0:
        row[-t - 1], row[-t] = row[-t], HOLD
    else:
        row[t + 1] = row[t]
        row[t] = HOLD if sounding(row, t) >= FIRST_PITCH else REST


@njit(cache=True)
def split(row: Row, pitches: int, where: NDArray[np.int64], u: float, v: float) -> None:
    """A note struck again at one of its held steps, on its own pitch or one or two steps away."""
    n = 0
    for t in range(len(row)):
        if row[t] == HOLD:
            where[n] = t
            n += 1
    if n > 0:
        t = where[place(n, u)]
        row[t] = near(sounding(row, t) - FIRST_PITCH, pitches, v) + FIRST_PITCH


@njit(cache=True)
def merge(row: Row, where: NDArray[np.int64], u: float) -> None:
    """A note that follows another without rest becomes a part of it."""
    n = 0
    for t in range(1, len(row)):
        if row[t] >= FIRST_PITCH and row[t - 1] != REST:
            where[n] = t
            n += 1
    if n > 0:
        row[where[place(n, u)]] = HOLD


@njit(cache=True)
def room(row: Row, t: int) -> int:
    """Steps by which a note that is over at t may grow: the rests there, or all but one step of the next note."""
    if t >= len(row):
        return 0
    if row[t] != REST:
        return end(row, t) - t - 1
    past = t
    while past < len(row) and row[past] == REST:
        past += 1
    return past - t


@njit(cache=True)
def lengthen(row: Row, where: NDArray[np.int64], u: float, v: float) -> None:
    """A note longer by one step or more, over rests or the next note's beginning; that note keeps a step at least."""
    n = 0
    for t in range(len(row)):
        if row[t] >= FIRST_PITCH and room(row, end(row, t)) > 0:
            where[n] = t
            n += 1
    if n == 0:
        return
    past = end(row, where[place(n, u)])
    by, following = 1 + place(room(row, past), v), row[past]
    for t in range(past, past + by):
        row[t] = HOLD
    if following >= FIRST_PITCH:
        row[past + by] = following


@njit(cache=True)
def shorten(row: Row, where: NDArray[np.int64], u: float, v: float) -> None:
    """A note of two steps or more ends earlier, and a rest follows; it keeps a step at least."""
    n = 0
    for t in range(len(row) - 1):
        if row[t] >= FIRST_PITCH and row[t + 1] == HOLD:
            where[n] = t
            n += 1
    if n == 0:
        return
    t = where[place(n, u)]
    past = end(row, t)
    for i in range(t + 1 + place(past - t - 1, v), past):
        row[i] = REST


@njit(cache=True)
def fresh(row: Row, bar: int, beat: int, pitches: int, rng: np.random.Generator) -> None:
    """A bar written anew: on each beat something begins with chance 1/2, elsewhere with 1/4.

    Of eight that begin one is a rest and seven are notes, at most two steps from the note before; the first of a
    melody is anywhere.
    """
    a = place(len(row) // bar, rng.random()) * bar
    owed, pitch = sounding(row, a + bar), -1
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
    mend(row, a + bar, owed)
