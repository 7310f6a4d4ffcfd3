"""Learning curves on explicit models: the return of each episode, as textbooks draw them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import flag, instance, whole, wrong
from evomusic.core.checks import number as real
from evomusic.plots.curves import LEFT, Line, Name, column, margin, name_of_level, named
from evomusic.plots.style import INK, WIDTH, fitting, heading, look, new_figure, number, settings, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from evomusic.learn.training import Trained

HEIGHT = 4.4  # inches


def draw_episodes(
    runs: Mapping[str, Sequence[Trained]],
    title: str,
    *,
    window: int = 1,
    optimum: float | None = None,
    cumulative: bool = False,
) -> Figure:
    """Return against episodes: the mean over runs, and a band of one standard deviation each way.

    Args:
        runs: results of `em.learn.train`, a list of runs by the name of the learner.
        title: of the figure.
        window: episodes that a moving mean is taken of.
        optimum: a level to be drawn, such as the planner's value of the start.
        cumulative: draw the regret so far instead: `optimum` minus the return, summed over episodes.

    Raises:
        ValueError: a learner has no finished episode, `window` is no count, or regret has no optimum.
    """
    for found in instance("runs", runs, Mapping, "a list of runs by the name of the learner").values():
        instance("a list of runs", found, (list, tuple), "a list of results of em.learn.train")
    if not runs or any(not found or not min(len(t.returns) for t in found) for found in runs.values()):
        raise ValueError("runs has a learner without a finished episode, expected one or more of each")
    instance("title", title, str, "a text")
    window, cumulative = whole("window", window, 1, 10_000_000), flag("cumulative", cumulative)
    optimum = None if optimum is None else real("optimum", optimum)
    if cumulative and optimum is None:
        raise wrong("optimum", optimum, "a number that the cumulative regret is measured against")
    goal = optimum if optimum is not None else 0.0
    quantity = "cumulative regret" if cumulative else f"return of an episode{f' (mean of {window})' * (window > 1)}"
    with settings():
        figure = new_figure(HEIGHT)
        counts = sorted({len(found) for found in runs.values()})
        count = "1 run" if counts == [1] else f"{' or '.join(map(str, counts))} runs"
        heading(figure, fitting(title, 8.6, 13), f"{quantity}; {count}: mean (line), one standard deviation (band)")
        width = WIDTH - LEFT - column([*runs, "optimum"])
        ax = figure.add_axes((LEFT / WIDTH, 0.6 / HEIGHT, width / WIDTH, (HEIGHT - 1.4) / HEIGHT))
        curves = {n: _rows(found, window, goal, cumulative) for n, found in runs.items()}
        names = [_draw(ax, rows, i, name, window) for i, (name, rows) in enumerate(curves.items())]
        if optimum is not None and not cumulative:
            ax.axhline(optimum, color=INK, alpha=0.65, lw=1.1, zorder=1.5)
            names.append(name_of_level(Line("optimum", optimum, "solid", 1.1)))
        _finish(ax, names)
    return figure


def _rows(found: Sequence[Trained], window: int, optimum: float, cumulative: bool) -> NDArray[np.float64]:
    """(R, E) return or cumulative regret of R runs, cut to the shortest."""
    least = min(len(t.returns) for t in found)
    rows = np.array([t.returns[:least] for t in found])
    if cumulative:
        return np.asarray(np.cumsum(optimum - rows, axis=1))
    if window > least:
        return rows
    sums = np.cumsum(np.pad(rows, ((0, 0), (1, 0))), axis=1)
    return np.asarray((sums[:, window:] - sums[:, :-window]) / window)


def _draw(ax: Axes, rows: NDArray[np.float64], index: int, label: str, window: int) -> Name:
    """Draw one learner; its entry in the margin."""
    episodes = np.arange(rows.shape[1]) + window
    mean, spread = rows.mean(axis=0), rows.std(axis=0)
    colour, dashes = look(index)
    if len(rows) > 1:
        ax.fill_between(episodes, mean - spread, mean + spread, color=colour, alpha=0.12, lw=0, zorder=2)
    ax.plot(episodes, mean, color=colour, ls=dashes, lw=1.5, zorder=3)
    end = float(mean[-1])
    return named(label, end, index, number(end) if abs(end) < 1000 else short(end))


def _finish(ax: Axes, names: Sequence[Name]) -> None:
    """Limits that leave out a bad beginning, ticks, and names at the right."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    lines, ends = np.concatenate([np.asarray(line.get_ydata(), float) for line in ax.lines]), [n.value for n in names]
    low, high = min(float(np.quantile(lines, 0.02)), *ends, np.inf), max(float(lines.max()), *ends, -np.inf)
    room = 0.05 * max(high - low, 1e-9)
    ax.set_ylim(low - room, high + room)
    ax.autoscale(axis="x", tight=True)
    ax.grid(axis="y", color=INK, alpha=0.12, lw=0.6)
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: short(x)))
    ax.set_xlabel("episodes", size=8.5)
    margin(ax, names, ax.get_ylim())
