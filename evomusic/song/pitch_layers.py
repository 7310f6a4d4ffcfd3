"""The pitch of a song as an automaton: after the last few notes, by the strength of the beat and in the last bar.

A row is what the pitch remembers: the last notes, as many as real tunes have often enough. It hears no note's length,
nor how many are left, which are known only afterwards: in the last bar the place in it says how near the close is. T
steps, A pitches of the grid.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from evomusic.core.grid import FIRST_PITCH
from evomusic.core.optimum.layers import Layers, minimise
from evomusic.song.contexts import Context, Contexts
from evomusic.song.counts import Counts
from evomusic.song.plan import Tokens

Notes = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class PitchChain:
    """A chain over pitches.

    Args:
        at: the contexts of the grid.
        windows: real melodies (N, T) on that grid.
        order: notes before that a pitch hears.
        least: times that two notes or more must have been in a row to be remembered together.
    """

    at: Contexts
    windows: Tokens
    order: int
    least: int

    def layers(self) -> Layers:
        """The automaton, whose values are log2 probabilities of pitches; 0 where no note begins."""
        grid, to = self.at.grid, self._next
        reach, following, values = np.zeros(1, np.int64), [], []
        for t in range(self.at.pad, grid.steps):
            ahead = np.unique(to[reach]) if t + 1 < grid.steps else np.zeros(1, np.int64)
            rows = np.searchsorted(ahead, to[reach]) if t + 1 < grid.steps else np.zeros(to[reach].shape, np.int64)
            value = np.zeros((len(reach), grid.tokens))
            for row, state in enumerate(reach.tolist()):
                value[row, FIRST_PITCH:] = np.log2(self._counts.odds(self._contexts(t, self._states[state])))
            following.append(rows.astype(np.int32))
            values.append(value)
            reach = ahead
        return minimise(Layers(following, values))

    @cached_property
    def _states(self) -> list[Notes]:
        """Notes that are remembered together, none first."""
        return [(), *sorted(self._remembered - {()}, key=lambda notes: (len(notes), notes))]

    @cached_property
    def _next(self) -> NDArray[np.int64]:
        """The state (S, A + 2) after each token."""
        number = {notes: i for i, notes in enumerate(self._states)}
        table = np.tile(np.arange(len(number))[:, None], (1, self.at.grid.tokens))
        for notes, i in number.items():
            table[i, FIRST_PITCH:] = [number[self._follow(notes, note)] for note in range(len(self.at.grid.pitches))]
        return table

    def _follow(self, notes: Notes, note: int) -> Notes:
        after = (*notes, note)[-self.order :]
        while after not in self._remembered:
            after = after[1:]
        return after

    @cached_property
    def _remembered(self) -> frozenset[Notes]:
        seen = Counter(
            notes[i - k : i] for notes in self._notes for k in range(2, self.order + 1) for i in range(k, len(notes))
        )
        often = {notes for notes, n in seen.items() if n >= self.least}
        return frozenset({(), *((note,) for note in range(len(self.at.grid.pitches))), *often})

    @cached_property
    def _notes(self) -> list[Notes]:
        return [tuple((row[row >= FIRST_PITCH] - FIRST_PITCH).tolist()) for row in self.windows]

    @cached_property
    def _counts(self) -> Counts:
        counts = Counts(len(self.at.grid.pitches))
        for row, notes in zip(self.windows, self._notes, strict=True):
            for i, t in enumerate(np.flatnonzero(row >= FIRST_PITCH).tolist()):
                counts.add(self._contexts(t, notes[max(i - self.order, 0) : i]), notes[i])
        return counts

    def _contexts(self, t: int, notes: Notes) -> list[Context]:
        """Contexts of the pitch of a note at a step after others."""
        if not notes:
            return [("first", t == 0), ()]
        strength, (bar, place) = self.at.strengths[t], divmod(t, self.at.grid.steps_per_bar)
        tails = [notes[-k:] for k in range(len(notes), 0, -1)]
        if bar < self.at.grid.bars - 1:
            return [*((tail, strength) for tail in tails), ("bar", bar, strength), (strength,), ()]
        ending = [each for tail in tails for each in ((tail, "last", place), (tail, strength))]
        return [*ending, ("last", place), (strength,), ()]
