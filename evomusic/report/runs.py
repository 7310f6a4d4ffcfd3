"""Cards of what is run: the record of one method, a study that is planned, and a study's results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.core.record import Record
from evomusic.core.task import Task
from evomusic.encodings.genotypes.expressions import Expression
from evomusic.encodings.grammar.grammar import Grammar
from evomusic.encodings.trees.tree import Tree
from evomusic.plots.curves import bands, window
from evomusic.plots.curves import levels as levels_of
from evomusic.plots.pieces import about, pieces
from evomusic.plots.style import HUES, look
from evomusic.report.cards import card, folded, heading, melody_parts, parameters, preformatted, table, words
from evomusic.report.html import Html, joined, tag
from evomusic.report.lines import Line, curves, dashes_of, key
from evomusic.report.tables import hit_cell, method_swatch, plain, spread_cell
from evomusic.report.trees import drawn, expression_parts
from evomusic.study.config import Study
from evomusic.study.results import Run, TaskRun
from evomusic.study.statistics import ENOUGH, illustration, summarise
from evomusic.study.table import gap_name, levels, reading, spreads
from evomusic.study.verdicts import across_tasks, in_brief

TASKS = 4  # of a study that are shown
ROWS = 30  # of a table


def record_html(record: Record) -> str:
    """The result of a run for a notebook: best return, best solution, curve, and the return by rule."""
    name = type(record.method).__name__ if record.method is not None else "run"
    task = record.task
    on = f" on {task.name}" if task is not None else ""
    optimum = _proved(task)
    said = f": best return {plain(record.best_return)}"
    if optimum is not None:
        below = optimum - record.best_return
        said += f", {plain(below)} below the optimum" if below else ", the optimum"
    found = f", found after {int(record.improvements[-1, 0]):,}" if len(record.improvements) else ""
    head = heading(name, f"{on}{said}{found} of {record.steps:,} steps")
    shown = _solution(record, f"the best of {name}{on}") if task is not None else [preformatted(str(record.best))]
    curve = _record_curve(record, f"{name}{on}", optimum)
    parts = _parts(record) if task is not None else []
    return card(head, *shown, tag("div", curve, *parts, class_="side"), *_genome(record))


def _proved(task: Any) -> float | None:
    """The optimum of a task where it is at hand: a notebook's output starts no search."""
    if isinstance(task, Task):
        solution = task.__dict__.get("solution")
        return solution.value if solution and solution.solved and not task.final else None
    return getattr(task, "maximum", None)


def _solution(record: Record, name: str) -> list[Html]:
    """The best solution of a run."""
    best = record.melody
    if isinstance(best, Melody):
        return melody_parts(best, name)
    return (
        expression_parts(best) if isinstance(best, Expression) else [preformatted(record.task.grid.text(record.best))]
    )


def _record_curve(record: Record, name: str, optimum: float | None) -> Html:
    """The best and the delivered return over steps."""
    if not len(record.curve.steps):
        return Html("")
    curve = record.curve
    lines = [
        Line("best so far", curve.steps, curve.best),
        Line("delivered", curve.steps, curve.delivered, HUES[1], "6 3"),
    ]
    level = [] if optimum is None else [("optimum", optimum)]
    ends = f"best {plain(float(curve.best[0]))} at first, {plain(record.best_return)} at last"
    label = f"return of {name} against steps: {ends}"
    return tag("div", curves(lines, label, levels=level), key(lines))


def _parts(record: Record) -> list[Html]:
    """The return of the best solution by rule, greatest first; nothing where there is only one."""
    task = record.task
    values = dict(zip(task.part_names, task.parts(record.best[None])[0].tolist(), strict=True))
    if len(values) < 2:
        return []
    rows = sorted(values.items(), key=lambda pair: -pair[1])[:ROWS]
    left = f"; {len(values) - ROWS} more" if len(values) > ROWS else ""
    cells = [(name, plain(value)) for name, value in rows]
    return [
        tag(
            "div",
            folded("return by rule", table(("rule", "return"), cells, "return by rule", f"weights included{left}")),
        )
    ]


def _genome(record: Record) -> list[Html]:
    """The genome of the best melody where it is a tree or a set of rules and still among those of the last state."""
    encoding, genomes = getattr(record.method, "encoding", None), getattr(record.state, "genomes", None)
    if not isinstance(encoding, (Tree, Grammar)) or not isinstance(record.task, Task) or genomes is None:
        return []
    same = np.flatnonzero((encoding.decode(record.task, genomes) == record.best).all(axis=1))
    if not len(same):
        return []
    i = int(same[0])
    if isinstance(encoding, Grammar):
        return [tag("p", "its genome, rules that grow into the melody:"), preformatted(encoding.text(genomes, i))]
    drawing = encoding.draw(record.task, genomes, i)
    return [tag("p", "its genome, an expression tree:"), drawn(list(drawing.labels), list(drawing.edges))]


