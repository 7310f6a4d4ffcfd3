"""An explicit MDP, seen through observations."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic.models.mdp import FiniteMDP


def fields_of(mdp: FiniteMDP, observe: ArrayLike) -> dict[str, Any]:
    """The arguments of FinitePOMDP, but for the discount: `FinitePOMDP.of`."""
    emissions, by_state = _emissions(observe, mdp)
    transitions, rewards = _moves(mdp)
    first = emissions[0] if by_state else None
    return {
        "transitions": transitions,
        "emissions": emissions,
        "rewards": rewards,
        "start": mdp.start,
        "first": first,
    }


def _moves(mdp: FiniteMDP) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Transitions and rewards (A, S, S)."""
    shape = (mdp.actions, mdp.states, mdp.states)
    rows, counts = mdp.outcomes.rows, np.diff(mdp.outcomes.first)[:-1]
    group = np.repeat(np.arange(len(counts)), counts)
    state, action, rows = group // mdp.actions, group % mdp.actions, rows[: len(group)]
    live = ~mdp.terminal[state]
    odd = live & (rows["end"] != 0) & ~mdp.terminal[rows["to"]]
    if odd.any():
        raise ValueError(
            f"an episode ends in state {rows['to'][np.argmax(odd)]}, which other episodes go on from; "
            "give the end a state of its own"
        )
    at = action[live], state[live], rows["to"][live]
    transitions, paid = np.zeros(shape), np.zeros(shape)
    np.add.at(transitions, at, rows["p"][live])
    np.add.at(paid, at, (rows["p"] * rows["reward"])[live])
    over = np.flatnonzero(mdp.terminal)
    transitions[:, over, over] = 1.0
    return transitions, np.divide(paid, transitions, out=np.zeros(shape), where=transitions > 0)


def _emissions(observe: ArrayLike, mdp: FiniteMDP) -> tuple[NDArray[np.float64], bool]:
    """What is seen, (A, S, O), and whether that does not depend on the action."""
    given = np.asarray(observe)
    if given.shape == (mdp.states,) and given.dtype.kind in "iu" and given.min() >= 0:
        given = np.eye(int(given.max()) + 1)[given]
    by_state = given.ndim == 2 and given.shape[0] == mdp.states
    if by_state:
        given = np.broadcast_to(given, (mdp.actions, *given.shape))
    if given.ndim != 3 or given.shape[:2] != (mdp.actions, mdp.states):
        raise ValueError(
            f"observe has shape {given.shape}, expected ({mdp.states},) whole numbers from 0 up, "
            f"({mdp.states}, O) or ({mdp.actions}, {mdp.states}, O) probabilities"
        )
    return np.asarray(given, np.float64), by_state
