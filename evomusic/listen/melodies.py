"""Sources of melodies: songs as real tunes are, and the exact soft optimum of a reward, which draws bars anew.

T steps of a melody.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evomusic.core import conditions, ties
from evomusic.core.automata import TooManyStates
from evomusic.core.grid import Grid
from evomusic.core.melody import Melody, canonical
from evomusic.core.optimum.soft import SoftPolicy
from evomusic.core.reward import Reward
from evomusic.core.task import Task
from evomusic.rules.style import style_tonic
from evomusic.rules.style_choice import style_for_key
from evomusic.song.sections import draw_songs, section_grid
from evomusic.song.trained import song_of, tunes_with, windows_of

Rows = NDArray[np.uint8]
ROWS: Final = 400_000  # of the soft optimum's product, at all steps together: some 60 MB
LEAST: Final = 2_500  # rows a step, however long the melody
MOST: Final = 25_000  # rows a step, where the style needs more
TEMPERATURES: Final = {"style": 1.0, "uniform": 0.3}  # by prior, in units of return
ROUNDS: Final = 5  # of draws, until all melodies differ


@dataclass(frozen=True, eq=False)
class Source:
    """Melodies of a task: songs where its style has enough real tunes of the frame, else its soft optimum.

    Args:
        task: the task.
        form: sections that return, as for `em.conditions.form`; none when empty.

    Raises:
        ValueError: the form does not fit the task's grid.
    """

    task: Task
    form: str = ""

    def __post_init__(self) -> None:
        section_grid(self.task.grid, self.form)

    @cached_property
    def tunes(self) -> str | None:
        """The collection whose tunes the songs are like; None where the task has no style, or too few tunes."""
        grid = self.task.grid
        if not (self.task.generator and grid.scale):
            return None
        try:
            shipped = style_for_key(grid.scale, None, (grid.beats, grid.steps_per_beat))
            plain = replace(section_grid(grid, self.form), chords=())
            tunes = tunes_with(shipped, plain, style_tonic(plain))
            song_of(tunes, plain, style_tonic(plain))
        except ValueError:
            return None
        return tunes

    def first(self, n: int, rng: np.random.Generator) -> Rows:
        """Melodies (m, T) to begin with, m at most n, that differ in sound."""
        if self.tunes is None:
            return self.soft(n, rng, self.policy(self.task.reward))
        return different((self.songs(n, rng) for _ in range(ROUNDS)), n)

    def songs(self, n: int, rng: np.random.Generator) -> Rows:
        """Melodies (n, T) as the tunes of a collection are; none where there is no such collection."""
        if self.tunes is None:
            return np.zeros((0, self.task.grid.steps), np.uint8)
        plain = replace(self.task.grid, chords=())
        return canonical(draw_songs(self.tunes, plain, style_tonic(plain), n, rng, self.form))

    def real(self) -> tuple[Rows, tuple[str, ...]]:
        """Bars (N, T) of real tunes in the task's frame, and the tune of each; none where there is no collection."""
        grid = replace(self.task.grid, chords=())
        if self.tunes is None:
            return np.zeros((0, grid.steps), np.uint8), ()
        found = windows_of(self.tunes, grid, style_tonic(grid))
        return canonical(found.melodies), found.names

    def policy(self, reward: Reward) -> SoftPolicy:
        """The soft optimum of a reward on the task's grid, with the task's style as its prior.

        Raises:
            TooManyStates: the style alone is too large.
        """
        prior = "style" if self.task.generator else "uniform"
        task = Task(self.task.grid, Reward(reward.rules), generator=self.task.generator)
        limit = max(ROWS // self.task.grid.steps, LEAST)
        while True:
            try:
                return task.soften(TEMPERATURES[prior], prior, limit=limit)
            except TooManyStates:  # the style alone needs more
                limit *= 2
                if limit > MOST:
                    raise

    def soft(self, n: int, rng: np.random.Generator, policy: SoftPolicy) -> Rows:
        """Melodies (m, T) of a soft optimum, in the form, m at most n, that differ in sound.

        Sections that return are copies of what is drawn where they stand first, given all that is locked: particles,
        which weigh them as one, would take seconds.

        Raises:
            ValueError: no melody meets the conditions of the policy in the form.
        """
        grid, form = self.task.grid, self.form
        if form:
            policy = policy.lock(ties.tied(form, grid).closed(policy.allowed))
        drawn = (in_form(policy.sample(n, rng), grid, form) for _ in range(ROUNDS))
        return different((rows[fits] for rows, fits in drawn), n)

    def redraw(self, melody: Melody, locked: Iterable[int], rng: np.random.Generator, policy: SoftPolicy) -> Rows:
        """A melody's tokens (T,) with all bars drawn anew but the locked ones, which are counted from 0.

        Raises:
            ValueError: a bar is not there, or no melody of the policy has these bars in the form.
        """
        drawn = self.soft(2, rng, policy.lock(conditions.bars(melody, *locked)))
        return next((row for row in drawn if (row != melody.canonical.tokens).any()), melody.canonical.tokens)


def different(batches: Iterable[Rows], n: int) -> Rows:
    """The first n rows (m, T) of batches that differ in sound; no more batches than are needed are drawn."""
    found: dict[bytes, Rows] = {}
    for batch in batches:
        found |= {row.tobytes(): row for row in canonical(batch) if row.tobytes() not in found}
        if len(found) >= n:
            break
    return np.array(list(found.values())[:n], np.uint8).reshape(-1, batch.shape[1])


def in_form(rows: Rows, grid: Grid, form: str) -> tuple[Rows, NDArray[np.bool_]]:
    """Melodies (P, T) whose sections return as a form says, and whether the copies are on the grid (P,)."""
    if not form:
        return rows, np.ones(len(rows), bool)
    table = ties.tied(form, grid)
    copied = table.copy[np.arange(grid.steps), rows[:, table.root]]
    return canonical(np.maximum(copied, 0).astype(np.uint8)), (copied != ties.NONE).all(axis=1)
