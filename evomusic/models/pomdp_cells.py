"""Tables of a `.POMDP` file as lists of what was written: memory is that of the entries, whatever the shape."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evomusic.models.rows import LISTED, Rows

Place = int | slice


class Cells:
    """Probabilities (A, S, N), zero where nothing was written; of two entries for a cell the later one holds."""

    def __init__(self, shape: tuple[int, int, int]):
        self.shape = shape
        self.count, self.turn = 0, 0
        self.since = np.zeros(shape[0] * shape[1], np.int32)  # the last entry that wrote a row as a whole
        self.written: list[tuple[NDArray[Any], NDArray[Any], NDArray[np.float64], int]] = []
        self.single: list[tuple[Any, Any, float, int]] = []  # entries of one cell

    def __setitem__(self, at: tuple[Place, ...], value: Any) -> None:
        """Write what numpy would write at 1 to 3 places."""
        self.turn += 1
        if len(at) == 3 and not any(isinstance(place, slice) for place in at):
            self.count += 1
            self.single.append((at[0] * self.shape[1] + at[1], at[2], float(value), self.turn))  # type: ignore[operator]
            return
        rows, width = self._rows(at), self.shape[2]
        if len(at) == 3 and not isinstance(at[2], slice):
            self._write(rows, np.full(len(rows), at[2]), np.full(len(rows), float(value)))
            return
        self.since[rows] = self.turn
        table = np.asarray(value, np.float64)
        table = np.broadcast_to(table, (width,)) if table.ndim == 0 else table
        if table.ndim == 1:
            to = np.flatnonzero(table)
            self.count += len(rows) * len(to)
            if self.count <= LISTED:
                self.count -= len(rows) * len(to)
                self._write(np.repeat(rows, len(to)), np.tile(to, len(rows)), np.tile(table[to], len(rows)))
            return
        s, to = np.nonzero(table)
        for first in rows[:: len(table)]:
            self._write(first + s, to, table[s, to])

    def identity(self, action: Place) -> None:
        """Write that each state stays."""
        rows = self._rows((action,))
        self.turn += 1
        self.since[rows] = self.turn
        self._write(rows, rows % self.shape[1], np.ones(len(rows)))

    def _rows(self, at: tuple[Place, ...]) -> NDArray[np.int64]:
        a, s = (np.arange(n)[place] for n, place in zip(self.shape, (*at, slice(None))[:2], strict=False))
        return np.ravel(np.atleast_1d(a)[:, None] * self.shape[1] + np.atleast_1d(s)[None])

    def _write(self, rows: NDArray[Any], to: NDArray[Any], p: NDArray[np.float64]) -> None:
        self.count += len(rows)
        if self.count <= LISTED:  # the reader refuses what is more
            self.written.append((rows, to, p, self.turn))

    def rows(self, rounded: float) -> Rows:
        """The rows that hold in the end; rows whose sum is within `rounded` of 1 are divided by it."""
        alone = np.array(self.single, np.float64).reshape(-1, 4).T
        row, to, p = (np.concatenate([alone[i], *(w[i] for w in self.written)]) for i in range(3))
        turn = np.concatenate([alone[3], *(np.full(len(w[0]), w[3]) for w in self.written)])
        order = np.argsort(turn, kind="stable")
        row, to, p, turn = row[order].astype(np.int64), to[order].astype(np.int64), p[order], turn[order]
        valid = np.flatnonzero(turn >= self.since[row])
        key = row[valid] * self.shape[2] + to[valid]
        _, last = np.unique(key[::-1], return_index=True)
        lasting = valid[::-1][last]
        found = Rows.of(row[lasting], to[lasting], p[lasting], len(self.since))
        sums = found.sums()
        near = np.where((np.abs(sums - 1) <= rounded) & (np.abs(sums - 1) > 1e-9) & (sums > 0), sums, 1.0)
        return Rows(found.first, found.to, found.p / near[found.row])


class Rewards:
    """Rewards (A, S, S, O) as the entries that were written: a number and its places, -1 for all."""

    def __init__(self, shape: tuple[int, int, int, int]):
        self.shape = shape
        self.count = 0
        self.written: list[NDArray[np.float64]] = []  # (N, 5)

    def __setitem__(self, at: tuple[Place, ...], values: Any) -> None:
        """Write what numpy would write at 2 to 4 places."""
        head = [-1 if isinstance(place, slice) else place for place in at]
        values = np.asarray(values, np.float64)
        entries = np.empty((values.size, 5))
        entries[:, : len(head)] = head
        entries[:, len(head) : 4] = np.argwhere(np.ones(values.shape))
        entries[:, 4] = values.ravel()
        if values.ndim and (values == values.flat[0]).all():
            entries = entries[:1]
            entries[:, len(head) : 4] = -1
        self.count += len(entries)
        self.written.append(entries)

    def expected(self, transitions: Rows, emissions: Rows) -> NDArray[np.float64]:
        """(A, S) expected rewards; of two entries for a place the later one holds.

        Raises:
            ValueError: the entries need too much work.
        """
        actions, states = self.shape[:2]
        entries = np.concatenate(self.written or [np.zeros((0, 5))])
        row, to, weight = transitions.row, transitions.to.astype(np.int64), transitions.p
        seen = np.zeros(len(row), np.int64)
        if (entries[:, 3] >= 0).any():
            after = row // states * states + to
            counts = np.diff(emissions.first)[after]
            if counts.sum() > LISTED:
                raise ValueError(f"the rewards depend on more than {LISTED:,} next states and observations")
            inner = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
            shown = np.repeat(emissions.first[after], counts) + inner
            row, to, seen = np.repeat(row, counts), np.repeat(to, counts), emissions.to[shown].astype(np.int64)
            weight = np.repeat(weight, counts) * emissions.p[shown]
        value = np.zeros(len(row))
        places = np.stack([row // states, row % states, to, seen], axis=1) if len(row) else np.zeros((0, 4), np.int64)
        kinds = entries[:, :4] >= 0
        turns = np.flatnonzero((kinds[1:] != kinds[:-1]).any(axis=1)) + 1
        if (len(turns) + 1) * len(row) > 16 * LISTED:
            raise ValueError("entries of rewards of different kinds take too many turns, expected like ones together")
        for run in np.split(entries, turns) if len(entries) else ():
            _apply(run, places, self.shape, value)
        return np.asarray(np.bincount(row, weight * value, actions * states), np.float64).reshape(actions, states)


def _apply(run: NDArray[np.float64], places: NDArray[np.int64], shape: tuple[int, ...], value: NDArray[Any]) -> None:
    """Write entries that name the same kinds of places."""
    named = np.flatnonzero(run[0, :4] >= 0)
    if not len(named):
        value[:] = run[-1, 4]
        return
    sizes = [shape[i] for i in named]
    wanted, here = np.zeros(len(run), np.int64), np.zeros(len(places), np.int64)
    for i, size in zip(named, sizes, strict=True):
        wanted, here = wanted * size + run[:, i].astype(np.int64), here * size + places[:, i]
    keys, last = np.unique(wanted[::-1], return_index=True)
    at = np.minimum(np.searchsorted(keys, here), len(keys) - 1)
    found = keys[at] == here
    value[found] = run[::-1, 4][last][at[found]]
