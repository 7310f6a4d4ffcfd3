"""Snapshots of a run: the best melody by some of its generations, from the initial population on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from evomusic.core.checks import able, whole, wrong
from evomusic.core.ledger import Ledger, run
from evomusic.core.melody import Melody
from evomusic.core.method import Method
from evomusic.core.task import Task
from evomusic.encodings.base import MOST_STEPS, items
from evomusic.evolve.watch.stopping import MaxBatches, Watcher, check_run

AT = (0, 1, 2, 5, 10, 100)
UNBOUNDED = 10**12  # a budget that no run spends


class Snapshot(NamedTuple):
    """The best melody up to a generation, its return, and the steps spent by then."""

    generation: int
    steps: int
    melody: Melody
    value: float


class Snapshots(Watcher):
    """A watcher that records the best melody at some generations, 0 being the initial population; never ends a run.

    Args:
        task: the task of the run.
        at: generations to record.

    Attributes:
        taken: the snapshots, in order.

    Raises:
        ValueError: a generation is no whole number from 0, or there is none.
    """

    def __init__(self, task: Task, at: Sequence[int] = AT) -> None:
        able("task", task, ("evaluate",), "a task such as em.make('rules')")
        self.task, self.at = task, frozenset(_checked_at(at))
        self.taken: list[Snapshot] = []

    def __call__(self, ledger: Ledger) -> bool:
        """Record the best melody, if this generation is among `at`."""
        if ledger.batches == 1:  # another run begins
            self.taken = []
        generation = ledger.batches - 1
        if generation in self.at:
            melody = Melody(ledger.best, self.task.grid)
            self.taken.append(Snapshot(generation, ledger.spent, melody, ledger.best_return))
        return False


def take_snapshots(
    method: Method, task: Task, seed: int = 0, at: Sequence[int] = AT, steps: int = UNBOUNDED
) -> list[Snapshot]:
    """Run a method up to the last of some generations, and return the best melody at each.

    Args:
        method: the method; a generation is a batch that it evaluates.
        task: the task.
        seed: of the run.
        at: generations to record.
        steps: the budget, over which a method's schedules are stretched; generations beyond it are not recorded.

    Raises:
        ValueError: a generation is no whole number from 0, or the budget is less than the price of one melody.
    """
    check_run(method, task, steps, seed)
    snapshots = Snapshots(task, at)
    run(method, task, steps, seed, watch=snapshots | MaxBatches(max(snapshots.at) + 1))
    return snapshots.taken


def _checked_at(at: object) -> tuple[int, ...]:
    """An argument `at` that is a list of generations."""
    expected = "a list of generations such as (0, 1, 10)"
    generations = items("at", at, expected)
    if not generations:
        raise wrong("at", at, expected)
    return tuple(whole("at", generation, 0, MOST_STEPS - 1) for generation in generations)
