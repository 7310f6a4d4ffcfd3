"""The rules of RL Tuner that are automata: those of a published benchmark, so in no catalogue.

They reward the tokens of a melody of two bars in sixteenths with pitches from C3 to B5, 38 tokens as in the paper, in C
major. Three further terms of the reward look at the last eight tokens or at the whole past: they are measures, in
`evomusic.measures.tuner`. `em.make("rl-tuner")` has all nine.

Unlike the rules of the catalogue, most of these tell a hold in silence from a rest, as the published ones do.

Source: Jaques, Gu, Turner & Eck, "Tuning recurrent neural networks with reinforcement learning" (2016), and the code
published with it, whose constants these are. Conventions of the original that look like slips are kept, and named.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from evomusic.core.grid import Event, Slot
from evomusic.core.rule import Rule
from evomusic.rules.pitch import InScale

TONIC: Final = 60
IN_C: Final = InScale("C major")
LEAP: Final = 7  # semitones, from a fifth up
MOVES: Final = {2: 0.4, 4: 0.45, 5: 0.35, 7: 0.1, 9: 0.25, 11: -1.5}  # semitones; others up to an octave are 0
WIDE: Final = -5.0  # more than an octave
LATE: Final = 7  # tokens after which a leap back resolves a leap
MOST_EQUAL, MOST_HELD, MOST_RESTS = 5, 7, 2  # a token in a row; with rests or holds between; rests


@dataclass(frozen=True)
class TunerKey:
    """-1 for a note outside C major, 0 elsewhere. Remembers nothing."""

    start = None
    hears = ()

    def read(self, memory: None, event: Event, slot: Slot) -> tuple[None, float]:
        """The (empty) memory, and -1 for a note outside."""
        return IN_C.read(memory, event, slot)


@dataclass(frozen=True)
class TunerTonic:
    """3 at each of the steps 0 and 28 for C4, at 29 for a hold, at 30 and 31 for a hold or rest; 0 elsewhere.

    Remembers nothing. The last "bar" of this term is four tokens, that of the motifs eight, as in the original.
    """

    start = None
    hears = ("step",)

    def read(self, memory: None, event: Event, slot: Slot) -> tuple[None, float]:
        """The (empty) memory, and 3 for the wanted token."""
        wanted = {0: event.pitch == TONIC, 28: event.pitch == TONIC, 29: event.is_hold}
        wanted |= dict.fromkeys((30, 31), not event.is_note)
        return None, 3.0 if wanted.get(slot.step, False) else 0.0


Run = tuple[int, int, bool, int, int]  # pitch, its notes, whether rests or holds are among them, rests, holds since


@dataclass(frozen=True)
class TunerRepetition:
    """-100 for each token repeated too often, 0 elsewhere.

    Counted are equal tokens back to the last note of another pitch. Too often is: a third rest, a sixth equal token
    without a rest or hold of another kind between, an eighth with one; so the sixth hold in a row, which makes long
    notes illegal, as in the original. Remembers the last pitch, how often it came, and the rests and holds after it.
    """

    start: Run = (-1, 0, False, 0, 0)
    hears = ()

    def read(self, memory: Run, event: Event, slot: Slot) -> tuple[Run, float]:
        """The memory, and -100 for a token too many."""
        pitch, times, mixed, rests, holds = memory
        if event.is_note:
            mixed = (mixed and event.pitch == pitch) or rests + holds > 0
            times = times if event.pitch == pitch else 0
            after = (event.pitch, min(times + 1, MOST_HELD), mixed, 0, 0)
            return after, self._value(times, mixed)
        if event.is_hold:
            after = (pitch, times, mixed, rests, min(holds + 1, MOST_HELD))
            return after, self._value(holds, rests > 0)
        after = (pitch, times, mixed, min(rests + 1, MOST_RESTS), holds)
        return after, -100.0 if rests >= MOST_RESTS else 0.0

    def _value(self, times: int, mixed: bool) -> float:
        return -100.0 if times >= (MOST_HELD if mixed else MOST_EQUAL) else 0.0


@dataclass(frozen=True)
class TunerInterval:
    """A value by the move from the last note: best a hold after C or G; 0 before the first note.

    A hold is worth .375, after C or G 1.5; a rest .25, after C or G .75. A fifth from C or G, up or down, is worth .5,
    a third of four semitones from C or E .75, other moves as in `MOVES`. Remembers the last pitch.
    """

    start = None
    hears = ()

    def read(self, memory: int | None, event: Event, slot: Slot) -> tuple[int | None, float]:
        """The last pitch, and the value of the move to the event."""
        if memory is None:
            return (event.pitch if event.is_note else None), 0.0
        degree = memory % 12
        if not event.is_note:
            home = degree in (0, 7)
            return memory, (1.5 if home else 0.375) if event.is_hold else (0.75 if home else 0.25)
        size = abs(event.pitch - memory)
        if size == LEAP and degree in (0, 7):
            return event.pitch, 0.5
        if size == 4 and degree in (0, 4):
            return event.pitch, 0.75
        return event.pitch, WIDE if size > 12 else MOVES.get(size, 0.0)


@dataclass(frozen=True)
class TunerLeaps:
    """5 for a leap that is resolved, -5 for one that is followed by another the same way, 0 elsewhere.

    A leap, of seven semitones or more, is outstanding until the melody comes back to the pitch it began at, step by
    step or by a leap the other way after seven tokens or more. Remembers the last pitch, the way of the leap, the pitch
    that it began at, and the tokens since the last leap.
    """

    start = (None, 0, 0, 0)
    hears = ()

    def read(
        self, memory: tuple[int | None, int, int, int], event: Event, slot: Slot
    ) -> tuple[tuple[int | None, int, int, int], float]:
        """The memory, and the value of a leap resolved or doubled."""
        last, way, origin, since = memory
        if not event.is_note:
            return (last, way, origin, self._later(way, since)), 0.0
        pitch = event.pitch
        if last is not None and abs(pitch - last) >= LEAP:
            return self._leap(last, way, origin, since, pitch)
        if way * pitch <= way * origin and way:
            return (pitch, 0, 0, 0), 5.0
        return (pitch, way, origin, self._later(way, since)), 0.0

    def _later(self, way: int, since: int) -> int:
        """Tokens since the last leap, as far as they matter."""
        return min(since + 1, LATE) if way else 0

    def _leap(
        self, last: int, way: int, origin: int, since: int, pitch: int
    ) -> tuple[tuple[int | None, int, int, int], float]:
        here = 1 if pitch > last else -1
        if not way:
            return (pitch, here, last, 0), 0.0
        if here == way:
            return (pitch, way, origin, 0), -5.0
        return (pitch, 0, 0, 0), 5.0 if since == LATE else 0.0


Extremes = tuple[int, bool, int, bool]  # greatest token, whether it came once; the same of the lowest pitch


@dataclass(frozen=True)
class TunerExtrema:
    """At the last step: 3 if the greatest token came once, and 3 if the lowest pitch came once; 0 before.

    Rests and holds count among tokens, below all pitches, as in the original. Remembers both extremes.
    """

    start: Extremes = (-2, False, 128, False)
    hears = ("last",)

    def read(self, memory: Extremes, event: Event, slot: Slot) -> tuple[Extremes, float]:
        """The memory, and at the last step the value."""
        high, one_high, low, one_low = memory
        height = event.pitch if event.is_note else event.kind - 2
        if height >= high:
            high, one_high = height, height > high
        if event.is_note and event.pitch <= low:
            low, one_low = event.pitch, event.pitch < low
        return (high, one_high, low, one_low), 3.0 * (one_high + one_low) if slot.last else 0.0


def tuner_rules() -> tuple[Rule, ...]:
    """The six rules."""
    return TunerKey(), TunerTonic(), TunerRepetition(), TunerInterval(), TunerLeaps(), TunerExtrema()
