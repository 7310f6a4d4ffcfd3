"""The tables and sentences of `evomusic stats`: intervals, and which differences between methods stand."""

from __future__ import annotations

from typing import Any

from evomusic.commands.output import print_rows
from evomusic.study.inference import (
    LEVEL,
    Difference,
    Estimate,
    Interval,
    differences,
    estimates,
)
from evomusic.study.interaction import reversals, task_interaction
from evomusic.study.results import Run
from evomusic.study.table import title
from evomusic.study.verdicts import across_tasks, in_full

HEADER = ("", "cells", "best found", "interval", "delivered", "interval")


def print_statistics(run: Run) -> None:
    """Print a table a task, the best method first, then the differences in words."""
    found = estimates(run)
    for task in run.tasks.values():
        mine = sorted((e for e in found if e.task == task.label), key=lambda e: -e.best.value)
        if mine:
            print(title(run, task))
            print_rows(HEADER, map(_row, mine), right=range(1, len(HEADER)))
            print(f"interquartile means over seeds, with {LEVEL:.0%} bootstrap intervals")
            first, *others = in_full(task, [e.method for e in mine])
            print("\n".join([first, *(f"  {line}" for line in others)]), end="\n\n")
    for line in across_tasks(run):
        print(line)


def as_dict(run: Run) -> dict[str, Any]:
    """Return the same as JSON can hold it."""
    return {
        "folder": run.folder.as_posix(),
        "seeds": run.seeds,
        "complete": run.complete,
        "estimates": [_estimate(e) for e in estimates(run)],
        "interaction": found._asdict() if (found := task_interaction(run)) else None,
        "reversals": [r._asdict() for r in reversals(run)],
        "differences": [_difference(d) for task in run.tasks.values() for d in differences(task)],
    }


def _row(e: Estimate) -> tuple[str, ...]:
    return e.method, str(e.seeds), *_texts(e.best), *_texts(e.delivered)


def _texts(i: Interval) -> tuple[str, str]:
    return f"{i.value:.2f}", f"[{i.low:.2f}, {i.high:.2f}]"


def _estimate(e: Estimate) -> dict[str, Any]:
    return {name: x._asdict() if isinstance(x, Interval) else x for name, x in e._asdict().items()}


def _difference(d: Difference) -> dict[str, Any]:
    return d._asdict() | {"stands": d.stands}
