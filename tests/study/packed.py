"""Cells in the packs of a folder, to be counted, taken out and spoilt."""

from __future__ import annotations

import json
from pathlib import Path

from evomusic.study.cells import seal
from evomusic.study.packs import pack_of, packed, read_lines, write_lines


def cells_in(folder: Path) -> dict[str, bytes]:
    """The lines of finished cells in a folder of a run, or in all below it, by path and name."""
    runs = sorted({path.parent for path in Path(folder).rglob("cells")})
    return {
        f"{run.relative_to(folder).as_posix()}:{line.cell}": line.text
        for run in runs
        for pair in packed(run)
        for line in read_lines(run, *pair)
    }


def lines_of(folder: Path, cell: str) -> tuple[Path, list[bytes], int]:
    """The pack of a cell, its lines, and the number of the cell's, from 0."""
    task, method, seed = cell.split("/")
    lines = read_lines(Path(folder), task, method)
    (number,) = [i for i, line in enumerate(lines) if line.cell.seed == int(seed)]
    return pack_of(Path(folder), task, method), [line.text for line in lines], number


def take_out(folder: Path, cell: str) -> bytes:
    """Remove a finished cell; its line."""
    path, lines, number = lines_of(folder, cell)
    line = lines.pop(number)
    write_lines(path, lines)
    return line


def put_in(folder: Path, cell: str, line: bytes) -> None:
    """Append a line to the pack of a cell."""
    task, method, _ = cell.split("/")
    with pack_of(Path(folder), task, method).open("ab") as file:
        file.write(line + b"\n")


def change(folder: Path, cell: str, **entries) -> None:
    """Change entries of a cell, and seal it again."""
    path, lines, number = lines_of(folder, cell)
    stored = json.loads(lines[number])
    del stored["sha256"]
    changed = json.dumps(stored | entries, ensure_ascii=False, separators=(",", ":")).encode()
    write_lines(path, [*lines[:number], seal(changed)[:-1], *lines[number + 1 :]])
