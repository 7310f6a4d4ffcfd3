"""Features behind the measures: functions of a block of melodies (P, T) and its grid that give one row (P,) each.

Rows are summed in whole numbers, and only their totals are divided: then no value depends on the batch, or on the order
in which the machine adds.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evomusic.core.grid import FIRST_PITCH, HOLD, REST, Grid
from evomusic.core.melody import Tokens, canonical

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

BLOCK = 2**18  # tokens worked on at a time: a million melodies need no more memory than a few thousand
BIT = 2.0**32  # entropies are summed in whole multiples of 1 / BIT


def by_block(feature: Callable[[Tokens, Grid], NDArray[Any]], melodies: Tokens, grid: Grid) -> Floats:
    """A feature of all melodies, a block of rows at a time.

    Raises:
        ValueError: the melodies' shape, type or tokens do not fit the grid.
    """
    melodies = np.asarray(melodies)
    if melodies.ndim != 2 or melodies.shape[1] != grid.steps or melodies.dtype != np.uint8:
        raise ValueError(
            f"melodies has shape {melodies.shape} of {melodies.dtype}, expected (P, {grid.steps}) of uint8: "
            f"this grid has {grid.bars} bars of {grid.steps_per_bar} steps"
            + f" after a pickup of {grid.pickup}"
            * bool(grid.pickup)
        )
    if melodies.size and melodies.max() >= grid.tokens:
        raise ValueError(f"melodies holds token {melodies.max()}, expected 0 to {grid.tokens - 1} on this grid")
    values = np.zeros(len(melodies))
    rows = max(1, BLOCK // grid.steps)
    for i in range(0, len(melodies), rows):
        values[i : i + rows] = feature(melodies[i : i + rows], grid)
    return values


def notes(melodies: Tokens, grid: Grid) -> Ints:
    """Number of notes."""
    return (melodies >= FIRST_PITCH).sum(axis=1)


def full_bar_notes(melodies: Tokens, grid: Grid) -> Ints:
    """Number of notes after a pickup."""
    return notes(melodies[:, grid.pickup :], grid)


def pitches(melodies: Tokens, grid: Grid) -> Ints:
    """Number of different pitches."""
    return (_counts(*note_line(melodies, grid), 128) > 0).sum(axis=1)


def pitch_range(melodies: Tokens, grid: Grid) -> Ints:
    """Highest minus lowest pitch."""
    line, noted = note_line(melodies, grid)
    return np.maximum(np.where(noted, line, 0).max(axis=1) - np.where(noted, line, 127).min(axis=1), 0)


def pitch_entropy(melodies: Tokens, grid: Grid) -> Floats:
    """Bits a note."""
    return _entropy(*note_line(melodies, grid), 128)


def interval_entropy(melodies: Tokens, grid: Grid) -> Floats:
    """Bits a move."""
    moves, moved = note_moves(melodies, grid)
    return _entropy(moves + 127, moved, 255)


def length_entropy(melodies: Tokens, grid: Grid) -> Floats:
    """Bits a note, of lengths in steps."""
    sounding = canonical(melodies) != REST
    number = (melodies >= FIRST_PITCH).cumsum(axis=1) - 1  # of the note that sounds
    lengths = _counts(number, sounding, grid.steps)
    return _entropy(lengths, lengths > 0, grid.steps + 1)


def interval_share(melodies: Tokens, grid: Grid, low: int, high: int) -> Floats:
    """Moves of low to high semitones among all."""
    moves, moved = note_moves(melodies, grid)
    size = np.abs(moves)
    return _ratio((moved & (size >= low) & (size <= high)).sum(axis=1), moved.sum(axis=1))


def mean_interval(melodies: Tokens, grid: Grid) -> Floats:
    """Semitones a move."""
    moves, moved = note_moves(melodies, grid)
    return _ratio(np.where(moved, np.abs(moves), 0).sum(axis=1), moved.sum(axis=1))


def turn_share(melodies: Tokens, grid: Grid) -> Floats:
    """Changes of direction among successive moves, repeats left out."""
    moves, moved = note_moves(melodies, grid)
    ways, there = _packed(np.sign(moves), moved & (moves != 0))
    turned = there[:, 1:] & (ways[:, 1:] != ways[:, :-1])
    return _ratio(turned.sum(axis=1), there[:, 1:].sum(axis=1))


def syncopation_share(melodies: Tokens, grid: Grid) -> Floats:
    """Notes held over a place stronger than their onset, among all."""
    strength, last = _strengths(grid), _last_event(melodies)
    sounding = np.take_along_axis(melodies, last, axis=1) >= FIRST_PITCH
    over = sounding & (strength > strength[last])
    number = (melodies >= FIRST_PITCH).cumsum(axis=1) - 1  # of the note that sounds
    return _ratio((_counts(number, over, grid.steps) > 0).sum(axis=1), notes(melodies, grid))


def rest_share(melodies: Tokens, grid: Grid) -> Floats:
    """Silent steps among all."""
    return (canonical(melodies) == REST).sum(axis=1) / grid.steps


def bar_repetition(melodies: Tokens, grid: Grid) -> Floats:
    """Bars after the first that sound like an earlier one, among all of them."""
    sounding = np.take_along_axis(melodies, _last_event(melodies), axis=1).astype(np.int16)
    sounding[sounding < FIRST_PITCH] = REST  # a hold before any note is its own last event
    return _repetition(2 * sounding + (melodies >= FIRST_PITCH), melodies, grid)


def rhythm_repetition(melodies: Tokens, grid: Grid) -> Floats:
    """Bars after the first with the onsets of an earlier one, among all of them."""
    return _repetition(melodies >= FIRST_PITCH, melodies, grid)


def autocorrelation(melodies: Tokens, grid: Grid, lag: int) -> Floats:
    """Autocorrelation of the pitches in order, at a lag of notes."""
    line, noted = note_line(melodies, grid)
    x = np.where(noted, line - grid.pitches[0], 0)  # a shift changes nothing and keeps the sums small
    both = noted[:, lag:]
    first, second = np.where(both, x[:, : max(grid.steps - lag, 0)], 0), x[:, lag:]
    n, pairs = noted.sum(axis=1).astype(float), both.sum(axis=1)
    total, squares = x.sum(axis=1), (x * x).sum(axis=1)
    products, ends = (first * second).sum(axis=1), (first + second).sum(axis=1)
    # with m = total / n: sum (x - m)(y - m) = products - m ends + pairs m^2; joint and spread are n^2 times the sums
    spread = n * (n * squares - 1.0 * total * total)
    joint = n * n * products - n * total * ends + 1.0 * pairs * total * total
    return np.divide(joint, spread, out=np.zeros(len(n)), where=spread > 0)


def note_line(melodies: Tokens, grid: Grid) -> tuple[Ints, Bools]:
    """Pitches of the notes in order (P, T), and where there are any."""
    pitch = np.array([0] * FIRST_PITCH + list(grid.pitches))
    return _packed(pitch[melodies], melodies >= FIRST_PITCH)


def note_moves(melodies: Tokens, grid: Grid) -> tuple[Ints, Bools]:
    """Signed moves in semitones in order (P, T - 1), and where there are any."""
    line, noted = note_line(melodies, grid)
    return np.diff(line, axis=1), noted[:, 1:]


def _packed(values: Ints, wanted: Bools) -> tuple[Ints, Bools]:
    """The wanted values of each row moved to its beginning, in order, and where they now are."""
    there = np.arange(values.shape[1]) < wanted.sum(axis=1)[:, None]
    packed = np.zeros(values.shape, np.int64)
    packed[there] = values[wanted]
    return packed, there


def _counts(values: Ints, wanted: Bools, kinds: int) -> Ints:
    """Number of each of 0 to kinds - 1 among the wanted values of each row (P, kinds)."""
    rows = len(values)
    cells = (values + kinds * np.arange(rows)[:, None])[wanted]
    return np.bincount(cells, minlength=rows * kinds).reshape(rows, kinds)


def _entropy(values: Ints, wanted: Bools, kinds: int) -> Floats:
    """Shannon entropy in bits of the wanted values of each row: log n - sum c log c / n, in multiples of 1 / BIT."""
    table = _n_log_n(values.shape[1])
    n = wanted.sum(axis=1)
    return np.maximum(_ratio(table[n] - table[_counts(values, wanted, kinds)].sum(axis=1), n) / BIT, 0.0)


@lru_cache(maxsize=64)
def _n_log_n(most: int) -> Ints:
    """The value of n log2 n for n from 0 to most, in whole multiples of 1 / BIT."""
    return np.array([round(n * math.log2(n) * BIT) if n else 0 for n in range(most + 1)])


@lru_cache(maxsize=64)
def _strengths(grid: Grid) -> Ints:
    """Strength of each step (T,)."""
    return np.array([grid.slot(step).strength for step in range(grid.steps)])


def _last_event(melodies: Tokens) -> Ints:
    """The last step that is no hold, up to each step (P, T); 0 before the first."""
    return np.maximum.accumulate(np.where(melodies == HOLD, 0, np.arange(melodies.shape[1])), axis=1)


def _repetition(codes: NDArray[Any], melodies: Tokens, grid: Grid) -> Floats:
    """Bars after the first whose codes (P, T) are those of an earlier bar, and in which a note begins; no pickup."""
    if grid.bars == 1:
        return np.zeros(len(codes))
    bars = codes[:, grid.pickup :].reshape(len(codes), grid.bars, grid.steps_per_bar)
    noted: Bools = np.asarray((melodies[:, grid.pickup :] >= FIRST_PITCH).reshape(bars.shape).any(axis=2))
    repeats = np.zeros(len(codes), np.int64)
    for bar in range(1, grid.bars):
        like = (bars[:, :bar] == bars[:, bar : bar + 1]).all(axis=2).any(axis=1)
        repeats += like & noted[:, bar]
    return repeats / (grid.bars - 1)


def _ratio(part: Ints, whole: Ints) -> Floats:
    """Part by whole, and 0 where there is no whole."""
    return part / np.maximum(whole, 1)
