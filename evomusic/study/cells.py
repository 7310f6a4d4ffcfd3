"""A finished cell as a line of JSON that ends with the digest of the rest, and the outcome that such a line holds."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

import numpy as np

from evomusic.core.record import Curve, Record
from evomusic.study.results import Cell, Outcome
from evomusic.study.solutions import Found, solution_of

CURVE: Final = Curve._fields
WHOLE: Final = ("steps", "updates", "sweeps")  # columns of a curve that are whole numbers
SEAL: Final = re.compile(rb',"sha256":"([0-9a-f]{64})"\}')
LENGTH: Final = 77  # bytes of a seal


def line_of(cell: Cell, record: Record, best: Found, parts: Mapping[str, float]) -> bytes:
    """A finished cell as a line, with its line end.

    Args:
        cell: the cell.
        record: of its run.
        best: its best solution.
        parts: the return of `best` by rule and final measure, weighted.

    Raises:
        ValueError: a number of it is not finite.
    """
    value = {
        "cell": str(cell),
        "steps": record.steps,
        "best_return": record.best_return,
        "best": best.text,
        "parts": dict(parts),
        "improvements": {
            "steps": record.improvements[:, 0].astype(np.int64).tolist(),
            "best": record.improvements[:, 1].tolist(),
        },
        "curve": {name: _column(name, values) for name, values in record.curve._asdict().items()},
    }
    return seal(json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode())


def seal(text: bytes) -> bytes:
    """A line of the text of a JSON table: with the digest of all before it as its last entry."""
    rest = text.rstrip()[:-1]
    return rest + b',"sha256":"' + sha256(rest).hexdigest().encode() + b'"}\n'


def _column(name: str, values: Any) -> list[Any]:
    """Numbers of a curve: returns of single melodies exactly, means to ten digits."""
    numbers: list[Any] = values.tolist()
    return [float(f"{x:.10g}") for x in numbers] if name in ("delivered", "online") else numbers


def head_of(task: str, method: str) -> bytes:
    """The bytes with which the lines of a task's cells by a method begin; the number of the seed follows."""
    return b'{"cell":' + json.dumps(f"{task}/{method}/", ensure_ascii=False).encode()[:-1]


def outcome_of(line: bytes, cell: Cell, grid: Any) -> Outcome:
    """The outcome that a line holds.

    Args:
        line: the line, without its end.
        cell: the cell that it is of.
        grid: frame of its task's solutions.

    Raises:
        ValueError: it is not what was written.
    """
    found = SEAL.fullmatch(line, max(len(line) - LENGTH, 0))
    if not found or sha256(line[: found.start()]).hexdigest().encode() != found[1]:
        raise ValueError("it is not what was written")
    try:
        stored = json.loads(line)
        curve, improvements = stored["curve"], stored["improvements"]
        columns: dict[str, Any] = {n: np.array(curve[n], np.int64 if n in WHOLE else np.float64) for n in CURVE}
        return Outcome(
            cell=cell,
            curve=Curve(**columns),
            improvements=np.array([improvements["steps"], improvements["best"]], np.float64).T,
            best=solution_of(stored["best"], grid, f"{cell.method}, seed {cell.seed}"),
            best_return=float(stored["best_return"]),
            parts=stored["parts"],
        )
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"{error!r}") from None
