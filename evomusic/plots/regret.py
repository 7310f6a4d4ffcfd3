"""Cumulative regret: the optimum minus the return, summed over all melodies made so far (Auer et al. 2002).

A method that has become optimal stays level; one that always loses the same goes on in a straight line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import instance
from evomusic.plots.curves import LEFT, Name, below, column, common_steps, margin, named, subtitle
from evomusic.plots.pieces import check_finished
from evomusic.plots.style import INK, WIDTH, fitting, heading, look, new_figure, settings, short
from evomusic.study.results import Outcome, Run, TaskRun

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT = 4.8


def cumulative_regret(outcome: Outcome, optimum: float, length: int) -> NDArray[np.float64]:
    """Return the cumulative regret (N,) at each checkpoint of a run's curve.

    Args:
        outcome: a run.
        optimum: the greatest return of any melody.
        length: T, the steps of a melody.
    """
    steps = outcome.curve.steps
    made = np.diff(steps, prepend=0) / length
    return np.asarray(np.cumsum(made * (optimum - outcome.curve.online)))


def draw_regret(run: Run, task: TaskRun) -> Figure:
    """Cumulative regret against steps, all methods of one task: median over seeds, and their range.

    Raises:
        ValueError: it is no study and task, no cell of the task is finished, or its optimum is not certified.
    """
    instance("run", run, Run, "a Run: a study that was read")
    check_finished(task)
    if not task.certified or task.references is None:
        raise ValueError(f"the optimum of task {task.label!r} is not certified: there is no regret to draw")
    with settings():
        figure = new_figure(HEIGHT)
        title = f"{fitting(task.label, 3.5, 13)}: cumulative regret of the melodies made"
        heading(figure, title, subtitle(run, task).removesuffix(", each seed (faint)"))
        box = (LEFT / WIDTH, 0.62 / HEIGHT, (WIDTH - LEFT - column(task.outcomes)) / WIDTH, (HEIGHT - 1.57) / HEIGHT)
        ax = figure.add_axes(box)
        names = [_line(ax, task, i, label) for i, label in enumerate(task.outcomes) if task.outcomes[label]]
        _axes(ax, task)
        margin(ax, names, ax.get_ylim())
    return figure


def _line(ax: Axes, task: TaskRun, index: int, label: str) -> Name:
    """Draw one method's median and range; its entry in the margin."""
    cells, length = task.outcomes[label], task.grid.steps
    best = task.references.value if task.references else 0.0
    steps = common_steps([o.curve.steps for o in cells])
    rows = [(o.curve.steps, cumulative_regret(o, best, length)) for o in cells]
    seeds = np.array([np.interp(steps, x, y) for x, y in rows])
    colour, dashes = look(index)
    ax.fill_between(steps, seeds.min(axis=0), seeds.max(axis=0), color=colour, alpha=0.13, lw=0, zorder=2)
    ax.plot(steps, np.median(seeds, axis=0), color=colour, ls=dashes, lw=1.7, zorder=3, solid_capstyle="butt")
    end = float(np.median(seeds[:, -1]))
    return named(label, end, index, short(end))


def _axes(ax: Axes, task: TaskRun) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    ax.set_xlim(left=0)
    ax.set_ylim(bottom=0)
    ax.autoscale(axis="x", tight=True)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(5))
        axis.set_major_formatter(FuncFormatter(lambda x, _: short(x)))
    ax.grid(axis="y", color=INK, alpha=0.12, lw=0.6)
    ax.set_axisbelow(True)
    ax.set_title("optimum minus return, summed over all melodies made so far", loc="left", size=9, pad=7)
    below(ax, f"steps: tokens written, {task.grid.steps} a melody", 0, size=8.5)
