"""What a rule is: a small automaton that reads events and pays values.

A rule is a frozen, hashable dataclass whose fields are its parameters. It owns what it remembers: `read` is given
the memory, one event and a slot with the clock fields named in `hears`, and returns the next memory and a value.
Memories are hashable and few, so that the rule can be written out as a table.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from evomusic.core.grid import Event, Grid, Slot
from evomusic.core.melody import Tokens


@runtime_checkable
class Observer(Protocol):
    """Anything with a start and a read, such as what a view remembers of the history (values are then not used)."""

    @property
    def start(self) -> Hashable:
        """The memory before the first token."""
        ...

    @property
    def hears(self) -> tuple[str, ...]:
        """The clock fields that `read` looks at."""
        ...

    def read(self, memory: Any, event: Event, slot: Slot) -> tuple[Hashable, float]:
        """The memory after the event, and what the event is paid."""
        ...


@runtime_checkable
class Rule(Observer, Hashable, Protocol):
    """An observer whose values are paid. It is hashable, because a reward maps rules to weights."""


class Measure(Protocol):
    """What a measure is; two that are equal give equal values."""

    def __call__(self, melodies: Tokens, grid: Grid, /) -> NDArray[np.float64]:
        """The value (P,) of each melody (P, T); ValueError where they do not fit the grid."""
        ...

    def bounds(self, grid: Grid, /) -> tuple[float, float]:
        """No melody of the grid lies below the first, nor above the second."""
        ...


def sign(x: float) -> int:
    """-1, 0 or 1."""
    return (x > 0) - (x < 0)


def require_whole(rule: object, **least: int) -> None:
    """Raises ValueError unless each named field is a whole number of at least the given value."""
    for name, bottom in least.items():
        value = getattr(rule, name)
        if isinstance(value, bool) or not isinstance(value, int) or value < bottom:
            raise ValueError(f"{type(rule).__name__} {name} is {value!r}, expected a whole number, {bottom} or more")


def require_finite(rule: object, **least: float) -> None:
    """Raises ValueError unless each named field is a finite number greater than the given value."""
    for name, bottom in least.items():
        value = getattr(rule, name)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not bottom < value < float("inf"):
            raise ValueError(f"{type(rule).__name__} {name} is {value!r}, expected a finite number above {bottom:g}")


def require_order(rule: object, low: str, high: str) -> None:
    """Raises ValueError when the field named low is greater than the field named high."""
    bottom, top = getattr(rule, low), getattr(rule, high)
    if bottom > top:
        raise ValueError(f"{type(rule).__name__} {low} is {bottom!r}, expected at most {high}, which is {top!r}")


def require_numbers(rule: object, name: str, length: int | None = None) -> None:
    """Keeps the named field as a tuple; raises ValueError unless it holds finite numbers, as many as asked for."""
    values = getattr(rule, name)
    wanted = f"{length} finite numbers" if length else "one or more finite numbers"
    message = f"{type(rule).__name__} {name} is {values!r}, expected {wanted}"
    if not isinstance(values, (tuple, list)) or not values or (length and len(values) != length):
        raise ValueError(message)
    if any(isinstance(v, bool) or not isinstance(v, (int, float)) or not math.isfinite(v) for v in values):
        raise ValueError(message)
    object.__setattr__(rule, name, tuple(values))  # TOML gives lists; a rule has to be hashable
