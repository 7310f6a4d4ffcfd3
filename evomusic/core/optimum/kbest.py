"""The k best melodies that differ in sound.

States whose bound reaches a threshold hold every melody that returns as much. Their exact values to go are computed
backwards, and melodies are then read off best first. The threshold falls until k are found.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import njit
from evomusic.core.grid import HOLD, REST
from evomusic.core.machine import HEADROOM, Machine
from evomusic.core.melody import canonical
from evomusic.core.optimum.bounds import Layer, _find, forward
from evomusic.core.optimum.layers import Flat, unroll
from evomusic.core.optimum.solve import Bound, NotCertified, Solution

READ = 200_000  # melodies read off at most, where rules tell a rest from a hold in silence


def best_melodies(solution: Solution, k: int) -> list[tuple[float, NDArray[np.uint8]]]:
    """Values and tokens of the k best melodies that differ in sound, best first; fewer when there are no more.

    Raises:
        NotCertified: the optimum is not proved, or the search for the k best grew too large.
    """
    bound = Bound(solution.upper, solution.value, solution.melody)
    if not solution.solved:
        raise NotCertified("the optimum is not proved", bound)
    alike = ignores_silent_holds(solution.machine)
    flat, q = _no_hold_in_silence(solution) if alike else (solution.flat, solution.bounds.q)
    slack = max(abs(solution.value) / 256, 1 / 16)
    while True:
        layers, complete = forward(flat, solution.bounds._replace(q=q), solution.value - slack)
        if not complete:
            raise NotCertified(f"the search for the {k} best grew too large", bound)
        found: dict[bytes, tuple[float, NDArray[np.uint8]]] = {}
        for n, (value, tokens) in enumerate(_melodies(flat, q, layers, solution.value - slack)):
            found.setdefault(canonical(tokens).tobytes(), (value, tokens))
            if len(found) == k:
                return list(found.values())
            if n == READ:
                raise NotCertified(f"the search for the {k} best grew too large", bound)
        if slack > HEADROOM / 4:
            return list(found.values())
        slack *= 4


def ignores_silent_holds(machine: Machine) -> bool:
    """Whether melodies that sound alike have the same return under each rule: none tells a rest from a silent hold."""
    for auto in machine.automata:
        layers = unroll(auto)
        quiet, loud = np.zeros(1, np.int64), np.zeros(0, np.int64)
        for following, value in zip(layers.next, layers.value, strict=True):
            if (following[quiet, REST] != following[quiet, HOLD]).any() or (
                value[quiet, REST] != value[quiet, HOLD]
            ).any():
                return False
            ahead = np.concatenate([following[quiet], following[loud]])
            quiet, loud = (
                np.unique(ahead[:, REST]),
                np.unique(np.concatenate([following[quiet, HOLD + 1 :].ravel(), following[loud, HOLD:].ravel()])),
            )
    return True


def _no_hold_in_silence(solution: Solution) -> tuple[Flat, NDArray[np.float64]]:
    """The groups and one more, which forbids a hold in silence, so that each sound has one row of tokens."""
    flat, (steps, tokens) = solution.flat, (solution.machine.grid.steps, solution.machine.grid.tokens)
    following = np.ones((2, tokens), np.int32)
    following[:, REST] = 0
    following[0, HOLD] = 0
    value = np.zeros((2, tokens))
    value[0, HOLD] = -HEADROOM / 2
    first, later = [following[:1]], [following] * (steps - 1)
    count = np.array([[1] + [2] * (steps - 1)], np.int64)
    added = np.concatenate([value[:1]] + [value] * (steps - 1))
    return Flat(
        np.concatenate([flat.next, *first, *later]),
        np.concatenate([flat.value, added]),
        np.concatenate([flat.place, len(flat.value) + np.cumsum(count, axis=1) - count]),
        np.concatenate([flat.size, count]),
    ), np.concatenate([solution.bounds.q, added])


@njit(cache=True)
def _edges(
    flat: Any, q: Any, t: Any, rows: Any, reached: Any, ahead: Any, least: Any
) -> Any:  # (S, G) states, (S,), (S2, G) states of the next step
    """For each state and token the next state (S, A), -1 where the bound is below `least`, and the reward (S, A)."""
    groups, tokens = rows.shape[1], flat.next.shape[1]
    size = 16
    while size < 2 * len(ahead):
        size *= 2
    ids = np.full(size, np.int32(-1))
    for k in range(len(ahead)):
        ids[_find(ahead[k], groups, ahead, ids)] = k
    child = np.full((len(rows), tokens), np.int32(-1))
    reward = np.zeros((len(rows), tokens))
    c = np.empty(groups, np.int32)
    for s in range(len(rows)):
        for a in range(tokens):
            bound = reached[s]
            for g in range(groups):
                i = flat.place[g, t] + rows[s, g]
                c[g] = flat.next[i, a]
                bound += q[i, a]
                reward[s, a] += flat.value[i, a]
            if bound >= least:
                child[s, a] = ids[_find(c, groups, ahead, ids)]
    return child, reward


def _melodies(
    flat: Flat, q: NDArray[np.float64], layers: list[Layer], least: float
) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    """Every melody that returns at least `least`, best first."""
    rows, reached = np.zeros((1, len(flat.place)), np.int32), np.zeros(1)
    edges = []
    for t, layer in enumerate(layers):
        edges.append(_edges(flat, q, t, rows, reached, layer.rows, least))
        rows, reached = layer.rows, layer.reached
    to_go = [np.zeros(len(layers[-1].rows))]
    for child, reward in reversed(edges):
        to_go.insert(0, np.where(child >= 0, reward + to_go[0][child], -np.inf).max(axis=1))
    heap: list[tuple[float, tuple[int, ...], int, float]] = [(-float(to_go[0][0]), (), 0, 0.0)]
    while heap:
        bound, path, state, so_far = heapq.heappop(heap)
        t = len(path)
        if t == len(layers):
            yield -bound, np.array(path, np.uint8)
            continue
        child, reward = edges[t]
        for a in np.flatnonzero(child[state] >= 0).tolist():
            following, earned = int(child[state, a]), so_far + float(reward[state, a])
            value = earned + float(to_go[t + 1][following])
            if value >= least:
                heapq.heappush(heap, (-value, (*path, a), following, earned))
