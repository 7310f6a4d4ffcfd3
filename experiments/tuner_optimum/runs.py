"""What runs of eight tokens are worth, alone and where they return; and the penalty of autocorrelation."""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit

from evomusic.core.grid import FIRST_PITCH
from experiments.tuner_optimum.automata import STEPS, UNIT, Ints

RUN: Final = 8
NEW, AGAIN = 4 * UNIT + UNIT // 2, 9 * UNIT  # a run of eight pitches, and what it is worth more where it returns


@njit
def run_worth(pitches: int, again: bool) -> int:
    """Of a run with so many different pitches, in fortieths; of one with fewer than three, which is worth 0, more."""
    return 3 * UNIT + 12 * (pitches - 3) + (UNIT * (pitches + 1) if again else 0)


@njit
def runs_up_to(tokens: Ints, first: int, worth: Ints) -> None:
    """Write (T + 1,): the most that runs which end before a step are worth; tokens of -1 count as new pitches."""
    worth[0] = 0
    for step in range(STEPS):
        worth[step + 1] = worth[step]
        if step >= RUN - 1:
            seen, pitches = np.int64(0), 0
            for token in tokens[step - RUN + 1 : step + 1]:
                bit = np.int64(1) << max(token, 0)
                if token < 0 or (token >= FIRST_PITCH and not seen & bit):
                    pitches += 1
                if token >= FIRST_PITCH:
                    seen |= bit
            worth[step + 1] += run_worth(pitches, step >= first)


@njit
def lost_after(offset: int, period: int, stop: int, others: Ints, goal: int) -> int:
    """Runs after a break that cannot return in a melody of the goal.

    Args:
        offset: free tokens of the pattern.
        period: its period.
        stop: the step of the break.
        others: (RUN + 1,): the most that all other terms add, less what rests and holds cost, if so many that are
            equal share the cost of one: a run has no more pitches than names, and rests may have one name.
        goal: in fortieths.
    """
    first, lost = offset + period + RUN - 1, 0
    for end in range(stop, min(stop + RUN - 1, STEPS)):
        can = False
        for source in range(RUN - 1, end - RUN + 1):
            names = np.arange(STEPS)
            for step in range(offset + period, stop):
                names[step] = names[step - period]
            for back in range(RUN):
                old, new = names[end - back], names[source - back]
                for step in range(STEPS):
                    names[step] = new if names[step] == old else names[step]
            if names[stop] == names[stop - period]:
                continue  # no break
            if offset and names[offset - 1] == names[offset - 1 + period]:
                continue  # a run before would have returned
            worth, equal = 0, 1
            for step in range(RUN - 1, STEPS):
                run = names[step - RUN + 1 : step + 1]
                worth += run_worth(len(np.unique(run)), step >= first)
                for name in run:
                    equal = max(equal, (run == name).sum())
            can = can or worth + others[equal] >= goal
        lost += not can
    return lost


@njit
def penalty(tokens: Ints, n: int) -> float:
    """The autocorrelation term of the first n tokens, in fortieths; 0 or more."""
    total, squares, found = 0, 0, 0.0
    for i in range(n):
        total += tokens[i]
        squares += tokens[i] * tokens[i]
    spread = n * (n * squares - total * total)
    for lag in range(1, 4):
        if n <= lag or spread == 0:
            continue
        products, ends = 0, 2 * total
        for i in range(n - lag):
            products += tokens[i] * tokens[i + lag]
        for i in range(lag):
            ends -= tokens[i] + tokens[n - 1 - i]
        top = abs(n * n * products - n * total * ends + (n - lag) * total * total)
        if 20 * top > 3 * spread:
            found += 3 * UNIT * top / spread
    return found
