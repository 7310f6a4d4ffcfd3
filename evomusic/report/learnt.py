"""Cards of what was learnt: values and policy as a table or a heat map, the greedy melody of a task, the episodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evomusic.core.grid import Grid
from evomusic.core.task import Task
from evomusic.learn.learner import policy_of, ranks, state_values
from evomusic.learn.training import Trained
from evomusic.plots.roll import named_rows
from evomusic.plots.style import HUES
from evomusic.plots.values import learnt
from evomusic.report.cards import card, folded, heading, melody_parts, parameters, table, words
from evomusic.report.html import Html, joined, tag
from evomusic.report.lines import Line, curves
from evomusic.report.tables import plain

STATES = 24  # of a table; more are a heat map
ACTIONS = 6  # of a table
COLUMNS = 400  # of a heat map
SHADES = 8  # of a heat map
WIDTH, LEFT, TALL = 560.0, 40.0, 150.0  # of a heat map
ROW = 9.0  # least height of a row that has a name


def trained_html(trained: Trained) -> str:
    """The result of training for a notebook."""
    learner, problem, returns = trained.learner, trained.problem, trained.returns
    name = type(learner).__name__
    text = parameters(learner, () if isinstance(problem, Task) else ("view",))  # a model has states of its own
    on = f" on {problem.name}" if isinstance(problem, Task) else ""
    last = returns[-max(1, len(returns) // 10) :]
    said = f"{on}: {len(returns):,} episode{'s' * (len(returns) != 1)}, {trained.steps:,} steps"
    if len(last):
        error = f" (standard error {last.std(ddof=1) / len(last) ** 0.5:.2g})" if len(last) > 1 else ""
        said += f"; mean return of the last {len(last):,}: {plain(float(last.mean()))}{error}"
    shown = _of_task(trained) if isinstance(problem, Task) and trained.state is not None else [_of_model(trained)]
    settings = [tag("p", tag("small", text))] if text else []
    return card(heading(name, said), *settings, *shown, *_episodes(returns, name + on))


def _episodes(returns: NDArray[np.float64], name: str) -> list[Html]:
    """Moving mean of the episodes' returns; none of fewer than two."""
    if len(returns) < 2:
        return []
    width = max(1, len(returns) // 50)
    means = np.convolve(returns, np.ones(width) / width, "valid")
    line = Line(name, np.arange(width, len(returns) + 1), means)
    axis = "episodes" + (f" (return, mean of {width})" if width > 1 else " (return)")
    label = f"return of {name} over {len(returns):,} episodes: {plain(means[0])} at first, {plain(means[-1])} at last"
    return [curves([line], label, axis, log=False)]


def _of_task(trained: Trained) -> list[Html]:
    """The greedy melody with its return, and the values of its alternatives."""
    task, learner, state = trained.problem, trained.learner, trained.state
    assert state is not None  # of a task it is there
    found, name = learnt(task, learner, state), type(learner).__name__
    worth = float(task.evaluate(found.melody.tokens[None])[0])
    worse = found.q - found.q.max(axis=0)
    names = ["rest", "hold", *task.grid.names]
    choices = heat(
        worse, f"values of all tokens along the greedy melody of {name}", names, task.grid, found.melody.tokens
    )
    values = heat(found.values, f"state values of {name} by pitch and step", list(task.grid.names), task.grid)
    return [
        tag("p", f"greedy melody: return {plain(worth)}"),
        *melody_parts(found.melody, f"the greedy melody of {name} on {task.name}"),
        folded(
            "values",
            choices,
            _note("How much less than the best each token is valued at each step; rings: chosen."),
            values,
            _note("Return to come once a pitch was struck in the step before; blank: never visited."),
        ),
    ]


def _note(text: str) -> Html:
    return tag("p", tag("small", text))


def _of_model(trained: Trained) -> Html:
    """Values and policy of a model's states."""
    values, policy = state_values(trained.agent), policy_of(trained.agent)
    q = ranks(trained.agent)
    states, actions = _names(trained.problem, "state", len(q)), _names(trained.problem, "action", q.shape[1])
    if len(q) > STATES:
        less = f", the first {COLUMNS} of {len(q):,}" if len(q) > COLUMNS else ""
        kind = "preferences" if hasattr(trained.agent, "preferences") else "action values"
        drawn = heat(q.T[:, :COLUMNS], f"{kind} by state and action", actions, None)
        return joined([drawn, _note(f"{kind}: a row an action, a column a state{less}; stronger is more")])
    few = q.shape[1] <= ACTIONS
    head = ["state", "value", "policy", *(actions if few else [])]
    rows: list[Sequence[object]] = []
    for i, state in enumerate(states):
        chosen = _chosen(policy[i], q[i], actions)
        rows.append((state, plain(float(values[i])), words(chosen), *(map(plain, q[i].tolist()) if few else ())))
    return table(head, rows, "values and policy by state")


def _names(problem: Any, kind: str, count: int) -> list[str]:
    """Names of states or actions, else numbers; the agent states of a POMDP are its observations, and none at first."""
    seen = getattr(problem, "observation_names", None)
    names = [*seen, "none yet"] if kind == "state" and seen is not None else getattr(problem, f"{kind}_names", None)
    return [str(name) for name in names] if names is not None and len(names) == count else list(map(str, range(count)))


def _chosen(policy: Any, row: NDArray[np.float64], actions: Sequence[str]) -> str:
    """A policy at a state in words: its action, or the three most probable."""
    if np.ndim(policy) == 0:
        return actions[int(policy)] if (row != row[0]).any() else "–"  # noqa: RUF001
    order = np.argsort(-np.asarray(policy), kind="stable")[:3]
    return ", ".join(f"{actions[a]} {policy[a]:.0%}" for a in order if policy[a] >= 0.005)


def heat(
    cells: NDArray[np.float64],
    label: str,
    names: Sequence[str],
    grid: Grid | None,
    chosen: NDArray[np.uint8] | None = None,
) -> Html:
    """Return a heat map: stronger is more, blank is NaN; readable on light and dark pages.

    Args:
        cells: (N, T), the lowest row first.
        label: description for those who cannot see it.
        names: N names of rows.
        grid: of a melody, whose bars are marked; None for other columns.
        chosen: (T,) row of each column that has a ring.
    """
    rows, columns = cells.shape
    tall = max(TALL, rows * 4.0) if rows > ACTIONS else rows * 22.0
    wide, high = (WIDTH - LEFT) / columns, tall / rows
    parts = [tag("g", *_shades(cells), transform=f"translate({LEFT:g},{tall:g}) scale({wide:.4f},{-high:.4f})")]
    parts += [_text(names[r], LEFT - 4, tall - (r + 0.5) * high + 3, "end") for r in _named(rows, high, grid)]
    bars = grid.bar_spans if grid else ()
    parts += [_text(str(n), LEFT + start * wide + 1, tall + 11, "start") for n, (start, _) in enumerate(bars, 1)]
    ring = {"r": f"{min(wide, high) * 0.36:.2f}", "fill": "none", "stroke": "currentColor", "stroke_width": 1}
    for t, r in enumerate([] if chosen is None else chosen.tolist()):
        parts.append(tag("circle", cx=f"{LEFT + (t + 0.5) * wide:.1f}", cy=f"{tall - (r + 0.5) * high:.1f}", **ring))
    finite = cells[np.isfinite(cells)]
    ends = f", from {plain(float(finite.min()))} to {plain(float(finite.max()))}" if len(finite) else ""
    box = f"0 -4 {WIDTH:g} {tall + 18:g}"
    return tag("svg", *parts, viewBox=box, class_="heat", role="img", aria_label=f"{label}{ends}")


def _shades(cells: NDArray[np.float64]) -> list[Html]:
    """The cells of each shade as one path; neighbours in a row are one rectangle."""
    finite = cells[np.isfinite(cells)]
    if not len(finite):
        return []
    low, span = finite.min(), max(float(np.ptp(finite)), 1e-12)
    shade = np.where(np.isfinite(cells), np.nan_to_num((cells - low) / span) * (SHADES - 1), -1).round().astype(int)
    found = []
    for level in range(SHADES):
        spans = "".join(_spans(r, row) for r, row in enumerate(shade == level))
        if spans:
            found.append(tag("path", d=spans, fill=HUES[0], fill_opacity=f"{0.06 + 0.84 * level / (SHADES - 1):.2f}"))
    return found


def _spans(r: int, row: NDArray[np.bool_]) -> str:
    """The cells of a row that are marked, as rectangles of a path."""
    edges = np.flatnonzero(np.diff(row.astype(np.int8), prepend=0, append=0))
    return "".join(f"M{a} {r}h{b - a}v1H{a}z" for a, b in edges.reshape(-1, 2).tolist())


def _named(rows: int, high: float, grid: Grid | None) -> list[int]:
    """Rows that have room for their names: of a melody's tokens those of the scale."""
    if grid is None or rows * ROW <= rows * high:
        return [r for r in range(rows) if r % max(1, int(np.ceil(ROW / high))) == 0]
    below = rows - len(grid.pitches)
    most = int(rows * high / ROW) - below
    return [
        *range(min(below, 1 if high < ROW else below)),
        *(r + below for r in named_rows(grid, 0, len(grid.pitches) - 1, most)),
    ]


def _text(text: str, x: float, y: float, anchor: str) -> Html:
    return tag("text", text, x=f"{x:.1f}", y=f"{y:.1f}", text_anchor=anchor)
