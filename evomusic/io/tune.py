"""Tunes: one voice as a file of music holds it, before it is put on a grid, and the error for files of no use.

Times are exact fractions of a quarter note, counted from the first sound or rest of the file. Bars are counted as
in print: bar 1 is the first full bar, bar 0 a pickup before it. Repeats are read once, as written.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from math import lcm
from typing import Any, Final, NamedTuple

from evomusic.core import theory
from evomusic.core.checks import instance, number, wrong

MAX_NOTES: Final = 10_000
MAX_QUARTERS: Final = 16_384
MAX_BARS: Final = 4_095  # one less than a grid's: the pickup takes a bar
TEMPI: Final = (1.0, 1500.0)  # quarters a minute; a grid's 1,000 dotted quarters are 1,500 quarters
FINEST: Final = 10**15  # greatest denominator of a time: sums of fractions without a common grid cost ever more


class TuneError(ValueError):
    """A file that is damaged, empty, absurd, too large, in several voices, or of another metre: one line says why."""


class TuneNote(NamedTuple):
    """A note: MIDI pitch, onset and duration in quarter notes."""

    pitch: int
    onset: Fraction
    duration: Fraction

    @property
    def end(self) -> Fraction:
        """End in quarters."""
        return self.onset + self.duration


class Meter(NamedTuple):
    """A time signature and where it begins, in quarters."""

    onset: Fraction
    numerator: int
    denominator: int

    @property
    def quarters(self) -> Fraction:
        """Length of a bar in quarters."""
        return Fraction(4 * self.numerator, self.denominator)

    @property
    def name(self) -> str:
        """`6/8`."""
        return f"{self.numerator}/{self.denominator}"


@dataclass(frozen=True, kw_only=True)
class Tune:
    """One voice, read from a file.

    Args:
        notes: in order of onset, never two at a time.
        bars: bar lines in quarters, from the start of the first full bar to the end of the last.
        meters: time signatures in order; empty when the file has none (`bars` then stand for 4/4).
        key: such as `G major`, or None when the file does not say.
        tempo: quarters a minute, or None when the file does not say.
        title: free text.
        composer: free text.
        source: the path it was read from.
        remarks: one line on everything that reading left out, cut or passed over.
        silence: quarters that a MIDI file goes on for after its last bar.
        symbols: chord symbols of the file, which are not read.
    """

    notes: tuple[TuneNote, ...]
    bars: tuple[Fraction, ...]
    meters: tuple[Meter, ...] = ()
    key: str | None = None
    tempo: float | None = None
    title: str = ""
    composer: str = ""
    source: str = field(default="", compare=False)
    remarks: tuple[str, ...] = ()
    silence: Fraction = Fraction(0)
    symbols: int = 0

    def __post_init__(self) -> None:
        kinds: dict[str, tuple[Any, str]] = {
            "notes": (TuneNote, "TuneNotes"),
            "bars": ((Fraction, int), "Fractions"),
            "meters": (Meter, "Meters"),
        }
        for name, (kind, plural) in kinds.items():
            values = getattr(self, name)
            if not isinstance(values, tuple) or not all(isinstance(value, kind) for value in values):
                raise wrong(name, values, f"a tuple of {plural}")
        if not self.notes:
            raise wrong("notes", self.notes, "at least one TuneNote")
        if len(self.bars) < 2 or any(a >= b for a, b in pairwise(self.bars)):
            raise wrong("bars", self.bars, "at least two bar lines in rising order")
        if self.key is not None:
            theory.parse_scale(instance("key", self.key, str, "the name of a key, such as 'G major', or None"))
        if self.tempo is not None:
            number("tempo", self.tempo, *TEMPI)
        instance("title", self.title, str, "text")
        instance("composer", self.composer, str, "text")

    @property
    def pickup(self) -> Fraction:
        """Quarters before the first full bar."""
        return self.bars[0]

    @property
    def length(self) -> Fraction:
        """Quarters from the start of the file to the last bar line."""
        return self.bars[-1]

    def meter(self, onset: Fraction) -> Meter:
        """The time signature at a moment; 4/4 where the file has none."""
        return meter_at(self.meters, onset)


def notes_in_ticks(notes: Sequence[TuneNote]) -> tuple[list[int], list[int], int]:
    """Starts and ends of notes as whole numbers, and the ticks of a quarter: sums of fractions cost more."""
    unit = lcm(*{note.onset.denominator for note in notes}, *{note.duration.denominator for note in notes})
    starts = [note.onset.numerator * (unit // note.onset.denominator) for note in notes]
    lengths = [note.duration.numerator * (unit // note.duration.denominator) for note in notes]
    return starts, [start + length for start, length in zip(starts, lengths, strict=True)], unit


def meter_at(meters: Sequence[Meter], onset: Fraction) -> Meter:
    """The last of the time signatures that began by then; 4/4 when there is none."""
    if len(meters) == 1:
        return meters[0]
    index = bisect_right(meters, onset, key=lambda m: m.onset)
    return meters[max(index - 1, 0)] if meters else Meter(Fraction(0), 4, 4)


def check_time(time: Fraction) -> Fraction:
    """A moment, unless the durations before it share no grid.

    Raises:
        TuneError: its denominator is greater than `FINEST`.
    """
    if time.denominator > FINEST:
        raise TuneError("has durations that share no grid, expected fractions of a quarter note with common divisors")
    return time


def unit_of(times: Iterable[Fraction]) -> int:
    """Ticks a quarter of which all times are whole numbers, or `FINEST` where it would take more."""
    unit = 1
    for denominator in {time.denominator for time in times}:
        unit = lcm(unit, denominator)
        if unit > FINEST:
            return FINEST
    return unit


def in_ticks(time: Fraction, unit: int) -> int:
    """A time in ticks, so many a quarter, rounded where it is between two."""
    return (2 * time.numerator * unit + time.denominator) // (2 * time.denominator)


def full_bars(lines: Sequence[Fraction], meters: Sequence[Meter]) -> tuple[Fraction, ...]:
    """Bar lines from the first full bar on; bars cut in two by a repeat sign or a double bar made whole.

    Raises:
        TuneError: there are more bars than a grid can have.
    """
    lines = sorted(set(lines))
    if len(lines) - 1 > MAX_BARS:
        raise TuneError(f"has {len(lines) - 1} bars, expected at most {MAX_BARS}")
    if not meters:
        return tuple(lines)
    if len(lines) > 2 and lines[1] - lines[0] < max(meter_at(meters, line).quarters for line in lines[:2]):
        lines = lines[1:]  # a pickup, which some programs write as a bar in a short metre of its own
    bars = [lines[0]]
    for i, line in enumerate(lines[1:-1], 1):
        full = bars[-1] + meter_at(meters, bars[-1]).quarters
        if line >= full or full not in lines[i + 1 : i + 4]:
            bars.append(line)
    return (*bars, lines[-1])


def regular_bars(meters: Sequence[Meter], length: Fraction) -> list[Fraction]:
    """Bar lines from 0 on where only time signatures are known; the last bar is whole.

    Raises:
        TuneError: there are more bars than a grid can have.
    """
    lines = [Fraction(0)]
    changes = [m.onset for m in meters]
    while lines[-1] < length or len(lines) == 1:
        if len(lines) > MAX_BARS:
            raise TuneError(f"has more than {MAX_BARS} bars, expected at most as many")
        line = lines[-1] + meter_at(meters, lines[-1]).quarters
        change = bisect_right(changes, lines[-1])
        lines.append(min([line, *changes[change : change + 1]]))  # a new time signature begins a bar
    return lines


def others(word: str, values: Iterable[object], taken: object) -> list[str]:
    """A remark on the tempi or keys of a file that are not the one taken for the whole of it."""
    count = len({value for value in values if value not in (None, taken)})
    return [f"{plural(count, f'other {word}')} passed over"] if count else []


def plain(text: str) -> str:
    """Text in one line, without characters that cannot be printed."""
    return "".join(c for c in " ".join(text.split()) if c.isprintable())


def plural(count: int, noun: str) -> str:
    """`1 note`, `2 notes`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
