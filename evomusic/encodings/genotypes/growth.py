"""Kernels of expressions: trees in prefix order are grown, cut, exchanged and measured."""

from __future__ import annotations

from typing import Any

import numpy as np

from evomusic._jit import njit

INTERNAL = 0.9  # share of crossover points that are functions (Koza 1992)


@njit(cache=True, nogil=True)
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
    rng: Any,
) -> int:
    """Write a tree of at most `depth` from place `at` on; returns the place after it. Functions end where room does.

    A full tree has functions at every depth but the last; a grown one draws from all symbols below the depth `least`.
    """
    stack = np.empty(len(row) + 1, np.int64)  # depths that are left to the open places
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
            row[at] |= np.int64(bits(low + rng.random() * (high - low)))
        at += 1
        for _ in range(arities[symbol]):
            stack[top] = left - 1
            top += 1
    return at


@njit(cache=True, nogil=True)
def bits(value: float) -> int:
    """The bits of a number as float32."""
    single = np.empty(1, np.float32)
    single[0] = value
    return int(single.view(np.uint32)[0])


@njit(cache=True, nogil=True)
def grow_population(
    rows: Any, arities: Any, functions: int, constant: int, low: float, high: float, shallow: int, deep: int, rng: Any
) -> None:
    """Ramped half and half: depths from `shallow` to `deep` in turn, full and grown trees in turn."""
    for i in range(len(rows)):
        depth = shallow + (i // 2) % (deep - shallow + 1)
        rows[i] = -1
        grow(rows[i], 0, arities, functions, constant, low, high, shallow, depth, i % 2 == 0, rng)


@njit(cache=True, nogil=True)
def length_of(row: Any) -> int:
    """Number of nodes of a tree."""
    size = 0
    while size < len(row) and row[size] >= 0:
        size += 1
    return size


@njit(cache=True, nogil=True)
def sizes_of(rows: Any) -> Any:
    """Number of nodes (P,) of trees."""
    sizes = np.empty(len(rows), np.int64)
    for i in range(len(rows)):
        sizes[i] = length_of(rows[i])
    return sizes


@njit(cache=True, nogil=True)
def end_of(row: Any, at: int, arities: Any) -> int:
    """The place after the subtree that begins at a place."""
    open_places = 1
    while open_places:
        open_places += arities[row[at] >> 32] - 1
        at += 1
    return at


@njit(cache=True, nogil=True)
def depth_of(row: Any, size: int, arities: Any) -> int:
    """Edges from the root to the deepest node."""
    stack = np.empty(size + 1, np.int64)
    stack[0], top, deepest = 0, 1, 0
    for at in range(size):
        top -= 1
        depth = stack[top]
        deepest = max(deepest, depth)
        for _ in range(arities[row[at] >> 32]):
            stack[top] = depth + 1
            top += 1
    return deepest


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def spliced(into: Any, size: int, first: int, end: int, graft: Any, start: int, stop: int, out: Any) -> int:
    """Write a tree whose places first to end are replaced by a subtree of another; its size, 0 if too large."""
    total = size - (end - first) + (stop - start)
    if total > len(out):
        return 0
    out[:] = -1
    out[:first] = into[:first]
    out[first : first + stop - start] = graft[start:stop]
    out[first + stop - start : total] = into[end:size]
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
        if one_size and depth_of(one, one_size, arities) <= deepest:
            a[:] = one
        if two_size and depth_of(two, two_size, arities) <= deepest:
            b[:] = two
    for i in range(len(rows)):
        if rng.random() >= mutation_rate:
            continue
        row = rows[i]
        size = length_of(row)
        at = int(rng.random() * size)
        grown = grow(new, 0, arities, functions, constant, low, high, 0, mutation_depth, False, rng)
        one_size = spliced(row, size, at, end_of(row, at, arities), new, 0, grown, one)
        if one_size and depth_of(one, one_size, arities) <= deepest:
            row[:] = one
