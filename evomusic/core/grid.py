"""The grid of a melody: its steps, pitches, metre and chords, and the meaning of its tokens.

A melody has one token a step. Token 0 is a rest (the sounding note ends), 1 holds what sounds, 2 + i begins the
i-th pitch of the grid. A hold with nothing sounding is a rest in all but name.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Final

from evomusic.core import theory
from evomusic.core.checks import number, ordered, whole, wrong
from evomusic.core.spelling import pitch_name

REST: Final = 0
HOLD: Final = 1
FIRST_PITCH: Final = 2


@dataclass(frozen=True)
class Event:
    """The meaning of one token: a rest, a hold, or the onset of a MIDI pitch.

    `pitch` is -1 for rests and holds.
    """

    kind: int
    pitch: int = -1

    @property
    def is_rest(self) -> bool:
        """Whether silence begins or goes on."""
        return self.kind == REST

    @property
    def is_hold(self) -> bool:
        """Whether the sounding note goes on."""
        return self.kind == HOLD

    @property
    def is_note(self) -> bool:
        """Whether a note begins."""
        return self.kind >= FIRST_PITCH


class Slot:
    """The metrical position of one step: the fields of the clock.

    A rule is passed a slot with only the fields named in its `hears`; reading another one raises AttributeError.

    Fields:
        step: 0 to T - 1. bar: 0 to bars - 1. position: step within its bar. beat: beat within its bar.
        strength: 3 at the bar line, 2 in the middle of a bar of 4, 6, ... beats, 1 on other beats, 0 off the beat.
        chord: pitch classes of the bar's chord, root first; empty without chords.
        phrase: number of the phrase. phrase_bar: bar within its phrase.
        phrase_first, phrase_last: the step is a phrase's first, its last.
        on_beat, bar_start, bar_last: the step begins a beat, begins a bar, ends a bar. first_bar: the step is in bar 0.
        first, last: the melody's first and last step.
    """

    step: int
    bar: int
    position: int
    beat: int
    strength: int
    chord: tuple[int, ...]
    phrase: int
    phrase_bar: int
    phrase_first: bool
    phrase_last: bool
    on_beat: bool
    bar_start: bool
    bar_last: bool
    first_bar: bool
    first: bool
    last: bool

    def __init__(self, **heard: Any) -> None:
        self.__dict__.update(heard)

    def __getattr__(self, name: str) -> Any:
        if name in CLOCK_FIELDS:
            raise AttributeError(f"this rule does not hear {name!r}; add it to the rule's `hears`")
        raise AttributeError(f"a slot has no field {name!r}{theory.nearest(name, CLOCK_FIELDS)}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Slot) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash(tuple(sorted(self.__dict__.items())))

    def __repr__(self) -> str:
        return f"Slot({', '.join(f'{k}={v!r}' for k, v in self.__dict__.items())})"


CLOCK_FIELDS: Final = tuple(Slot.__annotations__)
LIMITS: Final = (  # of the whole numbers of a grid
    ("bars", 1, 4096),
    ("beats", 1, 64),
    ("steps_per_beat", 1, 64),
    ("phrase_bars", 1, 4096),
    ("low", 0, 127),
    ("high", 0, 127),
)


@dataclass(frozen=True, kw_only=True)
class Grid:
    """The frame of melodies: metre, length, pitches, chords and tempo.

    `steps` is T, `tokens` is A. 4/4 in sixteenths is `beats=4, steps_per_beat=4`; 6/8 in sixteenths is
    `beats=2, steps_per_beat=6`: a beat of 3 or 6 steps is a dotted quarter, any other beat a quarter.

    Args:
        bars: number of bars.
        beats: beats a bar.
        steps_per_beat: steps a beat.
        low: lowest MIDI pitch.
        high: highest MIDI pitch, inclusive.
        scale: only pitches of this scale, such as `G major`; every semitone when None.
        chords: chord symbols, one a bar, repeated from the first when there are fewer than bars.
        phrase_bars: bars a phrase; the last phrase may be shorter.
        tempo: beats a minute.

    Raises:
        ValueError: a field is out of range, or no pitch is left.
    """

    bars: int = 4
    beats: int = 4
    steps_per_beat: int = 4
    low: int = 60
    high: int = 84
    scale: str | None = None
    chords: tuple[str, ...] = ()
    phrase_bars: int = 4
    tempo: float = 120.0

    def __post_init__(self) -> None:
        for name, low, high in LIMITS:
            object.__setattr__(self, name, whole(f"grid {name}", getattr(self, name), low, high))
        ordered("grid low", self.low, "high", self.high)
        number("grid tempo", self.tempo, 1, 1000)
        if not self.pitches:
            raise ValueError(f"grid has no pitch of {self.scale} from {self.low} to {self.high}; widen the range")
        if not isinstance(self.chords, (tuple, list)):
            raise wrong("grid chords", self.chords, "a list of chord symbols, such as ['C', 'G7']")
        for chord in self.chords:
            theory.parse_chord(chord)
        object.__setattr__(self, "chords", tuple(self.chords))

    @property
    def steps_per_bar(self) -> int:
        """Steps a bar."""
        return self.beats * self.steps_per_beat

    @property
    def steps(self) -> int:
        """T: steps, and so tokens, of a melody."""
        return self.bars * self.steps_per_bar

    @cached_property
    def pitches(self) -> tuple[int, ...]:
        """MIDI pitches in rising order; token 2 + i begins pitches[i]."""
        every = range(self.low, self.high + 1)
        if self.scale is None:
            return tuple(every)
        _, classes = theory.parse_scale(self.scale)
        return tuple(p for p in every if p % 12 in classes)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of `pitches`, as the scale's key has them: `Bb4` in D minor; with sharps without a scale."""
        return tuple(pitch_name(pitch, self.scale) for pitch in self.pitches)

    @property
    def tokens(self) -> int:
        """A: number of different tokens."""
        return FIRST_PITCH + len(self.pitches)

    @property
    def compound(self) -> bool:
        """Whether a beat is a dotted quarter (3 or 6 steps)."""
        return self.steps_per_beat in (3, 6)

    @property
    def beat_quarters(self) -> float:
        """Length of a beat in quarter notes: 1.5 in compound metre, else 1."""
        return 1.5 if self.compound else 1.0

    @property
    def time_signature(self) -> tuple[int, int]:
        """Numerator and denominator, such as (4, 4) or (6, 8)."""
        return (3 * self.beats, 8) if self.compound else (self.beats, 4)

    def token(self, pitch: int) -> int:
        """The token that begins a MIDI pitch.

        Raises:
            ValueError: the grid does not hold the pitch.
        """
        pitch = whole("pitch", pitch, 0, 127)
        try:
            return FIRST_PITCH + self.pitches.index(pitch)
        except ValueError:
            raise ValueError(
                f"pitch {pitch} ({theory.note_name(pitch)}) is not on this grid: "
                f"{self.scale or 'chromatic'} from {self.low} to {self.high}"
            ) from None

    def event(self, token: int) -> Event:
        """The event of a token.

        Raises:
            ValueError: the token is not below A.
        """
        token = whole("token", token, 0, self.tokens - 1)
        return Event(token) if token < FIRST_PITCH else Event(token, self.pitches[token - FIRST_PITCH])

    def slot(self, step: int) -> Slot:
        """The metrical position of a step, 0 to T - 1.

        Raises:
            ValueError: the step is not on the grid.
        """
        step = whole("step", step, 0, self.steps - 1)
        bar, position = divmod(step, self.steps_per_bar)
        beat, off = divmod(position, self.steps_per_beat)
        phrase, phrase_bar = divmod(bar, self.phrase_bars)
        middle = self.beats % 2 == 0 and self.beats >= 4 and beat == self.beats // 2
        last_bar = phrase_bar == self.phrase_bars - 1 or bar == self.bars - 1
        bar_last = position == self.steps_per_bar - 1
        return Slot(
            step=step,
            bar=bar,
            position=position,
            beat=beat,
            strength=0 if off else 3 if beat == 0 else 2 if middle else 1,
            chord=theory.parse_chord(self.chords[bar % len(self.chords)]) if self.chords else (),
            phrase=phrase,
            phrase_bar=phrase_bar,
            phrase_first=position == 0 and phrase_bar == 0,
            phrase_last=bar_last and last_bar,
            on_beat=off == 0,
            bar_start=position == 0,
            bar_last=bar_last,
            first_bar=bar == 0,
            first=step == 0,
            last=step == self.steps - 1,
        )

    def to_dict(self) -> dict[str, Any]:
        """The fields, as JSON and TOML can hold them."""
        return {f.name: getattr(self, f.name) for f in fields(self)} | {"chords": list(self.chords)}
