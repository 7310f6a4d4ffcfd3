"""Kernels of both bounds: alpha vectors below, the sawtooth above; each looks only at what is new since the last time.

A vector is kept for the states of the belief that it was made for, and bounds beliefs within these (the masked vectors
of Smith & Simmons 2005). A point lowers the upper bound of the beliefs that may be in all of its states (the sawtooth:
Hauskrecht 2000, section 4.5). Either is looked for among those of one state.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from evomusic.plan.pomdp.reach import divided, look_ahead
from evomusic.plan.pomdp.store import LOG, NUMBERS, VECTORS

njit = numba.njit


@njit(cache=True, nogil=True)
def raise_lower(g: Any, n: Any, states: Any, shares: Any, first: Any, last: Any) -> Any:
    """Try the vectors that are newer than the last ones tried at a node."""
    vectors, tried = g.used[VECTORS], g.tried[n]
    if tried == vectors:
        return
    rare = states[first]
    for i in range(first, last):
        g.dense[states[i]] = shares[i]
        if g.v_count[states[i]] < g.v_count[rare]:
            rare = states[i]
    e, size = g.v_head[rare], last - first
    while e >= 0 and g.v_owner[e] >= tried:
        v = g.v_owner[e]
        begin, end = g.v_first[v], g.v_first[v + 1]
        if end - begin == len(g.corner):
            x = 0.0
            for i in range(first, last):
                x += shares[i] * g.v_value[begin + states[i]]
            if x > g.worth[n]:
                g.worth[n], g.vector[n] = x, v
        elif end - begin >= size:
            x, hits = 0.0, 0
            for i in range(begin, end):
                p = g.dense[g.v_place[i]]
                x += p * g.v_value[i]
                hits += p > 0
            if hits == size and x > g.worth[n]:
                g.worth[n], g.vector[n] = x, v
        e = g.v_next[e]
    for i in range(first, last):
        g.dense[states[i]] = 0.0
    g.tried[n] = vectors
    g.lower[n] = max(g.lower[n], g.worth[n])


@njit(cache=True, nogil=True)
def drop_upper(g: Any, n: Any, states: Any, shares: Any, first: Any, last: Any) -> Any:
    """Try the points that are newer than the last ones tried at a node."""
    asked = g.asked[n]
    if asked == g.used[LOG]:
        return
    corners = 0.0
    for i in range(first, last):
        g.dense[states[i]] = shares[i]
        corners += shares[i] * g.corner[states[i]]
    best, size = min(0.0, g.upper[n] - corners), last - first
    for j in range(first, last):
        e = g.p_head[states[j]]
        while e >= asked:
            i, drop = g.point[e], g.below[e]
            if drop < best and g.latest[i] == e and g.size[i] <= size:
                share, enough = 1.0, best / drop
                for m in range(g.first[i], g.first[i] + g.size[i]):
                    p = g.dense[g.place[m]]
                    if p < share * g.share[m]:
                        share = p / g.share[m]
                        if share <= enough:
                            break
                best = min(best, drop * share)
            e = g.p_next[e]
    for i in range(first, last):
        g.dense[states[i]] = 0.0
    g.asked[n] = g.used[LOG]
    g.upper[n] = min(g.upper[n], corners + best)


@njit(cache=True, nogil=True)
def log_point(g: Any, n: Any) -> Any:
    """Make the upper bound of a stored node a point of the sawtooth."""
    corners, first, last = 0.0, g.first[n], g.first[n] + g.size[n]
    if g.size[n] == 1:  # a corner: it moves when all is hung up anew
        return
    for i in range(first, last):
        corners += g.share[i] * g.corner[g.place[i]]
    g.logged[n] = g.upper[n]
    if g.upper[n] < corners:
        e = g.used[LOG]
        g.used[LOG] = e + 1
        if g.latest[n] >= 0:
            key = g.key[g.latest[n]]
        else:
            key = g.place[first]
            for i in range(first, last):
                if g.p_count[g.place[i]] < g.p_count[key]:
                    key = g.place[i]
            g.p_count[key] += 1
        g.point[e], g.below[e], g.key[e], g.latest[n] = n, g.upper[n] - corners, key, e
        g.p_next[e] = g.p_head[key]
        g.p_head[key] = e


@njit(cache=True, nogil=True)
def hang(g: Any, corners: Any) -> Any:
    """Hang the points from lower corners (S,), in one entry of the log each; all nodes may ask again."""
    g.corner[:] = corners
    count = 0
    g.p_head[:] = -1
    for e in range(g.used[LOG]):
        n = g.point[e]
        if g.latest[n] != e:
            continue
        hung = 0.0
        for i in range(g.first[n], g.first[n] + g.size[n]):
            hung += g.share[i] * corners[g.place[i]]
        if g.upper[n] < hung:
            g.point[count], g.below[count], g.key[count] = n, g.upper[n] - hung, g.key[e]
            g.latest[n], g.logged[n] = count, g.upper[n]
            g.p_next[count] = g.p_head[g.key[e]]
            g.p_head[g.key[e]] = count
            count += 1
        else:
            g.p_count[g.key[e]] -= 1
            g.latest[n], g.logged[n] = -1, np.inf
    g.used[LOG] = count
    g.asked[:] = 0


@njit(cache=True, nogil=True)
def enter_vector(g: Any, action: Any) -> Any:
    """Begin an alpha vector; its entries follow by `enter_value`."""
    v = g.used[VECTORS]
    g.used[VECTORS] = v + 1
    g.v_action[v], g.v_first[v] = action, g.used[NUMBERS]
    g.v_first[v + 1] = g.used[NUMBERS]
    return v


@njit(cache=True, nogil=True)
def enter_value(g: Any, v: Any, s: Any, value: Any) -> Any:
    """One more state of the newest alpha vector."""
    e = g.used[NUMBERS]
    g.used[NUMBERS] = e + 1
    g.v_place[e], g.v_value[e], g.v_owner[e] = s, value, v
    g.v_next[e] = g.v_head[s]
    g.v_head[s] = e
    g.v_count[s] += 1
    g.v_first[v + 1] = e + 1


@njit(cache=True, nogil=True)
def enter_dense(g: Any, action: Any, values: Any) -> Any:
    """An alpha vector of all states."""
    v = enter_vector(g, action)
    for s in range(len(values)):
        enter_value(g, v, s, values[s])


@njit(cache=True, nogil=True)
def renew(g: Any, n: Any, a: Any, above: Any) -> Any:
    """Renew the bounds (above: the upper ones) of all that can follow an action in an opened node."""
    e = g.edge[g.block[n], a]
    seen = look_ahead(g, n, a)
    for k in range(seen):
        first, last = g.o_first[k], g.o_first[k + 1]
        if divided(g, k) > 0:
            if above:
                drop_upper(g, g.child[e + k], g.o_state, g.o_share, first, last)
            else:
                raise_lower(g, g.child[e + k], g.o_state, g.o_share, first, last)
    return seen


@njit(cache=True, nogil=True)
def planned(g: Any, n: Any, a: Any) -> Any:
    """The value of an action in an opened node, followed by the best vectors that are known."""
    block = g.block[n]
    e, value = g.edge[block, a], g.reward[block, a]
    for k in range(renew(g, n, a, False)):
        if g.likely[e + k] > 0:
            value += g.gamma * g.likely[e + k] * g.worth[g.child[e + k]]
    return value


@njit(cache=True, nogil=True)
def back_up(g: Any, n: Any, a: Any) -> Any:
    """Make the alpha vector of an action in an opened node.

    By observation the best vector known where it leads to, then one step earlier (Pineau, Gordon & Thrun 2003).
    """
    e, seen = g.edge[g.block[n], a], renew(g, n, a, False)
    for k in range(seen):
        c = g.child[e + k]
        v = max(g.vector[c], 0)
        begin, end = g.v_first[v], g.v_first[v + 1]
        whole = end - begin == len(g.corner)
        if not whole:
            for i in range(begin, end):
                g.spare[g.v_place[i]] = g.v_value[i]
        for i in range(g.o_first[k], g.o_first[k + 1]):
            s2 = g.o_state[i]
            x = g.v_value[begin + s2] if whole else g.spare[s2]
            g.ahead[s2] += g.o_look[i] * x
        if not whole:
            for i in range(begin, end):
                g.spare[g.v_place[i]] = 0.0
    made = enter_vector(g, a)
    for i in range(g.first[n], g.first[n] + g.size[n]):
        row = a * len(g.corner) + g.place[i]
        x = 0.0
        for j in range(g.t_first[row], g.t_first[row + 1]):
            x += g.t_p[j] * g.ahead[g.t_to[j]]
        enter_value(g, made, g.place[i], g.expected[a, g.place[i]] + g.gamma * x)
    for k in range(seen):
        for i in range(g.o_first[k], g.o_first[k + 1]):
            g.ahead[g.o_state[i]] = 0.0
