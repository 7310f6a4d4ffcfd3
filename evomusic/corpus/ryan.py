"""Ryan's Mammoth Collection (Boston, 1883): 1,059 fiddle tunes, read from the installed music21.

The tunes are in the public domain; their transcriptions into ABC come with music21. A fifth of the tunes, chosen by a
hash of their names, is held out: no statistic is trained on them, nor on a tune that has four bars in common with one
of them (the collection prints some tunes twice, under two names).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from evomusic.corpus.collection import Collection, Text
from evomusic.corpus.collection import four_bars as four_bars
from evomusic.corpus.collection import is_held_out as is_held_out
from evomusic.corpus.tunes import Section, from_abc

_KEY: Final = re.compile(r"^(K:.*)$", re.MULTILINE)
_LOST: Final = re.compile(r"[A-G]\)*::.*")
_MAIL: Final = re.compile(r"=(?:20)?[ \t]*$|=3D", re.MULTILINE)
_NOTE: Final = re.compile(r"([_^=]*)([A-Ga-g][,']*)")


def spell_out_slips(text: str) -> str:
    """A tune's text with the slips of its transcription spelt out as plain ABC.

    The shipped style was counted with this reading, so it stays, and with it every number that builds on the style:
    `K: EM` is E minor; a capital note before `::` is lost with the bar line; the `=` of quoted-printable mail (`=20`,
    `=3D`, or at the end of a line) is a natural that lost its note, and holds for the next note's pitch, from the
    second time that it comes in the bar.
    """
    head, key, body = _KEY.split(text, maxsplit=1)
    *parts, rest = _MAIL.split(_LOST.sub("", body))
    while parts:
        rest = parts[-1] + _naturals("".join(parts).rpartition("|")[2], rest)
        parts.pop()
    return head + key.replace("M", "m") + rest


def _naturals(before: str, text: str) -> str:
    """The text after a natural that lost its note; `before` is the bar's text up to it."""
    bar, line, rest = text.partition("|")
    first = _NOTE.search(bar)
    if first and not first[1]:
        pitch = f"{first[2]}(?![,'])"
        sign = "=" if re.search(f"[_^]{pitch}", before) else ""
        again = re.sub(f"(?<![_^=]){pitch}", f"={first[2]}", bar[first.end() :])
        bar = bar[: first.start()] + sign + first[2] + again
    return bar + line + rest


def _texts(path: Path) -> Iterator[Text]:
    yield Text(path.stem, path.read_bytes())


def _read(content: bytes) -> tuple[Section, ...]:
    return from_abc(spell_out_slips(content.decode("utf-8", errors="replace")))


# For minor and dorian there are few tunes, 25 and 14 in 4/4. Each training tune left out in turn, a note of a minor one
# costs 2.74 bits, and 2.78 without dorian tunes; of a dorian one 2.68, and 2.87 without minor tunes.
RYAN: Final = Collection(
    name="ryan",
    title="Ryan's Mammoth Collection",
    folders=("ryansMammoth",),
    texts=_texts,
    read=_read,
    styles={"ryan": ("major", ""), "ryan-minor": ("minor", "dorian"), "ryan-dorian": ("dorian", "minor")},
    metre=(4, 4),
    source="Ryan's Mammoth Collection (Boston: Elias Howe, 1883), as installed with music21",
    licence="The tunes are in the public domain. Their transcriptions, made by volunteers for music21's "
    "corpus, are not part of this file: it holds counts and percentiles derived from them.",
    method="windows of four full bars on a grid, moved to one tonic. Pitches and "
    "features of 4/4 (2/2 as it is, 2/4 at double note values), rhythms of every metre with 50 windows. Not "
    "used: a fifth of the tunes, held out by a hash of their names, and tunes with four bars in common with "
    "one of these.",
)
paths, tunes, held_out, training, style = RYAN.paths, RYAN.tunes, RYAN.held_out, RYAN.training, RYAN.style
