"""Pareto fronts: objectives of melodies that none dominates, their hypervolume, and some of them as piano rolls."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import instance, shape, whole, wrong
from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.core.renamed import renamed
from evomusic.evolve.selection.fronts import hypervolume
from evomusic.plots.pieces import Piece
from evomusic.plots.roll import add_rolls, badges, rolls_height
from evomusic.plots.style import HUES, INK, WIDTH, fitting, heading, new_figure, number, settings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]
NONE = np.zeros((0, 0))
MOST = 4  # objectives
FRONT, REFERENCE = HUES[0], INK
SHOWN = 6


@renamed({"known": "reference_front"})
def draw_front(
    values: Floats,
    melodies: NDArray[np.uint8],
    grid: Grid,
    names: Sequence[str],
    *,
    points: Floats = NONE,
    reference_front: Floats = NONE,
    reference: Sequence[float] | None = None,
    title: str = "Pareto front",
    shown: int = SHOWN,
) -> Figure:
    """Draw a front over each pair of objectives, and some of its melodies from one end to the other.

    Args:
        values: (N, M) objectives of the front, M from 2 to 4; all are to be great.
        melodies: (N, T) the front's.
        grid: their grid.
        names: of the objectives.
        points: (K, M) objectives of other melodies, drawn faintly.
        reference_front: (L, M) a front to compare with, such as the true one.
        reference: (M,) the reference point of the hypervolume, at which panels begin; when None, half the fronts'
            extent below their least values.
        title: of the figure.
        shown: how many melodies are drawn, at most.

    Raises:
        ValueError: shapes do not fit together, there are too many objectives, or the front is empty.
    """
    values, m = _checked(values, melodies, names), len(names)
    points, reference_front = _objectives("points", points, m), _objectives("reference_front", reference_front, m)
    corner = below(np.concatenate([values, reference_front])) if reference is None else _numbers("reference", reference)
    shape("reference", corner, (m,))
    instance("grid", grid, Grid, "a Grid")
    shown = whole("shown", shown, 1, 10_000)
    members = spread(values, shown)
    columns = min(m * (m - 1) // 2, 3)
    lines = -(-(m * (m - 1) // 2) // columns)
    each = 4.3 if m == 2 else 3.3
    height = 0.7 + lines * each + rolls_height(len(members)) + 0.1
    with settings():
        figure = new_figure(height)
        heading(figure, fitting(title, 8.6, 13), summary(values, reference_front, corner))
        for i, (x, y) in enumerate(combinations(range(m), 2)):
            line, column = divmod(i, columns)
            wide = (WIDTH - 0.1) / columns
            left, bottom = 0.68 + column * wide, height - 0.75 - (line + 1) * each + 0.65
            box = (left / WIDTH, bottom / height, (wide - 0.85) / WIDTH, (each - 0.85) / height)
            ax = figure.add_axes(box)
            _panel(ax, values[:, [x, y]], points[:, [x, y]], reference_front[:, [x, y]], corner[[x, y]], m == 2)
            badges(ax, values[members][:, [x, y]])
            ax.set_xlabel(fitting(names[x], wide - 0.9, 8.5), size=8.5)
            ax.set_ylabel(fitting(names[y], each - 0.9, 8.5), size=8.5)
        add_rolls(figure, _pieces(values, melodies, grid, names, members), 0.7 + lines * each)
    return figure


def _checked(values: Floats, melodies: NDArray[np.uint8], names: Sequence[str]) -> Floats:
    """The objectives (N, M), if all fits together."""
    instance("names", names, (list, tuple), "a list of words, one for each objective")
    values = _numbers("values", values)
    instance("melodies", melodies, np.ndarray, "an array (N, T) of tokens")
    if values.ndim != 2 or not len(values) or values.shape[1] != len(names) or len(melodies) != len(values):
        raise ValueError(
            f"values has shape {values.shape}, expected (N, {len(names)}): a row for each of {len(melodies)} melodies "
            "and a column for each name, and at least one row"
        )
    if not 2 <= len(names) <= MOST:
        raise ValueError(f"names holds {len(names)}, expected 2 to {MOST} objectives: more cannot be drawn by pairs")
    return values


def _objectives(name: str, values: Floats, m: int) -> Floats:
    """(K, M) objectives; none when empty."""
    found = _numbers(name, values)
    if not found.size:
        return np.zeros((0, m))
    shape(name, found, ("K", m))
    return found


def _numbers(name: str, values: object) -> Floats:
    """An array of finite numbers."""
    try:
        found = np.asarray(values, float)
    except (TypeError, ValueError, OverflowError):
        raise wrong(name, values, "an array of numbers") from None
    if not np.isfinite(found).all():
        raise wrong(name, values, "an array of finite numbers")
    return found


def summary(values: Floats, reference_front: Floats, corner: Floats) -> str:
    """Return the number of melodies, their hypervolume, and its share of the reference front's."""
    volume, above = hypervolume(values, corner), ", ".join(number(float(c)) for c in corner)
    text = f"{len(values)} melodies that none dominates; hypervolume {number(volume)} above ({above})"
    whole = hypervolume(reference_front, corner) if len(reference_front) else 0.0
    share = f", {100 * volume / whole:.1f} % of the reference front's (black)" if whole else ""
    return f"{text}{share}; right: sum of objectives"


