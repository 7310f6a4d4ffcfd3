"""Regret against steps: of the best melody found, and summed over all melodies made (Auer et al. 2002).

The upper panel is logarithmic both ways; regrets below a floor, those of methods that found the optimum among them,
are drawn at the floor. In the lower one a method that has become optimal stays level; one that always loses the same
goes on in a straight line.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import instance
from evomusic.plots.curves import (
    LEFT,
    Band,
    Line,
    Name,
    bands,
    below,
    column,
    common_steps,
    levels,
    log_axes,
    margin,
    named,
    subtitle,
)
from evomusic.plots.pieces import charged, check_finished, worded
from evomusic.plots.ribbons import draw_ribbon, ribbon_of
from evomusic.plots.style import INK, WIDTH, fitting, heading, new_figure, settings, short
from evomusic.study.inference import SOLVED
from evomusic.study.results import Outcome, Run, TaskRun
from evomusic.study.statistics import ENOUGH

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT = 8.6
EACH = 3.975  # inches a panel, with its title and the words below


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


def check_certified(task: TaskRun) -> None:
    """Check that one may speak of a task's regret.

    Raises:
        ValueError: its optimum is not certified.
    """
    if not task.certified:
        raise ValueError(f"the optimum of task {task.label!r} is not certified: there is no regret to draw")


def regret_levels(task: TaskRun) -> list[Line]:
    """Return the regrets of quantiles of real tunes and of random tokens, by the certified optimum; all above 0."""
    return [x._replace(value=task.best_known - x.value) for x in levels(task) if x.value < task.best_known]


def draw_regret(run: Run, task: TaskRun) -> Figure:
    """Regret against steps, all methods of one task: of the best melody found, and summed over all melodies made.

    Raises:
        ValueError: it is no study and task, no cell of the task is finished, or its optimum is not certified.
    """
    instance("run", run, Run, "a Run: a study that was read")
    check_finished(task)
    check_certified(task)
    lines = regret_levels(task)
    with settings():
        figure = new_figure(HEIGHT)
        title = f"{fitting(task.label, 3.5, 13)}: regret, the optimum minus the return"
        heading(figure, title, subtitle(run, task).removesuffix(", each seed (faint)"))
        width = WIDTH - LEFT - column([*task.outcomes, *(x.label for x in lines)])
        boxes = [(LEFT / WIDTH, (i * EACH + 0.5) / HEIGHT, width / WIDTH, (EACH - 0.8) / HEIGHT) for i in (1, 0)]
        best, summed = (figure.add_axes(box) for box in boxes)
        _best(best, task, lines, run.seeds >= ENOUGH)
        names = [
            _summed(summed, task, i, m, run.seeds >= ENOUGH) for i, m in enumerate(task.outcomes) if task.outcomes[m]
        ]
        _axes(summed, task)
        margin(summed, names, summed.get_ylim())
    return figure


def _best(ax: Axes, task: TaskRun, lines: list[Line], many: bool) -> None:
    """The regret of the best melody found so far, and the regrets of real tunes across the panel."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    random = task.best_known - (task.references.random if task.references else 0.0)
    found = [replace(b, seeds=(task.best_known - b.seeds).clip(SOLVED * random)) for b in bands(task, "best", many)]
    low, high = _window(found, lines)
    title = worded(task.grid, "best: regret of the best melody found so far")
    log_axes(ax, found, (low, high), "regret (log scale)", title)
    ax.set_yscale("log")
    ax.set_ylim(low, high)
    ax.yaxis.set_major_locator(LogLocator(10, subs=(1.0, 2.0, 5.0) if high < 1000 * low else (1.0,)))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}"))
    ax.yaxis.set_minor_locator(NullLocator())
    for line in lines:
        ax.axhline(line.value, color=INK, alpha=0.65, lw=line.width, ls=line.dashes, zorder=1.5)
    names = [Name(x.label, np.log10(x.value), INK, x.dashes, x.width, True, regret_text(x.value)) for x in lines]
    for band in found:
        draw_ribbon(ax, band.steps, band.ribbon, band.index)
        value = task.best_known - band.value
        names.append(named(band.label, float(np.log10(max(value, low))), band.index, regret_text(value)))
    margin(ax, names, (np.log10(low), np.log10(high)))
    below(ax, f"{charged(task.grid)} (log scale)", 0, size=8.5)
    if any((b.seeds <= SOLVED * random).any() for b in found):
        below(
            ax,
            f"regrets below {SOLVED * random:.2g} at the bottom",
            1,
            size=7.5,
            style="italic",
            alpha=0.75,
            ha="right",
        )


def _window(found: list[Band], lines: list[Line]) -> tuple[float, float]:
    """The range of the panel: all curves, and random melodies."""
    values = [*(float(b.seeds.min()) for b in found), *(x.value for x in lines if x.value > 0)]
    return 0.8 * min(values), 1.3 * max(*values, *(float(b.seeds.max()) for b in found))


def regret_text(regret: float) -> str:
    """Return a regret as text: two digits of small ones, for they may be near the optimum."""
    return "0" if regret <= 0 else f"{regret:.1f}" if regret >= 1 else f"{regret:.2g}"


def _summed(ax: Axes, task: TaskRun, index: int, label: str, many: bool) -> Name:
    """Draw one method's cumulative regret; its entry in the margin."""
    cells, length = task.outcomes[label], task.grid.steps
    steps = common_steps([o.curve.steps for o in cells])
    rows = [(o.curve.steps, cumulative_regret(o, task.best_known, length)) for o in cells]
    found = ribbon_of(np.array([np.interp(steps, x, y) for x, y in rows]), many)
    draw_ribbon(ax, steps, found, index)
    end = float(found.value[-1])
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
    ax.set_ylabel("cumulative regret", size=8.5)
    ax.set_title(worded(task.grid, "online: regret summed over all melodies made so far"), loc="left", size=9, pad=7)
    below(ax, charged(task.grid), 0, size=8.5)
