"""Planning without a discount: where backups do not contract, policies that end make the values.

With gamma 1 the value of a state is the best expected return of a policy that surely ends, or that surely comes to
rest: from some time on all its rewards are 0. Ways to rest are found first and count as ends worth 0; policy iteration
over policies that end is then exact (Bertsekas & Tsitsiklis 1991). It only moves to better policies, so it leaves one
that ends for one that goes on for ever only where that gains for ever, and then refuses. States from which no policy
surely ends or rests are lost: they are worth minus infinity where all that goes on loses (`gain.py`), else refused.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import shown
from evomusic.models.mdp import FiniteMDP
from evomusic.plan.mdp.certainty import Evaluated, Solved, evaluated
from evomusic.plan.mdp.gain import end_components, refuse_gains
from evomusic.plan.mdp.sweeps import Layout, action_values, chain, halted, swept

OPEN_SWEEPS = 1000  # sweeps before policies take over
SLACK = 1e-11  # what is better by less than this share of the largest value counts as equal


class Open(NamedTuple):
    """A model without discount."""

    layout: Layout  # of states that are not lost: pairs that may lead to lost states are worth minus infinity
    rest: NDArray[np.int64]  # (S,) the action of reward 0 that leads only to states that have one too; -1 where none is
    toward: NDArray[np.int64]  # (S,) an action that may come nearer to an end or to rest
    lost: NDArray[np.bool_]  # (S,) states from which no policy surely ends or rests
    names: Sequence[Hashable]  # of the states


def opened(mdp: FiniteMDP, layout: Layout) -> Open:
    """The ways to rest, the lost states, and a policy that ends where that is possible.

    Raises:
        ValueError: a policy may gain for ever from a lost state, or its gains may cancel its losses.
    """
    states, actions = layout.rewards.shape
    rest = _resting(mdp, layout)
    ending, may, nearer = _ending(layout, rest >= 0)
    lost = ~ending
    if lost.any():
        each, first = mdp.outcomes.rows["reward"][: len(layout.to)], layout.first[:-1]
        low, high = np.minimum.reduceat(each, first), np.maximum.reduceat(each, first)
        refuse_gains(mdp, layout, *end_components(layout, lost), low, high, "a policy")
    rewards = np.where(may.reshape(states, actions) | lost[:, None], layout.rewards, -np.inf)
    rows = np.flatnonzero(may[layout.pair_of_rows] & (layout.to == nearer[layout.pair_of_rows // actions]))[::-1]
    toward = rest.copy()
    pairs = layout.pair_of_rows[rows]
    toward[pairs // actions] = pairs % actions
    return Open(halted(layout._replace(rewards=rewards), lost), rest, toward, lost, mdp.names("state"))


def _resting(mdp: FiniteMDP, layout: Layout) -> NDArray[np.int64]:
    """(S,) actions of reward 0 that lead only to ends and to states that have one too; -1 where there is none."""
    states, actions = layout.rewards.shape
    rows = mdp.outcomes.rows[: len(layout.to)]
    free = (rows["reward"] == 0) | layout.halts[layout.pair_of_rows // actions]
    inside = np.ones(states + 1, np.bool_)
    while True:
        stays = np.logical_and.reduceat(free & inside[layout.to], layout.first[:-1]).reshape(states, actions)
        still = stays.any(axis=1)
        if (still == inside[:-1]).all():
            return np.where(still, stays.argmax(axis=1), -1)
        inside[:-1] = still


def _ending(
    layout: Layout, resting: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.int64]]:
    """(S,) states that surely end or rest under some policy, (S * A,) pairs that keep it so, (S,) nearer states."""
    states, actions = layout.rewards.shape
    state = layout.pair_of_rows // actions
    ending = np.ones(states + 1, np.bool_)
    while True:
        may = np.logical_and.reduceat(ending[layout.to], layout.first[:-1])
        rows = may[layout.pair_of_rows]
        nearer = _nearer(state[rows], layout.to[rows], resting, states)
        still = (nearer >= 0) & ending[:-1]
        if (still == ending[:-1]).all():
            return still, may, nearer
        ending[:-1] = still


def _nearer(
    state: NDArray[np.int64], to: NDArray[np.uint32], resting: NDArray[np.bool_], states: int
) -> NDArray[np.int64]:
    """(S,) the next state on a shortest way to an end (number S) or to rest, by edges; negative where there is none."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import breadth_first_order

    left = np.append(to.astype(np.int64), np.full(int(resting.sum()), states))
    right = np.append(state, np.flatnonzero(resting))
    graph = csr_array((np.ones(len(left)), (left, right)), shape=(states + 1, states + 1))
    before = breadth_first_order(graph, states, return_predecessors=True)[1]
    return np.asarray(before[:-1], np.int64)


def settled(opening: Open, values: NDArray[np.float64], sweeps: int, backups: int) -> Solved:
    """The optimum by policy iteration among policies that end, from values (S + 1,) that are a guess.

    Args:
        opening: the model.
        values: a guess; the nearer, the fewer policies are tried.
        sweeps: those made already; with none, values are swept first, for a policy that hardly ends has poor ones.
        backups: those made already.

    Raises:
        ValueError: a policy that goes on for ever gains for ever.
    """
    layout, pairs = opening.layout, opening.layout.rewards.size
    if not sweeps:
        values, sweeps, *_ = swept(layout, 1.0, values, limit=OPEN_SWEEPS, narrow=SLACK)
        sweeps, backups = 0, sweeps * pairs
    q = action_values(layout, 1.0, values)
    policy = q.argmax(axis=1)
    resting = (opening.rest >= 0) & (values[:-1] <= SLACK)
    stuck = _stuck(_followed(opening, policy, resting))
    resting |= stuck & (opening.rest >= 0)
    policy[stuck] = opening.toward[stuck]
    while True:
        current = evaluated(_followed(opening, policy, resting), 1.0, values)
        values, q = current.values, action_values(layout, 1.0, current.values)
        sweeps, backups = sweeps + 1, backups + pairs + current.sweeps * len(policy)
        gain = q.max(axis=1) - values[:-1]
        better = gain > max(4 * current.bound, SLACK * max(1.0, float(np.abs(values).max())))
        if not better.any():
            return _result(opening, current, q, np.where(resting, opening.rest, policy), sweeps, backups)
        policy, resting = np.where(better, q.argmax(axis=1), policy), resting & ~better
        stuck = _stuck(_followed(opening, policy, resting))
        if stuck.any():
            state = shown(opening.names[int(np.argmax(stuck))])
            raise ValueError(
                f"with gamma 1 a policy may gain for ever from state {state}: the value there is infinite; use gamma "
                "below 1"
            )


def _followed(opening: Open, policy: NDArray[np.int64], resting: NDArray[np.bool_]) -> Layout:
    return halted(chain(opening.layout, policy), resting)


def _stuck(follow: Layout) -> NDArray[np.bool_]:
    """(S,) states from which a followed policy never ends."""
    return _nearer(follow.pair_of_rows, follow.to, np.zeros(len(follow.rewards), np.bool_), len(follow.rewards)) < 0


def _result(
    opening: Open, current: Evaluated, q: NDArray[np.float64], policy: NDArray[np.int64], sweeps: int, backups: int
) -> Solved:
    """The result: lost states have minus infinity."""
    off = float(np.abs(q.max(axis=1) - current.values[:-1]).max())
    q[opening.lost], q[opening.layout.terminal] = -np.inf, 0.0
    best = q.max(axis=1)
    return Solved(values=best, q=q, policy=policy, bound=current.bound + off, sweeps=sweeps, backups=backups)
