"""The events of a session in a file: one line of JSON each, synced before anyone is told, sealed by a digest.

A line that a kill cut short is the last one; it is left out, and written over. Any other damage is refused by line.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from evomusic.core.saving import parse_json, sync_folder
from evomusic.study.folder import RunError

LARGEST: Final = 64_000_000  # bytes of a log
SEAL: Final = "seal"

Event = Mapping[str, Any]


class Log:
    """The events of a session, in the file `events.jsonl` of its folder.

    Args:
        folder: of the session; it exists, and nobody else writes to it.

    Raises:
        RunError: a line is damaged, or the file is too large.
        OSError: the file cannot be read or written.
    """

    def __init__(self, folder: Path):
        self.path = folder / "events.jsonl"
        self.events, whole = _read(self.path)
        if self.path.exists():
            with self.path.open("ab") as file:
                file.truncate(whole)  # a line may be cut short

    def add(self, event: Event) -> None:
        """Add an event; it is on the disk when this returns.

        Raises:
            OSError: it cannot be written; the log is then as before.
        """
        line = _line(event)
        with self.path.open("ab", buffering=0) as file:
            start = file.tell()
            try:
                if file.write(line) != len(line):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))
                os.fsync(file.fileno())
            except OSError:
                file.truncate(start)
                raise
        if not start:
            sync_folder(self.path.parent)
        self.events.append(event)


def _line(event: Event) -> bytes:
    text = json.dumps(event, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return f'{text[:-1]},"{SEAL}":"{_seal(text)}"}}\n'.encode()


def _seal(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _read(path: Path) -> tuple[list[Event], int]:
    """Events of a file, and the bytes that they take; none where there is no file."""
    if not path.exists():
        return [], 0
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise RunError(f"{path} is larger than {LARGEST:,} bytes, expected the events of a session")
    whole = data.rfind(b"\n") + 1
    events = [_event(line, f"{path}, line {n}") for n, line in enumerate(data[:whole].split(b"\n")[:-1], 1)]
    return events, whole


def _event(line: bytes, where: str) -> Event:
    """An event of a line.

    Raises:
        RunError: any character of the line has changed.
    """
    try:
        event = parse_json(line)
        seal = event.pop(SEAL)
        if _line(event) == line + b"\n" and isinstance(seal, str):
            return dict(event)
    except (ValueError, KeyError, AttributeError, TypeError):
        pass
    raise RunError(f"{where} is damaged; put the file back from a copy, or begin a session in another folder")
