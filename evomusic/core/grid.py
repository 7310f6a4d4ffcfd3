"""The grid of a melody: its steps, pitches, metre and chords, and the meaning of its tokens.

A melody has one token a step. Token 0 is a rest (the sounding note ends), 1 holds what sounds, 2 + i begins the
i-th pitch of the grid. A hold with nothing sounding is a rest in all but name. Metres by name are in `metre.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Final

from evomusic.core import theory
from evomusic.core.checks import instance, number, ordered, shown, whole, wrong
from evomusic.core.metre import DOTTED, PLAIN, group_starts, usual_beat
from evomusic.core.rows import Rows, rows_of_tokens
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
        strength: 3 at the bar line, 2 in the middle of a bar of 4, 6, ... beats, 1 on other beats, 0 off the beat. Bars
            of 5, 7, ... beats have 2 at the beginning of each group but the first: 3+2, 4+3; where a beat is an eighth
            or shorter, 2+3, 2+2+3.
        chord: pitch classes of the chord at the step, root first; empty without chords.
        phrase: number of the phrase. phrase_bar: bar within its phrase.
        phrase_first, phrase_last: the step is a phrase's first, its last.
        on_beat, bar_start, bar_last: the step begins a beat, begins a bar, ends a bar. first_bar: the step is in bar 0.
        first, last: the melody's first and last step.
        in_pickup: the step lies before the first bar line.

    A pickup is the end of a bar of which nothing else sounds: position, beat, strength and bar_last are those of a full
    bar. It is bar -1, has no chord, as in print, and belongs to the first phrase, which it begins. A rule that counts
    by bars hears `in_pickup` and leaves it out.
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
    in_pickup: bool

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
FASTEST: Final = 1500  # quarters a minute
LATER: Final = {"beat": None, "pickup": 0, "key": None}  # fields that older files of studies do not have


@dataclass(frozen=True, kw_only=True)
class Grid:
    """The frame of melodies: metre, length, pitches, chords and tempo.

    `steps` is T, `tokens` is A. 4/4 in sixteenths is `beats=4, steps_per_beat=4`; 6/8 in sixteenths is
    `beats=2, steps_per_beat=6`: a beat of 3 or 6 steps is a dotted quarter, any other beat a quarter, unless `beat`
    says otherwise. 2/2 in sixteenths is `beats=2, steps_per_beat=8, beat=2`, 7/8 `beats=7, steps_per_beat=2, beat=.5`;
    `em.Grid(**em.metre("7/8"))` has a metre by its name.

    Args:
        bars: number of bars.
        beats: beats a bar.
        steps_per_beat: steps a beat.
        low: lowest MIDI pitch.
        high: highest MIDI pitch, inclusive.
        scale: only pitches of this scale, such as `G major`; every semitone when None.
        chords: chord symbols, an entry a bar, repeated from the first when there are fewer than bars. Several symbols
            in an entry, such as "C G7", share its beats, the earlier ones the longer.
        phrase_bars: bars a phrase; the last phrase may be shorter.
        tempo: beats a minute.
        beat: length of a beat in quarters: 4, 2, 1, .5, .25, .125 or .0625, or one of these and a half, a dotted beat;
            when None, 1.5 where a beat has 3 or 6 steps, else 1.
        pickup: steps before the first bar line, fewer than a bar's.
        key: of signature and spelling, such as `E dorian`, where pitches are not kept to a scale; the scale when None.

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
    beat: float | None = None
    pickup: int = 0
    key: str | None = None

    def __post_init__(self) -> None:
        for name, low, high in LIMITS:
            object.__setattr__(self, name, whole(f"grid {name}", getattr(self, name), low, high))
        ordered("grid low", self.low, "high", self.high)
        number("grid tempo", self.tempo, 1, 1000)
        if not self.pitches:
            raise ValueError(f"grid has no pitch of {self.scale} from {self.low} to {self.high}; widen the range")
        if not isinstance(self.chords, (tuple, list)):
            raise wrong("grid chords", self.chords, "a list of chord symbols, such as ['C', 'G7']")
        object.__setattr__(self, "beat", self._beat())
        quarters = self.tempo * self.beat_quarters
        if not 1 <= quarters <= FASTEST:
            raise ValueError(f"grid tempo is {quarters:g} quarters a minute, expected 1 to {FASTEST}")
        object.__setattr__(self, "pickup", whole("grid pickup", self.pickup, 0, self.steps_per_bar - 1))
        object.__setattr__(self, "chords", tuple(self._checked_chords(entry) for entry in self.chords))
        if self.key is not None:
            theory.parse_scale(instance("grid key", self.key, str, "the name of a key, such as 'G major', or None"))

    def _beat(self) -> float | None:
        """The field `beat` after a check, None where it says what is so anyway: equal grids have equal fields."""
        if self.beat is None:
            return None
        beat = number("grid beat", self.beat)
        if beat not in PLAIN + DOTTED:
            listed = ", ".join(f"{length:g}" for length in sorted(PLAIN + DOTTED, reverse=True))
            raise ValueError(f"grid beat is {beat:g} quarters, expected one of {listed}, or None")
        return None if beat == usual_beat(self.steps_per_beat) else beat

    def _checked_chords(self, entry: Any) -> str:
        """An entry of chords: one symbol, or several with a space between each two."""
        symbols = entry.split() if isinstance(entry, str) else [entry]
        for symbol in symbols or [entry]:
            theory.parse_chord(symbol)
        if len(symbols) > self.beats:
            raise ValueError(f"grid chords has {shown(entry)} in one bar, expected at most {self.beats}, one a beat")
        return " ".join(symbols)

    @property
    def steps_per_bar(self) -> int:
        """Steps a bar."""
        return self.beats * self.steps_per_beat

    @property
    def steps(self) -> int:
        """T: steps, and so tokens, of a melody, those of the pickup too."""
        return self.pickup + self.bars * self.steps_per_bar

    @property
    def pickup_beats(self) -> float:
        """Beats before the first bar line."""
        return self.pickup / self.steps_per_beat

    @property
    def length(self) -> float:
        """Beats from the first step to the end."""
        whole_bars = self.bars * self.beats
        return whole_bars + self.pickup_beats if self.pickup else whole_bars

    @property
    def bar_spans(self) -> tuple[tuple[int, int], ...]:
        """First step, and step after the last, of each bar; a pickup is a short first one."""
        full = ((start, start + self.steps_per_bar) for start in range(self.pickup, self.steps, self.steps_per_bar))
        return (((0, self.pickup),) if self.pickup else ()) + tuple(full)

    @property
    def beat_lines(self) -> list[tuple[float, bool]]:
        """The time in beats at which each beat begins, from the first step on, and whether a bar begins with it."""
        before = self.pickup_beats if self.pickup else 0
        beats = range(-int(before), self.bars * self.beats)
        return [(before + beat, beat % self.beats == 0) for beat in beats]

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
        """The names of `pitches`, as the key or scale has them: `Bb4` in D minor; with sharps without either."""
        return tuple(pitch_name(pitch, self.written_key) for pitch in self.pitches)

    @property
    def written_key(self) -> str | None:
        """The key of signature and spelling: the field `key`, or the scale; None without either."""
        return self.key or self.scale

    @property
    def tokens(self) -> int:
        """A: number of different tokens."""
        return FIRST_PITCH + len(self.pitches)

    @property
    def rows(self) -> Rows:
        """The form of melodies (P, T) on the grid."""
        return rows_of_tokens(self.steps, self.tokens)

    @property
    def compound(self) -> bool:
        """Whether a beat is a dotted note, such as the dotted quarter of 6/8."""
        return self.beat_quarters in DOTTED

    @property
    def beat_quarters(self) -> float:
        """Length of a beat in quarter notes."""
        return usual_beat(self.steps_per_beat) if self.beat is None else self.beat

    @property
    def time_signature(self) -> tuple[int, int]:
        """Numerator and denominator, such as (4, 4), (6, 8) or (2, 2)."""
        if self.compound:
            return 3 * self.beats, round(12 / self.beat_quarters)
        return self.beats, round(4 / self.beat_quarters)

    def chord_steps(self, bar: int) -> tuple[tuple[int, str], ...]:
        """The chord symbols of a bar, 0 to bars - 1, and the step within the bar at which each begins."""
        symbols = self.chords[bar % len(self.chords)].split() if self.chords else []
        firsts = (-(-i * self.beats // len(symbols)) for i in range(len(symbols)))  # rounded up: earlier ones longer
        return tuple((first * self.steps_per_beat, symbol) for first, symbol in zip(firsts, symbols, strict=True))

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
        bar, position = divmod(step - self.pickup, self.steps_per_bar)
        beat, off = divmod(position, self.steps_per_beat)
        phrase, phrase_bar = divmod(max(bar, 0), self.phrase_bars)
        last_bar = bar >= 0 and (phrase_bar == self.phrase_bars - 1 or bar == self.bars - 1)
        bar_last = position == self.steps_per_bar - 1
        return Slot(
            step=step,
            bar=bar,
            position=position,
            beat=beat,
            strength=0 if off else 3 if beat == 0 else 2 if beat in self._groups else 1,
            chord=self._chord(bar, position),
            phrase=phrase,
            phrase_bar=phrase_bar,
            phrase_first=step == 0 or (position == 0 and phrase_bar == 0 and bar > 0),
            phrase_last=bar_last and last_bar,
            on_beat=off == 0,
            bar_start=position == 0,
            bar_last=bar_last,
            first_bar=bar == 0,
            first=step == 0,
            last=step == self.steps - 1,
            in_pickup=bar < 0,
        )

    @cached_property
    def _groups(self) -> frozenset[int]:
        """Beats at which a group within the bar begins, the first beat among them."""
        return frozenset(group_starts(self.beats, self.beat_quarters))

    def _chord(self, bar: int, position: int) -> tuple[int, ...]:
        """Pitch classes of the chord at a position of a bar; none in the pickup."""
        begun = [symbol for first, symbol in self.chord_steps(bar) if first <= position] if bar >= 0 else []
        return theory.parse_chord(begun[-1]) if begun else ()

    def __repr__(self) -> str:
        every = {f.name: getattr(self, f.name) for f in fields(self)}
        listed = (f"{n}={value!r}" for n, value in every.items() if n not in LATER or value != LATER[n])
        return f"Grid({', '.join(listed)})"

    def to_dict(self) -> dict[str, Any]:
        """The fields, as JSON and TOML can hold them; those from `beat` on only where they are not the default."""
        every = {f.name: getattr(self, f.name) for f in fields(self)} | {"chords": list(self.chords)}
        return {name: value for name, value in every.items() if name not in LATER or value != LATER[name]}
