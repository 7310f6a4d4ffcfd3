"""Value iteration in order of need: the state that may be wrong by most is backed up next.

Each state carries a bound on how much a backup would change it. When a state changes, the bounds of those that lead to
it grow by their likeliest way there (Moore & Atkeson 1993; Sutton & Barto 2018, section 8.4, without its estimates).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import njit
from evomusic.plan.sweeps import Layout, action_values


def by_need(layout: Layout, gamma: float, least: float, limit: int) -> tuple[NDArray[np.float64], int]:
    """Values (S + 1,) that no backup changes by more than `least`, and the backups of states; `limit` at most."""
    states = len(layout.paid)
    values = np.zeros(states + 1)
    wrong = np.abs(action_values(layout, gamma, values).max(axis=1))
    heap = np.argsort(-wrong, kind="stable")
    place = np.empty(states, np.int64)
    place[heap] = np.arange(states)
    left = back_up_by_need(
        layout.paid, layout.first, layout.flat, layout.to, gamma, values, wrong, heap, place, *_leading(layout),
        least, limit,
    )  # fmt: skip
    return values, limit - int(left)


def _leading(layout: Layout) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Which states lead to a state s, number first[s] to first[s + 1] - 1, and how likely at most."""
    from scipy.sparse import csr_array

    states, actions = layout.paid.shape
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
    paid: Any,
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
    actions = paid.shape[1]
    for n in range(limit):
        s = heap[0]
        if wrong[s] <= least:
            return limit - n
        best = -np.inf
        for pair in range(s * actions, (s + 1) * actions):
            later = 0.0
            for k in range(first[pair], first[pair + 1]):
                later += p[k] * v[to[k]]
            best = max(best, paid[s, pair - s * actions] + gamma * later)
        change = abs(best - v[s])
        v[s], wrong[s] = best, 0.0
        sink(heap, place, wrong)
        for i in range(leads[s], leads[s + 1]):
            wrong[before[i]] += gamma * likely[i] * change
            rise(heap, place, wrong, place[before[i]])
    return 0


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def rise(heap: Any, place: Any, key: Any, at: Any) -> None:
    """Put a state where it belongs after its key grew."""
    s = heap[at]
    while at > 0 and key[heap[(at - 1) // 2]] < key[s]:
        heap[at] = heap[(at - 1) // 2]
        place[heap[at]] = at
        at = (at - 1) // 2
    heap[at], place[s] = s, at
