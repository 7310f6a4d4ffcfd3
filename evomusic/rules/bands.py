"""Bands: rules that reward a quantity of the whole melody for lying in a range.

A maximised quantity gives caricature; a band asks for a typical one. A band over a whole melody has to remember a
count: counts stop where they no longer change the value, so that the memory stays small.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from evomusic.core.checks import number, ordered, whole
from evomusic.core.grid import Event, Slot

MOST = 1_000_000  # of a count


def band(value: float, low: float, high: float, slope: float) -> float:
    """1 from low to high inclusive; outside, less by `slope` for each unit of distance, and never below -1.

    >>> band(5, 4, 8, 0.5), band(9, 4, 8, 0.5), band(0, 4, 8, 0.5)
    (1.0, 0.5, -1.0)
    """
    return max(-1.0, 1.0 - slope * max(low - value, value - high, 0.0))


def reach(slope: float) -> int:
    """Whole units beyond an edge of a band at which its value has come down to -1."""
    return math.ceil(2 / slope)


@dataclass(frozen=True, kw_only=True)
class NoteCount:
    """At the last step: +1 when the number of notes lies in the band, falling outside it to -1; 0 before.

    Remembers the number of notes, up to where the value is -1. The default suits four bars of 4/4.

    Args:
        low: least notes of the melody.
        high: most notes.
        slope: fall for each note outside.

    Source: bands at what real music reaches, against a fitness that more notes, or more rests, raise without end:
    measured in GeneticMusic / Ondas Atratoras, an open genetic melody system (2026).
    """

    low: int = 20
    high: int = 36
    slope: float = 0.125
    start = 0
    hears = ("last",)

    def __post_init__(self) -> None:
        whole("NoteCount low", self.low, 0, MOST)
        whole("NoteCount high", self.high, 0, MOST)
        ordered("NoteCount low", self.low, "high", self.high)
        number("NoteCount slope", self.slope, above=0)

    def read(self, memory: int, event: Event, slot: Slot) -> tuple[int, float]:
        """The number of notes, and at the last step its value."""
        memory = min(memory + event.is_note, self.high + reach(self.slope))
        return memory, band(memory, self.low, self.high, self.slope) if slot.last else 0.0


@dataclass(frozen=True, kw_only=True)
class StepShare:
    """At the last step: +1 when the share of steps among all moves lies in the band, falling outside it to -1.

    A step is a move of 1 or 2 semitones; a repeated pitch is a move that is no step. 0 before the last step.

    Remembers the last pitch and one coarse number, the surplus of steps: with c the fraction of halves, thirds or
    quarters nearest to the middle of the band, a step adds 1 - c and another move takes c away. The share is taken as
    c + surplus / `moves`. It is exact for a melody of `moves` moves; in a shorter one, those missing count as typical.
    The surplus stops at the edges beyond which the value is -1.

    Args:
        low: least share.
        high: greatest share.
        moves: moves of a typical melody; the default suits four bars of 4/4.
        slope: fall for each unit of share outside.

    Source: the predominance of small intervals, Huron, "Sweet Anticipation" (2006); in most folk songs and
    dances a quarter to two thirds of the moves are steps.
    """

    low: float = 0.25
    high: float = 0.65
    moves: int = 30
    slope: float = 20.0
    start = (None, 0)
    hears = ("last",)

    def __post_init__(self) -> None:
        number("StepShare low", self.low, 0, 1)
        number("StepShare high", self.high, 0, 1)
        ordered("StepShare low", self.low, "high", self.high)
        whole("StepShare moves", self.moves, 1, MOST)
        number("StepShare slope", self.slope, above=0)

    @cached_property
    def _units(self) -> tuple[int, int, int, int]:
        """Units of the surplus: gain of a step, loss of another move, least and greatest surplus."""
        c = Fraction((self.low + self.high) / 2).limit_denominator(4)
        per_share = c.denominator * self.moves
        least = math.floor((self.low - 2 / self.slope - c) * per_share)
        most = math.ceil((self.high + 2 / self.slope - c) * per_share)
        return c.denominator - c.numerator, c.numerator, least, most

    def read(self, memory: tuple[int | None, int], event: Event, slot: Slot) -> tuple[tuple[int | None, int], float]:
        """The memory (last pitch, surplus in units of 1 / denominator of c), and at the last step the value."""
        last, surplus = memory
        up, down, least, most = self._units
        if event.is_note:
            if last is not None:
                surplus += up if 1 <= abs(event.pitch - last) <= 2 else -down
                surplus = min(max(surplus, least), most)
            last = event.pitch
        if not slot.last:
            return (last, surplus), 0.0
        share = (down * self.moves + surplus) / ((up + down) * self.moves)  # c = down / (up + down)
        return (last, surplus), band(share, self.low, self.high, self.slope)
