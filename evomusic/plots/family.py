"""The family tree of a melody: its ancestors by generation and return, and the main line as piano rolls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import instance, whole
from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.evolve.watch.ancestry import Family
from evomusic.plots.generations import NEW, SAME, changes
from evomusic.plots.pieces import Piece, about
from evomusic.plots.roll import add_rolls, badges, rolls_height
from evomusic.plots.style import HUES, INK, WIDTH, fitting, heading, new_figure, number, settings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TREE = 3.6  # inches of the tree with its axes
SHOWN = 6
TITLE = "return, wider apart near the best: main line (thick), other parents, first (grey) and second (blue)"
SECOND = HUES[0]
BELOW = (0.0, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)  # the best return, where ticks are


def draw_family(family: Family, grid: Grid, title: str = "family tree of the best", shown: int = SHOWN) -> Figure:
    """Draw a melody's ancestors by generation and return, and some of its main line as piano rolls.

    Args:
        family: the melody and its ancestors, as `find_family` finds them.
        grid: the grid of the melodies.
        title: of the figure.
        shown: how many of the main line are drawn as rolls, at most; the first and the last are among them.

    Raises:
        ValueError: an argument is of another kind.
    """
    instance("family", family, Family, "a Family, as find_family finds it")
    instance("grid", grid, Grid, "a Grid")
    instance("title", title, str, "a text")
    shown = whole("shown", shown, 2, 10_000)
    line = family.line
    members = [line[i] for i in chosen(family.returns[line], shown)]
    melodies = [Melody(family.melodies[i], grid) for i in members]
    height = 0.65 + TREE + rolls_height(len(members)) + 0.1
    with settings():
        figure = new_figure(height)
        heading(figure, fitting(title, 8.6, 13), _subtitle(family, grid))
        box = (0.68 / WIDTH, 1 - (0.62 + TREE - 0.45) / height, (WIDTH - 0.9) / WIDTH, (TREE - 0.8) / height)
        _tree(figure.add_axes(box), family, members)
        pieces = [
            Piece(f"{n + 1}", f"bred in generation {family.generations[i]}", True, m, float(family.returns[i]), NEW)
            for n, (i, m) in enumerate(zip(members, melodies, strict=True))
        ]
        add_rolls(figure, pieces, 0.65 + TREE, changes(melodies))
    return figure


def _subtitle(family: Family, grid: Grid) -> str:
    line = len(family.line)
    others = len(family.generations) - line
    return f"{about(grid)}; {line} melodies in the main line, {others} others; grey: notes of the picture before"


def chosen(returns: NDArray[np.float64], most: int) -> list[int]:
    """Choose places of a line to show: its ends, and between them where the return has climbed by about equal parts."""
    if len(returns) <= most:
        return list(range(len(returns)))
    places = np.linspace(0, len(returns) - 1, len(returns))
    climbed = np.maximum.accumulate(returns)
    share = (climbed - climbed[0]) / max(climbed[-1] - climbed[0], 1e-9)
    travelled = share + places / places[-1]  # half by return, half by number, so that a leap does not take all
    found = {int(np.abs(travelled - goal).argmin()) for goal in np.linspace(0, travelled[-1], most)}
    return sorted(found | {0, len(returns) - 1})


def _tree(ax: Axes, family: Family, members: Sequence[int]) -> None:
    from matplotlib.collections import LineCollection

    at = np.column_stack([family.generations, family.returns]).astype(float)  # (N, 2)
    line = family.line
    main = set(zip(line[1:], line[:-1], strict=True))
    edges = [(i, int(p), k) for i, both in enumerate(family.parents) for k, p in enumerate(both) if p >= 0]
    for second, colour, width in ((False, SAME, 0.7), (True, SECOND, 0.5)):
        ends = [(at[p], at[i]) for i, p, k in edges if (k == 1) is second and (i, p) not in main]
        ax.add_collection(LineCollection(ends, colors=colour, linewidths=width, alpha=0.45, zorder=2), autolim=False)
    ax.plot(*at.T, ls="", marker="o", ms=2.2, color=SAME, alpha=0.6, mew=0, zorder=2.5)
    ax.plot(*at[line].T, color=NEW, lw=1.8, marker="o", ms=3.4, zorder=3)
    _frame(ax, at)
    badges(ax, at[list(members)])


def _frame(ax: Axes, at: NDArray[np.float64]) -> None:
    """Axes: the nearer to the best return, the wider apart, for there the most of a line happens."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

    (first, _), (last, high) = at.min(axis=0), at.max(axis=0)
    below = [b for b in BELOW if b <= 1.5 * (high - at[:, 1].min())] or [0.0]
    aside = 0.03 * max(last - first, 1)
    ax.set_xlim(first - aside, last + aside)
    ax.set_yscale(
        "function", functions=(lambda y: -np.log1p(np.maximum(high - y, -0.5)), lambda z: high - np.expm1(-z))
    )
    ax.set_ylim(high - 1.3 * (high - at[:, 1].min()) - 0.5, high + 0.35)
    ax.xaxis.set_major_locator(MaxNLocator(10, integer=True))
    ax.yaxis.set_major_locator(FixedLocator([high - b for b in below]))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: number(y)))
    ax.grid(axis="y", color=INK, alpha=0.12, lw=0.6)
    ax.set_axisbelow(True)
    ax.set_xlabel("generation in which a melody was bred first", size=8.5)
    ax.set_title(TITLE, loc="left", size=9, pad=7)
