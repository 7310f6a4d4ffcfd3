"""Rules for the notes of the bar's chord. Without chords on the grid their values are 0."""

from __future__ import annotations

from dataclasses import dataclass

from evomusic.core.checks import whole
from evomusic.core.grid import Event, Slot


@dataclass(frozen=True, kw_only=True)
class ChordTones:
    """-1 for a note that begins on a strong place and is not of the bar's chord, 0 elsewhere. Remembers nothing.

    Args:
        strength: least strength of the clock that counts: 1 is every beat, 3 only the bar line.

    Source: consonance on the strong beat, dissonance only in passing: Fux, "Gradus ad Parnassum" (1725), second
    species.
    """

    strength: int = 1
    start = None
    hears = ("strength", "chord")

    def __post_init__(self) -> None:
        whole("ChordTones strength", self.strength)

    def read(self, memory: None, event: Event, slot: Slot) -> tuple[None, float]:
        """The (empty) memory, and -1 for a foreign note on a strong place."""
        heard = event.is_note and slot.strength >= self.strength and slot.chord
        return None, -1.0 if heard and event.pitch % 12 not in slot.chord else 0.0


@dataclass(frozen=True, kw_only=True)
class LongOnChord:
    """-1 when a note that is not of the chord under which it began has lasted `steps` steps, 0 elsewhere.

    It counts once a note. Remembers the age of a sounding foreign note.

    Args:
        steps: steps from which a note is long; 4 is a quarter in sixteenths.

    Source: notes foreign to the harmony are short, Piston, "Harmony" (1941), on nonharmonic tones.
    """

    steps: int = 4
    start = 0
    hears = ("chord",)

    def __post_init__(self) -> None:
        whole("LongOnChord steps", self.steps, 1)

    def read(self, memory: int, event: Event, slot: Slot) -> tuple[int, float]:
        """The age in steps of a foreign note that is not yet long, 0 for none, and -1 when it becomes long."""
        if event.is_note:
            age = int(bool(slot.chord) and event.pitch % 12 not in slot.chord)
        else:
            age = memory + 1 if event.is_hold and memory else 0
        return (0, -1.0) if age == self.steps else (age, 0.0)
