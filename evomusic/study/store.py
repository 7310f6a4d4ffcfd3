"""Reading a study's folder. The types are in `evomusic.study.results`; `evomusic.study.folder` writes.

Layout: `study.toml` (as given), `study.resolved.json`, `provenance.json`, `references.json`, `curves.csv`,
`summary.csv`, and a file for each task and method, `cells/<task>/<method>.jsonl`, with a line of JSON for each finished
cell: steps, best return and melody (`Melody.text`), returns by rule, improvements and curve. Figures, melodies, the
report and the tables are listed in `files.json`. Every file is checked against its digest; `times.csv`, `error.txt` and
`.lock` have none. The resolved study of a shard names it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evomusic.core.checks import wrong
from evomusic.core.grid import Grid
from evomusic.core.solution import Frame
from evomusic.study.cells import outcome_of
from evomusic.study.folder import (
    REFERENCES,
    RESOLVED,
    TIMES,
    RunError,
    again,
    check_derived,
    read_provenance,
    read_resolved,
    read_sealed,
)
from evomusic.study.packs import Line, read_lines
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
    shard_of,
)
from evomusic.study.solutions import agree, frame_of, returns_of, row_of, solution_of

if TYPE_CHECKING:
    from evomusic.core.problem import Problem
    from evomusic.core.task import Task

__all__ = [
    "Cell",
    "Level",
    "Outcome",
    "References",
    "Run",
    "TaskRun",
    "as_run",
    "read_cells",
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
        outcomes = read_cells(folder, grids, resolved["methods"], resolved["seeds"])
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


def read_cells(
    folder: Path,
    grids: Mapping[str, Any],
    methods: Iterable[str],
    seeds: int,
    tasks: Mapping[str, Task | Problem] | None = None,
    had: Container[Cell] = (),
) -> dict[Cell, Outcome]:
    """The finished cells of a study.

    Args:
        folder: of the run.
        grids: frames of the tasks' solutions by label.
        methods: labels of the methods.
        seeds: cells of this seed and later ones are passed over.
        tasks: by label: best melodies are evaluated once more, and must return what is stored.
        had: cells to pass over.

    Raises:
        RunError: a cell is damaged; names the file, the line and the cell.
    """
    found, labels = dict[Cell, Outcome](), list(methods)
    for label, grid in grids.items():
        packs = [read_lines(folder, label, method) for method in labels]
        lines = [line for pack in packs for line in pack if line.cell.seed < seeds and line.cell not in had]
        outcomes = [outcome_at(line, grid) for line in lines]
        if tasks is not None and outcomes:
            _check_returns(lines, outcomes, tasks[label])
        found |= {outcome.cell: outcome for outcome in outcomes}
    return found


def outcome_at(line: Line, grid: Any) -> Outcome:
    """The outcome of a line.

    Args:
        line: of a pack.
        grid: frame of its task's solutions.

    Raises:
        RunError: it is damaged; names the file, the line and the cell.
    """
    try:
        return outcome_of(line.text, line.cell, grid)
    except ValueError as error:
        raise line.damaged(error) from None


def _check_returns(lines: Sequence[Line], outcomes: Sequence[Outcome], task: Task | Problem) -> None:
    """Check that the best solutions return what is stored."""
    from evomusic.core.recount import recounted
    from evomusic.core.task import Task

    returns = list[float]()
    try:
        if isinstance(task, Task):
            returns = recounted(task, np.array([row_of(task, outcome.best) for outcome in outcomes])).tolist()
        else:
            for outcome in outcomes:
                returns.append(returns_of(task, outcome.best))
    except ValueError as error:
        raise lines[len(returns)].damaged(error) from None
    for line, outcome, found in zip(lines, outcomes, returns, strict=True):
        if not agree(task, found, outcome.best_return):
            raise line.damaged(f"it says that its best returns {outcome.best_return!r}, it returns {found!r}")


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
