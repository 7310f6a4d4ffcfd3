"""Value functions that a learner has learnt on a task: V by pitch and step, and Q along its greedy melody.

A row is a pitch of the grid, a column a step. States that were never visited are left blank.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import instance
from evomusic.core.grid import FIRST_PITCH, HOLD, REST
from evomusic.core.melody import Melody
from evomusic.core.task import Task
from evomusic.core.views import as_view
from evomusic.learn.learner import Learner, Learning, ranks, state_values
from evomusic.learn.walk import greedy_row, plan, states_along
from evomusic.plots.pieces import about
from evomusic.plots.roll import named_rows
from evomusic.plots.style import INK, WIDTH, heading, new_figure, number, settings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEFT, RIGHT = 0.75, 0.95  # inches beside a panel
NAMED = 0.11  # inches that a name takes


class Learnt(NamedTuple):
    """V (pitches, T) after a pitch was struck, and Q (A, T) along the greedy melody; NaN where never visited."""

    start: float  # V before the first token
    values: NDArray[np.float64]
    q: NDArray[np.float64]
    melody: Melody


def learnt(task: Task, learner: Learner, state: Learning) -> Learnt:
    """Return the values of a learner, by pitch and step.

    Args:
        task: the task that it has learnt on.
        learner: the learner.
        state: of its run: `em.run(learner, task).state`.

    Raises:
        ValueError: an argument is of another kind.
    """
    instance("task", task, Task, "a Task")
    instance("learner", learner, Learner, "a learner")
    instance("state", state, Learning, "the state of a learner's run: em.run(learner, task).state")
    tables, grid = plan(task, as_view(learner.view), learner.rows), task.grid
    steps, pitches = grid.steps, grid.tokens - FIRST_PITCH
    struck = np.full((pitches, steps, steps), REST, np.uint8)  # [p, t]: rests, and pitch p at the step before t
    at = np.arange(1, steps)
    struck[:, at, at - 1] = FIRST_PITCH + np.arange(pitches, dtype=np.uint8)[:, None]
    rows = states_along(tables, state.rows, struck.reshape(-1, steps)).reshape(struck.shape)
    rows = rows[:, at, at]  # (pitches, T - 1)
    melody = greedy_row(tables, state.rows, ranks(state.agent))
    along = states_along(tables, state.rows, melody)[0]
    visited = _visited(state)
    values = np.full((pitches, steps), np.nan)  # nothing was struck before the first step
    values[:, 1:] = np.where(visited[rows], state_values(state.agent)[rows], np.nan)
    q = np.where(visited[along], ranks(state.agent)[along].T, np.nan)
    return Learnt(float(state_values(state.agent)[along[0]]), values, q, Melody(melody[0], grid))


def _visited(state: Learning) -> NDArray[np.bool_]:
    """(S,) whether a state was visited: its values differ from one another."""
    q = ranks(state.agent)
    visited = (q != q[:, :1]).any(axis=1)
    if len(state.rows.keys):
        visited[0] = False  # stands for all states without a row
    return visited


def draw_values(task: Task, learner: Learner, state: Learning) -> Figure:
    """State values V: the return to come once a pitch was struck, by pitch and step, as a heat map.

    The state is that after rests and one onset of the pitch in the step before: for a view that sees the last pitch
    alone (and the clock) it is the state, for others one of many.

    Args:
        task: the task that it has learnt on.
        learner: the learner.
        state: of its run: `em.run(learner, task).state`.
    """
    found, name = learnt(task, learner, state), type(learner).__name__
    with settings():
        figure = new_figure(3.6)
        reading = f"{about(task.grid)}; return to come once the pitch was struck ({number(found.start)} at first)"
        heading(figure, f"{task.name}: state values V of {name}", reading)
        ax = _panel(figure, 3.6, 0.55, 2.25)
        _heat(ax, task, found.values, "return to come", 0)
    return figure


def draw_choices(task: Task, learner: Learner, state: Learning) -> Figure:
    """The greedy melody on the roll among its alternatives: Q of every token at each of its steps, as a heat map.

    A shade is how much worse than the best a token is valued there; the two lowest rows are rest and hold. Circles are
    the tokens that are chosen, of which the melody is made; its return is in the title.

    Args:
        task: the task that it has learnt on.
        learner: the learner.
        state: of its run: `em.run(learner, task).state`.
    """
    found, name = learnt(task, learner, state), type(learner).__name__
    worth = float(task.evaluate(found.melody.tokens[None])[0])
    with settings():
        figure = new_figure(4.1)
        reading = f"{about(task.grid)}; shade: Q of a token less that of the best; circle: chosen; bar: sounds"
        title = f"{task.name}: greedy melody of {name} and its alternatives (return {number(worth)})"
        heading(figure, title, reading)
        ax = _panel(figure, 4.1, 0.55, 2.75)
        worse = found.q - found.q.max(axis=0)
        _heat(ax, task, np.concatenate([worse[[REST, HOLD]], worse[FIRST_PITCH:]]), "less than the best", 2)
        tokens = found.melody.tokens
        ax.scatter(np.arange(len(tokens)), tokens, s=9, facecolors="white", edgecolors=INK, lw=0.7, zorder=3)
        beat = task.grid.steps_per_beat
        row = {pitch: i + FIRST_PITCH for i, pitch in enumerate(task.grid.pitches)}
        for note in found.melody.notes:
            a, b = note.onset * beat, (note.onset + note.duration) * beat
            ax.plot([a - 0.3, b - 0.7], [row[note.pitch]] * 2, color="white", lw=1.6, zorder=2.5)
    return figure


def _panel(figure: Figure, height: float, bottom: float, tall: float) -> Axes:
    """Axes with room for names at the left and a scale at the right; inches."""
    return figure.add_axes((LEFT / WIDTH, bottom / height, (WIDTH - LEFT - RIGHT) / WIDTH, tall / height))


def _heat(ax: Axes, task: Task, cells: NDArray[np.float64], quantity: str, below: int) -> None:
    """A heat map with rows of pitches, `below` of which are rest and hold, and its scale."""
    from matplotlib.ticker import MaxNLocator

    grid = task.grid
    drawn: Any = np.ma.masked_invalid(cells)
    image = ax.imshow(drawn, origin="lower", aspect="auto", cmap="viridis", interpolation="nearest", zorder=1)
    rows = int(ax.bbox.height / ax.figure.dpi / NAMED)
    named = named_rows(grid, 0, len(grid.pitches) - 1, rows - below)
    low = [(0, "rest"), (1, "hold")] if below else []
    ticks = low + [(r + below, grid.names[r]) for r in named]
    ax.set_yticks([t for t, _ in ticks], [n for _, n in ticks], size=6.8)
    bars = range(grid.pickup, grid.steps, grid.steps_per_bar)
    ax.set_xticks(list(bars), [f"{b}" for b in range(1, grid.bars + 1)], size=7.5)
    ax.set_xlabel("bar", size=8.5)
    ax.set_xlim(-0.5, grid.steps - 0.5)
    for bar in bars[not grid.pickup :]:
        ax.axvline(bar - 0.5, color="white", lw=0.8, zorder=2)
    ax.tick_params(length=0, pad=3)
    box = ax.get_position()
    scale = ax.figure.add_axes((box.x1 + 0.012, box.y0, 0.014, box.height))
    key = ax.figure.colorbar(image, cax=scale)
    key.ax.tick_params(labelsize=7, length=2)
    key.locator = MaxNLocator(5)
    key.update_ticks()
    key.set_label(quantity, size=8)
    key.outline.set_visible(False)
