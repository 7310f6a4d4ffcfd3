"""Shares: of targets that a method's runs have reached by a step (ECDF), and of its cells within a regret (profile).

Lines are means over seeds, bands their 95 % bootstrap intervals.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import instance
from evomusic.plots.curves import LEFT, Line, below, column, log_marks, margin, named
from evomusic.plots.pieces import about, charged, check_finished, worded
from evomusic.plots.regret import check_certified, regret_levels, regret_text
from evomusic.plots.ribbons import draw_ribbon
from evomusic.plots.style import INK, WIDTH, fitting, heading, new_figure, settings, text_width
from evomusic.study.inference import SOLVED, Ribbon, ribbon
from evomusic.study.results import Outcome, Run, TaskRun
from evomusic.study.statistics import seeds_in_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]
HEIGHT = 4.8
UPRIGHT = 0.3  # inches for the names of upright levels
POINTS = 240  # of a drawn line, evenly spaced in the logarithm
TARGETS = 51
NEAREST = 0.01  # of the first target's distance from the optimum: that of the last target but one


def targets_of(task: TaskRun) -> tuple[Floats, str]:
    """Return the targets (TARGETS,) of a task's ECDF, rising, and the name of the first.

    They go from the median of real tunes to the optimum or the best known, evenly in the logarithm of their distance
    from it, as those of COCO (Hansen et al. 2021); the last is the optimum itself. Without real tunes they begin at
    random tokens.
    """
    top, references = task.best_known, task.references
    real = references.level("real tunes") if references else None
    if real and real.p50 < top:
        first, name = real.p50, "the real tunes' median"
    else:
        first, name = references.random if references else top, "random tokens"
    gaps = np.append(np.geomspace(1.0, NEAREST, TARGETS - 1), 0.0)
    return top - (top - first) * gaps, name


def shares_reached(outcome: Outcome, targets: Floats, steps: Floats) -> Floats:
    """Return the share (N,) of targets that a run has reached by each of some steps."""
    found = outcome.improvements
    reached = np.searchsorted(targets, found[:, 1], side="right") / len(targets)
    return np.asarray(np.append(0.0, reached)[np.searchsorted(found[:, 0], steps, side="right")])


def draw_ecdf(run: Run, task: TaskRun) -> Figure:
    """Share of targets reached against steps, all methods of one task: the runtime ECDF.

    Raises:
        ValueError: it is no study and task, no cell of the task is finished, or it has no references yet.
    """
    instance("run", run, Run, "a Run: a study that was read")
    check_finished(task)
    if task.references is None:
        raise ValueError(f"task {task.label!r} has no references yet, expected targets; finish the study first")
    targets, first = targets_of(task)
    last = max(float(o.curve.steps[-1]) for cells in task.outcomes.values() for o in cells)
    steps = np.geomspace(task.grid.steps, max(last, task.grid.steps + 1.0), POINTS)
    top = "the optimum" if task.certified else "the best known"
    goal = f"{len(targets)} targets from {first} to {top} (log scale of their distance from it)"
    with settings():
        figure, ax = _figure(run, task, "share of targets reached", goal)
        found = _lines(ax, task, steps, lambda outcome: shares_reached(outcome, targets, steps))
        ends = {m: float(r.value[-1]) for m, r in found.items()}
        margin(ax, [named(m, ends[m], i, f"{100 * ends[m]:.0f} %") for m, i in _places(task)], (0.0, 1.0))
        below(ax, f"{charged(task.grid)} (log scale)", 0, size=8.5)
    return figure


def draw_profiles(run: Run, task: TaskRun) -> Figure:
    """Share of cells whose regret is at most x, all methods of one task: performance profiles (Dolan & More 2002).

    Raises:
        ValueError: it is no study and task, no cell of the task is finished, or its optimum is not certified.
    """
    instance("run", run, Run, "a Run: a study that was read")
    check_finished(task)
    check_certified(task)
    levels = regret_levels(task)
    floor = SOLVED * (task.best_known - (task.references.random if task.references else 0.0))
    regrets = [task.best_known - o.best_return for cells in task.outcomes.values() for o in cells]
    real = [x.value for x in levels if x.label != "noise"]
    low, high = max(min(regrets + real), floor), max([*regrets, *real, 2 * floor])
    x = np.unique([0.7 * low, *(r for r in regrets if r > 0.7 * low), 1.4 * high])
    middles = {
        m: task.best_known - float(np.median([o.best_return for o in task.outcomes[m]])) for m, _ in _places(task)
    }
    order = sorted(middles, key=lambda m: -middles[m])
    heights = {m: (i + 1) / (len(order) + 1) for i, m in enumerate(order)}
    with settings():
        panel = "share of cells with at most this regret; at the right: median regret"
        figure, ax = _figure(run, task, "share of cells within a regret", panel, UPRIGHT)
        _lines(ax, task, x, lambda outcome: (task.best_known - outcome.best_return <= x).astype(float), stairs=True)
        for row, level in enumerate(level for level in levels if low <= level.value <= high):
            _upright(ax, level, row % 2)
        names = [named(m, heights[m], i, regret_text(middles[m])) for m, i in _places(task)]
        margin(ax, names, (0.0, 1.0), joined=False)
        below(ax, worded(task.grid, "regret of the best melody: optimum minus return (log scale)"), 0, size=8.5)
    return figure


def _places(task: TaskRun) -> list[tuple[str, int]]:
    """Methods with a finished cell, and their places in the study."""
    return [(label, i) for i, (label, cells) in enumerate(task.outcomes.items()) if cells]


def _figure(run: Run, task: TaskRun, title: str, panel: str, above: float = 0.0) -> tuple[Figure, Axes]:
    """An empty panel of shares with its headings, and so many inches for names above it."""
    figure = new_figure(HEIGHT)
    seeds = seeds_in_words(run)
    reading = f"{about(task.grid)}; {run.steps:,} steps a run; {seeds}; mean, 95 % bootstrap interval"
    heading(figure, f"{fitting(task.label, 3.5, 13)}: {title}", reading)
    box = (LEFT / WIDTH, 0.5 / HEIGHT, (WIDTH - LEFT - column(task.outcomes)) / WIDTH, (HEIGHT - 1.45 - above) / HEIGHT)
    ax = figure.add_axes(box)
    ax.set_ylim(0.0, 1.0)
    ax.set_yticks([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], ["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"])
    ax.grid(axis="y", color=INK, alpha=0.12, lw=0.6)
    ax.set_axisbelow(True)
    ax.set_title(panel, loc="left", size=9, pad=7 + 72 * above)
    return figure, ax


def _lines(
    ax: Axes, task: TaskRun, x: Floats, shares: Callable[[Outcome], Floats], stairs: bool = False
) -> dict[str, Ribbon]:
    """Draw each method's mean share at x, and return it."""
    log_marks(ax, float(x[0]), float(x[-1]))
    found = {label: ribbon([shares(o) for o in task.outcomes[label]], trimmed=False) for label, _ in _places(task)}
    for label, index in _places(task):
        draw_ribbon(ax, x, found[label], index, stairs)
    return found


def _upright(ax: Axes, level: Line, row: int) -> None:
    """A level across the panel, with its name above it in one of two rows, within the panel's sides."""
    ax.axvline(level.value, color=INK, alpha=0.65, lw=level.width, ls=level.dashes, zorder=1.5)
    text = f"{level.label} {regret_text(level.value)}"
    low, high = np.log(ax.get_xlim())
    half = text_width(text, 7.5) / 2 / (ax.bbox.width / ax.figure.dpi)
    place = float(np.clip((np.log(level.value) - low) / (high - low), half, 1 - half))
    style: dict[str, Any] = {"size": 7.5, "style": "italic", "alpha": 0.8, "ha": "center"}
    ax.annotate(text, (place, 1), (0, 4 + 10 * row), xycoords="axes fraction", textcoords="offset points", **style)