def spread(values: Floats, most: int) -> list[int]:
    """Choose front members to show, by rising first objective: the ends, then whoever is farthest from those chosen."""
    span = np.where(np.ptp(values, axis=0) > 0, np.ptp(values, axis=0), 1.0)
    unit = (values - values.min(axis=0)) / span
    found = [int(unit[:, 0].argmin())]
    near = np.full(len(unit), np.inf)
    while len(found) < most:
        near = np.minimum(near, ((unit - unit[found[-1]]) ** 2).sum(axis=1))
        if not near.max() > 0:
            break
        found.append(int(near.argmax()))
    return sorted(found, key=lambda i: (values[i, 0], i))


def below(values: Floats) -> Floats:
    """Return a corner (M,) below points (N, M), by half their extent, so that the ends of a front count."""
    low, extent = values.min(axis=0), np.ptp(values, axis=0)
    return np.asarray(low - np.where(extent > 0, extent / 2, 1.0))


def _panel(ax: Axes, values: Floats, points: Floats, reference_front: Floats, corner: Floats, flat: bool) -> None:
    """Two objectives: others, the front, and, where there are no more than two, the area that it dominates."""
    ax.plot(*points.T, ls="", marker="o", ms=2.2, mew=0, color="#6e7781", alpha=0.4, zorder=1.5)
    for front, colour, dashes in ((values, FRONT, "solid"), (reference_front, REFERENCE, (0, (4, 2)))):
        if flat and len(front):
            ax.plot(*staircase(front, corner), drawstyle="steps-pre", color=colour, lw=1.1, ls=dashes, zorder=2)
        elif len(front) and front is reference_front:
            ax.plot(*front.T, ls="", marker="+", ms=4, mew=0.7, color=colour, zorder=2)
    if flat:
        ax.fill_between(*staircase(values, corner), corner[1], step="pre", color=FRONT, alpha=0.12, lw=0, zorder=1)
    ax.plot(*values.T, ls="", marker="o", ms=4.0, mew=0, color=FRONT, zorder=3)
    high = np.concatenate([values, reference_front, corner[None]]).max(axis=0)
    room = 0.05 * np.where(high > corner, high - corner, 1.0)
    ax.set_xlim(corner[0], high[0] + room[0])
    ax.set_ylim(corner[1], high[1] + room[1])
    ax.grid(color=INK, alpha=0.1, lw=0.6)
    ax.set_axisbelow(True)


def staircase(values: Floats, corner: Floats) -> tuple[Floats, Floats]:
    """Return the edge of the region that points (N, 2) dominate above a corner (2,): rising x, falling y."""
    above = values[(values > corner).all(axis=1)]
    order = above[np.lexsort((above[:, 1], above[:, 0]))]
    highest = np.maximum.accumulate(order[::-1, 1])[::-1]
    x, y = np.append(corner[0], order[:, 0]), np.append(highest[:1], highest)
    return (np.append(x, x[-1]), np.append(y, corner[1])) if len(order) else (corner[:1], corner[1:])


def _pieces(
    values: Floats, melodies: NDArray[np.uint8], grid: Grid, names: Sequence[str], members: Sequence[int]
) -> list[Piece]:
    """The melodies shown: numbered, with their objectives; the number at the right is their sum."""
    found = []
    for n, i in enumerate(members, 1):
        said = ", ".join(f"{name} {number(float(v))}" for name, v in zip(names, values[i], strict=True))
        found.append(Piece(f"{n}", said, True, Melody(melodies[i], grid), float(values[i].sum()), FRONT))
    return found