def study_html(study: Study) -> str:
    """A study for a notebook: what it will do, its tasks and its methods."""
    counts = [(len(study.tasks), "task"), (len(study.methods), "method"), (study.seeds, "seed")]
    size = " × ".join(f"{n} {word}{'s' * (n != 1)}" for n, word in counts)  # noqa: RUF001
    cells = len(study.tasks) * len(study.methods) * study.seeds
    whole = f": {size} = {cells} cells of {study.steps:,} steps each; root seed {study.seed}"
    tasks = [_task_row(label, task, study.steps) for label, task in list(study.tasks.items())[:ROWS]]
    methods = [_method_row(label, method) for label, method in list(study.methods.items())[:ROWS]]
    return card(
        heading("study", whole),
        table(("task", "name", "frame", "solutions"), tasks, "tasks", _left(study.tasks)),
        table(("method", "kind", "parameters"), methods, "methods", _left(study.methods)),
        tag("p", tag("code", "em.compare(study)"), " runs it."),
    )


def _left(rows: Any) -> str:
    return f"and {len(rows) - ROWS} more" if len(rows) > ROWS else ""


def _task_row(label: str, task: Any, steps: int) -> tuple[object, ...]:
    frame = about(task.grid) if isinstance(task.grid, Grid) else task.grid.about
    return (label, words(task.name), words(frame), f"{steps // task.grid.steps:,}")


def _method_row(label: str, method: Any) -> tuple[object, ...]:
    """A method's kind, and its parameters other than the defaults."""
    return (label, words(type(method).__name__), words(parameters(method) or "defaults"))


def run_html(run: Run) -> str:
    """A study's results for a notebook: for each task a table, curves, and the best melody."""
    missing = "" if run.complete else "; not finished: the cells that are missing are not shown"
    few = f"; {illustration(run)}" if illustration(run) else ""
    said = f" {run.size}, {run.steps:,} steps each{few}{missing}"
    shown = [task for task in run.tasks.values() if any(task.outcomes.values())]
    parts = [part for task in shown[:TASKS] for part in _task_parts(run, task)]
    more = [tag("p", f"and {len(shown) - TASKS} more tasks; print() shows them")] if len(shown) > TASKS else []
    across = [tag("p", f"{sentence}.") for sentence in across_tasks(run)]
    return card(heading("results", said), *parts, *more, *across)


def failures_html(failures: Sequence[str]) -> str:
    """The jobs of a study that failed, for a notebook; nothing where none did."""
    return card(heading("failed", f": {len(failures)} jobs"), preformatted("\n".join(failures))) if failures else ""


def _task_parts(run: Run, task: TaskRun) -> list[Html]:
    """The table, the curves and the best melody of one task."""
    parts = [
        heading(task.label, f": {about(task.grid)}"),
        tag("div", _curves(run, task), _summary(run, task), class_="side"),
    ]
    parts += [tag("p", tag("small", "; ".join(in_brief(task))))] if len(task.outcomes) > 1 else []
    best = next((piece for piece in pieces(task) if piece.method), None)
    if best:
        name = f"the best of {best.name} on {task.label}"
        parts += [
            folded(f"best melody: {best.name}, {best.about}, {plain(best.value)}", *melody_parts(best.melody, name))
        ]
    elif task.top(1):
        parts += [preformatted(task.top(1)[0].best.text)]
    return parts


def _summary(run: Run, task: TaskRun) -> Html:
    """Methods from the best down, with intervals, then the levels that they are compared with."""
    rows = sorted((r for r in summarise(run) if r.task == task.label), key=lambda r: -r.best.median)
    if not rows:
        return Html("")
    middles, places, top = spreads(run), list(task.outcomes), task.top_return
    cells: list[Sequence[object]] = []
    for row in rows[:ROWS]:
        best, _, _, gap = middles[row.task, row.method]
        name = joined([method_swatch(places.index(row.method)), row.method])
        cells.append((name, spread_cell(best), spread_cell(gap), hit_cell(row.steps_to[99])))
    cells += [(name, plain(value), plain(top - value), "") for name, value in levels(task)]
    head = ("method", "best found", gap_name(task), "steps to 99 %")
    return tag("div", table(head, cells, f"results on {task.label}", reading(run)))


def _curves(run: Run, task: TaskRun) -> Html:
    """The middle of the seeds' best returns over steps, a line a method."""
    found, levels_shown = bands(task, "best", run.seeds >= ENOUGH), levels_of(task)
    lines = [
        Line(b.label, b.steps, r.value, look(b.index).colour, dashes_of(b.index), (r.low, r.high))
        for b in found
        for r in (b.ribbon,)
    ]
    level = [(x.label, x.value) for x in levels_shown if x.label in ("optimum", "best known")]
    names = ", ".join(f"{b.label} {plain(float(b.value))}" for b in found)
    label = f"best return against steps on {task.label}: at last {names}"
    return tag("div", curves(lines, label, levels=level, window=window(found, levels_shown)))
