"""Melodies of others as a model: a learner walks the task as somebody else did, and learns from it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.learn.loop import GIVEN
from evomusic.models import START, STEP, WALK, Dense, Met, start, step


class Scored(NamedTuple):
    """A task's model with the tokens (T,) that are written."""

    inner: Dense | Met
    tokens: NDArray[np.uint8]


def _start_scored(model: Any, memory: Any, rng: Any) -> Any:
    return start(model.inner, memory, rng)


def _step_scored(model: Any, memory: Any, s: Any, a: Any, rng: Any) -> Any:
    return step(model.inner, memory, s, a, rng)


def _given_scored(model: Any, memory: Any) -> Any:
    return np.int64(model.tokens[memory[STEP]])


START[Scored] = _start_scored
WALK[Scored] = _step_scored
GIVEN[Scored] = _given_scored


class Kept(NamedTuple):
    """The best melodies that a learner has written (K, T), different in return, and what they return (K,)."""

    melodies: NDArray[np.uint8]
    returns: NDArray[np.float64]


def keep(kept: Kept, melodies: NDArray[np.uint8], returns: NDArray[np.float64], most: int = 20) -> Kept:
    """The best of what was kept and of what is new."""
    if len(kept.returns) == most and returns.max() <= kept.returns[-1]:
        return kept
    pool, paid = np.concatenate([kept.melodies, melodies]), np.concatenate([kept.returns, returns])
    best = np.unique(-paid, return_index=True)[1][:most]
    return Kept(pool[best], paid[best])
