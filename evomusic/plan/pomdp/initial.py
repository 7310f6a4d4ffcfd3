"""Kernels of the bounds that a search begins with, on sparse rows: QMDP, the fast informed bound, one action for ever.

Each sweep of a bound from above (below) leaves it above (below) the fixed point, so one may stop at any sweep.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, identity
from scipy.sparse.linalg import spsolve

from evomusic._jit import inner, njit
from evomusic.models.mdp import FiniteMDP
from evomusic.models.outcomes import ROW, Outcomes
from evomusic.models.sparse_pomdp import SparsePOMDP
from evomusic.plan.mdp.iteration import value_iteration

CLOSE, SWEEPS = 1e-11, 100_000  # change of a sweep, of what rewards differ by, that is none; sweeps at most
Array = NDArray[Any]


@inner()
def greatest(values: Any) -> Any:
    """The greatest of some values (n,)."""
    most = values[0]
    for x in values[1:]:
        most = max(most, x)
    return most


@njit(cache=True, nogil=True)
def mdp_sweep(gamma: Any, t_first: Any, t_to: Any, t_p: Any, expected: Any, q: Any) -> Any:
    """One sweep of q (A, S), as if the state were seen from the next step on; return the largest change."""
    actions, states = expected.shape
    best, most = np.empty(states), 0.0
    for s in range(states):
        best[s] = greatest(q[:, s])
    for a in range(actions):
        for s in range(states):
            x = 0.0
            for j in range(t_first[a * states + s], t_first[a * states + s + 1]):
                x += t_p[j] * best[t_to[j]]
            x = expected[a, s] + gamma * x
            most = max(most, abs(q[a, s] - x))
            q[a, s] = x
    return most


@njit(cache=True, nogil=True)
def informed_sweep(
    gamma: Any, seen: Any, t_first: Any, t_to: Any, t_p: Any, z_first: Any, z_to: Any, z_p: Any, expected: Any, q: Any
) -> Any:
    """One sweep of the fast informed bound q (A, S) (Hauskrecht 2000, section 4.3); return the largest change."""
    actions, states = expected.shape
    made, sums, active = np.empty(q.shape), np.zeros((seen, actions)), np.empty(seen, np.int64)
    reached = np.zeros(seen, np.bool_)
    turned, most = np.empty((states, actions)), 0.0
    for s in range(states):
        for a in range(actions):
            turned[s, a] = q[a, s]
    for a in range(actions):
        for s in range(states):
            count, x = 0, 0.0
            for j in range(t_first[a * states + s], t_first[a * states + s + 1]):
                s2 = t_to[j]
                for k in range(z_first[a * states + s2], z_first[a * states + s2 + 1]):
                    o, p = z_to[k], t_p[j] * z_p[k]
                    if not reached[o]:
                        reached[o], active[count] = True, o
                        count += 1
                        for b in range(actions):
                            sums[o, b] = 0.0
                    for b in range(actions):
                        sums[o, b] += p * turned[s2, b]
            for m in range(count):
                x += greatest(sums[active[m]])
                reached[active[m]] = False
            made[a, s] = expected[a, s] + gamma * x
            most = max(most, abs(made[a, s] - q[a, s]))
    for a in range(actions):
        for s in range(states):
            q[a, s] = made[a, s]
    return most


@njit(cache=True, nogil=True)
def blind_sweep(gamma: Any, t_first: Any, t_to: Any, t_p: Any, expected: Any, v: Any) -> Any:
    """One sweep of the values v (A, S) of each action for ever (Hauskrecht 1997); return the largest change."""
    actions, states = expected.shape
    most = 0.0
    for a in range(actions):
        for s in range(states):
            x = 0.0
            for j in range(t_first[a * states + s], t_first[a * states + s + 1]):
                x += t_p[j] * v[a, t_to[j]]
            x = expected[a, s] + gamma * x
            most = max(most, abs(x - v[a, s]))
            v[a, s] = x
    return most


def begin(model: SparsePOMDP, gamma: float) -> tuple[Array, Array]:
    """The fast informed bound (A, S), and values (A, S) of plans that begin with each action.

    Below a discount of 1 a plan is to do one action for ever; with 1 it is to do any action by chance after the first.

    Raises:
        ValueError: the discount is 1, and some state leads to no end.
    """
    t, expected = model.transitions, np.ascontiguousarray(model.expected)
    moves = gamma, t.first, t.to, t.p, expected
    if gamma < 1:
        least, most = expected.min() / (1 - gamma), expected.max() / (1 - gamma)
        above, below = np.full(expected.shape, most), np.full(expected.shape, least)
        close = CLOSE * (np.ptp(expected) + 1e-300)
        _until(lambda: mdp_sweep(*moves, above), close)
        _until(lambda: blind_sweep(*moves, below), close)
    else:
        above, below = undiscounted(model)
        close = CLOSE * (np.ptp(above) + 1e-300)
    z = model.emissions
    rows = t.first, t.to, t.p, z.first, z.to, z.p
    _until(lambda: informed_sweep(gamma, model.observations, *rows, expected, above), 100 * close)
    return above, below


def _until(sweep: Callable[[], float], close: float) -> None:
    """Sweep until nothing changes by more."""
    for _ in range(SWEEPS):
        if sweep() <= close:
            break


def undiscounted(model: SparsePOMDP) -> tuple[Array, Array]:
    """Values (A, S) without discount, as if the state were seen, and of an action and then any by chance.

    Raises:
        ValueError: some state leads to no end, or gains may go on for ever.
    """
    t, states, actions = model.transitions, model.states, model.actions
    a, s = np.divmod(t.row, states)
    ends = model.absorbing
    chance = csr_matrix((t.p / actions, (s, t.to)), shape=(states, states))
    _check_ends(chance, ends)
    over = np.flatnonzero(~ends)
    values = np.zeros(states)
    inner = identity(len(over), format="csc") - chance[over][:, over].tocsc()
    values[over] = np.atleast_1d(spsolve(inner, model.expected.mean(axis=0)[over]))
    order = np.lexsort((a, s))
    rows = np.zeros(len(order) + 1, ROW)
    rows["p"][:-1], rows["to"][:-1], rows["end"][:-1] = t.p[order], t.to[order], ends[t.to[order]]
    rows["reward"][:-1], rows["p"][-1] = model.expected[a, s][order], 1.0
    counts = np.diff(t.first).reshape(actions, states).T.ravel()
    first = np.concatenate([[0], np.cumsum(counts), [len(rows)]])
    solved = value_iteration(FiniteMDP(Outcomes(first, rows, actions), states), 1.0)
    above = np.where(ends, 0.0, solved.values + solved.bound)
    moves = t.first, t.to, t.p, np.ascontiguousarray(model.expected)
    below = np.repeat(values[None] - CLOSE * (1 + np.abs(values).max()), actions, axis=0)
    above = np.repeat(above[None], actions, axis=0)
    blind_sweep(1.0, *moves, below)
    mdp_sweep(1.0, *moves, above)
    return above, below


def _check_ends(chance: Any, ends: Array) -> None:
    """Raise where some state leads to none that ends."""
    reached, more = np.zeros_like(ends), ends
    while (more != reached).any():
        reached, more = more, more | (chance @ more > 0)
    if not reached.all():
        raise ValueError(
            "gamma is 1.0, expected a number from 0 below 1: without end, returns must be discounted "
            f"(state {int(np.argmin(reached))} leads to no absorbing state)"
        )
