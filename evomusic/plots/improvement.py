"""Probability of improvement of each pair of methods: a table with intervals, the differences that stand shaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evomusic.core.checks import instance
from evomusic.plots.pieces import check_finished
from evomusic.plots.style import HUES, WIDTH, fitting, heading, new_figure, settings, text_width
from evomusic.study.inference import ALPHA, Difference, differences, interquartile_mean, least_p
from evomusic.study.results import Run, TaskRun
from evomusic.study.statistics import seeds_in_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW = 0.42  # inches
COLUMN = 0.98  # most inches
HEAD = 0.75  # inches of the headings, with a gap below
NAME, ABOVE = 1.9, 1.2  # most inches of a name in a row, and of one that stands upright above a column
LEAST = 0.66  # inches of a column with room for an interval


def ranked(task: TaskRun) -> list[str]:
    """Return the methods of a task with two cells or more, by the interquartile mean of their best returns."""
    best = {m: [o.best_return for o in cells] for m, cells in task.outcomes.items() if len(cells) > 1}
    return sorted(best, key=lambda m: -float(interquartile_mean(best[m])))


def draw_improvement(run: Run, task: TaskRun) -> Figure:
    """The probability that a cell of one method finds a better melody than a cell of another, all methods of one task.

    Raises:
        ValueError: it is no study and task, or no two methods have two finished cells each.
    """
    instance("run", run, Run, "a Run: a study that was read")
    check_finished(task)
    order = ranked(task)
    if len(order) < 2:
        raise ValueError(
            f"task {task.label!r} has no two methods of two finished cells or more, expected pairs to compare"
        )
    pairs = {frozenset(d[1:3]): d for d in differences(task)}
    with settings():
        names = [fitting(name, NAME, 9) for name in order]
        width = min(COLUMN, (WIDTH - 0.4 - text_width(names[0], 9)) / (len(order) - 1))
        upright = any(text_width(name, 9) > width - 0.1 for name in order[1:])
        top = HEAD + (max(text_width(fitting(name, ABOVE, 9), 9) for name in order[1:]) if upright else 0.15)
        height = top + ROW * (len(order) - 1) + 0.15
        figure = new_figure(height)
        title = f"{fitting(task.label, 3.5, 13)}: probability that a run of one method beats one of another"
        heading(figure, title, _reading(run, task, list(pairs.values())))
        ax = figure.add_axes((0, 0, 1, 1))
        ax.axis("off")
        ax.set_xlim(0, WIDTH)
        ax.set_ylim(height - top, -top)  # inches, 0 at the first row
        left = max(text_width(name, 9) + 0.2 - i * width for i, name in enumerate(names[:-1]))
        for j, name in enumerate(order[1:]):
            text = fitting(name, ABOVE, 9)
            ax.text(left + (j + 0.5) * width, -0.06, text, size=9, ha="center", va="bottom", rotation=90 * upright)
        for i, name in enumerate(order[:-1]):
            ax.text(left + i * width - 0.08, (i + 0.5) * ROW, names[i], size=9, ha="right", va="center")
            for j, other in enumerate(order[i + 1 :], i):
                _cell(ax, name, pairs[frozenset((name, other))], left + j * width, (i + 0.5) * ROW, width)
    return figure


def _reading(run: Run, task: TaskRun, pairs: list[Difference]) -> str:
    seeds = seeds_in_words(run)
    said = f"{seeds}; row beats column, 95 % interval (Newcombe); "
    if not any(d.stands for d in pairs) and least_p(task) >= ALPHA:
        return f"{said}too few seeds for any difference to stand after Holm's correction"
    return f"{said}shaded and bold: the difference stands after Holm's correction (p < {ALPHA:g})"


def _cell(ax: Axes, row: str, pair: Difference, x: float, y: float, width: float) -> None:
    from matplotlib.patches import Rectangle

    value, low, high = pair.a12, pair.low, pair.high
    if pair.first != row:
        value, low, high = 1 - value, 1 - high, 1 - low
    if pair.stands:
        box = (x + 0.02, y - ROW / 2 + 0.02), width - 0.04, ROW - 0.04
        ax.add_patch(Rectangle(*box, facecolor=HUES[0], alpha=0.25, lw=0))
    full = width >= LEAST
    weight = "bold" if pair.stands else "normal"
    place = x + width / 2
    ax.text(place, y - 0.06 * full, f"{value:.2f}", size=9 if full else 7, weight=weight, ha="center", va="center")
    if full:
        ax.text(place, y + 0.11, f"{low:.2f} to {high:.2f}", size=6.5, alpha=0.75, ha="center", va="center")
