"""Parent selection among several objectives by dominance itself, not by the front that a point lies on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evomusic.evolve.selection.fronts import Index, crowding, ranks


def by_dominance(values: NDArray[np.float64], n: int, rng: np.random.Generator) -> Index:
    """Indices (n,) of the winners of tournaments of two: who dominates the other, else who is less crowded.

    Of two that are equally crowded chance decides. Of points on different fronts that do not dominate each other the
    less crowded wins, so that an end of a later front, whose distance is infinite, has offspring as often as others.

    Args:
        values: (N, M) objectives, greater is better.
        n: number of tournaments, drawn with replacement.
        rng: source of chance.

    Source: `binary_tournament` of pymoo's NSGA-II, its `comp_by_dom_and_crowding` (Blank & Deb 2020, "pymoo:
    multi-objective optimization in Python"); Deb et al. (2002), III C, compare by front and then by crowding.
    """
    crowd = crowding(values, ranks(values))
    first, second = rng.integers(0, len(values), (2, n))
    one, other = values[first], values[second]
    better, worse = (one > other).any(axis=1), (one < other).any(axis=1)
    heads = rng.random(n) < 0.5
    roomier = np.where(crowd[first] == crowd[second], heads, crowd[first] > crowd[second])
    return np.where(np.where(better == worse, roomier, better), first, second)
