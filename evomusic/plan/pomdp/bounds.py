"""Kernels of both bounds: alpha vectors below, the sawtooth above; each looks only at what is new since the last time.

A vector is kept for the states of the belief that it was made for, and bounds beliefs within these (the masked vectors
of Smith & Simmons 2005). A point lowers the upper bound of the beliefs that may be in all of its states (the sawtooth:
Hauskrecht 2000, section 4.5). Either is looked for among those of one state.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from evomusic._jit import inner, njit
from evomusic.plan.pomdp.reach import divided, look_ahead, node_of, stored
from evomusic.plan.pomdp.store import LOG, NODES, NUMBERS, VECTORS

SPREAD = 4  # states for each of a vector's, at most, among which it is stored without gaps
NEVER = -1e30  # a value below all that there are


@inner(fastmath={"reassoc", "contract"})
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
    e, size, low, high = g.v_head[rare], last - first, states[first], states[last - 1]
    length = high - low + 1
    span = g.dense[low : high + 1]
    while e >= 0 and g.v_owner[e] >= tried:
        v = g.v_owner[e]
        begin, x = g.v_first[v], -np.inf
        if g.v_low[v] < 0:
            x, hits = 0.0, 0
            for i in range(begin, begin + g.v_size[v]):
                p = g.dense[g.v_place[i]]
                x += p * g.v_value[i]
                hits += p > 0
            x = x if hits == size else -np.inf
        elif g.v_low[v] <= low and high <= g.v_high[v]:
            if length <= 8 * size:
                begin += low - g.v_low[v]
                row = g.v_value[begin : begin + length]
                x = 0.0
                for i in range(len(span)):
                    x += span[i] * row[i]
            else:
                x, begin = 0.0, begin - g.v_low[v]
                for i in range(first, last):
                    x += shares[i] * g.v_value[begin + states[i]]
        if x > g.worth[n]:
            g.worth[n], g.vector[n] = x, v
        e = g.v_next[e]
    for i in range(first, last):
        g.dense[states[i]] = 0.0
    g.tried[n] = vectors
    g.lower[n] = max(g.lower[n], g.worth[n])


@inner()
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
            one, two = g.dense[g.peak[e, 0]] * drop, g.dense[g.peak[e, 1]] * drop
            # most points are ruled out by the two states that they hold likeliest
            if drop < best and one < best * g.top[e, 0] and two < best * g.top[e, 1]:
                if g.latest[i] != e or g.size[i] > size:
                    e = g.p_next[e]
                    continue
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
def enter(g: Any, states: Any, shares: Any) -> Any:
    """The number of a belief, which is stored and has the bounds that all found so far gives it."""
    n = node_of(g, states, shares, 0, len(states))
    stored(g, n, states, shares, 0, len(states))
    raise_lower(g, n, states, shares, 0, len(states))
    drop_upper(g, n, states, shares, 0, len(states))
    return n


@inner()
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
        one, two = first, first + 1
        for i in range(first + 1, last):
            if g.share[i] > g.share[one]:
                one, two = i, one
            elif g.share[i] > g.share[two]:
                two = i
        g.peak[e, 0], g.top[e, 0], g.peak[e, 1], g.top[e, 1] = g.place[one], g.share[one], g.place[two], g.share[two]
        g.p_next[e] = g.p_head[key]
        g.p_head[key] = e


@njit(cache=True, nogil=True)
def hang(g: Any, corners: Any) -> Any:
    """Hang the points from corners (S,), each by one entry of the log; where corners fell, all nodes may ask again."""
    fell, count = False, 0
    for s in range(len(corners)):
        fell = fell or corners[s] < g.corner[s]
        g.corner[s] = corners[s]
    before = np.zeros(g.used[LOG] + 1, np.int64)
    g.p_head[:] = -1
    for e in range(g.used[LOG]):
        before[e], n, key = count, g.point[e], g.key[e]
        if g.latest[n] != e:
            continue
        hung = 0.0
        for i in range(g.first[n], g.first[n] + g.size[n]):
            hung += g.share[i] * corners[g.place[i]]
        if g.upper[n] < hung:
            g.point[count], g.below[count], g.key[count] = n, g.upper[n] - hung, key
            g.peak[count, 0], g.peak[count, 1] = g.peak[e, 0], g.peak[e, 1]
            g.top[count, 0], g.top[count, 1] = g.top[e, 0], g.top[e, 1]
            g.latest[n], g.logged[n], g.p_next[count] = count, g.upper[n], g.p_head[key]
            g.p_head[key] = count
            count += 1
        else:
            g.p_count[key] -= 1
            g.latest[n], g.logged[n] = -1, np.inf
    before[g.used[LOG]] = count
    for n in range(g.used[NODES]):
        g.asked[n] = 0 if fell else before[g.asked[n]]
    g.used[LOG] = count


@njit(cache=True, nogil=True)
def enter_vector(g: Any, action: Any, states: Any, values: Any, first: Any, last: Any) -> Any:
    """A new alpha vector: values by rising state. Where these lie near each other, all between them have a number."""
    v, begin = g.used[VECTORS], g.used[NUMBERS]
    g.used[VECTORS] = v + 1
    low, high = states[first], states[last - 1]
    near = high - low < SPREAD * (last - first)
    g.v_first[v], g.v_size[v], g.v_action[v] = begin, last - first, action
    g.v_low[v], g.v_high[v] = (low, high) if near else (-1, -1)
    if near:
        g.used[NUMBERS] = begin + high - low + 1
        g.v_value[begin : begin + high - low + 1] = NEVER
        g.v_owner[begin : begin + high - low + 1] = -1
    else:
        g.used[NUMBERS] = begin + last - first
    for i in range(first, last):
        s = states[i]
        e = begin + s - low if near else begin + i - first
        g.v_place[e], g.v_value[e], g.v_owner[e] = s, values[i], v
        g.v_next[e] = g.v_head[s]
        g.v_head[s] = e
        g.v_count[s] += 1


@njit(cache=True, nogil=True)
def prune(g: Any, marked: Any) -> Any:
    """Keep only the alpha vectors that are marked (V,), in order; nodes whose best one goes look for another."""
    number, place, left = np.full(g.used[VECTORS] + 1, -1), 0, 0
    before = np.zeros(g.used[VECTORS] + 1, np.int64)
    g.v_head[:] = -1
    g.v_count[:] = 0
    for v in range(g.used[VECTORS]):
        before[v] = left
        if not marked[v]:
            continue
        begin = g.v_first[v]
        length = g.v_size[v] if g.v_low[v] < 0 else g.v_high[v] - g.v_low[v] + 1
        for e in range(begin, begin + length):
            to = place + e - begin
            g.v_value[to], g.v_place[to] = g.v_value[e], g.v_place[e]
            g.v_owner[to] = left if g.v_owner[e] >= 0 else -1
            if g.v_owner[to] >= 0:
                s = g.v_place[to]
                g.v_next[to] = g.v_head[s]
                g.v_head[s] = to
                g.v_count[s] += 1
        g.v_first[left], g.v_low[left], g.v_high[left] = place, g.v_low[v], g.v_high[v]
        g.v_size[left], g.v_action[left] = g.v_size[v], g.v_action[v]
        number[v] = left
        left += 1
        place += length
    before[g.used[VECTORS]] = left
    for n in range(g.used[NODES]):
        g.tried[n] = before[g.tried[n]]
        g.vector[n] = number[g.vector[n]]
        if g.vector[n] < 0:
            g.worth[n], g.tried[n] = -np.inf, 0
    g.used[VECTORS], g.used[NUMBERS] = left, place


@inner()
def renew(g: Any, n: Any, a: Any, above: Any, slack: Any) -> Any:
    """Renew the bounds (above: the upper ones) of what can follow an action in an opened node.

    Beliefs that make up no more than `slack` of the gap are left as they are, once they have a bound.
    """
    e = g.edge[g.block[n], a]
    seen = look_ahead(g, n, a)
    for k in range(seen):
        first, last, c = g.o_first[k], g.o_first[k + 1], g.child[e + k]
        matters = g.likely[e + k] * (g.upper[c] - g.lower[c]) > slack
        if g.likely[e + k] > 0 and (matters or (not above and g.vector[c] < 0)):
            divided(g, k)
            if above:
                drop_upper(g, c, g.o_state, g.o_share, first, last)
            else:
                raise_lower(g, c, g.o_state, g.o_share, first, last)
    return seen


@inner()
def planned(g: Any, n: Any, a: Any, slack: Any) -> Any:
    """The value of an action in an opened node, followed by the best vectors that are known; see `renew`."""
    block = g.block[n]
    e, value = g.edge[block, a], g.reward[block, a]
    for k in range(renew(g, n, a, False, slack)):
        if g.likely[e + k] > 0:
            value += g.gamma * g.likely[e + k] * g.worth[g.child[e + k]]
    return value


@inner()
def back_up(g: Any, n: Any, a: Any) -> Any:
    """Make the alpha vector of an action in an opened node.

    By observation the best vector known where it leads to, then one step earlier (Pineau, Gordon & Thrun 2003).
    """
    e, seen = g.edge[g.block[n], a], renew(g, n, a, False, 0.0)
    for k in range(seen):
        c = g.child[e + k]
        v = max(g.vector[c], 0)
        begin, near = g.v_first[v], g.v_low[v] >= 0
        if near:
            begin -= g.v_low[v]
        else:
            for i in range(begin, begin + g.v_size[v]):
                g.spare[g.v_place[i]] = g.v_value[i]
        for i in range(g.o_first[k], g.o_first[k + 1]):
            s2 = g.o_state[i]
            g.ahead[s2] += g.o_look[i] * (g.v_value[begin + s2] if near else g.spare[s2])
    first, last = g.first[n], g.first[n] + g.size[n]
    for i in range(first, last):
        s, x = g.place[i], 0.0
        row = a * len(g.corner) + s
        for j in range(g.t_first[row], g.t_first[row + 1]):
            x += g.t_p[j] * g.ahead[g.t_to[j]]
        g.spare[i - first] = g.expected[a, s] + g.gamma * x
    enter_vector(g, a, g.place[first:last], g.spare, 0, last - first)
    for k in range(seen):
        for i in range(g.o_first[k], g.o_first[k + 1]):
            g.ahead[g.o_state[i]] = 0.0
