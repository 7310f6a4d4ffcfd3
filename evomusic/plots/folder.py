"""All figures of a study's folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from evomusic.plots.curves import draw_curves, draw_learning
from evomusic.plots.regret import draw_regret
from evomusic.plots.roll import draw_rolls
from evomusic.plots.style import save_figure
from evomusic.study.results import Run, TaskRun

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIGURES = ("curves", "learning", "regret", "rolls")  # `regret` where the optimum is certified


def draw(run: Run | str | os.PathLike[str]) -> list[Path]:
    """Draw FIGURES, each as PNG and SVG, of every task with a finished cell.

    With more than one task each name ends in the task's label: `curves-tune.png`.

    Args:
        run: the study, or its folder, which is read then.

    Returns:
        The files written.

    Raises:
        ValueError: `run` is neither.
        RunError: the folder holds no study, or a damaged one.
        OSError: a file cannot be written.
    """
    from evomusic.study.store import as_run

    run = as_run(run)
    stems = [(figure, task, stem(run, task, figure)) for task in drawable(run) for figure in figures(task)]
    return [path for figure, task, name in stems for path in save_figure(make(run, task, figure), run.folder / name)]


def make(run: Run, task: TaskRun, figure: str) -> Figure:
    """One of FIGURES.

    Raises:
        ValueError: no cell of the task is finished.
    """
    if figure == "rolls":
        return draw_rolls(task)
    return {"curves": draw_curves, "learning": draw_learning, "regret": draw_regret}[figure](run, task)


def figures(task: TaskRun) -> list[str]:
    """The figures that a task can have."""
    return [figure for figure in FIGURES if figure != "regret" or task.certified]


def drawable(run: Run) -> list[TaskRun]:
    """The tasks with a finished cell."""
    return [task for task in run.tasks.values() if any(task.outcomes.values())]


def stem(run: Run, task: TaskRun, figure: str) -> str:
    """The name of a figure's files without their ending."""
    return figure if len(run.tasks) == 1 else f"{figure}-{task.label}"
