"""What a run had found by a few of its generations: the first population, the next ones, and later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from evomusic.core.ledger import Ledger, run
from evomusic.core.melody import Melody
from evomusic.core.method import Method
from evomusic.core.task import Task
from evomusic.encodings.base import check_count
from evomusic.evolve.watch.stopping import MaxBatches, Watcher

AT = (0, 1, 2, 5, 10, 100)
UNBOUNDED = 10**12  # steps: more than any run will spend


class Snapshot(NamedTuple):
    """The best melody found up to a generation, its return, and the steps that were spent by then."""

    generation: int
    steps: int
    melody: Melody
    value: float


class Snapshots(Watcher):
    """A watcher that keeps the best melody at some generations, 0 being the first population; never ends a run.

    Args:
        task: the task of the run.
        at: the generations.

    Attributes:
        taken: the snapshots, in order.

    Raises:
        ValueError: a generation is no whole number from 0, or there is none.
    """

    def __init__(self, task: Task, at: Sequence[int] = AT) -> None:
        for generation in at:
            check_count("at", generation, 0)
        if not len(at):
            raise ValueError("at is empty, expected generations such as (0, 1, 10)")
        self.task, self.at = task, frozenset(at)
        self.taken: list[Snapshot] = []

    def __call__(self, ledger: Ledger) -> bool:
        """Keep the best melody, if this generation is one of them."""
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
    """Run a method up to the last of some generations, and keep the best melody at each.

    Args:
        method: the method; a generation is what it evaluates at a time.
        task: the task.
        seed: of the run.
        at: the generations.
        steps: the budget, over which a method's schedules are stretched; generations that it does not pay for are not
            taken.

    Raises:
        ValueError: a generation is no whole number from 0, or the budget does not pay for one melody.
    """
    snapshots = Snapshots(task, at)
    run(method, task, steps, seed, watch=snapshots | MaxBatches(max(at) + 1))
    return snapshots.taken
