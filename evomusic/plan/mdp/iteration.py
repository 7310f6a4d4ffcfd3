"""The optimum of a finite MDP: value iteration, policy iteration, modified policy iteration.

All three return `Solved`, with a bound that holds. With gamma 1 their values are made exact by policies that end
(`evomusic.plan.mdp.undiscounted`): minus infinity where every policy may lose for ever; an MDP in which a
policy may gain for ever is refused.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import inner, njit
from evomusic.core.checks import choice, whole
from evomusic.models.mdp import FiniteMDP
from evomusic.plan.mdp.certainty import (
    AIM,
    Solved,
    certified,
    check_model,
    check_tolerance,
    evaluated,
    most_sweeps,
    narrow,
)
from evomusic.plan.mdp.sweeps import Layout, action_values, chain, laid_out, swept
from evomusic.plan.mdp.undiscounted import OPEN_SWEEPS, Open, opened, settled

ORDERS = ("synchronous", "asynchronous", "prioritised")
EVALUATION = 20  # sweeps of a policy's evaluation between improvements
START = 20  # rounds before policy iteration at most
MOST = 10_000_000  # sweeps of an evaluation
UNSURE = 10  # changes of a policy for gains within the error of its values


def value_iteration(mdp: FiniteMDP, gamma: float = 1.0, tolerance: float = 1e-9, order: str = "synchronous") -> Solved:
    """The optimum by backing up values (Sutton & Barto 2018, equation 4.10).

    Args:
        mdp: the model.
        gamma: discount, 0 to 1.
        tolerance: how far values may be from the optimum, in any state; `bound` says how far they can be. It is above
            the tolerance only where float64 allows no better.
        order: "synchronous" (all states from the values before), "asynchronous" (in place, forwards and backwards in
            turn) or "prioritised" (the state that may be wrong by most is next).

    Raises:
        ValueError: an argument is out of range, or gamma is 1 and a policy may gain for ever.
    """
    gamma, tolerance = check_model(mdp, gamma), check_tolerance(tolerance)
    choice("order", order, ORDERS)
    layout, opening = _prepared(mdp, gamma)
    pairs, states = layout.rewards.size, mdp.states
    limit = OPEN_SWEEPS if gamma == 1 else most_sweeps(layout, gamma, tolerance)
    if order == "prioritised":
        least = tolerance if gamma == 1 else tolerance * (1 - gamma) / 2
        values, made = by_need(layout, gamma, least, limit * states)
        return _closed(layout, opening, gamma, values, made // states, made * mdp.actions)
    last = swept(
        layout,
        gamma,
        np.zeros(states + 1),
        limit=limit,
        narrow=narrow(gamma, tolerance),
        in_place=order == "asynchronous",
    )
    return _closed(layout, opening, gamma, last.values, last.sweeps, last.sweeps * pairs)


def policy_iteration(mdp: FiniteMDP, gamma: float = 1.0) -> Solved:
    """The optimum by evaluating policies and improving them (Sutton & Barto 2018, section 4.3).

    It starts from the greedy policy of few rounds of modified policy iteration. An action is changed only for one
    that is surely better, and in the end a few times for one that seems so: ties never cycle.

    Args:
        mdp: the model.
        gamma: discount, 0 to 1.

    Raises:
        ValueError: gamma is out of range, or it is 1 and a policy may gain for ever.
    """
    gamma = check_model(mdp, gamma)
    layout, opening = _prepared(mdp, gamma)
    if opening is not None:
        return settled(opening, np.zeros(mdp.states + 1), 0, 0)
    values, _, backups = _modified(layout, gamma, AIM, EVALUATION, START, until_still=True)
    policy, tried, unsure = action_values(layout, gamma, values).argmax(axis=1), 0, 0
    while True:
        current = evaluated(chain(layout, policy), gamma, values)
        values, tried = current.values, tried + 1
        q = action_values(layout, gamma, values)
        backups += q.size + current.sweeps * mdp.states
        gain = q.max(axis=1) - q[np.arange(mdp.states), policy]
        better = gain > 2 * current.bound
        if not better.any():
            unsure += 1
            better = gain > 4 * layout.rounding(values)
            if unsure > UNSURE or not better.any():
                return _closed(layout, None, gamma, _tight(layout, gamma, values), tried, backups)
        policy[better] = q.argmax(axis=1)[better]


def modified_policy_iteration(
    mdp: FiniteMDP, gamma: float = 1.0, tolerance: float = 1e-9, sweeps: int = EVALUATION
) -> Solved:
    """The optimum by improving a policy after few sweeps of its evaluation (Puterman 1994, section 6.5).

    Args:
        mdp: the model.
        gamma: discount, 0 to 1.
        tolerance: as in `value_iteration`.
        sweeps: of evaluation between improvements; 0 is value iteration, many are policy iteration.

    Raises:
        ValueError: an argument is out of range, or gamma is 1 and a policy may gain for ever.
    """
    gamma, tolerance = check_model(mdp, gamma), check_tolerance(tolerance)
    sweeps = whole("sweeps", sweeps, 0, MOST)
    layout, opening = _prepared(mdp, gamma)
    limit = OPEN_SWEEPS if gamma == 1 else most_sweeps(layout, gamma, tolerance)
    return _closed(layout, opening, gamma, *_modified(layout, gamma, tolerance, sweeps, limit))


def _modified(
    layout: Layout, gamma: float, tolerance: float, sweeps: int, limit: int, until_still: bool = False
) -> tuple[NDArray[np.float64], int, int]:
    """Values (S + 1,) after rounds of improvement and some sweeps of evaluation, the rounds, and the backups.

    Rounds end within the tolerance, and with `until_still` when the policy is the one before.
    """
    states = len(layout.rewards)
    values, policy, made, backups = np.zeros(states + 1), np.zeros(states, np.int64), 0, 0
    while made < limit:
        made += 1
        q = action_values(layout, gamma, values)
        change, before, policy = q.max(axis=1) - values[:-1], policy, q.argmax(axis=1)
        values[:-1] = q.max(axis=1)
        backups += q.size
        still = until_still and made > 1 and bool((policy == before).all())
        if still or _near(change, layout, narrow(gamma, tolerance), values):
            break
        if sweeps:
            values = swept(chain(layout, policy), gamma, values, limit=sweeps).values
            backups += sweeps * states
    return values, made, backups


def _prepared(mdp: FiniteMDP, gamma: float) -> tuple[Layout, Open | None]:
    """A model's layout, and with gamma 1 its ways to end."""
    layout = laid_out(mdp)
    if gamma < 1:
        return layout, None
    opening = opened(mdp, layout)
    return opening.layout, opening


