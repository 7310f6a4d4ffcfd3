"""Echoes: the notes of a new unit move as those of an earlier unit with the same rhythm, more often than by chance.

U units of a melody, A pitches of the grid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from evomusic.core.grid import FIRST_PITCH
from evomusic.song.counts import Counts, Floats
from evomusic.song.memory import Memory
from evomusic.song.plan import Tokens, rhythm_of, source_notes

LAGS: Final = (16, 8, 4, 2, 1)  # units from a unit to the one that it echoes, the first with the same rhythm
WIDE: Final = 2  # pitches of the grid; moves beyond count as moves by so many


class Echo(NamedTuple):
    """The move to the same note of the unit that is echoed.

    `lag` units earlier; `within`: whether the note before it is in the unit too; `move` in pitches of the grid.
    """

    lag: int
    within: bool
    move: int


def echoes_of(units: Tokens, i: int, lags: Sequence[int] = LAGS) -> list[Echo | None]:
    """The echo of each note of unit i of a melody (U, steps); the unit's own rhythm is heard, and not its pitches."""
    rhythm = rhythm_of(units[i])
    notes = int((rhythm == FIRST_PITCH).sum())
    for lag in lags:
        if lag <= i and (rhythm_of(units[i - lag]) == rhythm).all():
            line = source_notes(units[: i - lag + 1])[-notes - 1 :].tolist()
            moves = [b - a for a, b in pairwise(line)]
            alone = notes - len(moves)  # 1 where the source begins the melody, and no move leads to its first note
            return [*[None] * alone, *(Echo(lag, k > 0, _near(move)) for k, move in enumerate(moves, alone))]
    return [None] * notes


def _near(move: int) -> int:
    return max(-WIDE, min(WIDE, move))


@dataclass(frozen=True, eq=False)
class Echoes:
    """Counts of moves by the moves that they echo in real tunes, on a grid of so many pitches."""

    pitches: int
    _counts: Counts = field(default_factory=lambda: Counts(2 * WIDE + 1), init=False)
    _factors: Memory[tuple[Echo, int], Floats] = field(default_factory=Memory, init=False)

    def add(self, echo: Echo, move: int) -> None:
        """Count a move in pitches of the grid."""
        self._factors.clear()
        self._counts.add(_contexts(echo), _near(move) + WIDE)

    def factors(self, echo: Echo, last: int) -> Floats:
        """Factors (A,) of the odds of pitches after the last one, by Bayes' rule; the array is not to be changed."""
        if (found := self._factors.get((echo, last))) is None:
            contexts = _contexts(echo)
            ratio = self._counts.odds(contexts) / self._counts.odds(contexts[-2:])
            moves = np.clip(np.arange(self.pitches) - last, -WIDE, WIDE)
            found = self._factors[echo, last] = ratio[moves + WIDE]
        return found


def _contexts(echo: Echo) -> list[tuple[object, ...]]:
    return [echo, echo[1:], ("any", echo.within), ()]
