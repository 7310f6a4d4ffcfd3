"""Inference in words: which differences between methods stand, and whether they depend on the task."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evomusic.study.inference import ALPHA, Difference, differences, least_p
from evomusic.study.interaction import reversals, task_interaction
from evomusic.study.results import Run, TaskRun

MOST = 6  # pairs that a sentence names


def in_brief(task: TaskRun) -> Iterator[str]:
    """Sentences on a task's differences, naming pairs that are not told apart; none where there are no two methods."""
    found = differences(task)
    if not found:
        return
    yield _count(found)
    if none := _none_can(task, found):
        yield none
        return
    level = [f"{d.first} and {d.second}" for d in found if not d.stands]
    if level:
        more = f" and {len(level) - MOST} more pairs" if len(level) > MOST else ""
        yield f"not told apart: {', '.join(level[:MOST])}{more}"


def in_full(task: TaskRun, order: Sequence[str]) -> Iterator[str]:
    """The differences between a task's methods: how many stand, then a sentence a method, or why none can stand."""
    found = differences(task)
    if not found:
        yield "differences need two methods of two seeds or more"
        return
    yield _count(found)
    if none := _none_can(task, found):
        yield none
        return
    for method in order:
        beaten = [d.second for d in found if d.stands and d.first == method]
        level = [d.second if d.first == method else d.first for d in found if not d.stands and method in d[1:3]]
        said = [f"beats {', '.join(sorted(beaten, key=order.index))}"] if beaten else []
        said += [f"not told apart from {', '.join(sorted(level, key=order.index))}"] if level else []
        yield f"{method}: {'; '.join(said) or 'beats none'}"


def across_tasks(run: Run) -> Iterator[str]:
    """Whether methods rank differently by task, in two sentences; nothing of a study of one task."""
    found = task_interaction(run)
    if found is None:
        return
    said = "depend on the task" if found.stands else "are not shown to depend on the task"
    test = f"F({found.df:.1f}, {found.df_error:.1f}) = {found.f:.2f}, p = {found.p:.2g}"
    yield f"differences between methods {said} (test of interaction by Brunner, Dette and Munk: {test})"
    pairs = [f"{r.first} beats {r.second} on {r.task}, {r.second} beats {r.first} on {r.other}" for r in reversals(run)]
    yield f"in opposite order by task: {'; '.join(pairs) or 'no two methods'}"


def _count(found: Sequence[Difference]) -> str:
    return (
        f"{sum(d.stands for d in found)} of {len(found)} differences in best found stand at {ALPHA:.0%} "
        "(Mann-Whitney's test, corrected by Holm's method)"
    )


def _none_can(task: TaskRun, found: Sequence[Difference]) -> str:
    """Why no difference can stand, or an empty text where one can."""
    least = least_p(task)
    if least < ALPHA or any(d.stands for d in found):
        return ""
    seeds = max(len(cells) for cells in task.outcomes.values())
    return f"with {seeds} seeds no difference can stand: methods that do not overlap at all would have p {least:.2g}"
