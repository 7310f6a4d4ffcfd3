"""Average rewards of going on for ever: with gamma 1 they decide whether a value is minus infinity or plus infinity.

A policy that never ends stays, from some time on, in a closed set of states, and is there rewarded by its gain on
average a step (Puterman 1994, section 8.1). A gain below 0 makes its return minus infinity, one above 0 infinity. Where
the best gain is 0 and yet something is won and lost, sums of rewards go up and down for ever and have no limit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import shown
from evomusic.models.mdp import FiniteMDP
from evomusic.plan.mdp.sweeps import Layout

NOUGHT = 1e-9  # gains nearer to 0 than this share of the largest reward count as 0
EXACT = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}


def end_components(layout: Layout, inside: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Sets of states that a policy can stay in for ever: (S,) the number of each state's set, (S * A,) pairs that stay.

    Args:
        layout: the model.
        inside: (S,) states to look at.
    """
    states, actions = layout.rewards.shape
    state, allowed = layout.pair_of_rows // actions, np.append(inside, False)
    stays = np.logical_and.reduceat(allowed[layout.to], layout.first[:-1]) & np.repeat(inside, actions)
    while True:
        rows = stays[layout.pair_of_rows]
        label = strong(state[rows], layout.to[rows], states)
        leaves = np.append(label, -1)[layout.to] != label[state]
        fewer = stays & ~np.logical_or.reduceat(leaves, layout.first[:-1])
        if (fewer == stays).all():
            return label, stays
        stays = fewer


def strong(state: NDArray[Any], to: NDArray[Any], states: int) -> NDArray[np.int64]:
    """(S,) the number of each state's strongly connected component."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    inner = to < states
    graph = csr_array((np.ones(inner.sum()), (state[inner], to[inner].astype(np.int64))), shape=(states, states))
    return np.asarray(connected_components(graph, connection="strong")[1], np.int64)


def refuse_gains(
    mdp: FiniteMDP,
    layout: Layout,
    label: NDArray[np.int64],
    stays: NDArray[np.bool_],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    who: str,
) -> None:
    """Raise unless staying for ever loses for ever.

    Args:
        mdp: the model, for its names.
        layout: the model, or a policy's.
        label: (S,) sets of states that can be stayed in, in none of which all rewards can be 0 for ever.
        stays: (S * A,) pairs that stay.
        low: (S * A,) least possible reward of each pair.
        high: (S * A,) greatest possible reward of each pair.
        who: who goes on for ever, for the error.

    Raises:
        ValueError: some gain is above 0, or the best is 0.
    """
    actions = layout.rewards.shape[1]
    pair = np.flatnonzero(stays)
    sets = label[pair // actions]
    pair = pair[np.isin(sets, sets[high[pair] > 0])]
    if not len(pair):
        return
    sets = label[pair // actions]
    free = pair[~np.isin(sets, sets[low[pair] < 0])]
    gain, at = (1.0, int(free[0])) if len(free) else _best_gain(layout, pair)
    if gain < -NOUGHT:
        return
    state = shown(mdp.names("state")[at // actions])
    if gain > NOUGHT:
        raise ValueError(
            f"with gamma 1 {who} may gain for ever from state {state}: the value there is infinite; use gamma below 1"
        )
    raise ValueError(
        f"with gamma 1 {who} may go on for ever from state {state} with gains that cancel its losses: the return there "
        "has no limit; use gamma below 1"
    )


def _best_gain(layout: Layout, pair: NDArray[np.int64]) -> tuple[float, int]:
    """The best gain of policies among some pairs, by the largest reward, and the pair that it visits most.

    The dual linear program of Puterman (1994), section 9.3: x are the shares of time that pairs take.
    """
    from scipy.optimize import linprog
    from scipy.sparse import csr_array, vstack

    states, actions = layout.rewards.shape
    column = np.full(layout.rewards.size, -1)
    column[pair] = np.arange(len(pair))
    rows = np.flatnonzero((column[layout.pair_of_rows] >= 0) & (layout.flat > 0))
    at = column[layout.pair_of_rows[rows]]
    shape = (states, len(pair))
    leave = csr_array((np.ones(len(pair)), (pair // actions, np.arange(len(pair)))), shape=shape)
    enter = csr_array((layout.flat[rows], (layout.to[rows].astype(np.int64), at)), shape=shape)
    balance = vstack([leave - enter, csr_array(np.ones((1, len(pair))))])
    rewards = layout.rewards.ravel()[pair]
    rewards = rewards / np.abs(rewards).max(initial=1e-300)
    found = linprog(-rewards, A_eq=balance, b_eq=np.append(np.zeros(states), 1.0), method="highs", options=EXACT)
    if found.x is None:
        return 0.0, int(pair[0])
    return float(rewards @ found.x), int(pair[np.argmax(found.x)])
