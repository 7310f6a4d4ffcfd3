"""Where the global generators of `random` and `numpy.random` stand, for work that draws from them, as DEAP does."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

X = TypeVar("X")
_TABLE = threading.RLock()  # the generators are the whole process's: one thread at a time may have its own dice there


class Dice(NamedTuple):
    """States of the global generators of `random` and `numpy.random`; a Gauss pair is (is one left, which)."""

    words: NDArray[np.uint32]  # (625,)
    gauss: NDArray[np.float64]  # (2,)
    key: NDArray[np.uint32]  # (624,)
    place: int
    normal: NDArray[np.float64]  # (2,)


def seeded(rng: np.random.Generator) -> Dice:
    """States seeded from a generator."""
    _, words, _ = random.Random(int(rng.integers(2**63))).getstate()
    key: Any = np.random.MT19937(int(rng.integers(2**63))).state["state"]
    nothing = np.zeros(2)
    return Dice(np.array(words, np.uint32), nothing, key["key"], int(key["pos"]), nothing)


def current() -> Dice:
    """The states of the global generators as they are."""
    _, words, gauss = random.getstate()
    legacy: Any = np.random.get_state()  # noqa: NPY002  # DEAP draws from the global one
    _, key, place, has, normal = legacy
    left = np.array([gauss is not None, gauss or 0.0], np.float64)
    return Dice(np.array(words, np.uint32), left, key, int(place), np.array([has, normal], np.float64))


def throw(dice: Dice) -> None:
    """Put the global generators into these states."""
    random.setstate((3, tuple(dice.words.tolist()), float(dice.gauss[1]) if dice.gauss[0] else None))
    np.random.set_state(("MT19937", dice.key, dice.place, int(dice.normal[0]), float(dice.normal[1])))  # noqa: NPY002


def drawing_from(dice: Dice, work: Callable[[], X]) -> tuple[X, Dice]:
    """What work gives while the global generators draw from these dice, and the dice after it."""
    with _TABLE:
        outside = current()
        throw(dice)
        try:
            return work(), current()
        finally:
            throw(outside)


def drawn() -> np.random.Generator:
    """A generator seeded from the global one: for an encoding's operators among DEAP's."""
    return np.random.default_rng(random.getrandbits(128))
