"""Values of a policy on a finite MDP: exact, by sweeps, within a horizon; action values and improvement."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic.core.checks import choice, whole, wrong
from evomusic.models.arrays import number_array, real_array
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
from evomusic.plan.mdp.gain import refuse_gains, strong
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
        to lose for ever have minus infinity.

    Raises:
        ValueError: the policy does not fit, gamma or horizon is out of range, or gamma is 1 and the policy may gain for
            ever (or go on for ever with gains that cancel its losses).
    """
    gamma = check_model(mdp, gamma)
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
    gamma = check_model(mdp, gamma)
    wanted = f"({mdp.states},) numbers, one a state, finite or minus infinity"
    each = real_array("values", values, wanted)
    if each.shape != (mdp.states,):
        raise ValueError(f"values has shape {each.shape}, expected {wanted}")
    if not (each < np.inf).all():
        raise wrong("values", values, wanted)
    return action_values(laid_out(mdp), gamma, np.append(each, 0.0))


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
        `values` (S,), `bound` and `sweeps`; minus infinity as in `evaluate_policy`, where the bound says nothing.

    Raises:
        ValueError: as `evaluate_policy`, or tolerance or order is none.
    """
    gamma, tolerance = check_model(mdp, gamma), check_tolerance(tolerance)
    choice("order", order, ORDERS)
    follow, lost = _followed(mdp, policy, gamma)
    zeros, in_place = np.zeros(mdp.states + 1), order == "asynchronous"
    if gamma < 1:
        limit = most_sweeps(follow, gamma, tolerance)
        made = swept(follow, gamma, zeros, limit=limit, narrow=narrow(gamma, tolerance), in_place=in_place)
        solved = certified(follow, gamma, made.values)
        return Evaluated(solved.values, solved.bound, made.sweeps)
    steps = longest(follow, MANY)
    made = swept(follow, gamma, zeros, limit=MANY, narrow=tolerance / (2 * steps), in_place=in_place)
    off = float(np.abs(action_values(follow, 1.0, made.values)[:, 0] - made.values[:-1]).max())
    values = np.where(lost, -np.inf, _shown(follow, made.values))
    return Evaluated(values, (off + follow.rounding(made.values)) * steps, made.sweeps)


def _within(mdp: FiniteMDP, policy: ArrayLike, gamma: float, horizon: int) -> NDArray[np.float64]:
    """Expected returns of the first steps."""
    horizon = check_horizon(horizon)
    policies, layout, values = number_array("policy", policy), laid_out(mdp), np.zeros(mdp.states + 1)
    timed = policies.shape[:2] == (horizon, mdp.states) and policies.shape[2:] in ((), (mdp.actions,))
    if not timed or (policies.shape == (mdp.states, mdp.actions) and policies.dtype.kind == "f"):
        follow = chain(layout, _probabilities(mdp, policies))
        return _shown(layout, swept(follow, gamma, values, limit=horizon).values)
    for row in policies[::-1]:
        values = swept(chain(layout, _probabilities(mdp, row)), gamma, values, limit=1).values
    return _shown(layout, values)


def _shown(layout: Layout, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(S,) of values (S + 1,): terminal states have 0."""
    return np.where(layout.terminal, 0.0, values[:-1])


def check_horizon(horizon: object) -> int:
    """A number of steps, checked."""
    return whole("horizon", horizon, 0, MANY)


def _followed(mdp: FiniteMDP, policy: ArrayLike, gamma: float) -> tuple[Layout, NDArray[np.bool_]]:
    """The model under a policy, and (S,) states from which it may come to lose for ever.

    With gamma 1 the latter, and states in which it rests (rewards of 0 for ever), are ends of the layout.

    Raises:
        ValueError: gamma is 1 and the policy may gain for ever, or its gains cancel its losses.
    """
    layout, likely = laid_out(mdp), _probabilities(mdp, policy)
    follow = chain(layout, likely)
    lost = np.zeros(mdp.states, np.bool_)
    if gamma < 1:
        return follow, lost
    possible = np.repeat(likely.ravel(), np.diff(layout.first)) > 0
    each, pair = mdp.outcomes.rows["reward"][: len(possible)][possible], layout.pair_of_rows[possible]
    low, high = np.zeros(mdp.states), np.zeros(mdp.states)
    np.minimum.at(low, pair // mdp.actions, each)
    np.maximum.at(high, pair // mdp.actions, each)
    may = (follow.flat > 0) & ~follow.halts[follow.pair_of_rows]
    state, to = follow.pair_of_rows[may], follow.to[may].astype(np.int64)
    label = strong(state, to, mdp.states)
    closed = np.zeros(mdp.states, np.bool_)  # by component: it has rows, and none leaves it
    closed[label[state]] = True
    closed[label[state[np.append(label, -1)[to] != label[state]]]] = False
    stays = closed[label]
    active = np.isin(label, label[stays & ((low < 0) | (high > 0))])
    refuse_gains(mdp, follow, label, stays & active, low, high, "this policy")
    loses = np.flatnonzero(stays & active)
    if len(loses):
        source = np.full(len(loses), mdp.states + 1)  # a node that leads to all that lose, edges turned round
        back = np.append(to, source), np.append(state, loses)
        lost = reached(*back, mdp.states + 1, mdp.states + 1)[: mdp.states]
    return halted(follow, (stays & ~active) | lost), lost


def _probabilities(mdp: FiniteMDP, policy: ArrayLike) -> NDArray[np.float64]:
    """A policy as (S, A) probabilities, checked."""
    shape = mdp.states, mdp.actions
    wanted = f"{shape[:1]} whole numbers or {shape} probabilities"
    table = number_array("policy", policy, wanted)
    if table.shape == shape[:1] and table.dtype.kind in "iu":
        if table.size and not (table.min() >= 0 and table.max() < mdp.actions):
            raise ValueError(f"policy has actions from {table.min()} to {table.max()}, expected 0 to {mdp.actions - 1}")
        return np.eye(mdp.actions)[table]
    if table.shape != shape:
        raise ValueError(f"policy has shape {table.shape}, expected {wanted}")
    sums = table.sum(axis=1)
    if not (table >= 0).all() or not (np.abs(sums - 1) <= TOLERANCE).all():
        raise ValueError("policy has a row that is no distribution: expected numbers from 0 up that sum to 1")
    return table.astype(np.float64)


def start_value(mdp: FiniteMDP, values: NDArray[np.float64]) -> float:
    """Expected value of the first state of an episode; minus infinity counts only where episodes can start."""
    begin = np.flatnonzero(mdp.start)
    return float(mdp.start[begin] @ values[begin])
