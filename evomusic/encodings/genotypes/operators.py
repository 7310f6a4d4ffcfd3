"""Crossover and mutation of rows of numbers, in place: consecutive pairs are crossed over, every row is mutated."""

from __future__ import annotations

from typing import Any

from evomusic._jit import inner, njit


@njit(cache=True, nogil=True)
def cross(rows: Any, kind: int, rate: float, rng: Any) -> None:  # (P, D)
    """Exchange numbers of consecutive pairs: from a point on (0), between two points (1), or each by a coin (2)."""
    length = rows.shape[1]
    for i in range(1, len(rows), 2):
        if rng.random() >= rate:
            continue
        first, end = 1 + int(rng.random() * (length - 1)), length
        if kind == 1:
            other = 1 + int(rng.random() * (length - 1))
            first, end = min(first, other), max(first, other)
        if kind == 2:
            first = 0
        for t in range(first, end):
            if kind != 2 or rng.random() < 0.5:
                rows[i - 1, t], rows[i, t] = rows[i, t], rows[i - 1, t]


@njit(cache=True, nogil=True)
def shift(rows: Any, low: Any, high: Any, rate: float, creep: bool, rng: Any) -> None:  # (P, D) int64; bounds (D,)
    """Change each number with a probability: to another one within its bounds, or one up or down."""
    for i in range(len(rows)):
        for t in range(rows.shape[1]):
            size = high[t] - low[t]
            if rng.random() >= rate or not size:
                continue
            if creep:
                step = 1 if rng.random() < 0.5 else -1
                at = rows[i, t] + step
                rows[i, t] = at if low[t] <= at <= high[t] else rows[i, t] - step
            else:
                drawn = low[t] + int(rng.random() * size)  # of all numbers but the present one
                rows[i, t] = drawn + 1 if drawn >= rows[i, t] else drawn


@njit(cache=True, nogil=True)
def sbx(rows: Any, low: Any, high: Any, rate: float, index: float, rng: Any) -> None:  # (P, D); bounds (D,)
    """Simulated binary crossover within bounds of consecutive pairs, each number with probability one half."""
    for i in range(1, len(rows), 2):
        if rng.random() >= rate:
            continue
        for t in range(rows.shape[1]):
            if rng.random() < 0.5:
                continue
            a, b = min(rows[i - 1, t], rows[i, t]), max(rows[i - 1, t], rows[i, t])
            if b - a < 1e-14:
                continue
            u = rng.random()
            less = 0.5 * (a + b - spread(u, 1 + 2 * (a - low[t]) / (b - a), index) * (b - a))
            more = 0.5 * (a + b + spread(u, 1 + 2 * (high[t] - b) / (b - a), index) * (b - a))
            less, more = min(max(less, low[t]), high[t]), min(max(more, low[t]), high[t])
            if rng.random() < 0.5:
                less, more = more, less
            rows[i - 1, t], rows[i, t] = less, more


@inner()
def spread(u: float, beta: float, index: float) -> float:
    """The spread factor of bounded simulated binary crossover: beta_q of Deb's code, for a uniform number u."""
    alpha = 2.0 - beta ** -(index + 1)
    if u <= 1.0 / alpha:
        return (u * alpha) ** (1.0 / (index + 1))
    return (1.0 / (2.0 - u * alpha)) ** (1.0 / (index + 1))


@njit(cache=True, nogil=True)
def polynomial(rows: Any, low: Any, high: Any, rate: float, index: float, rng: Any) -> None:  # (P, D); bounds (D,)
    """Polynomial mutation within bounds (Deb & Goyal 1996): each number with a probability."""
    power = 1.0 / (index + 1)
    for i in range(len(rows)):
        for t in range(rows.shape[1]):
            if rng.random() >= rate:
                continue
            width, u = high[t] - low[t], rng.random()
            if u < 0.5:
                rest = 1.0 - (rows[i, t] - low[t]) / width
                delta = (2 * u + (1 - 2 * u) * rest ** (index + 1)) ** power - 1.0
            else:
                rest = 1.0 - (high[t] - rows[i, t]) / width
                delta = 1.0 - (2 * (1 - u) + 2 * (u - 0.5) * rest ** (index + 1)) ** power
            rows[i, t] = min(max(rows[i, t] + delta * width, low[t]), high[t])


@njit(cache=True, nogil=True)
def order_crossover(rows: Any, rate: float, both: Any, used: Any, rng: Any) -> None:  # (P, D), (2, D), (D,) bool
    """Order crossover: each child has a segment of one parent, then the others in the order of the other parent."""
    length = rows.shape[1]
    for i in range(1, len(rows), 2):
        if rng.random() >= rate:
            continue
        first, last = int(rng.random() * length), int(rng.random() * length)
        first, last = min(first, last), max(first, last)
        for child in range(2):
            own, other = rows[i - 1 + child], rows[i - child]
            used[:] = False
            for t in range(first, last + 1):
                both[child, t] = own[t]
                used[own[t]] = True
            place = (last + 1) % length
            for k in range(length):
                value = other[(last + 1 + k) % length]
                if not used[value]:
                    both[child, place] = value
                    place = (place + 1) % length
        for t in range(length):
            rows[i - 1, t], rows[i, t] = both[0, t], both[1, t]


@njit(cache=True, nogil=True)
def rearrange(rows: Any, kind: int, rate: float, rng: Any) -> None:  # (P, D) permutations
    """Mutate each permutation with a probability, by 1 + Poisson(1) swaps (0), insertions (1) or reversals (2)."""
    length = rows.shape[1]
    for i in range(len(rows)):
        if rng.random() >= rate:
            continue
        row, moves, product = rows[i], 1, rng.random()
        while product > 0.36787944117144233:  # e^-1: Knuth's way to the Poisson distribution of mean 1
            moves, product = moves + 1, product * rng.random()
        for _ in range(moves):
            a = int(rng.random() * length)
            b = (a + 1 + int(rng.random() * (length - 1))) % length
            if kind == 0:
                row[a], row[b] = row[b], row[a]
            elif kind == 1:
                value, step = row[a], 1 if b > a else -1
                for t in range(a, b, step):
                    row[t] = row[t + step]
                row[b] = value
            else:
                a, b = min(a, b), max(a, b)
                while a < b:
                    row[a], row[b] = row[b], row[a]
                    a, b = a + 1, b - 1
