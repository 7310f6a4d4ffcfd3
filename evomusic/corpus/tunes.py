"""Tunes as bars: what the corpus needs of a file, and no more.

A tune is a name and its sections; a section is a run of bars in one metre and key, from one double bar, repeat sign or
second ending to the next, as written. A bar is a tuple of (sound, ticks): the sound is a MIDI pitch, `SILENT`, or
`TIED` + a pitch that goes on from the event before. A quarter note has 960 ticks.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Any, Final, NamedTuple

from evomusic.core import theory
from evomusic.io import Tune, TuneError, TuneNote, estimate_key, tunes_in

TICKS: Final = 960
SILENT: Final = -1
TIED: Final = 128
ODD: Final = 0  # ticks of a length that is no whole number of ticks: its bar fits no grid

Bar = tuple[tuple[int, int], ...]

_FIELD: Final = re.compile(r"[A-Za-z]:(?![|:])")
_INLINE: Final = re.compile(r"\[([A-Za-z]:[^\]|]*)\]")
_KEY: Final = re.compile(r"\s*([A-G])([#b]?)")
_MODES: Final = {"ionian": "major", "aeolian": "minor"}
_ENDS: Final = ("|:", ":|", "||", "[|", "|]", "::", ":", "[2")  # bar lines after which a section begins
# Annotations, grace notes, decorations, bowings and slurs: none says a pitch or a length. They are taken off before
# music21 reads the text, because its reader (9 and 10) drops a dotted rhythm (A>.B) where one stands in between.
_ORNAMENT: Final = re.compile(r'"[^"]*"|![^!]*!|\{[^}]*\}|[.~uvkHJLMOPRSTUVWKQ]|\((?!\d)|\)')
_ACCIDENTALS: Final = "%%propagate-accidentals octave\n"  # as printed music has it; read from ABC 2.0.0 on


class Section(NamedTuple):
    """Bars in one metre and key; the key is empty where the file names none."""

    metre: tuple[int, int]
    key: str
    bars: tuple[Bar, ...]

    @property
    def bar_ticks(self) -> int:
        """Length of a full bar."""
        return 4 * TICKS * self.metre[0] // self.metre[1]


class Source(NamedTuple):
    """A tune: its name, the sha256 of the text it was read from, and its sections."""

    name: str
    digest: str
    sections: tuple[Section, ...]


def digest(content: bytes) -> str:
    """Sha256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def read_abc(text: str) -> tuple[Section, ...]:
    """The sections of one tune in ABC, by music21's tokens: keys, tuplets, broken rhythm.

    This reader is for printed collections: it keeps sections apart, which a `Tune` does not, and takes double stops
    (their highest note) and slips of transcription as they come, which `evomusic.io` refuses in a user's file. An
    accidental holds for its pitch to the bar line; grace notes are left out.

    Raises:
        ValueError: music21 cannot read it.
    """
    from music21 import abcFormat

    try:
        tokens = abcFormat.ABCFile(abcVersion=(2, 0, 0)).readstr(_ACCIDENTALS + plain(text)).tokens
        return tuple(_sections(tokens, abcFormat))
    except Exception as error:  # music21 raises of many kinds on damaged text
        raise ValueError(f"not read as ABC: {type(error).__name__} {error}") from error


def plain(text: str) -> str:
    """ABC without what says no pitch or length; fields stay, those inside a line on lines of their own."""
    lines = []
    for line in _INLINE.sub(r"\n\1\n", text).splitlines():
        lines.append(line if _FIELD.match(line) else _ORNAMENT.sub("", line.partition("%")[0]))
    return "\n".join(lines)


def key_name(field: str, mode: str | None) -> str:
    """`Bb major` for the field `Bb` and music21's mode; empty where there is none."""
    match = _KEY.match(field)
    mode = _MODES.get(mode or "", mode)
    return f"{match.group(1)}{match.group(2)} {mode}" if match and mode in theory.MODES else ""


