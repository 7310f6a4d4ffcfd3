"""Drawing the tokens of one step, in multiples of the greatest sum ahead, as `sweeps` adds them up."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import njit
from evomusic.core.optimum.stages import Stage
from evomusic.core.optimum.sweeps import TINY, Scaled, Weights

Ints = NDArray[np.int64]


def draw(
    step: Stage,
    weight: Weights,
    ahead: tuple[Scaled, Scaled],
    may: NDArray[np.bool_],
    chance: NDArray[np.float64],
    rows: Ints,
) -> tuple[Ints, Ints] | None:
    """Tokens (n,) and the rows (n,) of the next step to which they lead; None where multiples might vanish.

    Args:
        step: the step.
        weight: its weights.
        ahead: sums of the rows of the next step, and of the rows of pitches of this one.
        may: (A,) the tokens that are allowed.
        chance: (n,) uniform random numbers.
        rows: (n,) rows of kinds.
    """
    following, pitches = ahead
    factor = math.exp(min(pitches.top - following.top, 700.0))
    least = min(following.least, pitches.least * factor) * weight.kinds.least, following.least * weight.pitches.least
    if not min(least) > TINY or pitches.top - following.top >= 700:
        return None
    tokens, to = np.empty((2, len(rows)), np.int64)
    shares = weight.kinds.shares, weight.pitches.shares, following.shares, pitches.shares
    _draw(step.kinds, step.pitches, *shares, factor, may, chance, rows, tokens, to)
    return tokens, to


@njit(cache=True, nogil=True)
def _draw(
    kinds: Any,
    pitches: Any,
    kind_weight: Any,
    pitch_weight: Any,
    following: Any,
    notes: Any,
    factor: Any,
    may: Any,
    chance: Any,
    rows: Any,
    tokens: Any,
    to: Any,
) -> None:
    """Fill tokens and the rows to which they lead: the kind by the random number, the pitch by what is left of it."""
    width = pitches.shape[1]
    for i in range(len(rows)):
        rest, hold, note = kinds[rows[i], 0], kinds[rows[i], 1], kinds[rows[i], 2] - len(following)
        silence = kind_weight[rows[i], 0] * following[rest] if may[0] else 0.0
        quiet = silence + (kind_weight[rows[i], 1] * following[hold] if may[1] else 0.0)
        onset = kind_weight[rows[i], 2] * notes[note] * factor
        x = chance[i] * (quiet + onset)
        if x < silence or (x >= quiet and onset == 0.0 and quiet == silence):
            tokens[i], to[i] = 0, rest
        elif x < quiet or onset == 0.0:
            tokens[i], to[i] = 1, hold
        else:
            total = 0.0
            for a in range(width):
                if may[2 + a]:
                    total += pitch_weight[note, a] * following[pitches[note, a]]
            x, so_far = (x - quiet) / onset * total, 0.0
            for a in range(width):
                if may[2 + a]:
                    tokens[i], to[i] = 2 + a, pitches[note, a]
                    so_far += pitch_weight[note, a] * following[pitches[note, a]]
                    if x < so_far:
                        break
