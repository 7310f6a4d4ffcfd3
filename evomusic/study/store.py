"""Reading a study's folder. The types are in `evomusic.study.results`; `evomusic.study.folder` writes.

Layout: `study.toml` (as given), `study.resolved.json`, `provenance.json`, `references.json`, `curves.csv`,
`summary.csv`, and a folder a finished cell, `cells/<task>/<method>/<seed>/`, with `curve.csv`, `improvements.csv`,
`best.txt` (tokens as `Melody.text`, a line a bar) and `status.json`. `times.csv` and `.lock` are not to be committed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import wrong
from evomusic.core.grid import Grid
from evomusic.core.ledger import Curve
from evomusic.core.melody import Melody
from evomusic.study.folder import FORMAT, RunError, cell_folder, digest
from evomusic.study.results import Cell, Level, Outcome, References, Run, TaskRun

__all__ = [
    "Cell",
    "Level",
    "Outcome",
    "References",
    "Run",
    "TaskRun",
    "as_run",
    "read_cell",
    "read_references",
    "read_run",
]


def read_run(folder: str | Path) -> Run:
    """All that a study's folder holds.

    Raises:
        RunError: the folder holds no study, one of a newer format, or a damaged file; names it.
    """
    folder = Path(folder)
    if not (folder / "study.resolved.json").is_file():
        raise RunError(f"{folder} holds no study: there is no study.resolved.json in it")
    resolved = _json(folder / "study.resolved.json")
    if resolved.get("format") != FORMAT:
        raise RunError(f"{folder} is of format {resolved.get('format')}, this version of evomusic reads {FORMAT}")
    try:
        tasks = {label: _task(folder, label, resolved) for label in resolved["tasks"]}
        return Run(folder, resolved["steps"], resolved["seeds"], resolved["seed"], resolved["methods"], tasks)
    except (KeyError, TypeError) as error:
        raise RunError(f"{folder / 'study.resolved.json'} is damaged: {error}") from error


def as_run(run: Run | str | os.PathLike[str]) -> Run:
    """Return a study that has been read already, or read it from its folder.

    Raises:
        ValueError: it is neither.
        RunError: the folder holds no study, or a damaged one.
    """
    if not isinstance(run, (Run, str, os.PathLike)):
        raise wrong("run", run, "a Run, or the path of a study's folder")
    return run if isinstance(run, Run) else read_run(os.fspath(run))


def _task(folder: Path, label: str, resolved: Mapping[str, Any]) -> TaskRun:
    told = resolved["tasks"][label]
    grid = Grid(**told["grid"])
    cells = {m: [Cell(label, m, s) for s in range(resolved["seeds"])] for m in resolved["methods"]}
    return TaskRun(
        label=label,
        name=told["name"],
        grid=grid,
        references=read_references(folder, label, grid),
        outcomes={m: tuple(o for c in row if (o := read_cell(folder, c, grid))) for m, row in cells.items()},
    )


def read_cell(folder: Path, cell: Cell, grid: Grid) -> Outcome | None:
    """A finished cell, or None.

    Raises:
        RunError: one of its files is damaged; names it.
    """
    here = cell_folder(folder, cell)
    if not (here / "status.json").exists():
        return None
    status = _json(here / "status.json")
    try:
        texts = {name: _whole(here / name, kept) for name, kept in status["sha256"].items()}
        curve, improvements = _columns(texts["curve.csv"]), _columns(texts["improvements.csv"])
        melody = Melody.parse(texts["best.txt"], grid, title=f"{cell.method}, seed {cell.seed}")
        return Outcome(
            cell=cell,
            curve=Curve(
                curve["steps"].astype(np.int64),
                curve["best"],
                curve["delivered"],
                curve["online"],
                curve["updates"].astype(np.int64),
                curve["sweeps"].astype(np.int64),
            ),
            improvements=np.column_stack([improvements["steps"], improvements["best"]]),
            best=melody,
            best_return=float(status["best_return"]),
            parts=status["parts"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(f"{here} is damaged: {error}; delete that folder, then run the study again") from error


def _whole(path: Path, kept: str) -> str:
    """The text of a file whose digest is as it was."""
    try:
        text = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path.name} cannot be read ({error})") from None
    if digest(text) != kept:
        raise ValueError(f"{path.name} is not what was written")
    return text


def _columns(text: str) -> dict[str, NDArray[np.float64]]:
    header, *rows = text.splitlines()
    table = np.array([row.split(",") for row in rows], np.float64).reshape(len(rows), -1)
    return dict(zip(header.split(","), table.T, strict=True))


def read_references(folder: Path, label: str, grid: Grid) -> References | None:
    """What a task's returns are measured against, or None while it is being computed.

    Raises:
        RunError: the file is damaged.
    """
    path = folder / "references.json"
    told = _json(path).get(label, {}) if path.exists() else {}
    if not {"planner", "levels"} <= set(told):
        return None
    try:
        planner = told["planner"]
        return References(
            random=planner["random"],
            value=planner["value"],
            upper=planner["upper"],
            certified=planner["certified"],
            melody=Melody.parse(planner["melody"], grid, "optimum" if planner["certified"] else "best known"),
            parts=planner["parts"],
            levels=tuple(_level(x, grid) for x in told["levels"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(f"{path} is damaged: {error!r}; delete it, then run the study again") from error


def _level(told: Mapping[str, Any], grid: Grid) -> Level:
    example = Melody.parse(told["example"], grid, told["title"])
    numbers = {name: told[name] for name in ("source", "count", "mean", "p50", "p90", "example_return")}
    return Level(example=example, **numbers)


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise RunError(f"{path} is damaged: {error}; delete it, then run the study again") from error
    if not isinstance(value, dict):
        raise RunError(f"{path} is damaged: it holds no table; delete it, then run the study again")
    return value
