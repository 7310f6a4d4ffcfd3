"""Beam search: melodies written from left to right, of which the best prefixes are continued."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import whole
from evomusic.core.grid import HOLD, REST
from evomusic.core.method import Batch
from evomusic.core.space import Range, Space
from evomusic.core.task import Task
from evomusic.encodings.base import assign

Melodies = NDArray[np.uint8]
WIDEST = 1_000_000  # prefixes in the first pass


class Beam(NamedTuple):
    """Prefixes (P, T), best first, whose first `written` steps are decided and the rest holds, and the pass's width.

    `best` (1, T) is the best melody evaluated so far.
    """

    beginnings: Melodies
    written: int
    width: int
    best: Melodies
    best_return: float


@dataclass(frozen=True, kw_only=True)
class BeamSearch:
    """Beam search: each prefix is extended by each token, and the `width` prefixes of most reward stay (Lowerre 1976).

    A candidate is a whole melody: the prefix, a token, and holds to the end. It is evaluated and charged as such, T
    steps, but ranked by the rewards of its prefix alone, since the later ones are those of the holds. A pass so costs
    about width x A x T melodies. A hold without a note before it is not tried, since it sounds as a rest does. Ties are
    broken at random. After each pass another begins, twice as wide.

    Args:
        width: number of prefixes that stay in the first pass.

    Raises:
        ValueError: the width is no whole number from 1 to 1,000,000.
    """

    space: ClassVar[Space] = {
        "width": Range(2, 64, log=True, whole=True),
    }

    width: int = 8

    def __post_init__(self) -> None:
        assign(self, width=whole("width", self.width, 1, WIDEST))

    def init(self, task: Task, rng: np.random.Generator) -> tuple[Beam, Batch]:
        """The first token of the first pass."""
        empty = np.full((1, task.grid.steps), HOLD, np.uint8)
        return self.step(task, Beam(empty, 0, self.width, empty, -np.inf), rng)

    def step(self, task: Task, state: Beam, rng: np.random.Generator) -> tuple[Beam, Batch]:
        """Extend the prefixes by a token, or begin a new pass."""
        if state.written == task.grid.steps:
            empty = np.full((1, task.grid.steps), HOLD, np.uint8)
            state = state._replace(beginnings=empty, written=0, width=2 * state.width)
        melodies = _continued(state.beginnings, state.written, task.grid.tokens)
        rewards = task.rewards(melodies)
        returns, written = rewards.sum(axis=1), state.written + 1
        order = rng.permutation(len(melodies))  # ties are broken by this order
        values = rewards[order, :written].sum(axis=1)
        beam = order[np.argsort(-values, kind="stable")[: state.width]]
        state = state._replace(beginnings=melodies[beam], written=written)
        top = int(returns.argmax())
        if returns[top] > state.best_return:
            state = state._replace(best=melodies[top : top + 1], best_return=float(returns[top]))
        return state, Batch(melodies, returns)

    def deliver(self, task: Task, state: Beam) -> Melodies:
        """The best melody evaluated so far."""
        return state.best


def _continued(beginnings: Melodies, written: int, tokens: int) -> Melodies:
    """Each prefix with each token at step `written`, except holds without a note before them: (P, T)."""
    melodies = np.repeat(beginnings, tokens, axis=0)
    melodies[:, written] = np.tile(np.arange(tokens, dtype=np.uint8), len(beginnings))
    onset = np.where(beginnings[:, :written] == HOLD, 0, np.arange(1, written + 1)).max(axis=1, initial=0)
    before = np.concatenate([np.full((len(beginnings), 1), REST, np.uint8), beginnings], axis=1)
    silent = before[np.arange(len(beginnings)), onset] == REST
    return melodies[~(np.repeat(silent, tokens) & (melodies[:, written] == HOLD))]
