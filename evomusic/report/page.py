"""`report.html`: one page with the tables, the curves and every melody to listen to. It makes no request.

The page's policy allows its own style and script by their hashes and nothing else. Names and titles are text.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import quote

from evomusic.plots.folder import drawable, figures, make
from evomusic.plots.pieces import Piece, about, pieces
from evomusic.plots.roll import span
from evomusic.plots.style import svg_text
from evomusic.report.export import KINDS, file_of
from evomusic.report.html import Html, joined, json_text, tag
from evomusic.report.pictures import inline_svg, roll_svg
from evomusic.report.tables import parts_table, plain, summary_table
from evomusic.study.results import Run, TaskRun

CAPTIONS = {
    "curves": "Best return found against steps. Lines are medians over seeds, bands their range.",
    "learning": "What methods would hand over, and what the melodies that they make meanwhile return.",
    "regret": "Cumulative regret: the optimum minus the return, summed over all melodies made so far.",
}


def write_report(run: Run | str | os.PathLike[str]) -> Path:
    """Write `report.html` of a study's folder; the melodies' files are linked where `export_melodies` has put them.

    Args:
        run: the study, or its folder, which is read then.

    Returns:
        The file written.

    Raises:
        ValueError: `run` is neither.
        RunError: the folder holds no study, or a damaged one.
        OSError: the file cannot be written.
    """
    from evomusic.study.folder import write_text
    from evomusic.study.store import as_run

    run = as_run(run)
    path = run.folder / "report.html"
    write_text(path, page(run))
    return path


def page(run: Run) -> str:
    """The page's text: the same run, the same bytes."""
    style, script, frame = (_data(f"page.{kind}") for kind in ("css", "js", "html"))
    tasks = drawable(run)
    shown = [(task, piece) for task in tasks for piece in pieces(task)]
    sections, first = [], 0
    for task in tasks:
        sections.append(_section(run, task, first))
        first += len(pieces(task))
    return Template(frame).substitute(
        policy=_policy(style, script),
        title=joined([_name(run)]),
        style=style,
        script=script,
        head=_head(run),
        sections=joined(sections),
        provenance=_provenance(run),
        melodies=json_text([_playable(task, piece) for task, piece in shown]),
        tempo=round(shown[0][1].melody.grid.tempo) if shown else 100,
    )


