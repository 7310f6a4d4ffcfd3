"""Large studies: thousands of workers on paper, and a finished study of 2,000 cells.

On paper the order of jobs is the real one, and workers only pass simulated time. The finished study is looked at, run
again with nothing to do, and drawn, each in a process of its own, in seconds of its processor. With `--against FOLDER`
the checkout of another build does the same, in turn, with a folder that it has computed itself.
"""

from __future__ import annotations

import heapq
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
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


FINISHED = """
steps = 128
seeds = {seeds}

[tasks]
tiny = "tiny"
two = {{name = "tiny", bars = 2}}

[methods]
a = {{kind = "RandomSearch"}}
b = {{kind = "RandomSearch", batch = 100}}
"""
COMMANDS = {  # and most seconds
    "listed": (("show", "run"), 1.0),
    "summed up": (("stats", "run"), 1.6),
    "run again with nothing to do": (("compare", "study.toml", "-o", "run", "--no-figures", "--workers", "1"), 2.5),
    "one figure of it": (("plot", "run", "--kind", "curves"), 3.0),
}


def spent(build: str, folder: str, words: Sequence[str]) -> float:
    """Processor seconds of a command of the package in a checkout, run in a folder."""
    before = os.times()
    code = [sys.executable, "-m", "evomusic", *words]
    subprocess.run(code, cwd=folder, env=os.environ | {"PYTHONPATH": build}, check=True, capture_output=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def finished(sheet: Sheet, small: bool, against: str | None = None) -> None:
    """A finished study of 2,000 cells."""
    seeds = 10 if small else 500
    builds = {build: tempfile.mkdtemp() for build in (os.getcwd(), *([os.path.abspath(against)] if against else []))}
    try:
        for build, folder in builds.items():
            Path(folder, "study.toml").write_text(FINISHED.format(seeds=seeds))
            spent(build, folder, COMMANDS["run again with nothing to do"][0])
        for what, (words, most) in COMMANDS.items():
            each = [[spent(build, folder, words) for build, folder in builds.items()] for _ in range(sheet.repeats)]
            ours, *other = map(min, zip(*each, strict=True))
            before = f" (in {against} {other[0]:.3g} s, {other[0] / ours:.3g} x)" if other else ""
            sheet.most(f"a finished study of {4 * seeds:,} cells {what}{before}", ours, "s", most)
    finally:
        for folder in builds.values():
            shutil.rmtree(folder)


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
    for part in (studies, finished):
        part(Sheet(1), "--smoke" in sys.argv)
