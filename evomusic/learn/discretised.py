"""Observations in boxes: a continuous environment as one that tables can learn.

Each dimension is cut into bins. Tables of few bins learn fast and see little (Michie & Chambers 1968; the 162 boxes of
`textbook/cart_pole.py`); tile coding (`linear/`) shares what it learns between overlapping bins instead.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from numpy.typing import ArrayLike, NDArray

from evomusic.core.checks import number, whole, wrong
from evomusic.learn.sampled import check_env

MOST = 2**20  # bins of a dimension


class Discretised(gymnasium.ObservationWrapper[NDArray[np.int64], Any, Any]):
    """An environment of continuous observations, seen through bins.

    Args:
        env: an environment whose observations are a Box of d numbers, in whatever shape.
        bins: for each dimension, a number of equal bins between `low` and `high`, or the edges between bins, which
            increase; or one number for all dimensions. Values beyond the outer bins fall into them.
        low: (d,) where the equal bins begin, or one number for all; the space's own bounds when None.
        high: (d,) where they end.

    Raises:
        ValueError: the observations are no Box, an argument does not fit, or a dimension with equal bins has no bounds.
    """

    def __init__(
        self,
        env: Any,
        bins: int | Sequence[int | Sequence[float]],
        low: ArrayLike | None = None,
        high: ArrayLike | None = None,
    ) -> None:
        check_env(env)
        super().__init__(env)
        space = env.observation_space
        if not isinstance(space, spaces.Box):
            raise wrong("env's observation space", space, "a Box, to be cut into bins")
        size = int(np.prod(space.shape))
        parts = [bins] * size if isinstance(bins, (int, np.integer)) else list(bins)
        if len(parts) != size:
            raise wrong("bins", bins, f"a whole number, or {size}, one a dimension")
        lows, highs = bounds("low", low, space.low, size), bounds("high", high, space.high, size)
        self.edges = [_edges(i, *part) for i, part in enumerate(zip(parts, lows, highs, strict=True))]
        self.observation_space = spaces.MultiDiscrete([len(edges) + 1 for edges in self.edges])

    def observation(self, observation: Any) -> NDArray[np.int64]:
        """Return the bins (d,) that an observation falls into.

        Raises:
            ValueError: a number of it is NaN.
        """
        values = np.asarray(observation).ravel().tolist()
        if any(value != value for value in values):
            raise wrong("an observation of env", observation, "numbers")
        return np.array([bisect_right(*pair) for pair in zip(self.edges, values, strict=True)])


def bounds(name: str, value: ArrayLike | None, own: NDArray[Any], size: int) -> list[float]:
    """Return the bounds of each dimension: those of the space when None.

    Raises:
        ValueError: they are not numbers, or not as many as there are dimensions.
    """
    try:
        return [float(x) for x in np.broadcast_to(own.ravel() if value is None else np.asarray(value, float), (size,))]
    except (TypeError, ValueError):
        raise wrong(name, value, f"a number, or {size}, one a dimension") from None


def _edges(i: int, part: Any, low: float, high: float) -> list[float]:
    """Return the edges between the bins of a dimension."""
    if not isinstance(part, (int, np.integer)):
        edges = [number(f"an edge of bins[{i}]", edge) for edge in part]
        if any(a >= b for a, b in pairwise(edges)):
            raise wrong(f"bins[{i}]", part, "edges that increase")
        return edges
    n = whole(f"bins[{i}]", part, 1, MOST)
    if n > 1 and not -np.inf < low < high < np.inf:
        raise ValueError(f"dimension {i} is cut into {n} bins from {low:g} to {high:g}, expected finite low below high")
    return [low + (high - low) * k / n for k in range(1, n)]
