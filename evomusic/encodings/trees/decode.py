"""Decoding of trees to melodies, compiled.

Prefix rows are read from left to right, and a function is applied when its last argument was read. Any row of numbers
decodes to a melody: numbers are taken modulo the number of words; a word of the wrong kind, and an argument missing at
the end, is an empty phrase or the number 0; words behind a complete tree are not read.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import inner, njit
from evomusic.core.grid import HOLD
from evomusic.core.grid import REST as PAUSE
from evomusic.encodings.trees.language import (
    ARITY,
    ENDING,
    FIRST,
    KIND,
    LAST,
    MOTIF,
    NOTE,
    NUMERIC,
    OCTAVE,
    PERIOD,
    PHRASE,
    REPEAT,
    SILENT,
    TONIC,
    A,
    B,
    C,
)
from evomusic.encodings.trees.tape import again, change, clamped, join, take

OPCODE, LEFT, NUMBER, WAITS, START = range(5)  # a function that waits for arguments; START: where a phrase begins
ORIGIN = np.int64(0)  # numba has a type of its own for a plain 0, and would compile `leaf` for it too


@njit(cache=True, nogil=True, _nrt=False, error_model="numpy")
def decode(
    nodes: Any, sizes: Any, words: Any, events: Any, ladder: Any, pitch: Any, tape: Any, stack: Any, out: Any
) -> None:
    """Write the melodies (P, T) of trees (P, max_size), of sizes (P,), with a `tape` and a `stack` of `scratch`."""
    most, steps = nodes.shape[1], out.shape[1]
    for i in range(len(nodes)):
        size, top, phrases, depth, k = min(sizes[i], most), ORIGIN, 0, 0, 0
        while k == 0 or depth > 0:
            wanted = stack[depth - 1, WAITS] if depth > 0 else PHRASE
            word = nodes[i, k] % len(words) if k < size else 0
            fits = k < size and words[word, KIND] == wanted
            k += 1
            if fits and words[word, ARITY] > 0:
                stack[depth, OPCODE], stack[depth, LEFT] = words[word, OPCODE], words[word, ARITY]
                stack[depth, NUMBER], stack[depth, WAITS] = 0, words[word, NUMERIC]
                depth += 1
                continue
            if wanted == PHRASE:
                stack[phrases, START] = top
                phrases += 1
                if fits:
                    top = leaf(words[word], events, tape, top, steps)
            else:
                stack[depth - 1, NUMBER] = words[word, A] if fits else 0
                stack[depth - 1, WAITS] = PHRASE
            while depth > 0:
                stack[depth - 1, LEFT] -= 1
                if stack[depth - 1, LEFT] > 0:
                    break
                depth -= 1
                phrases -= stack[depth, OPCODE] <= ENDING
                top = apply(stack[depth], stack[phrases - 1, START], stack[phrases, START], top, pitch, tape, steps)
        sing(tape, top, ladder, pitch, out[i])


def scratch(most: int, steps: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """A tape of events and a stack of functions, for trees of at most `most` words and melodies of `steps` steps."""
    return np.empty(((most + 4) * steps, 2), np.int32), np.empty((most + 2, 5), np.int64)


@inner()
def sing(tape: Any, past: int, ladder: Any, pitch: Any, row: Any) -> None:
    """Write the phrase on the tape as tokens; it ends at `past`."""
    t, octave = 0, pitch[OCTAVE]
    for k in range(len(row)):
        row[k] = PAUSE
    for k in range(past):
        if t >= len(row):
            break
        after = min(t + tape[k, 1], len(row))
        if tape[k, 0] != SILENT:
            row[t] = ladder[fold(tape[k, 0] + pitch[TONIC], len(ladder), octave)]
            for j in range(t + 1, after):
                row[j] = HOLD
        t = after


@inner()
def fold(place: int, n: int, octave: int) -> int:
    """A place folded into a ladder of n rungs: by octaves, or mirrored at its ends if it is shorter than an octave."""
    if 0 <= place < n:
        return place
    if n == 1:
        return 0
    if n < octave:
        place %= 2 * (n - 1)
        return min(place, 2 * (n - 1) - place)
    if place < 0:
        return place % octave
    return place - (place - n + octave) // octave * octave


@inner()
def leaf(word: Any, events: Any, tape: Any, top: int, steps: int) -> int:
    """Push a note, a rest or a motif on the tape; return the new top."""
    if word[OPCODE] != MOTIF:
        tape[top, 0], tape[top, 1] = word[A] if word[OPCODE] == NOTE else SILENT, min(word[B], steps)
        return top + 1
    for k in range(word[B], min(word[C], word[B] + steps)):
        tape[top, 0] = events[k, 0] if events[k, 0] == SILENT else clamped(events[k, 0] + word[A])
        tape[top, 1] = min(events[k, 1], steps)
        top += 1
    return top


@inner()
def apply(function: Any, start: int, second: int, top: int, pitch: Any, tape: Any, steps: int) -> int:
    """Apply a function to the phrase at `start`, and to the one at `second` if it takes two; return the new top."""
    opcode, number = function[OPCODE], function[NUMBER]
    if opcode <= ENDING:
        return join(opcode, start, second, top, tape, steps)
    if opcode in (FIRST, LAST):
        return take(opcode, max(1, number), start, top, tape)
    if opcode in (REPEAT, PERIOD):
        return again(opcode, number, start, top, pitch, tape, steps)
    change(opcode, number, start, top, tape, steps)
    return top
