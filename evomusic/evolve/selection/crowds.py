"""Kernels of selection schemes: lexicase filtering, distances between melodies, niches and nearest neighbours."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import njit

Floats = NDArray[np.float64]


@njit(cache=True, nogil=True)
def filtered(parts: Any, n: Any, slack: Any, rng: Any) -> Any:  # (P, R) float64, (R,) float64
    """Lexicase selection: n indices, each by its own random order of the columns."""
    size, columns = parts.shape
    out, order, left = np.empty(n, np.int64), np.arange(columns), np.empty(size, np.int64)
    for i in range(n):
        many = size
        for j in range(size):
            left[j] = j
        for c in range(columns):
            other = c + int(rng.random() * (columns - c))  # the next of a Fisher-Yates shuffle, only as far as needed
            order[c], order[other] = order[other], order[c]
            column = order[c]
            best = parts[left[0], column]
            for j in range(1, many):
                best = max(best, parts[left[j], column])
            stay = 0
            for j in range(many):
                if parts[left[j], column] >= best - slack[column]:
                    left[stay] = left[j]
                    stay += 1
            many = stay
            if many == 1:
                break
        out[i] = left[int(rng.random() * many)]
    return out


@njit(cache=True, nogil=True)
def hamming(melodies: Any) -> Any:  # (P, T) uint8
    """Share of tokens that differ, for every pair of melodies: (P, P) float64."""
    size, steps = melodies.shape
    out = np.zeros((size, size))
    for i in range(size):
        for j in range(i):
            differ = 0
            for t in range(steps):
                differ += melodies[i, t] != melodies[j, t]
            out[i, j] = out[j, i] = differ / steps
    return out


@njit(cache=True, nogil=True)
def nearest(points: Any, centres: Any) -> Any:  # (P, D), (C, D) float64
    """Index (P,) of the centre nearest to each point; of equals the first."""
    out = np.empty(len(points), np.int64)
    for i in range(len(points)):
        least = np.inf
        for c in range(len(centres)):
            square = 0.0
            for d in range(points.shape[1]):
                square += (points[i, d] - centres[c, d]) ** 2
            if square < least:
                least, out[i] = square, c
    return out


def shares(returns: Floats, distances: Floats, radius: float, alpha: float) -> Floats:
    """Returns above the worst divided by niche counts (P,), by the sharing function of Goldberg & Richardson (1987)."""
    near = np.maximum(0.0, 1 - (distances / radius) ** alpha)
    return np.asarray((returns - returns.min()) / near.sum(axis=1))  # each is its own neighbour: never 0


def nearest_mean(distances: Floats, neighbours: int) -> Floats:
    """Mean distance (P,) to the `neighbours` nearest others; 0 where there are none."""
    k = min(neighbours, len(distances) - 1)
    if k == 0:
        return np.zeros(len(distances))
    nearest = np.partition(distances, k, axis=1)[:, : k + 1]  # the smallest is its own 0
    return np.asarray(nearest.sum(axis=1) / k)
