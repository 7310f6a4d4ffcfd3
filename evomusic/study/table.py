"""The tables of a study: `curves.csv`, `summary.csv`, the printed tables, and the same as JSON."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from evomusic.study.cells import CURVE
from evomusic.study.folder import to_csv
from evomusic.study.inference import LEVEL, Interval, estimates
from evomusic.study.results import References, Run, TaskRun
from evomusic.study.statistics import ENOUGH, TARGETS, Hit, Row, Spread, seeds_in_words, summarise
from evomusic.study.verdicts import across_tasks, in_brief

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

WIDE = 200  # columns that the ranges need
SPREADS = ("best", "delivered", "delivered_best", "online", "regret", "to_bound", "online_regret")


def curves_csv(run: Run) -> str:
    """All curves, a row a point: task, method, seed, then the columns of a curve."""
    rows = (
        (o.cell.task, o.cell.method, o.cell.seed, *point)
        for o in run.outcomes
        for point in zip(*(column.tolist() for column in o.curve), strict=True)
    )
    return to_csv(("task", "method", "seed", *CURVE), rows)


def summary_csv(run: Run) -> str:
    """A row a task and method; steps to a target are empty where the median lies beyond the budget."""
    spreads = [f"{name}_{part}" for name in SPREADS for part in Spread._fields]
    targets = [f"steps_to_{p:g}_{part}" for p in TARGETS for part in ("median", "reached")]
    header = ("task", "method", "seeds", *spreads, *targets, "updates", "sweeps")
    return to_csv(header, (_cells(row) for row in summarise(run)))


def _cells(row: Row) -> list[object]:
    spreads: Iterable[Spread | None] = (getattr(row, name) for name in SPREADS)
    numbers = [None if s is None else _short(x) for s in spreads for x in (s or (None,) * 3)]
    hits = [x for p in TARGETS for x in (row.steps_to[p].median, row.steps_to[p].reached)]
    return [row.task, row.method, row.seeds, *numbers, *hits, row.updates, row.sweeps]


def _short(x: float | None) -> float | None:
    return None if x is None else float(f"{x:.10g}")


def to_dict(run: Run) -> dict[str, Any]:
    """The summary as JSON can hold it."""
    rows = summarise(run)
    return {
        "folder": run.folder.as_posix(),
        "steps": run.steps,
        "seeds": run.seeds,
        "seed": run.seed,
        "complete": run.complete,
        **({"shard": str(run.shard)} if run.shard else {}),
        "tasks": {
            label: {"name": task.name, "references": _references(task.references)} for label, task in run.tasks.items()
        },
        "rows": [_row(row) for row in rows],
    }


def _references(references: References | None) -> dict[str, Any] | None:
    if references is None:
        return None
    levels = {
        level.source: {"count": level.count, "mean": level.mean, "p50": level.p50, "p90": level.p90}
        for level in references.levels
    }
    value = {"optimum": references.value} if references.certified else {"best_known": references.value}
    return {
        "random": references.random,
        **value,
        "bound": references.upper if math.isfinite(references.upper) else None,
        "certified": references.certified,
        "levels": levels,
        **({"soft": dataclasses.asdict(references.soft)} if references.soft else {}),
        **({"views": views} if (views := {c.view: c.upper for c in references.ceilings}) else {}),
    }


def _row(row: Row) -> dict[str, Any]:
    spreads = {name: s._asdict() for name in SPREADS if (s := getattr(row, name))}
    hits = {f"{p:g}": hit._asdict() for p, hit in row.steps_to.items()}
    named = {"task": row.task, "method": row.method, "seeds": row.seeds}
    return named | spreads | {"steps_to": hits, "updates": row.updates, "sweeps": row.sweeps, "seconds": row.seconds}


def to_text(run: Run, width: int = WIDE) -> str:
    """The tables as plain text."""
    from rich.console import Console

    console = Console(
        width=width, color_system=None, force_terminal=False, force_jupyter=False, markup=False, highlight=False
    )
    with console.capture() as capture:
        print_tables(run, console)
    return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())


def print_tables(run: Run, console: Console) -> None:
    """A table a task: medians over seeds, with their ranges where there is room for them."""
    ranges = run.seeds > 1 and console.width >= WIDE
    rows, middles = summarise(run), spreads(run) if ranges else {}
    for task in run.tasks.values():
        mine = [row for row in rows if row.task == task.label]
        if mine:
            console.print(title(run, task))
            console.print(_table(task, mine, ranges, middles))
            console.print(_caption(run, task, ranges))
            if task.references and task.references.soft:
                console.print(task.references.soft.words)
            for sentence in in_brief(task):
                console.print(sentence)
            console.print()
    for sentence in across_tasks(run):
        console.print(sentence)


Middle = tuple[float, float, float]  # a statistic over seeds, and what it lies between
Middles = dict[tuple[str, str], tuple[Middle, Middle, Middle, Middle]]


def spreads(run: Run) -> Middles:
    """Best found, delivered, online, and regret or distance from the bound, by task and method.

    Each is the median with the range of the seeds, or, in a study of `ENOUGH` seeds, the interquartile mean with its
    bootstrap interval: fewer seeds make that too narrow.
    """
    if run.seeds < ENOUGH:
        return {(r.task, r.method): (r.best, r.delivered, r.online, r.regret or r.to_bound) for r in summarise(run)}
    tops = {task.label: task.top_return for task in run.tasks.values() if task.references}
    return {
        (e.task, e.method): (e.best, e.delivered, e.online, _below(tops[e.task], e.best))
        for e in estimates(run)
        if e.task in tops
    }


def _below(top: float, i: Interval) -> Interval:
    return Interval(top - i.value, top - i.high, top - i.low)


def reading(run: Run) -> str:
    """The words for `spreads`."""
    if run.seeds < ENOUGH:
        return "medians over seeds [range]"
    return f"interquartile means over seeds [{LEVEL:.0%} bootstrap interval]"


def _table(task: TaskRun, rows: list[Row], ranges: bool, middles: Middles) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    gap = gap_name(task)
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True)
    for name in ("best found", "delivered", "online", gap):
        table.add_column(name, justify="right", no_wrap=ranges, min_width=max(map(len, name.split())))
    for percent in TARGETS:
        table.add_column(f"to {percent:g}%", justify="right", no_wrap=ranges, min_width=6)
    for name in ("updates", "cpu s") if ranges else ():
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        shown = middles.get((row.task, row.method)) or (row.best, row.delivered, row.online, row.regret or row.to_bound)
        hits = (str(row.steps_to[p]) if ranges else _brief(row.steps_to[p]) for p in TARGETS)
        budgets = (f"{row.updates:,}", seconds(row.seconds)) if ranges else ()
        table.add_row(row.method, *(_spread(s, ranges) for s in shown), *hits, *budgets)
    table.add_section()
    top = task.top_return if task.references else 0.0
    for name, value in levels(task):
        table.add_row(name, _number(value), "", "", _number(top - value), *[""] * (len(table.columns) - 5))
    return table


def bounded(task: TaskRun) -> bool:
    """Whether a bound of every return is certain."""
    return task.references is not None and math.isfinite(task.references.upper)


def gap_name(task: TaskRun) -> str:
    """Name of the distance of the best found from the optimum, from a bound, or from the best known."""
    return "regret" if task.certified else "to bound" if bounded(task) else "to best"


def title(run: Run, task: TaskRun) -> str:
    """The task, the budget, the number of seeds and the shard, in a line above a table."""
    name = task.label if task.label == task.name else f"{task.label} ({task.name})"
    return f"{name}: {run.steps:,} steps, {seeds_in_words(run)}"


def _caption(run: Run, task: TaskRun, ranges: bool) -> str:
    goal = "the optimum" if task.certified else "the best return known"
    shown = reading(run) if ranges else "medians over seeds"
    return f"{shown}; to: steps to a share of the way from noise to {goal}, > beyond the budget (seeds that got there)"


def _brief(hit: Hit) -> str:
    """Steps in few characters: 16.6k, 1.05M 3/5, >1M."""
    share = "" if hit.reached == hit.seeds or hit.median is None else f" {hit.reached}/{hit.seeds}"
    steps = hit.budget if hit.median is None else hit.median
    text = f"{steps / 1e6:.3g}M" if steps >= 1e6 else f"{steps / 1e3:.3g}k" if steps >= 1e3 else str(steps)
    return f"{'>' if hit.median is None else ''}{text}{share}"


def seconds(spent: float | None) -> str:
    """Processor time in a table: three digits, or nothing where none is on record."""
    return "" if spent is None else f"{spent:.3g}"


def levels(task: TaskRun) -> list[tuple[str, float]]:
    """Names and returns of a task's references, greatest first."""
    references = task.references
    if references is None:
        return []
    found = (
        [("optimum", references.value)]
        if references.certified
        else [*([("bound", references.upper)] if bounded(task) else []), ("best known", task.best_known)]
    )
    for level in references.levels:
        if level.source != "noise":
            both = [(f"{level.source} P90", level.p90), (f"{level.source} P50", level.p50)]
            found += both if level.source == "real tunes" else both[1:]
    found += [(ceiling.label, ceiling.upper) for ceiling in references.ceilings]
    if references.soft:
        found.append((references.soft.label, references.soft.mean))
    found.append(("noise", references.random))
    return sorted(found, key=lambda pair: -pair[1])


def _spread(s: Middle, ranges: bool) -> str:
    value, low, high = s
    return f"{value:.2f} [{low:.2f}, {high:.2f}]" if ranges else _number(value)


def _number(x: float) -> str:
    """Two decimals, or one of large numbers."""
    return f"{x:.2f}" if abs(x) < 100 else f"{x:.1f}"
