"""Interpolated counts: the probability of a symbol after contexts from the finest to the coarsest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.song.memory import Memory

Floats = NDArray[np.float64]


class Row(NamedTuple):
    """Symbols seen after a context, how often, and the sum."""

    symbols: NDArray[np.int64]
    counts: Floats
    total: float


@dataclass(frozen=True, eq=False)
class Counts:
    """Counts of symbols 0 to `size` - 1 by context.

    A context escapes to the next coarser one as often as it has kinds of followers, and once more (the escape of
    PPM-C, Witten and Bell 1991, with a doubt of one); below the coarsest lies the uniform distribution.
    """

    size: int
    doubt: float = 1.0
    _seen: dict[Hashable, dict[int, int]] = field(default_factory=dict)
    _rows: dict[Hashable, Row] = field(default_factory=dict)
    _odds: Memory[tuple[Hashable, ...], Floats] = field(default_factory=Memory)

    def add(self, contexts: Sequence[Hashable], symbol: int) -> None:
        """Count a symbol in all its contexts."""
        self._odds.clear()
        for context in contexts:
            row = self._seen.setdefault(context, defaultdict(int))
            row[symbol] += 1
            self._rows.pop(context, None)

    def odds(self, contexts: Sequence[Hashable]) -> Floats:
        """Probabilities (size,) of the symbols after contexts, the finest first; the array is not to be changed."""
        key = tuple(contexts)
        if (found := self._odds.get(key)) is None:
            found = self._odds[key] = self._interpolated(contexts)
        return found

    def _interpolated(self, contexts: Sequence[Hashable]) -> Floats:
        odds = np.full(self.size, 1 / self.size)
        for context in reversed(contexts):
            row = self._row(context)
            if row is None:
                continue
            escapes = len(row.symbols) + self.doubt
            odds *= escapes / (row.total + escapes)
            odds[row.symbols] += row.counts / (row.total + escapes)
        return odds

    def _row(self, context: Hashable) -> Row | None:
        row = self._rows.get(context)
        if row is None and context in self._seen:
            seen = self._seen[context]
            counts: Any = np.array(list(seen.values()), float)
            row = self._rows[context] = Row(np.array(list(seen), np.int64), counts, float(counts.sum()))
        return row


def draw(odds: Floats, rng: np.random.Generator) -> int:
    """A choice in proportion to odds (n,)."""
    so_far = odds.cumsum()
    chosen = int(so_far.searchsorted(rng.random() * so_far[-1], "right"))
    return min(chosen, len(odds) - 1)  # rounding may lead beyond the last
