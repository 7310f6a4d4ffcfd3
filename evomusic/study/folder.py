"""Writing a study's folder: one writer, no file that is half there, and a digest of everything.

Files are written as a whole or not at all. JSON files are sealed: their last entry is the digest of the others.
Finished cells are lines of packs (`evomusic.study.packs`), each with its digest, so that a kill at any moment loses
unfinished cells only. `files.json` holds the digests of all that is made from the cells: tables, figures, melodies and
the report.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

from evomusic.core.saving import write_bytes
from evomusic.study.results import Cell

FORMAT = 5
RESOLVED, PROVENANCE, REFERENCES, FILES = "study.resolved.json", "provenance.json", "references.json", "files.json"
PUBLISHED, TIMES, UNFINISHED, ERROR = "published.json", "times.csv", "unfinished.npz", "error.txt"
REMAKE = "delete it; `evomusic compare` and `evomusic plot` make it again"


class RunError(RuntimeError):
    """A folder that cannot be used as it is: it is locked, damaged, published, or holds another study."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep every other writer out of a folder, which is made when it is not there.

    Raises:
        RunError: another process writes to it.
        OSError: it cannot be made or written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("a") as file:
        try:
            _lock(file)
        except OSError:
            raise RunError(f"{folder} is locked: another run writes to it; wait, or choose another --out") from None
        yield


def _lock(file: IO[str]) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def write_text(path: Path, text: str) -> None:
    """Write a file as a whole or not at all; a file that has this text already is left alone."""
    data = text.encode()
    if path.exists() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, data)


def to_json(value: Any) -> str:
    """Readable JSON with a line end, the same for the same value."""
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def sealed(value: Mapping[str, Any]) -> str:
    """Readable JSON whose last entry is the digest of the others."""
    return to_json({**value, "sha256": digest(to_json(value))})


def read_sealed(path: Path, remedy: str) -> dict[str, Any]:
    """Return the entries of a sealed file.

    Raises:
        RunError: the file is missing, or any character of it has changed; ends with `remedy`.
    """
    if not path.is_file():
        raise RunError(f"{path} is missing; {remedy}")
    value = read_json(path, remedy)
    value.pop("sha256", None)
    if sealed(value).encode() != path.read_bytes():
        raise RunError(f"{path} is damaged: it is not what was written; {remedy}")
    return value


def read_json(path: Path, remedy: str) -> dict[str, Any]:
    """Return the table in a JSON file.

    Raises:
        RunError: it holds none; ends with `remedy`.
    """
    try:
        value = json.loads(path.read_bytes().decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise RunError(f"{path} is damaged: {error}; {remedy}") from None
    if not isinstance(value, dict):
        raise RunError(f"{path} is damaged: it holds no table; {remedy}")
    return value


def to_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table as text; floats as short as they can be read back."""
    return "".join(",".join("" if x is None else str(x) for x in row) + "\n" for row in [header, *rows])


def again(folder: Path) -> str:
    """The remedy for what cannot be repaired."""
    return f"put it back, or compute {folder} again with --fresh"


def read_resolved(folder: Path) -> dict[str, Any]:
    """Return the resolved study of a folder.

    Raises:
        RunError: there is none, it is damaged or of another format, or the folder is a published result.
    """
    if (folder / PUBLISHED).exists():
        raise RunError(
            f"{folder} is a published result without cells: its tables, figures and report are final; to compute it "
            "again, run `evomusic compare` on its study.toml"
        )
    path = folder / RESOLVED
    if not path.is_file():
        raise RunError(f"{folder} holds no study: there is no {RESOLVED} in it")
    form = read_json(path, again(folder)).get("format")
    if form != FORMAT:
        raise RunError(
            f"{folder} is of format {form}, this version of evomusic reads {FORMAT}; choose another --out, or compute "
            "it again with --fresh"
        )
    return read_sealed(path, again(folder))


def read_provenance(folder: Path) -> dict[str, Any]:
    """Return what is written about a run's making, after a check that `study.toml` is the file that it speaks of.

    Raises:
        RunError: one of the two is missing or damaged.
    """
    made = read_sealed(folder / PROVENANCE, again(folder))
    path, stored = folder / "study.toml", made.get("study.toml")
    before = made["earlier"][-1].get("study.toml") if made.get("earlier") else None  # a kill may have left that
    if stored is not None:
        if not path.is_file():
            raise RunError(f"{path} is missing; {again(folder)}")
        if hashlib.sha256(path.read_bytes()).hexdigest() not in (stored, before):
            raise RunError(f"{path} is damaged: it is not what was written; {again(folder)}")
    return made


def flat(value: Any, path: str = "") -> dict[str, Any]:
    """Nested tables as one, by key path."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if parts is None or not value:
        return {path: value}
    return {k: v for key, part in parts for k, v in flat(part, f"{path}.{key}" if path else str(key)).items()}


def cell_folder(folder: Path, cell: Cell) -> Path:
    """The folder of a cell that is not finished: for its saved state, and the traceback where it failed."""
    return folder / "cells" / cell.task / cell.method / str(cell.seed)


def drop_rest(folder: Path, cell: Cell) -> None:
    """Remove what was left of a cell that is finished now: its traceback, its saved state and its folder."""
    if not os.path.isdir(os.path.join(folder, "cells", *map(str, cell))):  # nearly always
        return
    here = cell_folder(folder, cell)
    for name in (ERROR, UNFINISHED):
        (here / name).unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # it holds something else
        here.rmdir()
        here.parent.rmdir()


def digest(text: str) -> str:
    """SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


@contextmanager
def derived(folder: Path) -> Iterator[list[Path]]:
    """Record the digests of files made from the cells: the block lists those that it writes.

    While it runs there is no record, so that a kill leaves none that is wrong.
    """
    before = check_derived(folder)
    (folder / FILES).unlink(missing_ok=True)
    written: list[Path] = []
    yield written
    now = {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in written}
    entries = {name: value for name, value in before.items() if (folder / name).is_file()} | now
    write_text(folder / FILES, sealed({"files": dict(sorted(entries.items()))}))


def check_derived(folder: Path) -> dict[str, str]:
    """Return the recorded digests of files made from the cells, after a check of those that are there.

    Raises:
        RunError: one of them has changed; names it.
    """
    entries = listed(folder)
    for name, stored in entries.items():
        file = folder / name
        if file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() != stored:
            raise RunError(f"{file} is damaged: it is not what was written; {REMAKE}")
    return entries


def listed(folder: Path) -> dict[str, str]:
    """The digests in `files.json` by path; none where it is missing."""
    path = folder / FILES
    if not path.exists():
        return {}
    entries = read_sealed(path, REMAKE).get("files")
    if not isinstance(entries, dict) or not all(map(_inside, entries)):
        raise RunError(f"{path} is damaged: it does not list files of its folder; {REMAKE}")
    return entries


def _inside(name: str) -> bool:
    """Whether a path leads to a file of the folder that it is relative to."""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in name and ":" not in path.parts[0]
