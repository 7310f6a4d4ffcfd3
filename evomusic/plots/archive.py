"""The archive of MAP-Elites: a map of the returns by cell, a grid or Voronoi cells, and some of its melodies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import instance, whole
from evomusic.core.checks import number as real
from evomusic.core.melody import Melody
from evomusic.core.task import Task
from evomusic.evolve.map_elites import Archive, MapElites, qd_score, voronoi_centres
from evomusic.plots.pieces import Piece
from evomusic.plots.roll import add_rolls, badges, rolls_height
from evomusic.plots.style import INK, WIDTH, fitting, heading, new_figure, number, settings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]
MAP = 4.6  # inches of the map with its axes
SHOWN = 6
EMPTY = "#eceef0"
LEAST = 0.1  # quantile of the returns at which colours begin


def draw_archive(
    task: Task, method: MapElites, archive: Archive, title: str = "", shown: int = SHOWN, offset: float | None = None
) -> Figure:
    """Draw a map of an archive, each cell coloured by its elite's return, and some elites that are numbered on it.

    Args:
        task: the task.
        method: the method that has filled it.
        archive: the state of its run.
        title: of the figure; that of the task when empty.
        shown: how many elites are drawn, at most: the best, and good ones that are far from those drawn.
        offset: returns count above this in the QD score; the least return of an elite when None. Give one to compare.

    Raises:
        ValueError: the archive is empty, or an argument is of another kind.
    """
    instance("task", task, Task, "a Task")
    instance("method", method, MapElites, "the MapElites that has filled the archive")
    instance("archive", archive, Archive, "the state of a run of MapElites: em.run(method, task).state")
    instance("title", title, str, "a text")
    shown = whole("shown", shown, 1, 10_000)
    offset = None if offset is None else real("offset", offset)
    if not len(archive.returns):
        raise ValueError("the archive is empty, expected elites; let the run evaluate its first melodies")
    members = numbered(archive.returns, unit(method, archive.measures, task), shown)
    height = 0.7 + MAP + rolls_height(len(members)) + 0.1
    offset = float(archive.returns.min()) if offset is None else offset
    share = f"{len(archive.returns)} elites, coverage {100 * method.coverage(archive):.0f} %"
    with settings():
        figure = new_figure(height)
        score = f"QD score {number(qd_score(archive, offset))} above {number(offset)}"
        title = fitting(title or f"{task.name}: the best melody of every kind", 8.6, 13)
        heading(figure, title, f"{share}, {score}; white: no melody yet")
        box = (0.85 / WIDTH, (height - 0.15 - MAP) / height, (WIDTH - 2.1) / WIDTH, (MAP - 0.6) / height)
        _map(figure.add_axes(box), task, method, archive, members)
        add_rolls(figure, _pieces(task, method, archive, members), 0.75 + MAP)
    return figure


def unit(method: MapElites, measures: Floats, task: Task) -> Floats:
    """Return measures (P, 2) scaled to the unit square."""
    low, high = method.limits(task.grid).T
    return np.asarray(((measures - low) / np.where(high > low, high - low, 1.0)).clip(0, 1))


def numbered(returns: Floats, places: Floats, most: int) -> list[int]:
    """Choose elites to show: the best, then of the better half whoever is farthest from those chosen; best first."""
    found = [int(returns.argmax())]
    good, near = returns >= np.median(returns), np.full(len(returns), np.inf)
    while len(found) < most:
        near = np.minimum(near, ((places - places[found[-1]]) ** 2).sum(axis=1))
        far = np.where(good, near, 0.0)
        if not far.max() > 0:
            break
        found.append(int(far.argmax()))
    return sorted(found, key=lambda i: (-returns[i], i))


def outlines(cells: tuple[int, int] | int, seed: int = 0) -> list[Floats]:
    """Return the corners (C, 2) of each cell in the unit square: (first measure, second measure)."""
    if isinstance(cells, int):
        return _voronoi(voronoi_centres(cells, seed))
    rows, columns = (np.linspace(0, 1, n + 1) for n in cells)
    return [np.array([(a, c), (b, c), (b, d), (a, d)]) for a, b in pairwise(rows) for c, d in pairwise(columns)]


def _voronoi(centres: Floats) -> list[Floats]:
    """Voronoi cells in the unit square: mirrored across its sides, centres have finite cells that end there."""
    from scipy.spatial import Voronoi

    mirrored = [centres]
    for axis in range(2):
        for side in (0.0, 1.0):
            image = centres.copy()
            image[:, axis] = 2 * side - image[:, axis]
            mirrored.append(image)
    diagram = Voronoi(np.concatenate(mirrored))
    return [diagram.vertices[diagram.regions[r]] for r in diagram.point_region[: len(centres)]]


def _map(ax: Axes, task: Task, method: MapElites, archive: Archive, members: Sequence[int]) -> None:
    from matplotlib import colormaps
    from matplotlib.collections import PolyCollection
    from matplotlib.colors import Normalize

    limits = method.limits(task.grid)
    shapes = [(measured(limits, corners))[:, ::-1] for corners in outlines(method.cells, method.seed)]
    heat = np.ma.masked_equal(method.heat(archive).ravel(), -np.inf)
    least, most = float(np.quantile(archive.returns, LEAST)), float(archive.returns.max())
    colours = colormaps["viridis"].with_extremes(bad="white")
    cells = PolyCollection(shapes, array=heat, cmap=colours, norm=Normalize(least, max(most, least + 1e-6)))
    cells.set(edgecolor=EMPTY, linewidth=0.5, zorder=1)
    ax.add_collection(cells, autolim=False)
    _colours(ax, cells, bool((archive.returns < least).any()))
    (bottom, top), (left, right) = limits
    ax.set_xlim(left, right)
    ax.set_ylim(bottom, top)
    ax.set_ylabel(words(type(method.measures[0]).__name__), size=8.5)
    ax.set_xlabel(words(type(method.measures[1]).__name__), size=8.5)
    badges(ax, [shapes[int(archive.cells[i])].mean(axis=0) for i in members])


def measured(limits: Floats, corners: Floats) -> Floats:
    """Return places in the unit square as measures."""
    low, high = limits.T
    return np.asarray(low + corners * (high - low))


def _colours(ax: Axes, cells: object, lower: bool) -> None:
    """The scale of returns, right of the map."""
    box = ax.get_position()
    side = ax.figure.add_axes((box.x1 + 0.025, box.y0, 0.018, box.height))
    bar = ax.figure.colorbar(cells, cax=side, extend="min" if lower else "neither")  # type: ignore[arg-type]
    bar.outline.set_visible(False)
    bar.set_label("return of the elite", size=8.5)


def words(name: str) -> str:
    """Return a measure's name in words: `StepShare` is `step share`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()


def _pieces(task: Task, method: MapElites, archive: Archive, members: Sequence[int]) -> list[Piece]:
    rows = method.deliver(task, archive)
    names = [words(type(m).__name__) for m in method.measures]
    found = []
    for n, i in enumerate(members, 1):
        said = ", ".join(
            f"{name} {round(float(value), 2):g}" for name, value in zip(names, archive.measures[i], strict=True)
        )
        found.append(Piece(f"{n}", said, True, Melody(rows[i], task.grid), float(archive.returns[i]), INK))
    return found
