"""`resume`, `runs` and `show`: what folders of runs hold, and going on with one."""

from __future__ import annotations

import itertools
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evomusic.commands.output import OK, UsageError, print_json, print_rows

if TYPE_CHECKING:
    from evomusic.study.results import Run


def resume(folder: Path, workers: int, json: bool) -> int:
    """Go on with a run, by the study and the settings that its folder holds."""
    from evomusic.commands.studies import compare
    from evomusic.study.folder import read_provenance, read_resolved

    read_resolved(folder)
    words = shlex.split(str(read_provenance(folder).get("command", "")))
    study = folder / "study.toml"
    if not study.is_file():
        raise UsageError(f"{folder} holds no study.toml: it was made from Python; make the same call again")
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
