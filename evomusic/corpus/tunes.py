"""Tunes as bars: a name, a digest and sections of bars, made from ABC text or from a `Tune`.

A tune is a name and its sections; a section is a run of bars in one metre and key, from one double bar, repeat sign or
second ending to the next, as written. A bar is a tuple of (sound, ticks): the sound is a MIDI pitch, `SILENT`, or
`TIED` + a pitch that goes on from the event before. A quarter note has 960 ticks.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Final, NamedTuple

from evomusic.core.checks import able, instance
from evomusic.io import Tune, TuneError, TuneNote, estimate_key, tunes_in
from evomusic.io.abc.sections import Sound, read_sections
from evomusic.io.files import as_path

TICKS: Final = 960
SILENT: Final = -1
TIED: Final = 128
ODD: Final = 0  # ticks of a length that is no whole number of ticks: its bar fits no grid

Bar = tuple[tuple[int, int], ...]


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


def checked(sources: Iterable[Source]) -> Iterator[Source]:
    """Tunes, each checked when it comes.

    Raises:
        ValueError: they are no tunes.
    """
    for i, source in enumerate(able("sources", sources, ["__iter__"], "tunes, such as read_folder(folder) gives")):
        yield instance(f"sources[{i}]", source, Source, "a Source, such as read_folder(folder) gives")


def digest(content: bytes) -> str:
    """Sha256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def from_abc(text: str) -> tuple[Section, ...]:
    """The sections of one tune in ABC, as printed: repeats and double bars keep them apart, double stops are read.

    Sections in free metre are left out.

    Raises:
        TuneError: the text is no ABC, or a field of it cannot be read.
    """
    return tuple(
        Section(section.metre, section.key or "", tuple(tuple(map(_event, bar)) for bar in section.bars))
        for section in read_sections(text)
        if section.metre is not None
    )


def _event(sound: Sound) -> tuple[int, int]:
    """A sound of an ABC section as a pitch and its ticks."""
    if sound.pitch is None:
        return SILENT, _ticks(sound.duration)
    return sound.pitch + TIED * sound.tied, _ticks(sound.duration)


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
    """The events from one bar line to the next; `notes` are in order, the first of them ends after `start`."""
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
    """Ticks of a duration, or `ODD`."""
    ticks, rest = divmod(quarters.numerator * TICKS, quarters.denominator)
    return ODD if rest else ticks


def read_folder(
    folder: str | Path,
    *,
    part: int | str | None = None,
    voice: int | str | None = None,
    chords: str | None = None,
) -> tuple[list[Source], list[str]]:
    """The tunes of all files in a folder and its subfolders that `evomusic.io` reads, and a line on each refused.

    Args:
        folder: a folder, or a file of tunes such as an ABC book.
        part: as for `em.read_tune`, of every tune.
        voice: as for `em.read_tune`, of every tune.
        chords: as for `em.read_tune`, of every tune.

    Raises:
        FileNotFoundError, ValueError: there is no such folder or file, or a choice is wrong.
    """
    folder = as_path("folder", folder)
    sources, refused = [], []
    for path, tune in tunes_in(folder, part=part, voice=voice, chords=chords):
        if isinstance(tune, TuneError):
            refused.append(str(tune))
        else:
            name = f"{path.relative_to(folder if path != folder else path.parent).as_posix()} {tune.title}".strip()
            sources.append(Source(name, digest(path.read_bytes()), from_tune(tune)))
    return sources, refused
