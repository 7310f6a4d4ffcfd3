"""Rules unrolled over the steps of a melody, with each step in two decisions: rest, hold or onset; then the pitch.

Few things that rules remember matter once a note begins, so a product of many rules has far fewer rows of pitches than
rows of kinds, and is written, stored and swept several times faster than with a row of all tokens for each memory.
Rows whose values differ by a constant are merged, too: the constant is paid on the way to them (weight pushing,
M. Mohri, "Minimization algorithms for sequential transducers", 2000). Values are pairs, the prior's bits and the
return; both are multiples of the quantum, so that all sums are exact. T steps, A tokens.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import njit
from evomusic.core.automata import row_classes
from evomusic.core.grid import FIRST_PITCH, Grid
from evomusic.core.optimum.layers import Layers, pairs_ahead

KINDS = 3  # rest, hold, onset
CELLS = 2**27  # pairs of rows of two parts at one step, at most

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]
Rows = tuple[NDArray[np.int64], NDArray[np.int64]]


class Stage(NamedTuple):
    """One step. Rests and holds lead to rows of the next step, of which there are N, and an onset to a row of pitches.

    Row of pitches p of this step has the number N + p; its pitches lead to rows of the next step. Values are pairs
    (bits of the prior, return); once minimised, those of the first kind and of the first pitch are 0.
    """

    kinds: Ints  # (n, 3)
    kind_values: Floats  # (n, 3, 2)
    pitches: Ints  # (m, A - 2)
    pitch_values: Floats  # (m, A - 2, 2)


class Stages(NamedTuple):
    """T stages, the first of one row, the last leading to row 0, and the value (2,) that every melody has beside."""

    steps: list[Stage]
    shift: Floats

    @property
    def rows(self) -> int:
        """Rows of kinds of all steps."""
        return sum(len(step.kinds) for step in self.steps)


def staged(layers: Layers, column: int) -> Stages:
    """Layers as stages, minimised; their value is that of one column: 0 for bits, 1 for return."""
    steps = []
    for following, value, ahead in zip(layers.next, layers.value, [*map(len, layers.next[1:]), 1], strict=True):
        rows = ahead + np.arange(len(following), dtype=np.int32)
        pairs = np.zeros((*value.shape, 2))
        pairs[..., column] = value
        kinds, kind_values = np.column_stack([following[:, :FIRST_PITCH], rows]), np.zeros((len(rows), KINDS, 2))
        kind_values[:, :FIRST_PITCH] = pairs[:, :FIRST_PITCH]
        steps.append(Stage(kinds, kind_values, following[:, FIRST_PITCH:], pairs[:, FIRST_PITCH:]))
    return minimise(Stages(steps, np.zeros(2)))


def neutral(grid: Grid) -> Stages:
    """Stages of one row a step, whose values are 0."""
    pitches = grid.tokens - FIRST_PITCH
    step = Stage(
        np.array([[0, 0, 1]], np.int32),
        np.zeros((1, KINDS, 2)),
        np.zeros((1, pitches), np.int32),
        np.zeros((1, pitches, 2)),
    )
    return Stages([step] * grid.steps, np.zeros(2))


def minimise(stages: Stages) -> Stages:
    """Merge rows that lead to merged rows by values that differ by a constant, from the last step back."""
    steps: list[Stage] = []
    classes, lift = np.zeros(1, np.int64), np.zeros((1, 2))
    for kinds, kind_values, pitches, pitch_values in reversed(stages.steps):
        low, note_classes, note_lift = _merge(pitches, pitch_values, classes, lift)
        classes = np.concatenate([classes, note_classes + classes.max() + 1])
        high, classes, lift = _merge(kinds, kind_values, classes, np.concatenate([lift, note_lift]))
        steps.insert(0, Stage(*high, *low))
    return Stages(steps, stages.shift + lift[0])


def _merge(
    to: Ints, values: Floats, classes: NDArray[np.int64], lift: Floats
) -> tuple[tuple[Ints, Floats], NDArray[np.int64], Floats]:
    """The rows that differ, each with its values less its first; the class of each row, and what was taken off it."""
    rows, width = to.shape
    keys, taken = np.empty((rows, 3 * width), np.int64), np.empty((rows, 2))
    _write_keys(to, values, classes, lift, keys, keys.view(np.float64), taken)
    merged, first = row_classes(keys)
    keys = keys[first]
    low = np.ascontiguousarray(keys[:, width:]).view(np.float64).reshape(-1, width, 2)
    return (keys[:, :width].astype(np.int32), low), merged, taken


@njit(cache=True)
def _write_keys(to: Any, values: Any, classes: Any, lift: Any, keys: Any, floats: Any, taken: Any) -> None:
    """Fill keys (n, 3 W): classes to which rows lead, and values less the first; `floats` is the same memory."""
    width = to.shape[1]
    for i in range(len(to)):
        for w in range(width):
            ahead = to[i, w]
            keys[i, w] = classes[ahead]
            for k in range(2):
                x = values[i, w, k] + lift[ahead, k]
                if w == 0:
                    taken[i, k] = x
                floats[i, width + 2 * w + k] = x - taken[i, k] + 0.0  # no -0.0: equal rows are found by their bits


def compose(x: Stages, y: Stages, most: int) -> Stages | None:
    """Product of stages, whose value is the sum of both; None when it is too large.

    Args:
        x: stages.
        y: stages of as many steps.
        most: rows of kinds of all steps; twice as many may be met before they are merged.
    """
    pairs = _meet(x, y, 2 * most)
    if pairs is None:
        return None
    steps = [
        Stage(kinds, a.kind_values[i] + b.kind_values[j], pitches, a.pitch_values[p] + b.pitch_values[q])
        for a, b, ((i, j), kinds, (p, q), pitches) in zip(x.steps, y.steps, pairs, strict=True)
    ]
    both = minimise(Stages(steps, x.shift + y.shift))
    return both if both.rows <= most else None


def growth(x: Stages, y: Stages, most: int) -> float:
    """Rows of the product before they are merged, as a multiple of those of x; infinite beyond `most` rows."""
    pairs = _meet(x, y, most)
    return math.inf if pairs is None else sum(len(kinds) for _, kinds, _, _ in pairs) / x.rows


def _meet(x: Stages, y: Stages, most: int) -> list[tuple[Rows, Ints, Rows, Ints]] | None:
    """Step by step the pairs of rows of kinds and where they lead, the pairs of rows of pitches and where they lead."""
    i = j = np.zeros(1, np.int64)
    pairs = []
    sizes = [(len(a.kinds), len(b.kinds)) for a, b in zip(x.steps, y.steps, strict=True)]
    for a, b, (width, height) in zip(x.steps, y.steps, [*sizes[1:], (1, 1)], strict=True):
        most -= len(i)
        notes, rows = _Pairs(len(a.pitches), len(b.pitches), most), _Pairs(width, height, most)
        onset = notes.lead(i, j, a.kinds[:, FIRST_PITCH:] - width, b.kinds[:, FIRST_PITCH:] - height)
        quiet = rows.lead(i, j, a.kinds[:, :FIRST_PITCH], b.kinds[:, :FIRST_PITCH])
        if onset is None or quiet is None:
            return None
        pitches = rows.lead(*notes.found, a.pitches, b.pitches)
        if pitches is None:
            return None
        pairs.append(((i, j), np.concatenate([quiet, onset + np.int32(rows.count)], axis=1), notes.found, pitches))
        i, j = rows.found
    return pairs


class _Pairs:
    """Pairs of rows of two parts, numbered in the order in which they are met."""

    def __init__(self, width: int, height: int, most: int) -> None:
        self.fits = most > 0 and width * height <= CELLS
        self.number = np.full((width, height) if self.fits else (0, 0), -1, np.int32)
        self.pairs = np.empty((2, min(most, width * height) if self.fits else 0), np.int64)
        self.count = 0

    def lead(self, i: NDArray[np.int64], j: NDArray[np.int64], x: Ints, y: Ints) -> Ints | None:
        """Numbers (S, W) of the pairs to which pairs of rows lead, by each of W choices; None when too many."""
        if not self.fits:
            return None
        following = np.empty((len(i), x.shape[1]), np.int32)
        x, y = np.ascontiguousarray(x), np.ascontiguousarray(y)
        self.count = pairs_ahead(i, j, x, y, self.number, self.pairs, self.count, following)
        return following if self.count >= 0 else None

    @property
    def found(self) -> Rows:
        """Rows of the first part and of the second, of each pair."""
        first, second = self.pairs[:, : self.count].copy()
        return first, second
