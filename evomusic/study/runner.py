"""Running a study into its folder: finished cells are kept, the others are done, on any number of workers."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

import evomusic
from evomusic.core.task import Task
from evomusic.study import folder as files
from evomusic.study.build import describe
from evomusic.study.config import ConfigError, Study
from evomusic.study.executors import perform
from evomusic.study.folder import FORMAT, cell_folder, write_cell, write_text
from evomusic.study.progress import Progress
from evomusic.study.references import style_of, verify
from evomusic.study.results import Cell
from evomusic.study.store import read_cell, read_run
from evomusic.study.table import curves_csv, summary_csv
from evomusic.study.work import Answer, CellResult, Job, seed_of

PACKAGES = ("numpy", "numba", "scipy", "deap", "music21", "mido", "matplotlib", "gymnasium", "pydantic")


class Failure(NamedTuple):
    """A job that failed: its name, one line that says why, and the file with the traceback, if there is one."""

    name: str
    cause: str
    trace: Path | None


@dataclass(frozen=True, eq=False)
class Plan:
    """A study on its way into a folder."""

    study: Study
    folder: Path
    text: str | None = None  # of the study's file
    command: str = ""
    workers: int = 0  # as many as there are cores when 0


def run_study(plan: Plan, progress: Progress | None = None) -> list[Failure]:
    """Do what is not done yet, and write the tables of what is.

    Raises:
        RunError: the folder is locked, damaged, or holds another study.
        OSError: it cannot be written to.
        KeyboardInterrupt: there was one; finished cells are kept.
    """
    with files.locked(plan.folder):
        resolved = resolve(plan.study)
        files.start(plan.folder, resolved, provenance(plan), plan.text)
        told = _references(plan)
        jobs, kept = _jobs(plan, told)
        if jobs:
            _require_version(plan.folder, kept)
        progress = progress or Progress()
        progress.total(len(jobs), kept)
        failures = _perform(plan, jobs, told, progress)
        return failures + write_tables(plan.folder)


def resolve(study: Study) -> dict[str, Any]:
    """A study with every parameter of every part, and a digest of each task's tables."""
    return {
        "format": FORMAT,
        "steps": study.steps,
        "seeds": study.seeds,
        "seed": study.seed,
        "tasks": {label: _resolved_task(label, task) for label, task in study.tasks.items()},
        "methods": {label: describe(method) for label, method in study.methods.items()},
    }


def _resolved_task(label: str, task: Task) -> dict[str, Any]:
    told: dict[str, Any] = {"name": task.name, "grid": task.grid.to_dict(), "delayed": task.delayed}
    if hasattr(task, "reward"):
        told["rules"] = [_weighted(rule, weight) for rule, weight in task.reward.rules.items()]
        told["final"] = [_weighted(measure, weight) for measure, weight in task.reward.final.items()]
    try:
        return told | {"tables": _tables(task)}
    except ValueError as error:  # a rule that cannot be written out
        raise ConfigError([f"tasks.{label}: {error}"]) from error


def _weighted(part: Any, weight: float) -> dict[str, Any]:
    told = describe(part)
    return {"weight": weight} | (told if isinstance(told, dict) else {"kind": told})


def _tables(task: Task) -> str:
    """A digest of what the rules pay: a changed rule of the same name and parameters changes it."""
    digest = hashlib.sha256()
    for auto in task.machine.automata:
        for array in auto:
            digest.update(repr(array.shape).encode() + array.tobytes())
    return digest.hexdigest()[:16]


def provenance(plan: Plan) -> dict[str, Any]:
    """What made the results, without times and places: equal on any machine with the same packages."""
    packages = {}
    for name in PACKAGES:
        with contextlib.suppress(PackageNotFoundError):
            packages[name] = version(name)
    study = plan.study
    return {
        "evomusic": evomusic.__version__,
        "command": plan.command,
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "packages": packages,
        "seeds": {
            "root": study.seed,
            "rule": "numpy.random.SeedSequence(root, spawn_key=(number,)).generate_state(1, numpy.uint64)[0]",
            "by number": [seed_of(study.seed, number) for number in range(study.seeds)],
        },
    }


