"""Kernels of nodes: beliefs that can follow, and the table that finds them again."""

from __future__ import annotations

from typing import Any

import numpy as np

from evomusic._jit import inner, njit
from evomusic.plan.pomdp.store import BLOCKS, EDGES, NODES, PLACES

ODD1, ODD2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
SHIFT = np.uint64(29)
SCALE = 1e12  # equal beliefs agree to 12 decimals


@inner()
def find(slots: Any, hashes: Any, one: Any, two: Any) -> Any:
    """The slot of a hash, or the free slot where it belongs."""
    mask = np.uint64(len(slots) - 1)
    at = one & mask
    while slots[at] >= 0 and (hashes[slots[at], 0] != one or hashes[slots[at], 1] != two):
        at = (at + np.uint64(1)) & mask
    return at


@njit(cache=True, nogil=True)
def enter_all(slots: Any, hashes: Any, nodes: Any) -> Any:
    """Enter nodes in an empty table."""
    for n in range(nodes):
        slots[find(slots, hashes, hashes[n, 0], hashes[n, 1])] = n


@inner()
def hashed(states: Any, shares: Any, first: Any, last: Any) -> Any:
    """128 bits that tell a belief from others."""
    one, two = np.uint64(1469598103934665603), np.uint64(1099511628211)
    for i in range(first, last):
        rounded = np.int64(np.rint(shares[i] * SCALE))
        if rounded > 0:
            x = np.uint64(states[i]) * ODD2 + np.uint64(rounded)
            one = (one ^ x) * ODD1
            one ^= one >> SHIFT
            two = (two + x * ODD2) * ODD1
            two ^= two >> SHIFT
    return one, two


@inner()
def node_of(g: Any, states: Any, shares: Any, first: Any, last: Any) -> Any:
    """The number of a belief; a new one enters with the bounds that need no search."""
    one, two = hashed(states, shares, first, last)
    at = find(g.slots, g.hash, one, two)
    if g.slots[at] >= 0:
        return g.slots[at]
    n = g.used[NODES]
    g.used[NODES] = n + 1
    g.slots[at] = n
    g.hash[n, 0], g.hash[n, 1] = one, two
    upper, corners = -np.inf, 0.0
    for a in range(len(g.expected)):
        x = 0.0
        for i in range(first, last):
            x += shares[i] * g.informed[a, states[i]]
        upper = max(upper, x)
    for i in range(first, last):
        corners += shares[i] * g.corner[states[i]]
    g.upper[n], g.lower[n], g.worth[n] = min(upper, corners), g.floor, -np.inf
    g.first[n], g.block[n], g.vector[n] = -1, -1, -1
    g.tried[n], g.asked[n], g.logged[n], g.latest[n], g.walked[n] = 0, 0, np.inf, -1, 0
    return n


@inner()
def stored(g: Any, n: Any, states: Any, shares: Any, first: Any, last: Any) -> Any:
    """Put the belief of a node into the pool."""
    if g.first[n] < 0:
        at = g.used[PLACES]
        g.first[n], g.size[n] = at, last - first
        for i in range(first, last):
            g.place[at + i - first] = states[i]
            g.share[at + i - first] = shares[i]
        g.used[PLACES] = at + last - first


@inner()
def in_order(numbers: Any, count: Any) -> Any:
    """Sort the first of some numbers in place, by Shell's method: most come in order. numpy's sort makes a list."""
    step = 1
    while step < count // 9:
        step = 3 * step + 1
    while step > 0:
        for i in range(step, count):
            x, j = numbers[i], i
            while j >= step and numbers[j - step] > x:
                numbers[j] = numbers[j - step]
                j -= step
            numbers[j] = x
        step //= 3


@inner()
def look_ahead(g: Any, n: Any, a: Any) -> Any:
    """Fill `o_seen`, `o_first`, `o_state`, `o_share`, `o_look`: beliefs that follow; return how many there are.

    Shares are joint probabilities until `open_node` or a caller divides them by their sum.
    """
    states = len(g.corner)
    count = 0
    for i in range(g.first[n], g.first[n] + g.size[n]):
        row = a * states + g.place[i]
        for j in range(g.t_first[row], g.t_first[row + 1]):
            s2 = g.t_to[j]
            if g.ahead[s2] == 0:
                g.reached[count] = s2
                count += 1
            g.ahead[s2] += g.share[i] * g.t_p[j]
    in_order(g.reached, count)
    seen = 0
    for i in range(count):
        row = a * states + g.reached[i]
        for j in range(g.z_first[row], g.z_first[row + 1]):
            if g.o_count[g.z_to[j]] == 0:
                g.o_seen[seen] = g.z_to[j]
                seen += 1
            g.o_count[g.z_to[j]] += 1
    g.o_first[0] = 0
    for k in range(seen):
        o = g.o_seen[k]
        g.o_first[k + 1] = g.o_first[k] + g.o_count[o]
        g.o_count[o] = g.o_first[k]
    for i in range(count):
        s2 = g.reached[i]
        row = a * states + s2
        for j in range(g.z_first[row], g.z_first[row + 1]):
            o = g.z_to[j]
            at = g.o_count[o]
            g.o_count[o] = at + 1
            g.o_state[at], g.o_share[at], g.o_look[at] = s2, g.ahead[s2] * g.z_p[j], g.z_p[j]
        g.ahead[s2] = 0.0
    for k in range(seen):
        g.o_count[g.o_seen[k]] = 0
    return seen


@inner()
def divided(g: Any, k: Any) -> Any:
    """Make shares of the k-th belief that follows sum to 1; return its probability."""
    total = 0.0
    for i in range(g.o_first[k], g.o_first[k + 1]):
        total += g.o_share[i]
    if total > 0:
        for i in range(g.o_first[k], g.o_first[k + 1]):
            g.o_share[i] /= total
    return total


@inner()
def open_node(g: Any, n: Any) -> Any:
    """Enter all that can follow a node."""
    k = g.used[BLOCKS]
    g.used[BLOCKS] = k + 1
    g.block[n], g.owner[k] = k, n
    for a in range(len(g.expected)):
        g.edge[k, a] = g.used[EDGES]
        r = 0.0
        for i in range(g.first[n], g.first[n] + g.size[n]):
            r += g.share[i] * g.expected[a, g.place[i]]
        g.reward[k, a] = r
        for j in range(look_ahead(g, n, a)):
            p = divided(g, j)
            e = g.used[EDGES]
            g.used[EDGES] = e + 1
            g.likely[e] = p
            g.child[e] = node_of(g, g.o_state, g.o_share, g.o_first[j], g.o_first[j + 1])
    g.edge[k, len(g.expected)] = g.used[EDGES]
