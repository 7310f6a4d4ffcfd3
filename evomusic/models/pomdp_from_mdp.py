"""An explicit MDP, seen through observations."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic.core.checks import instance
from evomusic.models.arrays import number_array
from evomusic.models.mdp import FiniteMDP

CELLS = 2**27  # numbers of a table: 1 GiB


def fields_of(mdp: FiniteMDP, observe: ArrayLike) -> dict[str, Any]:
    """The arguments of FinitePOMDP, but for the discount: `FinitePOMDP.of`."""
    instance("mdp", mdp, FiniteMDP, "a FiniteMDP")
    emissions, by_state = _emissions(observe, mdp)
    transitions, rewards = _moves(mdp)
    first = emissions[0] if by_state else None
    return {
        "transitions": transitions,
        "emissions": emissions,
        "rewards": rewards,
        "start": mdp.start,
        "first": first,
        "state_names": words_of(mdp.names("state")),
        "action_names": words_of(mdp.names("action")),
    }


def words_of(names: Sequence[Hashable]) -> tuple[str, ...] | None:
    """Names as words: `left`, or `0_1` of a cell (0, 1); None, which stands for numbers, where two would be alike."""
    if isinstance(names, range):
        return None
    words = tuple("_".join(map(str, name)) if isinstance(name, tuple) else str(name) for name in names)
    return words if len(set(words)) == len(words) else None


def _check_size(mdp: FiniteMDP, columns: int) -> None:
    """Raise where a table (A, S, columns) would be too large."""
    if mdp.actions * mdp.states * columns > CELLS:
        raise ValueError(
            f"{mdp!r} seen through observations needs tables of {mdp.actions} x {mdp.states} x {columns} numbers, "
            f"expected at most {CELLS:,}"
        )


def _one_hot(numbers: NDArray[Any]) -> NDArray[np.float64]:
    """Rows that are 1 in one column, as numbers (S,) say."""
    table = np.zeros((len(numbers), int(numbers.max()) + 1))
    table[np.arange(len(numbers)), numbers] = 1.0
    return table


def _moves(mdp: FiniteMDP) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Transitions and rewards (A, S, S)."""
    shape = (mdp.actions, mdp.states, mdp.states)
    _check_size(mdp, mdp.states)
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
    transitions, rewards = np.zeros(shape), np.zeros(shape)
    np.add.at(transitions, at, rows["p"][live])
    np.add.at(rewards, at, (rows["p"] * rows["reward"])[live])
    over = np.flatnonzero(mdp.terminal)
    transitions[:, over, over] = 1.0
    return transitions, np.divide(rewards, transitions, out=np.zeros(shape), where=transitions > 0)


def _emissions(observe: ArrayLike, mdp: FiniteMDP) -> tuple[NDArray[np.float64], bool]:
    """Probabilities of observations (A, S, O), and whether they do not depend on the action."""
    table = number_array("observe", observe)
    if table.shape == (mdp.states,) and table.dtype.kind in "iu" and table.min() >= 0:
        _check_size(mdp, int(table.max()) + 1)
        table = _one_hot(table)
    by_state = table.ndim == 2 and table.shape[0] == mdp.states
    if by_state:
        table = np.broadcast_to(table, (mdp.actions, *table.shape))
    if table.ndim != 3 or table.shape[:2] != (mdp.actions, mdp.states):
        raise ValueError(
            f"observe has shape {table.shape}, expected ({mdp.states},) whole numbers from 0 up, "
            f"({mdp.states}, O) or ({mdp.actions}, {mdp.states}, O) probabilities"
        )
    return np.asarray(table, np.float64), by_state
