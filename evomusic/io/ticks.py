"""Times of MIDI files as the score has them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from evomusic.io.tune import TuneNote


class Span(NamedTuple):
    """A note of a MIDI file: its pitch, and its first and last tick."""

    pitch: int
    start: int
    end: int


def clean(parts: Sequence[Sequence[Span]], ticks: int) -> tuple[list[list[TuneNote]], list[str]]:
    """The notes of each part in quarters."""
    return [[TuneNote(p, Fraction(a, ticks), Fraction(b - a, ticks)) for p, a, b in spans] for spans in parts], []
