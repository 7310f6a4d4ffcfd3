"""Diversity of a population of melodies, and its course over a run."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import whole
from evomusic.core.ledger import Ledger, run, within
from evomusic.core.melody import canonical
from evomusic.core.method import Batch, Method, untried_of
from evomusic.core.task import Task
from evomusic.encodings.base import MOST
from evomusic.evolve.watch.stopping import check_run

Melodies = NDArray[np.uint8]
ROWS = 60  # measurements, evenly spaced in the logarithm of steps


def distance(melodies: Melodies) -> float:
    """Mean Hamming distance of all pairs of melodies (P, T), as a share of steps; 0 for a single melody.

    Silent holds count as rests. Computed column by column, in time linear in P.
    """
    rows = canonical(melodies)
    size, steps = rows.shape
    if size < 2:
        return 0.0
    columns = rows.astype(np.int64) + 256 * np.arange(steps)
    alike = np.bincount(columns.ravel()).astype(float)  # number of melodies with a token at a step
    return float(1 - (alike * (alike - 1)).sum() / (size * (size - 1) * steps))


def distinct_share(melodies: Melodies) -> float:
    """Number of different sounding melodies, as a share of all (P, T)."""
    return len(np.unique(canonical(melodies), axis=0)) / len(melodies)


class Diversity(NamedTuple):
    """Fitness and diversity over steps, a row per measurement; all arrays (N,).

    `best` is the best return so far, `mean` the mean return of the population; `distance` is the mean share of steps at
    which two of its melodies differ, `distinct` the share of different melodies in it.
    """

    steps: NDArray[np.int64]
    best: NDArray[np.float64]
    mean: NDArray[np.float64]
    distance: NDArray[np.float64]
    distinct: NDArray[np.float64]


def record_diversity(method: Method, task: Task, steps: int = 1_000_000, seed: int = 0, rows: int = ROWS) -> Diversity:
    """Run a method and measure the diversity of its population from time to time.

    The population consists of the melodies that the method delivers; of the last batch, if that is a single melody.

    Args:
        method: the method; its run is the same as without measurements.
        task: the task.
        steps: the budget.
        seed: of the run.
        rows: greatest number of measurements.

    Raises:
        ValueError: an argument is of the wrong type, or the budget is less than the price of one melody.
    """
    check_run(method, task, steps, seed)
    rows = whole("rows", rows, 1, MOST)
    observed, found = _Observed(within(method, steps, task.grid.steps)), list[tuple[float, ...]]()
    due = list(np.geomspace(task.grid.steps, max(steps, task.grid.steps), rows))

    def measure(ledger: Ledger) -> None:
        if ledger.left and ledger.spent < due[0]:
            return
        while len(due) > 1 and due[0] <= ledger.spent:
            due.pop(0)
        population = method.deliver(task, observed.state)
        population = population if len(population) > 1 else ledger.batch.melodies
        mean = float(task.evaluate(population).mean())
        found.append((ledger.spent, ledger.best_return, mean, distance(population), distinct_share(population)))

    run(observed, task, steps, seed, watch=measure)
    spent, *columns = (np.array(column) for column in zip(*found, strict=True))
    return Diversity(spent.astype(np.int64), *columns)


class _Observed:
    """A method whose current state can be read; its schedules are stretched already."""

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

    def untried(self, task: Task, state: Any, melodies: Melodies) -> NDArray[np.bool_]:
        return untried_of(self.method, task, state, melodies)
