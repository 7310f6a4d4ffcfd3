"""The sections of an ABC tune as they are printed: bars, repeat signs and slips of the pen included.

`read_abc` makes one voice of a tune, with times from its start, and refuses chords; printed collections need the bars
of each section apart, and hold double stops and slips of transcription. Both read with `body`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Final, NamedTuple

from evomusic.io.abc.body import BarLine, Item, KeyChange, MetreChange, Overlay, Voice
from evomusic.io.abc.book import read_lines
from evomusic.io.abc.fields import Metre
from evomusic.io.tune import check_time

_END: Final = re.compile(r":|\|\||\[\||\|\]|[2-9]")


class Sound(NamedTuple):
    """A note, or the highest of a chord, or a rest (no pitch): duration in quarters, and whether it is tied on."""

    pitch: int | None
    duration: Fraction
    tied: bool


class Section(NamedTuple):
    """Successive bars in one metre (None where it is free) and key (None where there is none)."""

    metre: Metre | None
    key: str | None
    bars: tuple[tuple[Sound, ...], ...]


def read_sections(text: str) -> list[Section]:
    """The sections of a tune, as written: no repeat is played twice.

    A section ends at a double bar, a repeat sign, a second or later ending, and a change of metre or key. Of a chord
    the highest note is taken, and characters that are no ABC are passed over. An accidental holds in its octave to the
    bar line.

    Args:
        text: of one tune.

    Raises:
        TuneError: the text is no ABC, or a field of it cannot be read.
    """
    return [section for voice in read_lines(text, lenient=True).voices.values() for section in _sections(voice)]


def _sections(voice: Voice) -> Iterator[Section]:
    """Bars gathered until the section ends."""
    metre: Metre | None = None
    key: str | None = None
    bars: list[tuple[Sound, ...]] = []
    bar: list[Sound] = []
    before: Item | None = None  # the item that a tie may begin from, within the section
    overlaid = False
    for item in [*voice.items, BarLine("|]")]:
        overlaid = isinstance(item, Overlay) or (overlaid and not isinstance(item, BarLine))
        if overlaid:
            continue
        if isinstance(item, Item):
            bar.append(_sound(item, before))
            before = item
            continue
        if bar:
            bars.append(tuple(bar))
            bar = []
        if not isinstance(item, BarLine) or _ends_section(item.text):
            if bars:
                yield Section(metre, key, tuple(bars))
            bars, before = [], None
        if isinstance(item, MetreChange):
            metre = item.metre
        elif isinstance(item, KeyChange):
            key = item.key


def _sound(item: Item, before: Item | None) -> Sound:
    """The highest note of an item, tied when the item before is tied to the same pitch."""
    pitch = max(item.pitches, default=None)
    tied = before is not None and before.ties_on and bool(before.pitches) and pitch == max(before.pitches)
    return Sound(pitch, check_time(item.duration), tied)


def _ends_section(text: str) -> bool:
    """Whether a bar line ends a section: a double bar, a repeat sign, or an ending after the first."""
    return bool(_END.search(text))