def _data(name: str) -> str:
    return resources.files("evomusic.report").joinpath(name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """Only this style and this script, by their hashes; nothing is loaded, sent or framed."""
    hashes = {name: f"'sha256-{_hash(text)}'" for name, text in (("style", style), ("script", script))}
    own = f"style-src {hashes['style']}; script-src {hashes['script']}"
    return f"default-src 'none'; {own}; img-src data:; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _name(run: Run) -> str:
    return run.folder.resolve().name or "study"


def _head(run: Run) -> Html:
    count = [(len(run.tasks), "task"), (len(run.methods), "method"), (run.seeds, "seed")]
    size = " × ".join(f"{n} {word}{'s' * (n != 1)}" for n, word in count)  # noqa: RUF001
    missing = "" if run.complete else " This study is not finished: what is missing is not shown."
    told = f"{size}, {run.steps:,} steps each; root seed {run.seed}.{missing}"
    return joined([tag("h1", _name(run)), tag("p", told)])


def _section(run: Run, task: TaskRun, first: int) -> Html:
    """One task; its melodies are numbered from `first` on."""
    shown = pieces(task)
    rows = span([piece.melody for piece in shown])
    cards = [_card(run, task, piece, first + i, rows) for i, piece in enumerate(shown)]
    tables = [summary_table(run, task)] if task.references else []
    return tag(
        "section",
        tag("h2", task.label),
        tag("p", _told(task)),
        *tables,
        *(_figure(run, task, name, f"f{first}{name[0]}") for name in figures(task) if name in CAPTIONS),
        tag("h3", "The melodies"),
        tag("p", _listen(task)),
        tag("div", *cards, class_="cards"),
        tag("details", tag("summary", "What each rule pays them"), parts_table(task)),
    )


def _told(task: TaskRun) -> str:
    name = f"Task {task.name}: " if task.name != task.label else ""
    told, known = f"{name}{about(task.grid)}; {task.grid.steps} tokens a melody.", task.references
    if known is None:
        return f"{told} What its returns are measured against is not computed yet."
    if known.certified:
        return f"{told} The optimum, {plain(known.value)}, is certified: no melody returns more."
    return f"{told} The optimum is not certified: {plain(task.known)} is the best known, {plain(known.upper)} a bound."


def _listen(task: TaskRun) -> str:
    goal = "the optimum" if task.certified else "the best known"
    told = "Each method's best of all seeds, with its return"
    return f"{told}, and how far that is on the way from noise (random tokens, on average) to {goal}."


def _figure(run: Run, task: TaskRun, name: str, key: str) -> Html:
    svg = inline_svg(svg_text(make(run, task, name), "none"), key, f"{task.label}: {CAPTIONS[name]}")
    wide = tag("div", svg, class_="wide", tabindex=0, role="region", aria_label=f"figure: {name}")
    return tag("figure", wide, tag("figcaption", CAPTIONS[name]))


def _card(run: Run, task: TaskRun, piece: Piece, number: int, rows: tuple[int, int]) -> Html:
    button = tag(
        "button", tag("span", "Play", class_="verb"), tag("span", f" {piece.name}", class_="unseen"), type="button"
    )
    links = [_link(run, task, piece, kind) for kind in KINDS]
    return tag(
        "article",
        tag("header", tag("h4", piece.name), tag("span", piece.about, class_="about"), *_value(task, piece)),
        roll_svg(piece, rows),
        tag("footer", button, *links),
        tag("details", tag("summary", "As text"), tag("pre", piece.melody.text.replace(" | ", "\n"))),
        data_melody=number,
    )


def _link(run: Run, task: TaskRun, piece: Piece, kind: str) -> Html:
    """A download of a melody's file, where there is one."""
    path, word = file_of(task, piece, kind), {".mid": "MIDI", ".musicxml": "MusicXML"}[kind]
    if not (run.folder / path).is_file():
        return Html()
    name = tag("span", f" of {piece.name}", class_="unseen")
    return tag("a", word, name, href=quote(path.as_posix()), download=True)


def _value(task: TaskRun, piece: Piece) -> list[Html]:
    """What a melody returns, and how far that is on the way from noise to the optimum or the best known."""
    told, known = [tag("b", plain(piece.value))], task.references
    if known and task.known > known.random:
        share = 100 * (piece.value - known.random) / (task.known - known.random)
        told.append(tag("span", f"{share:.1f} %".replace("-", "−"), class_="way"))  # noqa: RUF001
    return told


def _playable(task: TaskRun, piece: Piece) -> dict[str, Any]:
    """What the player needs: pitch, onset and duration in beats, and the whole length."""
    grid = piece.melody.grid
    return {
        "name": piece.name if len(piece.name) < 60 else f"{piece.name[:59]}…",
        "beats": grid.bars * grid.beats,
        "notes": [[n.pitch, round(n.onset, 6), round(n.duration, 6)] for n in piece.melody.notes],
    }


def _provenance(run: Run) -> Html:
    """What made the results, and the study's own file."""
    try:
        told = json.loads((run.folder / "provenance.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        told = {"provenance.json": "missing or damaged"}
    rows = [joined([tag("dt", key), tag("dd", _said(value))]) for key, value in told.items()]
    study = run.folder / "study.toml"
    text = study.read_text(encoding="utf-8", errors="replace") if study.is_file() else ""
    given = [tag("details", tag("summary", "study.toml, as it was given"), tag("pre", text))] if text else []
    return joined([tag("dl", *rows), *given])


def _said(value: Any) -> str:
    """A value for reading: packages and their versions in one line."""
    if isinstance(value, dict):
        return ", ".join(f"{k} {_said(v)}" for k, v in value.items())
    return ", ".join(map(_said, value)) if isinstance(value, list) else str(value)
