"""Kernels of the search: walks to where the bounds disagree, and Bellman's equation on the way back."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from evomusic.plan.pomdp.bounds import back_up, log_point, planned, raise_lower, renew
from evomusic.plan.pomdp.reach import divided, look_ahead, open_node, stored
from evomusic.plan.pomdp.store import BLOCKS, EDGES, LOG, NODES, NUMBERS, PLACES, VECTORS

njit = numba.njit

FULL, DONE = 0, 1


@njit(cache=True, nogil=True)
def has_room(g: Any, edges: Any) -> Any:
    """Whether one more step of the search fits into the pools."""
    used = g.used
    return (
        used[NODES] + edges <= len(g.lower)
        and used[EDGES] + edges <= len(g.child)
        and used[PLACES] + len(g.corner) <= len(g.place)
        and used[BLOCKS] + 1 <= len(g.owner)
        and used[VECTORS] + 2 <= len(g.v_action)
        and used[NUMBERS] + len(g.corner) <= len(g.v_place)
        and used[LOG] + 1 <= len(g.point)
    )


@njit(cache=True, nogil=True)
def promise(g: Any, n: Any, a: Any, above: Any) -> Any:
    """The value of an action in an opened node by the bounds of what follows."""
    block = g.block[n]
    total = 0.0
    for e in range(g.edge[block, a], g.edge[block, a + 1]):
        total += g.likely[e] * (g.upper[g.child[e]] if above else g.lower[g.child[e]])
    return g.reward[block, a] + g.gamma * total


@njit(cache=True, nogil=True)
def lowered(g: Any, n: Any, values: Any, change: Any) -> Any:
    """Lower the upper bound of an opened node; return its most promising action. `values` (A,) is filled.

    Only actions that still promise most have their bounds renewed.
    """
    fresh = np.zeros(len(values), np.bool_)
    for a in range(len(values)):
        values[a] = promise(g, n, a, True)
    while True:
        best = np.argmax(values)
        if fresh[best]:
            break
        renew(g, n, best, True)
        fresh[best] = True
        values[best] = promise(g, n, best, True)
    if values[best] < g.upper[n]:
        g.upper[n] = values[best]
    if g.upper[n] < g.logged[n] - change:
        log_point(g, n)
    return best


@njit(cache=True, nogil=True)
def raised(g: Any, n: Any, values: Any, change: Any) -> Any:
    """Raise the lower bound of an opened node by a new vector, if one is better by `change`. `values` are upper."""
    first, last = g.first[n], g.first[n] + g.size[n]
    raise_lower(g, n, g.place, g.share, first, last)
    best, action = g.worth[n] + change, -1
    for a in np.argsort(-values):
        if values[a] <= best:
            break
        value = planned(g, n, a)
        g.lower[n] = max(g.lower[n], promise(g, n, a, False))
        if value > best:
            best, action = value, a
    if action >= 0:
        back_up(g, n, action)
        raise_lower(g, n, g.place, g.share, first, last)


@njit(cache=True, nogil=True)
def widest(g: Any, n: Any, a: Any, aim: Any) -> Any:
    """The edge of an action whose gap above the aim counts most, or -1."""
    block, best, found = g.block[n], 0.0, -1
    for e in range(g.edge[block, a], g.edge[block, a + 1]):
        c = g.child[e]
        excess = g.likely[e] * (g.upper[c] - g.lower[c] - aim)
        if excess > best:
            best, found = excess, e
    return found


@njit(cache=True, nogil=True)
def walk_down(g: Any, root: Any, aim: Any, change: Any, path: Any, values: Any, edges: Any) -> Any:
    """Walk from a stored node to where the gap is small (Smith & Simmons 2004); (steps, whether there was room)."""
    n, t = root, 0
    while t < len(path):
        if not has_room(g, edges):
            return t, False
        if g.block[n] < 0:
            open_node(g, n)
        path[t] = n
        t += 1
        a = lowered(g, n, values, change)
        aim /= g.gamma
        renew(g, n, a, False)
        e = widest(g, n, a, aim)
        if e < 0:
            break
        k = e - g.edge[g.block[n], a]
        n = g.child[e]
        if g.first[n] < 0:
            look_ahead(g, path[t - 1], a)
            divided(g, k)
            stored(g, n, g.o_state, g.o_share, g.o_first[k], g.o_first[k + 1])
    return t, True


@njit(cache=True, nogil=True)
def search(g: Any, root: Any, aim: Any, change: Any, path: Any, edges: Any, openings: Any) -> Any:
    """One walk from a node, and back: FULL where more room is needed, else DONE."""
    values = np.empty(len(g.expected))
    steps, roomy = walk_down(g, root, aim, change, path, values, edges)
    for t in range(steps - 1, -1, -1):
        if not has_room(g, edges):
            return FULL
        lowered(g, path[t], values, change)
        raised(g, path[t], values, change)
    return DONE if roomy else FULL


@njit(cache=True, nogil=True)
def sweep(g: Any, rounds: Any, change: Any) -> Any:
    """Bellman's equation for both bounds of opened nodes, last opened first, until none moves by `change`."""
    for _ in range(rounds):
        most = 0.0
        for block in range(g.used[BLOCKS] - 1, -1, -1):
            n = g.owner[block]
            low, high = -np.inf, -np.inf
            for a in range(len(g.expected)):
                low, high = max(low, promise(g, n, a, False)), max(high, promise(g, n, a, True))
            if low > g.lower[n]:
                most = max(most, low - g.lower[n])
                g.lower[n] = low
            if high < g.upper[n]:
                most = max(most, g.upper[n] - high)
                g.upper[n] = high
        if most < change:
            break


@njit(cache=True, nogil=True)
def mark_promising(g: Any, root: Any, marks: Any, order: Any) -> Any:
    """Mark opened nodes that promising actions lead to; list them in `order`, and return how many there are."""
    if g.block[root] < 0 or marks[root]:
        return 0
    order[0], count, done = root, 1, 0
    marks[root] = True
    while done < count:
        n = order[done]
        done += 1
        best, action = -np.inf, 0
        for a in range(len(g.expected)):
            x = promise(g, n, a, True)
            if x > best:
                best, action = x, a
        for e in range(g.edge[g.block[n], action], g.edge[g.block[n], action + 1]):
            c = g.child[e]
            if g.block[c] >= 0 and not marks[c]:
                marks[c] = True
                order[count] = c
                count += 1
    return count


@njit(cache=True, nogil=True)
def settle(g: Any, order: Any, change: Any, edges: Any) -> Any:
    """Both bounds of some nodes, last first; return how many are left to do where there is no more room."""
    values = np.empty(len(g.expected))
    for i in range(len(order) - 1, -1, -1):
        if not has_room(g, edges):
            return i + 1
        lowered(g, order[i], values, change)
        raised(g, order[i], values, change)
    return 0
