"""Pareto fronts: non-dominated ranks, crowding distance, hypervolume. All objectives are to be maximised.

A point dominates another when it is nowhere less and somewhere more. Letters: N points, M objectives.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import njit
from evomusic.core.checks import wrong

Floats = NDArray[np.float64]
Index = NDArray[np.int64]


@njit(cache=True, nogil=True)
def _ranked(values: Any) -> Any:  # (N, M) float64, in falling lexicographic order
    """Front of each point: no later point dominates an earlier, so each enters the first front without a dominator."""
    n, objectives = values.shape
    rank, before = np.empty(n, np.int64), np.empty(n, np.int64)  # before: the previous point of the same front
    latest, fronts = np.empty(n, np.int64), 0
    for i in range(n):
        front = 0
        while front < fronts:
            j, dominated = latest[front], False
            while j >= 0 and not dominated:
                nowhere_less, more = True, False
                for m in range(objectives):
                    if values[j, m] < values[i, m]:
                        nowhere_less = False
                        break
                    more |= values[j, m] > values[i, m]
                dominated = nowhere_less and more
                j = before[j]
            if not dominated:
                break
            front += 1
        before[i] = -1 if front == fronts else latest[front]
        fronts = max(fronts, front + 1)
        latest[front] = i
        rank[i] = front
    return rank


def ranks(values: Floats) -> Index:
    """Non-dominated rank (N,) of points (N, M): 0 for the Pareto front, 1 for that of the rest, and so on.

    Efficient non-dominated sort (Zhang, Tian, Cheng & Jin 2015); the ranks are those of Deb et al. (2002).
    """
    order = np.lexsort(-values.T[::-1])
    out = np.empty(len(values), np.int64)
    out[order] = _ranked(np.ascontiguousarray(values[order]))
    return out


def crowding(values: Floats, rank: Index) -> Floats:
    """Crowding distance (N,) of points (N, M) within their fronts (Deb et al. 2002, III B).

    The sum over objectives of the gap between a point's two neighbours in its front, divided by the front's span; the
    ends of a front have infinite distance. An objective in which a front has no span is left out.
    """
    out = np.zeros(len(values))
    for column in values.T:
        order = np.lexsort((column, rank))
        v, r = column[order], rank[order]
        edge = np.ones(len(v) + 1, np.bool_)  # before each point, and after the last
        edge[1:-1] = r[1:] != r[:-1]
        span = (v[edge[1:]] - v[edge[:-1]])[r]
        gap = np.full(len(v), np.inf)
        gap[1:-1] = v[2:] - v[:-2]
        gap[edge[1:] | edge[:-1]] = np.inf
        out[order] += np.divide(gap, span, out=np.zeros(len(v)), where=span > 0)
    return out


class Survivors(NamedTuple):
    """Indices of the survivors (n,), best first, and their standing (n,): 0 for the best, less for others."""

    chosen: Index
    standing: Floats


def survivors(values: Floats, n: int) -> Survivors:
    """Survivor selection of NSGA-II: n of the points (N, M) by front, then by crowding; of equals the earlier."""
    rank = ranks(values)
    crowd = crowding(values, rank)
    chosen = np.lexsort((-crowd, rank))[:n]
    r, c = rank[chosen], crowd[chosen]
    worse = (r[1:] != r[:-1]) | (c[1:] != c[:-1])
    return Survivors(chosen, -np.concatenate([np.zeros(1), np.cumsum(worse)])[: len(chosen)])


def hypervolume(values: Floats, reference: Floats | tuple[float, ...]) -> float:
    """Hypervolume that points (N, M) dominate above a reference point (M,), by moocore.

    Points that are not above the reference in every objective are left out.

    Raises:
        ValueError: the reference has another number of objectives, or holds no numbers.
    """
    from moocore import hypervolume as volume  # type: ignore[import-untyped]  # it has no types

    values = np.asarray(values, float)
    try:
        corner = np.asarray(reference, float)
    except (TypeError, ValueError, OverflowError):
        raise wrong("reference", reference, f"{values.shape[-1]} numbers, one for each objective") from None
    if values.ndim != 2 or corner.shape != values.shape[1:]:
        raise ValueError(f"reference has shape {corner.shape}, expected ({values.shape[-1]},): one number an objective")
    above = values[(values > corner).all(axis=1)]
    return float(volume(above, ref=corner, maximise=True)) if len(above) else 0.0
