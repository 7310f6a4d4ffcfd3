"""The tables and sentences of `evomusic stats`: intervals, and which differences between methods stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from evomusic.commands.output import print_rows
from evomusic.study.inference import (
    ALPHA,
    LEVEL,
    Difference,
    Estimate,
    Interval,
    differences,
    estimates,
    least_p,
)
from evomusic.study.interaction import reversals, task_interaction
from evomusic.study.results import Run, TaskRun
from evomusic.study.table import title

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
            print("\n".join(sentences(task, [e.method for e in mine])), end="\n\n")
    for line in across_tasks(run):
        print(line)


def across_tasks(run: Run) -> Iterator[str]:
    """Whether methods rank differently by task, in words; nothing of a study of one task."""
    found = task_interaction(run)
    if found is None:
        return
    said = "depend on the task" if found.stands else "are not shown to depend on the task"
    test = f"F({found.df:.1f}, {found.df_error:.1f}) = {found.f:.2f}, p = {found.p:.2g}"
    yield f"differences between methods {said} (test of interaction by Brunner, Dette and Munk: {test})"
    pairs = [f"{r.first} beats {r.second} on {r.task}, {r.second} beats {r.first} on {r.other}" for r in reversals(run)]
    yield f"in opposite order by task: {'; '.join(pairs) or 'no two methods'}"


def sentences(task: TaskRun, order: Sequence[str]) -> Iterator[str]:
    """The differences between a task's methods in words, a line a method."""
    found = differences(task)
    if not found:
        yield "differences need two methods of two seeds or more"
        return
    stand = [d for d in found if d.stands]
    yield (
        f"{len(stand)} of {len(found)} differences in best found stand at {ALPHA:.0%} "
        "(Mann-Whitney's test, corrected by Holm's method)"
    )
    if not stand and least_p(task) >= ALPHA:
        seeds = max(len(cells) for cells in task.outcomes.values())
        yield f"{seeds} seeds are too few: methods that do not overlap at all would have p {least_p(task):.2g}"
        return
    for method in order:
        beaten = [d.second for d in stand if d.first == method]
        level = [d.second if d.first == method else d.first for d in found if not d.stands and method in d[1:3]]
        said = [f"beats {', '.join(sorted(beaten, key=order.index))}"] if beaten else []
        said += [f"not told apart from {', '.join(sorted(level, key=order.index))}"] if level else []
        yield f"  {method}: {'; '.join(said) or 'beats none'}"


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
    return e._asdict() | {"best": e.best._asdict(), "delivered": e.delivered._asdict()}


def _difference(d: Difference) -> dict[str, Any]:
    return d._asdict() | {"stands": d.stands}
