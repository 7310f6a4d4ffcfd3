"""Objectives: named groups of a task's parts, each summed on its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from evomusic.core.task import Task
from evomusic.core.theory import nearest

Groups = Mapping[str, Sequence[str]] | tuple[tuple[str, tuple[str, ...]], ...]
Columns = dict[str, tuple[int, ...]]


def frozen(groups: Groups) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Groups as pairs of a name and names of parts, so that what holds them can be hashed.

    Raises:
        ValueError: a group is no list of names, or holds none.
    """
    for name, parts in dict(groups).items():
        if isinstance(parts, str) or not all(isinstance(p, str) for p in parts) or not len(parts):
            raise ValueError(f"group {name!r} is {parts!r}, expected a list of names of rules and measures")
    return tuple((str(name), tuple(parts)) for name, parts in dict(groups).items())


def columns(task: Task, groups: Groups = ()) -> Columns:
    """Columns of `task.parts` by objective: those named here, or else the groups of the task's reward.

    Raises:
        ValueError: there are fewer than two groups, or one names what is no part of the task.
    """
    named = {name: tuple(_place(task, name, p) for p in parts) for name, parts in frozen(groups)} or dict(
        task.machine.groups_by_name
    )
    if len(named) < 2:
        raise ValueError(
            f"task {task.name!r} has {len(named)} groups of rules, expected at least 2 objectives: give groups, "
            f"such as {{'one': {list(task.part_names[:1])}, 'other': {list(task.part_names[1:2])}}}"
        )
    return named


def objectives(task: Task, melodies: NDArray[np.uint8], wanted: Columns) -> NDArray[np.float64]:
    """What each group of columns pays melodies (P, T): (P, M), exact sums."""
    parts = task.parts(melodies)
    return np.stack([parts[:, list(places)].sum(axis=1) for places in wanted.values()], axis=1)


def _place(task: Task, group: str, part: str) -> int:
    """The column of a part that a group names."""
    if part not in task.part_names:
        raise ValueError(
            f"group {group!r} names {part!r}, which is no part of task {task.name!r}{nearest(part, task.part_names)}; "
            f"its parts are {', '.join(task.part_names)}"
        )
    return task.part_names.index(part)
