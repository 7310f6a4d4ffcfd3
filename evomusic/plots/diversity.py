"""Fitness and diversity of populations over steps, one above the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from evomusic.core.checks import instance
from evomusic.evolve.watch.diversity import Diversity
from evomusic.plots.curves import LEFT, Band, below, column, log_axes, margin, named
from evomusic.plots.style import WIDTH, fitting, heading, look, new_figure, number, settings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT = 8.4
DOTS = (0, (1, 1.4))


class Panel(NamedTuple):
    """A panel: the field of the record that it shows, its title and unit, and the factor that values are scaled by."""

    field: str
    title: str
    unit: str
    scale: float


PANELS = (
    Panel("best", "fitness: return of the best melody so far (line), mean of the population (dotted)", "return", 1.0),
    Panel(
        "distance", "diversity: share of steps at which two melodies of the population differ, on average", "%", 100.0
    ),
    Panel("distinct", "diversity: share of different melodies in the population", "%", 100.0),
)
MEAN = Panel("mean", "", "return", 1.0)


def draw_diversity(records: Mapping[str, Sequence[Diversity]], title: str = "fitness and diversity") -> Figure:
    """Draw fitness and diversity against steps.

    Args:
        records: by method, a record of each seed; as `record_diversity` makes them.
        title: of the figure.

    Raises:
        ValueError: there are no methods, one has no record, or `records` is no mapping.
    """
    instance("records", records, Mapping, "a list of records by the name of the method")
    instance("title", title, str, "a text")
    if not records or not all(len(instance("a list of records", f, (list, tuple), "a list")) for f in records.values()):
        raise ValueError("records holds a method without a record, expected at least one of each method")
    seeds = max(len(found) for found in records.values())
    shown = "median of seeds (line), range (band)" if seeds > 1 else "one seed"
    with settings():
        figure = new_figure(HEIGHT)
        heading(figure, fitting(title, 8.6, 13), f"{shown}; named at the right with the last value")
        width = WIDTH - LEFT - column(records)
        each = (HEIGHT - 0.65) / len(PANELS)
        for i, panel in enumerate(PANELS):
            bottom = (len(PANELS) - 1 - i) * each + 0.5
            box = (LEFT / WIDTH, bottom / HEIGHT, width / WIDTH, (each - 0.8) / HEIGHT)
            _panel(figure.add_axes(box), records, panel)
    return figure


def band(label: str, index: int, found: Sequence[Diversity], panel: Panel) -> Band:
    """Return a method's curves in a panel, at all steps that one of its seeds was recorded at and all have reached."""
    first, last = max(r.steps[0] for r in found), min(r.steps[-1] for r in found)
    steps = np.unique(np.concatenate([r.steps for r in found])).astype(float)
    steps = steps[(steps >= first) & (steps <= last)]
    seeds = np.array([np.interp(steps, r.steps, panel.scale * getattr(r, panel.field)) for r in found])
    return Band(label, index, steps, seeds, float(np.median(seeds[:, -1])))


def _panel(ax: Axes, records: Mapping[str, Sequence[Diversity]], panel: Panel) -> None:
    bands = [band(label, i, found, panel) for i, (label, found) in enumerate(records.items())]
    means = [band(label, i, found, MEAN) for i, (label, found) in enumerate(records.items())]
    limits = (0.0, 102.0) if panel is not PANELS[0] else span([*bands, *means])
    log_axes(ax, bands, limits, panel.unit, panel.title, ticks=5)
    if panel is PANELS[-1]:
        below(ax, "steps: tokens written (log scale)", 0, size=8.5)
    for b in bands:
        colour, dashes = look(b.index)
        ax.fill_between(b.steps, b.seeds.min(0), b.seeds.max(0), color=colour, alpha=0.13, lw=0)
        ax.plot(b.steps, b.median, color=colour, ls=dashes, lw=1.7, solid_capstyle="butt")
    for b in means if panel is PANELS[0] else ():
        ax.plot(b.steps, b.median, color=look(b.index).colour, ls=DOTS, lw=1.2)
    margin(ax, [named(b.label, b.value, b.index, number(b.value)) for b in bands], limits)


def span(bands: Sequence[Band]) -> tuple[float, float]:
    """Return the least and the greatest value of all bands with some room: the whole climb, where diversity is lost."""
    low, high = min(float(b.seeds.min()) for b in bands), max(float(b.seeds.max()) for b in bands)
    room = 0.05 * max(high - low, 1e-3)
    return low - room, high + room
