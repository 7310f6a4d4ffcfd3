"""The part and voice of a file that are taken: those asked for, the only ones, or the most melodic one.

A `Choice` holds the keywords that every reader takes. A reader makes a `Line` of each part and voice of its file, and
`choose` finds the notes wanted among them; `voices` then makes them one note at a time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import Final, NamedTuple

from evomusic.core import theory
from evomusic.core.checks import choice, whole, wrong
from evomusic.io.tune import TuneError, TuneNote, plural

MELODY: Final = "melody"  # in place of a number or name: the most melodic one
CHORDS: Final = ("top", "bottom", "refuse")
LEGATO: Final = Fraction(1, 4)  # the longest overlap, in quarters, that is taken for legato between two parts
LISTED: Final = 8  # parts that an error names
OPTIONS: Final = {  # the keywords on the command line
    "part": "--part",
    "tune": "--tune",
    "voice": "--voice",
    "chords": "--double-stops",
    "start_bar": "--bar",
}
_NAMED: Final = re.compile(r"melod|vocal|\blead|\bsolo|sopran|cantus", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The part, tune and voice of a file that are read, and the notes of its chords.

    Args:
        part: MIDI track and channel, MusicXML part or ABC voice, of those that have notes: a number from 1, a name, or
            `melody` for the most melodic one; None for the only one.
        tune: the tune of an ABC book: its number X, or its title; None for the only one.
        voice: of a MusicXML part: a number, a name, or `melody`; in MIDI and ABC the same as `part`.
        chords: where notes sound together, the `top` or `bottom` one is taken, or the file refused (`refuse`); None
            takes the top one of a few double stops, and refuses chords throughout and two voices.

    Raises:
        ValueError: an argument is neither a number nor a name, or the chords are not among these.
    """

    part: int | str | None = None
    tune: int | str | None = None
    voice: int | str | None = None
    chords: str | None = None

    def __post_init__(self) -> None:
        for name, least in (("part", 1), ("tune", 0), ("voice", 1)):
            value = getattr(self, name)
            if isinstance(value, str):
                if not value.strip():
                    raise wrong(name, value, "a number or a name")
                object.__setattr__(self, name, value.strip())
            elif value is not None:
                object.__setattr__(self, name, whole(name, value, least))
        if self.chords is not None:
            choice("chords", self.chords, CHORDS)


ONLY: Final = Choice()


class Line(NamedTuple):
    """The notes of one voice of a part; both have names, that of the voice is empty where a part is one voice."""

    part: str
    voice: str
    notes: list[TuneNote]
    number: int  # of its part, from 1, among those that have notes


class Chosen(NamedTuple):
    """The notes taken, the place of their first line among all, from 0, and remarks."""

    notes: list[TuneNote]
    first: int
    remarks: list[str]


def choose(lines: Sequence[Line], asked: Choice) -> Chosen:
    """The notes of the part and voice asked for, or of all when they take turns.

    Raises:
        TuneError: there is no such part or voice, or none was chosen and several sound together.
    """
    part, voice = asked.part, asked.voice
    if voice is not None and not any(line.voice for line in lines):
        if part is not None:
            raise TuneError("has parts of one voice each, expected part or voice to be chosen, not both")
        part, voice = voice, None
    left = list(lines)
    if part not in (None, MELODY):
        left = _asked("part", part, left, lambda line: line.part, lambda line: line.number)
    if voice not in (None, MELODY):
        left = _asked("voice", voice, left, lambda line: line.voice, None)
    if MELODY in (part, voice):
        best, why = most_melodic(left)
        remarks = [f"{_name(best)} of {plural(len(left), 'part')} taken as the melody: {why}"] if len(left) > 1 else []
        return Chosen(best.notes, lines.index(best), remarks)
    _refuse_together(left, "part", lambda line: line.number)
    _refuse_together(left, "voice", lambda line: line.voice)
    numbers = {line.number for line in left}
    kind, count = ("part", len(numbers)) if len(numbers) > 1 else ("voice", len(left))
    remarks = [f"{count} {kind}s that take turns were joined"] if count > 1 else []
    notes = [note for line in left for note in line.notes]
    return Chosen(notes, lines.index(left[0]) if left else 0, remarks)


def _name(line: Line) -> str:
    """A line as a remark names it."""
    return f"part {line.number} ({line.part}{f', voice {line.voice}' if line.voice else ''})"


def _asked(
    kind: str,
    value: int | str | None,
    lines: Sequence[Line],
    name: Callable[[Line], str],
    number: Callable[[Line], int] | None,
) -> list[Line]:
    """The lines of a number or name: of those with the very name, else of a number, else of a name that holds it.

    Raises:
        TuneError: there is none, or the name is that of several parts.
    """
    text = str(value).casefold()
    found = [line for line in lines if text in _names(name(line))]
    if text.isdecimal() and (not found or (isinstance(value, int) and number is not None)):
        order = list(dict.fromkeys(map(name, lines)))
        numbers = [number(line) if number else order.index(name(line)) + 1 for line in lines]
        found = [line for line, each in zip(lines, numbers, strict=True) if each == int(text)]
    elif not found:
        found = [line for line in lines if text in name(line).casefold()]
    if len({(line.number, name(line)) for line in found}) != 1:
        several = " names several" if found else " was asked for"
        raise TuneError(f"{kind} {str(value)[:20]}{several}, expected {_listing(kind, lines)}")
    return found


