"""A study on thousands of workers, on paper: the real order of jobs, and workers that only pass simulated time."""

from __future__ import annotations

import heapq
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from typing import NamedTuple

import numpy as np

from benchmarks.timing import Sheet
from evomusic.study.lanes import Lane
from evomusic.study.work import BATCH, Answer, Job

SEED = 1
SPREAD = 0.2  # of the seconds of a group's cells, in their logarithm
SPEEDS = (2e5, 2e7)  # steps a second of the slowest and the fastest method
MESSAGE = 0.005  # seconds from the end of a batch to the beginning of the next on the same worker


class Simulated(NamedTuple):
    """A study on paper: seconds that it took, the workers' mean busy share, and seconds of real scheduling."""

    cells: int
    steps: float
    seconds: float
    busy: float
    batches: int
    scheduling: float


class Paper:
    """An executor whose workers take the seconds that `seconds` says."""

    deadly: tuple[type[BaseException], ...] = ()
    attempts, hopeless = 3, False

    def __init__(self, workers: int, seconds: dict[str, float]) -> None:
        self.room, self.now, self.busy, self.batches = workers, 0.0, 0.0, 0
        self._seconds, self._ends = seconds, list[tuple[float, int, Future[list[Answer]], list[Answer]]]()

    def submit(self, jobs: Sequence[Job]) -> Future[list[Answer]]:
        spent, answers = 0.0, list[Answer]()
        for job in jobs:  # as `do_all`
            answers.append(Answer(b"", self._seconds[job.name]))
            spent += self._seconds[job.name]
            if spent > BATCH:
                break
        future: Future[list[Answer]] = Future()
        self.batches, self.busy = self.batches + 1, self.busy + spent
        heapq.heappush(self._ends, (self.now + spent + MESSAGE, self.batches, future, answers))
        return future

    def ended(self) -> Iterator[Future[list[Answer]]]:
        """The next batch that ends."""
        self.now, _, future, answers = heapq.heappop(self._ends)
        future.set_result(answers)
        yield future

    def halt(self) -> None: ...

    def close(self, wait: bool) -> None: ...


def simulate(workers: int, tasks: int, methods: int, seeds: int, steps: float) -> Simulated:
    """Run a study of so many cells, each of so many steps, on paper."""
    rng = np.random.default_rng(SEED)
    speeds = np.geomspace(*SPEEDS, methods)
    jobs, seconds = list[Job](), dict[str, float]()
    for seed in range(seeds):
        for task in range(tasks):
            for method in range(methods):
                name = f"{task}/{method}/{seed}"
                jobs.append(Job("cell", name, f"{task}/{method}", str(task), parts=frozenset([str(method)])))
                seconds[name] = float(steps / speeds[method] * np.exp(SPREAD * rng.standard_normal()))
    paper, began = Paper(workers, seconds), time.process_time()
    lane, done = Lane(paper, jobs), 0
    while True:
        for _ in lane.begin():
            pass
        if not lane.running:
            break
        for future in paper.ended():
            done += len(lane.end(future))
    assert done == len(jobs)
    busy = paper.busy / (paper.now * workers)
    return Simulated(done, done * steps, paper.now, busy, paper.batches, time.process_time() - began)


def studies(sheet: Sheet, small: bool) -> None:
    """10^12 steps on 10,000 workers, and tiny cells on 64, with the seconds that dealing them out takes."""
    sizes = (100, 4, 5, 20, 5e6) if small else (10_000, 10, 20, 1000, 5e6)
    big = simulate(*sizes)
    what = f"on paper: {big.cells:,} cells, {big.steps:.0e} steps, {sizes[0]:,} workers, {big.seconds:,.0f} s"
    sheet.least(f"{what}: busy workers", big.busy, "of all", 0.8)
    sheet.most(f"{what}: dealing a cell out", big.scheduling / big.cells * 1e3, "ms", 0.2)
    tiny = simulate(64, 2, 2, 50 if small else 2500, 1e4)
    sheet.most(f"dealing out {tiny.cells:,} tiny cells to 64 workers", tiny.scheduling, "s", 2)


if __name__ == "__main__":
    studies(Sheet(1), "--smoke" in sys.argv)
