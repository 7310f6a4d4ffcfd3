"""All figures of a study, in its folder; each is rendered once, for files and report alike."""

from __future__ import annotations

import os
from pathlib import Path
from weakref import WeakKeyDictionary

from evomusic.plots.figures import FIGURES, figures_of
from evomusic.plots.style import save_figure, settings, svg_text
from evomusic.study.results import Run, TaskRun

Key = tuple[str, str]  # label of a task, name of a figure
_SVGS: WeakKeyDictionary[Run, dict[Key, str]] = WeakKeyDictionary()  # a Run never changes


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
        OSError: a file cannot be written; it names the path.
    """
    from evomusic.study.store import as_run

    run = as_run(run)
    with settings():
        return [path for task in drawable(run) for name in figures_of(task) for path in _save(run, task, name)]


def _save(run: Run, task: TaskRun, name: str) -> list[Path]:
    """Draw a figure, and write it as PNG and as SVG; the paths written."""
    figure = FIGURES[name].draw(run, task)
    svg = _SVGS.setdefault(run, {})[task.label, name] = svg_text(figure)
    return save_figure(figure, run.folder / stem(run, task, name), svg)


def svg_of(run: Run, task: TaskRun, name: str) -> str:
    """Return one of FIGURES as SVG on white; it is drawn only if `draw` has not drawn it already.

    Raises:
        ValueError: no cell of the task is finished, or its optimum is not certified and the figure needs one.
    """
    drawn = _SVGS.setdefault(run, {})
    if (task.label, name) not in drawn:
        drawn[task.label, name] = svg_text(FIGURES[name].draw(run, task))
    return drawn[task.label, name]


def drawable(run: Run) -> list[TaskRun]:
    """Return the tasks with a finished cell."""
    return [task for task in run.tasks.values() if any(task.outcomes.values())]


def stem(run: Run, task: TaskRun, figure: str) -> str:
    """Return the name of a figure's files without their ending."""
    return figure if len(run.tasks) == 1 else f"{figure}-{task.label}"
