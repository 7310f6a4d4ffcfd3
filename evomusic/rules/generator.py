"""The probabilities of a style as an observer, and functions shared with the rules of a style."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final, Protocol

from evomusic.core import theory
from evomusic.core.checks import instance, whole, wrong
from evomusic.core.grid import FIRST_PITCH, Event, Grid, Slot
from evomusic.rules.style_file import load_style
from evomusic.rules.style_model import START, Context, PitchModel, RhythmModel

IN_BAR: Final = ("position", "beat", "bar_last")  # the clock fields of `check_metre`


def style_tonic(grid: Grid) -> str:
    """The tonic of a grid's scale (C without one) in the octave that puts the grid's middle nearest a fifth above it.

    This is where the tunes of a style lie: 'G4' for G major from D4 to D6.
    """
    instance("grid", grid, Grid, "a Grid")
    root = theory.parse_scale(grid.scale)[0] if grid.scale else 0
    return theory.note_name(min(range(root, 128, 12), key=lambda tonic: abs(tonic + 7 - (grid.low + grid.high) / 2)))


@dataclass(frozen=True, kw_only=True)
class Generator:
    """An observer whose value is the log2-probability of the event: a style on a grid's pitches, to be sampled from.

    The probabilities of a step's tokens sum to 1: rhythm model times pitch model, the latter shared out among the
    grid's pitches. In silence a rest and a hold sound alike, and have half of its probability each. Remembers what
    `RhythmStyle` and `PitchStyle` remember.

    Args:
        style: name or path of a style.
        tonic: as for `PitchStyle`.
        pitches: the grid's pitches.
        beats: as for `RhythmStyle`.
        steps_per_beat: as for `RhythmStyle`.
    """

    pitches: tuple[int, ...]
    style: str = "ryan"
    tonic: str = "G4"
    beats: int = 4
    steps_per_beat: int = 4
    start = (0, START)
    hears = IN_BAR

    def __post_init__(self) -> None:
        if not isinstance(self.pitches, (tuple, list)) or not self.pitches:
            raise wrong("Generator pitches", self.pitches, "the MIDI pitches of a grid, at least one")
        pitches = tuple(whole("a pitch of Generator pitches", pitch, 0, 127) for pitch in self.pitches)
        object.__setattr__(self, "pitches", pitches)
        _ = self._rhythm, self._symbols

    @classmethod
    def on(cls, grid: Grid, style: str = "ryan", tonic: str | None = None) -> Generator:
        """For a grid's pitches and metre; the tonic as `style_tonic` has it when None."""
        instance("grid", grid, Grid, "a Grid")
        return cls(
            pitches=grid.pitches,
            style=style,
            tonic=style_tonic(grid) if tonic is None else tonic,
            beats=grid.beats,
            steps_per_beat=grid.steps_per_beat,
        )

    @cached_property
    def _rhythm(self) -> RhythmModel:
        return load_style(self.style).rhythm(self.beats, self.steps_per_beat)

    @cached_property
    def _pitch(self) -> PitchModel:
        return load_style(self.style).pitch

    @cached_property
    def _symbols(self) -> dict[int, int]:
        tonic = theory.parse_note(self.tonic)
        return {pitch: pitch - tonic for pitch in self.pitches}

    def read(self, memory: tuple[int, Context], event: Event, slot: Slot) -> tuple[tuple[int, Context], float]:
        """The age and the context, and the log2-probability of the event."""
        (age, context), (rhythm, pitch) = memory, self.halves
        age, value = rhythm.read(age, event, slot)
        context, share = pitch.read(context, event, slot)
        return (age, context), value + share

    @property
    def halves(self) -> tuple[RhythmHalf, PitchHalf]:
        """Two observers whose values add up to this one's; written out one by one, they have far fewer memories."""
        return RhythmHalf(self), PitchHalf(self)

    @cached_property
    def _step(self) -> Callable[[int, int, int], tuple[int, float]]:
        """The age after a rest, hold or onset, and its log2-probability."""
        model = self._rhythm

        @cache
        def step(position: int, age: int, kind: int) -> tuple[int, float]:
            halved = age <= 0 and kind < FIRST_PITCH  # in silence two tokens sound alike
            return model.follow(age, kind), -model.information(position, age, kind) - halved

        return step

    @cached_property
    def _note(self) -> Callable[[Context, int], tuple[Context, float]]:
        """The context after a note, and the log2-probability of its pitch among the grid's."""
        model, symbols = self._pitch, self._symbols

        @cache
        def among(context: Context) -> float:
            return math.log2(math.fsum(model.probability(context, symbol) for symbol in symbols.values()))

        @cache
        def note(context: Context, pitch: int) -> tuple[Context, float]:
            if pitch not in symbols:
                raise ValueError(f"pitch {pitch} is not among the generator's pitches; pass the pitches of the grid")
            symbol = symbols[pitch]
            return model.follow(context, symbol), -model.information(context, symbol) - among(context)

        return note


@dataclass(frozen=True)
class RhythmHalf:
    """The log2-probability of a rest, a hold or an onset, of whatever pitch. Remembers the age."""

    generator: Generator
    start = 0
    hears = IN_BAR

    def read(self, memory: int, event: Event, slot: Slot) -> tuple[int, float]:
        """The age, and the log2-probability."""
        check_metre(self.generator, slot)
        return self.generator._step(slot.position, memory, event.kind)


@dataclass(frozen=True)
class PitchHalf:
    """The log2-probability of a note's pitch among the grid's, 0 where no note begins. Remembers the context."""

    generator: Generator
    start = START
    hears = ()

    def read(self, memory: Context, event: Event, slot: Slot) -> tuple[Context, float]:
        """The context, and the log2-probability."""
        return self.generator._note(memory, event.pitch) if event.is_note else (memory, 0.0)


@cache
def _bar(beats: int, steps_per_beat: int) -> frozenset[tuple[int, int, bool]]:
    """Position, beat and end of the bar for each step of a bar."""
    steps = beats * steps_per_beat
    return frozenset((i, i // steps_per_beat, i == steps - 1) for i in range(steps))


class InMetre(Protocol):
    """A rule for bars of one metre."""

    @property
    def beats(self) -> int:
        """Beats a bar."""
        ...

    @property
    def steps_per_beat(self) -> int:
        """Steps a beat."""
        ...


def check_metre(rule: InMetre, slot: Slot) -> None:
    """Refuse a slot of another metre than the rule's.

    Raises:
        ValueError: the position, the beat and the end of the bar do not agree with the metre.
    """
    if (slot.position, slot.beat, slot.bar_last) not in _bar(rule.beats, rule.steps_per_beat):
        raise ValueError(
            f"{type(rule).__name__} is for bars of {rule.beats} beats of {rule.steps_per_beat} steps, and the grid "
            "has another metre; pass the grid's beats and steps_per_beat"
        )
