"""The one who counts: a budget in steps, the curve, and what a run leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.method import Batch, Melodies, Method
from evomusic.core.task import Task

POINTS = 150  # rows of a curve, evenly spaced in the logarithm of steps; as many again evenly in steps


class Curve(NamedTuple):
    """A run over steps, a row a checkpoint; all arrays (N,).

    `best` is the best return of any melody so far, `delivered` the mean return of what the method would hand over,
    `online` the mean return of the melodies made since the row before.
    """

    steps: NDArray[np.int64]
    best: NDArray[np.float64]
    delivered: NDArray[np.float64]
    online: NDArray[np.float64]
    updates: NDArray[np.int64]
    sweeps: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Record:
    """What a run left: best melody (T,) and return, curve, each improvement (steps, best return), last state."""

    best: NDArray[np.uint8]
    best_return: float
    curve: Curve
    improvements: NDArray[np.float64]  # (N, 2)
    steps: int
    state: Any

    def steps_to(self, target: float) -> int | None:
        """Steps until a melody returned at least `target`; None when none did."""
        reached = self.improvements[self.improvements[:, 1] >= target]
        return int(reached[0, 0]) if len(reached) else None


class Ledger:
    """Charges every evaluated melody, keeps the best and the curve, and says when the budget is spent.

    Args:
        length: T, the price of a melody in steps.
        budget: steps that may be spent; what is left below one melody is not.

    `batch` is the last batch as it was charged, `batches` how many were; `spent`, `best`, `best_return` and
    `improvements` speak for themselves.

    Raises:
        ValueError: the budget does not pay for one melody.
    """

    def __init__(self, length: int, budget: int) -> None:
        if budget < length:
            raise ValueError(f"steps is {budget}, expected at least {length}: one melody of this task")
        self.length, self.budget, self.spent, self.updates, self.sweeps = length, budget, 0, 0, 0
        self.batch, self.batches = Batch(np.zeros((0, length), np.uint8), np.zeros(0)), 0
        self.best, self.best_return = np.zeros(0, np.uint8), -np.inf
        self.improvements: list[tuple[int, float]] = []
        self.rows: list[tuple[int, float, float, float, int, int]] = []
        melodies = budget // length
        even = np.linspace(melodies / POINTS, melodies, POINTS)
        self._due = np.unique(np.concatenate([np.geomspace(1, melodies, POINTS), even]).astype(np.int64)) * length
        self._online: list[NDArray[np.float64]] = []

    @property
    def left(self) -> int:
        """Steps that may still be spent; 0 when they do not pay for another melody."""
        left = self.budget - self.spent
        return left if left >= self.length else 0

    def charge(self, batch: Batch) -> None:
        """Count a batch; what lies beyond the budget is dropped."""
        paid = self.left // self.length
        returns = np.asarray(batch.returns)[:paid]
        if not len(returns):
            return
        if np.isnan(returns).any():
            raise ValueError("a batch holds returns that are NaN")
        if returns.max() > self.best_return:
            self._improve(batch.melodies, returns)
        self.spent += len(returns) * self.length
        self.updates += batch.updates
        self.sweeps += batch.sweeps
        self.batch, self.batches = batch._replace(melodies=batch.melodies[:paid], returns=returns), self.batches + 1
        self._online.append(returns)

    def _improve(self, melodies: Melodies, returns: NDArray[np.float64]) -> None:
        top = np.maximum.accumulate(np.maximum(returns, self.best_return))
        better = np.flatnonzero(np.diff(top, prepend=self.best_return) > 0)
        self.improvements += [(self.spent + (int(i) + 1) * self.length, float(top[i])) for i in better]
        self.best, self.best_return = np.array(melodies[better[-1]], np.uint8), float(top[-1])

    @property
    def due(self) -> bool:
        """Whether the curve wants a row."""
        return self.left == 0 or bool(len(self._due) and self.spent >= self._due[0])

    def enter(self, delivered: float) -> None:
        """Add a row to the curve."""
        online = float(np.concatenate(self._online).mean())
        self.rows.append((self.spent, self.best_return, delivered, online, self.updates, self.sweeps))
        self._online = []
        self._due = self._due[self._due > self.spent]

    def record(self, state: Any) -> Record:
        """All that the ledger kept."""
        curve = Curve(*(np.array(column) for column in zip(*self.rows, strict=True)))
        return Record(
            best=self.best,
            best_return=self.best_return,
            curve=curve,
            improvements=np.array(self.improvements),
            steps=self.spent,
            state=state,
        )


def run(
    method: Method,
    task: Task,
    steps: int = 1_000_000,
    seed: int = 0,
    watch: Callable[[Ledger], object] | None = None,
) -> Record:
    """Spend a budget on one method.

    Args:
        method: the method.
        task: the task.
        steps: the budget; a melody of T tokens costs T.
        seed: seeds the run's only random generator.
        watch: called after each batch with the ledger, to show progress; a true answer ends the run early.

    Raises:
        ValueError: the budget does not pay for one melody.
    """
    ledger, rng = Ledger(task.grid.steps, int(steps)), np.random.default_rng(seed)
    method = within(method, int(steps))
    state, batch = method.init(task, rng)
    while True:
        ledger.charge(batch)
        stop = watch is not None and bool(watch(ledger))
        if ledger.due or stop:
            ledger.enter(float(task.evaluate(method.deliver(task, state)).mean()))
        if not ledger.left or stop:
            return ledger.record(state)
        state, batch = method.step(task, state, rng)


def within(method: Method, steps: int) -> Method:
    """The method with its schedules stretched over a budget, where it has any."""
    stretch = getattr(method, "within", None)
    return stretch(steps) if stretch else method
