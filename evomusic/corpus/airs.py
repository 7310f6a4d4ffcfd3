"""Airs: O'Neill's Music of Ireland (1903) and Aird's Selection (Glasgow, 1778 to 1801), read from music21.

Some 3,100 tunes in the public domain, of kinds that Ryan's collection lacks: airs and waltzes in 3/4, slip jigs in 9/8,
tunes in mixolydian. Their transcriptions into ABC come with music21.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from evomusic.corpus.collection import Collection, Text
from evomusic.corpus.tunes import Section, from_abc
from evomusic.io import TuneError
from evomusic.io.abc.book import split_book

_TITLE: Final = re.compile(r"^T:[ \t]*(.*?)[ \t]*$", re.MULTILINE)


def _texts(path: Path) -> Iterator[Text]:
    """The tunes of a book, named by their titles, the book and their number in it."""
    for place, (number, text) in enumerate(split_book(path.read_bytes()), 1):
        title = _TITLE.search(text)
        yield Text(f"{title[1].strip(' .') if title else 'untitled'} ({path.stem}: {number or place})", text.encode())


def _read(content: bytes) -> tuple[Section, ...]:
    """The sections of a tune, none where it cannot be read."""
    try:
        return from_abc(content.decode())
    except TuneError:
        return ()


AIRS: Final = Collection(
    name="airs",
    title="O'Neill's and Aird's collection",
    folders=("oneills1850", "airdsAirs"),
    texts=_texts,
    read=_read,
    styles={
        "airs": ("major", ""),
        "airs-minor": ("minor", "dorian"),
        "airs-dorian": ("dorian", "minor"),
        "airs-mixolydian": ("mixolydian", ""),
    },
    metre=None,
    source="O'Neill's Music of Ireland (Chicago: Lyon & Healy, 1903) and J. Aird, A Selection of Scotch, English, "
    "Irish and Foreign Airs (Glasgow, 1778 to 1801), as installed with music21",
    licence="The tunes are in the public domain. Their transcriptions, by volunteers and by J. Campin, are not part of "
    "this file: it holds counts and percentiles derived from them.",
    method="windows of four full bars on a grid, moved to one tonic; pitches, features and rhythms of every metre with "
    "50 windows. Not used: a fifth of the tunes, held out by a hash of their names, and tunes with four bars in common "
    "with one of these.",
)
