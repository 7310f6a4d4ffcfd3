"""Songs in sections: a form such as AABA whose sections are songs, and return as it says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evomusic.core import ties
from evomusic.core.grid import Grid
from evomusic.song.model import Song
from evomusic.song.trained import song_of


def draw_songs(
    tunes: str, grid: Grid, tonic: str, n: int, rng: np.random.Generator, form: str = ""
) -> NDArray[np.uint8]:
    """Melodies (n, T) as the tunes of a collection are; with a form, each section is a song of its length.

    A pickup belongs to the first section. The last note is a tonic of a beat or more. A section that returns is a copy,
    transposed where the form says so; one with an end of its own is drawn anew from the last unit on that it shares
    with where it stood first. A melody whose transposition leaves the grid is drawn again.

    Args:
        tunes: as for `song_of`.
        grid: the frame.
        tonic: note of the grid on which the tunes' tonic lies.
        n: number of melodies.
        rng: random generator.
        form: as for `em.conditions.form`; one song when empty.

    Raises:
        ValueError: the form does not fit the grid, a section is shorter than a bar, or the tunes have too few windows.
    """
    section = section_grid(grid, form)
    song = song_of(tunes, section, tonic)
    if not form:
        return song.sample(n, rng, end="tonic")
    table, found = ties.tied(form, grid), list[Any]()
    later = song_of(tunes, replace(section, pickup=0), tonic) if grid.pickup else song
    while len(found) < n:
        row = _written(song, later, table, rng)
        if row is not None:
            found.append(row)
    return np.array(found, np.uint8).reshape(n, grid.steps)


def section_grid(grid: Grid, form: str = "") -> Grid:
    """The grid of a section, which is the whole where there is no form.

    Raises:
        ValueError: the form does not fit the grid, or a section is shorter than a bar.
    """
    if not form:
        return grid
    ties.tied(form, grid)
    count = len(ties.SECTION.findall(ties.checked_form(form)))
    if count > grid.bars:
        raise ValueError(f"form is {form!r}, {count} sections, expected sections of a bar at least: {grid.bars} bars")
    return replace(grid, bars=grid.bars // count)


def _written(song: Song, later: Song, table: ties.Ties, rng: np.random.Generator) -> NDArray[np.int64] | None:
    """Tokens (T,) of a melody in sections, a song for the first and one for all others; None where a copy is off."""
    row, start = np.zeros(len(table.root), np.int64), 0
    while start < len(row):
        song = later if start else song
        steps = np.arange(start, start + song.grid.steps)
        start += song.grid.steps
        free = table.root[steps] == steps
        row[steps[~free]] = table.copy[steps[~free], row[table.root[steps[~free]]]]
        if (row[steps[~free]] == ties.NONE).any():
            return None
        if free.any():
            shared = int(free.argmax()) // song.unit * song.unit  # steps at the beginning that are not free
            end = "tonic" if table.root[-1] in steps else "any"  # of the section whose end, or copy, is the melody's
            drawn = song.sample(1, rng, row[steps[:shared]], end)[0]
            row[steps[free]] = drawn[free]
    return row
