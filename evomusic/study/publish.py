"""Publishing a run: its tables, figures, melodies and report in a folder of their own, without its cells.

`published.json` lists every file with its digest. A published folder is final: no command computes into it or reads
cells from it.
"""

from __future__ import annotations

import hashlib
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import evomusic
from evomusic.core.saving import PART, write_bytes
from evomusic.study.folder import (
    FILES,
    PROVENANCE,
    PUBLISHED,
    REFERENCES,
    RESOLVED,
    RunError,
    check_derived,
    listed,
    locked,
    read_resolved,
    read_sealed,
    sealed,
)
from evomusic.study.results import Shard, shard_of
from evomusic.study.store import read_run

FORMAT = 1
LARGEST = 250_000  # bytes of `curves.csv`: what is larger can be computed again, and is left out
SOURCES = ("study.toml", RESOLVED, PROVENANCE, REFERENCES)
RESULTS = Path("results")


def publish(run: str | Path, to: str | Path | None = None, anyway: bool = False, light: bool = False) -> Path:
    """Copy what is worth keeping of a run: tables, figures, report, melodies, study, references and provenance.

    Cells, times, locks and a large `curves.csv` are left out. The folder appears as a whole or not at all, and replaces
    an earlier published result of the same name.

    Args:
        run: folder of the run.
        to: folder to make; `results/` and the run's name when None.
        anyway: whether to publish a run that is unfinished or damaged; `published.json` says so then.
        light: whether to leave out the report and the vector form of figures, most of the bytes of a large study.

    Returns:
        The folder made.

    Raises:
        RunError: the run is a shard, unfinished or damaged, or `to` holds something else.
        OSError: a file cannot be read or written.
    """
    folder = Path(run)
    target = RESULTS / folder.resolve().name if to is None else Path(to)
    if (folder / PUBLISHED).exists() or not (folder / RESOLVED).is_file():
        read_resolved(folder)
    if shard := _shard(folder):
        raise RunError(f"{folder} is {shard.words} of a study; `evomusic merge` all of them, and publish that")
    with locked(folder):
        flaws = _flaws(folder)
        if flaws and not anyway:
            raise RunError(f"{flaws}; publish it as it is with --anyway")
        names = _names(folder, damaged=bool(flaws))
        if "report.html" not in names and not anyway:
            raise RunError(f"{folder} has no report; make it with `evomusic plot {folder}`, then publish")
        missing = [name for name in listed(folder) if not (folder / name).is_file()]
        if missing and not anyway:
            raise RunError(f"{folder / missing[0]} is missing; make it with `evomusic plot {folder}`, then publish")
        _require_free(target)
        names = [name for name in names if not (light and name.endswith((".svg", ".html")))]
        contents = {name: (folder / name).read_bytes() for name in names}
        about = {"format": FORMAT, "evomusic": evomusic.__version__, "complete": not flaws, "flaws": flaws}
        _replace(target, contents, about)
    return target


def check_published(folder: Path) -> dict[str, Any]:
    """Return the entries of `published.json`, after a check of every file that it lists.

    Raises:
        RunError: a file is missing or damaged; names it.
    """
    entries = read_sealed(folder / PUBLISHED, "publish the run again, or take the folder from version control")
    for name, stored in entries["files"].items():
        path = folder / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != stored:
            state = "damaged: it is not what was published" if path.is_file() else "missing"
            raise RunError(f"{path} is {state}; publish the run again, or take it from version control")
    return entries


def seal(folder: Path, about: Mapping[str, Any]) -> None:
    """Write `published.json` for the files that a folder holds."""
    paths = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != PUBLISHED)
    digests = {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in paths}
    write_bytes(folder / PUBLISHED, sealed({**about, "files": digests}).encode())


def _shard(folder: Path) -> Shard | None:
    try:
        return shard_of(read_resolved(folder))
    except RunError:  # a damaged run may be published all the same
        return None


def _flaws(folder: Path) -> str:
    """A run's flaw in words, or an empty string."""
    try:
        run = read_run(folder)
    except RunError as error:
        return str(error)
    return "" if run.complete else f"{run.size}: finish it with `evomusic compare`"


def _names(folder: Path, damaged: bool) -> list[str]:
    """The files to publish, relative to the run's folder."""
    try:
        derived = list(listed(folder) if damaged else check_derived(folder))
    except RunError:  # published anyway
        derived = ["curves.csv", "summary.csv", "report.html"]
    paths = [(name, folder / name) for name in (*SOURCES, *derived)]
    large = {n for n, path in paths if n == "curves.csv" and path.is_file() and path.stat().st_size > LARGEST}
    return [name for name, path in paths if path.is_file() and name not in {FILES, *large}]


def _require_free(target: Path) -> None:
    """Check that a folder is missing, empty, or a published result that nothing was added to."""
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return
    if not (target / PUBLISHED).is_file():
        raise RunError(f"{target} is there and is no published result; choose another --to")
    entries = read_sealed(target / PUBLISHED, f"remove {target}, then publish again")["files"]
    found = {p.relative_to(target).as_posix() for p in target.rglob("*") if p.is_file()}
    if added := found - {*entries, PUBLISHED}:
        raise RunError(f"{target} holds {min(added)}, which was not published; move it, or choose another --to")


def _replace(target: Path, contents: Mapping[str, bytes], about: Mapping[str, Any]) -> None:
    """Write a folder beside the target, then put it in its place."""
    target.parent.mkdir(parents=True, exist_ok=True)
    token = secrets.token_hex(4)
    aside, old = (target.with_name(f".{target.name}.{token}{end}{PART}") for end in (".new", ".old"))
    try:
        for name, data in contents.items():
            (aside / name).parent.mkdir(parents=True, exist_ok=True)
            write_bytes(aside / name, data)
        seal(aside, about)
        if target.exists():
            target.rename(old)
        try:
            aside.rename(target)
        except BaseException:
            if old.exists():
                old.rename(target)
            raise
    finally:
        for rest in (aside, old):
            shutil.rmtree(rest, ignore_errors=True)
