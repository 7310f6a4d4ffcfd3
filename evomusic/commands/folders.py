"""`init`, `check`, `resume`, `runs` and `show`: a study before, between and after its runs."""

from __future__ import annotations

import itertools
import shlex
import time
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evomusic.commands.output import FAILED, OK, UsageError, print_json, print_rows, say

if TYPE_CHECKING:
    from evomusic.core.task import Task
    from evomusic.study.results import Run

SHARE = 50  # a trial run of `check` has this part of the budget,
TRIAL = 0.5  # or ends after so many seconds
RUNS = Path("runs")


def init(path: Path) -> int:
    """Write a study to begin with."""
    from evomusic.study.folder import write_text

    if path.exists():
        raise UsageError(f"{path} exists; name another file")
    write_text(path, resources.files("evomusic.study").joinpath("starter.toml").read_text(encoding="utf-8"))
    print(f"{path}\nnext:\n  evomusic check {path}    # how long it takes\n  evomusic compare {path}")
    return OK


def check(study: Path, sets: list[str], json: bool) -> int:
    """Read a study, and estimate its time and memory by a short run of every method on every task."""
    from evomusic.study.config import Study
    from evomusic.study.runner import cores

    read = Study.read(study, sets)
    cells = len(read.tasks) * len(read.methods) * read.seeds
    say(f"{study.name} is a study of {cells:,} cells; trying each method on each task")
    seconds, failed = dict[tuple[str, str], float](), False
    for label, task in read.tasks.items():
        for name, method in read.methods.items():
            try:
                seconds[label, name] = _seconds(method, task, read)
            except Exception as error:  # a user's method may raise anything
                say(f"{label}/{name} failed: {type(error).__name__}: {error}".splitlines()[0])
                seconds[label, name], failed = 0.0, True
    whole = sum(seconds.values()) * read.seeds
    if json:
        rows = [{"task": t, "method": m, "seconds": s} for (t, m), s in seconds.items()]
        print_json({"cells": cells, "seconds": whole, "cores": cores(), "megabytes": _megabytes(), "rows": rows})
        return FAILED if failed else OK
    header = ("seconds a cell", *read.tasks)
    body = [(m, *(f"{seconds[t, m]:.2g}" for t in read.tasks)) for m in read.methods]
    print_rows(header, body, right=range(1, len(header)))
    both = f"{_duration(whole)} of processor time, {_duration(whole / cores())} on {cores()} cores"
    print(f"{cells:,} cells of {read.steps:,} steps: about {both}, besides compiling and planning;")
    print(f"at most some {_megabytes():,.0f} MB a worker")
    return FAILED if failed else OK


