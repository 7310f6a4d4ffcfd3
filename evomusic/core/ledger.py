"""Runs: one method spends a budget of steps, and the ledger counts them.

`run` is the one loop of all methods. The `Ledger` charges T steps for each melody of T tokens, keeps the best melody
and the learning curve, and refuses a batch that is not what a method has to return. At each row of the curve the method
hands over its solution; a melody of it that the method never evaluated (that of a greedy policy, of a distribution's
centre) is charged as any other, and counts for the best.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import able, budget, shown, whole, wrong
from evomusic.core.method import Batch, Melodies, Method, check_batch, expected_of, returns_of, untried_of
from evomusic.core.problem import Problem, suited
from evomusic.core.record import Curve, Record
from evomusic.core.rows import Rows, check_rows, rows_of_tokens
from evomusic.core.saving import load_state, save_state
from evomusic.core.task import Task
from evomusic.core.watching import Setting, announce

IDLE = 100  # empty batches in a row after which a method is given up
BURST = 300  # melodies of a burst at most
MOST_STEPS = 10**15  # of a budget
POINTS = 150  # rows of a curve, evenly spaced in the logarithm of steps; as many again evenly in steps


class Progress(NamedTuple):
    """The content of a ledger, to be saved."""

    spent: int
    updates: int
    sweeps: int
    batches: int
    best: NDArray[np.uint8]  # (T,)
    best_return: float
    improvements: NDArray[np.float64]  # (N, 2)
    rows: NDArray[np.float64]  # (R, 7) of the curve
    online: NDArray[np.float64]  # returns since the last row


class Ledger:
    """Charges every evaluated melody, keeps the best and the curve, and says when the budget is spent.

    Args:
        length: T, the price of a melody in steps; 1 of another solution.
        budget: steps that may be spent; what is left below one melody is not.
        tokens: A, number of different tokens.
        name: of the method, for errors.
        form: of the solutions where they are no melodies of T tokens.

    `reserve` is the number of melodies for which room is left at the end: those that the method hands over without
    having evaluated them. `batch` is the last batch as it was charged, `batches` the number of batches, `spent` the
    steps so far, `best` the best melody (T,) with `best_return`, `delivered` the melodies (K, T) handed over at the
    last row of the curve, and `improvements` holds a pair (steps, best return) for each new best.

    Raises:
        ValueError: the budget is less than one melody.
    """

    def __init__(
        self, length: int, budget: int, tokens: int = 256, name: str = "the method", form: Rows | None = None
    ) -> None:
        if budget < length:
            raise ValueError(f"steps is {budget}, expected at least {length}: one melody of this task")
        self.form = form or rows_of_tokens(length, tokens)
        self.name, self._idle, self._reserve = name, 0, 0
        self.length, self.budget, self.spent, self.updates, self.sweeps = length, budget, 0, 0, 0
        self.batch, self.batches = Batch(self.form.none, np.zeros(0)), 0
        self.best, self.best_return = np.zeros(0, self.form.dtype), -np.inf
        self.delivered: Melodies = self.form.none
        self.improvements: list[tuple[int, float]] = []
        self.rows: list[tuple[int, float, float, float, float, int, int]] = []
        melodies = budget // length
        even = np.linspace(melodies / POINTS, melodies, POINTS)
        self._due = np.unique(np.concatenate([np.geomspace(1, melodies, POINTS), even]).astype(np.int64)) * length
        self._online: list[NDArray[np.float64]] = []

    @property
    def reserve(self) -> int:
        """Melodies for which room is left at the end, at most all but one of the budget."""
        return self._reserve

    @reserve.setter
    def reserve(self, melodies: int) -> None:
        self._reserve = min(melodies, self.budget // self.length - 1)

    @property
    def left(self) -> int:
        """Steps that may still be spent on batches; 0 when they are less than another melody."""
        left = self.budget - self.spent - self._reserve * self.length
        return left if left >= self.length else 0

    def charge(self, batch: Batch) -> None:
        """Count a batch; melodies beyond the budget are dropped.

        Raises:
            ValueError: the batch holds no melodies of the task with finite returns, or many in a row were empty.
        """
        check_batch(self.name, batch, self.form)
        count = self.left // self.length
        returns = batch.returns[:count]
        if not len(returns):
            self._idle += 1
            if self._idle == IDLE:
                raise ValueError(f"{self.name} made no melody in {IDLE} batches in a row, expected one or more")
            return
        self._idle = 0
        if returns.max() > self.best_return:
            self._improve(batch.melodies, returns)
        self.spent += len(returns) * self.length
        self.updates += batch.updates
        self.sweeps += batch.sweeps
        self.batch, self.batches = batch._replace(melodies=batch.melodies[:count], returns=returns), self.batches + 1
        self._online.append(returns)

    def _improve(self, melodies: Melodies, returns: NDArray[np.float64]) -> None:
        top = np.maximum.accumulate(np.maximum(returns, self.best_return))
        better = np.flatnonzero(np.diff(top, prepend=self.best_return) > 0)
        self.improvements += [(self.spent + (int(i) + 1) * self.length, float(top[i])) for i in better]
        self.best, self.best_return = np.array(melodies[better[-1]]), float(top[-1])

    @property
    def due(self) -> bool:
        """Whether the next row of the curve is due: at checkpoints, and when the budget is spent."""
        if self.left // self.length <= self._reserve:  # no room for this row's melodies and another batch
            return self.left == 0
        return bool(len(self._due) and self.spent >= self._due[0])

    @property
    def until_due(self) -> int:
        """Melodies until the next row of the curve is due, one or more, and no more than `BURST`."""
        due = self._due[0] if len(self._due) else self.budget
        return max(1, min(int(due - self.spent) // self.length, BURST))

    def enter(
        self,
        melodies: Melodies,
        returns: NDArray[np.float64],
        untried: NDArray[np.bool_],
        expected: float | None = None,
    ) -> None:
        """Add a row to the curve, unless no melody was made since the last.

        Args:
            melodies: (K, T) those that the method hands over now.
            returns: (K,) theirs.
            untried: (K,) whether the method never evaluated them: these are charged, as far as the budget goes, and
                count for the best.
            expected: expected return of the stochastic policy that is handed over, if it is one.
        """
        if not self._online:
            return
        self.delivered = melodies
        room = (self.budget - self.spent) // self.length
        first = np.flatnonzero(untried)[:room]
        if len(first) and returns[first].max() > self.best_return:
            self._improve(melodies[first], returns[first])
        self.spent += len(first) * self.length
        self._online.append(returns[first])
        online = float(np.concatenate(self._online).mean())
        handed = float(returns.mean()) if expected is None else expected, float(returns.max())
        self.rows.append((self.spent, self.best_return, *handed, online, self.updates, self.sweeps))
        self._online = []
        self._due = self._due[self._due > self.spent]

    @property
    def progress(self) -> Progress:
        """All that the ledger holds."""
        return Progress(
            self.spent,
            self.updates,
            self.sweeps,
            self.batches,
            self.best,
            self.best_return,
            improvements=np.array(self.improvements, float).reshape(-1, 2),
            rows=np.array(self.rows, float).reshape(-1, len(Curve._fields)),
            online=np.concatenate([*self._online, np.zeros(0)]),
        )

    def go_on(self, progress: Progress) -> None:
        """Hold what another ledger of the same run held."""
        self.spent, self.updates, self.sweeps, self.batches = progress[:4]
        self.best, self.best_return, self._online = progress.best, progress.best_return, [progress.online]
        self.improvements = [(int(steps), best) for steps, best in progress.improvements.tolist()]
        self.rows = [(int(s), b, d, e, o, int(u), int(w)) for s, b, d, e, o, u, w in progress.rows.tolist()]
        self._due = self._due[self._due > (self.rows[-1][0] if self.rows else 0)]
        if not len(progress.online):
            self._online = []

    def record(self, state: Any) -> Record:
        """The result of the run so far."""
        columns = zip(*self.rows, strict=True) if self.rows else ((),) * len(Curve._fields)
        curve = Curve(*(np.array(column) for column in columns))
        return Record(
            best=self.best,
            best_return=self.best_return,
            curve=curve,
            improvements=np.array(self.improvements),
            steps=self.spent,
            state=state,
        )


class Unfinished(NamedTuple):
    """Where a run is saved until it is finished.

    Args:
        path: of the file; written every so often, and when the watcher ends the run.
        mark: says which run it is: a file of another mark, or a damaged one, is not continued but replaced.
        every: seconds between two savings, and no less than twenty times what the last one took.
    """

    path: Path
    mark: str
    every: float = 20.0


def run(
    method: Method,
    task: Task | Problem,
    steps: int = 1_000_000,
    seed: int = 0,
    watch: Callable[[Ledger], object] | None = None,
    unfinished: Unfinished | None = None,
) -> Record:
    """Spend a budget on one method.

    Args:
        method: the method.
        task: the task, or a problem of one's own.
        steps: the budget; a melody of T tokens costs T, another solution 1.
        seed: seeds the run's only random generator.
        watch: called after each batch with the ledger, to show progress; a true answer ends the run early. A watcher
            that need not see every step has a true attribute `bursts`: a batch may then be several steps. One that
            has functions `run_begins` and `run_ends` is passed a `Setting` and the record (`evomusic.core.watching`).
        unfinished: where to save the run, and to continue it from if it is there: with the same bytes as without.

    Raises:
        ValueError: an argument is of the wrong type, the budget is less than one melody, or the method returns
            something else than melodies of the task with finite returns.
    """
    able("method", method, ("init", "step", "deliver"), "a method, such as em.GA()")
    able("task", task, ("evaluate",), "a Task, such as em.make('tune')")
    steps, seed = budget("steps", steps, 0, MOST_STEPS), whole("seed", seed)
    if watch is not None and not callable(watch):
        raise wrong("watch", watch, "a function of the ledger, or None")
    name = type(method).__name__
    task = cast("Task", task)  # a problem has all of a task that a method which suits it asks for
    ledger = Ledger(task.grid.steps, steps, name=name, form=task.grid.rows)
    method, record = within(suited(method, task), steps, task.grid.steps), None
    announce(watch, "run_begins", Setting(method, task, steps, seed))
    try:
        record = _spend(name, method, task, ledger, np.random.default_rng(seed), watch, unfinished)
    finally:
        announce(watch, "run_ends", record)
    return record


def _spend(
    name: str,
    method: Method,
    task: Task,
    ledger: Ledger,
    rng: np.random.Generator,
    watch: Callable[[Ledger], object] | None,
    unfinished: Unfinished | None,
) -> Record:
    """Spend the ledger's budget on a method; the result."""
    burst = getattr(method, "burst", None) if watch is None or getattr(watch, "bursts", False) else None
    state, batch = _pair(f"{name}.init", method.init(task, rng))
    ledger.reserve = int(untried_of(method, task, state, _delivered(name, method, task, state)).sum())
    saving = _Saving(unfinished, ledger) if unfinished else None
    found = saving and saving.found(state)
    if found:
        state, rng = found  # its last batch was charged before it was saved
    else:
        ledger.charge(batch)
    while True:
        stop = watch is not None and bool(watch(ledger))
        if saving and ledger.left and (stop or saving.due):
            saving.save(state, rng)
        if ledger.due or stop:
            melodies = _delivered(name, method, task, state)
            untried, expected = untried_of(method, task, state, melodies), expected_of(method, task, state)
            ledger.enter(melodies, returns_of(method, task, state, melodies), untried, expected)
        if not ledger.left or stop:
            return replace(ledger.record(state), task=task, method=method)
        if burst:
            state, batch = _pair(f"{name}.burst", burst(task, state, rng, ledger.until_due))
        else:
            state, batch = _pair(f"{name}.step", method.step(task, state, rng))
        ledger.charge(batch)


