"""Return against steps: what was found, what would be delivered, and what is earned meanwhile, each in its own panel.

A line is the median over seeds, a band their range, faint lines the seeds. Each panel's right margin names its lines
and levels in the order in which they end, with the value; an arrow marks what lies outside the panel.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.plots.pieces import about
from evomusic.plots.style import INK, WIDTH, apart, fitting, heading, look, new_figure, number, settings, text_width
from evomusic.study.results import Outcome, Run, TaskRun
from evomusic.study.statistics import LAST, mean_online

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

POINTS = 160  # of a drawn line, evenly spaced in the logarithm of steps
LEFT = 0.68  # inches left of a panel
JOIN, VALUE = 0.62, 0.78  # inches right of a panel before a name and after it
NAME = 2.2  # most inches of a name
GAP = 0.158  # inches between names
SIZE = 8.6  # points of a name
QUANTITIES = {
    "best": "best: return of the best melody found so far",
    "delivered": "delivered: mean return of what the method would hand over",
    "online": "online: mean return of the melodies being made (value: of the last tenth)",
}


@dataclass(frozen=True, eq=False)
class Band:
    """A method's curves at common steps: `steps` (N,), `seeds` (S, N).

    `value` is what the summary says of it, `index` its place in the study.
    """

    label: str
    index: int
    steps: NDArray[np.float64]
    seeds: NDArray[np.float64]
    value: float

    @property
    def median(self) -> NDArray[np.float64]:
        """(N,) over seeds."""
        return np.asarray(np.median(self.seeds, axis=0))


class Line(NamedTuple):
    """A level that is drawn across a panel."""

    label: str
    value: float
    dashes: Any
    width: float


class Name(NamedTuple):
    """What stands in the margin: a name, its value, how its line looks, and the value as it is written."""

    label: str
    value: float
    colour: str
    dashes: Any
    width: float
    level: bool
    text: str


def draw_curves(run: Run, task: TaskRun) -> Figure:
    """The best return found against steps, all methods of one task.

    Raises:
        ValueError: no cell of the task is finished.
    """
    return _figure(run, task, ("best",), 4.8, "what each method finds")


def draw_learning(run: Run, task: TaskRun) -> Figure:
    """What methods would deliver, and the mean return of what they make meanwhile, against steps, in two panels.

    Raises:
        ValueError: no cell of the task is finished.
    """
    return _figure(run, task, ("delivered", "online"), 8.6, "what each method hands over, and earns meanwhile")


def _figure(run: Run, task: TaskRun, quantities: Sequence[str], height: float, title: str) -> Figure:
    if not any(task.outcomes.values()):
        raise ValueError(f"task {task.label!r} has no finished cell, expected at least one; finish the study first")
    with settings():
        figure = new_figure(height)
        heading(figure, f"{fitting(task.label, 3.5, 13)}: {title}", subtitle(run, task))
        each = (height - 0.65) / len(quantities)
        width = WIDTH - LEFT - column([*task.outcomes, *(x.label for x in levels(task))])
        for i, quantity in enumerate(quantities):
            bottom = (len(quantities) - 1 - i) * each + 0.5
            box = (LEFT / WIDTH, bottom / height, width / WIDTH, (each - 0.8) / height)
            _panel(figure.add_axes(box), task, quantity)
    return figure


def column(names: Iterable[str]) -> float:
    """Inches right of the panels: what the longest name takes."""
    return JOIN + max(text_width(fitting(name, NAME, SIZE), SIZE) for name in names) + VALUE


def subtitle(run: Run, task: TaskRun) -> str:
    """Task, budget and seeds in a line, and how to read the lines."""
    done = {len(cells) for cells in task.outcomes.values()}
    count = f"{run.seeds}" if done == {run.seeds} else f"{min(done)} to {max(done)} of {run.seeds}"
    return (
        f"{about(task.grid)}; {run.steps:,} steps a run; {count} seed{'s' * (run.seeds > 1)}: "
        "median (line), range (band), each seed (faint)"
    )


def bands(task: TaskRun, quantity: str) -> list[Band]:
    """The curves of every method with a finished cell, each at steps that all its seeds have reached."""
    found = []
    for index, (label, cells) in enumerate(task.outcomes.items()):
        if cells:
            steps = common_steps([o.curve.steps for o in cells], task.grid.steps if quantity == "best" else 0)
            seeds = np.array([_at(o, quantity, steps) for o in cells])
            found.append(Band(label, index, steps, seeds, float(np.median([_ending(o, quantity) for o in cells]))))
    return found


def common_steps(rows: Sequence[NDArray[np.int64]], every: int = 0) -> NDArray[np.float64]:
    """Steps, about evenly spaced in their logarithm, at which every seed has begun and none has ended.

    Args:
        rows: the steps of each seed's checkpoints.
        every: where values are known at all multiples of this, and not only at checkpoints.
    """
    first, last = every or max(r[0] for r in rows), min(r[-1] for r in rows)
    wanted = np.geomspace(first, last, POINTS)
    if every:
        return np.unique(np.append(wanted // every * every, last)).astype(float)
    met = np.unique(np.concatenate(rows))
    met = met[(met >= first) & (met <= last)]
    return met[np.unique(np.searchsorted(met, wanted * (1 - 1e-9)))].astype(float)


def _at(outcome: Outcome, quantity: str, steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """A quantity at steps. The best is known melody by melody; an online row speaks of the steps before it."""
    if quantity == "best":
        found = outcome.improvements
        return np.asarray(found[np.searchsorted(found[:, 0], steps, side="right") - 1, 1])
    curve = outcome.curve
    if quantity == "online":
        return np.asarray(curve.online[np.searchsorted(curve.steps, steps, side="left")])
    return np.asarray(curve.delivered[np.searchsorted(curve.steps, steps, side="right") - 1])


def _ending(outcome: Outcome, quantity: str) -> float:
    """The quantity as the summary has it."""
    if quantity == "best":
        return outcome.best_return
    return float(outcome.curve.delivered[-1]) if quantity == "delivered" else mean_online(outcome, LAST)


def levels(task: TaskRun) -> list[Line]:
    """The optimum (or best known and bound), real tunes, and what random tokens return on average."""
    known = task.references
    if known is None:
        return []
    solid, dashed, dotted = "solid", (0, (4, 2)), (0, (1, 1.8))
    lines = [Line("optimum" if known.certified else "best known", task.known, solid, 1.1)]
    if not known.certified:
        lines.append(Line("bound", known.upper, dashed, 1.1))
    real = known.level("real tunes")
    if real:
        lines += [Line("real tunes P90", real.p90, dashed, 0.8), Line("real tunes P50", real.p50, dashed, 0.8)]
    return [*lines, Line("noise", known.random, dotted, 0.9)]


def window(curves: Sequence[Band], lines: Sequence[Line]) -> tuple[float, float]:
    """The returns that a panel shows: where methods end, half as much room below for their climb, and near levels.

    A start, a hopeless method or a level that would squeeze the rest together is left outside.
    """
    level = {x.label: x.value for x in lines}
    ends = [float(b.median[-1]) for b in curves]
    anchors = sorted([*ends, *(v for k, v in level.items() if k not in ("bound", "noise"))])
    high = anchors[-1]
    reach = max(2.5 * (high - float(np.quantile(anchors, 0.25))), 0.5 * (high - level.get("noise", high)))
    lowest = min(x for x in anchors if x >= high - reach)
    span = max(high - lowest, 0.1 * abs(high), 1e-3)
    least = min([float(b.seeds.min()) for b in curves] + list(level.values()))
    low = max(_floor(lowest - 0.5 * span, span), least - 0.05 * span)
    top = max(high, level["bound"]) if level.get("bound", np.inf) < high + span else high
    return low, top + 0.05 * (top - low)


def _floor(value: float, span: float) -> float:
    """The next lower round number."""
    unit = 10.0 ** np.floor(np.log10(span / 4))
    return float(np.floor(value / unit) * unit)


def _panel(ax: Axes, task: TaskRun, quantity: str) -> None:
    curves, lines = bands(task, quantity), levels(task)
    low, high = window(curves, lines)
    _axes(ax, task, quantity, curves, (low, high))
    for line in lines:
        ax.axhline(line.value, color=INK, alpha=0.65, lw=line.width, ls=line.dashes, zorder=1.5)
    for band in curves:
        colour, dashes = look(band.index)
        ax.fill_between(band.steps, band.seeds.min(0), band.seeds.max(0), color=colour, alpha=0.13, lw=0, zorder=2)
        ax.plot(band.steps, band.seeds.T, color=colour, alpha=min(0.35, 2 / len(band.seeds)), lw=0.5, zorder=2.5)
        ax.plot(band.steps, band.median, color=colour, ls=dashes, lw=1.7, zorder=3, solid_capstyle="butt")
    names = [named(band.label, band.value, band.index, number(band.value)) for band in curves]
    margin(ax, [*names, *map(name_of_level, lines)], (low, high))


def log_axes(
    ax: Axes, curves: Sequence[Band], limits: tuple[float, float], unit: str, title: str, ticks: int = 6
) -> None:
    """A panel of curves against steps: their logarithm to the right, `unit` upwards with about so many ticks."""
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

    ax.set_xscale("log")
    first, last = min(b.steps[0] for b in curves), max(b.steps[-1] for b in curves)
    ax.set_xlim(first, max(last, 1.1 * first))
    ax.set_ylim(*limits)
    ax.xaxis.set_major_locator(LogLocator(10))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.0f}"))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.yaxis.set_major_locator(MaxNLocator(ticks, steps=[1, 2, 2.5, 5, 10]))
    ax.grid(axis="y", color=INK, alpha=0.12, lw=0.6)
    ax.set_axisbelow(True)
    ax.set_ylabel(unit, size=8.5)
    ax.set_title(title, loc="left", size=9, pad=7)


def _axes(ax: Axes, task: TaskRun, quantity: str, curves: Sequence[Band], window: tuple[float, float]) -> None:
    log_axes(ax, curves, window, "return", QUANTITIES[quantity])
    below(ax, f"steps: tokens written, {task.grid.steps} a melody (log scale)", 0, size=8.5)
    if any((b.seeds < window[0]).any() for b in curves):
        note = f"below {window[0]:g} not shown".replace("-", "−")  # noqa: RUF001
        below(ax, note, 1, size=7.5, style="italic", alpha=0.75, ha="right")


def below(ax: Axes, text: str, x: float, **style: Any) -> None:
    """A text under the ticks of the horizontal axis."""
    ax.annotate(text, (x, 0), (0, -29), xycoords="axes fraction", textcoords="offset points", **style)


def named(label: str, value: float, index: int, text: str) -> Name:
    """A method in the margin, by its place in the study."""
    return Name(fitting(label, NAME, SIZE), value, *look(index), 1.7, False, text)


def name_of_level(line: Line) -> Name:
    """A level in the margin."""
    return Name(line.label, line.value, INK, line.dashes, line.width, True, number(line.value))


def margin(ax: Axes, names: Sequence[Name], window: tuple[float, float]) -> None:
    """Names right of a panel, joined to where their lines end."""
    low, high = window
    height = ax.bbox.height / ax.figure.dpi  # inches
    names = sorted(names, key=lambda n: (n.value, n.level))
    ends = [float(np.clip((n.value - low) / (high - low), 0, 1)) for n in names]
    places = apart([e * height for e in ends], GAP, 0.0, height + GAP / 2)
    for name, end, place in zip(names, ends, places, strict=True):
        outside = "↓ " if name.value < low else "↑ " if name.value > high else ""
        _write(ax, name, end, place / height, outside)


def _write(ax: Axes, name: Name, end: float, place: float, outside: str) -> None:
    """One name: a thin join, a piece of its line, the text, and the value flush right."""
    width = ax.bbox.width / ax.figure.dpi  # inches
    right = WIDTH - LEFT - width - 0.1
    x = [1 + inches / width for inches in (0.03, 0.2, 0.24, 0.54, JOIN, right)]
    draw: dict[str, Any] = {"transform": ax.transAxes, "clip_on": False, "color": name.colour}
    ax.plot(x[:3], [end, place, place], lw=0.6, alpha=0.55, **draw)
    faint = 0.7 if name.level else 1.0
    ax.plot(x[2:4], [place, place], lw=name.width, ls=name.dashes, alpha=faint, solid_capstyle="butt", **draw)
    text: dict[str, Any] = {"transform": ax.transAxes, "va": "center_baseline", "size": SIZE, "alpha": faint}
    text["style"] = "italic" if name.level else "normal"
    ax.text(x[4], place, name.label, **text)
    ax.text(x[5], place, outside + name.text, ha="right", **text)
