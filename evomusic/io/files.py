"""Files: the reader or writer for a path's suffix, and folders of tunes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.io.fitting import fit, grid_for
from evomusic.io.guard import MAX_BYTES, MAX_MIDI_BYTES, MAX_XML_BYTES, read_bytes
from evomusic.io.tune import Tune, TuneError

READS: Final = (".mid", ".midi", ".musicxml", ".xml", ".mxl", ".abc")
WRITES: Final = (".mid", ".midi", ".musicxml", ".xml", ".txt")


def read_tune(path: str | Path, *, part: int | None = None, number: int | None = None) -> Tune:
    """The tune in a MIDI, MusicXML or ABC file.

    Args:
        path: a file whose suffix is one of `READS`.
        part: which part (MIDI track and channel, MusicXML part, ABC voice) of those that have notes, from 1; None for
            the only one.
        number: which tune of an ABC book, by its field X; None for the only one.

    Raises:
        FileNotFoundError: there is no such file.
        TuneError: the file cannot be used; one line, which begins with the path.
    """
    path = Path(path)
    try:
        return _with_source(_read(path, part, number), path)
    except TuneError as error:
        raise _told(path, error) from None


def read(path: str | Path, grid: Grid | None = None) -> Melody:
    """The melody in a file: fitted to a grid, or whole on a grid of its own when there is none.

    `fit(read_tune(path), grid).report` says what was changed. A text file, as `write` makes it, needs a grid.

    Raises:
        FileNotFoundError: there is no such file.
        TuneError: the file cannot be used, or does not fit the grid.
    """
    path = Path(path)
    if path.suffix.lower() == ".txt":
        return _read_text(path, grid)
    tune = read_tune(path)
    if grid is None:
        return fit(tune, grid_for(tune), start_bar=0 if tune.pickup else 1).melody
    return fit(tune, grid).melody


def write(melody: Melody, path: str | Path, *, key: str | None = None) -> None:
    """Write a melody as MIDI, MusicXML or text, by the path's suffix. The same melody gives the same bytes.

    Args:
        melody: what to write.
        path: a file whose suffix is one of `WRITES`; it is overwritten.
        key: for key signature and spelling, such as `G major`; the grid's scale when None.

    Raises:
        ValueError: the suffix is not supported, the key not known, or the tempo slower than MIDI can hold.
        OSError: the file cannot be written.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix in (".mid", ".midi"):
        from evomusic.io.midi import midi_bytes

        path.write_bytes(midi_bytes(melody, key))
    elif suffix in (".musicxml", ".xml"):
        from evomusic.io.musicxml.write import musicxml_bytes

        path.write_bytes(musicxml_bytes(melody, key))
    elif suffix == ".txt":
        path.write_bytes(f"{melody.text}\n".encode())
    else:
        raise ValueError(f"{path}: {_unknown(path, WRITES)}")


def tunes_in(folder: str | Path) -> Iterator[tuple[Path, Tune | TuneError]]:
    """Path and tune of every file in a folder and its subfolders, in order of their names; ABC books tune by tune.

    A file that cannot be used yields its error; files of other suffixes are passed over.

    Raises:
        FileNotFoundError: there is no such folder.
        TuneError: it is a file.
    """
    folder = Path(folder)
    if not folder.exists():
        raise FileNotFoundError(f"{folder} does not exist, expected a folder of tunes")
    if not folder.is_dir():
        raise TuneError(f"{folder}: is a file, expected a folder; read_tune() reads a file")
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in READS and path.is_file():
            yield from ((path, tune) for tune in _all_tunes(path))


def _all_tunes(path: Path) -> Iterator[Tune | TuneError]:
    """Each tune of a file, or why it cannot be used."""
    try:
        texts = _book(path) if path.suffix.lower() == ".abc" else [None]
    except TuneError as error:
        yield _told(path, error)
        return
    for text in texts:
        try:
            yield _with_source(_read(path, None, None) if text is None else _read_abc(text), path)
        except TuneError as error:
            yield _told(path, error)


def _book(path: Path) -> list[str | None]:
    """The texts of an ABC file's tunes."""
    from evomusic.io.abc.book import split_book

    return [text for _, text in split_book(read_bytes(path, MAX_BYTES))]


def _read_abc(text: str) -> Tune:
    """A tune from its text."""
    from evomusic.io.abc.book import read_abc_tune

    return read_abc_tune(text)


def _read(path: Path, part: int | None, number: int | None) -> Tune:
    """The tune of a file, by its suffix."""
    suffix = path.suffix.lower()
    limit = {".musicxml": MAX_XML_BYTES, ".xml": MAX_XML_BYTES, ".mid": MAX_MIDI_BYTES, ".midi": MAX_MIDI_BYTES}
    if suffix not in READS and path.is_file():
        raise TuneError(_unknown(path, READS))
    data = read_bytes(path, limit.get(suffix, MAX_BYTES))
    if suffix in (".mid", ".midi"):
        from evomusic.io.midi import read_midi

        return read_midi(data, part)
    if suffix == ".abc":
        from evomusic.io.abc.book import read_abc

        return read_abc(data, part, number)
    from evomusic.io.musicxml.read import read_musicxml

    return read_musicxml(data, part)


def _read_text(path: Path, grid: Grid | None) -> Melody:
    """A melody from text."""
    try:
        data = read_bytes(path, MAX_BYTES)
        if grid is None:
            raise TuneError("is text, which can only be read with a grid: read(path, grid)")
        return Melody.parse(data.decode(), grid)
    except ValueError as error:
        raise _told(path, error) from None


def _with_source(tune: Tune, path: Path) -> Tune:
    """The tune, with the path it came from."""
    return replace(tune, source=str(path))


def _told(path: Path, error: ValueError) -> TuneError:
    """One line that begins with the path."""
    return TuneError(f"{path}: {' '.join(str(error).split())}")


def _unknown(path: Path, suffixes: tuple[str, ...]) -> str:
    """What is said of another suffix."""
    return f"has the suffix {path.suffix!r}, expected one of {', '.join(suffixes)}"
