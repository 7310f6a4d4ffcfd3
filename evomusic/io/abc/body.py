"""The body of an ABC tune: from characters to notes, bar lines and metres in time."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from math import lcm
from typing import Final, NamedTuple

from evomusic.io.abc import fields as abcfields
from evomusic.io.abc.fields import Metre
from evomusic.io.tune import MAX_NOTES, Meter, TuneError, TuneNote, check_time

MAX_ITEMS: Final = 3 * MAX_NOTES
_LENGTH: Final = r"\d{0,4}/{0,6}\d{0,4}"
_NOTE: Final = r"(?:\^{1,2}|_{1,2}|=)?[A-Ga-g][,']{0,6}" + _LENGTH
_TOKEN: Final = re.compile(
    r"(?P<field>\[[A-Za-z]:[^\]]*\])"
    r"|(?P<bar>(?:\[\||[|:])[|:\]]*(?:\s*\[?\d[\d,.\-]*)?)"
    r"|(?P<tuplet>\(\d(?::\d?){0,2})"
    rf"|(?P<old>\+(?!f{{1,4}}\+)(?:{_NOTE}){{2,8}}\+{_LENGTH})"
    r"|(?P<skip>\"[^\"]*\"|![^!\s]{1,40}!|\+[a-z]{1,20}\+|\[\d[\d,.\-]*|y\d*|[\s~.)H-Wh-w]+|[(\\`$!*?@#;])"
    r"|(?P<grace>\{[^}]*\})"
    r"|(?P<broken><{1,3}|>{1,3})"
    rf"|(?P<note>{_NOTE})"
    rf"|(?P<chord>\[[^\[\]|]{{1,80}}\]{_LENGTH})"
    rf"|(?P<rest>[zx]{_LENGTH})"
    r"|(?P<ending>\[\"[^\"]*\")"
    r"|(?P<overlay>&)"
    r"|(?P<bars>[ZX]\d{0,2})"
    r"|(?P<tie>-)"
)
STRAY: Final = frozenset(",'}]0123456789+=^_/")  # slips of the pen: signs and numbers of a note that is not there
MAX_STRAYS: Final = 8
_MAIL: Final = re.compile(r"=(?:20)?\s*$")  # the end of a line as mail programs write it; they make =3D of =
_PARTS_OF_NOTE: Final = re.compile(r"([\^_=]*)([A-Ga-g])([,']*)([\d/]*)")
_PITCHES: Final = {"C": 60, "D": 62, "E": 64, "F": 65, "G": 67, "A": 69, "B": 71}
_TUPLETS: Final = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}  # p notes in the time of q; 5, 7 and 9 depend on the metre


@dataclass
class Item:
    """A note, a chord or a rest (no pitch), with its duration in quarters."""

    pitches: tuple[int, ...]
    duration: Fraction
    spelling: str = ""
    ties_on: bool = False
    tied: bool = False  # goes on with the item before
    ties_within: bool = False  # of a chord: a tie stands at one of its notes, not after it


class BarLine(NamedTuple):
    """A bar line or repeat sign, with the number of the ending that it begins: `:|2`."""

    text: str


class Overlay(NamedTuple):
    """The sign `&`: all up to the bar line sounds together with the bar so far."""

    layer: int  # from 1 in each bar


class MetreChange(NamedTuple):
    """The metre from here on; None where it is free."""

    metre: Metre | None


class KeyChange(NamedTuple):
    """The key from here on; None where there is none."""

    key: str | None


@dataclass
class Voice:
    """Everything read of one voice so far, and the state of the reading."""

    items: list[Item | BarLine | Overlay | MetreChange | KeyChange] = field(default_factory=list)
    layer: int = 0  # overlays of this bar so far
    below: Item | None = None  # the last item before the first of them
    alters: dict[str, int] = field(default_factory=dict)  # of this bar, by letter or by letter and octave
    last: Item | None = None
    factor: Fraction | None = None  # of the next note, after a broken rhythm
    tuplet: tuple[int, Fraction] = (0, Fraction(1))  # notes left, and their factor


@dataclass
class State:
    """The fields in force, and all voices."""

    fields: dict[str, str] = field(default_factory=dict)  # the first of each
    signature: dict[str, int] = field(default_factory=dict)
    key: str | None = None
    metre: Metre | None = None
    unit: Fraction | None = None
    durations: dict[str, Fraction] = field(default_factory=dict)  # in quarters, of the written lengths, under this unit
    tempi: list[float] = field(default_factory=list)  # that of the heading, and those in the body
    graces: int = 0
    symbols: int = 0  # of chords
    strays: int = 0  # characters passed over, and the first place of them
    stray: str = ""
    reach: str = "octave"  # of an accidental within its bar: not, octave or pitch
    voices: dict[str, Voice] = field(default_factory=dict)
    voice: str = "1"
    names: dict[str, str] = field(default_factory=dict)  # of voices, by their identifiers
    shift: int = 0  # semitones from written to sounding, of the key's clef, octave= and transpose=
    shifts: dict[str, int] = field(default_factory=dict)  # the same of voices that have their own
    lenient: bool = False  # characters that cannot be read are passed over


def read_field(name: str, value: str, state: State) -> None:
    """Put a field into force."""
    state.durations.clear()
    in_body = "K" in state.fields
    if name == "K":
        state.key, state.signature = abcfields.read_key(value)
        shift = abcfields.read_shift(value)
        if shift is not None and in_body:
            state.shifts[state.voice] = shift
        elif shift is not None:
            state.shift = shift
        if state.voice in state.voices:
            state.voices[state.voice].items.append(KeyChange(state.key))
    elif name == "M":
        state.metre = abcfields.read_metre(value)
        if in_body:
            _voice(state).items.append(MetreChange(state.metre))
    elif name == "L":
        state.unit = abcfields.read_unit(value)
    elif name == "V":
        _read_voice(value, state, in_body)
    elif name == "Q" and (tempo := abcfields.read_tempo(value, unit(state))) is not None:
        state.tempi = [*(state.tempi if in_body else ()), tempo]  # of a tune, not of the book before it
    state.fields.setdefault(name, value)
    if name == "K" and not in_body and state.unit is None:
        state.unit = abcfields.default_unit(state.metre)


def _read_voice(value: str, state: State, in_body: bool) -> None:
    """Announce a voice with its name and clef, and in the body go on with it."""
    voice = (value.split() or ["1"])[0]
    named = re.search(r'\b(?:name|nm)="([^"]*)"', value)
    shift = abcfields.read_shift(value.partition(voice)[2])
    if named:
        state.names[voice] = named[1]
    if shift is not None:
        state.shifts[voice] = shift
    if in_body:
        state.voice = voice


def unit(state: State) -> Fraction:
    """The unit note length in quarters."""
    return state.unit or abcfields.default_unit(state.metre)


def _voice(state: State) -> Voice:
    """The voice that is written now."""
    if state.voice not in state.voices:
        state.voices[state.voice] = Voice([MetreChange(state.metre), KeyChange(state.key)])
    return state.voices[state.voice]


def read_music(line: str, number: int, state: State) -> None:
    """Add the items of a line to the voice."""
    line, at = line if state.lenient else _MAIL.sub("", line).replace("=3D", "="), 0
    while at < len(line):
        match = _TOKEN.match(line, at)
        if match is None and state.lenient:
            at += 1
            continue
        if match is None and line[at] in STRAY and state.strays < MAX_STRAYS:
            state.strays += 1
            state.stray = state.stray or f"{line[at : at + 8]!r} in line {number}"
            at += 1
            continue
        if match is None:
            raise TuneError(f"cannot be read as ABC in line {number} of the tune, at {line[at : at + 12]!r}")
        at, kind = match.end(), match.lastgroup
        if kind != "skip":
            _read_token(str(kind), match[0], state)
        elif match[0][0] == '"':
            state.symbols += match[0][1] in "ABCDEFG"  # the other texts are annotations


def _read_token(kind: str, token: str, state: State) -> None:
    """Add one token to the voice."""
    voice = _voice(state)
    if len(voice.items) > MAX_ITEMS:
        raise TuneError(f"has a voice of more than {MAX_ITEMS} notes, rests and bar lines, expected fewer")
    if kind == "field":
        read_field(token[1], token[3:-1], state)
    elif kind == "bar":
        voice.items.append(BarLine(token))
        voice.alters.clear()
        if voice.layer:
            voice.last, voice.layer = voice.below, 0
    elif kind == "overlay":
        voice.below = voice.below if voice.layer else voice.last
        voice.layer += 1
        voice.items.append(Overlay(voice.layer))
        voice.alters.clear()
        voice.last = None
    elif kind == "note":
        _add(voice, _note(token, voice, state))
    elif kind == "chord":
        _add(voice, _chord(token, voice, state))
    elif kind == "old":
        _add(voice, _chord("[{}]{}".format(*token[1:].split("+")), voice, state))
    elif kind == "rest":
        _add(voice, Item((), _duration(token[1:], state)))
    elif kind == "bars":
        bar = Meter(Fraction(0), *(state.metre or (4, 4))).quarters
        for _ in range(int(token[1:] or 1)):
            voice.items += [Item((), bar), BarLine("|")]
    elif kind == "tuplet":
        voice.tuplet = _tuplet(token, state.metre)
    elif kind == "broken":
        _break(voice, token)
    elif kind == "tie" and voice.last is not None:
        voice.last.ties_on = True
    elif kind == "grace":
        state.graces += len(re.findall("[A-Ga-g]", token))


def _add(voice: Voice, item: Item) -> None:
    """Append an item, its duration changed by the tuplet and broken rhythm it is in."""
    left, factor = voice.tuplet
    if left:
        item.duration *= factor
        voice.tuplet = left - 1, factor
    if voice.factor is not None:
        item.duration *= voice.factor
        voice.factor = None
    voice.items.append(item)
    voice.last = item


def _note(token: str, voice: Voice, state: State) -> Item:
    """A note, with the accidental of the bar or the key where it has none of its own."""
    sign, name, octave, length = _PARTS_OF_NOTE.match(token).groups()  # type: ignore[union-attr]
    letter, last = name.upper(), voice.last
    place = letter if state.reach == "pitch" else name + octave
    alter = abcfields.alter(sign) if sign else voice.alters.get(place, state.signature.get(letter, 0))
    if sign and state.reach != "not":
        voice.alters[place] = alter
    pitch = alter + _PITCHES[letter] + 12 * (name.islower() + octave.count("'") - octave.count(","))
    pitch += state.shifts.get(state.voice, state.shift)
    if not 0 <= pitch <= 127:
        raise TuneError(f"has the note {token[:12]!r} of MIDI pitch {pitch}, expected 0 to 127")
    item = Item((pitch,), _duration(length, state), name + octave)
    if last is not None and last.ties_on and last.pitches:
        if last.spelling == item.spelling and not sign:
            item.pitches = last.pitches  # a tie takes the accidental over the bar line
        item.tied = item.pitches == last.pitches
    return item


def _chord(token: str, voice: Voice, state: State) -> Item:
    """The notes between brackets, at the length of the first times that after the brackets."""
    inside, _, length = token[1:].rpartition("]")
    found = re.findall(_NOTE + "-?", re.sub(r'"[^"]*"|![^!]*!', "", inside))
    if not found:
        raise TuneError(f"has {token[:20]!r}, expected notes between brackets")
    notes = [_note(note.rstrip("-"), voice, state) for note in found]
    duration = notes[0].duration * _length(length)
    single = notes[0].spelling if len(notes) == 1 else ""
    ties_within = any(note.endswith("-") for note in found)
    pitches = tuple(note.pitches[0] for note in notes)
    return Item(pitches, duration, single, tied=notes[0].tied and len(notes) == 1, ties_within=ties_within)


def _duration(length: str, state: State) -> Fraction:
    """A written length in quarters."""
    if length not in state.durations:
        state.durations[length] = unit(state) * _length(length)
    return state.durations[length]


def _length(text: str) -> Fraction:
    """A length in unit notes: 3/2 for `3/2` or `3/`, 1/4 for `//`."""
    times, _, over = text.partition("/")
    digits = over.lstrip("/")
    divisor = int(digits) if digits else 2 ** text.count("/")
    if divisor == 0:
        raise TuneError(f"has the note length {text!r}, expected no division by 0")
    return Fraction(int(times or 1), divisor)


def _tuplet(token: str, metre: Metre | None) -> tuple[int, Fraction]:
    """Number of notes and their factor: (3 is three notes in the time of two."""
    p, q, r = ([int(n) if n else 0 for n in token[1:].split(":")] + [0, 0])[:3]
    usual = 3 if metre is not None and metre[0] % 3 == 0 and metre[0] > 3 else 2
    if p < 2:
        raise TuneError(f"has the tuplet {token!r}, expected 2 to 9 notes")
    return r or p, Fraction(q or _TUPLETS.get(p, usual), p)


def _break(voice: Voice, token: str) -> None:
    """Lengthen the note before and shorten the next, or the other way round."""
    short = Fraction(1, 2 ** len(token))
    before, after = (2 - short, short) if token[0] == ">" else (short, 2 - short)
    if voice.last is not None:
        voice.last.duration *= before
        voice.factor = after


class Timed(NamedTuple):
    """A voice in quarters from its start: the notes of it and of each of its overlays, its bar lines, its metres."""

    layers: list[list[TuneNote]]
    lines: list[Fraction]
    meters: list[Meter]


def in_time(voice: Voice) -> Timed:
    """Notes, bar lines and time signatures of a voice in quarters from its start."""
    unit = lcm(*{item.duration.denominator for item in voice.items if isinstance(item, Item)})
    now = start = end = 0  # in ticks, of which a quarter has `unit`: here, where the bar began, its first layer stopped
    lines = [Fraction(0)]
    layers: dict[int, list[TuneNote]] = {0: []}
    layer, tied = 0, dict[int, dict[int, int]]()  # by layer, of pitches that are tied on: the place of their note
    metres: dict[Fraction, Metre | None] = {}
    for item in voice.items:
        if isinstance(item, Item):
            before = tied.get(layer) if item.pitches else None
            tied[layer] = _sound(item, check_time(_quarters(now, unit)), layers.setdefault(layer, []), before or {})
            now += item.duration.numerator * (unit // item.duration.denominator)
        elif isinstance(item, BarLine):
            now = max(end, now) if layer else now
            lines.append(_quarters(now, unit))
            start, layer = now, 0
        elif isinstance(item, Overlay):
            end = now if layer == 0 else end
            now, layer = start, item.layer
        elif isinstance(item, MetreChange):
            metres[_quarters(now, unit)] = item.metre
    check_time(_quarters(now, unit))
    meters = [Meter(onset, *metre) for onset, metre in metres.items() if metre is not None]
    return Timed([notes for _, notes in sorted(layers.items())], lines, meters)


@lru_cache(maxsize=16_384)
def _quarters(ticks: int, unit: int) -> Fraction:
    """A time in quarters: tunes have many in common."""
    return Fraction(ticks, unit)


def _sound(item: Item, now: Fraction, notes: list[TuneNote], tied: dict[int, int]) -> dict[int, int]:
    """Add the notes of an item, or lengthen those that are tied to it; the places of those that it ties on."""
    places: dict[int, int] = {}
    for pitch in item.pitches:
        place = tied.get(pitch)
        if place is not None and notes[place].end == now:
            notes[place] = notes[place]._replace(duration=notes[place].duration + item.duration)
        else:
            place = len(notes)
            notes.append(TuneNote(pitch, now, item.duration))
        places[pitch] = place
    return places if item.ties_on or item.ties_within else {}
