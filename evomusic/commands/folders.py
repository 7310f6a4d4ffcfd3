"""`resume`, `runs`, `show` and `merge`: what folders of runs hold, going on with one, and putting them together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evomusic.commands.output import OK, UsageError, print_json, print_rows

if TYPE_CHECKING:
    from evomusic.study.results import Run


def resume(folder: Path, workers: int, json: bool, cluster: str | None = None) -> int:
    """Go on with a run, by the study and the settings that its folder holds."""
    from evomusic.commands.studies import compare
    from evomusic.study.folder import read_provenance, read_resolved
    from evomusic.study.provenance import settings

    shard = read_resolved(folder).get("shard")
    sets = settings(read_provenance(folder))
    study = folder / "study.toml"
    if not study.is_file():
        raise UsageError(f"{folder} holds no study.toml: it was made from Python; make the same call again")
    return compare(study, folder, {}, workers, sets, True, False, json, shard, cluster=cluster)


def merge(folders: list[Path], to: Path, figures: bool, json: bool) -> int:
    """Put folders together, print the tables of what they hold, and say how much is missing."""
    from evomusic import comparison
    from evomusic.commands.studies import as_dict, print_comparison, say_failures

    found = comparison.merge(folders, to, figures=figures)
    study = to / "study.toml"
    if json:
        print_json(as_dict(found) | {"missing": list(map(str, found.run.missing))})
    else:
        print_comparison(found, study if study.is_file() else None, figures)
        print(found.run.size)
    return say_failures(found)


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
    from evomusic.study.packs import packed, read_lines
    from evomusic.study.results import cells_of, shard_of

    if (folder / PUBLISHED).exists():
        return {"run": folder.as_posix(), "state": "published"}
    try:
        resolved = read_resolved(folder)
    except RunError as error:
        return {"run": folder.as_posix(), "state": str(error)[:70]}
    sizes = {"tasks": len(resolved["tasks"]), "methods": len(resolved["methods"]), "seeds": resolved["seeds"]}
    shard = shard_of(resolved)
    cells = set(cells_of(list(resolved["tasks"]), list(resolved["methods"]), resolved["seeds"], shard))
    try:
        done = sum(line.cell in cells for pair in packed(folder) for line in read_lines(folder, *pair))
    except RunError as error:
        return {"run": folder.as_posix(), "state": str(error)[:70]}
    failed = len(list(folder.glob("cells/*/*/*/error.txt")))
    state = "complete" if done == len(cells) else f"{failed} failed" if failed else "unfinished"
    counts = {"steps": resolved["steps"], "cells": len(cells), "done": done, "state": state}
    return {"run": folder.as_posix(), **sizes, **counts} | ({"shard": str(shard)} if shard else {})


def _texts(brief: dict[str, Any]) -> tuple[str, ...]:
    if "cells" not in brief:
        return (brief["run"], "", "", "", "", "", brief["state"])
    sizes = (str(brief[key]) for key in ("tasks", "methods", "seeds"))
    part = f", shard {brief['shard'].replace('/', ' of ')}" if "shard" in brief else ""
    return (brief["run"], *sizes, f"{brief['steps']:,}", f"{brief['done']}/{brief['cells']}", brief["state"] + part)


def show(folder: Path, json: bool) -> int:
    """Print what a run holds: its methods, what is done, what failed, and where it comes from."""
    from evomusic.study.store import read_run

    run = read_run(folder)
    missing = {label: dict.fromkeys(run.methods, 0) for label in run.tasks}
    for cell in run.missing:
        missing[cell.task][cell.method] += 1
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
        shard = f" --shard {run.shard}" if run.shard else ""
        command = f"{made.get('command')}{shard}"
        print(f"made by `{command}`, evomusic {made.get('evomusic')}{commit}, Python {made.get('python')}")
    if not run.complete:
        print(f"next:\n  evomusic resume {folder}")
    return OK


def _counts(run: Run) -> Iterator[tuple[str, ...]]:
    wanted, missing = (Counter((c.task, c.method) for c in cells) for cells in (run.cells, run.missing))
    for method in run.methods:
        pairs = [(label, method) for label in run.tasks]
        yield (method, *(f"{wanted[pair] - missing[pair]}/{wanted[pair]}" for pair in pairs))


def _failures(folder: Path) -> Iterator[tuple[str, str]]:
    """Cells that failed, with the last line of their traceback."""
    for path in sorted(folder.glob("cells/*/*/*/error.txt")):
        lines = path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        yield path.parent.relative_to(folder / "cells").as_posix(), lines[-1] if lines else "no reason on record"
