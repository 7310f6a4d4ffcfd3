"""Conditions on melodies: tables (T, A) of the tokens that are allowed at each step, to be combined with `&`; and ties.

`SoftPolicy.lock` and `SoftPolicy.sample` take tables, and draw exactly from the melodies that meet them. A `Tie` says
that a span sounds as an earlier one; `SoftPolicy.tie`, and `like` of `SoftPolicy.sample`, take ties, or a form such as
"AABA".
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic.core.checks import instance, whole, wrong
from evomusic.core.grid import FIRST_PITCH, Grid
from evomusic.core.melody import Melody
from evomusic.core.ties import Tie as Tie
from evomusic.core.ties import bars_alike as bars_alike
from evomusic.core.ties import form as form

OPEN = -1  # stands for any token
Allowed = NDArray[np.bool_]


def tokens(locked: ArrayLike, grid: Grid) -> Allowed:
    """The table of conditions in either form.

    Args:
        locked: (T,) whole numbers: the token of a step, or -1 where it is open; or (T, A) bool, which is the table.
        grid: the frame.

    Raises:
        ValueError: the shape, the type or a token does not fit the grid.
    """
    instance("grid", grid, Grid, "a Grid, such as em.Grid(bars=4)")
    if isinstance(locked, Melody):
        raise wrong("locked", locked, "a row of tokens; em.conditions.bars(melody, 0) locks the first bar of a melody")
    try:
        table = np.asarray(locked)
    except ValueError:
        raise wrong("locked", locked, f"an array of shape ({grid.steps},), or ({grid.steps}, {grid.tokens})") from None
    if table.dtype == bool and table.shape == (grid.steps, grid.tokens):
        return table
    if table.dtype.kind not in "ui" or table.shape != (grid.steps,):
        raise ValueError(
            f"locked has dtype {table.dtype} and shape {table.shape}, expected ({grid.steps},) tokens with -1 where "
            f"a step is open, or a table of bool of shape ({grid.steps}, {grid.tokens})"
        )
    wrong_steps = np.flatnonzero((table < OPEN) | (table >= grid.tokens))
    if len(wrong_steps):
        step = wrong_steps[0]
        raise ValueError(f"locked has token {table[step]} at step {step}, expected -1 to {grid.tokens - 1}")
    return (table == OPEN)[:, None] | (table[:, None] == np.arange(grid.tokens))


def bars(melody: Melody, *numbers: int) -> Allowed:
    """Bars of a melody stay as they are, counted from 0, with -1 for a pickup; all others are open.

    Raises:
        ValueError: there is no such bar.
    """
    grid, row = _grid(melody), np.full(melody.tokens.shape, OPEN)
    for number in numbers:
        start, end = grid.bar_spans[whole("bar", number, -bool(grid.pickup), grid.bars - 1) + bool(grid.pickup)]
        row[start:end] = melody.tokens[start:end]
    return tokens(row, grid)


def opening(melody: Melody, steps: int) -> Allowed:
    """The first steps of a melody stay as they are, to be continued.

    Raises:
        ValueError: steps is no whole number from 0 to T.
    """
    grid = _grid(melody)
    steps = whole("steps", steps, 0, grid.steps)
    return tokens(np.where(np.arange(grid.steps) < steps, melody.tokens.astype(int), OPEN), grid)


def rhythm(melody: Melody) -> Allowed:
    """Notes begin and end where they do in a melody, of any pitch; silence is written as rests."""
    grid, row = _grid(melody), melody.canonical.tokens
    table = row[:, None] == np.arange(grid.tokens)
    table[row >= FIRST_PITCH, FIRST_PITCH:] = True
    return table


def pitches(melody: Melody) -> Allowed:
    """Where a melody begins a note, that pitch begins; no other notes do, and how long each lasts is open."""
    grid, row = _grid(melody), melody.tokens
    table = row[:, None] == np.arange(grid.tokens)
    table[row < FIRST_PITCH, :FIRST_PITCH] = True
    return table


def _grid(melody: Any) -> Grid:
    """The grid of a melody.

    Raises:
        ValueError: it is none.
    """
    instance("melody", melody, Melody, "a Melody, such as em.Melody(tokens, task.grid)")
    return melody.grid
