"""Plans: for each unit of a melody, whether it is new or returns, and how.

A unit is half a bar where a bar has an even number of beats, else a bar. A unit returns as an earlier one when both
have the same rhythm and at least two notes: with the same pitches; all moved by as many pitches of the grid; or with
another last note, or last two notes. A pickup is the end of a bar of rests before the first one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.grid import FIRST_PITCH, Grid

Tokens = NDArray[np.int64]


class Return(NamedTuple):
    """A unit that returns: how, by how many units earlier its source lies, and by how much it differs.

    `by` is the move in pitches of the grid of "moved", and the number of free notes at the end of "varied".
    """

    kind: str
    lag: int
    by: int = 0

    @property
    def notes(self) -> int:
        """Notes that a source has at least."""
        return {"same": 2, "moved": 3}.get(self.kind, 2 + self.by)


NEW: Final = Return("new", 0)
RANKS: Final = ("new", "varied", "moved", "same")  # where a unit returns in several ways, it is read as the last


def whole_bars(grid: Grid) -> Grid:
    """A grid without its pickup and its chords, with a bar more in place of the pickup."""
    return replace(grid, pickup=0, chords=(), bars=grid.bars + 1) if grid.pickup else grid


def unit_steps(grid: Grid) -> int:
    """Steps of a unit."""
    return grid.steps_per_bar if grid.beats % 2 else grid.steps_per_bar // 2


def source_notes(unit: Tokens) -> Tokens:
    """The tokens of the notes that begin in a unit."""
    return unit[unit >= FIRST_PITCH]


def rhythm_of(unit: Tokens) -> Tokens:
    """The rhythm of a unit, or of several: rest, hold or onset at each step."""
    return np.minimum(unit, FIRST_PITCH)


def relation(source: Tokens, unit: Tokens, lag: int) -> Return | None:
    """The closest way in which a unit returns as another one; None when in none."""
    if (rhythm_of(source) != rhythm_of(unit)).any():
        return None
    moves = source_notes(unit) - source_notes(source)
    if len(moves) < 2:
        return None
    if not moves.any():
        return Return("same", lag)
    if len(moves) >= 3 and (moves == moves[0]).all():
        return Return("moved", lag, int(moves[0]))
    changed = int(np.flatnonzero(moves)[0])
    free = len(moves) - changed
    return Return("varied", lag, free) if changed >= 2 and free <= 2 else None


def plan_of(units: Tokens, on: bool = False) -> tuple[Return, ...]:
    """The plan that a melody's units (U, steps) are read with: the closest relation, and the nearest source.

    With `on`, the unit at the same place of the first half comes before all other sources that are as close, and
    then one that goes on from the source of the unit before.
    """
    plan: list[Return] = []
    kinds = rhythm_of(units)
    alike = (kinds[:, None] == kinds).all(axis=2).tolist()  # no other unit is a source
    for i, unit in enumerate(units):
        found: list[Any] = [relation(units[j], unit, i - j) for j in range(i - 1, -1, -1) if alike[i][j]]
        lag = plan[-1].lag if on and plan else 0
        ranks = [
            (RANKS.index(each.kind), on and 2 * each.lag == len(units), each.lag == lag, -each.lag, each)
            for each in found
            if each
        ]
        plan.append(max(ranks)[-1] if ranks else NEW)
    return tuple(plan)
