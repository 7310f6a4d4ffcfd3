"""What a rule is: a small automaton that reads events and pays values.

A rule is a frozen, hashable dataclass whose fields are its parameters. It owns what it remembers: `read` is given
the memory, one event and a slot with the clock fields named in `hears`, and returns the next memory and a value.
Memories are hashable and few, so that the rule can be written out as a table.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Protocol, runtime_checkable

from evomusic.grid import Event, Slot


@runtime_checkable
class Observer(Protocol):
    """Anything with a start and a read: a rule, or the memory of an agent state (its value is not used)."""

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


Rule = Observer


def sign(x: float) -> int:
    """-1, 0 or 1."""
    return (x > 0) - (x < 0)
