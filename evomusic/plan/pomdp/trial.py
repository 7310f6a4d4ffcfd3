"""Kernels of the search: walks to where the bounds disagree, and Bellman's equation on the way back."""

from __future__ import annotations

from typing import Any

import numpy as np

from evomusic._jit import inner, njit
from evomusic.plan.pomdp.bounds import back_up, drop_upper, log_point, planned, raise_lower, renew
from evomusic.plan.pomdp.reach import divided, look_ahead, open_node, stored
from evomusic.plan.pomdp.store import BLOCKS, EDGES, LOG, NODES, NUMBERS, PLACES, VECTORS, WALKS

FULL, DONE = -1, 0
EXPLAIN, FADED = 0.95, 1e-6  # share of a gap, and of visits, where visits end
EVERY = 8  # times that a lower bound is raised between two that try all actions
DEPTH = 0.5  # share of the gap at the start that a walk looks for


@inner()
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


@inner()
def promise(g: Any, n: Any, a: Any, above: Any) -> Any:
    """The value of an action in an opened node by the bounds of what follows."""
    block = g.block[n]
    total = 0.0
    for e in range(g.edge[block, a], g.edge[block, a + 1]):
        total += g.likely[e] * (g.upper[g.child[e]] if above else g.lower[g.child[e]])
    return g.reward[block, a] + g.gamma * total


@inner()
def lowered(g: Any, n: Any, values: Any, change: Any) -> Any:
    """Lower the upper bound of an opened node; return its most promising action. `values` (A,) is filled.

    Only actions that still promise most have their bounds renewed.
    """
    g.fresh[:] = False
    for a in range(len(values)):
        values[a] = promise(g, n, a, True)
    while True:
        best = np.argmax(values)
        if g.fresh[best]:
            break
        renew(g, n, best, True, change)
        g.fresh[best] = True
        values[best] = promise(g, n, best, True)
    if values[best] < g.upper[n]:
        g.upper[n] = values[best]
    if g.upper[n] < g.logged[n] - change:
        log_point(g, n)
    return best


@inner()
def safest(g: Any, n: Any) -> Any:
    """The action of an opened node whose value is surest, by the lower bounds of what follows."""
    best, most = 0, -np.inf
    for a in range(len(g.expected)):
        value = promise(g, n, a, False)
        if value > most:
            best, most = a, value
    return best


@inner()
def raised(g: Any, n: Any, values: Any, change: Any) -> Any:
    """Raise the lower bound of an opened node by a new vector, if one is better by `change`. `values` are upper.

    Tried are the two actions that promise most by either bound, and now and then all of them.
    """
    first, last = g.first[n], g.first[n] + g.size[n]
    raise_lower(g, n, g.place, g.share, first, last)
    best, action = g.worth[n] + change, -1
    upper, lower = np.argmax(values), safest(g, n)
    every = (n + g.used[WALKS]) % EVERY == 0
    g.fresh[:] = False
    while True:
        a = -1
        for b in range(len(values)):  # the most promising one that was not tried
            if not g.fresh[b] and values[b] > best and (a < 0 or values[b] > values[a]):
                a = b
        if a < 0:
            break
        g.fresh[a] = True
        if not every and a != upper and a != lower:
            continue
        value = planned(g, n, a, change)
        g.lower[n] = max(g.lower[n], promise(g, n, a, False))
        if value > best:
            best, action = value, a
    if action >= 0:
        back_up(g, n, action)
        raise_lower(g, n, g.place, g.share, first, last)


@inner()
def widest(g: Any, n: Any, a: Any, aim: Any) -> Any:
    """The edge of an action whose gap above the aim counts most, or -1."""
    block, best, found = g.block[n], 0.0, -1
    for e in range(g.edge[block, a], g.edge[block, a + 1]):
        c = g.child[e]
        if g.walked[c] == g.used[WALKS]:  # no walk goes round in circles
            continue
        excess = g.likely[e] * (g.upper[c] - g.lower[c] - aim)
        if excess > best:
            best, found = excess, e
    return found


@inner()
def walk_down(g: Any, root: Any, aim: Any, change: Any, path: Any, values: Any, edges: Any) -> Any:
    """Walk from a stored node to where the gap is small (Smith & Simmons 2004); (steps, whether there was room)."""
    n, t = root, 0
    g.used[WALKS] += 1
    while t < len(path):
        if not has_room(g, edges):
            return t, False
        if g.block[n] < 0:
            open_node(g, n)
        path[t], g.walked[n] = n, g.used[WALKS]
        t += 1
        a = lowered(g, n, values, change)
        aim /= g.gamma
        renew(g, n, a, False, change)
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


