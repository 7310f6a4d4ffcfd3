"""The account of a return: a melody's piano roll, and below it the reward of each rule at each step.

A row is a rule or a final measure, a column a step, under the notes that it was paid for; final measures are paid at
the last step. Blue is reward, red is penalty, white is nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import instance
from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.core.task import Task
from evomusic.plots.pieces import about
from evomusic.plots.roll import draw_roll, span
from evomusic.plots.style import INK, WIDTH, fitting, heading, new_figure, number, settings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEFT, RIGHT = 1.75, 0.75  # inches beside the panels: names, and sums
TOP, ROLL, GAP, BOTTOM = 0.75, 1.5, 0.3, 0.55  # inches: headings, roll, between the panels, scale
ROW = 0.2  # inches of a rule
SIZE = 8.0
STRONG = 95  # per cent: of the rewards that are not 0, the one with the fullest colour


def step_account(task: Task, melody: Melody) -> NDArray[np.float64]:
    """Return the reward (R, T) of each rule and final measure at each step, in the order of `task.part_names`.

    Raises:
        ValueError: an argument is of another kind, or the melody does not fit the task's grid.
    """
    instance("task", task, Task, "a Task")
    row = instance("melody", melody, Melody, "a Melody").tokens[None]
    rules = task.step_parts(row)[0].T
    final = np.zeros((len(task.part_names) - len(rules), rules.shape[1]))
    final[:, -1] = task.parts(row)[0, len(rules) :]
    return np.concatenate([rules, final])


def draw_account(task: Task, melody: Melody) -> Figure:
    """A melody on the roll, and below it the reward of each rule at each step, as a heat map with its sums.

    Args:
        task: the task whose rules are heard.
        melody: a melody on its grid.

    Raises:
        ValueError: an argument is of another kind, or the melody does not fit the task's grid.
    """
    cells, grid = step_account(task, melody), task.grid
    height = TOP + ROLL + GAP + ROW * (len(cells) + 1) + BOTTOM
    value = float(task.evaluate(melody.tokens[None])[0])
    with settings():
        figure = new_figure(height)
        title = f"{melody.title or 'melody'} on {task.name}: return {number(value)}"
        heading(
            figure,
            fitting(title, WIDTH - 0.4, 13),
            f"{about(grid)}; reward of each rule at each step, its sum at the right",
        )
        roll = _panel(figure, TOP, ROLL)
        draw_roll(roll, melody, INK, span([melody]))
        ax = _panel(figure, TOP + ROLL + GAP, ROW * (len(cells) + 1))
        _draw_cells(ax, np.vstack([cells, cells.sum(axis=0)]), [*task.part_names, "all"], grid)
    return figure


def _panel(figure: Figure, top: float, tall: float) -> Axes:
    """Axes so many inches below the upper edge, and so many tall."""
    height = figure.get_figheight()
    width = (WIDTH - LEFT - RIGHT) / WIDTH
    return figure.add_axes((LEFT / WIDTH, 1 - (top + tall) / height, width, tall / height))


def _draw_cells(ax: Axes, cells: NDArray[np.float64], names: list[str], grid: Grid) -> None:
    """The heat map, names at the left, sums at the right, bar lines, and a scale below."""
    amounts = np.abs(cells[cells != 0])
    most = float(np.percentile(amounts, STRONG)) if len(amounts) else 1.0
    rows = len(cells)
    image = ax.imshow(
        cells,
        cmap="RdBu",
        vmin=-most,
        vmax=most,
        aspect="auto",
        interpolation="nearest",
        extent=(0, grid.length, rows, 0),
    )
    sums = cells.sum(axis=1)
    ax.set_yticks(np.arange(rows) + 0.5, [fitting(name, LEFT - 0.2, SIZE) for name in names], size=SIZE)
    ax.set_xticks([])
    ax.tick_params(length=0, pad=4)
    for row, value in enumerate(sums):
        text = number(float(value))
        ax.text(grid.length * 1.012, row + 0.5, text, va="center_baseline", ha="left", size=SIZE)
    ax.hlines(range(rows), 0, grid.length, color=INK, alpha=0.08, lw=0.5)
    ax.vlines([time for time, is_bar in grid.beat_lines if is_bar and time > 0], 0, rows, color=INK, alpha=0.45, lw=0.8)
    ax.axhline(rows - 1, color=INK, lw=0.8)
    box, height = ax.get_position(), ax.figure.get_figheight()  # type: ignore[union-attr]
    scale = ax.figure.add_axes((box.x0, 0.3 / height, 2.2 / WIDTH, 0.09 / height))
    key = ax.figure.colorbar(image, cax=scale, orientation="horizontal", extend="both")
    key.ax.tick_params(labelsize=7, length=2)
    key.outline.set_visible(False)
    ax.figure.text(box.x0 + 2.4 / WIDTH, 0.345 / height, "reward of a step", size=SIZE, va="center")
