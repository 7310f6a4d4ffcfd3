"""Running a study into its folder: finished cells stay, the others are computed, on any number of workers.

Read `run_study` first.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NamedTuple

import evomusic
from evomusic.core.ledger import Unfinished
from evomusic.core.problem import Problem
from evomusic.core.task import Task
from evomusic.study import folder as files
from evomusic.study.beginning import require_version, start
from evomusic.study.build import describe
from evomusic.study.config import ConfigError, Study
from evomusic.study.executors import perform
from evomusic.study.fingerprints import fingerprint
from evomusic.study.folder import FORMAT, REFERENCES, cell_folder, write_text
from evomusic.study.packs import Writer, packed, settle
from evomusic.study.progress import Progress
from evomusic.study.provenance import packages_differ, provenance_of
from evomusic.study.references import FIRST, ceilings_of, in_order, style_of, verify
from evomusic.study.results import Cell, Outcome, Run, Shard, cells_of
from evomusic.study.solutions import problem_table
from evomusic.study.store import make_run, read_cells, read_references
from evomusic.study.table import curves_csv, summary_csv
from evomusic.study.work import Answer, Job, seed_of


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
    fresh: bool = False  # remove what the folder holds first
    shard: Shard | None = None  # the part of the cells to run
    cluster: str | None = None  # address of a Dask scheduler, or `local`, instead of worker processes

    def cells(self) -> list[Cell]:
        """The cells to run."""
        return cells_of(list(self.study.tasks), list(self.study.methods), self.study.seeds, self.shard)


class Finished(NamedTuple):
    """A study as far as it is finished, and the jobs that failed."""

    run: Run
    failures: list[Failure]


def run_study(plan: Plan, progress: Progress | None = None) -> Finished:
    """Do what is not done yet, and write the tables of what is; every stored file is read and checked once.

    Raises:
        RunError: the folder is locked, damaged, or holds another study.
        OSError: it cannot be written to.
        KeyboardInterrupt: there was one; finished cells are kept.
    """
    progress = progress or Progress()
    if (plan.folder / files.PUBLISHED).exists():
        files.read_resolved(plan.folder)  # refuses it, before a lock is left there
    with files.locked(plan.folder):
        resolved, now = resolve(plan.study), provenance_of(plan.study, plan.command)
        resolved |= {"shard": str(plan.shard)} if plan.shard else {}
        made = start(plan.folder, resolved, now, plan.text, plan.fresh)
        files.check_derived(plan.folder)
        work = Work(plan, resolved, _stored_references(plan), _stored_cells(plan, {}))
        jobs = work.jobs()
        if jobs and work.outcomes:
            require_version(plan.folder, made, now)
        progress.total(len(jobs), len(work.outcomes))
        if work.outcomes and packages_differ(made, now):
            progress.note("the finished cells were computed with other packages; --fresh computes them again")
        failures = work.perform(jobs, progress)
        for task, method in packed(plan.folder):
            settle(plan.folder, task, method)
        if jobs:
            work.outcomes.update(_stored_cells(plan, work.outcomes))
        run = make_run(plan.folder, resolved, made, work.references, work.outcomes)
        return Finished(run, failures + write_tables(run))


def resolve(study: Study) -> dict[str, Any]:
    """The study with every parameter of every part, and digests of each task's tables and each method's code."""
    return {
        "format": FORMAT,
        "steps": study.steps,
        "seeds": study.seeds,
        "seed": study.seed,
        "tasks": {label: _resolved_task(label, task) for label, task in study.tasks.items()},
        "methods": {label: describe(method) for label, method in study.methods.items()},
        "code": {
            "tasks": {label: fingerprint(task.final) for label, task in study.tasks.items() if task.final},
            "methods": {label: fingerprint(method) for label, method in study.methods.items()},
        },
    }


def _resolved_task(label: str, task: Task | Problem) -> dict[str, Any]:
    if isinstance(task, Problem):
        return problem_table(task)
    table: dict[str, Any] = {"name": task.name, "grid": task.grid.to_dict(), "delayed": task.delayed}
    if hasattr(task, "reward"):
        table["rules"] = [_weighted(rule, weight) for rule, weight in task.reward.rules.items()]
        table["final"] = [_weighted(measure, weight) for measure, weight in task.reward.final.items()]
    try:
        return table | {"tables": _tables(task)}
    except ValueError as error:  # a rule that cannot be written out
        raise ConfigError([f"tasks.{label}: {error}"]) from error


def _weighted(part: Any, weight: float) -> dict[str, Any]:
    table = describe(part)
    return {"weight": weight} | (table if isinstance(table, dict) else {"kind": table})


def _tables(task: Task) -> str:
    """A digest of the rules' tables: a changed rule of the same name and parameters changes it."""
    digest = hashlib.sha256()
    for auto in task.machine.automata:
        for array in auto:
            digest.update(repr(array.shape).encode() + array.tobytes())
    return digest.hexdigest()[:16]


def _stored_references(plan: Plan) -> dict[str, dict[str, Any]]:
    """The stored references of the tasks, checked against the tasks."""
    stored, tasks = read_references(plan.folder), plan.study.tasks
    codes = {kind: fingerprint(view) for kind, view in ceilings_of(plan.study.methods.values()).items()}
    references = {
        label: {k: v for k, v in stored.get(label, {}).items() if k in FIRST or _is_current(v, codes.get(k))}
        for label in tasks
    }
    for label, parts in references.items():
        verify(tasks[label], label, parts)
    return references


def _is_current(ceiling: Any, code: str | None) -> bool:
    """Whether a stored ceiling is of a view of the study, as its code is now; `verify` refuses a damaged one."""
    return not isinstance(ceiling, dict) or (code is not None and ceiling.get("code") == code)


