"""Melodies of the soft optimum in plans of a song: units return as those of real tunes do, at no cost.

A tie as a condition (`SoftPolicy.tie`) weighs a unit by its probability wherever it stands, so that what is most
probable is repeated most: long notes without a move. Here a copy costs nothing, as in a song itself: each step that a
plan leaves free is drawn after all before it, and those that return are written as they come.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import instance, whole, wrong
from evomusic.core.optimum.chain import generator
from evomusic.core.optimum.soft import SoftPolicy
from evomusic.core.ties import NONE, Tie, Ties, tied
from evomusic.song.model import Song
from evomusic.song.plan import Return, plan_of, unit_steps


@dataclass(frozen=True, eq=False)
class Planned:
    """The soft optimum's tokens in plans that a song draws.

    A plan is that of a draw of the song. Step by step a melody copies what returns, moved where the plan says so, and
    draws what does not with its probability under the policy, given all tokens before: the policy foresees what is to
    come, though not that it is a copy. A note that a move takes off the grid is drawn. So this is no exact soft
    optimum, but what an author has who writes a new half bar with the whole in mind and repeats it as it is.

    Args:
        song: the model whose plans are drawn.
        policy: a soft optimum on its grid, such as `task.soften(4.0, prior="song")`; chords may be there.

    Raises:
        ValueError: one of them is something else, or the grids have other tokens, steps or metres.
    """

    song: Song
    policy: SoftPolicy

    def __post_init__(self) -> None:
        instance("song", self.song, Song, "a song model, such as em.train_song(grid, windows)")
        instance("policy", self.policy, SoftPolicy, "a soft optimum, such as task.soften(4.0, prior='song')")
        ours, theirs = self.song.grid, self.policy.machine.grid
        if (ours.steps, ours.pitches, ours.steps_per_bar) != (theirs.steps, theirs.pitches, theirs.steps_per_bar):
            raise wrong("policy", self.policy, "one with the bars, metre and pitches of the song")

    def sample(self, n: int, rng: np.random.Generator) -> NDArray[np.uint8]:
        """Independent melodies (n, T).

        Raises:
            ValueError: n is no whole number from 0 up, or rng is no generator.
        """
        n, rng = whole("n", n, 0), generator(rng)
        grid, rows, many = self.song.grid, np.zeros(n, np.int64), np.arange(n)
        plans, melodies = [self.ties(row) for row in self.song.sample(n, rng)], np.zeros((n, grid.steps), np.uint8)
        roots = np.array([plan.root for plan in plans], np.int64).reshape(n, grid.steps)
        copies = np.array([plan.copy for plan in plans], np.int16).reshape(n, grid.steps, grid.tokens)
        for t in range(grid.steps):
            tokens, ahead = self.policy.chain.draw(t, rows, rng.random(n))
            copied = copies[many, t, melodies[many, roots[:, t]]].astype(np.int64)
            at = (roots[:, t] < t) & (copied > NONE)
            at[at] &= self._can(t, rows[at], copied[at])
            melodies[:, t] = np.where(at, copied, tokens)
            rows = np.where(at, self.policy.chain.follow(t, rows, melodies[:, t]), ahead)
        return melodies

    def _can(self, t: int, rows: NDArray[np.int64], tokens: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether the policy, on its conditions, has tokens (n,) at rows."""
        return np.asarray(self.policy.chain.probabilities(t, rows)[np.arange(len(rows)), tokens] > 0)

    def ties(self, melody: NDArray[np.uint8]) -> Ties:
        """The plan that a melody (T,) is read with, as ties of steps."""
        grid = self.song.grid
        steps = unit_steps(grid)
        units = melody[grid.pickup :].astype(np.int64).reshape(-1, steps)
        found = [_tie(each, i, units[i], grid.pickup, steps) for i, each in enumerate(plan_of(units)) if each.lag]
        return tied(found, grid) if found else self._free

    @cached_property
    def _free(self) -> Ties:
        grid = self.song.grid
        return Ties(np.arange(grid.steps), np.tile(np.arange(grid.tokens), (grid.steps, 1)))


def _tie(each: Return, i: int, unit: NDArray[np.int64], pickup: int, steps: int) -> Tie:
    """A unit that returns as a tie of steps: all, or those before an end of its own."""
    length = steps
    if each.kind == "varied":
        length = int(np.flatnonzero(unit > 1)[-each.by])
    return Tie(
        start=pickup + i * steps,
        source=pickup + (i - each.lag) * steps,
        steps=length,
        transposed=each.by if each.kind == "moved" else 0,
    )
