"""Protocols of rules and measures.

A rule is a small automaton over the events of a melody, written as a frozen, hashable dataclass whose fields are its
parameters. Its `read` takes the memory, one event and a slot with the clock fields named in `hears`, and returns the
next memory and a value. Memories are hashable and few, so that the rule can be written out as a table.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from evomusic.core.grid import Event, Grid, Slot
from evomusic.core.melody import Tokens


@runtime_checkable
class Observer(Protocol):
    """An automaton over events: a rule, or a part of a view, whose memory is seen and whose values are not used."""

    @property
    def start(self) -> Hashable:
        """The memory before the first token."""
        ...

    @property
    def hears(self) -> tuple[str, ...]:
        """Names of the clock fields that `read` uses; no others are in its slot."""
        ...

    def read(self, memory: Any, event: Event, slot: Slot) -> tuple[Hashable, float]:
        """The memory after the event, and the value of the event."""
        ...


@runtime_checkable
class Rule(Observer, Hashable, Protocol):
    """An observer whose values, times a weight, are step rewards; hashable, as a reward maps rules to weights."""


class Measure(Protocol):
    """A function of finished melodies with bounds; measures that compare equal give equal values."""

    def __call__(self, melodies: Tokens, grid: Grid, /) -> NDArray[np.float64]:
        """The value (P,) of each melody (P, T); ValueError where they do not fit the grid."""
        ...

    def bounds(self, grid: Grid, /) -> tuple[float, float]:
        """Least and greatest value that any melody of the grid can have."""
        ...


def sign(x: float) -> int:
    """Sign of a number: -1, 0 or 1."""
    return (x > 0) - (x < 0)
