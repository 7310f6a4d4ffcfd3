"""Features of melodies by which a song model is tilted: shares, means and returns, most of them sums over notes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evomusic import measures
from evomusic.core.grid import FIRST_PITCH, Grid
from evomusic.core.melody import Tokens, canonical
from evomusic.measures.features import note_line, note_moves
from evomusic.song.contexts import LONG
from evomusic.song.plan import unit_steps

Floats = NDArray[np.float64]
SIZES = ((0, 0), (1, 1), (2, 2), (3, 4), (5, 5), (6, 7), (8, 11), (12, 127))  # of moves, in semitones
LENGTHS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0)  # of notes, in beats
LAGS = (1, 2, 4)  # units
LATE = (8, 16)  # units, of long melodies alone
PARTS = 4  # of a melody, whose heights are compared
MEASURES = (
    measures.Notes(),
    measures.Pitches(),
    measures.PitchRange(),
    measures.PitchEntropy(),
    measures.IntervalEntropy(),
    measures.LengthEntropy(),
    measures.TurnShare(),
    measures.SyncopationShare(),
    measures.RestShare(),
    measures.BarRepetition(),
    measures.RhythmRepetition(),
)


def song_features(melodies: Tokens, grid: Grid, tonic: int) -> Floats:
    """Features (P, F) of melodies (P, T), the same number on one grid."""
    rows = canonical(melodies)
    columns = [measure(rows, grid) for measure in MEASURES]
    columns += [*_moves(rows, grid), *_degrees(rows, grid, tonic), *_times(rows, grid), *_returns(rows, grid)]
    if grid.steps // unit_steps(grid) >= LONG:
        columns += _forms(rows, grid)
    return np.stack([np.asarray(column, float) for column in columns], axis=1)


def _moves(rows: Tokens, grid: Grid) -> list[NDArray[np.float64]]:
    """Shares of sizes and of ways up, of equal moves in a row and of notes that come back, and the last move."""
    moves, there = note_moves(rows, grid)
    size, both = np.abs(moves), there[:, 1:]
    found = [_share((size >= low) & (size <= high), there) for low, high in SIZES]
    found += [_share(moves > 0, there), _share(size[:, 1:] == size[:, :-1], both)]
    found.append(_share(moves[:, 1:] == -moves[:, :-1], both))
    last = size[np.arange(len(rows)), np.maximum(there.sum(axis=1) - 1, 0)]
    return [*found, last == 0, last <= 2, last >= 7, np.where(there, size, 0).max(axis=1) >= 8]


def _degrees(rows: Tokens, grid: Grid, tonic: int) -> list[NDArray[np.float64]]:
    """Shares of the twelve degrees among all notes and those on strong beats, the first and the last; heights."""
    line, there = note_line(rows, grid)
    degree, height = (line - tonic) % 12, line - float(tonic)
    onset, pitch = rows >= FIRST_PITCH, np.array([0] * FIRST_PITCH + list(grid.pitches))[rows]
    strong = onset & np.array([grid.slot(t).strength >= 2 for t in range(grid.steps)])
    last = degree[np.arange(len(rows)), np.maximum(there.sum(axis=1) - 1, 0)]
    found = []
    for k in range(12):
        found += [_share(degree == k, there), _share((pitch - tonic) % 12 == k, strong)]
        found += [(degree[:, 0] == k) & there[:, 0], (last == k) & there[:, 0]]
    mean = _share(height, there)
    found += [mean, np.sqrt(_share((height - mean[:, None]) ** 2, there))]
    part = np.arange(grid.steps) * PARTS // grid.steps
    for k in range(PARTS):
        inside = onset & (part == k)
        found.append(np.where(inside.any(axis=1), _share(pitch - float(tonic), inside) - mean, 0.0))
    return found


def _times(rows: Tokens, grid: Grid) -> list[NDArray[np.float64]]:
    """Shares of lengths, and of steps at which a note begins, by position in the bar."""
    onset, held = rows >= FIRST_PITCH, rows == 1
    ends = np.concatenate([~held, np.ones((len(rows), 1), bool)], axis=1)
    ahead = np.where(ends, np.arange(grid.steps + 1), grid.steps)
    until = np.minimum.accumulate(ahead[:, ::-1], axis=1)[:, ::-1][:, 1:]  # next step that is no hold
    length = (until - np.arange(grid.steps)) / grid.steps_per_beat
    found = [_share(length == beats, onset) for beats in LENGTHS]
    found.append(_share(length > LENGTHS[-1], onset))
    bars = onset.reshape(len(rows), grid.bars, -1).mean(axis=1)
    return [*found, *bars.T]


def _returns(rows: Tokens, grid: Grid) -> list[NDArray[np.float64]]:
    """Shares of units that are as one some units before, in all or in rhythm."""
    units = rows.reshape(len(rows), -1, unit_steps(grid))
    found: list[Floats] = []
    for lag in LAGS:
        if lag < units.shape[1]:
            found += [_returned(each, lag) for each in (units, np.minimum(units, FIRST_PITCH))]
    return found


def _forms(rows: Tokens, grid: Grid) -> list[Floats]:
    """Shares of a long melody's units and pairs that return, in more ways or later, and of different ones."""
    units = rows.reshape(len(rows), -1, unit_steps(grid))
    ways = [units, np.minimum(units, FIRST_PITCH), _contours(units)]
    heads, even = units[:, :, : units.shape[2] // 2], units.shape[1] // 2 * 2
    pairs = [each[:, :even].reshape(len(rows), -1, 2 * units.shape[2]) for each in ways]
    found: list[Floats] = []
    for lag in (each for each in (*LAGS, *LATE) if each < units.shape[1]):
        found += [_returned(each, lag) for each in (ways if lag in LATE else ways[2:])]
        found.append(_returned(heads, lag))
        if 1 <= lag // 2 < even // 2:
            found += [_returned(each, lag // 2) for each in pairs]
    return [*found, *(_different(each) for each in (*ways, *pairs))]


def _contours(units: Tokens) -> Tokens:
    """Units (P, U, steps) with the way to each note from the one before in it: down 1, level 2, up 3; 0 elsewhere."""
    found, before = np.zeros(units.shape, np.uint8), units[:, :, 0].astype(np.int64)
    for step in range(units.shape[2]):
        now = units[:, :, step].astype(np.int64)
        onset = now >= FIRST_PITCH
        found[:, :, step] = np.where(onset, 2 + np.where(before >= FIRST_PITCH, np.sign(now - before), 0), 0)
        before = np.where(onset, now, before)
    return found


def _returned(units: Tokens, lag: int) -> Floats:
    """Shares (P,) of units (P, n, steps) that are as those so many before."""
    return np.asarray((units[:, lag:] == units[:, :-lag]).all(axis=2).mean(axis=1))


def _different(units: Tokens) -> Floats:
    """Shares (P,) of different ones among units (P, n, steps)."""
    numbers = np.unique(units.reshape(-1, units.shape[2]), axis=0, return_inverse=True)[1]
    ordered = np.sort(numbers.reshape(units.shape[:2]), axis=1)
    return np.asarray(((np.diff(ordered, axis=1) != 0).sum(axis=1) + 1) / units.shape[1])


def _share(values: NDArray[np.generic], among: NDArray[np.bool_]) -> Floats:
    """Mean (P,) of values (P, N) where they count, 0 where none does."""
    return np.asarray(np.where(among, values, 0).sum(axis=1) / np.maximum(among.sum(axis=1), 1))
