"""Genetic programming on rows of prefix code, compiled: initialisation, crossover and mutation within limits.

A row holds at most L codes, and its tree has at most depth `deepest` (a single leaf has depth 0). Where an offspring
would be larger, the operator returns its parent.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import inner, njit
from evomusic.encodings.policy.machine import ARITY, CONSTANT, FIRST_TERM, PAD

MUTATIONS: Final = ("subtree", "point", "hoist", "shrink", "nudge")
SUBTREE, POINT, HOIST, SHRINK, NUDGE = range(5)
CONSTANTS: Final = 0.2  # share of constants among new leaves
INNER: Final = 0.9  # probability that a crossover point is a function (Koza 1992)


class Scratch(NamedTuple):
    """Room for rows that operators work on: two programs, the one that is being made, and counts of operands."""

    code: NDArray[np.uint8]  # (3, L)
    value: NDArray[np.float64]  # (3, L)
    waiting: NDArray[np.int64]  # (L + 3,)


def scratch(length: int) -> Scratch:
    """Room for operators on rows of `length` codes."""
    return Scratch(np.empty((3, length), np.uint8), np.empty((3, length)), np.empty(length + 3, np.int64))


@inner()
def arity(c: Any) -> Any:
    """Number of operands of a code."""
    return ARITY[c] if c < CONSTANT else 0


@inner()
def length_of(code: Any) -> Any:  # (L,)
    """Number of codes before the padding."""
    n = 0
    while n < len(code) and code[n] != PAD:
        n += 1
    return n


@inner()
def end_of(code: Any, at: Any) -> Any:
    """Index past the subtree that begins at a place."""
    need = 1
    while need and at < len(code) and code[at] != PAD:
        need += arity(code[at]) - 1
        at += 1
    return at


@inner()
def depth_of(code: Any, length: Any, count: Any) -> Any:  # (L,), and (L + 1,) of scratch
    """Depth of the deepest leaf."""
    levels, most = 0, 0  # `count` has the operands that are missing, by level
    for j in range(length):
        most = max(most, levels)
        if arity(code[j]):
            count[levels] = arity(code[j])
            levels += 1
            continue
        while levels and count[levels - 1] == 1:
            levels -= 1
        if levels:
            count[levels - 1] -= 1
    return most


@inner()
def put(code: Any, value: Any, at: Any, donor: Any, numbers: Any, begin: Any, end: Any) -> Any:
    """Write codes `begin` to `end` - 1 of a donor, with their values, from a place on; return the place past them."""
    for j in range(begin, end):
        code[at], value[at] = donor[j], numbers[j]
        at += 1
    return at


@inner()
def leaf(code: Any, value: Any, at: Any, terms: Any, rng: Any) -> Any:
    """Write a random terminal, or a constant: evenly a whole number within 12, or a multiple of 0.01 within 1."""
    value[at] = 0.0
    if rng.random() < CONSTANTS:
        code[at] = CONSTANT
        whole = rng.random() < 0.5
        value[at] = np.floor(rng.random() * 25) - 12 if whole else (np.floor(rng.random() * 201) - 100) / 100
    else:
        code[at] = FIRST_TERM + int(rng.random() * terms)


@inner()
def grow(code: Any, value: Any, depth: Any, full: Any, terms: Any, left: Any, rng: Any) -> Any:
    """Write a random tree of at most `depth`, `full` with every leaf there if there is room; return its length.

    The row (N,) is filled from its beginning, and padded; `left` (N + 3,) is scratch.
    """
    waiting, n = 1, 0
    left[0] = depth
    while waiting:
        waiting -= 1
        d = left[waiting]
        if d > 0 and (full or rng.random() < 0.5):
            c = int(rng.random() * len(ARITY))
            if n + 1 + waiting + ARITY[c] <= len(code):
                code[n], value[n] = c, 0.0
                for _ in range(ARITY[c]):
                    left[waiting] = d - 1
                    waiting += 1
                n += 1
                continue
        leaf(code, value, n, terms, rng)
        n += 1
    for j in range(n, len(code)):
        code[j], value[j] = PAD, 0.0
    return n


@njit(cache=True, _nrt=False)
def sample(code: Any, value: Any, deepest: Any, terms: Any, count: Any, rng: Any) -> Any:  # (P, L) are filled
    """Ramped half-and-half initialisation (Koza 1992): depths 1 to `deepest` in turn, full and grown alternately."""
    for i in range(len(code)):
        grow(code[i], value[i], 1 + (i // 2) % max(deepest, 1) if deepest else 0, i % 2 == 0, terms, count, rng)


@inner()
def splice(
    code: Any, value: Any, a: Any, b: Any, donor: Any, numbers: Any, begin: Any, end: Any, deepest: Any, work: Any
) -> Any:
    """Replace codes a to b - 1 by `begin` to `end` - 1 of a donor; no change where the tree would exceed its limits.

    The donor is another row; the tree is made in the last row of `work`.
    """
    new, values, length = work.code[2], work.value[2], length_of(code)
    if length - (b - a) + end - begin > len(code):
        return
    at = put(new, values, 0, code, value, 0, a)
    at = put(new, values, at, donor, numbers, begin, end)
    at = put(new, values, at, code, value, b, length)
    if depth_of(new, at, work.waiting) > deepest:
        return
    put(code, value, 0, new, values, 0, at)
    for j in range(at, length):
        code[j], value[j] = PAD, 0.0


@inner()
def point_of(code: Any, length: Any, rng: Any) -> Any:
    """A random crossover point: a function nine times in ten, else a leaf; any place where there is none."""
    inner, found, at = rng.random() < INNER, 0, int(rng.random() * length)
    for j in range(length):
        if (arity(code[j]) > 0) == inner:
            found += 1
            if rng.random() * found < 1.0:  # of those so far each is as likely
                at = j
    return at


@inner()
def cross(code: Any, value: Any, i: Any, deepest: Any, work: Any, rng: Any) -> Any:
    """Swap random subtrees of rows i - 1 and i; a child beyond the limits is replaced by its parent."""
    left, numbers, right, others = work.code[0], work.value[0], work.code[1], work.value[1]
    put(left, numbers, 0, code[i - 1], value[i - 1], 0, len(left))
    put(right, others, 0, code[i], value[i], 0, len(right))
    a, b = point_of(left, length_of(left), rng), point_of(right, length_of(right), rng)
    c, d = end_of(left, a), end_of(right, b)
    splice(code[i - 1], value[i - 1], a, c, right, others, b, d, deepest, work)
    splice(code[i], value[i], b, d, left, numbers, a, c, deepest, work)


@inner()
def change_point(code: Any, value: Any, at: Any, terms: Any, rng: Any) -> Any:
    """Replace a function by a random one of the same arity, or a leaf by a random leaf."""
    if arity(code[at]) == 0:
        leaf(code, value, at, terms, rng)
        return
    found, wanted = 0, arity(code[at])
    for c in range(len(ARITY)):
        if ARITY[c] == wanted:
            found += 1
            if rng.random() * found < 1.0:
                code[at] = c


@inner()
def nudge(code: Any, value: Any, rng: Any) -> Any:
    """Add normal noise to a random constant: of deviation 1 where its absolute value is at least 1, else of 0.1."""
    found, at = 0, -1
    for j in range(length_of(code)):
        if code[j] == CONSTANT:
            found += 1
            if rng.random() * found < 1.0:
                at = j
    if at >= 0:
        moved = value[at] + rng.standard_normal() * (1.0 if abs(value[at]) >= 1.0 else 0.1)
        value[at] = np.round(moved * 100.0) / 100.0


@inner()
def change(code: Any, value: Any, kind: Any, deepest: Any, terms: Any, work: Any, rng: Any) -> Any:  # rows (L,)
    """Apply one mutation: subtree (new, of depth 2 at most), point, hoist, shrink, or noise on a constant."""
    length = length_of(code)
    at = int(rng.random() * length)
    begin, end, past = at, end_of(code, at), 0
    donor, numbers = work.code[0], work.value[0]
    if kind == POINT:
        change_point(code, value, at, terms, rng)
    elif kind == NUDGE:
        nudge(code, value, rng)
    else:
        if kind == SUBTREE:
            past = grow(donor, numbers, 2, False, terms, work.waiting, rng)
        elif kind == SHRINK:
            leaf(donor, numbers, 0, terms, rng)
            past = 1
        else:
            past = put(donor, numbers, 0, code, value, at, end)
            begin, end = 0, length
        splice(code, value, begin, end, donor, numbers, 0, past, deepest, work)


@njit(cache=True, nogil=True, _nrt=False)
def vary(
    code: Any, value: Any, crossover: Any, mutations: Any, mutation: Any, deepest: Any, terms: Any, work: Any, rng: Any
) -> Any:
    """Cross consecutive pairs, then mutate each program once, each with its probability; in place."""
    for i in range(1, len(code), 2):
        if rng.random() < crossover:
            cross(code, value, i, deepest, work, rng)
    for i in range(len(code)):
        if rng.random() < mutation:
            u, kind = rng.random() * mutations[-1], 0
            while u >= mutations[kind]:
                kind += 1
            change(code[i], value[i], kind, deepest, terms, work, rng)
