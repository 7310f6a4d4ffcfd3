"""Development of L-systems, compiled: rewriting rules grow a text, and the text is read as a melody.

A text is a row of symbols, each with a parameter from 0 to 9. Array letters: P genomes, R bodies of rules, L symbols
per body, V letters. Letter v is rewritten to body 2 v if its parameter x is above the letter's guard, else to body
2 v + 1; the last body is the axiom, in which x is 0.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import inner, njit
from evomusic.core.grid import FIRST_PITCH, HOLD, REST, Grid

END, NOTE, UP, DOWN, LONGER, SHORTER, SILENCE, ECHO, PUSH, POP = range(10)
LETTER: Final = 10  # the first of V
MOST: Final = 9  # parameters are 0 to 9
DEEPEST: Final = 64  # size of the stack that push fills; on a full stack it does nothing


class Genomes(NamedTuple):
    """Rewriting rules: the symbols of each body with their arguments. Cells behind the first END are not read."""

    symbols: NDArray[np.uint8]  # (P, R, L)
    arguments: NDArray[np.int8]  # (P, R, L) the parameter, or the number added to x
    relative: NDArray[np.uint8]  # (P, R, L) 1 where it is added to x
    guards: NDArray[np.int8]  # (P, V)


@inner()
def append(symbols: Any, arguments: Any, relative: Any, x: Any, kinds: Any, text: Any, values: Any, n: Any) -> Any:
    """Append a body (L,) to a text of n symbols, as far as there is room; return the text's length."""
    for j in range(len(symbols)):
        c = symbols[j] % kinds
        if c == END or n == len(text):
            break
        parameter = np.int64(arguments[j]) + (x if relative[j] else 0)
        text[n], values[n] = c, min(max(parameter, 0), MOST)
        n += 1
    return n


@njit(cache=True)
def grow(symbols: Any, arguments: Any, relative: Any, guards: Any, steps: Any, texts: Any) -> Any:  # texts (4, N)
    """Grow the text of one genome: in each developmental step all letters are rewritten at once.

    The text is in `texts[0]`, its parameters are in `texts[1]`; the other rows are scratch. A longer text is cut at N
    symbols. Returns the text's length.
    """
    kinds, axiom = LETTER + len(guards), len(symbols) - 1
    text, values, before, numbers = texts[0], texts[1], texts[2], texts[3]
    n = append(symbols[axiom], arguments[axiom], relative[axiom], 0, kinds, text, values, 0)
    for _ in range(steps):
        length, n = n, 0
        for j in range(length):
            before[j], numbers[j] = text[j], values[j]
        for j in range(length):
            c, x = before[j], numbers[j]
            if c >= LETTER:
                v = c - LETTER
                row = 2 * v if x > guards[v] else 2 * v + 1
                n = append(symbols[row], arguments[row], relative[row], x, kinds, text, values, n)
            elif n < len(text):
                text[n], values[n] = c, x
                n += 1
    return n


@inner()
def sound(degree: Any, length: Any, t: Any, pitches: Any, out: Any) -> Any:
    """Write a note from step t to its end or the melody's; return the step past it."""
    place = degree % max(2 * pitches - 2, 1)  # degrees are reflected at the lowest and highest pitch
    out[t] = FIRST_PITCH + min(place, 2 * pitches - 2 - place) if pitches > 1 else FIRST_PITCH
    for h in range(t + 1, min(t + length, len(out))):
        out[h] = HOLD
    return min(t + length, len(out))


@inner()
def render(texts: Any, n: Any, lengths: Any, first: Any, pitches: Any, sung: Any, stack: Any, out: Any) -> Any:
    """Read a text of n symbols from left to right as a melody (T,), until it is full; the remaining steps are rests.

    `sung` (2, T) and `stack` (DEEPEST, 2) are scratch: degrees and durations of the notes so far, and those pushed.
    """
    out[:] = REST
    degree, size, t, notes, depth = pitches // 2, first, 0, 0, 0
    text, values, played, lasted = texts[0], texts[1], sung[0], sung[1]
    for j in range(n):
        if t == len(out):
            break
        c, x = text[j], values[j]
        if c == NOTE or c >= LETTER:
            played[notes], lasted[notes] = degree, lengths[size]
            t, notes = sound(degree, lengths[size], t, pitches, out), notes + 1
        elif c == UP:
            degree += x
        elif c == DOWN:
            degree -= x
        elif c == LONGER:
            size = min(size + 1, len(lengths) - 1)
        elif c == SHORTER:
            size = max(size - 1, 0)
        elif c == SILENCE:
            t = min(t + lengths[size], len(out))
        elif c == ECHO:
            begin, end = max(notes - x, 0), notes
            move = degree - played[begin] if begin < end else 0
            for k in range(begin, end):
                if t == len(out):
                    break
                degree = played[k] + move
                played[notes], lasted[notes] = degree, lasted[k]
                t, notes = sound(degree, lasted[k], t, pitches, out), notes + 1
        elif c == PUSH and depth < DEEPEST:
            stack[depth, 0], stack[depth, 1] = degree, size
            depth += 1
        elif c == POP and depth:
            depth -= 1
            degree, size = stack[depth, 0], stack[depth, 1]


@njit(cache=True, nogil=True, _nrt=False)
def decode(
    genomes: Any, steps: Any, lengths: Any, first: Any, pitches: Any, texts: Any, sung: Any, stack: Any, out: Any
) -> Any:
    """Grow and read every genome; fill out (P, T) uint8 with the melodies."""
    for i in range(len(out)):
        rules = genomes.symbols[i], genomes.arguments[i], genomes.relative[i], genomes.guards[i]
        n = grow(*rules, steps, texts)
        render(texts, n, lengths, first, pitches, sung, stack, out[i])


def melodies_of(genomes: Genomes, steps: int, limit: int, grid: Grid) -> NDArray[np.uint8]:
    """Melodies (P, T) that genomes grow into, with texts of at most `limit` symbols."""
    out = np.empty((len(genomes.guards), grid.steps), np.uint8)
    texts, sung, stack = (np.empty(shape, np.int64) for shape in ((4, limit), (2, grid.steps), (DEEPEST, 2)))
    decode(genomes, steps, *durations(grid), len(grid.pitches), texts, sung, stack, out)
    return out


def durations(grid: Grid) -> tuple[NDArray[np.int64], int]:
    """Durations in steps through which `longer` and `shorter` move, and the index of a beat among them.

    The divisors of a beat, then the beat doubled up to a bar, then the bar: 1, 2, 4, 8, 16 in 4/4 of sixteenths.
    """
    beat = grid.steps_per_beat
    parts = [d for d in range(1, beat + 1) if beat % d == 0]
    more = [beat * 2**k for k in range(1, grid.beats.bit_length()) if 2**k < grid.beats]
    whole = [grid.steps_per_bar] if grid.beats > 1 else []
    return np.array(parts + more + whole, np.int64), len(parts) - 1
