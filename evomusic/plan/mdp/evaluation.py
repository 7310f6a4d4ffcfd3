"""Values of a policy on a finite MDP: exact, by sweeps, within a horizon; action values and improvement."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic.core.theory import nearest
from evomusic.models.mdp import FiniteMDP, reached
from evomusic.models.outcomes import TOLERANCE
from evomusic.plan.mdp.certainty import (
    Evaluated,
    certified,
    check_model,
    check_tolerance,
    equations,
    longest,
    most_sweeps,
    narrow,
)
from evomusic.plan.mdp.sweeps import Layout, action_values, chain, halted, laid_out, swept

ORDERS = ("synchronous", "asynchronous")
MANY = 10_000_000  # sweeps


def evaluate_policy(
    mdp: FiniteMDP, policy: ArrayLike, gamma: float = 1.0, horizon: int | None = None
) -> NDArray[np.float64]:
    """Exact state values of a policy: the Bellman equations solved (Sutton & Barto 2018, equation 4.4).

    Args:
        mdp: the model.
        policy: (S,) whole numbers, an action a state, or (S, A) probabilities of actions.
        gamma: discount, 0 to 1.
        horizon: count only this many steps; the policy may then have a leading axis of steps, (horizon, S) or
            (horizon, S, A).

    Returns:
        (S,) expected discounted returns; terminal states have 0. With gamma 1, states from which the policy may come
        to lose for ever have -inf.

    Raises:
        ValueError: the policy does not fit, gamma or horizon is out of range, or gamma is 1 and the policy may go on
            for ever and gain by it.
    """
    check_model(mdp, gamma)
    if horizon is not None:
        return _within(mdp, policy, gamma, horizon)
    follow, lost = _followed(mdp, policy, gamma)
    return np.where(lost, -np.inf, _shown(follow, equations(follow, gamma)[0]))


def evaluate_q(mdp: FiniteMDP, policy: ArrayLike, gamma: float = 1.0) -> NDArray[np.float64]:
    """Exact action values (S, A) of a policy: an action, then the policy (Sutton & Barto 2018, equation 4.6).

    Args:
        mdp: the model.
        policy: as in `evaluate_policy`.
        gamma: discount, 0 to 1.

    Raises:
        ValueError: as `evaluate_policy`.
    """
    return q_of(mdp, evaluate_policy(mdp, policy, gamma), gamma)


def q_of(mdp: FiniteMDP, values: ArrayLike, gamma: float = 1.0) -> NDArray[np.float64]:
    """One backup of state values (S,): action values (S, A); terminal states have 0.

    Args:
        mdp: the model.
        values: (S,), finite or minus infinity.
        gamma: discount, 0 to 1.

    Raises:
        ValueError: values do not fit, or gamma is out of range.
    """
    check_model(mdp, gamma)
    given = np.asarray(values, np.float64)
    if given.shape != (mdp.states,) or not (given < np.inf).all():
        raise ValueError(
            f"values has shape {given.shape}, expected ({mdp.states},) numbers, one a state, finite or minus infinity"
        )
    return action_values(laid_out(mdp), gamma, np.append(given, 0.0))


def improve(mdp: FiniteMDP, values: ArrayLike, gamma: float = 1.0) -> NDArray[np.int64]:
    """The greedy policy (S,) of state values (S,), the first of equals (Sutton & Barto 2018, equation 4.9).

    Args:
        mdp: the model.
        values: (S,), finite or minus infinity.
        gamma: discount, 0 to 1.

    Raises:
        ValueError: as `q_of`.
    """
    return q_of(mdp, values, gamma).argmax(axis=1)


def iterate_policy(
    mdp: FiniteMDP,
    policy: ArrayLike,
    gamma: float = 1.0,
    tolerance: float = 1e-9,
    order: str = "synchronous",
) -> Evaluated:
    """State values of a policy by sweeps from 0 (Sutton & Barto 2018, equation 4.5).

    Args:
        mdp: the model.
        policy: as in `evaluate_policy`.
        gamma: discount, 0 to 1.
        tolerance: how far values may be from the policy's. `bound` says how far they can be: more only where rounding
            does not allow better, as it adds up over the steps of very long episodes with gamma 1.
        order: "synchronous" (from the values before) or "asynchronous" (in place, forwards and backwards in turn).

    Returns:
        `values` (S,), `bound` and `sweeps`.

    Raises:
        ValueError: as `evaluate_policy`, or tolerance or order is none.
    """
    check_model(mdp, gamma)
    check_tolerance(tolerance)
    if order not in ORDERS:
        raise ValueError(f"order is {order!r}, expected one of {', '.join(ORDERS)}{nearest(str(order), ORDERS)}")
    follow, lost = _followed(mdp, policy, gamma)
    if lost.any():
        raise ValueError(f"with gamma 1 this policy may lose for ever from state {np.argmax(lost)}: use gamma below 1")
    zeros, in_place = np.zeros(mdp.states + 1), order == "asynchronous"
    if gamma < 1:
        limit = most_sweeps(follow, gamma, tolerance)
        made = swept(follow, gamma, zeros, limit=limit, narrow=narrow(gamma, tolerance), in_place=in_place)
        known = certified(follow, gamma, made.values)
        return Evaluated(known.values, known.bound, made.sweeps)
    steps = longest(follow, MANY)
    made = swept(follow, gamma, zeros, limit=MANY, narrow=tolerance / (2 * steps), in_place=in_place)
    off = float(np.abs(action_values(follow, 1.0, made.values)[:, 0] - made.values[:-1]).max())
    return Evaluated(_shown(follow, made.values), (off + follow.rounding(made.values)) * steps, made.sweeps)


def _within(mdp: FiniteMDP, policy: ArrayLike, gamma: float, horizon: int) -> NDArray[np.float64]:
    """Expected returns of the first steps."""
    check_horizon(horizon)
    given, layout, values = np.asarray(policy), laid_out(mdp), np.zeros(mdp.states + 1)
    timed = given.shape[:2] == (horizon, mdp.states) and given.shape[2:] in ((), (mdp.actions,))
    if not timed or (given.shape == (mdp.states, mdp.actions) and given.dtype.kind == "f"):
        follow = chain(layout, _probabilities(mdp, given))
        return _shown(layout, swept(follow, gamma, values, limit=horizon).values)
    for row in given[::-1]:
        values = swept(chain(layout, _probabilities(mdp, row)), gamma, values, limit=1).values
    return _shown(layout, values)


def _shown(layout: Layout, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(S,) of values (S + 1,): terminal states have 0."""
    return np.where(layout.terminal, 0.0, values[:-1])


