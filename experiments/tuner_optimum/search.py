"""Branch and bound over the melodies of a pattern: free tokens, and a period after them."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from evomusic.core.grid import FIRST_PITCH
from experiments.tuner_optimum.automata import (
    NEVER,
    NONE,
    PITCHES,
    STATES,
    STEPS,
    TOKENS,
    UNIT,
    Automata,
    Ints,
    Tables,
    to_the_end,
    walk,
)
from experiments.tuner_optimum.runs import AGAIN, NEW, RUN, lost_after, penalty, runs_up_to

EXTREMES: Final = 3 * UNIT  # the greatest token, or the lowest pitch, comes once
MARGIN: Final = 1e-4  # fortieths: of the autocorrelation's floats, and of the task's quanta
CLOSE: Final = 28  # the tonic's last steps begin
HELD: Final = 3 * UNIT // 2  # a hold after the tonic or the fifth, the most that a rest or hold is worth
REST_NEAR, REST_FAR = 3 * UNIT // 10, 24 * UNIT // 10  # least cost of a rest or hold: in one run; in eight
ELSEWHERE: Final = 1  # a step of which the tonic says nothing

Bools = NDArray[np.bool_]


class Bounds(NamedTuple):
    """Bounds on automata and runs, for one pattern; all in fortieths."""

    near: Tables  # `between`, where a rest or hold costs that of one run
    far: Tables  # the same, that of eight runs
    ends: Tables  # (stop, step, last pitch, S): `to_the_end`, a rest or hold at its cost in runs before the stop
    lost: Ints  # (stop,): runs that cannot return after a break


def bounds(a: Automata, near: Tables, far: Tables, offset: int, period: int, goal: int) -> Bounds:
    """The tables of a pattern."""
    first = offset + period + RUN - 1
    ends, lost = np.zeros((STEPS + 1, STEPS + 1, PITCHES + 1, STATES), np.int16), np.zeros(STEPS + 1, np.int64)
    others = np.array([most(a, equal) for equal in range(1, RUN + 1)])[[0, *range(RUN)]]
    for stop in range(first + 1, STEPS + 1):
        lost[stop] = lost_after(offset, period, stop, others, goal)
        ends[stop] = to_the_end(a, rest_costs(12, first, stop))
    return Bounds(near, far, ends, lost)


@njit
def runs_with(step: int, begin: int, end: int) -> int:
    """Runs with a step, of those that end at a step from `begin` to `end` - 1."""
    return max(0, min(step + RUN, end) - max(step, begin))


@njit
def rest_costs(share: int, first: int, stop: int) -> Ints:
    """Cost (T,) of a rest or hold: a share in all runs, a unit in those from the first that returns to the stop."""
    costs = np.zeros(STEPS, np.int64)
    for step in range(STEPS):
        costs[step] = share * runs_with(step, RUN - 1, STEPS) + UNIT * runs_with(step, first, stop)
    return costs


def most(a: Automata, equal: int = 1) -> int:
    """Fortieths that all terms but the runs add at most, less what rests and holds cost at least.

    So many that are equal, in one run, share the cost of one.
    """
    return int(to_the_end(a, rest_costs(12 // equal, STEPS, STEPS))[0, NONE, 0]) + 2 * EXTREMES


class Walk(NamedTuple):
    """The tokens that are placed, and what they are worth: rows by the number of tokens, where no more is said."""

    tokens: Ints  # (T,): the free tokens and the first period; -1 for those to come
    whole: Ints  # (T,): the pattern, as far as it is placed
    worth: Ints  # (T + 1,): of its runs, by `runs_up_to`
    last: Ints
    state: Ints
    value: Ints
    loss: NDArray[np.float64]
    rests: Ints  # and holds, of the tokens
    start: Ints  # the first pitch of the period; -1 without one
    # What the tokens from there on add wherever they return: rows by their own number, from all states at the first.
    many: Ints
    pitch: Ints
    states: Ints
    sums: Ints


@njit
def walk_of(length: int) -> Walk:
    """A walk of no tokens, and room for so many."""
    n = length + 1
    return Walk(
        np.full(STEPS, -1),
        np.full(STEPS, -1),
        np.zeros(STEPS + 1, np.int64),
        np.full(n, NONE),
        np.zeros(n, np.int64),
        np.zeros(n, np.int64),
        np.zeros(n),
        np.zeros(n, np.int64),
        np.full(n, -1),
        np.zeros(n, np.int64),
        np.zeros(n, np.int64),
        np.zeros((n, STATES), np.int64),
        np.zeros((n, STATES), np.int64),
    )


@njit
def place(a: Automata, w: Walk, offset: int, period: int, depth: int, token: int, at: Ints) -> None:
    """Place a token after so many others; `at` (S,) is -1 and stays so."""
    k, n = depth + 1, depth + 1 - w.start[depth]
    w.tokens[depth] = token
    w.last[k], w.state[k], add = walk(a, w.last[depth], w.state[depth], token, depth)
    w.value[k], w.loss[k] = w.value[depth] + add, w.loss[depth] + penalty(w.tokens, k)
    w.start[k], w.rests[k] = w.start[depth], w.rests[depth] + (token < FIRST_PITCH)
    if w.start[k] >= 0:
        w.many[n], w.pitch[n] = 0, w.pitch[n - 1]
        for i in range(w.many[n - 1]):
            w.pitch[n], after, add = walk(a, w.pitch[n - 1], w.states[n - 1, i], token, ELSEWHERE)
            if at[after] < 0:
                at[after] = w.many[n]
                w.states[n, at[after]], w.sums[n, at[after]] = after, NEVER
                w.many[n] += 1
            w.sums[n, at[after]] = max(w.sums[n, at[after]], w.sums[n - 1, i] + add)
        for i in range(w.many[n]):
            at[w.states[n, i]] = -1
    elif depth >= offset and token >= FIRST_PITCH:
        w.start[k], w.many[1], w.pitch[1] = depth, STATES, token - FIRST_PITCH
        for i in range(STATES):
            w.states[1, i], w.sums[1, i] = i, 0
    for step in range(STEPS):
        w.whole[step] = w.tokens[step] if step < offset + period else w.whole[step - period]
    runs_up_to(w.whole, offset + period + RUN - 1, w.worth)


@njit
def charged_again(w: Walk, begin: int, stop: int, first: int) -> int:
    """The most that `ends` from a step on is too low, for what rests of the pattern cost is in `worth` already.

    A row of the table need not have such a rest: the last pitch may come again in its place, with leaps as they were,
    which is worth `HELD` less at most, and the tonic's value where that wants a rest.
    """
    found = 0
    for step in range(begin, stop):
        if 0 <= w.whole[step] < FIRST_PITCH:
            cost = 12 * runs_with(step, RUN - 1, STEPS) + UNIT * runs_with(step, first, stop)
            found += min(cost, HELD + (3 * UNIT if step > CLOSE else 0))
    return found


@njit
def may_reach(a: Automata, b: Bounds, w: Walk, offset: int, period: int, k: int, goal: int, least: int) -> bool:
    """Whether k tokens may begin a melody of the goal that breaks its pattern at a step from `least` on, or never."""
    here, last, state, begin = w.value[k] - w.loss[k] + MARGIN, w.last[k], w.state[k], w.start[k] + period
    first, rests, known, turn = offset + period + RUN - 1, w.rests[k] > 0, k - w.start[k], NEVER
    before = w.start[k] - offset  # rests before the first pitch of the period, charged as in `charged_again`
    if w.start[k] >= 0:
        for i in range(w.many[known]):
            to_come = b.far[period - known + 1, w.pitch[known], w.states[known, i], w.pitch[1]]
            turn = max(turn, w.sums[known, i] + to_come + HELD * before)
    for stop in range(STEPS, least - 1, -1):
        runs = w.worth[stop] + (NEW + AGAIN) * (STEPS - stop) - AGAIN * b.lost[stop]
        runs += min(2, offset + STEPS - stop) * EXTREMES
        free = b.ends[stop, k, last, state] + (charged_again(w, k, stop, first) if rests else 0)
        if here + runs + free < goal:
            continue
        if w.start[k] < 0 or begin > min(stop, CLOSE) - 1:
            return True
        at, added = begin, b.near[begin - k + 1, last, state, w.pitch[1]] + REST_NEAR * before
        while at + period <= min(stop, CLOSE) - 1:
            at, added = at + period, added + turn
        n, rest = min(known, stop - at), NEVER
        for step in range(CLOSE, at + n):
            added += a.tonic[step, w.whole[step]]
        for i in range(w.many[n]):
            rest = max(rest, w.sums[n, i] + b.ends[stop, at + n, w.pitch[n], w.states[n, i]])
        if rests:
            rest += charged_again(w, at + n, stop, first)
        if here + runs + added + rest >= goal:
            return True
    return False


@njit
def outcome(a: Automata, b: Bounds, w: Walk, first: int, k: int, goal: int) -> tuple[bool, bool]:
    """Whether a pattern that is placed may reach the goal to its end, and whether with a break."""
    last, state, value, loss, breaks = w.last[k], w.state[k], w.value[k], w.loss[k], False
    for step in range(k, STEPS):
        if step > first:
            runs = w.worth[step] + (NEW + AGAIN) * (STEPS - step) - AGAIN * b.lost[step]
            rest = b.ends[first + 1, step, last, state] + 2 * EXTREMES
            breaks = breaks or value - loss + MARGIN + runs + rest >= goal
        last, state, add = walk(a, last, state, w.whole[step], step)
        value, loss = value + add, loss + penalty(w.whole, step + 1)
    return value - loss + MARGIN + w.worth[STEPS] + 2 * EXTREMES >= goal, breaks


@njit
def search(
    a: Automata, b: Bounds, offset: int, period: int, goal: int, only: Bools, found: Ints
) -> tuple[int, int, bool]:
    """Melodies of a pattern that may reach the goal, written to rows (N, T); `only` (T, A) are the tokens to try.

    Returns:
        Their number, the number of tokens tried, and whether a melody with a break may reach the goal.
    """
    length, rows, tries, breaks, depth = offset + period, 0, 0, False, 0
    w = walk_of(length)
    tried, at = np.zeros(length + 1, np.int64), np.full(STATES, -1)
    while depth >= 0:
        if tried[depth] == TOKENS:
            w.tokens[depth] = -1
            depth -= 1
            continue
        token = tried[depth]
        tried[depth] += 1
        if not only[depth, token]:
            continue
        tries += 1
        place(a, w, offset, period, depth, token, at)
        if not may_reach(a, b, w, offset, period, depth + 1, goal, length + RUN):
            continue
        if depth + 1 < length:
            depth += 1
            tried[depth] = 0
            continue
        whole, broken = outcome(a, b, w, length + RUN - 1, length, goal)
        breaks = breaks or broken
        if whole and rows == len(found):
            raise ValueError("more melodies may reach the goal than there are rows for")
        if whole:
            for step in range(STEPS):
                found[rows, step] = w.whole[step]
            rows += 1
    return rows, tries, breaks
