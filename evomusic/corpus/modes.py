"""Tunes of one mode read as tunes of a related one, so that a style of few tunes is counted in more."""

from __future__ import annotations

from evomusic.core import theory
from evomusic.corpus.tunes import SILENT, TIED, Bar, Section, Source

SIXTH, RISE = 9, 3  # semitones: the raised sixth above the tonic; the widest move by which it rises to the next note


def read_as(source: Source, old: str, new: str) -> Source:
    """A tune whose sections in a mode count as in another on the same tonic; other sections stay as they are.

    A dorian section that is read as minor keeps its raised sixth where it rises by at most a third, to the seventh or
    the tonic, and has the natural sixth elsewhere, as melodic minor has it.
    """
    return source._replace(sections=tuple(_section(section, old, new) for section in source.sections))


def _section(section: Section, old: str, new: str) -> Section:
    tonic, _, mode = section.key.partition(" ")
    if mode != old:
        return section
    bars = (
        _natural_sixth(section.bars, theory.parse_tonic(tonic)) if (old, new) == ("dorian", "minor") else section.bars
    )
    return section._replace(key=f"{tonic} {new}", bars=bars)


def _natural_sixth(bars: tuple[Bar, ...], tonic: int) -> tuple[Bar, ...]:
    """Bars whose raised sixths are lowered by a semitone, but for those that rise to the next other pitch."""
    after = last = -1  # the pitch that follows the notes of `last`, read from the end; below all pitches at first
    turned: list[Bar] = []
    for bar in reversed(bars):
        events: list[tuple[int, int]] = []
        for sound, ticks in reversed(bar):
            if sound != SILENT:
                pitch = sound % TIED
                if pitch != last:
                    after, last = last, pitch
                if (pitch - tonic) % 12 == SIXTH and not 0 < after - pitch <= RISE:
                    sound -= 1
            events.append((sound, ticks))
        turned.append(tuple(reversed(events)))
    return tuple(reversed(turned))
