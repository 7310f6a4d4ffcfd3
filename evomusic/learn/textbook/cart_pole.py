"""The cart-pole of Barto, Sutton & Anderson 1983, seen through 162 boxes.

A cart on a track of 4.8 m is pushed left or right by 10 N every .02 s and carries a pole that must not fall. The reward
is -1 when the pole leans more than 12 degrees or the cart leaves the track, which ends the episode, and 0 elsewhere.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import njit
from evomusic.core.checks import number
from evomusic.learn.explore import store
from evomusic.models.walk import START, WALK

BOXES: Final = 162
TRACK: Final = 2.4  # m either way
LEAN: Final = math.radians(12)
DEGREE: Final = math.radians(1)
FAST: Final = math.radians(50)  # a second


class Cart(NamedTuple):
    """A cart-pole as kernels walk it; `body` is position, velocity, angle and angular velocity (m, s, radians)."""

    body: NDArray[np.float64]  # (4,)
    cart: float
    pole: float
    half: float
    rub_cart: float
    rub_pole: float
    force: float
    tau: float
    gravity: float


@njit(cache=True)
def box(body: Any) -> Any:  # (4,)
    """Return the box of a state: 3 of position, 3 of velocity, 6 of angle, 3 of angular velocity."""
    x, speed, lean, turn = body
    place = (x >= -0.8) + (x >= 0.8)
    drift = (speed >= -0.5) + (speed >= 0.5)
    angle = (lean >= -6 * DEGREE) + (lean >= -DEGREE) + (lean >= 0) + (lean >= DEGREE) + (lean >= 6 * DEGREE)
    swing = (turn >= -FAST) + (turn >= FAST)
    return np.int64(place + 3 * drift + 9 * angle + 54 * swing)


@njit(cache=True)
def push(model: Any, force: Any) -> Any:
    """Make one step of Euler's method on the equations of the paper's appendix."""
    body, mass = model.body, model.cart + model.pole
    x, speed, lean, turn = body
    rub = model.rub_cart * np.sign(speed)
    sine, cosine, heavy = math.sin(lean), math.cos(lean), model.pole * model.half
    pull = cosine * (rub - force - heavy * turn * turn * sine) / mass - model.rub_pole * turn / heavy
    bend = (model.gravity * sine + pull) / (model.half * (4 / 3 - model.pole * cosine * cosine / mass))
    rush = (force + heavy * (turn * turn * sine - bend * cosine) - rub) / mass
    body[0] = x + model.tau * speed
    body[1] = speed + model.tau * rush
    body[2] = lean + model.tau * turn
    body[3] = turn + model.tau * bend


def _start_cart(model: Any, memory: Any, rng: Any) -> Any:  # compiled into each learner, as those of models.py
    model.body[:] = 0.0
    return box(model.body)


def _step_cart(model: Any, memory: Any, s: Any, a: Any, rng: Any) -> Any:
    push(model, model.force if a == 1 else -model.force)
    fell = abs(model.body[0]) > TRACK or abs(model.body[2]) > LEAN
    return box(model.body), -1.0 if fell else 0.0, fell


START[Cart] = _start_cart
WALK[Cart] = _step_cart


@dataclass(frozen=True, kw_only=True)
class CartPole:
    """The cart-pole problem; action 0 pushes left, 1 right; episodes start upright in the middle, at rest.

    Args:
        cart: mass of the cart in kg.
        pole: mass of the pole in kg.
        half: half the pole's length in m.
        rub_cart: friction of the cart on the track, a coefficient.
        rub_pole: friction of the pole on the cart, a coefficient.
        force: force of a push in N.
        tau: duration of a step in s.
        gravity: acceleration in m/s^2.

    Raises:
        ValueError: a number is not above 0 (friction: not 0 or more).
    """

    cart: float = 1.0
    pole: float = 0.1
    half: float = 0.5
    rub_cart: float = 0.0005
    rub_pole: float = 0.000002
    force: float = 10.0
    tau: float = 0.02
    gravity: float = 9.8

    def __post_init__(self) -> None:
        for field in fields(self):
            above = None if field.name.startswith("rub") else 0.0
            store(self, **{field.name: number(field.name, getattr(self, field.name), 0.0, above=above)})

    @property
    def walk(self) -> Cart:
        """The model that learners walk, with a body of its own."""
        return Cart(np.zeros(4), *(getattr(self, field.name) for field in fields(self)))

    @property
    def observed_states(self) -> int:
        """Number of states that learners see: boxes (see `models/walk.py`)."""
        return BOXES

    @property
    def actions(self) -> int:
        """Number of actions: left and right."""
        return 2

    @property
    def memory_size(self) -> int:
        """Length of a walk's memory (see `models/walk.py`)."""
        return 1
