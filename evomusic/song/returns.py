"""Returns of units by number: which of them there can be at a place of a melody, and the notes that they bring."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.grid import FIRST_PITCH, HOLD
from evomusic.song.contexts import DEGREES, LAST, Close, Contexts
from evomusic.song.memory import Memory
from evomusic.song.plan import NEW, Return, Tokens, source_notes


class Lag(NamedTuple):
    """Returns with one lag (n,): their numbers, moves, least notes, and whether they have an end of their own."""

    numbers: NDArray[np.int64]
    by: NDArray[np.int64]
    notes: NDArray[np.int64]
    varied: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Returns:
    """Ways in which units return, numbered in order; number 0 is a new unit.

    Args:
        at: the contexts of the grid.
        plans: plans of real tunes, whose ways are taken.
    """

    at: Contexts
    plans: list[tuple[Return, ...]]
    _fitting: Memory[tuple[Hashable, ...], NDArray[np.int64]] = field(default_factory=Memory, init=False)

    @cached_property
    def every(self) -> list[Return]:
        """The ways by number."""
        return [NEW, *sorted({each for plan in self.plans for each in plan} - {NEW})]

    @cached_property
    def numbers(self) -> dict[Return, int]:
        """The number of each way."""
        return {each: i for i, each in enumerate(self.every)}

    @cached_property
    def _lags(self) -> list[Lag]:
        """Ways by lag."""
        return [
            _lag([(i, each) for i, each in enumerate(self.every) if each.lag == lag]) for lag in range(self.at.units)
        ]

    def can(self, units: Tokens, i: int, close: Close) -> NDArray[np.bool_]:
        """Whether unit i of a melody can be new or return (n,): its source has the notes, and a last one the close."""
        found = np.zeros(len(self.every), bool)
        found[0] = True
        silent, last = self.at.lead(units, i) >= 0, i == self.at.units - 1
        closes = i == self.at.units - 2 and close.length == LAST - 1 and self.at.hears("close")
        if closes and close.degree == DEGREES:
            return found
        degree, length = close.degree if last or closes else None, close.length if last else None
        for lag in range(1, i + 1):
            key = (lag, units[i - lag].tobytes(), silent, degree, length)
            if (fit := self._fitting.get(key)) is None:
                fit = self._fitting[key] = self._fit(lag, units[i - lag], silent, degree, length)
            found[fit] = True
        return found

    def _fit(self, lag: int, source: Tokens, silent: bool, degree: int | None, length: int | None) -> NDArray[np.int64]:
        """Numbers of the ways in which a source can return.

        Args:
            lag: units from it to its return.
            source: its tokens.
            silent: whether a rest, or nothing, is before the return.
            degree: kind of the last note by pitch, where there is one.
            length: kind of the last note by length, where there is one.
        """
        ways, notes = self._lags[lag], source_notes(source)
        if len(notes) < 2 or (source[0] == HOLD and silent) or length not in (None, self.at.length_of(source)):
            return ways.numbers[:0]
        fits = (notes.min() + ways.by >= FIRST_PITCH) & (notes.max() + ways.by < self.at.grid.tokens)
        if degree is not None:
            fits[fits] &= self.at.degrees[notes[-1] + ways.by[fits] - FIRST_PITCH] == degree
        return ways.numbers[(len(notes) >= ways.notes) & (fits | ways.varied)]

    def at_lag(self, lag: int, can: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Numbers and moves of the ways with a lag that there can be."""
        ways = self._lags[lag]
        there = can[ways.numbers]
        return ways.numbers[there], ways.by[there]

    def notes(self, number: int, units: Tokens, i: int) -> Tokens:
        """Tokens of the notes that a returning unit has from its source: all, moved, or without the end."""
        each = self.every[number]
        notes = source_notes(units[i - each.lag])
        return notes[: len(notes) - each.by] if each.kind == "varied" else notes + each.by

    def barred(self, number: int, units: Tokens, i: int, k: int) -> int | None:
        """The pitch that note k of a unit may not have, as it begins an end of its own."""
        each = self.every[number]
        if each.kind != "varied":
            return None
        source = source_notes(units[i - each.lag])
        return int(source[k]) - FIRST_PITCH if k == len(source) - each.by else None


def _lag(ways: Iterable[tuple[int, Return]]) -> Lag:
    rows = [(i, 0 if each.kind == "varied" else each.by, each.notes, each.kind == "varied") for i, each in ways]
    columns = np.array(rows, np.int64).reshape(-1, 4).T
    return Lag(columns[0], columns[1], columns[2], columns[3].astype(bool))
