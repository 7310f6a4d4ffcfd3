"""The form of solutions: rows of one array, such as melodies (P, T) of tokens or strings (P, D) of bits."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import shown


class Rows(NamedTuple):
    """The form of solutions as rows of an array.

    Args:
        length: numbers in a row.
        dtype: their type.
        low: least value, for all places or for each (D,).
        high: greatest value, likewise.
        word: a number of a row, for errors.
    """

    length: int
    dtype: np.dtype[Any]
    low: float | NDArray[Any] = -np.inf
    high: float | NDArray[Any] = np.inf
    word: str = "number"

    @property
    def of_melodies(self) -> bool:
        """Whether the rows are melodies."""
        return self.word == "token"

    @property
    def none(self) -> NDArray[Any]:
        """No row: an array (0, D)."""
        return np.zeros((0, self.length), self.dtype)


def rows_of_tokens(length: int, tokens: int = 256) -> Rows:
    """The form of melodies of `length` tokens, each below `tokens`."""
    return Rows(length, np.dtype(np.uint8), 0, tokens - 1, "token")


def check_rows(name: str, rows: Any, form: Rows) -> None:
    """Check that an array holds solutions of a form.

    Raises:
        ValueError: the type, the shape or a value differs.
    """
    if not isinstance(rows, np.ndarray) or rows.ndim != 2 or rows.shape[1] != form.length or rows.dtype != form.dtype:
        raise wrong_array(name, rows, f"{form.dtype} of shape (P, {form.length})")
    if not rows.size:
        return
    if not isinstance(form.low, np.ndarray) and not isinstance(form.high, np.ndarray):
        unsigned = rows.dtype.kind == "u" and not form.low
        inside = (unsigned or form.low <= rows.min()) and rows.max() <= form.high  # a nan is not inside
    else:
        inside = bool(((form.low <= rows) & (rows <= form.high)).all())
    if not inside:
        p, place = np.argwhere(~((form.low <= rows) & (rows <= form.high)))[0]
        low, high = (np.broadcast_to(bound, form.length)[place] for bound in (form.low, form.high))
        raise ValueError(f"{name} hold {form.word} {rows[p, place]}, expected {low:g} to {high:g}")


def wrong_array(name: str, value: object, expected: str) -> ValueError:
    """The error for an array of another type or shape."""
    return ValueError(f"{name} are {form_of(value)}, expected {expected}")


def form_of(value: object) -> str:
    """A value in an error: an array by its type and shape."""
    return f"{value.dtype} of shape {value.shape}" if isinstance(value, np.ndarray) else shown(value)
