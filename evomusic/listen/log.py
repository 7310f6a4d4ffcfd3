"""The events of a session in a file: one line of JSON each, synced before anyone is told, sealed by a digest.

A seal covers the lines before its own, so that none can be left out, doubled or moved. A line that a kill cut short is
the last one; it is left out, and written over. Any other damage is refused by line.
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
FILE: Final = "events.jsonl"
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
        self.path = folder / FILE
        self.events, self._size, self._seal = _read(self.path)
        if self.path.exists():
            with self.path.open("ab") as file:
                file.truncate(self._size)  # a line may be cut short

    def add(self, event: Event) -> None:
        """Add an event; it is on the disk when this returns.

        Raises:
            OSError: it cannot be written; the log is then as before.
        """
        line, seal = _line(event, self._seal)
        if self._size + len(line) > LARGEST:
            raise OSError(errno.EFBIG, f"the session has {LARGEST:,} bytes, begin another")
        with self.path.open("ab", buffering=0) as file:
            start = file.tell()
            if start != self._size:  # nothing may be put behind what someone else wrote, or in a new file
                raise OSError(errno.EIO, f"{self.path.name} was changed or deleted meanwhile, put it back")
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
        self._size, self._seal = start + len(line), seal


def _line(event: Event, before: str) -> tuple[bytes, str]:
    """The line of an event, and its seal; `before` is that of the line before."""
    text = json.dumps(event, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    seal = hashlib.sha256((before + text).encode()).hexdigest()[:12]
    return f'{text[:-1]},"{SEAL}":"{seal}"}}\n'.encode(), seal


def _read(path: Path) -> tuple[list[Event], int, str]:
    """Events of a file, the bytes that they take, and the last seal; none where there is no file."""
    events, seal = list[Event](), ""
    if not path.exists():
        return events, 0, seal
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise RunError(f"{path} is larger than {LARGEST:,} bytes, expected the events of a session")
    whole = data.rfind(b"\n") + 1
    for n, line in enumerate(data[:whole].split(b"\n")[:-1], 1):
        event, seal = _event(line, seal, f"{path}, line {n}")
        events.append(event)
    return events, whole, seal


def _event(line: bytes, before: str, where: str) -> tuple[Event, str]:
    """An event of a line, and its seal.

    Raises:
        RunError: any character of the line has changed, or a line before it is missing, or not as it was.
    """
    try:
        event = parse_json(line)
        del event[SEAL]
        written, seal = _line(event, before)
        if written == line + b"\n":
            return dict(event), seal
    except (ValueError, KeyError, AttributeError, TypeError):
        pass
    raise RunError(f"{where} is damaged; put the file back from a copy, or begin a session in another folder")
