"""`report.html`: one page with the tables, the figures and every melody to listen to. It makes no request.

The page's policy allows its own style and script by their hashes and nothing else. Names and titles are text.
"""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

from evomusic.core.checks import instance
from evomusic.core.grid import Grid
from evomusic.core.saving import write_bytes
from evomusic.plots.figures import figures_of
from evomusic.plots.folder import drawable, svg_of
from evomusic.plots.pieces import Piece, about, pieces
from evomusic.plots.roll import span
from evomusic.plots.style import without_background
from evomusic.report.export import KINDS, file_of
from evomusic.report.frame import data, framed
from evomusic.report.html import Html, joined, json_text, tag
from evomusic.report.pictures import engraves, inline_svg, roll_svg, score_svg
from evomusic.report.tables import differences_in_words, parts_table, plain, summary_table
from evomusic.study.results import Run, TaskRun
from evomusic.study.verdicts import across_tasks


def write_report(run: Run | str | os.PathLike[str]) -> Path:
    """Write `report.html` into a study's folder, with links to the melodies that `export_melodies` has written.

    Args:
        run: the study, or its folder, which is read then.

    Returns:
        The file written.

    Raises:
        ValueError: `run` is neither.
        RunError: the folder holds no study, or a damaged one.
        OSError: the file cannot be written; it names the path.
    """
    from evomusic.study.store import as_run

    run = as_run(run)
    path = run.folder / "report.html"
    write_bytes(path, page(run).encode())
    return path


def page(run: Run) -> str:
    """Return the text of the page; it is the same for the same run.

    Raises:
        ValueError: `run` is no study.
    """
    instance("run", run, Run, "a Run: a study that was read")
    tasks = drawable(run)
    shown = [(task, piece) for task in tasks for piece in pieces(task)]
    sections, first = [], 0
    for place, task in enumerate(tasks):
        sections.append(_section(run, task, place, first))
        first += len(pieces(task))
    return framed(
        "page.html",
        _name(run),
        data("page.css"),
        data("synth.js") + data("page.js"),
        head=_head(run),
        sections=joined(sections),
        provenance=_provenance(run),
        melodies=json_text([_playable(task, piece) for task, piece in shown]),
        tempo=round(shown[0][1].melody.grid.tempo) if shown else 100,
    )


def _name(run: Run) -> str:
    return run.folder.resolve().name or "study"


def _head(run: Run) -> Html:
    count = [(len(run.tasks), "task"), (len(run.methods), "method"), (run.seeds, "seed")]
    size = " × ".join(f"{n} {word}{'s' * (n != 1)}" for n, word in count)  # noqa: RUF001
    missing = "" if run.complete else " This study is not finished: the cells that are missing are not shown."
    part = f"{run.shard.words} of " if run.shard else ""
    summary = f"{part}{size}, {run.steps:,} steps each; root seed {run.seed}.{missing}"
    return joined([tag("h1", _name(run)), tag("p", summary), *(tag("p", f"{said}.") for said in across_tasks(run))])


def _section(run: Run, task: TaskRun, place: int, first: int) -> Html:
    """The task in this place; its melodies are numbered from `first` on."""
    tables = [summary_table(run, task)] if task.references else []
    tables.append(differences_in_words(task))
    return tag(
        "section",
        tag("h2", task.label),
        tag("p", _facts(task)),
        *tables,
        *_figures(run, task, place),
        *(_melodies(run, task, first) if isinstance(task.grid, Grid) else _solutions(task)),
    )


def _melodies(run: Run, task: TaskRun, first: int) -> list[Html]:
    """The melodies of a task, numbered from `first` on, and their rewards by rule."""
    shown = pieces(task)
    rows = span([piece.melody for piece in shown])
    cards = [_card(run, task, piece, first + i, rows) for i, piece in enumerate(shown)]
    return [
        tag("h3", "The melodies"),
        tag("p", _listen(task)),
        tag("div", *cards, class_="cards"),
        tag("details", tag("summary", "Reward by rule"), parts_table(task)),
    ]


def _solutions(task: TaskRun) -> list[Html]:
    """The best solution of each method, as text, from the best down."""
    best = sorted((o for m in task.outcomes if (o := task.best(m))), key=lambda o: -o.best_return)
    names = [f"{o.cell.method}, seed {o.cell.seed}: {plain(o.best_return)}" for o in best]
    shown = [tag("article", tag("h4", name), tag("pre", o.best.text)) for name, o in zip(names, best, strict=True)]
    return [tag("h3", "The solutions"), *shown]


