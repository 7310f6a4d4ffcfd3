"""Tunes in a style file: their bars as text, so that songs of any length and metre can be trained on them.

A section is one line: metre, key and bars, with `|` between; a bar is its events, such as `67:960 -1:480`: a sound and
its ticks, as in `tunes`.
"""

from __future__ import annotations

from collections.abc import Iterable

from evomusic.core import theory
from evomusic.core.checks import shown
from evomusic.corpus.tunes import SILENT, TIED, Bar, Section, Source
from evomusic.rules.style_model import Written

LONGEST = 10_000_000  # ticks of an event


def written(sources: Iterable[Source], mode: str) -> tuple[Written, ...]:
    """The tunes that have sections in a mode, with these alone."""
    found = []
    for source in sorted(sources):
        lines = tuple(_line(each) for each in source.sections if each.key.partition(" ")[2] == mode)
        if lines:
            found.append((source.name, source.digest, lines))
    return tuple(found)


def _line(section: Section) -> str:
    bars = (" ".join(f"{sound}:{ticks}" for sound, ticks in bar) for bar in section.bars)
    return "|".join(["{}/{}".format(*section.metre), section.key, *bars])


def read_written(tunes: Iterable[Written]) -> list[Source]:
    """Tunes of a style file.

    Raises:
        ValueError: a line is no section.
    """
    return [Source(name, digest, tuple(map(_section, lines))) for name, digest, lines in tunes]


def _section(line: str) -> Section:
    metre, key, *bars = line.split("|") if line.count("|") > 1 else ("", "")
    beats, _, unit = metre.partition("/")
    if not (_small(beats) and _small(unit) and bars):
        raise ValueError(f"a section of its tunes begins with {shown(line[:40])}, expected a metre, a key and bars")
    theory.parse_scale(key)
    return Section((int(beats), int(unit)), key, tuple(map(_bar, bars)))


def _small(text: str) -> bool:
    """Whether a text is a whole number of a metre."""
    return text.isdecimal() and text.isascii() and len(text) < 4 and int(text) > 0


def _bar(text: str) -> Bar:
    events = []
    for word in text.split():
        sound, _, ticks = word.partition(":")
        whole = sound.removeprefix("-").isdecimal() and ticks.isdecimal() and len(word) < 20 and word.isascii()
        if not whole or not SILENT <= int(sound) < 2 * TIED or int(ticks) > LONGEST:
            raise ValueError(
                f"a bar of its tunes holds {shown(word)}, expected a sound and its ticks, such as '67:960'"
            )
        events.append((int(sound), int(ticks)))
    return tuple(events)
