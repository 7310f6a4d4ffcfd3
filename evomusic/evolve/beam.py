"""Beam search: melodies written from left to right, the best beginnings kept; no planner, no learning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.grid import HOLD, REST
from evomusic.core.method import Batch
from evomusic.core.task import Task
from evomusic.encodings.base import check_count

Melodies = NDArray[np.uint8]


class Beam(NamedTuple):
    """Beginnings (P, T), best first, of which `written` steps are decided and the rest held, and the pass's width.

    `best` (1, T) is the best melody evaluated so far.
    """

    beginnings: Melodies
    written: int
    width: int
    best: Melodies
    best_return: float


@dataclass(frozen=True, kw_only=True)
class BeamSearch:
    """Every beginning is continued by every token; the `width` whose own steps paid most are kept (Lowerre 1976).

    A candidate is a whole melody: the beginning, a token, and that held to the end. It is evaluated and charged as
    such, T steps, though only the rewards of its written steps rank it: rewards of later steps are those of the
    holding, not its own. So a pass costs about width x A x T melodies. A hold with nothing sounding is not tried, for
    it sounds as a rest does. Equals are ranked by chance. After a pass another begins, twice as wide.

    Args:
        width: beginnings kept in the first pass.

    Raises:
        ValueError: the width is no whole number from 1.
    """

    width: int = 8

    def __post_init__(self) -> None:
        check_count("width", self.width)

    def init(self, task: Task, rng: np.random.Generator) -> tuple[Beam, Batch]:
        """The first tokens."""
        nothing = np.full((1, task.grid.steps), HOLD, np.uint8)
        return self.step(task, Beam(nothing, 0, self.width, nothing, -np.inf), rng)

    def step(self, task: Task, state: Beam, rng: np.random.Generator) -> tuple[Beam, Batch]:
        """One token more, or the first of a new pass."""
        if state.written == task.grid.steps:
            nothing = np.full((1, task.grid.steps), HOLD, np.uint8)
            state = state._replace(beginnings=nothing, written=0, width=2 * state.width)
        melodies = _continued(state.beginnings, state.written, task.grid.tokens)
        rewards = task.rewards(melodies)
        returns, written = rewards.sum(axis=1), state.written + 1
        chance = rng.permutation(len(melodies))
        paid = rewards[chance, :written].sum(axis=1)
        kept = chance[np.argsort(-paid, kind="stable")[: state.width]]
        state = state._replace(beginnings=melodies[kept], written=written)
        top = int(returns.argmax())
        if returns[top] > state.best_return:
            state = state._replace(best=melodies[top : top + 1], best_return=float(returns[top]))
        return state, Batch(melodies, returns)

    def deliver(self, task: Task, state: Beam) -> Melodies:
        """The best melody evaluated so far."""
        return state.best


def _continued(beginnings: Melodies, written: int, tokens: int) -> Melodies:
    """Each beginning with each token at step `written`, save holds with nothing to hold: (P, T)."""
    melodies = np.repeat(beginnings, tokens, axis=0)
    melodies[:, written] = np.tile(np.arange(tokens, dtype=np.uint8), len(beginnings))
    told = np.where(beginnings[:, :written] == HOLD, 0, np.arange(1, written + 1)).max(axis=1, initial=0)
    before = np.concatenate([np.full((len(beginnings), 1), REST, np.uint8), beginnings], axis=1)
    silent = before[np.arange(len(beginnings)), told] == REST
    return melodies[~(np.repeat(silent, tokens) & (melodies[:, written] == HOLD))]
