"""Tasks that pay for each token, or each bit, of a tune that is copied: OneMax for melodies. And a one-token change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evomusic.core.grid import Grid
from evomusic.core.reward import Reward
from evomusic.core.task import Task
from evomusic.encodings.notes.notes import Notes


@dataclass(frozen=True, kw_only=True)
class Copy:
    """+1 for each token of the tune. Remembers nothing."""

    grid: Grid
    tune: tuple[int, ...]
    start = None
    hears = ("step",)

    def read(self, memory, event, slot):
        return None, float(self.grid.event(self.tune[slot.step]) == event)


@dataclass(frozen=True, kw_only=True)
class CopyBits:
    """+1 for each bit that a token's number shares with the tune's, of two. Remembers nothing."""

    grid: Grid
    tune: tuple[int, ...]
    start = None
    hears = ("step",)

    def read(self, memory, event, slot):
        token = next(a for a in range(self.grid.tokens) if self.grid.event(a) == event)
        return None, 2.0 - (token ^ self.tune[slot.step]).bit_count()


def copy_task(steps, pitches, rule=Copy, seed=0):
    """A task of one bar of steps, each of 2 + pitches tokens, and a random tune to copy."""
    grid = Grid(bars=1, beats=steps, steps_per_beat=1, low=60, high=59 + pitches)
    tune = np.random.default_rng(seed).integers(0, grid.tokens, steps).tolist()
    return Task(grid, Reward({rule(grid=grid, tune=tuple(tune)): 1.0}), "copy")


@dataclass(frozen=True, kw_only=True)
class OneToken(Notes):
    """Notes of which exactly one token changes, uniformly, to another, uniformly; nothing is crossed."""

    def vary(self, task, genomes, rng):
        children, rows = np.array(genomes), np.arange(len(genomes))
        steps = rng.integers(0, children.shape[1], len(children))
        other = rng.integers(1, task.grid.tokens, len(children))
        children[rows, steps] = (children[rows, steps] + other) % task.grid.tokens
        return children
