"""Logs of IOHprofiler, as IOHexperimenter writes them: IOHinspector and IOHanalyzer read them.

A folder a method, with a JSON a task that names its `.dat`, a block of which is a run: a header, a row an improvement
(number of evaluations, best value so far), and a row where the run ended. An evaluation is a melody or another
solution, not a step; the first is number 1, by which readers tell runs apart. Numbers are read back as they are.

Format: de Nobel, Ye, Vermetten, Wang, Doerr & Bäck 2024, "IOHexperimenter: Benchmarking Platform for Iterative
Optimization Heuristics"; as ioh 0.4.2 writes it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import able, wrong
from evomusic.core.melody import Melody
from evomusic.core.problem import Problem
from evomusic.core.record import Record
from evomusic.core.task import Task
from evomusic.logs.folders import PathLike, chosen, finished, new_folder
from evomusic.study.folder import read_resolved
from evomusic.study.results import Run, TaskRun

VERSION = "0.4.2"  # of IOHexperimenter, whose form this is
HEADER = ("evaluations", "raw_y")


class Block(NamedTuple):
    """One run: seed, price of a solution, improvements (N, 2) in steps, last step, best solution as numbers."""

    seed: int
    price: int
    improvements: NDArray[np.float64]
    steps: int
    best: list[float]


class Function(NamedTuple):
    """One task: number from 1, name, dimension, whether its return is written negated, to be minimised; attributes."""

    number: int
    name: str
    dimension: int
    minimised: bool
    attributes: Mapping[str, float]


def write_ioh(
    run: Run | PathLike | Mapping[str, Sequence[Record]],
    folder: PathLike,
    tasks: Sequence[str] | None = None,
    minimised: Sequence[str] = (),
    task: Task | Problem | None = None,
) -> Path:
    """Write a study, or records of runs, as logs of IOHprofiler.

    Args:
        run: the study, or its folder; or records by name of their method, in order of seeds from 0.
        folder: to make.
        tasks: labels of the tasks of a study to write; all of them for None.
        minimised: labels of tasks whose return is a negated cost: the cost is written, to be minimised.
        task: the task of the records.

    Returns:
        The folder, with a folder a method.

    Raises:
        ValueError: an argument is of the wrong type, a label is no task's, no cell is finished, a problem has several
            objectives, two methods would share a folder, or the folder is there and not empty.
        RunError: the folder of the study holds none, or a damaged one.
    """
    if isinstance(run, Mapping):
        if tasks is not None:
            raise wrong("tasks", tasks, "None beside records, whose task is `task`")
        logs = list(_of_records(run, task, minimised))
    else:
        if task is not None:
            raise wrong("task", task, "None beside a study, which has tasks of its own")
        logs = list(_of_study(finished(run), tasks, minimised))
    with new_folder(folder) as aside:
        for name, info, function, blocks in logs:
            _write(aside / _plain(name), name, info, function, blocks)
    return Path(folder)


Log = tuple[str, str, Function, list[Block]]  # name and account of a method, a task, and runs


def _of_study(run: Run, tasks: Sequence[str] | None, minimised: Sequence[str]) -> Iterator[Log]:
    """The logs of a study, a task and a method each, those without a finished cell left out."""
    stored, numbers = read_resolved(run.folder)["tasks"], {label: i for i, label in enumerate(run.tasks, 1)}
    negated = {one.label for one in chosen(run, minimised, "minimised")}
    _require_different(run.methods)
    for one in chosen(run, tasks):
        if names := stored[one.label].get("objectives"):
            raise _several(one.label, names, "; choose other tasks")
        attributes = {"steps": run.steps, **_optimum(one, one.label in negated)}
        dimension = _dimension(one, stored[one.label])
        function = Function(numbers[one.label], one.label, dimension, one.label in negated, attributes)
        for method, outcomes in one.outcomes.items():
            blocks = [
                Block(
                    outcome.cell.seed,
                    one.grid.steps,
                    outcome.improvements,
                    int(outcome.curve.steps[-1]),
                    outcome.best.tokens.tolist() if isinstance(outcome.best, Melody) else [],
                )
                for outcome in outcomes
            ]
            if blocks:
                yield method, str(run.methods[method].get("kind", "")), function, blocks


def _of_records(
    records: Mapping[str, Sequence[Record]], task: Task | Problem | None, minimised: Sequence[str]
) -> Iterator[Log]:
    """The logs of records of one task."""
    able("task", task, ("evaluate",), "the task of the records, such as em.make('tune')")
    assert task is not None
    name = task.name or "task"
    if isinstance(minimised, str) or set(minimised) - {name}:
        raise wrong("minimised", minimised, f"[{name!r}], the name of the task, or nothing")
    if names := getattr(task, "objectives", ()):
        raise _several(name, names)
    if not any(map(len, records.values())):
        raise ValueError("run holds no record, expected one or more")
    _require_different(records)
    function = Function(1, name, task.grid.rows.length, name in minimised, {})
    for method, runs in records.items():
        for i, one in enumerate(runs):
            if not isinstance(one, Record):
                raise wrong(f"run[{method!r}][{i}]", one, "a Record, as em.run returns it")
        blocks = [Block(i, task.grid.steps, r.improvements, r.steps, r.best.tolist()) for i, r in enumerate(runs)]
        if blocks:
            yield method, "", function, blocks


def _several(name: str, objectives: Sequence[str], remedy: str = "") -> ValueError:
    names = ", ".join(objectives)
    return ValueError(f"task {name!r} has the objectives {names}, expected one: a log holds one value{remedy}")


def _require_different(methods: Mapping[str, Any]) -> None:
    """Check that each method has a folder of its own.

    Raises:
        ValueError: two names become one.
    """
    found: dict[str, str] = {}
    for name in methods:
        if (other := found.setdefault(_plain(name).lower(), name)) != name:
            raise ValueError(f"methods {other!r} and {name!r} would share the folder {_plain(name)}, rename one")


def _optimum(task: TaskRun, minimised: bool) -> dict[str, float]:
    """The optimum where it is certified, for the attributes of an experiment."""
    if not task.references or not task.references.certified:
        return {}
    return {"optimum": _signed(task.references.value, minimised)}


def _dimension(task: TaskRun, stored: Mapping[str, Any]) -> int:
    """Steps of a melody, places of another solution, most nodes of a tree; 1 where a genotype does not say."""
    genotype = stored.get("genotype")
    return task.grid.steps if genotype is None else int(genotype.get("length", genotype.get("nodes", 1)))


def _signed(value: float, minimised: bool) -> float:
    """A return, or the cost that it is of; no negative zero."""
    return (-value if minimised else value) + 0.0


def _plain(name: str) -> str:
    """A name in files: letters, digits and a few signs."""
    return re.sub(r"[^\w.+-]", "_", name)


def _write(folder: Path, name: str, info: str, function: Function, blocks: Sequence[Block]) -> None:
    """Write the JSON and the `.dat` of a method on a task."""
    stem = f"f{function.number}_{_plain(function.name)}"
    path = f"data_{stem}/IOHprofiler_f{function.number}_DIM{function.dimension}.dat"
    (folder / path).parent.mkdir(parents=True)
    (folder / path).write_text("".join(_lines(blocks, function.minimised)), encoding="utf-8")
    index = {
        "version": VERSION,
        "suite": "evomusic",
        "function_id": function.number,
        "function_name": function.name,
        "maximization": not function.minimised,
        "algorithm": {"name": name, "info": info},
        "experiment_attributes": [{key: repr(value)} for key, value in function.attributes.items()],
        "run_attributes": ["seed"],
        "attributes": list(HEADER),
        "scenarios": [
            {
                "dimension": function.dimension,
                "path": path,
                "runs": [_summary(block, function.minimised) for block in blocks],
            }
        ],
    }
    (folder / f"IOHprofiler_{stem}.json").write_text(json.dumps(index, ensure_ascii=False) + "\n", encoding="utf-8")


def _summary(block: Block, minimised: bool) -> dict[str, Any]:
    """A run as the JSON has it."""
    step, value = block.improvements[-1].tolist()
    best = {"evals": int(step) // block.price, "y": _signed(value, minimised), "x": block.best}
    return {"instance": 1, "evals": block.steps // block.price, "best": best, "seed": block.seed}


def _lines(blocks: Sequence[Block], minimised: bool) -> Iterator[str]:
    """The rows of runs: each improvement, and where the run ended, if that is later."""
    for block in blocks:
        rows = [(int(steps) // block.price, value) for steps, value in block.improvements.tolist()]
        if block.steps // block.price > rows[-1][0]:
            rows.append((block.steps // block.price, rows[-1][1]))
        yield " ".join(HEADER) + "\n"
        yield from (f"{evaluations} {_signed(value, minimised)!r}\n" for evaluations, value in rows)
