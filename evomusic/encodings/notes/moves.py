"""Moves: changes of one melody that a musician would make, compiled.

Each takes a row (T,) uint8 in canonical form (a hold always holds a note) and changes it in place; where there is
nothing to change, nothing changes. Notes stay whole: a note whose onset is changed takes its holds along, and what
sounds outside a rearranged span goes on sounding (`mend`). A span is, with equal chance, a bar, half a bar, or a
stretch between two beat lines; half a bar is one beat where the beats of a bar are odd in number.

What is left to chance is read from u, v, w, x: uniform numbers from 0 to below 1. Pitches are counted in steps of the
grid, from 0. `where` is room for step numbers, twice as long as the row.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import njit
from evomusic.core.grid import FIRST_PITCH, HOLD, REST

Row = NDArray[np.uint8]
REACH = 7  # most steps by which a span is transposed
NEAR = 2  # steps that count as near


@njit(cache=True)
def place(n: int, u: float) -> int:
    """0 to n - 1, in proportion to a number from 0 to below 1."""
    return int(u * n)


@njit(cache=True)
def sounding(row: Row, t: int) -> int:
    """The token of the note that sounds just before step t; REST when none does."""
    t -= 1
    while t >= 0 and row[t] == HOLD:
        t -= 1
    return int(row[t]) if t >= 0 else REST


@njit(cache=True)
def mend(row: Row, t: int, owed: int) -> None:
    """Let step t go on with what sounded before it in its old place: strike it anew if something else sounds now."""
    if t < len(row) and row[t] == HOLD and sounding(row, t) != owed:
        row[t] = owed


@njit(cache=True)
def end(row: Row, t: int) -> int:
    """The step at which the note that begins at t is over."""
    t += 1
    while t < len(row) and row[t] == HOLD:
        t += 1
    return t


@njit(cache=True)
def settle(row: Row) -> None:
    """Write holds with nothing sounding as rests."""
    silent = True
    for t in range(len(row)):
        if row[t] != HOLD:
            silent = row[t] == REST
        elif silent:
            row[t] = REST


@njit(cache=True)
def span(steps: int, bar: int, half: int, beat: int, u: float, v: float, w: float) -> tuple[int, int]:
    """First step, and step past the last, of a span."""
    if u < 1 / 3:
        x, y = place(steps // beat + 1, v), place(steps // beat, w)
        if y >= x:
            y += 1
        return min(x, y) * beat, max(x, y) * beat
    unit = bar if u < 2 / 3 else half
    first = place(steps // unit, v) * unit
    return first, first + unit


@njit(cache=True)
def compass(row: Row, a: int, b: int) -> tuple[int, int]:
    """Lowest and highest pitch among the onsets of a span; (0, -1) when there is none."""
    low, high = 256, -1
    for t in range(a, b):
        if row[t] >= FIRST_PITCH:
            pitch = int(row[t]) - FIRST_PITCH
            low, high = min(low, pitch), max(high, pitch)
    return (low, high) if high >= 0 else (0, -1)


@njit(cache=True)
def transpose(row: Row, a: int, b: int, pitches: int, u: float) -> None:
    """All notes that begin in a span, 1 to 7 steps up or down, as far as the range allows for all of them."""
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


@njit(cache=True)
def invert(row: Row, a: int, b: int, pitches: int) -> None:
    """Notes that begin in a span, mirrored at the first of them; at the nearest axis that keeps all in range."""
    low, high = compass(row, a, b)
    axis = -1  # twice the axis
    for t in range(a, b):
        if row[t] >= FIRST_PITCH:
            pitch = int(row[t]) - FIRST_PITCH
            if axis < 0:
                axis = min(max(2 * pitch, high), pitches - 1 + low)
            row[t] = axis - pitch + FIRST_PITCH


@njit(cache=True)
def starts(row: Row, a: int, b: int, where: NDArray[np.int64]) -> int:
    """Write the steps after a and before b at which a note or a rest begins into `where`; how many."""
    n = 0
    for t in range(a + 1, b):
        if row[t] != HOLD:
            where[n] = t
            n += 1
    return n


@njit(cache=True)
def reverse(row: Row, a: int, b: int, where: NDArray[np.int64]) -> None:
    """The notes and rests of a span in reversed order, each as long as before."""
    n, owed = starts(row, a, b, where), sounding(row, b)
    if n == 0:
        return
    old = row[a:b].copy()
    if old[0] == HOLD:
        old[0] = sounding(row, a)
    to, past = a, b
    for i in range(n, -1, -1):
        begin = where[i - 1] if i > 0 else a
        for k in range(past - begin):
            row[to + k] = old[begin - a + k]
        to, past = to + past - begin, begin
    mend(row, b, owed)


@njit(cache=True)
def rotate(row: Row, a: int, b: int, where: NDArray[np.int64], u: float) -> None:
    """The notes and rests of a span, begun at another of them; the first ones follow at the end."""
    n, owed = starts(row, a, b, where), sounding(row, b)
    if n == 0:
        return
    old = row[a:b].copy()
    if old[0] == HOLD:
        old[0] = sounding(row, a)
    cut = where[place(n, u)] - a
    for k in range(b - a):
        row[a + k] = old[(cut + k) % (b - a)]
    mend(row, b, owed)


@njit(cache=True)
def copy(row: Row, bar: int, half: int, pitches: int, varied: bool, u: float, v: float, w: float, x: float) -> None:
    """A bar over another, or half a bar over another with equal chance; varied, the copy is transposed: a sequence."""
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
