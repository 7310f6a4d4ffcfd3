"""Where jobs run: in worker processes, in one thread of this process, or on a cluster; a job's answer is the same.

An executor takes batches of jobs and answers by a future. What it does not do is done by `lanes`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from queue import SimpleQueue
from typing import Any

from evomusic.core.task import Task
from evomusic.study.lanes import ATTEMPTS, Answers, Executor, Lane
from evomusic.study.processes import prepare, quiet_start
from evomusic.study.work import Answer, Job, Stop, begin, do_all, do_here, portable


class Here:
    """Jobs in one thread of this process, one at a time."""

    deadly: tuple[type[BaseException], ...] = ()
    attempts, room, hopeless = ATTEMPTS, 1, False

    def __init__(self, tasks: Mapping[str, Task]):
        self.stop = Stop()
        self._tasks, self._thread = tasks, ThreadPoolExecutor(1, thread_name_prefix="cells")

    def submit(self, jobs: Sequence[Job]) -> Answers:
        """Begin a batch."""
        return self._thread.submit(do_all, jobs, self._tasks, self.stop)

    def halt(self) -> None:
        """Let the running job end."""
        self.stop.set()

    def close(self, wait: bool) -> None:
        """End the thread when its job has ended."""
        self.stop.set()
        self._thread.shutdown(wait=wait, cancel_futures=True)


class Workers:
    """Jobs in worker processes, which have the tasks' tables. When a worker dies, all batches that run are lost."""

    deadly: tuple[type[BaseException], ...] = (BrokenProcessPool,)
    attempts = ATTEMPTS

    def __init__(self, tasks: bytes, count: int):
        self.stop = Stop()
        self.room, self._deaths = count, 0
        self._tasks = get_context("spawn").RawArray("B", len(tasks))  # shared memory
        memoryview(self._tasks).cast("B")[:] = tasks  # RawArray itself would copy number by number
        self._context = prepare()
        self._pool = self._started()

    @property
    def hopeless(self) -> bool:
        """Whether workers die at their start, again and again."""
        return self._deaths >= ATTEMPTS - 1 and not self.stop.worked  # each but the last led to new workers

    def _started(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(self.room, self._context, begin, (self._tasks, self.stop, dict(os.environ)))

    def submit(self, jobs: Sequence[Job]) -> Answers:
        """Begin a batch; workers of which one died are replaced first."""
        with quiet_start():
            try:
                return self._pool.submit(do_here, jobs)
            except BrokenProcessPool:
                self._renew()
            except (OSError, EOFError):  # the server died
                self._context = get_context("spawn")
                self._renew()
            return self._pool.submit(do_here, jobs)

    def _renew(self) -> None:
        """Replace the workers: when one died, the others are ended too."""
        self._deaths += 1
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._pool = self._started()

    def halt(self) -> None:
        """Let running jobs end; a worker that does not is ended soon."""
        self.stop.set()

    def close(self, wait: bool) -> None:
        """End the workers."""
        self.stop.set()
        self._pool.shutdown(wait=wait, cancel_futures=True)


Event = tuple[list[Job], None] | tuple[list[Job], list[Answer]]


def perform(
    jobs: Sequence[Job], tasks: Mapping[str, Task], workers: int, cluster: str | None = None
) -> Iterator[Event]:
    """Do all jobs; yields some of them with None when they begin, and with their answers when they end.

    Jobs whose method or task cannot be sent to a worker are done in this process. A job whose worker died is begun
    again, alone, at most `ATTEMPTS` times in all.

    Args:
        jobs: to be done.
        tasks: by label.
        workers: processes; with 1 everything is done in this one, unless there is a cluster.
        cluster: address of a Dask scheduler, or `local`.

    Raises:
        KeyboardInterrupt: there was one; what ended nevertheless has been yielded.
        OSError: there is no such cluster.
    """
    ended: SimpleQueue[Any] = SimpleQueue()
    pack = _packer(cluster) if cluster or workers > 1 else _nothing
    sent = {label: task for label, task in tasks.items() if pack(task) is not None}
    groups = {job.group: job for job in jobs if job.task in sent}
    away = {group for group, job in groups.items() if pack(job) is not None}
    lanes = [Lane(Here(tasks), [job for job in jobs if job.group not in away], ended)]
    if away:
        executor = _executor(sent, workers, cluster)
        lanes.append(Lane(executor, [job for job in jobs if job.group in away], ended))
    finished = False
    try:
        yield from _loop(lanes, ended)
        finished = True
    finally:
        for lane in lanes:
            lane.executor.close(wait=finished)


def _nothing(thing: Any) -> bytes | None:
    """No bytes: all is done here."""
    return None


def _packer(cluster: str | None) -> Callable[[Any], bytes | None]:
    """The function that makes things bytes for workers."""
    if cluster is None:
        return portable
    from evomusic.study.cluster import packed

    return packed


def _executor(tasks: Mapping[str, Task], workers: int, cluster: str | None) -> Executor:
    """Worker processes, or a cluster."""
    if cluster is None:
        return Workers(portable(tasks) or b"", workers)
    from evomusic.study.cluster import Cluster

    return Cluster(cluster, tasks, workers)


def _loop(lanes: Sequence[Lane], ended: SimpleQueue[Any]) -> Iterator[Event]:
    interrupted = False
    while True:
        for lane in lanes:
            if failed := lane.given_up():
                yield _event(failed)
            for batch in lane.begin():
                yield batch, None
        if not any(lane.running for lane in lanes):
            break
        try:
            lane, future = ended.get()
        except KeyboardInterrupt:
            if interrupted:
                raise
            interrupted = True
            for lane in lanes:
                lane.abandon()
            continue
        if answered := lane.end(future):
            yield _event(answered)
    if interrupted:
        raise KeyboardInterrupt


def _event(answered: Sequence[tuple[Job, Answer]]) -> Event:
    return [job for job, _ in answered], [answer for _, answer in answered]