def _near(change: NDArray[np.float64], layout: Layout, least: float, values: NDArray[np.float64]) -> bool:
    """Whether the changes of a sweep are near enough to each other."""
    high, low = change.max(), change.min()
    spread = max(high, 0.0) - min(low, 0.0) if layout.ends else high - low
    return bool(spread <= least or spread < 2 * layout.share * np.abs(values).max())


def _tight(layout: Layout, gamma: float, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values of a policy that is best up to rounding, with what near ties were left swept out."""
    return swept(layout, gamma, values, limit=100, narrow=narrow(gamma, AIM)).values


def _closed(
    layout: Layout, opening: Open | None, gamma: float, values: NDArray[np.float64], sweeps: int, backups: int
) -> Solved:
    """The result from values (S + 1,) that are near the optimum."""
    if opening is not None:
        return settled(opening, values, sweeps, backups)
    return certified(layout, gamma, values, sweeps, backups)


def by_need(layout: Layout, gamma: float, least: float, limit: int) -> tuple[NDArray[np.float64], int]:
    """Values (S + 1,) that no backup changes by more than `least`, and the backups of states; `limit` at most."""
    states = len(layout.rewards)
    values = np.zeros(states + 1)
    wrong = np.abs(action_values(layout, gamma, values).max(axis=1))
    heap = np.argsort(-wrong, kind="stable")
    place = np.empty(states, np.int64)
    place[heap] = np.arange(states)
    left = back_up_by_need(
        layout.rewards, layout.first, layout.flat, layout.to, gamma, values, wrong, heap, place, *_leading(layout),
        least, limit,
    )  # fmt: skip
    return values, limit - int(left)


def _leading(layout: Layout) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Predecessors of a state s, number first[s] to first[s + 1] - 1, and their greatest probability to lead there."""
    from scipy.sparse import csr_array

    states, actions = layout.rewards.shape
    shape = (states * actions, states + 1)
    summed = csr_array((layout.flat, layout.to.astype(np.int64), layout.first), shape=shape, copy=True)
    summed.sum_duplicates()
    pairs = summed.tocoo()
    edge = pairs.col.astype(np.int64) * states + pairs.row // actions
    edge, likely = edge[pairs.col < states], pairs.data[pairs.col < states]
    order = np.argsort(edge, kind="stable")
    each, first = np.unique(edge[order], return_index=True)
    most = np.maximum.reduceat(likely[order], first) if len(each) else likely
    return np.searchsorted(each, np.arange(states + 1) * states), each % states, most


@njit(cache=True, nogil=True)
def back_up_by_need(
    rewards: Any,
    first: Any,
    p: Any,
    to: Any,
    gamma: Any,
    v: Any,
    wrong: Any,
    heap: Any,
    place: Any,
    leads: Any,
    before: Any,
    likely: Any,
    least: Any,
    limit: Any,
) -> Any:
    """Back up the state on top of the heap until its bound is `least`; returns what is left of the limit."""
    actions = rewards.shape[1]
    for n in range(limit):
        s = heap[0]
        if wrong[s] <= least:
            return limit - n
        best = -np.inf
        for pair in range(s * actions, (s + 1) * actions):
            later = 0.0
            for k in range(first[pair], first[pair + 1]):
                later += p[k] * v[to[k]]
            best = max(best, rewards[s, pair - s * actions] + gamma * later)
        change = abs(best - v[s])
        v[s], wrong[s] = best, 0.0
        sink(heap, place, wrong)
        for i in range(leads[s], leads[s + 1]):
            wrong[before[i]] += gamma * likely[i] * change
            rise(heap, place, wrong, place[before[i]])
    return 0


@inner()
def sink(heap: Any, place: Any, key: Any) -> None:
    """Put the state on top where it belongs after its key fell."""
    at, s = 0, heap[0]
    while 2 * at + 1 < len(heap):
        child = 2 * at + 1
        if child + 1 < len(heap) and key[heap[child + 1]] > key[heap[child]]:
            child += 1
        if key[heap[child]] <= key[s]:
            break
        heap[at] = heap[child]
        place[heap[at]] = at
        at = child
    heap[at], place[s] = s, at


@inner()
def rise(heap: Any, place: Any, key: Any, at: Any) -> None:
    """Put a state where it belongs after its key grew."""
    s = heap[at]
    while at > 0 and key[heap[(at - 1) // 2]] < key[s]:
        heap[at] = heap[(at - 1) // 2]
        place[heap[at]] = at
        at = (at - 1) // 2
    heap[at], place[s] = s, at
