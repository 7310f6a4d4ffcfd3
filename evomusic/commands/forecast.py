"""`init` and `check`: a study to begin with, and how long a study will take."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evomusic.commands.output import OK, USAGE, UsageError, count, print_json, print_rows, say

if TYPE_CHECKING:
    from evomusic.study.config import Study
    from evomusic.study.forecast import Trial

STARTER = "starter.toml"
Trials = dict[tuple[str, str], "Trial"]  # by task and method


def init(file: Path, json: bool) -> int:
    """Write a study to begin with; a file that is there already stays."""
    text = resources.files("evomusic.study").joinpath(STARTER).read_text(encoding="utf-8")
    try:
        with file.open("x", encoding="utf-8", newline="\n") as new:
            new.write(text.replace("FILE", file.name))
    except FileExistsError:
        raise UsageError(f"{file} is there already; choose another name") from None
    if json:
        print_json({"file": file.as_posix()})
    else:
        print(f"{file}: a study of one task and three methods; change it, then: evomusic check {file}")
    return OK


def check(study: Path, numbers: dict[str, str], workers: int, sets: Sequence[str], json: bool) -> int:
    """Read a study, run each method briefly on each task, and print the seconds that a cell will take."""
    os.environ.setdefault("EVOMUSIC_THREADS", "1")  # as in a worker
    from evomusic.study.config import Study
    from evomusic.study.forecast import trial
    from evomusic.study.runner import cores

    whole = [f"{name}={count(f'--{name}', text)}" for name, text in numbers.items()]
    read = Study.read(study, [*sets, *whole])
    if workers < 0:
        raise UsageError(f"--workers is {workers}, expected 1 or more, or 0 for as many as there are cores")
    if not json:
        print("\n".join(_content(read, study)))
    trials: Trials = {}
    for label, task in read.tasks.items():
        for name, method in read.methods.items():
            trials[label, name] = trial(method, task, read.steps, read.seed)
    found = _summary(read, trials, workers or cores())
    if json:
        print_json(found)
    else:
        _print(read, trials, found)
    for (label, name), each in trials.items():
        if each.fault:
            say(f"{name} fails on {label}: {each.fault[:300]}")
    return USAGE if any(each.fault for each in trials.values()) else OK


def _content(study: Study, path: Path) -> list[str]:
    """Lines that say what a study holds."""
    cells = len(study.tasks) * len(study.methods) * study.seeds
    return [
        f"{path}: {len(study.tasks)} tasks x {len(study.methods)} methods x {study.seeds} seeds = {cells:,} cells "
        f"of {study.steps:,} steps",
        *(f"  {_task(label, task)}" for label, task in study.tasks.items()),
        *(f"  method {label}: {type(method).__name__}" for label, method in study.methods.items()),
    ]


def _task(label: str, task: Any) -> str:
    """A line that says what a task or a problem is."""
    grid = task.grid
    if hasattr(grid, "about"):
        return f"problem {label}: {grid.about}"
    frame = f"{grid.bars} bars of {grid.steps_per_bar} steps, {len(grid.pitches)} pitches"
    if not hasattr(task, "reward"):
        return f"problem {label}: {frame}"
    return f"task {label}: {frame}, {len(task.reward.rules)} rules, {len(task.reward.final)} final rewards"


def _summary(study: Study, trials: Trials, workers: int) -> dict[str, Any]:
    """The forecast as JSON can hold it."""
    seconds = [each.seconds for each in trials.values()]
    total = sum(seconds) * study.seeds
    return {
        "tasks": list(study.tasks),
        "methods": list(study.methods),
        "steps": study.steps,
        "seeds": study.seeds,
        "cells": len(trials) * study.seeds,
        "seconds per cell": [
            {"task": task, "method": method, "seconds": each.seconds, "steps run": each.steps, "fault": each.fault}
            for (task, method), each in trials.items()
        ],
        "workers": workers,
        "seconds": max(total / workers, max(seconds)),
        "peak MB": _peak(),
    }


def _peak() -> float | None:
    """The most memory (MB) that this process has held, where the system tells."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def _print(study: Study, trials: Trials, found: dict[str, Any]) -> None:
    rows = [[name, *(_cell(trials[task, name]) for task in study.tasks)] for name in study.methods]
    print_rows(["seconds per cell", *study.tasks], rows, right=range(1, len(study.tasks) + 1))
    workers = found["workers"]
    where = f"{workers} {'core' if workers == 1 else 'cores'}"
    print(f"about {_duration(found['seconds'])} on {where}, without compilation and the optima of the tasks")
    if found["peak MB"] is not None:
        print(f"a process held up to {found['peak MB']:.0f} MB in these short runs; each worker needs that or more")


def _cell(each: Trial) -> str:
    return "fails" if each.fault else f"{each.seconds:.3g}" if each.seconds < 100 else f"{each.seconds:.0f}"


def _duration(seconds: float) -> str:
    """A time in its unit: 40 s, 12 min, 3.5 h."""
    if seconds < 90:
        return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
