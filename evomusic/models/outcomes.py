"""Outcomes of every state and action as one record array, and the functions that walk it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.models.walk import START, WALK

ROW = np.dtype([("p", "f8"), ("reward", "f8"), ("to", "i4"), ("end", "i4")])
TOLERANCE = 1e-9  # of sums of probabilities


class Outcomes(NamedTuple):
    """A finite MDP as kernels walk it: outcomes of (s, a) are rows first[s * A + a] to first[s * A + a + 1] - 1.

    The last group, number S * A, holds the first states of episodes.
    """

    first: NDArray[np.int64]  # (S * A + 2,)
    rows: NDArray[Any]  # (N,) ROW
    actions: int


def _start_outcomes(model: Any, memory: Any, rng: Any) -> Any:  # compiled into each learner, as those of walk.py
    first, rows = model.first, model.rows
    i, last = first[len(first) - 2], first[len(first) - 1] - 1
    if i < last:
        u = rng.random()
        while i < last and u >= rows[i]["p"]:
            u -= rows[i]["p"]
            i += 1
    return np.int64(rows[i]["to"])


def _step_outcomes(model: Any, memory: Any, s: Any, a: Any, rng: Any) -> Any:
    rows, group = model.rows, s * model.actions + a
    i, last = model.first[group], model.first[group + 1] - 1
    if i < last:  # no number is drawn where there is one outcome
        u = rng.random()
        while i < last and u >= rows[i]["p"]:
            u -= rows[i]["p"]
            i += 1
    return np.int64(rows[i]["to"]), rows[i]["reward"], rows[i]["end"] != 0


START[Outcomes] = _start_outcomes
WALK[Outcomes] = _step_outcomes
