"""Musical mutations of a span of one melody, compiled: transpose, invert, reverse, rotate, copy.

Each takes a row (T,) uint8 in canonical form (a hold always holds a note) and changes it in place, or leaves it as it
is where the mutation does not apply. Notes stay whole: a note whose onset moves takes its holds along, and notes that
sound outside a rearranged span go on sounding (`mend`). A span is, with equal probability, a bar, half a bar, or the
steps between two beat lines; half a bar is one beat where the beats of a bar are odd in number.

Randomness is passed in as u, v, w, x: uniform numbers in [0, 1). Pitches are counted in pitches of the grid, from 0.
`where` is a buffer, twice as long as the row, for step numbers and for a copy of a span.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import inner
from evomusic.core.grid import FIRST_PITCH, HOLD, REST

Row = NDArray[np.uint8]
REACH = 7  # greatest transposition, in pitches of the grid
NEAR = 2  # greatest distance of a near pitch


@inner()
def place(n: int, u: float) -> int:
    """An index 0 to n - 1 from a uniform number in [0, 1)."""
    return int(u * n)


@inner()
def sounding(row: Row, t: int) -> int:
    """The token of the note that sounds just before step t; REST when none does."""
    t -= 1
    while t >= 0 and row[t] == HOLD:
        t -= 1
    return int(row[t]) if t >= 0 else REST


@inner()
def mend(row: Row, t: int, note: int) -> None:
    """Strike a note anew at a held step t, unless it still sounds there: after a change of the steps before."""
    if t < len(row) and row[t] == HOLD and sounding(row, t) != note:
        row[t] = note


@inner()
def end(row: Row, t: int) -> int:
    """The step past the end of the note that begins at t."""
    t += 1
    while t < len(row) and row[t] == HOLD:
        t += 1
    return t


@inner()
def settle(row: Row) -> None:
    """Bring a row to canonical form: a hold without a note before it becomes a rest."""
    silent = True
    for t in range(len(row)):
        if row[t] != HOLD:
            silent = row[t] == REST
        elif silent:
            row[t] = REST


@inner()
def span(steps: int, bar: int, half: int, beat: int, u: float, v: float, w: float) -> tuple[int, int]:
    """A random span, as its first step and the step past its last."""
    if u < 1 / 3:
        x, y = place(steps // beat + 1, v), place(steps // beat, w)
        if y >= x:
            y += 1
        return min(x, y) * beat, max(x, y) * beat
    unit = bar if u < 2 / 3 else half
    first = place(steps // unit, v) * unit
    return first, first + unit


@inner()
def compass(row: Row, a: int, b: int) -> tuple[int, int]:
    """Lowest and highest pitch among the onsets of a span; (0, -1) when there is none."""
    low, high = 256, -1
    for t in range(a, b):
        if row[t] >= FIRST_PITCH:
            pitch = int(row[t]) - FIRST_PITCH
            low, high = min(low, pitch), max(high, pitch)
    return (low, high) if high >= 0 else (0, -1)


@inner()
def transpose(row: Row, a: int, b: int, pitches: int, u: float) -> None:
    """Transpose all notes that begin in a span by 1 to 7 pitches up or down, within the range of the grid."""
    low, high = compass(row, a, b)
    down, up = min(low, REACH), min(pitches - 1 - high, REACH)
    if high < 0 or down + up == 0:
        return
    by = place(down + up, u) - down
    if by >= 0:
        by += 1
    for t in range(a, b):
        if row[t] >= FIRST_PITCH:
            row[t] = int(row[t]) + by


@inner()
def invert(row: Row, a: int, b: int, pitches: int) -> None:
    """Mirror the notes that begin in a span about the first of them, or about the nearest axis that keeps the range."""
    low, high = compass(row, a, b)
    axis = -1  # twice the axis
    for t in range(a, b):
        if row[t] >= FIRST_PITCH:
            pitch = int(row[t]) - FIRST_PITCH
            if axis < 0:
                axis = min(max(2 * pitch, high), pitches - 1 + low)
            row[t] = axis - pitch + FIRST_PITCH


@inner()
def starts(row: Row, a: int, b: int, where: NDArray[np.int64]) -> int:
    """Write the steps between a and b at which a note or a rest begins into `where`; return their number."""
    n = 0
    for t in range(a + 1, b):
        if row[t] != HOLD:
            where[n] = t
            n += 1
    return n


@inner()
def save(row: Row, a: int, b: int, where: NDArray[np.int64]) -> None:
    """Copy a span into `where`, from the row's length on; a note that sounds into the span is struck there."""
    for t in range(a, b):
        where[len(row) + t - a] = row[t]
    if row[a] == HOLD:
        where[len(row)] = sounding(row, a)


@inner()
def reverse(row: Row, a: int, b: int, where: NDArray[np.int64]) -> None:
    """Reverse the order of the notes and rests of a span; each keeps its duration."""
    n, note, old = starts(row, a, b, where), sounding(row, b), len(row) - a
    if n == 0:
        return
    save(row, a, b, where)
    to, past = a, b
    for i in range(n, -1, -1):
        begin = where[i - 1] if i > 0 else a
        for k in range(past - begin):
            row[to + k] = where[old + begin + k]
        to, past = to + past - begin, begin
    mend(row, b, note)


@inner()
def rotate(row: Row, a: int, b: int, where: NDArray[np.int64], u: float) -> None:
    """Rotate the notes and rests of a span, so that it begins with another of them."""
    n, note = starts(row, a, b, where), sounding(row, b)
    if n == 0:
        return
    save(row, a, b, where)
    cut = where[place(n, u)] - a
    for k in range(b - a):
        row[a + k] = where[len(row) + (cut + k) % (b - a)]
    mend(row, b, note)


@inner()
def copy(row: Row, bar: int, half: int, pitches: int, varied: bool, u: float, v: float, w: float, x: float) -> None:
    """Copy a bar over another, or half a bar over another, evenly; `varied` transposes the copy: a sequence."""
    unit = bar if len(row) > bar and u < 0.5 else half
    units = len(row) // unit
    if units < 2:
        return
    source, to = place(units, v), place(units - 1, w)
    if to >= source:
        to += 1
    source, to = source * unit, to * unit
    head, tail = sounding(row, source), sounding(row, to + unit)
    for k in range(unit):
        row[to + k] = row[source + k]
    mend(row, to, head)
    if varied:
        transpose(row, to, to + unit, pitches, x)
    mend(row, to + unit, tail)
