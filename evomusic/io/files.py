"""Files: the reader or writer of a path's format, and folders of tunes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from evomusic.core import theory
from evomusic.core.checks import flag, instance, wrong
from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.core.renamed import renamed
from evomusic.core.saving import write_bytes
from evomusic.io.choice import Choice
from evomusic.io.fitting import Fit, check_strict, fit, fit_whole
from evomusic.io.formats import FORMATS, READS, WRITES, Format, function
from evomusic.io.guard import read_bytes
from evomusic.io.tune import Tune, TuneError


@renamed({"number": "tune"})
def read_tune(
    path: str | Path,
    *,
    part: int | str | None = None,
    tune: int | str | None = None,
    voice: int | str | None = None,
    chords: str | None = None,
) -> Tune:
    """The tune in a file, such as a MIDI, MusicXML or ABC file.

    Args:
        path: a file whose suffix is one of `READS`.
        part: MIDI track and channel, MusicXML part or ABC voice: a number from 1 among those that have notes, a name,
            or `melody`, the most melodic one, which a remark names; None for the only one.
        tune: the tune of an ABC book: its number X, or its title; None for the only one.
        voice: the voice of a MusicXML part, by name, number, or `melody`; in MIDI and ABC the same as `part`.
        chords: of notes that sound together, take the `top` or `bottom` one, or refuse the file (`refuse`); None takes
            the top one of a few double stops, with a remark, and refuses chords throughout and two voices.

    Raises:
        FileNotFoundError: there is no such file.
        TuneError: the file cannot be used, or holds several tunes, parts or voices; one line, which begins with the
            path.
        ValueError: an argument is no path, or is none of those above.
    """
    path, asked = as_path("path", path), Choice(part=part, tune=tune, voice=voice, chords=chords)
    with _naming(path):
        return _read(path, asked)


def read(
    path: str | Path,
    grid: Grid | None = None,
    *,
    strict: bool = False,
    part: int | str | None = None,
    tune: int | str | None = None,
    voice: int | str | None = None,
    chords: str | None = None,
) -> Melody:
    """The melody in a file: fitted to a grid, or whole on a grid of its own when there is none.

    A grid of its own has the file's metre, pickup, tempo and key, and steps fine enough for its notes. `fit_file(path,
    grid).report` says what was changed. A text file, as `write` makes it, needs a grid.

    Args:
        path: a file whose suffix is one of `READS`, or text as `write` makes it.
        grid: the frame to fill; None for one of the tune's own.
        strict: refuse a file of which a note would be left out, cut, or moved in time or pitch.
        part: as for `read_tune`.
        tune: as for `read_tune`.
        voice: as for `read_tune`.
        chords: as for `read_tune`.

    Raises:
        FileNotFoundError: there is no such file.
        TuneError: the file cannot be used, does not fit the grid, or would not be kept as it is.
        ValueError: an argument is wrong.
    """
    path, strict = as_path("path", path), flag("strict", strict)
    if grid is not None:
        fitted = fit_file(path, grid, part=part, tune=tune, voice=voice, chords=chords)
        return (check_strict(fitted, str(path)) if strict else fitted).melody
    entry = _format(path)
    if entry.on_grid and path.is_file():
        raise TuneError(f"{path}: is {entry.name}, which can only be read with a grid: read(path, grid)")
    found = read_tune(path, part=part, tune=tune, voice=voice, chords=chords)
    return fit_whole(found, strict=strict).melody


def fit_file(
    path: str | Path,
    grid: Grid,
    *,
    start_bar: int | None = None,
    part: int | str | None = None,
    tune: int | str | None = None,
    voice: int | str | None = None,
    chords: str | None = None,
) -> Fit:
    """The melody in a file on a grid, and what was changed to get there.

    Args:
        path: a file whose suffix is one of `READS`, or text as `write` makes it, which takes no choice.
        grid: the frame to fill.
        start_bar: as for `fit`.
        part: as for `read_tune`.
        tune: as for `read_tune`.
        voice: as for `read_tune`.
        chords: as for `read_tune`.

    Raises:
        FileNotFoundError: there is no such file.
        TuneError: the file cannot be used, or does not fit the grid.
        ValueError: an argument is wrong.
    """
    path, grid = as_path("path", path), instance("grid", grid, Grid, "a Grid")
    entry = _format(path)
    if not entry.on_grid:
        return fit(read_tune(path, part=part, tune=tune, voice=voice, chords=chords), grid, start_bar=start_bar)
    choices = {"start_bar": start_bar, "part": part, "tune": tune, "voice": voice, "chords": chords}
    for name, value in choices.items():
        if value is not None:
            raise wrong(name, value, f"None: {entry.name} is read onto its grid as a whole")
    with _naming(path):
        return Fit(function(entry.on_grid)(read_bytes(path, entry.limit), grid), ())


def write(melody: Melody, path: str | Path, *, key: str | None = None, title: str | None = None) -> None:
    """Write a melody by the path's suffix: MIDI, MusicXML, ABC, LilyPond, text, a score, or sound.

    Scores are SVG, PNG and PDF, engraved by verovio, of the extra `score`. Sound is WAV, or FLAC and OGG by soundfile,
    of the extra `sound`. Equal melodies give equal bytes, but for OGG.

    The file is written as a whole or not at all: an error or a kill leaves the old one, or none.

    Args:
        melody: what to write.
        path: a file whose suffix is one of `WRITES`; it is overwritten.
        key: for key signature and spelling, such as `G major`; the grid's scale when None.
        title: of scores and files that have one; the melody's own when None.

    Raises:
        NotInstalled: a package of an extra is missing; the line says how to install it.
        ValueError: the suffix is not supported, the key not known, or the format cannot hold the melody: MIDI a slower
            tempo, ABC a tuplet of more than nine, PNG a higher picture, sound a longer piece.
        OSError: the file cannot be written; it names the path.
    """
    instance("melody", melody, Melody, "a Melody")
    path = as_path("path", path)
    if key is not None:
        theory.parse_scale(instance("key", key, str, "the name of a key, such as 'G major', or None"))
    entry = _format(path)
    if not entry.write:
        raise ValueError(f"{path}: {_other_suffix(path, WRITES)}")
    titled = melody if title is None else replace(melody, title=title)
    write_bytes(path, function(entry.write)(titled, key))


def tunes_in(
    folder: str | Path,
    *,
    part: int | str | None = None,
    voice: int | str | None = None,
    chords: str | None = None,
) -> Iterator[tuple[Path, Tune | TuneError]]:
    """Path and tune of every file in a folder and its subfolders, in order of their names; books tune by tune.

    A file that cannot be used yields its error; files of other suffixes are passed over.

    Args:
        folder: a folder, or a file of tunes such as an ABC book.
        part: as for `read_tune`, of every tune.
        voice: as for `read_tune`, of every tune.
        chords: as for `read_tune`, of every tune.

    Raises:
        FileNotFoundError: there is no such folder.
        TuneError: it is a file that holds no tunes.
        ValueError: it is no path, or a choice is wrong.
    """
    folder, asked = as_path("folder", folder), Choice(part=part, voice=voice, chords=chords)
    if not folder.exists():
        raise FileNotFoundError(f"{folder} does not exist, expected a folder or a file of tunes")
    if not folder.is_dir() and folder.suffix.lower() not in READS:
        raise TuneError(f"{folder}: {_other_suffix(folder, READS)}, or a folder")
    for path in sorted(folder.rglob("*")) if folder.is_dir() else [folder]:
        if path.suffix.lower() in READS and path.is_file():
            yield from ((path, tune) for tune in _all_tunes(path, asked))


def as_path(name: str, value: object) -> Path:
    """A path.

    Raises:
        ValueError: it is neither text nor a path object.
    """
    text = os.fspath(value) if isinstance(value, (str, os.PathLike)) else None
    if not isinstance(text, str) or "\0" in text:
        raise wrong(name, value, "a path")
    return Path(text)


def _all_tunes(path: Path, asked: Choice) -> Iterator[Tune | TuneError]:
    """Each tune of a file, or why it cannot be used."""
    entry = _format(path)
    try:
        data = read_bytes(path, entry.limit)
        for tune in function(entry.book)(data, asked) if entry.book else [function(entry.read)(data, asked)]:
            yield _named(path, tune) if isinstance(tune, TuneError) else replace(tune, source=str(path))
    except TuneError as error:
        yield _named(path, error)


def _read(path: Path, asked: Choice) -> Tune:
    """The tune of a file, by its suffix."""
    entry = _format(path)
    if not entry.read and path.is_file():
        raise TuneError(_other_suffix(path, READS))
    data = read_bytes(path, entry.limit)
    if asked.tune is not None and not entry.book:
        raise TuneError(f"is {entry.name}, which holds one tune, expected no choice of a tune")
    tune: Tune = function(entry.read)(data, asked)
    return replace(tune, source=str(path))


def _format(path: Path) -> Format:
    """The entry of a path's suffix, one without functions where there is none."""
    return FORMATS.get(path.suffix.lower(), Format("unknown", 0))


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Begin errors of a file's content with its path."""
    try:
        yield
    except ValueError as error:
        raise _named(path, error) from None


def _named(path: Path, error: ValueError) -> TuneError:
    """An error in one line that begins with the path."""
    return TuneError(f"{path}: {' '.join(str(error).split())}")


def _other_suffix(path: Path, suffixes: tuple[str, ...]) -> str:
    """The error text for a suffix that is not among those supported."""
    return f"has the suffix {path.suffix!r}, expected one of {', '.join(suffixes)}"
