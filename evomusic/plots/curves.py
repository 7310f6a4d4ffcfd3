"""Return against steps: best found, delivered and online, each in its own panel.

A line is the middle of the seeds with a band (see `ribbons`), faint lines are the seeds. Each panel's right margin
names its lines and levels in the order in which they end, with the value; an arrow marks what lies outside the panel.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import instance
from evomusic.plots.pieces import about, charged, check_finished, worded
from evomusic.plots.ribbons import draw_ribbon, reading, ribbon_of
from evomusic.plots.style import INK, WIDTH, apart, fitting, heading, look, new_figure, number, settings, text_width
from evomusic.study.inference import Ribbon, interquartile_mean
from evomusic.study.results import Outcome, Run, TaskRun
from evomusic.study.statistics import ENOUGH, LAST, mean_online, seeds_in_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

POINTS = 160  # of a drawn line, evenly spaced in the logarithm of steps
LEFT = 0.68  # inches left of a panel
JOIN, VALUE = 0.62, 0.78  # inches right of a panel before a name and after it
NAME = 2.2  # most inches of a name
GAP = 0.158  # inches between names
SIZE = 8.6  # points of a name
MINOR: dict[str, Any] = {"ms": 2.0, "mew": 0.6, "color": INK, "clip_on": False}  # marks between ticks
QUANTITIES = {
    "best": "best: return of the best melody found so far",
    "delivered": "delivered: expected return of what the method would deliver",
    "online": "online: mean return of the melodies being made (value: of the last tenth)",
}


@dataclass(frozen=True, eq=False)
class Band:
    """A method's curves at common steps: `steps` (N,), `seeds` (S, N).

    `value` is the middle of its seeds' last entries, `index` its place in the study, `many` whether the study has seeds
    enough for an interquartile mean and its interval.
    """

    label: str
    index: int
    steps: NDArray[np.float64]
    seeds: NDArray[np.float64]
    value: float
    many: bool = False

    @property
    def median(self) -> NDArray[np.float64]:
        """(N,) over seeds."""
        return np.asarray(np.median(self.seeds, axis=0))

    @property
    def ribbon(self) -> Ribbon:
        """The line and the band around it."""
        return ribbon_of(self.seeds, self.many)


class Line(NamedTuple):
    """A horizontal level across a panel, such as the optimum."""

    label: str
    value: float
    dashes: Any
    width: float


class Name(NamedTuple):
    """An entry in the margin: a method or a level, its value, the look of its line, and the value as text."""

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
        ValueError: it is no study and task, or no cell of the task is finished.
    """
    return _figure(run, task, ("best",), 4.8, "best return that each method finds")


def draw_learning(run: Run, task: TaskRun) -> Figure:
    """Mean return of the melodies that methods would deliver, and of those that they make meanwhile, against steps.

    Raises:
        ValueError: it is no study and task, or no cell of the task is finished.
    """
    return _figure(run, task, ("delivered", "online"), 8.6, "delivered and online return of each method")


def _figure(run: Run, task: TaskRun, quantities: Sequence[str], height: float, title: str) -> Figure:
    instance("run", run, Run, "a Run: a study that was read")
    check_finished(task)
    with settings():
        figure = new_figure(height)
        heading(figure, f"{fitting(task.label, 3.5, 13)}: {title}", subtitle(run, task))
        each = (height - 0.65) / len(quantities)
        width = WIDTH - LEFT - column([*task.outcomes, *(x.label for x in (*levels(task), *policies(task)))])
        for i, quantity in enumerate(quantities):
            bottom = (len(quantities) - 1 - i) * each + 0.5
            box = (LEFT / WIDTH, bottom / height, width / WIDTH, (each - 0.8) / height)
            _panel(figure.add_axes(box), task, quantity, run.seeds >= ENOUGH)
    return figure


def column(names: Iterable[str]) -> float:
    """Return the inches right of the panels that the longest name takes."""
    return JOIN + max(text_width(fitting(name, NAME, SIZE), SIZE) for name in names) + VALUE


def subtitle(run: Run, task: TaskRun) -> str:
    """Return task, budget and seeds in a line, and how to read the curves."""
    done = {len(cells) for cells in task.outcomes.values()}
    seeds = seeds_in_words(run)
    finished = "" if done == {run.seeds} else f", {min(done)} to {max(done)} of them finished"
    return f"{about(task.grid)}; {run.steps:,} steps a run; {seeds}{finished}; {reading(run)}, each seed (faint)"


