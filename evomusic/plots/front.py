"""Pareto fronts: which melodies none dominates, the volume that they dominate, and how some of them look."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
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
FRONT, KNOWN = HUES[0], INK
SHOWN = 6


def draw_front(
    values: Floats,
    melodies: NDArray[np.uint8],
    grid: Grid,
    names: Sequence[str],
    *,
    points: Floats = NONE,
    known: Floats = NONE,
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
        known: (L, M) a front to compare with, such as the true one.
        reference: (M,) the corner above which the hypervolume is taken, and what panels begin at; when None, half the
            fronts' extent below their least values.
        title: of the figure.
        shown: how many melodies are drawn, at most.

    Raises:
        ValueError: shapes do not fit together, there are too many objectives, or the front is empty.
    """
    m = _checked(values, melodies, names)
    points, known = (np.reshape(x, (-1, m)).astype(float) for x in (points, known))
    corner = below(np.concatenate([values, known])) if reference is None else np.asarray(reference, float)
    members = spread(values, shown)
    columns = min(m * (m - 1) // 2, 3)
    lines = -(-(m * (m - 1) // 2) // columns)
    each = 4.3 if m == 2 else 3.3
    height = 0.7 + lines * each + rolls_height(len(members)) + 0.1
    with settings():
        figure = new_figure(height)
        heading(figure, fitting(title, 8.6, 13), told(values, known, corner))
        for i, (x, y) in enumerate(combinations(range(m), 2)):
            line, column = divmod(i, columns)
            wide = (WIDTH - 0.1) / columns
            left, bottom = 0.68 + column * wide, height - 0.75 - (line + 1) * each + 0.65
            box = (left / WIDTH, bottom / height, (wide - 0.85) / WIDTH, (each - 0.85) / height)
            ax = figure.add_axes(box)
            _panel(ax, values[:, [x, y]], points[:, [x, y]], known[:, [x, y]], corner[[x, y]], m == 2)
            badges(ax, values[members][:, [x, y]])
            ax.set_xlabel(fitting(names[x], wide - 0.9, 8.5), size=8.5)
            ax.set_ylabel(fitting(names[y], each - 0.9, 8.5), size=8.5)
        add_rolls(figure, _pieces(values, melodies, grid, names, members), 0.7 + lines * each)
    return figure


def _checked(values: Floats, melodies: NDArray[np.uint8], names: Sequence[str]) -> int:
    """M, if all fits together."""
    if values.ndim != 2 or not len(values) or values.shape[1] != len(names) or len(melodies) != len(values):
        raise ValueError(
            f"values has shape {values.shape}, expected (N, {len(names)}): a row for each of {len(melodies)} melodies "
            "and a column for each name, and at least one row"
        )
    if not 2 <= len(names) <= MOST:
        raise ValueError(f"names holds {len(names)}, expected 2 to {MOST} objectives: more cannot be drawn by pairs")
    return len(names)


def told(values: Floats, known: Floats, corner: Floats) -> str:
    """How many melodies, their hypervolume, and its share of a known front's."""
    volume, above = hypervolume(values, corner), ", ".join(number(float(c)) for c in corner)
    text = f"{len(values)} melodies that none dominates; hypervolume {number(volume)} above ({above})"
    whole = hypervolume(known, corner) if len(known) else 0.0
    share = f", {100 * volume / whole:.1f} % of the known front's (black)" if whole else ""
    return f"{text}{share}; right: sum of objectives"


def spread(values: Floats, most: int) -> list[int]:
    """Places of front members to show, by rising first objective: ends first, then whoever is farthest from them."""
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
    """A corner (M,) below points (N, M): half their extent below the least, so that the ends of a front count."""
    low, extent = values.min(axis=0), np.ptp(values, axis=0)
    return np.asarray(low - np.where(extent > 0, extent / 2, 1.0))


def _panel(ax: Axes, values: Floats, points: Floats, known: Floats, corner: Floats, flat: bool) -> None:
    """Two objectives: others, the front, and, where there are no more than two, the area that it dominates."""
    ax.plot(*points.T, ls="", marker="o", ms=2.2, mew=0, color="#6e7781", alpha=0.4, zorder=1.5)
    for front, colour, dashes in ((values, FRONT, "solid"), (known, KNOWN, (0, (4, 2)))):
        if flat and len(front):
            ax.plot(*staircase(front, corner), drawstyle="steps-pre", color=colour, lw=1.1, ls=dashes, zorder=2)
        elif len(front) and front is known:
            ax.plot(*front.T, ls="", marker="+", ms=4, mew=0.7, color=colour, zorder=2)
    if flat:
        ax.fill_between(*staircase(values, corner), corner[1], step="pre", color=FRONT, alpha=0.12, lw=0, zorder=1)
    ax.plot(*values.T, ls="", marker="o", ms=4.0, mew=0, color=FRONT, zorder=3)
    high = np.concatenate([values, known, corner[None]]).max(axis=0)
    room = 0.05 * np.where(high > corner, high - corner, 1.0)
    ax.set_xlim(corner[0], high[0] + room[0])
    ax.set_ylim(corner[1], high[1] + room[1])
    ax.grid(color=INK, alpha=0.1, lw=0.6)
    ax.set_axisbelow(True)


def staircase(values: Floats, corner: Floats) -> tuple[Floats, Floats]:
    """Corners of the edge of what points (N, 2) dominate above a corner (2,): rising x, falling y."""
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
