"""Small grids, and windows on them, whose song models can be enumerated."""

from __future__ import annotations

import numpy as np

import evomusic as em

FOUR = em.Grid(bars=2, beats=2, steps_per_beat=2, low=60, high=62, scale="C major")  # four units of two steps
TWO = em.Grid(bars=1, beats=2, steps_per_beat=3, low=60, high=64, scale="C major")  # two units of three steps


def windows(grid, n=60):
    """Windows whose units return in every way that fits, among others."""
    rng, steps = np.random.default_rng(3), grid.steps // (2 * grid.bars)
    top = grid.tokens - 1
    rows = []
    for _ in range(n):
        units = [rng.integers(2, top, steps)]
        while len(units) < 2 * grid.bars:
            last = units[-1]
            varied = np.append(last[:-1], rng.integers(2, top + 1))
            fresh = rng.choice([0, 1, *range(2, top + 1)], steps)
            units.append([last, np.clip(last + 1, 2, top), varied, fresh][rng.integers(4)])
        rows.append(np.concatenate(units))
    return np.array(rows, np.uint8)
