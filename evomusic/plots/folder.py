"""All figures of a study, in its folder; each is rendered once, for files and report alike."""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from pathlib import Path
from weakref import WeakKeyDictionary

from evomusic.core.checks import whole
from evomusic.core.saving import write_bytes
from evomusic.plots.figures import FIGURES, figures_of
from evomusic.plots.style import png_bytes, settings, svg_text, write_figure
from evomusic.study.processes import WORKERS, answers
from evomusic.study.results import Run, TaskRun

ENDINGS = (".png", ".svg")
Key = tuple[str, str]  # label of a task, name of a figure
_SVGS: WeakKeyDictionary[Run, dict[Key, str]] = WeakKeyDictionary()  # a Run never changes


def draw(run: Run | str | os.PathLike[str], workers: int = 1) -> list[Path]:
    """Draw FIGURES, each as PNG and SVG, of every task with a finished cell.

    With more than one task each name ends in the task's label: `curves-tune.png`.

    Args:
        run: the study, or its folder, which is read then.
        workers: processes that draw.

    Returns:
        The files written.

    Raises:
        ValueError: `run` is neither, or `workers` is no whole number from 1.
        RunError: the folder holds no study, or a damaged one.
        OSError: a file cannot be written; it names the path.
    """
    from evomusic.study.store import as_run

    run, workers = as_run(run), whole("workers", workers, 1, WORKERS)
    keys = [(task.label, name) for task in drawable(run) for name in figures_of(task)]
    drawn = _SVGS.setdefault(run, {})
    written: list[Path] = []
    for (label, name), (png, svg) in zip(keys, _rendered(run, keys, workers), strict=True):
        drawn[label, name] = svg
        written += write_figure(run.folder / stem(run, run.tasks[label], name), png, svg)
    return written


def require(run: Run, name: str) -> None:
    """Check that one of FIGURES can be drawn of a task at least.

    Raises:
        ValueError: no task has what the figure shows; says what the first one lacks.
    """
    tasks = drawable(run)
    if not any(FIGURES[name].needs(task) for task in tasks):
        FIGURES[name].draw(run, tasks[0])


def draw_one(run: Run, name: str, out: Path | None = None) -> list[Path]:
    """Draw one of FIGURES, of every task that has what it shows.

    Args:
        run: the study.
        name: of the figure.
        out: a file that ends in one of ENDINGS; both files in the study's folder when None. With more than one task its
            name without the ending goes on with each task's label.

    Returns:
        The files written.

    Raises:
        OSError: a file cannot be written; it names the path.
    """
    written: list[Path] = []
    for task in (task for task in drawable(run) if FIGURES[name].needs(task)):
        png, svg = _render(run, (task.label, name))
        if out is None:
            written += write_figure(run.folder / stem(run, task, name), png, svg)
        else:
            path = out.with_name(stem(run, task, out.stem) + out.suffix)
            write_bytes(path, png if out.suffix == ".png" else svg.encode())
            written.append(path)
    return written


def _rendered(run: Run, keys: list[Key], workers: int) -> Iterable[tuple[bytes, str]]:
    """Each figure as PNG and as SVG; drawn here where workers cannot."""
    if workers > 1 and len(keys) > 1:
        with suppress(BrokenProcessPool, OSError, KeyError):  # KeyError: a figure that only this process has
            calls = [(run, key) for key in reversed(keys)]  # the last, with all melodies, takes longest
            return reversed(answers(_render, calls, min(workers, len(keys))))
    return (_render(run, key) for key in keys)


def _render(run: Run, key: Key) -> tuple[bytes, str]:
    label, name = key
    with settings():
        figure = FIGURES[name].draw(run, run.tasks[label])
        return png_bytes(figure), svg_text(figure)


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
