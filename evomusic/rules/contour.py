"""Rules for the shape of the line: leaps and their recovery, runs, arches, climaxes, echoes.

Pitches are MIDI numbers, sizes are semitones. A move goes from one note to the next, whatever rests lie between.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from evomusic.core.checks import ordered, whole
from evomusic.core.grid import Event, Slot
from evomusic.core.rule import sign


@dataclass(frozen=True, kw_only=True)
class LeapRecovery:
    """-1 when the first move after a leap does not turn back by a small one, 0 elsewhere.

    A repeated pitch after the leap is no move: the leap waits for the next one. Recovery has the value 0, not more, or
    an endless zigzag of leaps would be the best of melodies.

    Remembers the last pitch, and the direction of a leap that waits.

    Args:
        leap: semitones from which a move is a leap.
        step: most semitones of the move that recovers.

    Source: von Hippel & Huron, "Why do skips precede reversals? The effect of tessitura on melodic structure", Music
    Perception 18 (2000).
    """

    leap: int = 5
    step: int = 4
    start = (None, 0)
    hears = ()

    def __post_init__(self) -> None:
        whole("LeapRecovery leap", self.leap, 1)
        whole("LeapRecovery step", self.step, 1)

    def read(self, memory: tuple[int | None, int], event: Event, slot: Slot) -> tuple[tuple[int | None, int], float]:
        """The memory (last pitch, direction of the leap or 0), and -1 for a leap left alone."""
        last, leapt = memory
        if not event.is_note:
            return memory, 0.0
        move = 0 if last is None else event.pitch - last
        if move == 0:
            return (event.pitch, leapt), 0.0
        recovers = sign(move) == -leapt and abs(move) <= self.step
        return (event.pitch, sign(move) if abs(move) >= self.leap else 0), 0.0 if recovers or not leapt else -1.0


@dataclass(frozen=True, kw_only=True)
class DirectionRuns:
    """-1 for each move that is more than `limit` moves up, or down, in a row; 0 elsewhere.

    A repeated pitch breaks a run. Remembers the last pitch, and the length of the run up to the limit, below 0 when
    it falls.

    Args:
        limit: most moves in one direction.

    Source: Jeppesen, "Counterpoint" (1939), on balance of rising and falling motion.
    """

    limit: int = 5
    start = (None, 0)
    hears = ()

    def __post_init__(self) -> None:
        whole("DirectionRuns limit", self.limit, 1)

    def read(self, memory: tuple[int | None, int], event: Event, slot: Slot) -> tuple[tuple[int | None, int], float]:
        """The memory (last pitch, signed length of the run), and -1 for a move too many."""
        last, run = memory
        if not event.is_note:
            return memory, 0.0
        way = 0 if last is None else sign(event.pitch - last)
        length = abs(run) if way == sign(run) else 0
        return (event.pitch, way * min(length + 1, self.limit)), -1.0 if length == self.limit else 0.0


@dataclass(frozen=True, kw_only=True)
class PhraseArch:
    """For each note: 0 near the arch, down to -1 an octave beyond; 0 elsewhere. Remembers nothing.

    The arch runs over the bars of a phrase, from `low` up to `high` and back, as half a sine: bar b of n lies
    sin(pi (b + 1/2) / n) of the way up. Notes within `slack` semitones of it are near.

    Args:
        low: MIDI pitch at the ends of the arch.
        high: MIDI pitch at its top.
        bars: bars of the arch, n; the grid's `phrase_bars`. Later bars of a longer phrase begin it anew.
        slack: semitones.

    Source: Huron, "The melodic arch in Western folksongs", Computing in Musicology 10 (1996).
    """

    low: int = 65
    high: int = 76
    bars: int = 4
    slack: int = 4
    start = None
    hears = ("phrase_bar",)

    def __post_init__(self) -> None:
        whole("PhraseArch low", self.low, 0, 127)
        whole("PhraseArch high", self.high, 0, 127)
        ordered("PhraseArch low", self.low, "high", self.high)
        whole("PhraseArch bars", self.bars, 1, 4096)
        whole("PhraseArch slack", self.slack, 0, 127)

    def read(self, memory: None, event: Event, slot: Slot) -> tuple[None, float]:
        """The (empty) memory, and the value of a note."""
        if not event.is_note:
            return None, 0.0
        height = math.sin(math.pi * (slot.phrase_bar % self.bars + 0.5) / self.bars)
        beyond = abs(event.pitch - self.low - height * (self.high - self.low)) - self.slack
        return None, max(min(-beyond, 0.0) / 12, -1.0)


@dataclass(frozen=True, kw_only=True)
class UniqueClimax:
    """At the last step: +1 when the highest pitch comes once, -1 when more often or never; 0 before.

    Remembers the highest pitch, and whether it came once.

    Source: Gauldin, "A Practical Approach to Eighteenth-Century Counterpoint" (1995), from which Jaques et al. (2016)
    took it. Fewer than half of real melodies have it: weigh it lightly.
    """

    start = (-1, False)
    hears = ("last",)

    def read(self, memory: tuple[int, bool], event: Event, slot: Slot) -> tuple[tuple[int, bool], float]:
        """The memory (highest pitch or -1, whether it came once), and at the last step its value."""
        if event.is_note and event.pitch >= memory[0]:
            memory = event.pitch, event.pitch > memory[0]
        if not slot.last:
            return memory, 0.0
        return memory, 1.0 if memory[1] else -1.0


@dataclass(frozen=True, kw_only=True)
class ContourEcho:
    """On each beat but a bar's first, from the second bar on: +1 when the move echoes the bar before, else -1.

    The move of a beat is the sign of its note's pitch minus that of the last note that began on a beat of this bar; 0
    when no note begins on the beat, or none did before. Where neither bar moves the value is 0, so that stillness earns
    nothing: at random, gains and losses cancel. A pickup is not heard.

    Remembers the pitch on the last beat, and the moves of the last bar's length of beats: of the bar before from here
    on, then of this one. That is 3^(beats - 1) for each pitch, so bars of many beats are dear.

    Source: contour as a memory of its own, Dowling, "Scale and contour: two components of a theory of memory for
    melodies", Psychological Review 85 (1978).
    """

    start = (None, ())
    hears = ("on_beat", "bar_start", "first_bar", "in_pickup")

    def read(
        self, memory: tuple[int | None, tuple[int, ...]], event: Event, slot: Slot
    ) -> tuple[tuple[int | None, tuple[int, ...]], float]:
        """The memory (pitch on the last beat, queue of moves), and the value of this beat."""
        if not slot.on_beat or slot.in_pickup:
            return memory, 0.0
        last, moves = memory
        if slot.bar_start:
            return (event.pitch if event.is_note else None, moves), 0.0
        move = sign(event.pitch - last) if event.is_note and last is not None else 0
        last = event.pitch if event.is_note else last
        if slot.first_bar:
            return (last, (*moves, move)), 0.0
        echo = moves[0]
        return (last, (*moves[1:], move)), 1.0 if move == echo != 0 else 0.0 if move == echo else -1.0
