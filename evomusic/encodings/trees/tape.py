"""The functions of the phrase language, compiled; `phrases` defines them.

Phrases lie end to end on a tape (n, 2) of degrees and durations, the last on top; most functions work in place. A
function receives the beginnings of its phrases and the top of the tape, and returns the new top.
"""

from __future__ import annotations

from typing import Any

from evomusic._jit import inner
from evomusic.encodings.trees.language import (
    ALTERNATE,
    AUGMENT,
    DIMINISH,
    DOMINANT,
    ENDING,
    FAR,
    FIRST,
    OCTAVE,
    PERIOD,
    RETROGRADE,
    RHYTHM,
    SILENT,
    TIE,
    TRANSPOSE,
    VARY,
)


@inner()
def clamped(degree: int) -> int:
    """A degree clamped to -FAR ... FAR."""
    return min(max(degree, -FAR), FAR)


@inner()
def copy(tape: Any, start: int, past: int, to: int) -> None:
    """Copy events to another place, which may overlap with them if it begins before."""
    for k in range(past - start):
        tape[to + k, 0], tape[to + k, 1] = tape[start + k, 0], tape[start + k, 1]


@inner()
def duration(tape: Any, start: int, past: int) -> int:
    """Duration of a phrase in steps."""
    total = 0
    for k in range(start, past):
        total += tape[k, 1]
    return total


@inner()
def cut(tape: Any, start: int, past: int, keep: int) -> int:
    """Cut a phrase to its first `keep` steps; return its end."""
    for k in range(start, past):
        if keep <= 0:
            return k
        tape[k, 1] = min(tape[k, 1], keep)
        keep -= tape[k, 1]
    return past


@inner()
def reverse(tape: Any, start: int, past: int) -> None:
    """Reverse the order of events."""
    for k in range((past - start) // 2):
        i, j = start + k, past - 1 - k
        tape[i, 0], tape[j, 0] = tape[j, 0], tape[i, 0]
        tape[i, 1], tape[j, 1] = tape[j, 1], tape[i, 1]


@inner()
def join(opcode: int, a: int, b: int, top: int, tape: Any, steps: int) -> int:
    """Apply a function of two phrases, from a to b and from b to the top; return the new top."""
    past = top
    if opcode == TIE and a < b < top:
        tape[b - 1, 1] = min(tape[b - 1, 1] + tape[b, 1], steps)
        copy(tape, b + 1, top, b)
        past = top - 1
    elif opcode == ALTERNATE:
        past = alternate(a, b, top, tape)
    elif opcode == RHYTHM:
        rhythm(a, b, top, tape)
        past = b
    elif opcode == ENDING:
        past = cut(tape, a, b, max(0, duration(tape, a, b) - duration(tape, b, top)))
        copy(tape, b, top, past)
        past += top - b
    return min(past, a + steps)


@inner()
def alternate(a: int, b: int, top: int, tape: Any) -> int:
    """Alternate the events of two phrases, above the top and then copied down."""
    past = top
    for k in range(max(b - a, top - b)):
        if a + k < b:
            copy(tape, a + k, a + k + 1, past)
            past += 1
        if b + k < top:
            copy(tape, b + k, b + k + 1, past)
            past += 1
    copy(tape, top, past, a)
    return top


@inner()
def rhythm(a: int, b: int, top: int, tape: Any) -> None:
    """Give the notes of the first phrase the degrees of the second, repeated as often as needed."""
    notes = 0
    for k in range(b, top):
        notes += tape[k, 0] != SILENT
    if notes == 0:
        return
    at = b
    for k in range(a, b):
        if tape[k, 0] != SILENT:
            while tape[at, 0] == SILENT:
                at = at + 1 if at + 1 < top else b
            tape[k, 0] = tape[at, 0]
            at = at + 1 if at + 1 < top else b


@inner()
def take(opcode: int, count: int, start: int, top: int, tape: Any) -> int:
    """Cut a phrase to the first or last of `count` equal parts; return the new top."""
    keep = -(-duration(tape, start, top) // count)
    if opcode == FIRST:
        return cut(tape, start, top, keep)
    reverse(tape, start, top)
    past = cut(tape, start, top, keep)
    reverse(tape, start, past)
    return past


@inner()
def again(opcode: int, number: int, start: int, top: int, pitch: Any, tape: Any, steps: int) -> int:
    """Repeat a phrase, or write it as antecedent and consequent; return the new top."""
    n = top - start
    times = 2 if opcode == PERIOD else max(1, number)
    past = start + min(n * times, steps)
    for k in range(top, past):
        copy(tape, k - n, k - n + 1, k)
    if opcode == PERIOD:
        at = final(tape, start, top)
        if at >= start:
            degree, half = tape[at, 0], pitch[OCTAVE] // 2
            tape[at, 0] = clamped(degree + (pitch[DOMINANT] - degree + half) % pitch[OCTAVE] - half)
            if at + n < past:
                tape[at + n, 0] = clamped(degree + (half - degree) % pitch[OCTAVE] - half)
    return past


@inner()
def final(tape: Any, start: int, past: int) -> int:
    """Index of a phrase's last note; one before its beginning where it has none."""
    at = past - 1
    while at >= start and tape[at, 0] == SILENT:
        at -= 1
    return at


@inner()
def change(opcode: int, number: int, start: int, top: int, tape: Any, steps: int) -> None:
    """Apply a function that changes degrees or durations in place."""
    if opcode == RETROGRADE:
        reverse(tape, start, top)
    elif opcode == AUGMENT:
        for k in range(start, top):
            tape[k, 1] = min(2 * tape[k, 1], steps)
    elif opcode == DIMINISH:
        for k in range(start, top):
            tape[k, 1] = max(1, tape[k, 1] // 2)
    elif opcode == VARY:
        at = final(tape, start, top)
        if at >= start:
            tape[at, 0] = clamped(tape[at, 0] + number)
    else:
        move(opcode, number, start, top, tape)


@inner()
def move(opcode: int, number: int, start: int, top: int, tape: Any) -> None:
    """Transpose a phrase, or invert it about its first note."""
    axis, found = 0, False
    for k in range(start, top):
        degree = tape[k, 0]
        if degree != SILENT:
            if not found:
                axis, found = 2 * degree, True
            tape[k, 0] = clamped(degree + number if opcode == TRANSPOSE else axis - degree)
