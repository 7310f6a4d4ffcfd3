"""States of the global generators of `random` and `numpy.random`, for code that draws from them, as DEAP does."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

X = TypeVar("X")
_LOCK = threading.RLock()  # the whole process shares the generators: one thread at a time may set them


class GlobalState(NamedTuple):
    """States of the global generators; `gauss` and `normal` are (is a normal number cached, its value)."""

    words: NDArray[np.uint32]  # (625,)
    gauss: NDArray[np.float64]  # (2,)
    key: NDArray[np.uint32]  # (624,)
    place: int
    normal: NDArray[np.float64]  # (2,)


def seeded(rng: np.random.Generator) -> GlobalState:
    """States seeded from a generator."""
    _, words, _ = random.Random(int(rng.integers(2**63))).getstate()
    key: Any = np.random.MT19937(int(rng.integers(2**63))).state["state"]
    nothing = np.zeros(2)
    return GlobalState(np.array(words, np.uint32), nothing, key["key"], int(key["pos"]), nothing)


def current() -> GlobalState:
    """The states of the global generators as they are."""
    _, words, gauss = random.getstate()
    legacy: Any = np.random.get_state()  # noqa: NPY002  # DEAP draws from the global one
    _, key, place, has, normal = legacy
    left = np.array([gauss is not None, gauss or 0.0], np.float64)
    return GlobalState(np.array(words, np.uint32), left, key, int(place), np.array([has, normal], np.float64))


def restore(state: GlobalState) -> None:
    """Put the global generators into these states."""
    random.setstate((3, tuple(state.words.tolist()), float(state.gauss[1]) if state.gauss[0] else None))
    np.random.set_state(("MT19937", state.key, state.place, int(state.normal[0]), float(state.normal[1])))  # noqa: NPY002


def drawing_from(state: GlobalState, work: Callable[[], X]) -> tuple[X, GlobalState]:
    """Run `work` with the global generators in a state; return its result, and their state after it."""
    with _LOCK:
        outside, outside_numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
        restore(state)
        try:
            return work(), current()
        finally:
            random.setstate(outside)
            np.random.set_state(outside_numpy)  # noqa: NPY002


def drawn() -> np.random.Generator:
    """A generator seeded from the global one, for an encoding's operators among DEAP's."""
    return np.random.default_rng(random.getrandbits(128))
