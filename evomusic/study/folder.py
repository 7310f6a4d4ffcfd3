"""Writing a study's folder: one writer, and no file that is half there.

Each file is written whole (`core.saving`); `status.json` comes last and holds the digests of a cell's other
files, so a kill at any moment loses unfinished cells only.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from evomusic.core.ledger import Record
from evomusic.core.melody import Melody
from evomusic.core.saving import PART, write_bytes
from evomusic.study.results import Cell

FORMAT = 2
LOCAL = (".lock", "*.part", "times.csv", "error*.txt")  # what is not to be committed
CURVE = ("steps", "best", "delivered", "online", "updates", "sweeps")


class RunError(RuntimeError):
    """A folder that cannot be written to as it is: it is locked, damaged, or holds another study."""


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
    if path.exists() and path.read_bytes() == text.encode():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, text.encode())


def to_json(value: Any) -> str:
    """Readable JSON with a line end, the same for the same value."""
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def to_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table as text; floats as short as they can be read back."""
    return "".join(",".join("" if x is None else str(x) for x in row) + "\n" for row in [header, *rows])


def start(folder: Path, resolved: Mapping[str, Any], provenance: Mapping[str, Any], text: str | None) -> None:
    """Make the folder that of this study, or check that it is.

    Raises:
        RunError: the folder holds another study, or one of another version that is not finished; says what differs.
    """
    kept = folder / "study.resolved.json"
    if kept.exists():
        require_same(folder, _kept(kept), resolved)
        return
    foreign = [p.name for p in folder.iterdir() if p.name != ".lock" and not p.name.endswith(PART)]
    if foreign and not {"study.toml", "provenance.json"} >= set(foreign) - {".gitignore"}:
        raise RunError(f"{folder} holds {sorted(foreign)[0]}, but no study; choose an empty folder with --out")
    write_text(folder / ".gitignore", "".join(f"{name}\n" for name in LOCAL))
    if text is not None:
        write_text(folder / "study.toml", text)
    write_text(folder / "provenance.json", to_json(provenance))
    write_text(kept, to_json(resolved))


def _kept(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        raise RunError(f"{path} is damaged: it is not JSON; choose another --out") from None


def require_same(folder: Path, kept: Any, new: Mapping[str, Any]) -> None:
    """Raises RunError when two resolved studies differ; names where."""
    old = flat(kept)
    now = flat(json.loads(to_json(new)))  # as they are read back: lists for tuples
    differing = [k for k in dict.fromkeys([*old, *now]) if old.get(k, "nothing") != now.get(k, "nothing")]
    if not differing:
        return
    shown = [f"{k}: {_short(old.get(k, 'nothing'))} -> {_short(now.get(k, 'nothing'))}" for k in differing[:3]]
    more = f" and {len(differing) - 3} more" if len(differing) > 3 else ""
    raise RunError(f"{folder} holds another study ({'; '.join(shown)}{more}); choose another --out")


def flat(value: Any, path: str = "") -> dict[str, Any]:
    """Nested tables as one, by key path."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if parts is None or not value:
        return {path: value}
    return {k: v for key, part in parts for k, v in flat(part, f"{path}.{key}" if path else str(key)).items()}


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else text[:37] + "..."


def cell_folder(folder: Path, cell: Cell) -> Path:
    """Where a cell is kept."""
    return folder / "cells" / cell.task / cell.method / str(cell.seed)


def write_cell(folder: Path, cell: Cell, record: Record, melody: Melody, parts: Mapping[str, float]) -> None:
    """Keep a finished cell."""
    texts = {
        "curve.csv": to_csv(CURVE, zip(*map(_column, CURVE, record.curve), strict=True)),
        "improvements.csv": to_csv(("steps", "best"), ((int(s), r) for s, r in record.improvements.tolist())),
        "best.txt": melody.text.replace(" | ", "\n") + "\n",  # a line a bar
    }
    here = cell_folder(folder, cell)
    for name, text in texts.items():
        write_text(here / name, text)
    digests = {name: digest(text) for name, text in texts.items()}
    status = {"status": "done", "steps": record.steps, "best_return": record.best_return, "parts": dict(parts)}
    write_text(here / "status.json", to_json(status | {"sha256": digests}))
    (here / "error.txt").unlink(missing_ok=True)


def _column(name: str, values: Any) -> list[object]:
    """Numbers of a curve: returns of single melodies exactly, means to ten digits."""
    numbers: list[object] = values.tolist()
    return [float(f"{x:.10g}") for x in numbers] if name in ("delivered", "online") else numbers


def digest(text: str) -> str:
    """SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()
