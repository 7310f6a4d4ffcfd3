"""Packs: the finished cells of one task and method in one file, `cells/<task>/<method>.jsonl`, a line a cell.

Lines are appended while a study runs, many at once, and synced every half second. What a kill leaves half written is
the end of a file without a line end: readers pass over it, and the next writer cuts it off. A run that ends puts the
lines in the order of seeds (`settle`), so that the file's bytes say nothing of the order in which cells ended. There
is no index: the cell stands at the beginning of its line.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple

from evomusic.core.saving import sync_folder, write_bytes
from evomusic.study.cells import SEAL, head_of
from evomusic.study.folder import RunError
from evomusic.study.results import Cell

PACE: Final = 0.5  # seconds between two syncs
END: Final = ".jsonl"
SEED: Final = re.compile(rb'(0|[1-9][0-9]{0,17})"')


class Line(NamedTuple):
    """A line of a pack: the cell that it names, its bytes without the line end, and where it stands, from 1."""

    cell: Cell
    text: bytes
    path: Path
    number: int

    def damaged(self, why: object) -> RunError:
        """The error that says where the damage is, and the remedy."""
        return damaged(self.path, self.number, f"the cell {self.cell} cannot be used: {why}")


def damaged(path: Path, number: int, why: str) -> RunError:
    """The error of a damaged line."""
    remedy = f"delete line {number} of it, then run the study again, which computes that cell anew"
    return RunError(f"{path} is damaged in line {number}: {why}; {remedy}")


def pack_of(folder: Path, task: str, method: str) -> Path:
    """The pack of a task and a method."""
    return folder / "cells" / task / f"{method}{END}"


def packed(folder: Path) -> Iterator[tuple[str, str]]:
    """Tasks and methods that have a pack."""
    for path in sorted((folder / "cells").glob(f"*/*{END}")):
        yield path.parent.name, path.name.removesuffix(END)


def read_lines(folder: Path, task: str, method: str) -> list[Line]:
    """The lines of a pack in the order of the file; none where there is no pack. Their contents are not looked at.

    Raises:
        RunError: a line is of no cell of this task and method, or a cell is there twice; names file and line.
    """
    path = pack_of(folder, task, method)
    lines = list(_parsed(path, task, method))
    cells: dict[Cell, int] = {}
    for line in lines:
        if cells.setdefault(line.cell, line.number) != line.number:
            raise line.damaged(f"it is in line {cells[line.cell]} too")
    return lines


def _parsed(path: Path, task: str, method: str) -> Iterator[Line]:
    try:
        *texts, tail = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return
    head = head_of(task, method)
    for number, text in enumerate(texts, 1):
        found = SEED.match(text, len(head)) if text.startswith(head) else None
        if found is None:
            raise damaged(path, number, f"it holds no cell of {task}/{method}")
        yield Line(Cell(task, method, int(found[1])), text, path, number)
    ended = SEAL.search(tail)
    if ended and ended.end() < len(tail):  # a whole line whose end has changed: no kill leaves that
        raise damaged(path, len(texts) + 1, "its end is not what was written")


def settle(folder: Path, task: str, method: str) -> None:
    """Put the lines of a pack in the order of seeds, and cut off a half one.

    Raises:
        RunError: the pack is damaged.
        OSError: it cannot be written.
    """
    path = pack_of(folder, task, method)
    lines = sorted(read_lines(folder, task, method))
    if lines:
        write_lines(path, [line.text for line in lines])
    else:
        path.unlink(missing_ok=True)


def write_lines(path: Path, texts: Sequence[bytes]) -> None:
    """Write a pack as a whole or not at all; one that holds this already is left alone."""
    data = b"".join(text + b"\n" for text in texts)
    if not path.exists() or path.read_bytes() != data:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, data)


class Writer:
    """Appends lines to the packs of a folder; what `add` has taken outlives the process, and `PACE` later the machine.

    Leaving its block syncs what was written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._last = folder, time.monotonic()
        self._opened, self._new, self._dirty = set[Path](), set[Path](), dict[Path, None]()

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with contextlib.suppress(*[OSError] if kind else []):  # the first error is the one to be told
            self.sync()

    def add(self, lines: Iterable[tuple[Cell, bytes]]) -> None:
        """Append lines, each with its end, to the packs of their cells.

        Raises:
            OSError: they cannot be written.
        """
        texts: dict[tuple[str, str], list[bytes]] = {}
        for cell, text in lines:
            texts.setdefault(cell[:2], []).append(text)
        for (task, method), group in texts.items():
            path = pack_of(self._folder, task, method)
            if path not in self._opened:
                self._open(path)
            with path.open("ab") as file:
                file.write(b"".join(group))
            self._dirty[path] = None
        if time.monotonic() - self._last > PACE:
            self.sync()

    def _open(self, path: Path) -> None:
        """Make the pack's folder, or cut off what a kill left half written."""
        if path.exists():
            data = path.read_bytes()
            if whole := len(data) - data.rfind(b"\n") - 1:
                os.truncate(path, len(data) - whole)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._new |= {path.parent, path.parent.parent}
        self._opened.add(path)

    def sync(self) -> None:
        """Make what was written outlive the machine too."""
        for path in list(self._dirty):
            with path.open("ab") as file:
                os.fsync(file.fileno())
            del self._dirty[path]
        for folder in self._new:
            sync_folder(folder)
        self._new, self._last = set(), time.monotonic()
