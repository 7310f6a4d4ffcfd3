"""The work of a study's jobs, done in workers or here: plain data in and out.

Only the parent writes, but for the file of a cell that is not finished: whoever works on the cell saves it there.
"""

from __future__ import annotations

import io
import os
import pickle
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from multiprocessing import get_context
from typing import Any, NamedTuple, Protocol

import numpy as np

from evomusic.core.ledger import Ledger, Unfinished, run
from evomusic.core.record import Record
from evomusic.core.task import Task
from evomusic.core.views import View
from evomusic.study import references
from evomusic.study.cells import line_of
from evomusic.study.processes import attend
from evomusic.study.results import Cell
from evomusic.study.solutions import agree, best_of, parts_of

GRACE = 5.0  # seconds that a running batch has to end after an interrupt
BATCH = 0.2  # seconds of work that are handed out at once: what an interrupt or a dead worker costs at most


class Job(NamedTuple):
    """One thing to do: `planner`, `levels`, `soft` or the ceiling of a view of a task (method is None), or a `cell`.

    `group` names jobs that take about as long as one another, `parts` the classes whose kernels they need.
    """

    kind: str
    name: str
    group: str
    task: str
    method: Any = None
    cell: Cell | None = None
    steps: int = 0
    seed: int = 0
    unfinished: Unfinished | None = None
    style: str = ""
    view: View | None = None
    parts: frozenset[str] = frozenset()


class Answer(NamedTuple):
    """A job's result, seconds and processor seconds; or a failure's line and traceback.

    The result is the line of a cell, the table of a reference, or None: the job was stopped.
    """

    result: Any
    seconds: float = 0.0
    processor: float = 0.0
    cause: str = ""
    trace: str = ""


class Stopping(Protocol):
    """Whether all work is to end."""

    def is_set(self) -> bool:
        """Whether it is."""


class Stop:
    """Whether all work is to end, in shared memory, without a lock that a worker could die with."""

    def __init__(self) -> None:
        spawn = get_context("spawn")
        self._byte, self._worked = spawn.RawValue("b", 0), spawn.RawValue("b", 0)

    def is_set(self) -> bool:
        """Whether all work is to end."""
        return bool(self._byte.value)

    def set(self) -> None:
        """All work is to end."""
        self._byte.value = 1

    @property
    def worked(self) -> bool:
        """Whether any worker got as far as beginning a job."""
        return bool(self._worked.value)

    def work(self) -> None:
        """A worker begins a job."""
        self._worked.value = 1


def do_all(jobs: Sequence[Job], tasks: Mapping[str, Task], stop: Stopping) -> list[Answer]:
    """Do jobs one after another until they have taken `BATCH` seconds or all work is to end; those left have no answer.

    The first is done whatever the time.
    """
    until, answers = time.perf_counter() + BATCH, list[Answer]()
    for job in jobs:
        answers.append(do(job, tasks, stop))
        if time.perf_counter() > until or stop.is_set():
            break
    return answers


def do(job: Job, tasks: Mapping[str, Task], stop: Stopping) -> Answer:
    """Do a job; whatever it raises is in the answer, but for an interrupt."""
    began, busy = time.perf_counter(), time.process_time()
    try:
        result = _result(job, tasks[job.task], stop)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a user's method may raise anything, and may call sys.exit
        return Answer(None, cause=_cause(error), trace=traceback.format_exc())
    return Answer(result, time.perf_counter() - began, time.process_time() - busy)


def _cause(error: BaseException) -> str:
    """An error in one line."""
    try:
        text = f"{type(error).__name__}: {error}".splitlines()[0]
    except Exception:  # a user's error may fail at its own text
        text = type(error).__name__
    return f"the method ended the program ({text})" if isinstance(error, SystemExit) else text


def _result(job: Job, task: Task, stop: Stopping) -> Any:
    if job.kind == "planner":
        return references.planner(task)
    if job.kind == "levels":
        return references.levels(task, job.style)
    if job.kind == "soft":
        return references.soft(task)
    if job.view is not None:
        return references.ceiling(task, job.view)
    watch = _Stopped(stop)
    record = run(job.method, task, job.steps, job.seed, watch, job.unfinished)
    if watch.early:
        return None
    _check(task, record)
    melody = best_of(task, record)
    return line_of(job.cell or Cell(job.task, job.name, 0), record, melody, parts_of(task, melody))


class _Stopped:
    """Ends a run when all work is to end; `early` says that it did."""

    bursts = True

    def __init__(self, stop: Stopping) -> None:
        self.early, self._stop = False, stop

    def __call__(self, ledger: Ledger) -> bool:
        self.early = self._stop.is_set() and ledger.left > 0
        return self.early


def _check(task: Task, record: Record) -> None:
    """Check what a method reported: numbers only, and a best melody that returns what was said.

    Raises:
        ValueError: it reported something else.
    """
    for name, column in zip(record.curve._fields, record.curve, strict=True):
        if column.dtype.kind not in "iuf" or not np.isfinite(column).all():
            raise ValueError(f"the column {name} of its curve holds values that are no finite numbers")
    returns = float(task.evaluate(record.best[None])[0])
    if not agree(task, returns, record.best_return):
        raise ValueError(f"it reported a best return of {record.best_return!r}, but that melody returns {returns!r}")


_tasks: dict[str, Task] = {}
_stop: Stop | None = None


def begin(tasks: Any, stop: Stop, environment: Mapping[str, str]) -> None:
    """Make this process a worker: it has the tasks, one thread, and ends with its parent.

    Args:
        tasks: shared memory of the parent that holds them. Sent through the pipe that starts a process they would block
            the parent for ever when the worker dies before it has read them.
        stop: whether all work is to end.
        environment: the parent's variables; the server that forked this process may have older ones.
    """
    global _stop
    attend(environment)
    _tasks.update(pickle.loads(tasks))  # from the parent's memory, never from disk
    _stop = stop
    threading.Thread(target=_end_after_stop, args=(stop,), daemon=True).start()


def _end_after_stop(stop: Stop) -> None:
    while not stop.is_set():
        time.sleep(0.1)
    time.sleep(GRACE)
    os._exit(1)


def do_here(jobs: Sequence[Job]) -> list[Answer]:
    """Do jobs in a worker."""
    stop = _stop or Stop()
    stop.work()
    return do_all(jobs, _tasks, stop)


class _Portable(pickle.Pickler):
    """Refuses what a worker could not import: classes and functions of a script or a notebook, and local ones."""

    def reducer_override(self, thing: Any) -> Any:
        if getattr(thing, "__module__", None) == "__main__" and hasattr(thing, "__qualname__"):
            raise pickle.PicklingError(f"{thing.__qualname__} is defined in __main__")
        return NotImplemented


def portable(thing: Any) -> bytes | None:
    """A thing as bytes that a worker can read, or None."""
    room = io.BytesIO()
    try:
        _Portable(room, pickle.HIGHEST_PROTOCOL).dump(thing)
    except (pickle.PicklingError, AttributeError, TypeError):
        return None
    return room.getvalue()


def seed_of(root: int, number: int) -> int:
    """The seed of the cells with one number: the same for every task and method, so that cells are paired."""
    return int(np.random.SeedSequence(root, spawn_key=(number,)).generate_state(1, np.uint64)[0])
