"""All figures of a study's folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from evomusic.plots.curves import draw_curves, draw_learning
from evomusic.plots.roll import draw_rolls
from evomusic.plots.style import save_figure
from evomusic.study.results import Run, TaskRun

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIGURES = ("curves", "learning", "rolls")


def draw(folder: str | Path) -> list[Path]:
    """Draw `curves`, `learning` and `rolls`, each as PNG and SVG, of every task with a finished cell.

    With more than one task each name ends in the task's label: `curves-tune.png`.

    Returns:
        The files written.

    Raises:
        RunError: the folder holds no study, or a damaged one.
        OSError: a file cannot be written.
    """
    from evomusic.study.store import read_run

    run = read_run(folder)
    stems = [(figure, task, stem(run, task, figure)) for task in drawable(run) for figure in FIGURES]
    return [path for figure, task, name in stems for path in save_figure(make(run, task, figure), run.folder / name)]


def make(run: Run, task: TaskRun, figure: str) -> Figure:
    """One of FIGURES.

    Raises:
        ValueError: no cell of the task is finished.
    """
    if figure == "rolls":
        return draw_rolls(task)
    return draw_curves(run, task) if figure == "curves" else draw_learning(run, task)


def drawable(run: Run) -> list[TaskRun]:
    """The tasks with a finished cell."""
    return [task for task in run.tasks.values() if any(task.outcomes.values())]


def stem(run: Run, task: TaskRun, figure: str) -> str:
    """The name of a figure's files without their ending."""
    return figure if len(run.tasks) == 1 else f"{figure}-{task.label}"
