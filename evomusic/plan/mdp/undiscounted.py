"""Planning without a discount: where contraction does not hold, policies that end make the values.

With gamma 1 the value of a state is the best expected return of a policy that surely ends, or that from some time on
is never paid again. Ways to stay unpaid for ever are found first and count as ends worth 0; policy iteration over
policies that end then is exact (Bertsekas & Tsitsiklis 1991). It only moves to what is better, so it leaves such a
policy for one that goes on for ever only where that pays without limit.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.models.mdp import FiniteMDP
from evomusic.plan.mdp.certainty import Evaluated, Solved, evaluated
from evomusic.plan.mdp.sweeps import Layout, action_values, chain, halted, swept

OPEN_SWEEPS = 1000  # sweeps before policies take over
SLACK = 1e-11  # what is better by less than this share of the largest value counts as equal


class Open(NamedTuple):
    """A model without discount."""

    layout: Layout  # of what may still end: pairs that may lead to lost states pay minus infinity
    rest: NDArray[np.int64]  # (S,) the action that is never paid and leads only where that goes on; -1 where none is
    toward: NDArray[np.int64]  # (S,) an action that may come nearer to an end or to rest
    lost: NDArray[np.bool_]  # (S,) states from which no policy surely ends or rests


def opened(mdp: FiniteMDP, layout: Layout) -> Open:
    """Where episodes may rest, which states are lost, and a policy that ends.

    Raises:
        ValueError: no policy ends from the start, or one that never ends may be paid.
    """
    states, actions = layout.paid.shape
    rest = _resting(mdp, layout)
    kept, may, nearer = _ending(layout, rest >= 0)
    lost = ~kept
    if lost.any():
        _refuse(mdp, lost)
    paid = np.where(may.reshape(states, actions) | lost[:, None], layout.paid, -np.inf)
    rows = np.flatnonzero(may[layout.pair_of_rows] & (layout.to == nearer[layout.pair_of_rows // actions]))[::-1]
    toward = rest.copy()
    pairs = layout.pair_of_rows[rows]
    toward[pairs // actions] = pairs % actions
    return Open(halted(layout._replace(paid=paid), lost), rest, toward, lost)


def _resting(mdp: FiniteMDP, layout: Layout) -> NDArray[np.int64]:
    """(S,) actions that are unpaid and lead only to ends and to states that have one too; -1 where there is none."""
    states, actions = layout.paid.shape
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
    states, actions = layout.paid.shape
    state = layout.pair_of_rows // actions
    kept = np.ones(states + 1, np.bool_)
    while True:
        may = np.logical_and.reduceat(kept[layout.to], layout.first[:-1])
        rows = may[layout.pair_of_rows]
        nearer = _nearer(state[rows], layout.to[rows], resting, states)
        still = (nearer >= 0) & kept[:-1]
        if (still == kept[:-1]).all():
            return still, may, nearer
        kept[:-1] = still


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


def _refuse(mdp: FiniteMDP, lost: NDArray[np.bool_]) -> None:
    """Raise where the value of lost states is not minus infinity, or where episodes start in them."""
    state = mdp.state_of_rows
    paid = np.append(lost, False)[state] & (mdp.outcomes.rows["reward"] > 0)
    if paid.any():
        raise ValueError(
            f"with gamma 1 no policy surely ends from state {state[np.argmax(paid)]}, and one may be paid for ever: "
            "its value is not finite; use gamma below 1"
        )
    if (lost & (mdp.start > 0)).any():
        raise ValueError(
            f"with gamma 1 no policy surely ends from state {np.argmax(lost & (mdp.start > 0))}, where episodes "
            "start, and each costs without limit; use gamma below 1"
        )


def settled(opening: Open, values: NDArray[np.float64], sweeps: int, backups: int) -> Solved:
    """The optimum by policy iteration among policies that end, from values (S + 1,) that are a guess.

    Args:
        opening: the model.
        values: a guess; the nearer, the fewer policies are tried.
        sweeps: those made already; with none, values are swept first, for a policy that hardly ends has poor ones.
        backups: those made already.

    Raises:
        ValueError: a policy that goes on for ever is paid without limit.
    """
    layout, pairs = opening.layout, opening.layout.paid.size
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
        known = evaluated(_followed(opening, policy, resting), 1.0, values)
        values, q = known.values, action_values(layout, 1.0, known.values)
        sweeps, backups = sweeps + 1, backups + pairs + known.sweeps * len(policy)
        gain = q.max(axis=1) - values[:-1]
        better = gain > max(4 * known.bound, SLACK * max(1.0, float(np.abs(values).max())))
        if not better.any():
            return _told(opening, known, q, np.where(resting, opening.rest, policy), sweeps, backups)
        policy, resting = np.where(better, q.argmax(axis=1), policy), resting & ~better
        stuck = _stuck(_followed(opening, policy, resting))
        if stuck.any():
            raise ValueError(
                f"with gamma 1 a policy that goes on for ever from state {np.argmax(stuck)} is paid without limit: "
                "there is no optimum; use gamma below 1"
            )


def _followed(opening: Open, policy: NDArray[np.int64], resting: NDArray[np.bool_]) -> Layout:
    return halted(chain(opening.layout, policy), resting)


def _stuck(follow: Layout) -> NDArray[np.bool_]:
    """(S,) states from which a followed policy never ends."""
    return _nearer(follow.pair_of_rows, follow.to, np.zeros(len(follow.paid), np.bool_), len(follow.paid)) < 0


def _told(
    opening: Open, known: Evaluated, q: NDArray[np.float64], policy: NDArray[np.int64], sweeps: int, backups: int
) -> Solved:
    """The result: lost states have minus infinity."""
    off = float(np.abs(q.max(axis=1) - known.values[:-1]).max())
    q[opening.lost], q[opening.layout.terminal] = -np.inf, 0.0
    best = q.max(axis=1)
    return Solved(values=best, q=q, policy=policy, bound=known.bound + off, sweeps=sweeps, backups=backups)
