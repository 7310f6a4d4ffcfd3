"""Random trees, compiled: ramped half-and-half (Koza 1992, section 6.2), within a depth and a size.

Depth is counted in edges: a single leaf has depth 0. A node is a leaf at the greatest depth, at random from a least
depth on, and where no function fits into the size; functions, and leaves of a kind, are drawn uniformly.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from evomusic._jit import inner, njit
from evomusic.encodings.trees.language import ARITY, NUMERIC, PHRASE


@njit(cache=True, nogil=True, _nrt=False)
def sample(
    nodes: Any,  # (P, max_size) int16, of zeros
    sizes: Any,  # (P,)
    low: int,
    high: int,
    leaf_rate: float,
    words: Any,
    leaves: Any,
    pending: Any,  # (max_size + 2, 2), scratch
    rng: np.random.Generator,
) -> None:
    """Fill rows with trees of heights drawn from low to high: half full, half grown, with leaves from `low` on."""
    most = nodes.shape[1]
    for i in range(len(nodes)):
        height = low + int(rng.random() * (high - low + 1))
        chance = 0.0 if rng.random() < 0.5 else leaf_rate
        sizes[i] = grow(nodes[i], most, np.int64(PHRASE), height, low, chance, words, leaves, pending, rng)


@inner()
def grow(
    row: Any,
    room: int,
    kind: int,
    height: int,
    least: int,
    leaf_rate: float,
    words: Any,
    leaves: Any,
    pending: Any,  # (room + 2, 2) kinds and depths of nodes not yet written
    rng: np.random.Generator,
) -> int:
    """Write a random tree of a kind at the beginning of a row, of at most `room` words; return its size."""
    size, places = 0, 1
    pending[0, 0], pending[0, 1] = kind, 0
    while places > 0:
        places -= 1
        kind, depth = pending[places, 0], pending[places, 1]
        word = leaves[kind, 0] + int(rng.random() * (leaves[kind, 1] - leaves[kind, 0]))
        if kind == PHRASE and depth < height and not (depth >= least and rng.random() < leaf_rate):
            function = int(rng.random() * leaves[PHRASE, 0])
            if size + 1 + places + words[function, ARITY] <= room:
                word = function
        row[size] = word
        size += 1
        for j in range(words[word, ARITY] - 1, -1, -1):
            pending[places, 0], pending[places, 1] = words[word, NUMERIC] if j == 0 else PHRASE, depth + 1
            places += 1
    return size
