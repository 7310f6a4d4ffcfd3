"""A cache of tunes that were read, of their excerpts on a grid, and more: JSON files in the user's cache folder.

It holds nothing that cannot be made again: a cache that is missing, damaged or of another version is begun anew, and
one that cannot be written is done without.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
from collections import Counter
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np

from evomusic.core.grid import Grid
from evomusic.core.saving import write_bytes
from evomusic.corpus.excerpts import Excerpts
from evomusic.corpus.tunes import Section

READER: Final = 3  # raised whenever a tune is read differently
WINDOWS: Final = 2  # raised whenever excerpts are cut differently


def cache_folder() -> Path:
    """The folder named by EVOMUSIC_CACHE, else `evomusic` in the platform's cache folder."""
    named = os.environ.get("EVOMUSIC_CACHE")
    if named:
        return Path(named)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        base = "~/Library/Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "evomusic"


def cached_excerpts(collection: str, grid: Grid, tonic: str, mode: str, make: Callable[[], Excerpts]) -> Excerpts:
    """Excerpts of a collection's tunes on a grid, cut once for each version of music21, which brings the tunes.

    Args:
        collection: its name.
        grid: the frame.
        tonic: as for `excerpts`.
        mode: as for `excerpts`.
        make: cuts them.
    """
    key = [version("music21"), READER, WINDOWS, collection, grid.to_dict(), tonic, mode]

    def table() -> dict[str, Any]:
        made = make()
        return {"names": made.names, "tokens": made.melodies.tobytes().hex(), "refused": made.refused}

    found = cached("excerpts", key, table)
    tokens = np.frombuffer(bytes.fromhex(found["tokens"]), np.uint8).reshape(-1, grid.steps)
    return Excerpts(tokens.copy(), tuple(found["names"]), Counter(found["refused"]))


def cached(name: str, key: Any, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """A table that is made once for each key, and read from the cache folder from then on.

    Args:
        name: the beginning of the file's name.
        key: all that decides the table, as JSON's values.
        make: makes the table, of JSON's values.
    """
    mark = _digest(key)
    path = cache_folder() / f"{name}-{mark[:16]}.json"
    found = _sealed(path, mark)
    if found is None:
        found = make()
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(path, json.dumps(found | {"key": mark, "sha256": _digest(found)}).encode())
    return found


def _sealed(path: Path, mark: str) -> dict[str, Any] | None:
    """The table in a file; None where it is missing, damaged or of another key."""
    try:
        table: dict[str, Any] = json.loads(path.read_bytes())
        seal, key = table.pop("sha256"), table.pop("key")
        return table if key == mark and seal == _digest(table) else None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _digest(table: Any) -> str:
    return hashlib.sha256(json.dumps(table, sort_keys=True).encode()).hexdigest()


class Cache:
    """Sections of tunes by the sha256 of their text; `save` writes the file."""

    def __init__(self, path: Path, entries: dict[str, tuple[Section, ...]]) -> None:
        self.path, self.entries, self.changed = path, entries, False

    @classmethod
    def open(cls, folder: Path, name: str) -> Cache:
        """The cache of a collection in a folder, for this version of the reader."""
        path = folder / f"{name}-{READER}.json"
        try:
            return cls(path, {key: _sections(rows) for key, rows in json.loads(path.read_bytes()).items()})
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return cls(path, {})

    def get(self, key: str) -> tuple[Section, ...] | None:
        """The sections, or None when they have to be read."""
        return self.entries.get(key)

    def put(self, key: str, sections: tuple[Section, ...]) -> None:
        """Store sections that were read."""
        self.entries[key], self.changed = sections, True

    def save(self) -> None:
        """Write the file when there are new entries; one that cannot be written is done without."""
        if not self.changed:
            return
        with contextlib.suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            text = json.dumps({key: self.entries[key] for key in sorted(self.entries)}, separators=(",", ":"))
            write_bytes(self.path, text.encode())
        self.changed = False


def _sections(rows: Any) -> tuple[Section, ...]:
    """Sections from JSON.

    Raises:
        ValueError, TypeError: they have another form.
    """
    sections = []
    for (beats, unit), key, bars in rows:
        if not (isinstance(beats, int) and isinstance(unit, int) and isinstance(key, str)):
            raise ValueError("a section has another form")
        sections.append(Section((beats, unit), key, tuple(tuple((int(s), int(n)) for s, n in bar) for bar in bars)))
    return tuple(sections)
