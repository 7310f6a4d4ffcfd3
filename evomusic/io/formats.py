"""The formats of files, one entry a suffix: readers, writers, size limits, help and error texts follow from it.

A new format is a module with a reader or a writer, an entry here, and a test. Functions are named as
`module:function`, so that a parser is imported only when a file needs it.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import Any, Final, NamedTuple

MAX_BYTES: Final = 1_000_000  # ABC books, compressed MusicXML, text
MAX_MIDI_BYTES: Final = 400_000  # 10,000 notes need 90,000
MAX_XML_BYTES: Final = 4_000_000  # MusicXML, which needs some 200 to 400 bytes a note


class Format(NamedTuple):
    """A format of files; of its functions, those that it lacks are empty.

    Args:
        name: for texts.
        limit: most bytes of a file that is read; 0 where none is.
        read: `(data, choice) -> Tune`.
        write: `(melody, key) -> bytes`.
        book: `(data, choice) -> Iterator[Tune | TuneError]`, where a file may hold several tunes.
        on_grid: `(data, grid) -> Melody`, where a file holds steps of a grid, and no tune without it.
        needs: an optional package that writing needs, and the extra that brings it: `verovio of score`.
    """

    name: str
    limit: int = 0
    read: str = ""
    write: str = ""
    book: str = ""
    on_grid: str = ""
    needs: str = ""


_MIDI: Final = Format("MIDI", MAX_MIDI_BYTES, read="midi_read:read_midi", write="midi:midi_bytes")
_XML: Final = Format(
    "MusicXML", MAX_XML_BYTES, read="musicxml.read:read_musicxml", write="musicxml.write:musicxml_bytes"
)

FORMATS: Final[dict[str, Format]] = {
    ".mid": _MIDI,
    ".midi": _MIDI,
    ".musicxml": _XML,
    ".xml": _XML,
    ".mxl": _XML._replace(limit=MAX_BYTES, write=""),
    ".abc": Format("ABC", MAX_BYTES, read="abc.book:read_abc", write="abc.write:abc_bytes", book="abc.book:read_book"),
    ".ly": Format("LilyPond", write="lilypond:lilypond_bytes"),
    ".svg": Format("SVG", write="score.engrave:svg_bytes", needs="verovio of score"),
    ".png": Format("PNG", write="score.engrave:png_bytes", needs="verovio of score"),
    ".pdf": Format("PDF", write="score.engrave:pdf_bytes", needs="verovio of score"),
    ".wav": Format("WAV", write="sound.files:wav_bytes"),
    ".flac": Format("FLAC", write="sound.files:flac_bytes", needs="soundfile of sound"),
    ".ogg": Format("OGG", write="sound.files:ogg_bytes", needs="soundfile of sound"),
    ".txt": Format("text", MAX_BYTES, write="text:text_bytes", on_grid="text:read_text"),
}

READS: Final = tuple(suffix for suffix, entry in FORMATS.items() if entry.read)
INPUTS: Final = tuple(suffix for suffix, entry in FORMATS.items() if entry.read or entry.on_grid)
WRITES: Final = tuple(suffix for suffix, entry in FORMATS.items() if entry.write)


def function(name: str) -> Any:
    """The function that an entry names, its module imported."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(f"evomusic.io.{module}"), attribute)


def check_installed(suffix: str) -> None:
    """Check that the packages which writing a format needs are there.

    Raises:
        NotInstalled: one is missing.
    """
    from evomusic.core.checks import optional  # here: the command line's help reads this list, and loads no numpy

    entry = FORMATS[suffix]
    if entry.needs:
        package, _, extra = entry.needs.partition(" of ")
        optional(package, f"writing {entry.name}", extra)


def names(suffixes: Iterable[str] = INPUTS) -> str:
    """Names of formats for a text: `MIDI, MusicXML or ABC`."""
    return alternatives(FORMATS[suffix].name for suffix in suffixes)


def alternatives(words: Iterable[str]) -> str:
    """Different words in a row: `a, b or c`."""
    *first, last = dict.fromkeys(words)
    return f"{', '.join(first)} or {last}" if first else last
