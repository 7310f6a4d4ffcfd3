"""The tables of the page: returns and regret of the methods, and the reward of each melody by rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evomusic.plots.pieces import pieces
from evomusic.plots.style import look
from evomusic.report.html import Html, joined, tag
from evomusic.report.lines import dashes_of, swatch
from evomusic.study.inference import interquartile_mean
from evomusic.study.results import Run, TaskRun
from evomusic.study.statistics import TARGETS, Hit, Row, illustration, summarise
from evomusic.study.table import Middle, gap_name, levels, reading, spreads
from evomusic.study.verdicts import in_full


def summary_table(run: Run, task: TaskRun) -> Html:
    """Return medians and ranges over seeds, methods from the best down, then the levels that they are compared with."""
    rows = sorted((r for r in summarise(run) if r.task == task.label), key=lambda r: -r.best.median)
    gap = gap_name(task)
    names = ("method", "best found", "delivered", "online", gap, *(f"to {p:g} %" for p in TARGETS), "updates")
    head = tag("tr", *(tag("th", name, scope="col") for name in names))
    places = list(task.outcomes)
    shown = spreads(run)
    body = [_row(row, shown[row.task, row.method], places.index(row.method)) for row in rows]
    top = task.top_return if task.references else 0.0
    body += [_level(name, value, top) for name, value in levels(task)]
    goal = "the optimum" if task.certified else "the best return known"
    first = f"{TARGETS[0]:g} %"
    few = illustration(run)
    caption = (
        f"{few}{'. ' if few else ''}"
        f"Returns: {reading(run)}. Delivered: expected return of what is handed over at the end, of a "
        f"population its mean. Online: mean of the melodies charged in the last tenth. To {first}: steps to that much "
        f"of the way from noise to {goal}, median over seeds; > means beyond the budget. Updates: changes of values or "
        f"parameters, those with a learnt model included."
    )
    if task.references and task.references.ceilings:
        caption += (
            " View: the most that a deterministic policy returns which sees only this; melodies found while exploring, "
            "and stochastic policies, may return more."
        )
    if task.references and task.references.soft:
        caption += f" {task.references.soft.words}"
    return _scrolled("results", head, body, caption)


def _row(row: Row, shown: Sequence[Middle], place: int) -> Html:
    cells = [spread_cell(s) for s in shown]
    hits = [hit_cell(row.steps_to[p]) for p in TARGETS]
    updates = tag("td", f"{row.updates:,}")
    return tag("tr", tag("th", method_swatch(place), " ", row.method, scope="row"), *cells, *hits, updates)


def method_swatch(place: int) -> Html:
    """A piece of the method's line in the curves."""
    return swatch(look(place).colour, dashes_of(place))


def spread_cell(spread: Middle) -> Html:
    """A statistic over seeds, and what it lies between."""
    value, low, high = map(plain, spread)
    return tag("td", value, tag("small", f"{low} to {high}"))


def differences_in_words(task: TaskRun) -> Html:
    """Return which differences between methods stand after Holm's correction, the best method first."""
    best = {m: [o.best_return for o in cells] for m, cells in task.outcomes.items() if len(cells) > 1}
    order = sorted(best, key=lambda m: -float(interquartile_mean(best[m])))
    first, *others = in_full(task, order)
    return joined([tag("p", f"{first}."), *([tag("ul", *(tag("li", line) for line in others))] if others else [])])


def hit_cell(hit: Hit) -> Html:
    """Steps to a target, and the number of seeds that reached it where not all did."""
    steps = f">{hit.budget:,}" if hit.median is None else f"{hit.median:,}"
    reached = [tag("small", f"{hit.reached} of {hit.seeds} seeds")] if hit.reached < hit.seeds else []
    return tag("td", steps, *reached)


def _level(name: str, value: float, top: float) -> Html:
    blank = [tag("td")] * 2
    cells = [tag("td", plain(value)), *blank, tag("td", plain(top - value)), *[tag("td")] * (len(TARGETS) + 1)]
    return tag("tr", tag("th", name, scope="row"), *cells, class_="level")


def parts_table(task: TaskRun) -> Html:
    """Return the weighted reward by rule and final measure, for the planner's melody and each method's best."""
    columns = _parts(task)
    head = tag("tr", tag("th", "rule", scope="col"), *(tag("th", name, scope="col") for name, _ in columns))
    rows = [_part(rule, [parts.get(rule, 0.0) for _, parts in columns]) for rule in columns[0][1]]
    rows.append(_part("sum", [sum(parts.values()) for _, parts in columns], class_="level"))
    caption = "Reward of each rule over the whole melody, weight included. The columns add up to the returns."
    return _scrolled("rules", head, rows, caption)


def _parts(task: TaskRun) -> list[tuple[str, Mapping[str, float]]]:
    """A column for each melody: its name, and its reward by rule and final measure."""
    found: list[tuple[str, Mapping[str, float]]] = []
    for piece in pieces(task):
        best = task.best(piece.name) if piece.method else None
        if best:
            found.append((piece.name, best.parts))
        elif piece.planned and task.references:
            found.append((piece.name, task.references.parts))
    return found


def _part(rule: str, values: list[float], class_: str | None = None) -> Html:
    cells = [tag("td", plain(v)) for v in values]
    return tag("tr", tag("th", rule, scope="row"), *cells, class_=class_)


def _scrolled(name: str, head: Html, rows: Sequence[Html], caption: str) -> Html:
    """A wide table that scrolls by itself, by mouse or keyboard, with its caption below."""
    table = tag("table", tag("thead", head), tag("tbody", *rows))
    wide = tag("div", table, class_="wide", tabindex=0, role="region", aria_label=f"table of {name}")
    return joined([wide, tag("p", caption, class_="note")])


def plain(value: float) -> str:
    """Two decimals and a real minus sign."""
    text = f"{value:,.2f}"
    return "0.00" if text == "-0.00" else text.replace("-", "−")  # noqa: RUF001