def _facts(task: TaskRun) -> str:
    """The task's grid and optimum in words."""
    name, references = f"Task {task.name}: " if task.name != task.label else "", task.references
    unit = f"{task.grid.steps} tokens a melody" if isinstance(task.grid, Grid) else "a step is one evaluation"
    grid = f"{name}{about(task.grid)}; {unit}."
    if references is None:
        return f"{grid} The references that its returns are measured against are not computed yet."
    if references.certified and not isinstance(task.grid, Grid):
        return f"{grid} No solution returns more than {plain(references.value)}, as the problem says."
    if references.certified:
        return f"{grid} The optimum, {plain(references.value)}, is certified: no melody returns more."
    if not math.isfinite(references.upper):
        return f"{grid} Its optimum is unknown: {plain(task.best_known)} is the best known."
    best, bound = plain(task.best_known), plain(references.upper)
    return f"{grid} The optimum is not certified: {best} is the best known, {bound} a bound."


def _listen(task: TaskRun) -> str:
    goal = "the optimum" if task.certified else "the best known"
    return (
        "Each method's best melody of all seeds, with its return, and how far that is on the way from noise "
        f"(the mean return of random tokens) to {goal}."
    )


def _figures(run: Run, task: TaskRun, place: int) -> list[Html]:
    """The figures of the task in this place; identifiers in their SVG begin with the places of task and figure."""
    shown = [(name, entry.caption) for name, entry in figures_of(task).items() if entry.in_report]
    return [_figure(run, task, name, caption, f"t{place}f{i}") for i, (name, caption) in enumerate(shown)]


def _figure(run: Run, task: TaskRun, name: str, caption: str | None, key: str) -> Html:
    svg = inline_svg(without_background(svg_of(run, task, name)), key, f"{task.label}: {caption or name}")
    wide = tag("div", svg, class_="wide", tabindex=0, role="region", aria_label=f"figure: {name}")
    return tag("figure", wide, *([tag("figcaption", caption)] if caption else []))


def _card(run: Run, task: TaskRun, piece: Piece, number: int, rows: tuple[int, int]) -> Html:
    button = tag(
        "button", tag("span", "Play", class_="verb"), tag("span", f" {piece.name}", class_="unseen"), type="button"
    )
    links = [_link(run, task, piece, kind) for kind in KINDS]
    return tag(
        "article",
        tag("header", tag("h4", piece.name), tag("span", piece.about, class_="about"), *_value(task, piece)),
        _picture(piece, number, rows),
        tag("footer", button, *links),
        tag("details", tag("summary", "As text"), tag("pre", piece.melody.text.replace(" | ", "\n"))),
        data_melody=number,
    )


def _picture(piece: Piece, number: int, rows: tuple[int, int]) -> Html:
    """The engraved score of a melody where verovio is installed, else its piano roll."""
    if not engraves():
        return roll_svg(piece, rows)
    return score_svg(piece.melody, f"m{number}", f"score of {piece.name}: {len(piece.melody.notes)} notes")


def _link(run: Run, task: TaskRun, piece: Piece, kind: str) -> Html:
    """A download of a melody's file, where there is one."""
    path, word = file_of(task, piece, kind), KINDS[kind]
    if not (run.folder / path).is_file():
        return Html()
    name = tag("span", f" of {piece.name}", class_="unseen")
    return tag("a", word, name, href=quote(path.as_posix()), download=True)


def _value(task: TaskRun, piece: Piece) -> list[Html]:
    """Return of a melody, and how far that is on the way from noise to the optimum or the best known."""
    parts, references = [tag("b", plain(piece.value))], task.references
    if references and task.best_known > references.random:
        share = 100 * (piece.value - references.random) / (task.best_known - references.random)
        parts.append(tag("span", f"{share:.1f} %".replace("-", "−"), class_="way"))  # noqa: RUF001
    return parts


def _playable(task: TaskRun, piece: Piece) -> dict[str, Any]:
    """Data for the player: pitch, onset and duration of each note in beats, and the whole length."""
    grid = piece.melody.grid
    return {
        "name": piece.name if len(piece.name) < 60 else f"{piece.name[:59]}…",
        "beats": grid.length,
        "notes": [[n.pitch, round(n.onset, 6), round(n.duration, 6)] for n in piece.melody.notes],
    }


def _provenance(run: Run) -> Html:
    """Version, commit, packages and command that made the results, and the study's own file."""
    rows = [joined([tag("dt", key), tag("dd", _in_a_line(value))]) for key, value in run.provenance.items()]
    text = run.text
    source = [tag("details", tag("summary", "study.toml, as it was read"), tag("pre", text))] if text else []
    return joined([tag("dl", *rows), *source])


def _in_a_line(value: Any) -> str:
    """Packages and their versions, or a list, in one line."""
    if isinstance(value, dict):
        return ", ".join(f"{k} {_in_a_line(v)}" for k, v in value.items())
    return ", ".join(map(_in_a_line, value)) if isinstance(value, list) else str(value)