def _names(label: str) -> set[str]:
    """The ways to say the whole of a label: `voice T1 'Tenor'` is also `t1` and `tenor`."""
    quoted = re.search(r"'(.*)'$", label)
    whole_, short = label.casefold(), label.removeprefix("voice ").split(" '")[0].casefold()
    return {whole_, short, quoted[1].casefold()} if quoted else {whole_, short}


def _listing(kind: str, lines: Sequence[Line]) -> str:
    """The parts or voices that can be chosen: `1 to 2 (1 = flute, 2 = horn)`."""
    if kind == "voice":
        names = list(dict.fromkeys(line.voice for line in lines if line.voice))
        return " or ".join(names[:LISTED]) + (", ..." if len(names) > LISTED else "")
    names = [f"{n} = {name}" for n, name in {line.number: line.part for line in lines}.items()]
    listed = ", ".join(names[:LISTED]) + (", ..." if len(names) > LISTED else "")
    return f"1 to {len(names)} ({listed or 'no part has notes'})"


def _refuse_together(lines: Sequence[Line], kind: str, key: Callable[[Line], int | str]) -> None:
    """Refuse several parts, or several voices, that sound together.

    Raises:
        TuneError: they do; it says how to choose.
    """
    names = list(dict.fromkeys(map(key, lines)))
    if len(names) < 2:
        return
    sounding: dict[int | str, TuneNote] = {}  # the note of each that lasts longest so far
    for note, name in sorted(((note, key(line)) for line in lines for note in line.notes), key=lambda n: n[0].onset):
        for other, last in sounding.items():
            if (
                other != name
                and note.onset < last.end
                and last.end - note.onset > min(LEGATO, last.duration / 2, note.duration / 2)
            ):
                where = f" in part {lines[0].part}" if kind == "voice" else ""
                raise TuneError(
                    f"{len(names)} {kind}s{where} sound together, expected one; choose with {kind}="
                    f"{_listing(kind, lines)}, or {kind}='{MELODY}' for the most melodic one"
                )
        if name not in sounding or note.end > sounding[name].end:
            sounding[name] = note


def most_melodic(lines: Sequence[Line]) -> tuple[Line, str]:
    """The line most like a melody, and why: the one that is named so, else one note at a time, varied, high, long.

    Raises:
        TuneError: there is no line.
    """
    if not lines:
        raise TuneError("holds no note, expected a tune (drums and grace notes are not counted)")
    named = [line for line in lines if _NAMED.search(line.part) and _alone(line) > 0.5]
    if len(named) == 1:
        return named[0], "it is named so"
    longest = max(sum((note.duration for note in line.notes), Fraction(0)) for line in lines)
    best = max(lines, key=lambda line: _melodic(line, longest))
    pitches = [note.pitch for note in best.notes]
    middle = theory.note_name(round(sum(pitches) / len(pitches)))
    return (
        best,
        f"{_alone(best):.0%} of its notes alone, {plural(len(set(pitches)), 'different note')}, around {middle}",
    )


def _melodic(line: Line, longest: Fraction) -> float:
    """Product of the share of notes alone, variety (five pitches are enough), height and duration."""
    pitches = [note.pitch for note in line.notes]
    height = min(max(1 + (sum(pitches) / len(pitches) - 60) / 48, 0.25), 1.75)
    duration = float(sum(note.duration for note in line.notes) / longest) if longest else 1.0
    return _alone(line) ** 2 * min(1.0, len(set(pitches)) / 5) * height * duration**0.5


def _alone(line: Line) -> float:
    """Share of the onsets at which one note begins and none sounds on."""
    onsets = together = 0
    end = Fraction(0)
    for onset, group in groupby(sorted(line.notes, key=lambda n: n.onset), key=lambda n: n.onset):
        ends = [note.end for note in group]
        onsets, together = onsets + 1, together + (len(ends) > 1 or onset + LEGATO < end)
        end = max(end, *ends)
    return 1 - together / max(onsets, 1)


def in_options(text: str) -> str:
    """An error's hint, from `choose` on, in options of the command line: `--part 1` for `part=1`."""
    text = text.replace("tunes_in() reads a folder", "`evomusic style` reads a folder")
    before, choose_, hint = text.partition("choose ")
    hint = re.sub(r"\b(part|tune|voice|chords)=('?)([^\s',]+)\2", lambda m: f"{OPTIONS[m[1]]} {m[3]}", hint)
    return before + choose_ + hint.replace("start_bar", OPTIONS["start_bar"])
