"""Sparse rows of probabilities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

LISTED = 2**24  # next states, or observations, that a model may list


@dataclass(frozen=True, eq=False)
class Rows:
    """Sparse rows of probabilities: row i is `to[first[i]:first[i + 1]]` with `p` at the same places."""

    first: NDArray[np.int64]  # (N + 1,)
    to: NDArray[np.int32]  # (first[N],) rising in each row
    p: NDArray[np.float64]  # (first[N],) above 0

    @classmethod
    def of(cls, rows: ArrayLike, places: ArrayLike, chances: ArrayLike, count: int) -> Rows:
        """Rows from places in any order; probabilities of one place are added up, and zeros left out."""
        row, to, p = np.asarray(rows, np.int64), np.asarray(places, np.int64), np.asarray(chances, np.float64)
        order = np.lexsort((to, row))
        row, to, p = row[order], to[order], p[order]
        new = np.ones(len(row), np.bool_)
        new[1:] = (row[1:] != row[:-1]) | (to[1:] != to[:-1])
        p = np.add.reduceat(p, np.flatnonzero(new)) if len(p) else p
        row, to = row[new][p != 0], to[new][p != 0]
        first = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=count))])
        return cls(first.astype(np.int64), to.astype(np.int32), p[p != 0])

    @property
    def row(self) -> NDArray[np.int64]:
        """(first[N],) the row of each entry."""
        return np.repeat(np.arange(len(self.first) - 1), np.diff(self.first))

    def dense(self, shape: tuple[int, ...]) -> NDArray[np.float64]:
        """The rows as an array of a shape whose last axis they run along."""
        table = np.zeros((len(self.first) - 1, shape[-1]))
        table[self.row, self.to] = self.p
        return table.reshape(shape)

    def sums(self) -> NDArray[np.float64]:
        """(N,) the sum of each row."""
        return np.asarray(np.bincount(self.row, self.p, len(self.first) - 1), np.float64)
