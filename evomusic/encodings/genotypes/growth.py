"""Kernels of expressions: trees in prefix order are grown, cut, exchanged and measured."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import inner, njit


class Scratch(NamedTuple):
    """Room for kernels: depths (L + 1,), a number (1,) float32, and three trees (L,)."""

    stack: NDArray[np.int64]
    single: NDArray[np.float32]
    one: NDArray[np.int64]
    two: NDArray[np.int64]
    new: NDArray[np.int64]


def room(nodes: int) -> Scratch:
    """Room for trees of so many nodes."""
    one, two, new = np.empty((3, nodes), np.int64)
    return Scratch(np.empty(nodes + 1, np.int64), np.empty(1, np.float32), one, two, new)


INTERNAL = 0.9  # share of crossover points that are functions (Koza 1992)


@inner()
def grow(
    row: Any,
    at: int,
    arities: Any,
    functions: int,
    constant: int,
    low: float,
    high: float,
    least: int,
    depth: int,
    full: bool,
    scratch: Any,
    rng: Any,
) -> int:
    """Write a tree of at most `depth` from place `at` on; returns the place after it. Functions end where room does.

    A full tree has functions at every depth but the last; a grown one draws from all symbols below the depth `least`.
    """
    stack = scratch.stack  # depths that are left to the open places
    stack[0], top = depth, 1
    symbols, leaves = len(arities), len(arities) - functions
    while top:
        top -= 1
        left = stack[top]
        symbol = int(rng.random() * (functions if full or depth - left < least else symbols))
        if left == 0 or (symbol < functions and at + 1 + top + arities[symbol] > len(row)):
            symbol = functions + int(rng.random() * leaves)
        row[at] = symbol << 32
        if symbol == constant:
            row[at] |= bits(low + rng.random() * (high - low), scratch.single)
        at += 1
        for _ in range(arities[symbol]):
            stack[top] = left - 1
            top += 1
    return at


@inner()
def bits(value: Any, single: Any) -> Any:
    """The bits of a number as float32; `single` is an array (1,) of it."""
    single[0] = value
    return np.int64(single.view(np.uint32)[0])


@njit(cache=True, nogil=True)
def grow_population(
    rows: Any,
    arities: Any,
    functions: int,
    constant: int,
    low: float,
    high: float,
    shallow: int,
    deep: int,
    scratch: Any,
    rng: Any,
) -> None:
    """Ramped half and half: depths from `shallow` to `deep` in turn, full and grown trees in turn."""
    for i in range(len(rows)):
        depth = shallow + (i // 2) % (deep - shallow + 1)
        rows[i] = -1
        grow(rows[i], 0, arities, functions, constant, low, high, shallow, depth, i % 2 == 0, scratch, rng)


@inner()
def length_of(row: Any) -> int:
    """Number of nodes of a tree."""
    size = 0
    while size < len(row) and row[size] >= 0:
        size += 1
    return size


def sizes_of(rows: Any) -> Any:
    """Number of nodes (P,) of trees."""
    return (rows >= 0).sum(axis=1)


@inner()
def end_of(row: Any, at: int, arities: Any) -> int:
    """The place after the subtree that begins at a place."""
    open_places = 1
    while open_places:
        open_places += arities[row[at] >> 32] - 1
        at += 1
    return at


@inner()
def depth_of(row: Any, size: int, arities: Any, stack: Any) -> int:
    """Edges from the root to the deepest node."""
    stack[0], top, deepest = 0, 1, 0
    for at in range(size):
        top -= 1
        depth = stack[top]
        deepest = max(deepest, depth)
        for _ in range(arities[row[at] >> 32]):
            stack[top] = depth + 1
            top += 1
    return deepest


@inner()
def point(row: Any, size: int, arities: Any, rng: Any) -> int:
    """A place of a tree: a function with probability INTERNAL where there is one, else a leaf; uniform among these."""
    inner = 0
    for at in range(size):
        inner += arities[row[at] >> 32] > 0
    wanted = inner > 0 and rng.random() < INTERNAL
    left = int(rng.random() * (inner if wanted else size - inner))
    for at in range(size):
        if (arities[row[at] >> 32] > 0) == wanted:
            if left == 0:
                return at
            left -= 1
    return 0


@inner()
def spliced(into: Any, size: int, first: int, end: int, graft: Any, start: int, stop: int, out: Any) -> int:
    """Write a tree whose places first to end are replaced by a subtree of another; its size, 0 if too large."""
    total = size - (end - first) + (stop - start)
    if total > len(out):
        return 0
    for at in range(first):
        out[at] = into[at]
    for at in range(start, stop):
        out[first + at - start] = graft[at]
    for at in range(end, size):
        out[total - size + at] = into[at]
    for at in range(total, len(out)):
        out[at] = -1
    return total


@njit(cache=True, nogil=True)
def vary_trees(
    rows: Any,
    arities: Any,
    functions: int,
    constant: int,
    low: float,
    high: float,
    crossover_rate: float,
    mutation_rate: float,
    mutation_depth: int,
    deepest: int,
    scratch: Any,
    rng: Any,
) -> None:
    """Exchange subtrees of consecutive pairs, then replace a subtree of each, each with its probability; in place."""
    one, two, new = np.empty_like(rows[0]), np.empty_like(rows[0]), np.empty_like(rows[0])
    for i in range(1, len(rows), 2):
        if rng.random() >= crossover_rate:
            continue
        a, b = rows[i - 1], rows[i]
        a_size, b_size = length_of(a), length_of(b)
        a_at, b_at = point(a, a_size, arities, rng), point(b, b_size, arities, rng)
        a_end, b_end = end_of(a, a_at, arities), end_of(b, b_at, arities)
        one_size = spliced(a, a_size, a_at, a_end, b, b_at, b_end, one)
        two_size = spliced(b, b_size, b_at, b_end, a, a_at, a_end, two)
        if one_size and depth_of(one, one_size, arities, scratch.stack) <= deepest:
            a[:] = one
        if two_size and depth_of(two, two_size, arities, scratch.stack) <= deepest:
            b[:] = two
    for i in range(len(rows)):
        if rng.random() >= mutation_rate:
            continue
        row = rows[i]
        size = length_of(row)
        at = int(rng.random() * size)
        grown = grow(new, 0, arities, functions, constant, low, high, 0, mutation_depth, False, scratch, rng)
        one_size = spliced(row, size, at, end_of(row, at, arities), new, 0, grown, one)
        if one_size and depth_of(one, one_size, arities, scratch.stack) <= deepest:
            row[:] = one
