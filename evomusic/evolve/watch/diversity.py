"""How different the melodies of a population are, and how that changes over a run."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.ledger import Ledger, run, within
from evomusic.core.melody import canonical
from evomusic.core.method import Batch, Method
from evomusic.core.task import Task
from evomusic.encodings.base import check_count

Melodies = NDArray[np.uint8]
ROWS = 60  # of a record, evenly spaced in the logarithm of steps


def distance(melodies: Melodies) -> float:
    """Mean share of steps at which two of the melodies (P, T) differ, over all pairs; 0 of one melody.

    Silent holds count as rests. Counted column by column: the time is that of P melodies, not of P x P pairs.
    """
    rows = canonical(melodies)
    size, steps = rows.shape
    if size < 2:
        return 0.0
    columns = rows.astype(np.int64) + 256 * np.arange(steps)
    alike = np.bincount(columns.ravel()).astype(float)  # how many hold a token at a step
    return float(1 - (alike * (alike - 1)).sum() / (size * (size - 1) * steps))


def distinct_share(melodies: Melodies) -> float:
    """Melodies that sound different, as a share of all (P, T)."""
    return len(np.unique(canonical(melodies), axis=0)) / len(melodies)


class Diversity(NamedTuple):
    """Fitness and diversity over steps, a row a moment; all arrays (N,).

    `best` is the best return so far, `mean` that of the population; `distance` is the mean share of steps at which two
    of its melodies differ, `distinct` the share of different melodies in it.
    """

    steps: NDArray[np.int64]
    best: NDArray[np.float64]
    mean: NDArray[np.float64]
    distance: NDArray[np.float64]
    distinct: NDArray[np.float64]


def record_diversity(method: Method, task: Task, steps: int = 1_000_000, seed: int = 0, rows: int = ROWS) -> Diversity:
    """Run a method and look at its population now and then.

    The population is what the method would hand over; where that is a single melody, it is the last batch.

    Args:
        method: the method; it makes the same run as without this.
        task: the task.
        steps: the budget.
        seed: of the run.
        rows: how often to look, at most.

    Raises:
        ValueError: rows is no whole number from 1, or the budget does not pay for one melody.
    """
    check_count("rows", rows)
    seen, found = _Seen(within(method, steps)), list[tuple[float, ...]]()
    due = list(np.geomspace(task.grid.steps, max(steps, task.grid.steps), rows))

    def look(ledger: Ledger) -> None:
        if ledger.left and ledger.spent < due[0]:
            return
        while len(due) > 1 and due[0] <= ledger.spent:
            due.pop(0)
        population = method.deliver(task, seen.state)
        population = population if len(population) > 1 else ledger.batch.melodies
        mean = float(task.evaluate(population).mean())
        found.append((ledger.spent, ledger.best_return, mean, distance(population), distinct_share(population)))

    run(seen, task, steps, seed, watch=look)
    spent, *columns = (np.array(column) for column in zip(*found, strict=True))
    return Diversity(spent.astype(np.int64), *columns)


class _Seen:
    """A method whose last state can be looked at; its schedules are stretched already."""

    def __init__(self, method: Method) -> None:
        self.method, self.state = method, None

    def init(self, task: Task, rng: np.random.Generator) -> tuple[Any, Batch]:
        self.state, batch = self.method.init(task, rng)
        return self.state, batch

    def step(self, task: Task, state: Any, rng: np.random.Generator) -> tuple[Any, Batch]:
        self.state, batch = self.method.step(task, state, rng)
        return self.state, batch

    def deliver(self, task: Task, state: Any) -> Melodies:
        return self.method.deliver(task, state)
