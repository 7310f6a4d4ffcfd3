"""The best deterministic memoryless policy of a small explicit model, of which something is seen in each state.

Branch and bound, the most promising first (Littman, "Memoryless policies: theoretical limitations and practical
results", 1994): actions are chosen for one observation after the other, in the order in which they are reached; the
bound lets the agent see the state where nothing is chosen yet. Letters: S states, A actions, O observations.
"""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evomusic.models.mdp import FiniteMDP
from evomusic.models.outcomes import Outcomes
from evomusic.plan.mdp.evaluation import evaluate_policy, start_value
from evomusic.plan.mdp.iteration import policy_iteration

POLICIES = 20_000  # nodes of the search
DENSE = 2**22  # cells (S x A x S) of a model that is small
SWEEPS = 200  # backups of a bound, at most
CLOSE = 1e-9  # bounds and values nearer than this, relatively, are equal


def best_memoryless(
    mdp: FiniteMDP, seen: NDArray[Any], gamma: float, limit: int
) -> tuple[float, float, dict[int, int], int]:
    """Value of the best policy, the optimum, the policy's action by observation, and the number of nodes searched.

    Args:
        mdp: a small model.
        seen: (S,) the observation in each state.
        gamma: discount, 0 to 1.
        limit: most nodes.

    Raises:
        ValueError: `seen` does not fit, the model or its policies are too many, or no policy has a finite value.
    """
    _check(mdp, seen)
    names, seen = np.unique(seen, return_inverse=True)
    going, rewards = _dense(mdp)
    solved = policy_iteration(mdp, gamma)
    values = solved.values + solved.bound  # surely no policy's are above
    values = np.maximum(
        values, values.min(where=np.isfinite(values), initial=0.0)
    )  # finite: minus infinity times 0 is none
    optimum, best, nodes = start_value(mdp, solved.values), -np.inf, 0
    choice = policy = np.full(len(names), -1)
    waiting = [(-float(mdp.start @ values), nodes, policy, values)]
    while waiting and _above(-waiting[0][0], best):
        _, _, choice, values = heapq.heappop(waiting)
        reached = _reachable(mdp, going, choice[seen])
        ask = reached & (choice[seen] < 0)
        if not ask.any():
            best, policy = max((best, policy), (_worth(mdp, choice[seen], reached, gamma), choice), key=lambda x: x[0])
            continue
        for a in range(mdp.actions):
            nodes += 1
            child = np.where(np.arange(len(names)) == seen[np.argmax(ask)], a, choice)
            bound = _swept(going, rewards, child[seen], gamma, values)
            heapq.heappush(waiting, (-float(mdp.start @ bound), nodes, child, bound))
        if nodes > limit:
            raise ValueError(f"the best memoryless policy was not found within {limit} nodes; raise limit")
    if not np.isfinite(best):
        raise ValueError("every memoryless policy goes on for ever and loses by it; use gamma below 1")
    return best, optimum, {int(o): int(a) for o, a in zip(names, policy, strict=True) if a >= 0}, nodes


def _check(mdp: FiniteMDP, seen: NDArray[Any]) -> None:
    """Raise for observations that do not fit, and for a model that is not small."""
    if seen.shape != (mdp.states,) or seen.dtype.kind not in "iu" or seen.min() < 0:
        raise ValueError(
            f"seen has shape {seen.shape} and dtype {seen.dtype}, expected {mdp.states} whole numbers from 0 up"
        )
    if mdp.states**2 * mdp.actions > DENSE:
        raise ValueError(
            f"{mdp.states} states x {mdp.actions} actions are too many for this search; give a small model"
        )


def _above(bound: float, best: float) -> bool:
    """Whether a bound leaves room for something better than the best so far."""
    return not np.isfinite(best) or bound > best + CLOSE * (1 + abs(best))


def _dense(mdp: FiniteMDP) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Probabilities of going on (S, A, S), and expected rewards (S, A); terminal states do neither."""
    states, actions, counts = mdp.states, mdp.actions, np.diff(mdp.outcomes.first)[:-1]
    rows = mdp.outcomes.rows[: mdp.outcomes.first[-2]]
    group, on = np.repeat(np.arange(states * actions), counts), rows["end"] == 0
    going = np.zeros((states * actions, states))
    np.add.at(going, (group[on], rows["to"][on]), rows["p"][on])
    rewards = (
        np.bincount(group, rows["p"] * rows["reward"], states * actions).astype(np.float64).reshape(states, actions)
    )
    going[np.repeat(mdp.terminal, actions)] = 0.0
    rewards[mdp.terminal] = 0.0
    return going.reshape(states, actions, states), rewards


def _reachable(mdp: FiniteMDP, going: NDArray[np.float64], actions: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(S,) states that can be reached by these actions (S,); where it is -1, none is chosen yet."""
    reached = mdp.start > 0
    front = np.flatnonzero(reached)
    while len(front):
        decided = front[actions[front] >= 0]
        ahead = (going[decided, actions[decided]] > 0).any(axis=0) & ~reached
        front, reached = np.flatnonzero(ahead), reached | ahead
    return np.asarray(reached & ~mdp.terminal, np.bool_)


def _swept(
    going: NDArray[np.float64],
    rewards: NDArray[np.float64],
    actions: NDArray[np.int64],
    gamma: float,
    values: NDArray[np.float64],
) -> NDArray[np.float64]:
    """A bound (S,) of all policies with these actions, from a bound of more policies: backups never raise it.

    T values >= T V >= V for the value V of any of them, because backups weigh what follows by no negative number.
    """
    fixed = np.flatnonzero(actions >= 0)
    for _ in range(SWEEPS):
        q = rewards + gamma * going @ values
        ahead = q.max(axis=1)
        ahead[fixed] = q[fixed, actions[fixed]]
        ahead, last = np.minimum(ahead, values), values  # roundings never lift a bound
        values = ahead
        if np.abs(values - last).max() <= CLOSE * (1 + np.abs(values).max()):
            break
    return values


def _worth(mdp: FiniteMDP, actions: NDArray[np.int64], reached: NDArray[np.bool_], gamma: float) -> float:
    """Expected return of a policy from the start, -inf where it goes on for ever at a loss.

    Only states that it reaches count: all others are made ends.
    """
    first, rows = mdp.outcomes.first, mdp.outcomes.rows
    taken = np.arange(mdp.states) * mdp.actions + np.maximum(actions, 0)
    nothing = np.array([(1.0, 0.0, 0, 1)], rows.dtype)
    parts = [rows[first[g] : first[g + 1]] if on else nothing for g, on in zip(taken, reached, strict=True)]
    parts.append(rows[first[-2] :])
    ends = np.append(0, np.cumsum([len(x) for x in parts]))
    every, only = np.concatenate(parts), np.zeros(mdp.states, np.int64)
    small = FiniteMDP(Outcomes(ends, every, 1), mdp.states)
    return start_value(small, evaluate_policy(small, only, gamma))
