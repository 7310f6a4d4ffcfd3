"""The height of a melody: a measure that listeners are asked about, beside those of `evomusic.measures`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evomusic.core.grid import Grid
from evomusic.core.melody import Tokens
from evomusic.measures.features import by_block, note_line


@dataclass(frozen=True)
class MeanPitch:
    """The mean MIDI pitch of the notes; the grid's lowest without any. Source: Müllensiefen, "FANTASTIC" (2009)."""

    def __call__(self, melodies: Tokens, grid: Grid) -> NDArray[np.float64]:
        """(P,) MIDI pitches."""
        return by_block(_mean_pitch, melodies, grid)

    def bounds(self, grid: Grid) -> tuple[float, float]:
        """The grid's lowest pitch, and its highest."""
        return float(grid.pitches[0]), float(grid.pitches[-1])


def _mean_pitch(melodies: Tokens, grid: Grid) -> NDArray[np.float64]:
    line, there = note_line(melodies, grid)
    count, total = there.sum(axis=1), np.where(there, line, 0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), float(grid.pitches[0]))
