"""The time that a study will take, from short runs of each method on each task."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from evomusic.core.ledger import run
from evomusic.core.task import Task

LEAST = 0.2  # seconds of a trial that is long enough
FACTOR = 4  # by which a trial grows that was too short


@dataclass(frozen=True)
class Trial:
    """A forecast of one cell: its seconds, the steps that were really run, or why they could not be."""

    seconds: float
    steps: int
    fault: str = ""


def trial(method: Any, task: Task, steps: int, seed: int = 0, least: float = LEAST) -> Trial:
    """Run a method on a small share of its budget, and extrapolate along a line.

    The first run, which compiles, does not count. Budgets grow until a run takes `least` seconds; the last two give the
    line, so that what is done once is not multiplied.

    Args:
        method: the method.
        task: the task.
        steps: budget of a cell, in tokens.
        seed: seeds the runs.
        least: seconds of a run that is long enough.
    """
    size = min(steps, max(8 * task.grid.steps, steps // 1000))
    try:
        _seconds(method, task, size, seed)
        before, now = (0, 0.0), (size, _seconds(method, task, size, seed))
        while now[1] < least and now[0] < steps:
            size = min(steps, FACTOR * now[0])
            before, now = now, (size, _seconds(method, task, size, seed))
    except Exception as error:  # a user's method may raise anything
        return Trial(0.0, size, " ".join(f"{type(error).__name__}: {error}".split()))
    slope = max(0.0, now[1] - before[1]) / (now[0] - before[0])
    return Trial(now[1] + slope * (steps - now[0]), now[0])


def _seconds(method: Any, task: Task, steps: int, seed: int) -> float:
    began = time.perf_counter()
    run(method, task, steps, seed)
    return time.perf_counter() - began
