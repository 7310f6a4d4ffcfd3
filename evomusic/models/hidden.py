"""A POMDP as learners walk it: they see the last observation, and the true state lies in the walk's memory."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.models.walk import START, WALK

MEMORY_SIZE = 1  # the true state


class Hidden(NamedTuple):
    """A POMDP as kernels walk it. States that learners see: observations 0 to O - 1, and O before there was one."""

    chances: NDArray[np.float64]  # (2A + 2, S, W): of next states by action, of observations by action, start, first
    rewards: NDArray[np.float64]  # (A, S, 1 or S, 1 or O)
    over: NDArray[np.bool_]  # (S,) True where an episode ends
    observations: int


def _start_hidden(model: Any, memory: Any, rng: Any) -> Any:  # compiled into each learner, as those of walk.py
    chances = model.chances
    last = len(chances) - 1
    u, s = rng.random(), 0
    while s < chances.shape[1] - 1 and u >= chances[last - 1, 0, s]:
        u -= chances[last - 1, 0, s]
        s += 1
    memory[0] = s
    u, o = rng.random(), 0
    while o < model.observations and u >= chances[last, s, o]:
        u -= chances[last, s, o]
        o += 1
    return np.int64(o)


def _step_hidden(model: Any, memory: Any, s: Any, a: Any, rng: Any) -> Any:  # s: last observation
    chances, rewards, s1 = model.chances, model.rewards, memory[0]
    u, s2 = rng.random(), 0
    while s2 < chances.shape[1] - 1 and u >= chances[a, s1, s2]:
        u -= chances[a, s1, s2]
        s2 += 1
    u, o, shows = rng.random(), 0, len(rewards) + a
    while o < model.observations - 1 and u >= chances[shows, s2, o]:
        u -= chances[shows, s2, o]
        o += 1
    memory[0] = s2
    reward = rewards[a, s1, min(s2, rewards.shape[2] - 1), min(o, rewards.shape[3] - 1)]
    return np.int64(o), reward, model.over[s2]


START[Hidden] = _start_hidden
WALK[Hidden] = _step_hidden


def hide(
    transitions: NDArray[np.float64],
    emissions: NDArray[np.float64],
    rewards: NDArray[np.float64],
    start: NDArray[np.float64],
    first: NDArray[np.float64] | None,
    over: NDArray[np.bool_],
) -> Hidden:
    """Arrays as kernels walk them.

    Args:
        transitions: (A, S, S).
        emissions: (A, S, O).
        rewards: (A, S, 1 or S, 1 or O).
        start: (S,).
        first: (S, O) probabilities of the first observation; None where there is none before an action.
        over: (S,) states that end an episode.
    """
    actions, states, observations = emissions.shape
    chances = np.zeros((2 * actions + 2, states, max(states, observations + 1)))
    chances[:actions, :, :states] = transitions
    chances[actions:-2, :, :observations] = emissions
    chances[-2, 0, :states] = start
    if first is not None:
        chances[-1, :, :observations] = first
    return Hidden(_certain(chances), np.ascontiguousarray(rewards), over, observations)


def _certain(chances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows whose last possible outcome takes the rest that rounding leaves, so that nothing impossible is drawn."""
    last = chances.shape[2] - 1 - (chances[:, :, ::-1] > 0).argmax(axis=2)
    row, state = np.nonzero(chances.any(axis=2))
    chances[row, state, last[row, state]] = 2.0
    return chances
