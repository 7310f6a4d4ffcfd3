"""Rules for single pitches and for moves from one to the next.

Pitches are MIDI numbers, sizes are semitones. A move goes from one note to the next, whatever rests lie between.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from evomusic.core import theory
from evomusic.core.checks import number, numbers, ordered, whole
from evomusic.core.grid import Event, Slot
from evomusic.rules.bands import band, reach

# Sizes 0 to 12, then all wider ones: steps are the commonest move of folk song, then thirds and repeats, then fourths
# and fifths; sevenths and the tritone hardly occur.
SIZES = (-0.2, 0.0, 0.0, -0.1, -0.1, -0.3, -1.0, -0.3, -0.6, -0.6, -0.9, -1.0, -0.6, -1.0)


@dataclass(frozen=True, kw_only=True)
class InScale:
    """-1 for a note outside the scale, 0 elsewhere. Remembers nothing.

    Notes inside have the value 0, not more: a rule that rewards each note would make many notes the refuge of every
    method, whatever they sound like. Most rules of this catalogue are such penalties.

    Args:
        scale: such as `G major`.

    Source: the key rule of Jaques, Gu, Turner & Eck, "Tuning recurrent neural networks with reinforcement learning"
    (2016).
    """

    scale: str = field(kw_only=False)
    start = None
    hears = ()

    def __post_init__(self) -> None:
        theory.parse_scale(self.scale)

    def read(self, memory: None, event: Event, slot: Slot) -> tuple[None, float]:
        """The (empty) memory, and -1 for a note outside."""
        outside = event.is_note and event.pitch % 12 not in theory.parse_scale(self.scale)[1]
        return None, -1.0 if outside else 0.0


@dataclass(frozen=True, kw_only=True)
class Range:
    """At the last step: +1 when highest minus lowest pitch lies in the band, falling outside it to -1; 0 before.

    Without a note: -1. Remembers the lowest and the highest pitch, and no more once they are too far apart to matter.

    Args:
        low_span: least semitones.
        high_span: most semitones.
        slope: fall for each semitone outside.

    Source: the pitch range of songs as in Pearce, "The construction and evaluation of statistical models of melodic
    structure" (2005), chapter 9; of the Nova Scotia songs used there, 8 in 10 span 10 to 17 semitones.
    """

    low_span: int = 10
    high_span: int = 17
    slope: float = 0.25
    start = None
    hears = ("last",)

    def __post_init__(self) -> None:
        whole("Range low_span", self.low_span, 0, 127)
        whole("Range high_span", self.high_span, 0, 127)
        ordered("Range low_span", self.low_span, "high_span", self.high_span)
        number("Range slope", self.slope, above=0)

    def read(self, memory: tuple[int, int] | None, event: Event, slot: Slot) -> tuple[tuple[int, int] | None, float]:
        """The memory (lowest, highest), and at the last step the value of the span."""
        if event.is_note:
            low, high = memory or (event.pitch, event.pitch)
            memory = min(low, event.pitch), max(high, event.pitch)
            if memory[1] - memory[0] >= self.high_span + reach(self.slope):
                memory = 0, 127  # all spans from here have the value -1
        if not slot.last:
            return memory, 0.0
        return memory, band(memory[1] - memory[0], self.low_span, self.high_span, self.slope) if memory else -1.0


@dataclass(frozen=True, kw_only=True)
class IntervalSize:
    """At each note after the first: a value by the size of the move to it; 0 elsewhere. Remembers the last pitch.

    By default 0 for a step, -0.1 for a third, -0.2 for a repeat, -0.3 for a fourth or fifth, -0.6 for a sixth or an
    octave, -0.9 for a minor seventh, -1 for a tritone, a major seventh and whatever is wider than an octave.

    Args:
        table: values of the sizes 0, 1, 2 ... semitones; the last one is that of all wider moves.

    Source: pitch proximity, Schellenberg, "Simplifying the implication-realization model of melodic expectancy",
    Music Perception 14 (1997); the default keeps the order of the sizes in folk song.
    """

    table: tuple[float, ...] = SIZES
    start = None
    hears = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", numbers("IntervalSize table", self.table))  # TOML gives lists

    def read(self, memory: int | None, event: Event, slot: Slot) -> tuple[int | None, float]:
        """The last pitch, and the value of the move to it."""
        if not event.is_note:
            return memory, 0.0
        if memory is None:
            return event.pitch, 0.0
        return event.pitch, self.table[min(abs(event.pitch - memory), len(self.table) - 1)]


@dataclass(frozen=True, kw_only=True)
class RepetitionLimit:
    """-1 for each note that is more than `limit` equal pitches in a row, 0 elsewhere.

    Remembers the last pitch and how often it came in a row, up to the limit.

    Args:
        limit: most equal pitches in a row.

    Source: Jaques, Gu, Turner & Eck, "Tuning recurrent neural networks with reinforcement learning" (2016).
    """

    limit: int = 3
    start = None
    hears = ()

    def __post_init__(self) -> None:
        whole("RepetitionLimit limit", self.limit, 1)

    def read(self, memory: tuple[int, int] | None, event: Event, slot: Slot) -> tuple[tuple[int, int] | None, float]:
        """The memory (pitch, times in a row), and -1 for a note too many."""
        if not event.is_note:
            return memory, 0.0
        times = memory[1] if memory is not None and memory[0] == event.pitch else 0
        return (event.pitch, min(times + 1, self.limit)), -1.0 if times == self.limit else 0.0


@dataclass(frozen=True, kw_only=True)
class OpeningDegree:
    """At the first note: +1 for tonic or dominant, +0.5 for the third, -1 for another pitch; 0 elsewhere.

    Remembers whether a note has come. A melody without notes has the value 0.

    Args:
        scale: such as `G major`.

    Source: dominant, tonic and third begin nine in ten of real melodies, in this order: measured in GeneticMusic /
    Ondas Atratoras, an open genetic melody system (2026).
    """

    scale: str = field(kw_only=False)
    start = False
    hears = ()

    def __post_init__(self) -> None:
        theory.parse_scale(self.scale)

    def read(self, memory: bool, event: Event, slot: Slot) -> tuple[bool, float]:
        """Whether a note has come, and the value of the first one."""
        if memory or not event.is_note:
            return memory, 0.0
        tonic, classes = theory.parse_scale(self.scale)
        degree = (event.pitch - tonic) % 12
        third = degree in (3, 4) and event.pitch % 12 in classes
        return True, 1.0 if degree in (0, 7) else 0.5 if third else -1.0
