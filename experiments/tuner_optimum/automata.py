"""Key, tonic, intervals and leaps as tables, filled by the rules themselves, and the most that tokens to come add."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

import evomusic as em
from evomusic.core.grid import FIRST_PITCH
from evomusic.rules.tuner import TunerInterval, TunerKey, TunerLeaps, TunerTonic

STEPS: Final = 32
PITCHES, TOKENS = 36, 38
NONE: Final = PITCHES  # in place of the last pitch, before there is one
LONGEST: Final = 12  # tokens of a pattern
WAYS, SINCE = 2, 8
STATES: Final = 1 + WAYS * PITCHES * SINCE  # of leaps, for one last pitch
UNIT: Final = 40  # all terms but the autocorrelation are whole numbers of fortieths
NEVER: Final = -16_000

Ints = NDArray[np.int64]
Tables = NDArray[np.int16]


class Automata(NamedTuple):
    """Key, tonic, intervals and leaps; S states of leaps for each last pitch, values in fortieths."""

    after: Tables  # (last pitch, S, pitch): the state after a note
    value: Tables  # the same: key, interval and leap
    rested: Tables  # (S,): the state after a rest or a hold
    resting: Tables  # (token, last pitch): the interval term of a rest, of a hold
    key: Tables  # (pitch,): of a first note
    tonic: Tables  # (step, token)


def automata(grid: em.Grid) -> Automata:
    """The tables, by the rules themselves."""
    key, tonic, interval, leaps = TunerKey(), TunerTonic(), TunerInterval(), TunerLeaps()
    events, slot = [grid.event(token) for token in range(TOKENS)], grid.slot(0)
    pitches, low = range(PITCHES), grid.pitches[0]

    def fortieths(value: float) -> int:
        if abs(value * UNIT - round(value * UNIT)) > 1e-9:
            raise ValueError(f"{value} is no whole number of fortieths")
        return round(value * UNIT)

    def number(way: int, origin: int, since: int) -> int:
        return 1 + ((way < 0) * PITCHES + origin - low) * SINCE + since if way else 0

    outstanding = [(0, 0, 0), *((way, low + o, since) for way in (1, -1) for o in pitches for since in range(SINCE))]
    found = Automata(
        np.zeros((PITCHES, STATES, PITCHES), np.int16),
        np.zeros((PITCHES, STATES, PITCHES), np.int16),
        np.zeros(STATES, np.int16),
        np.array(
            [[fortieths(interval.read(p + low, event, slot)[1]) for p in pitches] for event in events[:2]], np.int16
        ),
        np.array([fortieths(key.read(None, event, slot)[1]) for event in events[2:]], np.int16),
        np.array([[fortieths(tonic.read(None, e, grid.slot(t))[1]) for e in events] for t in range(STEPS)], np.int16),
    )
    for state, memory in enumerate(outstanding):
        found.rested[state] = number(*leaps.read((low, *memory), events[0], slot)[0][1:])
        for last in pitches:
            for pitch in pitches:
                after, value = leaps.read((low + last, *memory), events[pitch + FIRST_PITCH], slot)
                value += interval.read(low + last, events[pitch + FIRST_PITCH], slot)[1]
                found.after[last, state, pitch] = number(*after[1:])
                found.value[last, state, pitch] = fortieths(value) + found.key[pitch]
    return found


@njit
def between(a: Automata, cost: int) -> Tables:
    """(tokens, last pitch, S, pitch): the most that so many tokens add, the last of them this pitch."""
    best = np.full((LONGEST + 2, PITCHES, STATES, PITCHES), NEVER, np.int16)
    for last in range(PITCHES):
        best[0, last, :, last] = 0
    best[1] = a.value
    for n in range(2, LONGEST + 2):
        for last in range(PITCHES):
            for state in range(STATES):
                here = best[n, last, state]
                for pitch in range(PITCHES):
                    gain, rest = a.value[last, state, pitch], best[n - 1, pitch, a.after[last, state, pitch]]
                    for end in range(PITCHES):
                        here[end] = max(here[end], gain + rest[end])
                gain = max(a.resting[0, last], a.resting[1, last]) - cost
                for end in range(PITCHES):
                    here[end] = max(here[end], gain + best[n - 1, last, a.rested[state], end])
    return best


@njit
def to_the_end(a: Automata, costs: Ints) -> Tables:
    """(step, last pitch, S): the most that tokens from a step on add; a rest or hold costs (T,)."""
    best = np.zeros((STEPS + 1, PITCHES + 1, STATES), np.int16)
    for step in range(STEPS - 1, -1, -1):
        for last in range(PITCHES + 1):
            for state in range(STATES):
                most = NEVER
                for pitch in range(PITCHES):
                    if last == NONE:
                        value = a.key[pitch] + best[step + 1, pitch, 0]
                    else:
                        value = a.value[last, state, pitch] + best[step + 1, pitch, a.after[last, state, pitch]]
                    most = max(most, value + a.tonic[step, pitch + FIRST_PITCH])
                for token in range(FIRST_PITCH):
                    value = a.tonic[step, token] - costs[step]
                    if last == NONE:
                        value += best[step + 1, last, 0]
                    else:
                        value += a.resting[token, last] + best[step + 1, last, a.rested[state]]
                    most = max(most, value)
                best[step, last, state] = most
    return best


@njit
def walk(a: Automata, last: int, state: int, token: int, step: int) -> tuple[int, int, int]:
    """The last pitch and the state after a token, and what it is worth."""
    value = np.int64(a.tonic[step, token])
    if token >= FIRST_PITCH:
        pitch = token - FIRST_PITCH
        if last == NONE:
            return pitch, 0, value + a.key[pitch]
        return pitch, a.after[last, state, pitch], value + a.value[last, state, pitch]
    if last == NONE:
        return last, 0, value
    return last, a.rested[state], value + a.resting[token, last]
