"""The melodies of a study as files that notation programs and players open."""

from __future__ import annotations

import os
from pathlib import Path

from evomusic.plots.pieces import Piece, pieces
from evomusic.study.results import Run, TaskRun

KINDS = {".mid": "MIDI", ".musicxml": "MusicXML"}  # name of each format, by the ending of its files


def export_melodies(run: Run | str | os.PathLike[str]) -> list[Path]:
    """Write each method's best melody to `melodies/<task>/<method>`, the others to `melodies/<task>/references/`.

    Each is written as MIDI and as MusicXML.

    Args:
        run: the study, or its folder, which is read then.

    Returns:
        The files written.

    Raises:
        ValueError: `run` is neither.
        RunError: the folder holds no study, or a damaged one.
        OSError: a file cannot be written; it names the path.
    """
    from evomusic.io import write
    from evomusic.study.store import as_run

    run = as_run(run)
    written = []
    for task in run.tasks.values():
        for piece in pieces(task):
            for kind in KINDS:
                path = run.folder / file_of(task, piece, kind)
                path.parent.mkdir(parents=True, exist_ok=True)
                write(piece.melody, path)
                written.append(path)
    return written


def file_of(task: TaskRun, piece: Piece, kind: str) -> Path:
    """Return the path of a melody's file within the study's folder."""
    where = Path("melodies") / task.label
    return (where if piece.method else where / "references") / f"{piece.name}{kind}"
