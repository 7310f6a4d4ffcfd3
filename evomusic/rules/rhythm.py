"""Rules for onsets and lengths, not pitches.

Lengths are counted in steps. They read the clock's strength, beats and bars, never a fixed number of steps a bar.
"""

from __future__ import annotations

from dataclasses import dataclass

from evomusic.core.checks import number, numbers, ordered, whole
from evomusic.core.grid import Event, Slot
from evomusic.rules.bands import MOST, band, reach

STRONGEST = 3  # the clock's strength of a bar line


@dataclass(frozen=True, kw_only=True)
class MetricalOnsets:
    """At each step: a value by the strength of the clock, one where a note begins and one where none does.

    By default a note off the beat takes 0.1, a bar line without one takes 1, the middle of a bar 0.5, another beat
    0.2; the rest is 0. Silence is no refuge: an empty bar of 4/4 costs 1.9. Remembers nothing.

    Args:
        onset: values of a note by strength: off the beat, beat, middle of the bar, bar line.
        none: values of no note beginning, likewise.

    Source: metrical preference rule 3, Lerdahl & Jackendoff, "A Generative Theory of Tonal Music" (1983).
    """

    onset: tuple[float, ...] = (-0.1, 0.0, 0.0, 0.0)
    none: tuple[float, ...] = (0.0, -0.2, -0.5, -1.0)
    start = None
    hears = ("strength",)

    def __post_init__(self) -> None:
        for name in ("onset", "none"):
            values = numbers(f"MetricalOnsets {name}", getattr(self, name), STRONGEST + 1)
            object.__setattr__(self, name, values)  # TOML gives lists

    def read(self, memory: None, event: Event, slot: Slot) -> tuple[None, float]:
        """The (empty) memory, and the value of this step."""
        return None, (self.onset if event.is_note else self.none)[slot.strength]


@dataclass(frozen=True, kw_only=True)
class NoteLengths:
    """-1 when a note ends before `shortest` steps, and -1 for each step it lasts beyond `longest`; 0 elsewhere.

    A note ends at the next note, at a rest, or with the melody. Remembers the age of the sounding note, up to the
    greater of the two lengths.

    Args:
        shortest: least steps of a note.
        longest: most steps of a note; 8 is a half note in sixteenths.

    Source: note durations among the features of Müllensiefen, "FANTASTIC" (2009); nine in ten notes of German folk
    song last from a sixteenth to a half note.
    """

    shortest: int = 1
    longest: int = 8
    start = 0
    hears = ("last",)

    def __post_init__(self) -> None:
        whole("NoteLengths shortest", self.shortest, 1)
        whole("NoteLengths longest", self.longest, 1)
        ordered("NoteLengths shortest", self.shortest, "longest", self.longest)

    def read(self, memory: int, event: Event, slot: Slot) -> tuple[int, float]:
        """The age of the sounding note in steps, 0 for none, and the value of this step."""
        sounds_on = event.is_hold and memory > 0
        cut = not sounds_on and 0 < memory < self.shortest
        over = sounds_on and memory == self.longest
        age = min(memory + 1, self.longest) if sounds_on else int(event.is_note)
        short_end = slot.last and 0 < age < self.shortest
        return age, 0.0 - (cut + over + short_end)


@dataclass(frozen=True, kw_only=True)
class Sustain:
    """-0.25 for each step at which nothing sounds, 0 elsewhere. Remembers whether a note sounds.

    Most rules do not care whether a note is held or followed by a rest. This one does: it holds notes, and breaks the
    ties of an optimum.

    Source: gaps divide a line into groups, grouping preference rule 2 of Lerdahl & Jackendoff, "A Generative Theory of
    Tonal Music" (1983), so a line that goes on has few.
    """

    start = False
    hears = ()

    def read(self, memory: bool, event: Event, slot: Slot) -> tuple[bool, float]:
        """Whether a note sounds, and the cost of silence."""
        sounds = event.is_note or (event.is_hold and memory)
        return sounds, 0.0 if sounds else -0.25