def _require_version(folder: Path, kept: int) -> None:
    """Cells of two versions are not mixed."""
    path = folder / "provenance.json"
    try:
        made = json.loads(path.read_text(encoding="utf-8"))["evomusic"]
    except (OSError, ValueError, KeyError, TypeError):
        raise files.RunError(f"{path} is missing or damaged; choose another --out") from None
    if kept and made != evomusic.__version__:
        raise files.RunError(
            f"{folder} was begun by evomusic {made}, this is {evomusic.__version__}; choose another --out"
        )


def _references(plan: Plan) -> dict[str, dict[str, Any]]:
    """What is known of the tasks' references, checked against the tasks."""
    path = plan.folder / "references.json"
    try:
        told = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        known = {label: dict(told.get(label, {})) for label in plan.study.tasks}
    except (ValueError, TypeError, AttributeError):
        raise files.RunError(f"{path} is damaged; delete it, then run the study again") from None
    for label, parts in known.items():
        if "planner" in parts:
            verify(plan.study.tasks[label], label, parts["planner"])
    return known


def _jobs(plan: Plan, told: dict[str, dict[str, Any]]) -> tuple[list[Job], int]:
    """What is to be done, and how many cells are done already."""
    study = plan.study
    jobs = [
        Job(kind, f"{label}/{kind}", f"{label}/{kind}", label, style=style_of(task))
        for label, task in study.tasks.items()
        for kind in ("planner", "levels")
        if kind not in told[label]
    ]
    cells = [Cell(t, m, s) for s in range(study.seeds) for t in study.tasks for m in study.methods]
    kept = {c for c in cells if read_cell(plan.folder, c, study.tasks[c.task].grid)}
    return jobs + [_cell_job(study, c) for c in cells if c not in kept], len(kept)


def _cell_job(study: Study, cell: Cell) -> Job:
    group = f"{cell.task}/{cell.method}"
    method, seed = study.methods[cell.method], seed_of(study.seed, cell.seed)
    parts = frozenset(str(v) for k, v in files.flat(describe(method)).items() if k.split(".")[-1] == "kind")
    return Job("cell", str(cell), group, cell.task, method, cell, study.steps, seed, parts=parts)


def _perform(plan: Plan, jobs: Sequence[Job], told: dict[str, dict[str, Any]], progress: Progress) -> list[Failure]:
    tasks, failures = plan.study.tasks, []
    for task in tasks.values() if jobs else ():
        _ = task.machine.fused, task.machine.singles  # written once, here, and sent to workers
    workers = min(plan.workers or cores(), len(jobs))
    with (plan.folder / "times.csv").open("a", encoding="utf-8") as times:
        for job, answer in perform(jobs, tasks, workers):
            if answer is None:
                progress.begun(job.name)
                continue
            if answer.cause:
                failures.append(_failed(plan.folder, job, answer))
            elif answer.result is not None:
                _keep(plan.folder, job, answer.result, told)
                times.write(f"{job.name},{answer.seconds:.3f}\n")
                times.flush()
            progress.ended(job.name, answer.cause)
    return failures


def cores() -> int:
    """Cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _keep(folder: Path, job: Job, result: Any, told: dict[str, dict[str, Any]]) -> None:
    if isinstance(result, CellResult) and job.cell is not None:
        write_cell(folder, job.cell, result.record, result.melody, result.parts)
        return
    parts = told[job.task] | {job.kind: result}
    told[job.task] = {kind: parts[kind] for kind in ("planner", "levels") if kind in parts}
    write_text(folder / "references.json", files.to_json(told))


def _failed(folder: Path, job: Job, answer: Answer) -> Failure:
    """Keep the traceback beside the cell."""
    if not answer.trace:
        return Failure(job.name, answer.cause, None)
    path = cell_folder(folder, job.cell) / "error.txt" if job.cell else folder / f"error-{job.task}-{job.kind}.txt"
    write_text(path, answer.trace)
    return Failure(job.name, answer.cause, path)


def write_tables(folder: Path) -> list[Failure]:
    """`curves.csv` and `summary.csv` of the finished cells; a failure for each cell that belies a task's bound."""
    run = read_run(folder)
    write_text(folder / "curves.csv", curves_csv(run))
    write_text(folder / "summary.csv", summary_csv(run))
    return [
        Failure(str(o.cell), f"returned {o.best_return!r}, above the bound {r.upper!r} of its task", None)
        for o in run.outcomes
        if (r := run.tasks[o.cell.task].references) and o.best_return > r.upper
    ]