def bands(task: TaskRun, quantity: str, many: bool = False) -> list[Band]:
    """Return the curves of every method with a finished cell, at steps that all its seeds have reached."""
    found = []
    for index, (label, cells) in enumerate(task.outcomes.items()):
        if cells:
            steps = common_steps([o.curve.steps for o in cells], task.grid.steps if quantity == "best" else 0)
            seeds = np.array([_at(o, quantity, steps) for o in cells])
            ends = [_ending(o, quantity) for o in cells]
            value = float(interquartile_mean(ends) if many else np.median(ends))
            found.append(Band(label, index, steps, seeds, value, many))
    return found


def common_steps(rows: Sequence[NDArray[np.int64]], every: int = 0) -> NDArray[np.float64]:
    """Return steps, about evenly spaced in their logarithm, at which every seed has begun and none has ended.

    Args:
        rows: the steps of each seed's checkpoints.
        every: spacing of the steps at which values exist, or 0 where they exist at checkpoints alone.
    """
    first, last = every or max(r[0] for r in rows), min(r[-1] for r in rows)
    wanted = np.geomspace(first, last, POINTS)
    if every:
        return np.unique(np.append(wanted // every * every, last)).astype(float)
    checkpoints = np.unique(np.concatenate(rows))
    checkpoints = checkpoints[(checkpoints >= first) & (checkpoints <= last)]
    return checkpoints[np.unique(np.searchsorted(checkpoints, wanted * (1 - 1e-9)))].astype(float)


def _at(outcome: Outcome, quantity: str, steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """A quantity at steps. The best has a value at each melody; an online row is the mean of the steps before it."""
    if quantity == "best":
        found = outcome.improvements
        return np.asarray(found[np.searchsorted(found[:, 0], steps, side="right") - 1, 1])
    curve = outcome.curve
    if quantity == "online":
        return np.asarray(curve.online[np.searchsorted(curve.steps, steps, side="left")])
    return np.asarray(curve.delivered[np.searchsorted(curve.steps, steps, side="right") - 1])


def _ending(outcome: Outcome, quantity: str) -> float:
    """The quantity at the end, as the summary has it."""
    if quantity == "best":
        return outcome.best_return
    return float(outcome.curve.delivered[-1]) if quantity == "delivered" else mean_online(outcome, LAST)


def levels(task: TaskRun) -> list[Line]:
    """Return the optimum (or best known and bound), quantiles of real tunes, and the mean return of random tokens."""
    references = task.references
    if references is None:
        return []
    solid, dashed, dotted = "solid", (0, (4, 2)), (0, (1, 1.8))
    lines = [Line("optimum" if references.certified else "best known", task.best_known, solid, 1.1)]
    if not references.certified and np.isfinite(references.upper):
        lines.append(Line("bound", references.upper, dashed, 1.1))
    real = references.level("real tunes")
    if real:
        lines += [Line("real tunes P90", real.p90, dashed, 0.8), Line("real tunes P50", real.p50, dashed, 0.8)]
    return [*lines, Line("noise", references.random, dotted, 0.9)]


def ceilings(task: TaskRun) -> list[Line]:
    """Return the ceilings of views: what a policy delivers lies below them, what it finds by exploring need not."""
    found = task.references.ceilings if task.references else ()
    return [Line(fitting(c.label, NAME, SIZE), c.upper, (0, (6, 2, 1, 2)), 0.8) for c in found]


def policies(task: TaskRun) -> list[Line]:
    """Return what policies are measured against, the ceilings of views and the soft optimum."""
    soft = task.references.soft if task.references else None
    return ceilings(task) + ([Line(fitting(soft.label, NAME, SIZE), soft.mean, (0, (3, 1.5)), 0.8)] if soft else [])


def window(curves: Sequence[Band], lines: Sequence[Line]) -> tuple[float, float]:
    """Return the range of a panel: where methods end, half as much room below for their climb, and near levels.

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


def _panel(ax: Axes, task: TaskRun, quantity: str, many: bool) -> None:
    from matplotlib.collections import LineCollection

    curves, lines = bands(task, quantity, many), levels(task)
    low, high = window(curves, lines)  # ceilings move no panel: a far bound would squeeze the rest together
    lines += policies(task) if quantity == "delivered" else []
    _axes(ax, task, quantity, curves, (low, high))
    for line in lines:
        ax.axhline(line.value, color=INK, alpha=0.65, lw=line.width, ls=line.dashes, zorder=1.5)
    for band in curves:
        colour = look(band.index).colour
        draw_ribbon(ax, band.steps, band.ribbon, band.index)
        faint = min(0.35, 2 / len(band.seeds))
        seeds = [np.column_stack([band.steps, seed]) for seed in band.seeds]
        ax.add_collection(LineCollection(seeds, colors=colour, alpha=faint, linewidths=0.5, zorder=2.5), autolim=False)
    names = [named(band.label, band.value, band.index, number(band.value)) for band in curves]
    margin(ax, [*names, *map(name_of_level, lines)], (low, high))


def log_axes(
    ax: Axes, curves: Sequence[Band], limits: tuple[float, float], unit: str, title: str, ticks: int = 6
) -> None:
    """Set up a panel of curves against the logarithm of steps, with about so many ticks upwards."""
    from matplotlib.ticker import MaxNLocator

    first, last = min(b.steps[0] for b in curves), max(b.steps[-1] for b in curves)
    ax.set_ylim(*limits)
    log_marks(ax, first, max(last, 1.1 * first))
    ax.yaxis.set_major_locator(MaxNLocator(ticks, steps=[1, 2, 2.5, 5, 10]))
    ax.grid(axis="y", color=INK, alpha=0.12, lw=0.6)
    ax.set_axisbelow(True)
    ax.set_ylabel(unit, size=8.5)
    ax.set_title(title, loc="left", size=9, pad=7)


def log_marks(ax: Axes, first: float, last: float) -> None:
    """Make the horizontal axis logarithmic, from first to last, with the powers of ten named."""
    from matplotlib.markers import TICKDOWN
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    ax.set_xscale("log")
    ax.set_xlim(first, last)
    ax.xaxis.set_major_locator(LogLocator(10))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.0f}" if x >= 1 else f"{x:g}"))
    ax.xaxis.set_minor_locator(NullLocator())  # a line of marks is drawn in a tenth of the time
    minor = np.asarray(LogLocator(10, subs=range(2, 10)).tick_values(first, last))
    minor = minor[(minor >= first) & (minor <= last)]
    ax.plot(minor, 0 * minor, transform=ax.get_xaxis_transform(), ls="", marker=TICKDOWN, **MINOR)


def _axes(ax: Axes, task: TaskRun, quantity: str, curves: Sequence[Band], window: tuple[float, float]) -> None:
    log_axes(ax, curves, window, "return", worded(task.grid, QUANTITIES[quantity]))
    below(ax, f"{charged(task.grid)} (log scale)", 0, size=8.5)
    if any((b.seeds < window[0]).any() for b in curves):
        note = f"below {window[0]:g} not shown".replace("-", "−")  # noqa: RUF001
        below(ax, note, 1, size=7.5, style="italic", alpha=0.75, ha="right")


def below(ax: Axes, text: str, x: float, **style: Any) -> None:
    """Write a text under the ticks of the horizontal axis."""
    ax.annotate(text, (x, 0), (0, -29), xycoords="axes fraction", textcoords="offset points", **style)


def named(label: str, value: float, index: int, text: str) -> Name:
    """Return the margin's entry of a method, by its place in the study."""
    return Name(fitting(label, NAME, SIZE), value, *look(index), 1.7, False, text)


def name_of_level(line: Line) -> Name:
    """Return the margin's entry of a level."""
    return Name(line.label, line.value, INK, line.dashes, line.width, True, number(line.value))


def margin(ax: Axes, names: Sequence[Name], window: tuple[float, float], joined: bool = True) -> None:
    """Write names right of a panel: a thin join to the end of a line, a piece of the line, its name, and its value."""
    from matplotlib.collections import LineCollection

    low, high = window
    width, height = (side / ax.figure.dpi for side in ax.bbox.size)  # inches
    names = sorted(names, key=lambda n: (n.value, n.level))
    ends = [float(np.clip((n.value - low) / (high - low), 0, 1)) for n in names]
    places = [p / height for p in apart([e * height for e in ends], GAP, 0.0, height + GAP / 2)]
    x = [1 + inches / width for inches in (0.03, 0.2, 0.24, 0.54, JOIN, WIDTH - LEFT - width - 0.1)]
    joins = [list(zip(x[:3], (end, place, place), strict=True)) for end, place in zip(ends, places, strict=True)]
    pieces = [[(x[2], place), (x[3], place)] for place in places]
    faint = [0.7 if n.level else 1.0 for n in names]
    draw: dict[str, Any] = {"transform": ax.transAxes, "clip_on": False, "colors": [n.colour for n in names]}
    if joined:
        ax.add_collection(LineCollection(joins, linewidths=0.6, alpha=0.55, **draw), autolim=False)
    draw |= {"linewidths": [n.width for n in names], "linestyles": [n.dashes for n in names], "alpha": faint}
    ax.add_collection(LineCollection(pieces, capstyle="butt", **draw), autolim=False)
    for name, place, alpha in zip(names, places, faint, strict=True):
        outside = "↓ " if name.value < low else "↑ " if name.value > high else ""
        text: dict[str, Any] = {"transform": ax.transAxes, "va": "center_baseline", "size": SIZE, "alpha": alpha}
        text["style"] = "italic" if name.level else "normal"
        ax.text(x[4], place, name.label, **text)
        ax.text(x[5], place, outside + name.text, ha="right", **text)