@dataclass(frozen=True, kw_only=True)
class Density:
    """At each bar's last step: +1 when its number of notes lies in the band, falling outside it to -1; 0 elsewhere.

    Rests are no refuge, and neither are many notes. A pickup is no bar, and its notes are not counted. Remembers the
    notes of this bar, up to where the value is -1.

    Args:
        low: least notes a bar.
        high: most notes a bar.
        slope: fall for each note outside.

    Source: GeneticMusic / Ondas Atratoras, an open genetic melody system (2026): without a reward for
    density, evolution flees into rests.
    """

    low: int = 4
    high: int = 8
    slope: float = 0.5
    start = 0
    hears = ("bar_last", "in_pickup")

    def __post_init__(self) -> None:
        whole("Density low", self.low, 0, MOST)
        whole("Density high", self.high, 0, MOST)
        ordered("Density low", self.low, "high", self.high)
        number("Density slope", self.slope, above=0)

    def read(self, memory: int, event: Event, slot: Slot) -> tuple[int, float]:
        """The notes of this bar so far, and at its last step their value."""
        if slot.in_pickup:
            return 0, 0.0
        count = min(memory + event.is_note, self.high + reach(self.slope))
        return (0, band(count, self.low, self.high, self.slope)) if slot.bar_last else (count, 0.0)


@dataclass(frozen=True, kw_only=True)
class SyncopationLimit:
    """-1 for each syncopated note beyond the first `limit` of a bar, 0 elsewhere.

    A note is syncopated when it is held over a place that is stronger than the one it began on; it is counted there,
    in that place's bar, and once. Remembers the strength on which the sounding note began, and the count of this bar
    up to the limit.

    Args:
        limit: syncopated notes a bar that cost nothing.

    Source: Longuet-Higgins & Lee, "The rhythmic interpretation of monophonic music", Music Perception 1 (1984).
    """

    limit: int = 1
    start = (STRONGEST, 0)  # nothing is stronger than the strongest: nothing sounds, or it was counted
    hears = ("strength",)

    def __post_init__(self) -> None:
        whole("SyncopationLimit limit", self.limit)

    def read(self, memory: tuple[int, int], event: Event, slot: Slot) -> tuple[tuple[int, int], float]:
        """The memory (strength of the onset, syncopated notes of this bar), and -1 for one too many."""
        began, count = memory
        count = 0 if slot.strength == STRONGEST else count
        if not event.is_hold:
            return (slot.strength if event.is_note else STRONGEST, count), 0.0
        if slot.strength <= began:
            return (began, count), 0.0
        return (STRONGEST, min(count + 1, self.limit)), -1.0 if count == self.limit else 0.0


@dataclass(frozen=True, kw_only=True)
class RhythmEcho:
    """From the second bar on: -1 at each place of the lattice where a note begins in one bar of two, 0 elsewhere.

    The lattice is every `every`-th step of a bar; each bar is compared with the bar before, the first one not with a
    pickup. Remembers one bit a place: the bar before from here on, then this one. That is 2^places memories, so choose
    a coarse lattice.

    Args:
        every: steps from one place to the next; 2 is an eighth in sixteenths, 8 bits a bar of 4/4.

    Source: rhythm that returns after a bar is what samples of a good n-gram lack first beside real tunes; parallelism
    as in Lerdahl & Jackendoff, "A Generative Theory of Tonal Music" (1983).
    """

    every: int = 2
    start = ()
    hears = ("position", "first_bar", "in_pickup")

    def __post_init__(self) -> None:
        whole("RhythmEcho every", self.every, 1)

    def read(self, memory: tuple[bool, ...], event: Event, slot: Slot) -> tuple[tuple[bool, ...], float]:
        """The queue of bits, and the value of this place."""
        if slot.position % self.every or slot.in_pickup:
            return memory, 0.0
        if slot.first_bar:
            return (*memory, event.is_note), 0.0
        return (*memory[1:], event.is_note), 0.0 if memory[0] == event.is_note else -1.0
