"""The songs of a collection: the model of a grid, trained once a process on a collection's windows of that grid."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import nearest
from evomusic.core.grid import Grid
from evomusic.core.optimum.prior import Prior
from evomusic.corpus.cache import cached_excerpts
from evomusic.corpus.excerpts import Excerpts, excerpts
from evomusic.corpus.shipped import COLLECTIONS
from evomusic.corpus.tunes import read_folder
from evomusic.corpus.written import read_written
from evomusic.rules.style_file import load_style
from evomusic.song.model import Song, train_song

FEWEST: Final = 40  # windows that a model is trained on


def song_of(tunes: str, grid: Grid, tonic: str) -> Song:
    """The song model of a grid, trained on a collection.

    Args:
        tunes: name of a shipped style, for the tunes that it was trained on; the path of a style file that holds its
            tunes (`evomusic style --songs`), or of a folder of tunes.
        grid: the frame.
        tonic: note of the grid on which the tunes' tonic lies.

    Raises:
        ValueError: there is no such collection, or it has too few windows of the grid.
    """
    return _song_of(tunes, grid, tonic, _stamp(tunes))


@lru_cache(maxsize=16)
def _song_of(tunes: str, grid: Grid, tonic: str, stamp: tuple[int, int]) -> Song:
    """By time and size of a style file, so that one trained again is read again."""
    found = _windows_of(tunes, grid, tonic, stamp)
    if len(found.melodies) < FEWEST:
        key, metre = grid.scale or "a chromatic key", "{}/{}".format(*grid.time_signature)
        raise ValueError(
            f"tunes {tunes!r} have {len(found.melodies)} windows of {grid.bars} bars of {metre} in {key}, expected "
            f"{FEWEST} at least: fewer bars, another metre or mode, or a folder of more tunes"
        )
    return train_song(grid, found.melodies, tonic)


def tunes_with(style: str, grid: Grid, tonic: str) -> str:
    """A collection for songs of a grid: a shipped style's, or another of its mode if only that has enough windows."""
    mode = COLLECTIONS[style].styles[style][0] if style in COLLECTIONS else ""
    alike = [name for name, each in COLLECTIONS.items() if each.styles[name][0] == mode and name != style]
    return next((name for name in (style, *alike) if len(windows_of(name, grid, tonic).melodies) >= FEWEST), style)


def windows_of(tunes: str, grid: Grid, tonic: str) -> Excerpts:
    """Windows of a collection's training tunes on a grid.

    Raises:
        ValueError: there is no such collection.
    """
    return _windows_of(tunes, grid, tonic, _stamp(tunes))


@lru_cache(maxsize=16)
def _windows_of(tunes: str, grid: Grid, tonic: str, stamp: tuple[int, int]) -> Excerpts:
    if tunes in COLLECTIONS:
        collection = COLLECTIONS[tunes]
        mode, _ = collection.styles[tunes]
        return cached_excerpts(
            tunes, grid, tonic, mode, lambda: excerpts(collection.style_tunes(tunes), grid, tonic=tonic, mode=mode)
        )
    if Path(tunes).suffix == ".json":
        style = load_style(tunes)
        if not style.tunes:
            raise ValueError(
                f"style file {tunes} holds no tunes to train songs on, only counts: train it again with "
                "'evomusic style --from FOLDER --songs -o FILE'"
            )
        try:
            return excerpts(read_written(style.tunes), grid, tonic=tonic, mode=style.mode)
        except ValueError as error:
            raise ValueError(f"style file {tunes} is damaged: {error}; train it again") from error
    if not Path(tunes).is_dir():
        names, near = ", ".join(COLLECTIONS), nearest(tunes, COLLECTIONS)
        raise ValueError(
            f"tunes are {tunes!r}, expected one of {names}, a folder of tunes, or a style file of 'evomusic style "
            f"--songs'{near}"
        )
    return excerpts(read_folder(tunes)[0], grid, tonic=tonic)


def _stamp(tunes: str) -> tuple[int, int]:
    """Time and size of a style file; alike for all other collections."""
    if not tunes.endswith(".json"):
        return 0, 0
    try:
        stat = Path(tunes).stat()
    except (OSError, ValueError):  # a path may hold a null byte
        return 0, 0
    return stat.st_mtime_ns, stat.st_size


@dataclass(frozen=True)
class SongOf:
    """The song of a collection on a grid, trained when it is first used: a task's `song`.

    Args:
        tunes: as for `tunes_with`.
        grid: the frame; its chords are not heard.
        tonic: note of the grid on which the tunes' tonic lies.
    """

    tunes: str
    grid: Grid
    tonic: str

    def song(self) -> Song:
        """The model.

        Raises:
            ValueError: as for `song_of`.
        """
        plain = replace(self.grid, chords=())
        return song_of(tunes_with(self.tunes, plain, self.tonic), plain, self.tonic)

    def prior(self, order: int = 2) -> Prior:
        """Its rhythm and its pitch, which hears so many notes before, as automata."""
        return self.song().prior(order)

    def sample(self, n: int, rng: np.random.Generator) -> NDArray[np.uint8]:
        """Melodies (n, T) of the model."""
        return self.song().sample(n, rng)

    def redraw(self, melodies: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
        """Melodies (P, T), each drawn anew from a random unit on."""
        return self.song().redraw(melodies, rng)


@lru_cache(maxsize=16)
def digest_of(song: Song) -> str:
    """A digest of the windows that a model was trained on."""
    return hashlib.sha256(song.windows.tobytes()).hexdigest()[:16]