class _Saving:
    """Saves a run now and then: its state, its generator and its ledger."""

    def __init__(self, unfinished: Unfinished, ledger: Ledger) -> None:
        self._where, self._ledger, self._next = unfinished, ledger, time.monotonic() + unfinished.every

    @property
    def due(self) -> bool:
        """Whether it is time."""
        return time.monotonic() >= self._next

    def save(self, state: Any, rng: np.random.Generator) -> None:
        """Save the run, where its state is one of arrays and scalars and the disk has room."""
        began = time.monotonic()
        with contextlib.suppress(OSError, ValueError, TypeError):
            self._where.path.parent.mkdir(parents=True, exist_ok=True)
            save_state(self._where.path, (state, self._ledger.progress, self._where.mark), rng)
        ended = time.monotonic()
        self._next = ended + max(self._where.every, 20 * (ended - began))

    def found(self, like: Any) -> tuple[Any, np.random.Generator] | None:
        """A saved state, shaped like another, and its generator, the ledger filled; None when there is none to use."""
        try:
            (state, progress, mark), rng = load_state(self._where.path, (like, self._ledger.progress, ""))
        except (FileNotFoundError, ValueError):
            return None
        if mark != self._where.mark:
            return None
        self._ledger.go_on(progress)
        return state, rng


def _pair(name: str, answer: Any) -> tuple[Any, Batch]:
    if not isinstance(answer, tuple) or len(answer) != 2:
        raise ValueError(f"{name} returned {shown(answer)}, expected a state and a Batch")
    return answer


def _delivered(name: str, method: Method, task: Task, state: Any) -> Melodies:
    """Melodies (K, T) that a method delivers."""
    melodies = method.deliver(task, state)
    check_rows(f"melodies delivered by {name}", melodies, task.grid.rows)
    if not len(melodies):
        raise ValueError(f"{name} delivers no melody, expected at least one")
    return melodies


def within(method: Method, steps: int, length: int) -> Method:
    """The method with its sizes and schedules chosen for a budget, if it has such.

    Args:
        method: the method.
        steps: the budget.
        length: T, steps of a melody.
    """
    return stretched(sized(method, steps // length), steps)


def sized(method: Method, melodies: int) -> Method:
    """The method with its sizes chosen for a budget of so many melodies, if it chooses any."""
    return method.sized(melodies) if hasattr(method, "sized") else method


def stretched(method: Method, steps: int) -> Method:
    """The method with its schedules stretched over a budget, if it has any."""
    return method.within(steps) if hasattr(method, "within") else method
