"""Windows: an observer that remembers the last observations of another, a fixed memory of what a weak view shows."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from evomusic.core.checks import able, whole
from evomusic.core.grid import Event, Slot
from evomusic.core.rule import Observer

MOST = 1_000  # observations of a window


@dataclass(frozen=True)
class Window:
    """Remembers the memories of another observer at the last `length` steps; its values are 0.

    A table with this agent state is a policy with a finite memory, and a table without memory of the window itself.
    Before the first step the other's start stands for every observation, so that a window does not count steps.
    Source: Lin & Mitchell, "Reinforcement learning with hidden states" (1993), whose window-Q it serves.

    Args:
        of: the observer, such as LastPitches(); a window of two observers is a window of each.
        length: number of its observations, the latest among them; 1 is the observer itself.

    Raises:
        ValueError: `of` is no observer, or the length is out of range.
    """

    of: Observer
    length: int

    def __post_init__(self) -> None:
        able("Window of", self.of, ("read",), "an observer: a rule, or what has start, hears and read")
        object.__setattr__(self, "length", whole("Window length", self.length, 1, MOST))

    @property
    def start(self) -> tuple[Hashable, ...]:
        """The other's start, `length` times."""
        return (self.of.start,) * self.length

    @property
    def hears(self) -> tuple[str, ...]:
        """The clock fields that the other hears."""
        return self.of.hears

    def read(self, memory: tuple[Any, ...], event: Event, slot: Slot) -> tuple[Hashable, float]:
        """The other's memories after the event, latest last."""
        following, _ = self.of.read(memory[-1], event, slot)
        return (*memory[1:], following), 0.0
