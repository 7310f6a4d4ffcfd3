"""Genetic programming on rows of prefix code, compiled: initialisation, crossover and mutation within limits.

A row holds at most L codes, and its tree has at most depth `deepest` (a single leaf has depth 0). Where an offspring
would be larger, the operator returns its parent.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from evomusic._jit import njit
from evomusic.encodings.policy.machine import ARITY, CONSTANT, FIRST_TERM, PAD

MUTATIONS: Final = ("subtree", "point", "hoist", "shrink", "nudge")
SUBTREE, POINT, HOIST, SHRINK, NUDGE = range(5)
CONSTANTS: Final = 0.2  # share of constants among new leaves
INNER: Final = 0.9  # probability that a crossover point is a function (Koza 1992)


@njit(cache=True)
def arity(c: Any) -> Any:
    """Number of operands of a code."""
    return ARITY[c] if c < CONSTANT else 0


@njit(cache=True)
def length_of(code: Any) -> Any:  # (L,)
    """Number of codes before the padding."""
    n = 0
    while n < len(code) and code[n] != PAD:
        n += 1
    return n


@njit(cache=True)
def end_of(code: Any, at: Any) -> Any:
    """Index past the subtree that begins at a place."""
    need = 1
    while need and at < len(code) and code[at] != PAD:
        need += arity(code[at]) - 1
        at += 1
    return at


@njit(cache=True)
def depth_of(code: Any, length: Any) -> Any:
    """Depth of the deepest leaf."""
    open_at, levels, most = np.zeros(length + 1, np.int64), 0, 0  # operands that are missing, by level
    for j in range(length):
        most = max(most, levels)
        if arity(code[j]):
            open_at[levels] = arity(code[j])
            levels += 1
            continue
        while levels and open_at[levels - 1] == 1:
            levels -= 1
        if levels:
            open_at[levels - 1] -= 1
    return most


@njit(cache=True)
def leaf(code: Any, value: Any, at: Any, terms: Any, rng: Any) -> Any:
    """Write a random terminal, or a constant: evenly a whole number within 12, or a multiple of 0.01 within 1."""
    value[at] = 0.0
    if rng.random() < CONSTANTS:
        code[at] = CONSTANT
        whole = rng.random() < 0.5
        value[at] = np.floor(rng.random() * 25) - 12 if whole else (np.floor(rng.random() * 201) - 100) / 100
    else:
        code[at] = FIRST_TERM + int(rng.random() * terms)


@njit(cache=True)
def grow(code: Any, value: Any, depth: Any, full: Any, terms: Any, rng: Any) -> Any:  # rows (N,) are filled from 0
    """Write a random tree of at most `depth`, `full` with every leaf there if there is room; return its length."""
    left, waiting, n = np.empty(len(code) + 3, np.int64), 1, 0
    left[0] = depth
    while waiting:
        waiting -= 1
        d = left[waiting]
        if d > 0 and (full or rng.random() < 0.5):
            c = int(rng.random() * len(ARITY))
            if n + 1 + waiting + ARITY[c] <= len(code):
                code[n], value[n] = c, 0.0
                left[waiting : waiting + ARITY[c]] = d - 1
                waiting += ARITY[c]
                n += 1
                continue
        leaf(code, value, n, terms, rng)
        n += 1
    code[n:] = PAD
    value[n:] = 0.0
    return n


@njit(cache=True)
def sample(code: Any, value: Any, deepest: Any, terms: Any, rng: Any) -> Any:  # (P, L) are filled
    """Ramped half-and-half initialisation (Koza 1992): depths 1 to `deepest` in turn, full and grown alternately."""
    for i in range(len(code)):
        grow(code[i], value[i], 1 + (i // 2) % max(deepest, 1) if deepest else 0, i % 2 == 0, terms, rng)


@njit(cache=True)
def splice(code: Any, value: Any, a: Any, b: Any, donor: Any, numbers: Any, n: Any, deepest: Any) -> Any:
    """Replace codes a to b - 1 by n codes of a donor; return whether the tree stays within its limits."""
    length = length_of(code)
    longer = length - (b - a) + n
    if longer > len(code):
        return False
    new, values = np.full(len(code), np.uint8(PAD)), np.zeros(len(code))
    new[:a], values[:a] = code[:a], value[:a]
    new[a : a + n], values[a : a + n] = donor[:n], numbers[:n]
    new[a + n : longer], values[a + n : longer] = code[b:length], value[b:length]
    if depth_of(new, longer) > deepest:
        return False
    code[:], value[:] = new, values
    return True


@njit(cache=True)
def point_of(code: Any, length: Any, rng: Any) -> Any:
    """A random crossover point: a function nine times in ten, else a leaf; any place where there is none."""
    inner, found, at = rng.random() < INNER, 0, int(rng.random() * length)
    for j in range(length):
        if (arity(code[j]) > 0) == inner:
            found += 1
            if rng.random() * found < 1.0:  # of those so far each is as likely
                at = j
    return at


@njit(cache=True)
def cross(code: Any, value: Any, i: Any, deepest: Any, rng: Any) -> Any:
    """Swap random subtrees of rows i - 1 and i; a child beyond the limits is replaced by its parent."""
    left, numbers = code[i - 1].copy(), value[i - 1].copy()
    right, others = code[i].copy(), value[i].copy()
    a, b = point_of(left, length_of(left), rng), point_of(right, length_of(right), rng)
    c, d = end_of(left, a), end_of(right, b)
    splice(code[i - 1], value[i - 1], a, c, right[b:d], others[b:d], d - b, deepest)
    splice(code[i], value[i], b, d, left[a:c], numbers[a:c], c - a, deepest)


@njit(cache=True)
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


@njit(cache=True)
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


@njit(cache=True)
def change(code: Any, value: Any, kind: Any, deepest: Any, terms: Any, rng: Any) -> Any:  # rows (L,)
    """Apply one mutation: subtree (new, of depth 2 at most), point, hoist, shrink, or noise on a constant."""
    at = int(rng.random() * length_of(code))
    end = end_of(code, at)
    fresh, numbers = np.full(len(code), np.uint8(PAD)), np.zeros(len(code))
    if kind == SUBTREE:
        n = grow(fresh, numbers, 2, False, terms, rng)
        splice(code, value, at, end, fresh, numbers, n, deepest)
    elif kind == HOIST:
        splice(code, value, 0, length_of(code), code[at:end].copy(), value[at:end].copy(), end - at, deepest)
    elif kind == SHRINK:
        leaf(fresh, numbers, 0, terms, rng)
        splice(code, value, at, end, fresh, numbers, 1, deepest)
    elif kind == POINT:
        change_point(code, value, at, terms, rng)
    else:
        nudge(code, value, rng)


@njit(cache=True, nogil=True)
def vary(
    code: Any, value: Any, crossover: Any, mutations: Any, mutation: Any, deepest: Any, terms: Any, rng: Any
) -> Any:
    """Cross consecutive pairs, then mutate each program once, each with its probability; in place."""
    for i in range(1, len(code), 2):
        if rng.random() < crossover:
            cross(code, value, i, deepest, rng)
    for i in range(len(code)):
        if rng.random() < mutation:
            u, kind = rng.random() * mutations[-1], 0
            while u >= mutations[kind]:
                kind += 1
            change(code[i], value[i], kind, deepest, terms, rng)