def _seconds(method: Any, task: Task, study: Any) -> float:
    """Seconds of a cell, from a short run after one that compiles."""
    from evomusic.core.ledger import run

    least = task.grid.steps
    run(method, task, min(study.steps, 2 * least), 0)
    began, spent = time.perf_counter(), [0]

    def watch(ledger: Any) -> bool:
        spent[0] = ledger.spent
        return time.perf_counter() - began > TRIAL

    watch.bursts = True  # type: ignore[attr-defined]  # a function may have attributes
    run(method, task, max(least, study.steps // SHARE), 0, watch)
    return (time.perf_counter() - began) * study.steps / max(spent[0], 1)


def _megabytes() -> float:
    """The most memory that this process has had."""
    try:
        import resource
    except ImportError:  # Windows
        return float("nan")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _duration(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def resume(folder: Path, workers: int, json: bool) -> int:
    """Go on with a run, by the study and the settings that its folder holds."""
    from evomusic.commands.studies import compare
    from evomusic.study.folder import read_provenance, read_resolved

    read_resolved(folder)
    words = shlex.split(str(read_provenance(folder).get("command", "")))
    study = folder / "study.toml"
    if words[:2] != ["evomusic", "compare"] or not study.is_file():
        raise UsageError(f"{folder} was made from Python, by {' '.join(words) or 'nothing'}; make the same call again")
    sets = [word for before, word in itertools.pairwise(words) if before == "-s"]
    return compare(study, folder, {}, workers, sets, True, False, json)


def runs(folder: Path, json: bool) -> int:
    """List the runs in a folder."""
    from evomusic.study.folder import RESOLVED

    found = [_brief(path.parent) for path in sorted(folder.glob(f"**/{RESOLVED}"))] if folder.is_dir() else []
    if json:
        print_json({"runs": found})
        return OK
    if not found:
        print(f"no runs in {folder}; `evomusic compare` makes one")
        return OK
    header = ("run", "tasks", "methods", "seeds", "steps", "cells", "")
    print_rows(header, [_texts(brief) for brief in found], right=range(1, 6))
    return OK


def _brief(folder: Path) -> dict[str, Any]:
    """A run's sizes and state, from its resolved study and the names of its files: quick for many."""
    from evomusic.study.folder import PUBLISHED, RunError, read_resolved

    if (folder / PUBLISHED).exists():
        return {"run": folder.as_posix(), "state": "published"}
    try:
        resolved = read_resolved(folder)
    except RunError as error:
        return {"run": folder.as_posix(), "state": str(error)[:70]}
    sizes = {"tasks": len(resolved["tasks"]), "methods": len(resolved["methods"]), "seeds": resolved["seeds"]}
    cells, done = sizes["tasks"] * sizes["methods"] * sizes["seeds"], len(list(folder.glob("cells/*/*/*/status.json")))
    failed = len(list(folder.glob("cells/*/*/*/error.txt")))
    state = "complete" if done == cells else f"{failed} failed" if failed else "unfinished"
    return {"run": folder.as_posix(), **sizes, "steps": resolved["steps"], "cells": cells, "done": done, "state": state}


def _texts(brief: dict[str, Any]) -> tuple[str, ...]:
    if "cells" not in brief:
        return (brief["run"], "", "", "", "", "", brief["state"])
    sizes = (str(brief[key]) for key in ("tasks", "methods", "seeds"))
    return (brief["run"], *sizes, f"{brief['steps']:,}", f"{brief['done']}/{brief['cells']}", brief["state"])


def show(folder: Path, json: bool) -> int:
    """Print what a run holds: its methods, what is done, what failed, and where it comes from."""
    from evomusic.study.store import read_run

    run = read_run(folder)
    missing = {t: {m: run.seeds - len(found) for m, found in task.outcomes.items()} for t, task in run.tasks.items()}
    failed = dict(_failures(folder))
    if json:
        made = {key: run.provenance.get(key) for key in ("evomusic", "commit", "command", "python")}
        print_json({**_brief(folder), "missing": missing, "failed": failed, "provenance": made})
        return OK
    print(run.size)
    header = ("cells done", *run.tasks)
    print_rows(header, _counts(run), right=range(1, len(header)))
    for name, cause in failed.items():
        print(f"failed: {name}: {cause}")
    for made in (*run.provenance.get("earlier", ()), run.provenance):
        commit = f", commit {str(made['commit'])[:12]}" if made.get("commit") else ""
        print(f"made by `{made.get('command')}`, evomusic {made.get('evomusic')}{commit}, Python {made.get('python')}")
    if not run.complete:
        print(f"next:\n  evomusic resume {folder}")
    return OK


def _counts(run: Run) -> Iterator[tuple[str, ...]]:
    for method in run.methods:
        yield (method, *(f"{len(task.outcomes[method])}/{run.seeds}" for task in run.tasks.values()))


def _failures(folder: Path) -> Iterator[tuple[str, str]]:
    """Cells that failed, with the last line of their traceback."""
    for path in sorted(folder.glob("cells/*/*/*/error.txt")):
        lines = path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        yield path.parent.relative_to(folder / "cells").as_posix(), lines[-1] if lines else "no reason on record"