def _stored_cells(plan: Plan, had: Mapping[Cell, Outcome]) -> dict[Cell, Outcome]:
    """The finished cells that nobody had yet, checked against the tasks; those of a shard that has grown too."""
    study = plan.study
    grids = {label: task.grid for label, task in study.tasks.items()}
    return read_cells(plan.folder, grids, study.methods, study.seeds, study.tasks, had)


@dataclass(frozen=True, eq=False)
class Work:
    """A plan with its study resolved, and the results so far: references by task, and finished cells."""

    plan: Plan
    resolved: Mapping[str, Any]
    references: dict[str, dict[str, Any]]
    outcomes: dict[Cell, Outcome]

    def jobs(self) -> list[Job]:
        """The jobs that are still to be done."""
        study, cells = self.plan.study, self.plan.cells()
        wanted, views = {cell.task for cell in cells}, ceilings_of(study.methods.values())
        planning = [
            Job(kind, f"{label}/{kind}", f"{label}/{kind}", label, style=style_of(task), view=views.get(kind))
            for label, task in study.tasks.items()
            for kind in (*FIRST, *views)
            if label in wanted and kind not in self.references[label]
        ]
        parts = {label: _parts(method) for label, method in study.methods.items()}
        pairs = {pair: cell_folder(self.plan.folder, Cell(*pair, 0)).parent for pair in {cell[:2] for cell in cells}}
        marks = {pair: self._mark(*pair) for pair in pairs}
        seeds = [seed_of(study.seed, number) for number in range(study.seeds)]
        return planning + [
            Job(
                "cell",
                str(cell),
                f"{cell.task}/{cell.method}",
                cell.task,
                study.methods[cell.method],
                cell,
                study.steps,
                seeds[cell.seed],
                Unfinished(
                    pairs[cell[:2]] / f"{cell.seed}/{files.UNFINISHED}", files.digest(f"{cell}\n{marks[cell[:2]]}")
                ),
                parts=parts[cell.method],
            )
            for cell in cells
            if cell not in self.outcomes
        ]

    def _mark(self, task: str, method: str) -> str:
        """Text of all that decides cells: one that was left unfinished is continued by the same code only."""
        whole = self.resolved
        code = [whole["code"]["tasks"].get(task), whole["code"]["methods"][method], evomusic.__version__]
        decides = [whole["tasks"][task], whole["methods"][method], whole["steps"], whole["seed"], code]
        return files.digest(files.to_json(decides))

    def perform(self, jobs: Sequence[Job], progress: Progress) -> list[Failure]:
        """Do the jobs and keep their results."""
        plan, tasks, failures = self.plan, self.plan.study.tasks, []
        for task in tasks.values() if jobs else ():
            if isinstance(task, Problem):
                continue
            _ = task.machine.fused, task.machine.singles  # written once, here, and sent to workers
        workers = min(plan.workers or cores(), len(jobs))
        with (plan.folder / files.TIMES).open("a", encoding="utf-8") as times, Writer(plan.folder) as writer:
            for some, answers in perform(jobs, tasks, workers, plan.cluster):
                if answers is None:
                    for job in some:
                        progress.begun(job.name)
                    continue
                self._keep([(j, a) for j, a in zip(some, answers, strict=True) if a.result is not None], writer, times)
                for job, answer in zip(some, answers, strict=True):
                    if answer.cause:
                        failures.append(_failed(plan.folder, job, answer))
                    progress.ended(job.name, answer.cause)
        return failures

    def _keep(self, done: Sequence[tuple[Job, Answer]], writer: Writer, times: IO[str]) -> None:
        """Write results, and how long they took."""
        folder, cells = self.plan.folder, [(job.cell, answer.result) for job, answer in done if job.cell is not None]
        writer.add(cells)
        for cell, _ in cells:
            files.drop_rest(folder, cell)
        if len(cells) < len(done):
            for job, answer in done:
                if job.cell is None:
                    self.references[job.task] = in_order(self.references[job.task] | {job.kind: answer.result})
            write_text(folder / REFERENCES, files.sealed({"tasks": self.references}))
        times.writelines(f"{job.name},{answer.seconds:.3f},{answer.processor:.3f}\n" for job, answer in done)
        times.flush()


def _parts(method: Any) -> frozenset[str]:
    """The kinds of a method and its parts."""
    return frozenset(str(v) for k, v in files.flat(describe(method)).items() if k.split(".")[-1] == "kind")


def cores() -> int:
    """Cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _failed(folder: Path, job: Job, answer: Answer) -> Failure:
    """Write the traceback beside the cell."""
    if not answer.trace:
        return Failure(job.name, answer.cause, None)
    kind = re.sub(r"[^\w.-]+", "-", job.kind)[:60]  # a view's text may hold what no name of a file does
    path = cell_folder(folder, job.cell) / files.ERROR if job.cell else folder / f"error-{job.task}-{kind}.txt"
    write_text(path, answer.trace)
    return Failure(job.name, answer.cause, path)


def write_tables(run: Run) -> list[Failure]:
    """Write `curves.csv` and `summary.csv`; a failure for each cell that is above its task's bound."""
    with files.derived(run.folder) as written:
        for name, text in (("curves.csv", curves_csv(run)), ("summary.csv", summary_csv(run))):
            write_text(run.folder / name, text)
            written.append(run.folder / name)
    return [
        Failure(str(o.cell), f"returned {o.best_return!r}, above the bound {r.upper!r} of its task", None)
        for o in run.outcomes
        if (r := run.tasks[o.cell.task].references) and o.best_return > r.upper
    ]
