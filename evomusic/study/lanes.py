"""Lanes: the jobs that wait for an executor, dealt out in batches, and those whose worker died.

An executor need not see to either. A worker that dies takes a batch with it, and nobody knows which of its jobs killed
it: the batch begins again while nothing else runs, in halves, until a single job is left that dies alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, Future
from queue import SimpleQueue
from typing import Any, Final, Protocol

from evomusic.study.schedule import Queue
from evomusic.study.work import Answer, Job

ATTEMPTS: Final = 3  # times that a job is begun whose worker dies
Answers = Future[list[Answer]]


class Executor(Protocol):
    """A place where batches of jobs run, each in one call; `deadly` are the errors of a batch whose worker died.

    `attempts` is the number of times that a batch with such an error is begun.
    """

    deadly: tuple[type[BaseException], ...]
    attempts: int

    @property
    def room(self) -> int:
        """Batches that may be submitted at once."""

    @property
    def hopeless(self) -> bool:
        """Whether workers die before they begin anything."""

    def submit(self, jobs: Sequence[Job]) -> Answers:
        """Begin a batch: the answers to its first job and to those after it that were begun."""

    def halt(self) -> None:
        """Let running jobs end soon, and begin no other."""

    def close(self, wait: bool) -> None:
        """Give back what was taken; with `wait`, when what is running has ended."""


class Lane:
    """An executor and the jobs that wait for it; `suspects` are batches during which a worker died, to run alone."""

    def __init__(self, executor: Executor, jobs: Sequence[Job], ended: SimpleQueue[Any] | None = None):
        self.executor, self.waiting, self.suspects = executor, Queue(jobs), deque[list[Job]]()
        self.running: dict[Answers, list[Job]] = {}
        self._ended: SimpleQueue[Any] = ended or SimpleQueue()
        self._attempts: dict[str, int] = {}
        self._alone = self._over = False

    def begin(self) -> Iterator[list[Job]]:
        """Begin the batches there is room for: a suspect alone, else the most urgent."""
        while batch := self._next():
            future = self.executor.submit(batch)
            self.running[future] = batch
            future.add_done_callback(lambda future: self._ended.put((self, future)))
            yield batch

    def _next(self) -> list[Job]:
        if self.suspects or self._alone:
            if self.running:
                return []
            self._alone = bool(self.suspects)
            if self._alone:
                return self.suspects.popleft()
        return self.waiting.batch(room) if len(self.running) < (room := self.executor.room) else []

    def end(self, future: Answers) -> list[tuple[Job, Answer]]:
        """The answers of a batch that ended; when its worker died, it begins again."""
        batch, error = self.running.pop(future), _error(future)
        if error is not None:
            for job in batch:
                self.waiting.ended(job, None)
            return self._lost(batch, error)
        answers = future.result()
        for job, answer in zip(batch, answers, strict=False):
            self.waiting.ended(job, answer.seconds)
        if not self._over:
            self.waiting.put_back(batch[len(answers) :])
        return list(zip(batch, answers, strict=False))

    def _lost(self, batch: list[Job], error: BaseException) -> list[tuple[Job, Answer]]:
        """Begin a batch again: one of several jobs in halves, a single one a few times."""
        if self._over:
            return []
        if isinstance(error, CancelledError):
            raise OSError("the cluster's scheduler went away; finished cells are kept, and `evomusic resume` goes on")
        if len(batch) > 1:
            self.suspects += [batch[: len(batch) // 2], batch[len(batch) // 2 :]]
            return []
        (job,) = batch
        if not isinstance(error, self.executor.deadly):  # an answer that could not be sent
            return [(job, Answer(None, cause=f"{type(error).__name__}: {error}".splitlines()[0]))]
        self._attempts[job.name] = self._attempts.get(job.name, 0) + 1
        if self._attempts[job.name] < self.executor.attempts:
            self.suspects.append(batch)
            return []
        times = getattr(error, "allowed_failures", ATTEMPTS - 1) + 1  # an engine may have tried it several times
        return [(job, Answer(None, cause=f"its worker process died, {times} times in a row"))]

    def given_up(self) -> list[tuple[Job, Answer]]:
        """All jobs, failed, when no worker ever got as far as beginning one."""
        if self.running or not self.executor.hopeless:
            return []
        cause = f"worker processes died at their start, {ATTEMPTS} times in a row"
        hopeless = [job for batch in self.suspects for job in batch] + self.waiting.clear()
        self.suspects.clear()
        return [(job, Answer(None, cause=cause)) for job in hopeless]

    def abandon(self) -> None:
        """Begin nothing more, and stop what is running."""
        self._over = True
        self.waiting.clear()
        self.suspects.clear()
        self.executor.halt()


def _error(future: Answers) -> BaseException | None:
    """Why a batch has no answers."""
    try:
        error = future.exception()
    except CancelledError as cancelled:
        error = cancelled
    if isinstance(error, KeyboardInterrupt):
        raise error
    return error
