"""The mountain car of Sutton & Barto 2018, example 10.1 (Moore 1990; Singh & Sutton 1996).

An underpowered car in a valley has to swing back and forth to reach the top of the right slope. Each step costs 1;
nothing but the top ends an episode. Numbers are the book's, without units.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.models.walk import START, WALK

LEFT: Final = -1.2
TOP: Final = 0.5
FASTEST: Final = 0.07


class Car(NamedTuple):
    """A mountain car as kernels walk it."""

    body: NDArray[np.float64]  # (2,) position and velocity


def _start_car(model: Any, memory: Any, rng: Any) -> Any:  # compiled into each learner, as those of models/walk.py
    model.body[0] = -0.6 + 0.2 * rng.random()
    model.body[1] = 0.0
    return np.int64(0)


def _step_car(model: Any, memory: Any, s: Any, a: Any, rng: Any) -> Any:
    x, v = model.body[0], model.body[1]
    v = min(max(v + 0.001 * (a - 1) - 0.0025 * math.cos(3 * x), -FASTEST), FASTEST)
    x = min(max(x + v, LEFT), TOP)
    if x == LEFT:
        v = 0.0
    model.body[0], model.body[1] = x, v
    return np.int64(0), -1.0, x >= TOP


START[Car], WALK[Car] = _start_car, _step_car


@dataclass(frozen=True)
class MountainCar:
    """The mountain car: a continuous problem for `em.learn.LinearSarsa`.

    Actions 0, 1 and 2 are full throttle in reverse, none, and full throttle forward. Episodes start at rest, at a
    position drawn uniformly from -.6 to -.4.
    """

    @property
    def walk(self) -> Car:
        """The model that learners walk, with a body of its own."""
        return Car(np.zeros(2))

    @property
    def low(self) -> NDArray[np.float64]:
        """Least position and velocity (2,)."""
        return np.array([LEFT, -FASTEST])

    @property
    def high(self) -> NDArray[np.float64]:
        """Greatest position and velocity (2,)."""
        return np.array([TOP, FASTEST])

    @property
    def actions(self) -> int:
        """Number of actions (3)."""
        return 3

    @property
    def memory_size(self) -> int:
        """Length of a walk's memory (see `models/walk.py`)."""
        return 1
