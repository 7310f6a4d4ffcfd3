"""Upper bounds by Lagrangian multipliers, and the forward search that they prune.

The return of a melody is the sum over groups G of rules. If each group may choose its own melody, the sum of their
best is an upper bound.
Multipliers on (group, step, token) that sum to zero over groups leave every melody's return as it is, and lower that
bound when they make the groups agree (Lagrangian decomposition: Guignard & Kim 1987; subgradient steps: Polyak 1969,
deflected as by Camerini, Fratta & Maffioli 1975).
All multipliers are multiples of the quantum, so every bound is an exact number.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import inner, njit
from evomusic.core.optimum.layers import Flat
from evomusic.core.reward import QUANTUM

MOMENTUM, PATIENCE = 0.9, 20  # of the subgradient steps: share of the old heading, steps without success
FEW, MANY = 512, 4_000_000  # sizes that a layer of the search starts with, and may at most grow to


class Bounds(NamedTuple):
    """Multipliers (G, T, A), value to go by group row and token `q` (N, A), and the bound of all melodies."""

    multipliers: NDArray[np.float64]
    q: NDArray[np.float64]
    upper: float


class Layer(NamedTuple):
    """One step's states: group rows (S, G), best value so far, bound of the whole, and the edge that led there."""

    rows: NDArray[np.int32]
    reached: NDArray[np.float64]
    bound: NDArray[np.float64]
    parent: NDArray[np.int32]
    token: NDArray[np.uint8]


@njit(cache=True, fastmath={"nnan", "nsz"})
def _values_to_go(
    flat: Any, multipliers: Any, q: Any, top: Any, path: Any
) -> Any:  # Flat, (G, T, A), (N, A) or (0, A), (N + 1,), (G, T)
    """Fill q with value + multiplier + best value to go; best path of each group; sum of their bests.

    Nothing is written to a q of no rows: it is as large as all else together, and most calls need only its path.
    """
    following, value, place, size = flat.next, flat.value, flat.place, flat.size
    groups, steps = place.shape
    tokens = following.shape[1]
    total = 0.0
    top[len(top) - 1] = 0.0  # the last step leads there
    for g in range(groups):
        for t in range(steps - 1, -1, -1):
            ahead = top[place[g, t + 1] if t + 1 < steps else len(top) - 1 :]
            for i in range(place[g, t], place[g, t] + size[g, t]):
                best = -np.inf
                for a in range(tokens):
                    x = value[i, a] + multipliers[g, t, a] + ahead[np.uint64(following[i, a])]
                    best = max(best, x)
                    if len(q):
                        q[i, a] = x
                top[i] = best
        total += top[place[g, 0]]
        row = 0
        for t in range(steps):
            i, a = place[g, t] + row, 0
            ahead = top[place[g, t + 1] if t + 1 < steps else len(top) - 1 :]
            while value[i, a] + multipliers[g, t, a] + ahead[following[i, a]] != top[i]:
                a += 1
            path[g, t] = a
            row = following[i, a]
    return total


def tighten(flat: Flat, start: NDArray[np.float64], target: float, rounds: int) -> Bounds:
    """Lower the bound by subgradient steps towards a return that some melody reaches.

    Args:
        flat: the groups.
        start: (G, T, A) multipliers to begin with; sum to zero over groups.
        target: the return of a melody that was found.
        rounds: number of steps.
    """
    groups, steps = flat.place.shape
    q, none, top = np.empty(flat.value.shape), np.empty((0, flat.value.shape[1])), np.empty(len(flat.value) + 1)
    path, at = np.empty((groups, steps), np.int64), np.arange(steps)
    best, tightest, trial, scale, stale = np.inf, start, start, 1.0, 0
    heading = np.zeros(start.shape)
    for _ in range(rounds):
        upper = _values_to_go(flat, trial, none, top, path)
        if upper < best:
            best, tightest, stale = upper, trial, 0
        else:
            stale += 1
            if stale == PATIENCE:
                scale, stale = 0.7 * scale, 0
        if best <= target or (path == path[0]).all():
            break
        slope = np.zeros(start.shape)
        for g in range(groups):
            slope[g, at, path[g]] += 1
        slope -= slope.mean(axis=0)
        heading = MOMENTUM * heading + (1 - MOMENTUM) * slope
        trial = _exact(trial - scale * max(best - target, 1e-3) / (slope**2).sum() * heading)
    return Bounds(tightest, q, float(_values_to_go(flat, tightest, q, top, path)))


