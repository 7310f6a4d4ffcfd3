"""Automata unrolled over the steps of a melody, minimised backwards, and composed into a few groups for the planner.

A layer holds only the memories that can be reached at its step; those with equal rewards ever after are
merged. Layers are exact: no value is lost or rounded. T steps, A tokens, G groups; rows are memories of one step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import njit
from evomusic.core.automata import Automaton, TooManyStates, row_classes

ROWS = 4_000_000  # rows of one group's layers
SMALL = 400  # rows a step that a merged group may always have
GROWTH = 2  # beyond that, it may have this many times the rows of its parts


class Layers(NamedTuple):
    """next[t] (n_t, A) int32: rows of layer t + 1; value[t] (n_t, A). Layer 0 has one row; the last leads to 0."""

    next: list[NDArray[np.int32]]
    value: list[NDArray[np.float64]]

    @property
    def rows(self) -> int:
        """Rows of all layers."""
        return sum(len(x) for x in self.next)


def unroll(auto: Automaton) -> Layers:
    """An automaton's memories step by step, minimised."""
    reach = [np.zeros(1, np.int64)]
    for k in auto.slot[:-1]:
        reach.append(np.unique(auto.next[k][reach[-1]]))
    if sum(len(r) for r in reach) > ROWS:
        raise TooManyStates(f"a rule has more than {ROWS} pairs of step and memory; remember less")
    following, value = [], []
    for t, k in enumerate(auto.slot):
        ahead = reach[t + 1] if t + 1 < len(reach) else None
        rows = auto.next[k][reach[t]]
        following.append((np.searchsorted(ahead, rows) if ahead is not None else np.zeros_like(rows)).astype(np.int32))
        value.append(auto.value[k][reach[t]])
    return minimise(Layers(following, value))


def minimise(layers: Layers) -> Layers:
    """Merge rows of equal values that lead to merged rows, from the last layer back."""
    following, value = list(layers.next), list(layers.value)
    classes = np.zeros(1, np.int64)
    for t in range(len(following) - 1, -1, -1):
        ahead = classes[following[t]]
        classes, first = row_classes(np.concatenate([ahead, value[t].view(np.int64)], axis=1))
        following[t], value[t] = ahead[first].astype(np.int32), value[t][first]
    return Layers(following, value)


@njit(cache=True)
def pairs_ahead(
    i: Any,  # rows (S,)
    j: Any,
    xn: Any,  # next (n, A)
    yn: Any,
    number: Any,  # (Sx, Sy) of the layer ahead, -1: filled with the pairs' numbers
    pairs: Any,  # (2, limit) to fill
    count: Any,  # pairs that are numbered already
    following: Any,  # (S, A) to fill
) -> Any:
    """Number the successors of pairs of rows in order of appearance; returns how many, or -1 beyond a limit."""
    for s in range(len(i)):
        for a in range(xn.shape[1]):
            p, q = xn[i[s], a], yn[j[s], a]
            if number[p, q] < 0:
                if count == pairs.shape[1]:
                    return -1
                number[p, q] = count
                pairs[0, count], pairs[1, count] = p, q
                count += 1
            following[s, a] = number[p, q]
    return count


def compose(x: Layers, y: Layers, most: int = 0) -> Layers | None:
    """Product of layers, whose value is the sum of both; None when a step has too many rows before minimisation.

    Args:
        x: layers.
        y: layers of as many steps.
        most: rows that a step may have; as many as `SMALL` and `GROWTH` have it when 0.
    """
    i = j = np.zeros(1, np.int64)
    following, value = [], []
    for t in range(len(x.next)):
        value.append(x.value[t][i] + y.value[t][j])
        width, height = (len(x.next[t + 1]), len(y.next[t + 1])) if t + 1 < len(x.next) else (1, 1)
        if width * height > 2**27:
            return None
        limit = most or 2 * (SMALL + GROWTH * (width + height))
        number, pairs = np.full((width, height), -1, np.int32), np.empty((2, min(limit, width * height)), np.int64)
        rows = np.empty((len(i), x.next[t].shape[1]), np.int32)
        count = pairs_ahead(i, j, x.next[t], y.next[t], number, pairs, 0, rows)
        if count < 0:
            return None
        following.append(rows)
        i, j = pairs[:, :count].copy()
    return minimise(Layers(following, value))


def regroup(automata: Sequence[Automaton]) -> list[Layers]:
    """Unroll automata and merge those whose minimised product grows little: rules that share memory end up together."""
    groups: list[Layers] = []
    for layers in sorted((unroll(a) for a in automata), key=lambda x: x.rows, reverse=True):
        place, best = _cheapest(groups, layers)
        if best is None:
            groups.append(layers)
        else:
            groups[place] = best
    return groups


def _cheapest(groups: Sequence[Layers], layers: Layers) -> tuple[int, Layers | None]:
    """The group that grows least when `layers` is merged into it, and the merged group; None when all grow too much."""
    place, best, least = -1, None, np.inf
    for g, group in enumerate(groups):
        most = max(SMALL * len(group.next), GROWTH * (group.rows + layers.rows))
        both = compose(group, layers)
        if both is not None and both.rows <= most and both.rows - group.rows < least:
            place, best, least = g, both, both.rows - group.rows
    return place, best


def merged(
    groups: list[Layers], multipliers: NDArray[np.float64], most: int
) -> tuple[list[Layers], NDArray[np.float64]]:
    """Compose further groups, least products first, while all have at most `most` rows together: bounds get tighter.

    The multipliers (G, T, A) of groups that are composed are added, so that no bound is lost.
    """
    while len(groups) > 1:
        product, i, j = min(
            (_product(groups[i], groups[j]), i, j) for i in range(len(groups)) for j in range(i + 1, len(groups))
        )
        if product + sum(g.rows for g in groups) > 4 * most:
            break
        both = compose(groups[i], groups[j], most=most)
        if both is None or both.rows + sum(g.rows for g in groups) - groups[i].rows - groups[j].rows > most:
            break
        groups = [*groups[:i], both, *groups[i + 1 : j], *groups[j + 1 :]]
        added = multipliers.copy()
        added[i] += added[j]
        multipliers = np.delete(added, j, axis=0)
    return groups, multipliers


def _product(x: Layers, y: Layers) -> int:
    """Rows of a product in which all pairs can be reached."""
    return sum(len(a) * len(b) for a, b in zip(x.next, y.next, strict=True))


class Flat(NamedTuple):
    """Groups end to end, as kernels read them: rows of group g at step t begin at place[g, t] and number size[g, t]."""

    next: NDArray[np.int32]  # (N, A)
    value: NDArray[np.float64]  # (N, A)
    place: NDArray[np.int64]  # (G, T)
    size: NDArray[np.int64]  # (G, T)


def flatten(groups: Sequence[Layers]) -> Flat:
    """Lay all rows of all groups end to end."""
    count = np.array([[len(x) for x in g.next] for g in groups], np.int64)
    ends = np.cumsum(count.ravel())
    return Flat(
        np.concatenate([x for g in groups for x in g.next]),
        np.concatenate([x for g in groups for x in g.value]),
        (ends - count.ravel()).reshape(count.shape),
        count,
    )
