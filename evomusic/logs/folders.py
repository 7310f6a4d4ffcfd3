"""Folders of logs: the study that is written, and a folder that appears as a whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from evomusic.core.checks import nearest, wrong
from evomusic.core.saving import PART
from evomusic.study.results import Run, TaskRun
from evomusic.study.store import as_run

PathLike = str | os.PathLike[str]


def finished(run: Run | PathLike) -> Run:
    """Return a study that has a finished cell, read from its folder where it is a path.

    Raises:
        ValueError: it is neither a study nor a path, or none of its cells is finished.
        RunError: the folder holds no study, or a damaged one.
    """
    run = as_run(run)
    if not run.outcomes:
        raise ValueError(f"{run.folder} has no finished cell, expected one or more: run the study first")
    return run


def chosen(run: Run, tasks: Sequence[str] | None, name: str = "tasks") -> list[TaskRun]:
    """Return tasks of a study by their labels, all of them for None.

    Raises:
        ValueError: there is no such task; says the nearest.
    """
    if isinstance(tasks, str):
        raise wrong(name, tasks, "a list of labels, or None for all tasks")
    for label in tasks or ():
        if label not in run.tasks:
            raise ValueError(
                f"{name} has {label!r}, expected labels among {', '.join(run.tasks)}{nearest(label, run.tasks)}"
            )
    return [task for label, task in run.tasks.items() if tasks is None or label in tasks]


@contextmanager
def new_folder(folder: PathLike) -> Iterator[Path]:
    """A folder to write to, put in its place when all is written.

    Raises:
        ValueError: the place is taken by a file, or by a folder that is not empty.
    """
    place = Path(folder)
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise ValueError(f"{place} is there and not empty, expected a new folder")
    aside = place.with_name(f".{place.name}.{secrets.token_hex(4)}{PART}")
    try:
        aside.mkdir(parents=True)
        yield aside
        if place.exists():
            place.rmdir()
        aside.rename(place)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