@inner()
def narrow(g: Any, nodes: Any, count: Any, values: Any, change: Any, edges: Any) -> Any:
    """Both bounds of the first of some nodes, last first; return how many are left where there is no more room."""
    for i in range(count - 1, -1, -1):
        if not has_room(g, edges):
            return i + 1
        if g.block[nodes[i]] < 0:
            open_node(g, nodes[i])
        lowered(g, nodes[i], values, change)
        raised(g, nodes[i], values, change)
    return 0


@njit(cache=True, nogil=True)
def search(
    g: Any, nodes: Any, change: Any, root: Any, gap: Any, precision: Any, path: Any, edges: Any, walks: Any
) -> Any:  # one kernel for both: what they share takes seconds to compile
    """Both bounds of some nodes, last first; then walks, each renewing both on its way back, until the gap is reached.

    Args:
        g: the store.
        nodes: those to begin with.
        change: of a bound that counts at these.
        root: where walks begin.
        gap: where they end.
        precision: share of the gap that a change must have on walks.
        path: (steps,) room for a walk.
        edges: that a step may take.
        walks: how many.

    Returns:
        How many nodes are left where there is no more room; FULL where a walk needs more; else DONE.
    """
    values = np.empty(len(g.expected))
    left = narrow(g, nodes, len(nodes), values, change, edges)
    if left:
        return left
    for _ in range(walks):
        wide = g.upper[root] - g.lower[root]
        if wide <= gap:
            break
        steps, roomy = walk_down(g, root, max(DEPTH * wide, 0.5 * gap), precision * wide, path, values, edges)
        if narrow(g, path, steps, values, precision * wide, edges) or not roomy:
            return FULL
    return DONE


@njit(cache=True, nogil=True)
def sweep(g: Any, rounds: Any, change: Any) -> Any:
    """Bellman's equation for both bounds of opened nodes, last opened first; False once none moves by `change`."""
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
            return False
    return True


@njit(cache=True, nogil=True)
def visit(g: Any, root: Any, visits: Any, action: Any, source: Any, order: Any, rounds: Any) -> Any:
    """Discounted visits (N,) by the actions that the upper bounds promise most, from an opened node.

    They end when the edge reached so far explains most of the gap at the beginning: a gap is at most the visits of
    the edge times its gaps (Smith & Simmons 2004, section 3.3).

    Args:
        g: the store.
        root: where to begin.
        visits: (N,) zeros, filled.
        action: (N,) -1, filled for opened nodes.
        source: (N,) filled with the edge that first led to each.
        order: (N,) filled with the opened nodes visited, nearest first.
        rounds: steps at most.

    Returns:
        How many nodes `order` lists.
    """
    weight, later = np.zeros(len(visits)), np.zeros(len(visits))
    now, ahead, count = [root], [root], 0
    weight[root], gap, left = 1.0, EXPLAIN * (g.upper[root] - g.lower[root]), 1.0
    for _ in range(rounds):
        if left < FADED or gap <= 0:
            break
        left = 0.0
        ahead.clear()
        for n in now:
            w = weight[n]
            weight[n] = 0.0
            visits[n] += w
            if g.block[n] < 0:
                gap -= w * (g.upper[n] - g.lower[n])
                continue
            if action[n] < 0:
                best = -np.inf
                for a in range(len(g.expected)):
                    x = promise(g, n, a, True)
                    if x > best:
                        best, action[n] = x, a
                order[count] = n
                count += 1
            for e in range(g.edge[g.block[n], action[n]], g.edge[g.block[n], action[n] + 1]):
                p, c = g.gamma * g.likely[e] * w, g.child[e]
                if p > 0:
                    if later[c] == 0:
                        ahead.append(c)
                        if visits[c] == 0:
                            source[c] = e
                    later[c] += p
                    left += p
        now, ahead = ahead, now
        weight, later = later, weight
    return count


@njit(cache=True, nogil=True)
def open_from(g: Any, n: Any, a: Any, e: Any, edges: Any) -> Any:
    """Open the node that an edge of an action leads to; False where there is no room."""
    if not has_room(g, edges):
        return False
    k, c = e - g.edge[g.block[n], a], g.child[e]
    look_ahead(g, n, a)
    divided(g, k)
    first, last = g.o_first[k], g.o_first[k + 1]
    stored(g, c, g.o_state, g.o_share, first, last)
    raise_lower(g, c, g.o_state, g.o_share, first, last)
    drop_upper(g, c, g.o_state, g.o_share, first, last)
    if g.block[c] < 0:
        open_node(g, c)
    return True
