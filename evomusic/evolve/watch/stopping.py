"""Watchers of a run: what `em.run(..., watch=)` is given. Stop conditions, and how they are put together.

    em.run(method, task, watch=Target(40.0) | (Stagnation(50_000) & MaxSteps(200_000)) | Logbook())

A watcher is called with the ledger after every batch; a true answer ends the run. `|` ends it when any part says so,
`&` when all do; every part is called each time, so that a logbook or a hall of fame may stand among conditions. Any
function of a ledger may stand there too: that is a callback.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field

from evomusic.core.ledger import Ledger
from evomusic.encodings.base import check_count

Watch = Callable[[Ledger], object]


class Watcher(ABC):
    """Something that looks at a run after each batch."""

    @abstractmethod
    def __call__(self, ledger: Ledger) -> bool:
        """Whether the run is to end."""

    def __or__(self, other: Watch) -> AnyOf:
        return AnyOf((self, other))

    def __ror__(self, other: Watch) -> AnyOf:
        return AnyOf((other, self))

    def __and__(self, other: Watch) -> AllOf:
        return AllOf((self, other))

    def __rand__(self, other: Watch) -> AllOf:
        return AllOf((other, self))


@dataclass(frozen=True)
class AnyOf(Watcher):
    """Ends a run when any part wants it to end."""

    parts: tuple[Watch, ...]

    def __call__(self, ledger: Ledger) -> bool:
        """Whether any says so; all are asked."""
        answers = [bool(part(ledger)) for part in self.parts]
        return any(answers)


@dataclass(frozen=True)
class AllOf(Watcher):
    """Ends a run when all parts want it to end."""

    parts: tuple[Watch, ...]

    def __call__(self, ledger: Ledger) -> bool:
        """Whether all say so; all are asked."""
        answers = [bool(part(ledger)) for part in self.parts]
        return all(answers)


@dataclass(frozen=True)
class MaxSteps(Watcher):
    """Ends a run once it has spent so many steps."""

    steps: int

    def __post_init__(self) -> None:
        check_count("steps", self.steps)

    def __call__(self, ledger: Ledger) -> bool:
        """Whether they are spent."""
        return ledger.spent >= self.steps


@dataclass(frozen=True)
class MaxBatches(Watcher):
    """Ends a run after so many batches: the first population and the generations that followed."""

    batches: int

    def __post_init__(self) -> None:
        check_count("batches", self.batches)

    def __call__(self, ledger: Ledger) -> bool:
        """Whether they were made."""
        return ledger.batches >= self.batches


@dataclass(frozen=True)
class Target(Watcher):
    """Ends a run once a melody returned at least so much, such as `task.optimum().value`."""

    value: float

    def __call__(self, ledger: Ledger) -> bool:
        """Whether it did."""
        return ledger.best_return >= self.value


@dataclass(frozen=True)
class Stagnation(Watcher):
    """Ends a run when the best melody was not bettered for so many steps."""

    steps: int

    def __post_init__(self) -> None:
        check_count("steps", self.steps)

    def __call__(self, ledger: Ledger) -> bool:
        """Whether the last improvement lies that far back."""
        return bool(ledger.improvements) and ledger.spent - ledger.improvements[-1][0] >= self.steps


@dataclass
class MaxSeconds(Watcher):
    """Ends a run so many seconds after its first batch; each run has its own clock."""

    seconds: float
    clock: Callable[[], float] = time.perf_counter
    _run: Ledger | None = field(default=None, init=False, repr=False)
    _began: float = field(default=0.0, init=False, repr=False)

    def __post_init__(self) -> None:
        if isinstance(self.seconds, bool) or not isinstance(self.seconds, (int, float)) or not self.seconds >= 0:
            raise ValueError(f"seconds is {self.seconds!r}, expected a number from 0 up")

    def __call__(self, ledger: Ledger) -> bool:
        """Whether the time is up."""
        if ledger is not self._run:
            self._run, self._began = ledger, self.clock()
        return self.clock() - self._began >= self.seconds