def _sections(tokens: Sequence[Any], abc: Any) -> Iterator[Section]:
    """Bars gathered until a double bar, a repeat sign or a change of metre or key."""
    metre, key = (0, 0), ""
    bars: list[Bar] = []
    bar: list[tuple[int, int]] = []
    for token in [*tokens, abc.ABCBar("|]")]:
        ends = isinstance(token, abc.ABCBar)
        changes = isinstance(token, abc.ABCMetadata) and (token.isMeter() or token.isKey())
        if (ends or changes) and bar:
            bars.append(tuple(bar))
            bar = []
        if bars and (changes or (ends and token.src.strip() in _ENDS)):
            if metre[0]:
                yield Section(metre, key, tuple(bars))
            bars = []
        if changes and token.isMeter():
            metre = (token.getTimeSignatureParameters() or (0, 0))[:2]
        elif changes:
            key = key_name(token.data, token.getKeySignatureParameters()[1])
        elif isinstance(token, abc.ABCNote) and not token.inGrace:
            bar.append(_event(token, bar[-1] if bar else bars[-1][-1] if bars else None))


def _event(token: Any, last: tuple[int, int] | None) -> tuple[int, int]:
    from music21.pitch import Pitch

    length = Fraction(token.quarterLength).limit_denominator(TICKS)
    if token.activeTuplet:
        length *= Fraction(token.activeTuplet.numberNotesNormal, token.activeTuplet.numberNotesActual)
    names = [note.pitchName for note in getattr(token, "subTokens", [token]) if getattr(note, "pitchName", None)]
    sound = max((int(Pitch(name).midi) for name in names), default=SILENT)
    if (
        token.tie in ("stop", "continue")
        and sound >= 0
        and last is not None
        and last[0] % TIED == sound
        and last[0] >= 0
    ):
        sound += TIED
    return sound, _ticks(length)


def from_tune(tune: Tune) -> tuple[Section, ...]:
    """The sections of a tune read by `evomusic.io`: one for each metre; the key is the file's or estimated."""
    key = tune.key or estimate_key(tune.notes)
    lines = [Fraction(0), *tune.bars] if tune.pickup else list(tune.bars)
    ends = [note.end for note in tune.notes]
    sections: list[tuple[tuple[int, int], list[Bar]]] = []
    for start, end in pairwise(lines):
        _, *metre = tune.meter(start)
        if not sections or sections[-1][0] != tuple(metre):
            sections.append(((metre[0], metre[1]), []))
        sections[-1][1].append(_cut(tune.notes[bisect_right(ends, start) :], start, end))
    return tuple(Section(metre, key, tuple(bars)) for metre, bars in sections)


def _cut(notes: Iterable[TuneNote], start: Fraction, end: Fraction) -> Bar:
    """What sounds from a bar line to the next, of notes in order of which the first ends after the one."""
    events: list[tuple[int, Fraction]] = []
    at = start
    for note in takewhile(lambda note: note.onset < end, notes):
        if note.onset > at:
            events.append((SILENT, note.onset - at))
        events.append((note.pitch + (TIED if note.onset < start else 0), min(note.end, end) - max(note.onset, start)))
        at = min(note.end, end)
    if at < end:
        events.append((SILENT, end - at))
    return tuple((sound, _ticks(n)) for sound, n in events)


def _ticks(quarters: Fraction) -> int:
    ticks = quarters * TICKS
    return int(ticks) if ticks.denominator == 1 else ODD


def read_folder(folder: Path) -> tuple[list[Source], list[str]]:
    """The tunes of all files in a folder and its subfolders that `evomusic.io` reads, and a line on each refused.

    Raises:
        FileNotFoundError, ValueError: there is no such folder.
    """
    sources, refused = [], []
    for path, tune in tunes_in(folder):
        if isinstance(tune, TuneError):
            refused.append(str(tune))
        else:
            name = f"{path.relative_to(folder).as_posix()} {tune.title}".strip()
            sources.append(Source(name, digest(path.read_bytes()), from_tune(tune)))
    return sources, refused