def check_horizon(horizon: int) -> None:
    """Refuse a number of steps that is none."""
    if isinstance(horizon, bool) or not isinstance(horizon, int | np.integer) or horizon < 0:
        raise ValueError(f"horizon is {horizon!r}, expected a whole number of steps from 0 up")


def _followed(mdp: FiniteMDP, policy: ArrayLike, gamma: float) -> tuple[Layout, NDArray[np.bool_]]:
    """What a policy makes of a model, and (S,) which states lose without end.

    With gamma 1 the latter, and states that the policy stays unpaid in for ever, are ends of the layout.
    """
    layout, likely = laid_out(mdp), _probabilities(mdp, policy)
    follow = chain(layout, likely)
    none = np.zeros(mdp.states, np.bool_)
    if gamma == 1:
        may = (follow.flat > 0) & ~follow.halts[follow.pair_of_rows]
        state, to = follow.pair_of_rows[may], follow.to[may].astype(np.int64)
        done = np.flatnonzero(np.repeat(likely.ravel(), np.diff(layout.first)) > 0)
        rewards = np.zeros(len(may))
        rewards[done] = mdp.outcomes.rows["reward"][: len(may)][done]
        rest, loses = _traps(state, to, rewards[may], mdp.states)
        if loses.any():
            source = np.full(loses.sum(), mdp.states + 1)  # a place that leads to all that lose, edges turned round
            back = np.append(to, source), np.append(state, np.flatnonzero(loses))
            none = reached(*back, mdp.states + 1, mdp.states + 1)[: mdp.states]
        follow = halted(follow, rest | none)
    return follow, none


def _traps(
    state: NDArray[Any], to: NDArray[Any], rewards: NDArray[np.float64], size: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(S,) states of classes that are never left: which are unpaid for ever, and which lose for ever.

    Raises:
        ValueError: one gains.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    inner = to < size
    graph = csr_array((np.ones(inner.sum()), (state[inner], to[inner])), shape=(size, size))
    count, label = connected_components(graph, connection="strong")
    kept = np.zeros(count, np.bool_)
    kept[label[state]] = True  # what has a row at all
    left = label[np.minimum(to, size - 1)] != label[state]
    kept[label[state[~inner | left]]] = False
    low, high = np.zeros(count), np.zeros(count)
    np.minimum.at(low, label[state], rewards)
    np.maximum.at(high, label[state], rewards)
    gains = (kept & (high > 0))[label]
    if gains.any():
        raise ValueError(
            f"with gamma 1 this policy goes on for ever from state {np.argmax(gains)}, and is paid for it: "
            "its value there is not finite; use gamma below 1"
        )
    return (kept & (low == 0))[label], (kept & (low < 0))[label]


def _probabilities(mdp: FiniteMDP, policy: ArrayLike) -> NDArray[np.float64]:
    """A policy as (S, A) probabilities, checked."""
    given, shape = np.asarray(policy), (mdp.states, mdp.actions)
    if given.shape == shape[:1] and given.dtype.kind in "iu":
        if given.size and not (given.min() >= 0 and given.max() < mdp.actions):
            raise ValueError(f"policy has actions from {given.min()} to {given.max()}, expected 0 to {mdp.actions - 1}")
        return np.eye(mdp.actions)[given]
    if given.shape != shape or given.dtype.kind not in "fiu":
        raise ValueError(f"policy has shape {given.shape}, expected {shape[:1]} whole numbers or {shape} probabilities")
    sums = given.sum(axis=1)
    if not (given >= 0).all() or not (np.abs(sums - 1) <= TOLERANCE).all():
        raise ValueError("policy has a row that is no distribution: expected numbers from 0 up that sum to 1")
    return given.astype(np.float64)
