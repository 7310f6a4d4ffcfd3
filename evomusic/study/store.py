"""Reading a study's folder. The types are in `evomusic.study.results`; `evomusic.study.folder` writes.

Layout: `study.toml` (as given), `study.resolved.json`, `provenance.json`, `references.json`, `curves.csv`,
`summary.csv`, and a folder a finished cell, `cells/<task>/<method>/<seed>/`, with `curve.csv`, `improvements.csv`,
`best.txt` (tokens as `Melody.text`, a line a bar) and `status.json`. Figures, melodies, the report and the tables are
listed in `files.json`. Every file is checked against its digest; `times.csv`, `error.txt` and `.lock` have none. The
resolved study of a shard names it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import wrong
from evomusic.core.grid import Grid
from evomusic.core.ledger import Curve
from evomusic.core.solution import Frame
from evomusic.core.task import Task
from evomusic.study.folder import (
    REFERENCES,
    RESOLVED,
    TIMES,
    RunError,
    again,
    cell_folder,
    check_derived,
    digest,
    read_provenance,
    read_resolved,
    read_sealed,
)
from evomusic.study.results import (
    CEILING,
    Ceiling,
    Cell,
    Level,
    Outcome,
    References,
    Run,
    Soft,
    TaskRun,
    cells_of,
    shard_of,
)
from evomusic.study.solutions import agree, frame_of, returns_of, solution_of

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

REMEDY = "delete it, then run the study again"


def read_run(folder: str | Path) -> Run:
    """All that a study's folder holds.

    Raises:
        RunError: the folder holds no study, one of another format, or a damaged file; names it.
    """
    folder = Path(folder)
    resolved = read_resolved(folder)
    provenance = read_provenance(folder)
    check_derived(folder)
    try:
        grids = {label: frame_of(task) for label, task in resolved["tasks"].items()}
        cells = cells_of(list(grids), list(resolved["methods"]), resolved["seeds"])
        outcomes = {c: found for c in cells if (found := read_cell(folder, c, grids[c.task]))}
        return make_run(folder, resolved, provenance, read_references(folder), outcomes)
    except (KeyError, TypeError, AttributeError) as error:
        raise RunError(f"{folder / RESOLVED} is damaged: {error!r}; {again(folder)}") from error


def make_run(
    folder: Path,
    resolved: Mapping[str, Any],
    provenance: Mapping[str, Any],
    references: Mapping[str, Mapping[str, Any]],
    outcomes: Mapping[Cell, Outcome],
) -> Run:
    """A run of its parts, as they are stored.

    Raises:
        RunError: the references are damaged.
    """
    tasks, seconds = {}, read_times(folder)
    for label, stored in resolved["tasks"].items():
        grid = frame_of(stored)
        tasks[label] = TaskRun(
            label=label,
            name=stored["name"],
            grid=grid,
            references=_references(folder, references.get(label, {}), grid),
            outcomes={m: _cells(outcomes, seconds, label, m, resolved["seeds"]) for m in resolved["methods"]},
        )
    path = folder / "study.toml"
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    sizes = (resolved["steps"], resolved["seeds"], resolved["seed"])
    return Run(folder, *sizes, resolved["methods"], tasks, provenance, text, shard_of(resolved))


def _cells(
    outcomes: Mapping[Cell, Outcome], seconds: Mapping[str, float], task: str, method: str, seeds: int
) -> tuple[Outcome, ...]:
    cells = (Cell(task, method, seed) for seed in range(seeds))
    return tuple(replace(outcomes[cell], seconds=seconds.get(str(cell))) for cell in cells if cell in outcomes)


def read_times(folder: Path) -> dict[str, float]:
    """Processor seconds by the name of a job, the last where one was done twice; lines that are none are left out."""
    path, found = folder / TIMES, dict[str, float]()
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else ():
        with contextlib.suppress(ValueError):
            name, _, processor = line.rsplit(",", 2)
            found[name] = float(processor)
    return found


def as_run(run: Run | str | os.PathLike[str]) -> Run:
    """Return a study that has been read already, or read it from its folder.

    Raises:
        ValueError: it is neither.
        RunError: the folder holds no study, or a damaged one.
    """
    if not isinstance(run, (Run, str, os.PathLike)):
        raise wrong("run", run, "a Run, or the path of a study's folder")
    return run if isinstance(run, Run) else read_run(os.fspath(run))


def read_cell(folder: Path, cell: Cell, grid: Any, task: Task | None = None) -> Outcome | None:
    """A finished cell, or None.

    Args:
        folder: of the run.
        cell: the cell.
        grid: the frame of the task's solutions, a Grid for melodies.
        task: where it is at hand, the best melody is evaluated again.

    Raises:
        RunError: one of its files is damaged; names it.
    """
    here = cell_folder(folder, cell)
    if not (here / "status.json").exists():
        return None
    remedy = f"delete the folder {here}, then run the study again"
    status = read_sealed(here / "status.json", remedy)
    try:
        if status["cell"] != str(cell):
            raise ValueError(f"it holds the cell {status['cell']}")
        texts = {name: _checked_text(here / name, stored) for name, stored in status["files"].items()}
        curve, improvements = _columns(texts["curve.csv"]), _columns(texts["improvements.csv"])
        best = solution_of(texts["best.txt"], grid, f"{cell.method}, seed {cell.seed}")
        outcome = Outcome(
            cell=cell,
            curve=Curve(
                curve["steps"].astype(np.int64),
                curve["best"],
                curve["delivered"],
                curve["delivered_best"],
                curve["online"],
                curve["updates"].astype(np.int64),
                curve["sweeps"].astype(np.int64),
            ),
            improvements=np.column_stack([improvements["steps"], improvements["best"]]),
            best=best,
            best_return=float(status["best_return"]),
            parts=status["parts"],
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise RunError(f"{here} is damaged: {error}; {remedy}") from error
    returns = outcome.best_return if task is None else returns_of(task, best)
    if task is not None and not agree(task, returns, outcome.best_return):
        raise RunError(
            f"{here} is damaged: status.json says that best.txt returns {outcome.best_return!r}, it returns "
            f"{returns!r}; {remedy}"
        )
    return outcome


def _checked_text(path: Path, stored: str) -> str:
    """The text of a file whose digest is as it was."""
    try:
        text = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path.name} cannot be read ({error})") from None
    if digest(text) != stored:
        raise ValueError(f"{path.name} is not what was written")
    return text


def _columns(text: str) -> dict[str, NDArray[np.float64]]:
    header, *rows = text.splitlines()
    table = np.array([row.split(",") for row in rows], np.float64).reshape(len(rows), -1)
    return dict(zip(header.split(","), table.T, strict=True))


def read_references(folder: Path) -> dict[str, dict[str, Any]]:
    """The stored references by the label of their task; empty while they are being computed.

    Raises:
        RunError: the file is damaged.
    """
    path = folder / REFERENCES
    if not path.exists():
        return {}
    tasks = read_sealed(path, REMEDY).get("tasks")
    if not isinstance(tasks, dict) or not all(isinstance(entry, dict) for entry in tasks.values()):
        raise RunError(f"{path} is damaged: it holds no tasks; {REMEDY}")
    return tasks


def _references(folder: Path, stored: Mapping[str, Any], grid: Grid | Frame) -> References | None:
    """A task's references, or None while they are being computed."""
    if not {"planner", "levels"} <= set(stored):
        return None
    try:
        planner = stored["planner"]
        upper = np.inf if planner["upper"] is None else float(planner["upper"])  # of a problem there may be no bound
        name = "optimum" if planner["certified"] else "best known"
        return References(
            random=float(planner["random"]),
            value=float(planner["value"]),
            upper=upper,
            certified=bool(planner["certified"]),
            melody=None if planner["melody"] is None else solution_of(planner["melody"], grid, name),
            parts=dict(planner["parts"]),
            levels=tuple(_level(x, grid) for x in stored["levels"]),
            ceilings=tuple(_ceilings(stored, upper)),
            soft=_soft(stored.get("soft")),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(f"{folder / REFERENCES} is damaged: {error!r}; {REMEDY}") from error


def _ceilings(stored: Mapping[str, Any], bound: float) -> Iterator[Ceiling]:
    """Ceilings of views that have one, none above the bound of all melodies."""
    for kind, found in stored.items():
        if kind.startswith(CEILING) and found and found["upper"] is not None:
            yield Ceiling(kind.removeprefix(CEILING), min(float(found["upper"]), bound), bool(found["certified"]))


def _soft(stored: Mapping[str, Any] | None) -> Soft | None:
    """The soft optimum, where there is one; a study of an older version has none."""
    if stored is None or stored["mean"] is None:
        return None
    numbers = {name: float(stored[name]) for name in ("temperature", "mean", "error")}
    return Soft(prior=str(stored["prior"]), dropped=tuple(map(str, stored["dropped"])), **numbers)


def _level(stored: Mapping[str, Any], grid: Grid | Frame) -> Level:
    example = solution_of(stored["example"], grid, stored["title"])
    numbers = {name: float(stored[name]) for name in ("mean", "p50", "p90", "example_return")}
    return Level(source=stored["source"], count=int(stored["count"]), example=example, **numbers)
