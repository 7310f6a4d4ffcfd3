"""Stopping criteria: watchers for `em.run(..., watch=)` that end a run, and their combination by `|` and `&`.

    em.run(method, task, watch=Target(40.0) | (Stagnation(50_000) & MaxSteps(200_000)) | Logbook())

A watcher is called with the ledger after every batch; a true answer ends the run. `|` ends it when any part answers
true, `&` when all do; every part is called each time, so that a logbook or a hall of fame can be among them. Any
function of a ledger is a watcher too.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field

from evomusic.core.checks import able, number, whole, wrong
from evomusic.core.ledger import Ledger
from evomusic.core.watching import announce
from evomusic.encodings.base import MOST_STEPS, assign, items

Watch = Callable[[Ledger], object]
MOST_SEED = 2**128 - 1


def check_run(method: object, task: object, steps: object, seed: object) -> None:
    """Check the arguments of a function that runs a method.

    Raises:
        ValueError: the method or the task is none, or a number is out of range.
    """
    able("method", method, ("init", "step", "deliver"), "a method such as em.GA()")
    able("task", task, ("evaluate",), "a task such as em.make('rules')")
    whole("steps", steps, 1, MOST_STEPS)
    whole("seed", seed, 0, MOST_SEED)


class Watcher(ABC):
    """An object that sees a run after each batch."""

    @abstractmethod
    def __call__(self, ledger: Ledger) -> bool:
        """Whether to end the run."""

    def __or__(self, other: Watch) -> AnyOf:
        return AnyOf((self, other))

    def __ror__(self, other: Watch) -> AnyOf:
        return AnyOf((other, self))

    def __and__(self, other: Watch) -> AllOf:
        return AllOf((self, other))

    def __rand__(self, other: Watch) -> AllOf:
        return AllOf((other, self))


@dataclass(frozen=True)
class Combination(Watcher):
    """A watcher that calls several others after each batch.

    Args:
        parts: watchers, or functions of a ledger.

    Raises:
        ValueError: a part is neither.
    """

    parts: tuple[Watch, ...]

    def __post_init__(self) -> None:
        expected = "watchers or functions of a ledger"
        assign(self, parts=items("parts", self.parts, expected))
        for i, part in enumerate(self.parts):
            if not callable(part) or isinstance(part, type):
                raise wrong(f"parts[{i}]", part, expected)

    def answers(self, ledger: Ledger) -> list[bool]:
        """The answer of every part."""
        return [bool(part(ledger)) for part in self.parts]

    def run_begins(self, setting: object) -> None:
        """Pass on that a run begins."""
        for part in self.parts:
            announce(part, "run_begins", setting)

    def run_ends(self, record: object) -> None:
        """Pass on that the run has ended."""
        for part in self.parts:
            announce(part, "run_ends", record)


@dataclass(frozen=True)
class AnyOf(Combination):
    """Ends a run when any of its parts answers true."""

    def __call__(self, ledger: Ledger) -> bool:
        """Whether any part answers true; all are called."""
        return any(self.answers(ledger))


@dataclass(frozen=True)
class AllOf(Combination):
    """Ends a run when all of its parts answer true."""

    def __call__(self, ledger: Ledger) -> bool:
        """Whether all parts answer true; all are called."""
        return all(self.answers(ledger))


@dataclass(frozen=True)
class MaxSteps(Watcher):
    """Ends a run after a number of steps.

    Args:
        steps: to spend.

    Raises:
        ValueError: steps is no whole number from 1 to 10^15.
    """

    steps: int

    def __post_init__(self) -> None:
        assign(self, steps=whole("steps", self.steps, 1, MOST_STEPS))

    def __call__(self, ledger: Ledger) -> bool:
        """Whether the steps are spent."""
        return ledger.spent >= self.steps


@dataclass(frozen=True)
class MaxBatches(Watcher):
    """Ends a run after a number of batches: the initial population and the generations after it.

    Args:
        batches: to evaluate.

    Raises:
        ValueError: batches is no whole number from 1 to 10^15.
    """

    batches: int

    def __post_init__(self) -> None:
        assign(self, batches=whole("batches", self.batches, 1, MOST_STEPS))

    def __call__(self, ledger: Ledger) -> bool:
        """Whether the batches were evaluated."""
        return ledger.batches >= self.batches


@dataclass(frozen=True)
class Target(Watcher):
    """Ends a run once a melody's return reaches a value.

    Args:
        value: the least return that is enough, such as `task.optimum().value`.

    Raises:
        ValueError: the value is no finite number.
    """

    value: float

    def __post_init__(self) -> None:
        assign(self, value=number("value", self.value))

    def __call__(self, ledger: Ledger) -> bool:
        """Whether the best return reaches the value."""
        return ledger.best_return >= self.value


@dataclass(frozen=True)
class Stagnation(Watcher):
    """Ends a run when the best return has not improved for a number of steps.

    Args:
        steps: without improvement.

    Raises:
        ValueError: steps is no whole number from 1 to 10^15.
    """

    steps: int

    def __post_init__(self) -> None:
        assign(self, steps=whole("steps", self.steps, 1, MOST_STEPS))

    def __call__(self, ledger: Ledger) -> bool:
        """Whether the last improvement was that many steps ago."""
        return bool(ledger.improvements) and ledger.spent - ledger.improvements[-1][0] >= self.steps


@dataclass
class MaxSeconds(Watcher):
    """Ends a run a number of seconds after its first batch; each run is timed anew.

    Args:
        seconds: from 0 up.
        clock: a function that returns the time in seconds.

    Raises:
        ValueError: seconds is no finite number from 0 up, or the clock is no function.
    """

    seconds: float
    clock: Callable[[], float] = time.perf_counter
    _run: Ledger | None = field(default=None, init=False, repr=False)
    _began: float = field(default=0.0, init=False, repr=False)

    def __post_init__(self) -> None:
        self.seconds = number("seconds", self.seconds, 0.0)
        if not callable(self.clock) or isinstance(self.clock, type):
            raise wrong("clock", self.clock, "a function that returns the time in seconds")

    def __call__(self, ledger: Ledger) -> bool:
        """Whether the time has passed."""
        if ledger is not self._run:
            self._run, self._began = ledger, self.clock()
        return self.clock() - self._began >= self.seconds
