"""Objectives: named groups of a task's parts (rules and final measures), each with its own sum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import wrong
from evomusic.core.problem import Problem
from evomusic.core.task import Task
from evomusic.core.theory import nearest

Groups = Mapping[str, Sequence[str]] | tuple[tuple[str, tuple[str, ...]], ...]
Floats = NDArray[np.float64]
Columns = dict[str, tuple[int, ...]]


def frozen(groups: Groups) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """An argument `groups` as pairs of a name and names of parts, so that its owner can be hashed.

    Raises:
        ValueError: it is no mapping, or a group is no list of names, or is empty.
    """
    try:
        pairs = dict(groups)
    except (TypeError, ValueError):
        raise wrong("groups", groups, "lists of names of parts by objective, such as {'melody': ['InScale']}") from None
    for name, parts in pairs.items():
        listed = isinstance(parts, (list, tuple)) and len(parts) > 0 and all(isinstance(p, str) for p in parts)
        if not listed or not isinstance(name, str):
            raise wrong(f"groups[{name!r}]", parts, "a list of names of rules and measures")
    return tuple((name, tuple(parts)) for name, parts in pairs.items())


def columns(task: Task, groups: Groups = ()) -> Columns:
    """Columns of `task.parts` by objective: those named here, or else the groups of the task's reward.

    Raises:
        ValueError: there are fewer than two groups, or a name is that of no part of the task.
    """
    named = {name: tuple(_place(task, name, p) for p in parts) for name, parts in frozen(groups)} or dict(
        task.groups_by_name
    )
    if len(named) < 2:
        raise ValueError(
            f"task {task.name!r} has {len(named)} groups of rules, expected at least 2 objectives: give groups, "
            f"such as {{'one': {list(task.part_names[:1])}, 'other': {list(task.part_names[1:2])}}}"
        )
    return named


def objectives(task: Task, melodies: NDArray[np.uint8], groups: Columns) -> NDArray[np.float64]:
    """Objectives (P, M) of melodies (P, T): the exact sum of each group of columns."""
    parts = task.parts(melodies)
    return np.stack([parts[:, list(places)].sum(axis=1) for places in groups.values()], axis=1)


def measured(task: Task | Problem, rows: NDArray[np.uint8], groups: Columns) -> tuple[Floats, Floats]:
    """Values (P, M) of melodies or other solutions by objective, or by the return without groups, and returns (P,).

    A fitness in Python may take long, so a problem is asked once.
    """
    if isinstance(task, Problem):
        parts = task.parts(rows)
        returns = task.total(parts)
        named = [parts[:, list(places)].sum(axis=1) for places in groups.values()]
        return np.stack(named or [returns], axis=1), returns
    returns = task.evaluate(rows)
    return objectives(task, rows, groups) if groups else returns[:, None], returns


def _place(task: Task, group: str, part: str) -> int:
    """The column of a part in a group."""
    if part not in task.part_names:
        raise ValueError(
            f"group {group!r} names {part!r}, which is no part of task {task.name!r}{nearest(part, task.part_names)}; "
            f"its parts are {', '.join(task.part_names)}"
        )
    return task.part_names.index(part)
