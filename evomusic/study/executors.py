"""Where jobs run: in worker processes, or in one thread of this process; whichever, a job's answer is the same."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from evomusic.core.task import Task
from evomusic.study.processes import prepare, quiet_start
from evomusic.study.work import Answer, Job, Stop, begin, do, do_here, portable

ATTEMPTS = 3  # times that a job is begun whose worker dies


class Here:
    """Jobs in one thread of this process, one at a time."""

    def __init__(self, tasks: Mapping[str, Task]):
        self.stop = Stop()
        self.room = 1
        self._tasks, self._thread = tasks, ThreadPoolExecutor(1, thread_name_prefix="cells")

    def submit(self, job: Job) -> Future[Answer]:
        """Begin a job."""
        return self._thread.submit(do, job, self._tasks, self.stop)

    def renew(self) -> None:
        """Threads do not die."""

    def close(self, wait: bool) -> None:
        """End the thread when its job has ended."""
        self.stop.set()
        self._thread.shutdown(wait=wait, cancel_futures=True)


class Workers:
    """Jobs in worker processes, which have the tasks' tables."""

    def __init__(self, tasks: bytes, count: int):
        self.stop = Stop()
        self.room = count
        self._tasks = get_context("spawn").RawArray("B", len(tasks))  # shared memory
        memoryview(self._tasks).cast("B")[:] = tasks  # RawArray itself would copy number by number
        self._context = prepare()
        self._pool = self._started()

    def _started(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(self.room, self._context, begin, (self._tasks, self.stop, dict(os.environ)))

    def submit(self, job: Job) -> Future[Answer]:
        """Begin a job."""
        with quiet_start():
            try:
                return self._pool.submit(do_here, job)
            except BrokenProcessPool:  # a worker died between two jobs
                self.renew()
            except (OSError, EOFError):  # the server died
                self._context = get_context("spawn")
                self.renew()
            return self._pool.submit(do_here, job)

    def renew(self) -> None:
        """Replace the workers: when one died, the others are ended too."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._pool = self._started()

    def close(self, wait: bool) -> None:
        """End the workers."""
        self.stop.set()
        self._pool.shutdown(wait=wait, cancel_futures=True)


class Lane:
    """An executor and the jobs that wait for it; `suspects` are those during which a worker died."""

    def __init__(self, executor: Here | Workers, waiting: list[Job]):
        self.executor, self.waiting, self.suspects = executor, waiting, list[Job]()
        self.running: dict[Future[Answer], Job] = {}
        self.attempts: dict[str, int] = {}
        self.broken = 0  # times that a worker died

    def begin(self, seconds: Mapping[str, list[float]]) -> Iterator[Job]:
        """Begin the jobs there is room for: a suspect alone, else the most urgent."""
        while (self.suspects or self.waiting) and len(self.running) < (1 if self.suspects else self.executor.room):
            waiting = self.suspects or self.waiting
            job = max(waiting, key=lambda job: _urgency(job, self.running.values(), seconds))  # the first of equals
            waiting.remove(job)
            self.running[self.executor.submit(job)] = job
            yield job

    def end(self, done: Iterable[Future[Answer]]) -> Iterator[tuple[Job, Answer]]:
        """The answers of jobs that ended; when a worker died, those that it may have had begin again."""
        broken = False
        for future in done:
            job = self.running.pop(future)
            if not isinstance(future.exception(), BrokenProcessPool):
                yield job, _answer(future)
                continue
            broken = True
            self.attempts[job.name] = self.attempts.get(job.name, 0) + 1
            if self.attempts[job.name] < ATTEMPTS:
                self.suspects.append(job)
            else:
                yield job, Answer(None, cause=f"its worker process died, {ATTEMPTS} times in a row")
        if broken:
            yield from self.end(wait(self.running).done)  # the pool fails as a whole
            self.executor.renew()
            yield from self._give_up()

    def _give_up(self) -> Iterator[tuple[Job, Answer]]:
        """Fail all jobs when no worker ever got as far as beginning one."""
        self.broken += 1
        if self.broken < ATTEMPTS or self.executor.stop.worked:
            return
        hopeless = [*self.suspects, *self.waiting]
        self.suspects, self.waiting = [], []
        for job in hopeless:
            yield job, Answer(None, cause=f"worker processes died at their start, {ATTEMPTS} times in a row")

    def abandon(self) -> None:
        """Begin nothing more, and stop what is running."""
        self.waiting, self.suspects = [], []
        self.executor.stop.set()


def _answer(future: Future[Answer]) -> Answer:
    """A job's answer; an answer that could not be sent is a failure of its own."""
    error = future.exception()
    if isinstance(error, KeyboardInterrupt):
        raise error
    return future.result() if error is None else Answer(None, cause=f"{type(error).__name__}: {error}".splitlines()[0])


def _urgency(job: Job, running: Iterable[Job], seconds: Mapping[str, list[float]]) -> float:
    """New groups first, but none that shares parts with one in its first run: two workers would compile the same."""
    if taken := seconds.get(job.group):
        return sum(taken) / len(taken)
    first = [other for other in running if other.group not in seconds]
    return -1.0 if any(job.parts & other.parts for other in first) else math.inf


def perform(jobs: Sequence[Job], tasks: Mapping[str, Task], workers: int) -> Iterator[tuple[Job, Answer | None]]:
    """Do all jobs; yields each with None when it begins, and with its answer when it ends.

    Jobs whose method or task a worker could not import are done in this process. A job whose worker died is begun
    again, alone, at most `ATTEMPTS` times in all.

    Raises:
        KeyboardInterrupt: there was one; what ended nevertheless has been yielded.
    """
    sent = {label: task for label, task in tasks.items() if workers > 1 and portable(task) is not None}
    away = {job.name for job in jobs if job.task in sent and portable(job) is not None}
    lanes = [Lane(Here(tasks), [job for job in jobs if job.name not in away])]
    if away:
        lanes.append(Lane(Workers(portable(sent) or b"", workers), [job for job in jobs if job.name in away]))
    finished = False
    try:
        yield from _loop(lanes)
        finished = True
    finally:
        for lane in lanes:
            lane.executor.close(wait=finished)


def _loop(lanes: Sequence[Lane]) -> Iterator[tuple[Job, Answer | None]]:
    seconds: dict[str, list[float]] = {}
    interrupted = False
    while True:
        for lane in lanes:
            for job in lane.begin(seconds):
                yield job, None
        running = [future for lane in lanes for future in lane.running]
        if not running:
            break
        try:
            done = wait(running, return_when=FIRST_COMPLETED).done
        except KeyboardInterrupt:
            if interrupted:
                raise
            interrupted, done = True, set()
        for lane in lanes:
            for job, answer in lane.end([f for f in done if f in lane.running]):
                seconds.setdefault(job.group, []).append(answer.seconds)
                yield job, answer
            if interrupted:
                lane.abandon()
    if interrupted:
        raise KeyboardInterrupt
