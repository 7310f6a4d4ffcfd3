"""A study as a blind listening test: a page with pairs of melodies, and the key that says whose they are.

The page stands alone: it makes no request, works from a file, and holds numbers in place of the methods' names. Each
listener hears the pairs in an order of his own, drawn from his name, some of them twice with the sides changed. The key
stays with whoever gives the test; `ballots` reads the answers with it. Source for the form: ITU-R BS.1534 and BS.1284,
paired comparison without a reference.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from evomusic.core.checks import flag, instance, whole
from evomusic.core.saving import write_bytes
from evomusic.plots.pieces import Piece, pieces
from evomusic.report.frame import data, framed
from evomusic.report.html import json_text
from evomusic.study.results import Run, TaskRun

FORMAT: Final = "evomusic blind 1"
KEY: Final = "key.json"
PAGE: Final = "index.html"
TRIALS: Final = 20  # pairs a listener compares, but for repeats
REPEATS: Final = 4


def write_blind(
    run: Run | str | os.PathLike[str],
    to: str | os.PathLike[str],
    *,
    trials: int = TRIALS,
    repeats: int = REPEATS,
    real: bool = False,
    title: str = "",
) -> list[Path]:
    """Write a blind listening test of the best melody of each method and task: the page, and its key.

    Args:
        run: the study, or its folder, which is read then.
        to: the folder, made where it is missing.
        trials: pairs that a listener compares, at most; as many of each task.
        repeats: pairs among them that come again, at most.
        real: whether the study's real tunes are compared too, as if a method had written them.
        title: of the page.

    Returns:
        The files written.

    Raises:
        ValueError: an argument is wrong, or no task has two melodies that sound differently.
        RunError: the folder holds no study, or a damaged one.
        OSError: a file cannot be written; it names the path.
    """
    from evomusic.study.store import as_run

    run = as_run(run)
    trials, repeats = whole("trials", trials, 1, 1000), whole("repeats", repeats, 0, 100)
    title = instance("title", title, str, "a text") or "Which melody is better?"
    found = [(task, compared(task, flag("real", real))) for task in run.tasks.values()]
    found = [(task, shown) for task, shown in found if len({piece.melody.canonical.text for piece in shown}) > 1]
    if not found:
        raise ValueError(f"{run.folder} has no task with two melodies that sound differently, expected two methods")
    key = key_of(found)
    test = pairs_of(found, key, trials, repeats)
    script = data("synth.js") + data("blind.js")
    page = framed("blind.html", title, data("blind.css"), script, test=json_text(test))
    folder = Path(to)
    folder.mkdir(parents=True, exist_ok=True)
    write_bytes(folder / KEY, (json.dumps(key, indent=1, ensure_ascii=False) + "\n").encode())
    write_bytes(folder / PAGE, page.encode())
    return [folder / PAGE, folder / KEY]


def compared(task: TaskRun, real: bool) -> list[Piece]:
    """The melodies of a task that are compared: the best of each method, and a real tune if wanted."""
    return [piece for piece in pieces(task) if piece.method or (real and piece.name == "real tune")]


def key_of(found: Sequence[tuple[TaskRun, Sequence[Piece]]]) -> dict[str, Any]:
    """The key of a test: what each number stands for; numbers are shuffled, by the melodies themselves."""
    every = [
        {"task": task.label, "method": piece.name, "melody": piece.melody.canonical.text}
        for task, shown in found
        for piece in shown
    ]
    digest = hashlib.sha256(json.dumps(every, sort_keys=True).encode()).hexdigest()
    order = np.random.default_rng(int(digest[:16], 16)).permutation(len(every)).tolist()
    melodies = {f"m{n}": each for n, each in zip(order, every, strict=True)}
    return {"format": FORMAT, "study": digest[:16], "melodies": melodies}


def pairs_of(
    found: Sequence[tuple[TaskRun, Sequence[Piece]]], key: dict[str, Any], trials: int, repeats: int
) -> dict[str, Any]:
    """Content of the page: notes by number, and which of them sound alike; no names of methods or tasks."""
    numbers = {(each["task"], each["method"]): number for number, each in key["melodies"].items()}
    tasks = []
    for task, shown in found:
        texts = sorted({piece.melody.canonical.text for piece in shown})
        melodies = [_playable(piece, numbers[task.label, piece.name], texts) for piece in shown]
        melodies.sort(key=lambda melody: int(melody["id"][1:]))
        tasks.append({"tempo": float(shown[0].melody.grid.tempo), "melodies": melodies})
    return {"study": key["study"], "trials": trials, "repeats": repeats, "tasks": tasks}


def _playable(piece: Piece, number: str, texts: Sequence[str]) -> dict[str, Any]:
    """Notes of a melody in beats, its length, and a number that melodies of one sound share."""
    melody = piece.melody
    notes = [[n.pitch, round(n.onset, 6), round(n.duration, 6)] for n in melody.notes]
    return {"id": number, "beats": melody.grid.length, "notes": notes, "same": texts.index(melody.canonical.text)}