def _exact(multipliers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Multipliers as multiples of the quantum that sum to exactly zero over groups."""
    rounded = np.round(multipliers / QUANTUM) * QUANTUM
    rounded[-1] = -rounded[:-1].sum(axis=0)
    return np.asarray(rounded)


@inner()
def _find(c: Any, groups: Any, rows: Any, ids: Any) -> Any:  # (G,), G, (S, G), hash table
    """Place of a row of group rows in a hash table, or of the free cell for it; rows are compared whole."""
    h = np.uint64(1469598103934665603)
    for g in range(groups):
        h = (h ^ np.uint64(c[g] + 1)) * np.uint64(0x9E3779B97F4A7C15)
        h ^= h >> np.uint64(29)
    at = np.int64(h & np.uint64(len(ids) - 1))
    while ids[at] >= 0:
        same = True
        for g in range(groups):
            if rows[ids[at], g] != c[g]:
                same = False
                break
        if same:
            break
        at = (at + 1) & (len(ids) - 1)
    return at


@njit(cache=True)
def _expand(
    flat: Any, q: Any, t: Any, rows: Any, reached: Any, least: Any, room: Any
) -> Any:  # room: arrays of the next layer
    """Successors whose bound is at least `least`, each with its best value so far; -1 when the arrays are too small."""
    ahead, value, bound, parent, token, ids, c, sums = room
    following, place = flat.next, flat.place
    groups, tokens = len(place), following.shape[1]
    whole, so_far = sums[0], sums[1]
    ids[:] = -1
    count = 0
    for s in range(len(rows)):
        whole[:] = reached[s]
        so_far[:] = reached[s]
        for g in range(groups):
            i = place[g, t] + rows[s, g]
            for a in range(tokens):
                whole[a] += q[i, a]
                so_far[a] += flat.value[i, a]
        for a in range(tokens):
            if whole[a] < least:
                continue
            for g in range(groups):
                c[g] = following[place[g, t] + rows[s, g], a]
            at = _find(c, groups, ahead, ids)
            k = ids[at]
            if k < 0:
                if count == len(value):
                    return -1
                k = ids[at] = count
                count += 1
                for g in range(groups):
                    ahead[k, g] = c[g]
            elif so_far[a] <= value[k]:
                continue
            value[k], bound[k], parent[k], token[k] = so_far[a], whole[a], s, a
    return count


def _room(size: int, groups: int, tokens: int) -> tuple[NDArray[Any], ...]:
    """Arrays of a layer of at most `size` states, its hash table, and scratch for a state's successors."""
    table = 1 << (2 * size - 1).bit_length()
    return (
        np.empty((size, groups), np.int32),
        np.empty(size),
        np.empty(size),
        np.empty(size, np.int32),
        np.empty(size, np.uint8),
        np.empty(table, np.int32),
        np.empty(groups, np.int32),
        np.empty((2, tokens)),
    )


def forward(flat: Flat, bounds: Bounds, least: float, beam: int = 0, budget: int = MANY) -> tuple[list[Layer], bool]:
    """Layers of states whose bound is at least `least`, from the start.

    Args:
        flat: the groups.
        bounds: multipliers and values to go.
        least: states below are dropped: no melody through them returns as much.
        beam: keep only this many of a layer, those of the best bound; 0 keeps all.
        budget: most states of all layers.

    Returns:
        The layers, and whether they are complete: False when the budget did not suffice.
    """
    groups, steps = flat.place.shape
    rows, reached = np.zeros((1, groups), np.int32), np.zeros(1)
    layers: list[Layer] = []
    size, total = FEW, 0
    for t in range(steps):
        while True:
            room = _room(size, groups, flat.next.shape[1])
            count = _expand(flat, bounds.q, t, rows, reached, least, room)
            if count >= 0:
                break
            size *= 4
            if size > 4 * budget:
                return layers, False
        keep = np.arange(count)
        if beam and count > beam:
            keep = np.sort(np.argsort(-room[2][:count], kind="stable")[:beam])
        layer = Layer(*(x[keep] for x in room[:5]))
        layers.append(layer)
        total += len(keep)
        if total > budget or not len(keep):
            return layers, total <= budget
        rows, reached = layer.rows, layer.reached
    return layers, True


def best_path(layers: list[Layer]) -> tuple[float, NDArray[np.uint8]]:
    """Value and tokens (T,) of the best melody through complete layers."""
    at = int(layers[-1].reached.argmax())
    value = float(layers[-1].reached[at])
    tokens = np.empty(len(layers), np.uint8)
    for t in range(len(layers) - 1, -1, -1):
        tokens[t] = layers[t].token[at]
        at = int(layers[t].parent[at])
    return value, tokens
