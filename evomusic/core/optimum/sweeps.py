"""Sums over all melodies of a product, in logarithms: one step of the backward pass, and of the forward pass.

Rows of kinds of the next step (N) and rows of pitches of this step (m) are numbered end to end, as in `stages`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import njit
from evomusic.core.grid import FIRST_PITCH
from evomusic.core.optimum.stages import KINDS, Stage, Stages

Floats = NDArray[np.float64]
Allowed = NDArray[np.bool_]


class Weights(NamedTuple):
    """Log weights of one step: of kinds (n, 3), of pitches (m, A - 2)."""

    kinds: Floats
    pitches: Floats


class Sums(NamedTuple):
    """Logarithms of the sums over what can follow rows of one step: of kinds (n,), of pitches (m,)."""

    kinds: Floats
    pitches: Floats


class Flow(NamedTuple):
    """Probabilities (T, A) of tokens, the entropy in nats, and the expectations (2,) of bits and return."""

    marginals: Floats
    entropy: float
    values: Floats


END = Sums(np.zeros(1), np.zeros(0))  # after the last step


def weights_of(steps: Sequence[Stage], scale: Floats) -> tuple[Weights, ...]:
    """Log weights of steps, whose pairs of values are multiplied by a scale (2,)."""
    return tuple(Weights(step.kind_values @ scale, step.pitch_values @ scale) for step in steps)


def backward(
    steps: Sequence[Stage], weights: Sequence[Weights], allowed: Allowed, after: Sequence[Sums]
) -> tuple[Sums, ...]:
    """Sums of all steps and `END`, from those that are there already: `after` are the sums of the last ones."""
    sums = list(after)
    for t in range(len(steps) - len(sums), -1, -1):
        step, weight, ahead = steps[t], weights[t], sums[0].kinds
        pitches, kinds = np.empty(len(step.pitches)), np.empty(len(step.kinds))
        _sum_ahead(step.pitches, weight.pitches, ahead, allowed[t, FIRST_PITCH:], pitches)
        may = np.append(allowed[t, :FIRST_PITCH], True)
        _sum_ahead(step.kinds, weight.kinds, np.concatenate([ahead, pitches]), may, kinds)
        sums.insert(0, Sums(kinds, pitches))
    return tuple(sums)


@njit(cache=True, nogil=True)
def _sum_ahead(to: Any, weight: Any, ahead: Any, may: Any, out: Any) -> None:  # (n, W), (n, W), (N,), (W,) bool, (n,)
    """Fill the log of the sum over choices of exp(weight + sum ahead); -inf where there is no choice."""
    choices = np.flatnonzero(may)
    for i in range(len(to)):
        top = -np.inf
        for w in choices:
            top = max(top, weight[i, w] + ahead[to[i, w]])
        out[i] = top
        if top == -np.inf or len(choices) == 1:
            continue
        total = 0.0
        for w in choices:
            total += math.exp(weight[i, w] + ahead[to[i, w]] - top)
        out[i] = top + math.log(total)


def forward(stages: Stages, weights: Sequence[Weights], allowed: Allowed, sums: Sequence[Sums]) -> Flow:
    """Carry the probability of each row forward."""
    steps = stages.steps
    marginals, totals = np.zeros(allowed.shape), np.zeros(3)
    mass = np.ones(1)
    for t, step in enumerate(steps):
        ahead = sums[t + 1].kinds
        room = np.zeros(len(ahead) + len(step.pitches))  # mass of the rows to which kinds lead
        may = np.append(allowed[t, :FIRST_PITCH], True)
        shares = np.zeros(KINDS)
        every = np.concatenate([ahead, sums[t].pitches])
        _flow(step.kinds, step.kind_values, weights[t].kinds, every, may, sums[t].kinds, mass, room, shares, totals)
        mass, notes, rest = room[: len(ahead)], room[len(ahead) :], allowed[t, FIRST_PITCH:]
        found = marginals[t, FIRST_PITCH:]
        pitches = step.pitches, step.pitch_values, weights[t].pitches, ahead, rest, sums[t].pitches
        _flow(*pitches, notes, mass, found, totals)
        marginals[t, :FIRST_PITCH] = shares[:FIRST_PITCH]
    return Flow(marginals, float(totals[0]), totals[1:] + stages.shift)


@njit(cache=True, nogil=True)
def _flow(
    to: Any, value: Any, weight: Any, ahead: Any, may: Any, here: Any, mass: Any, room: Any, shares: Any, totals: Any
) -> None:
    """Add mass to rows ahead (`room`) and to choices (`shares`); entropy and expected values to `totals`."""
    for i in range(len(to)):
        if mass[i] == 0.0:
            continue
        for w in range(to.shape[1]):
            log = weight[i, w] + ahead[to[i, w]] - here[i]
            flow = mass[i] * math.exp(log)
            if may[w] and flow > 0.0:
                room[to[i, w]] += flow
                shares[w] += flow
                totals[0] -= flow * log
                totals[1] += flow * value[i, w, 0]
                totals[2] += flow * value[i, w, 1]


def joint_expectation(
    steps: Sequence[Stage], weights: Sequence[Weights], allowed: Allowed, sums: Sequence[Sums], rule: Stages
) -> float:
    """The expected return of a rule that is not in the product, by the joint memory of both."""
    mass, total = np.ones((1, 1)), 0.0
    for t, (step, other) in enumerate(zip(steps, rule.steps, strict=True)):
        ahead = sums[t + 1].kinds
        every = np.concatenate([ahead, sums[t].pitches])
        may = np.append(allowed[t, :FIRST_PITCH], True)
        width = len(rule.steps[t + 1].kinds) if t + 1 < len(steps) else 1
        notes, room = np.zeros((len(step.pitches), len(other.pitches))), np.zeros((len(ahead), width))
        odds = _odds(step.kinds, weights[t].kinds, every, may, sums[t].kinds)
        total += _joint(step.kinds, odds, other.kinds, other.kind_values, mass, room, notes)
        odds = _odds(step.pitches, weights[t].pitches, ahead, allowed[t, FIRST_PITCH:], sums[t].pitches)
        total += _joint(step.pitches, odds, other.pitches, other.pitch_values, notes, room, notes)
        mass = room
    return total + float(rule.shift[1])


def _odds(to: NDArray[np.int32], weight: Floats, ahead: Floats, may: Allowed, here: Floats) -> Floats:
    """Probabilities (n, W) of choices; 0 where none is left."""
    here = np.where(here == -np.inf, np.inf, here)
    return np.where(may, np.exp(weight + ahead[to] - here[:, None]), 0.0)


@njit(cache=True, nogil=True)
def _joint(to: Any, odds: Any, other: Any, value: Any, mass: Any, room: Any, notes: Any) -> Any:
    """Add the mass (n, S) of joint rows to those ahead: rows of the next step, or beyond these rows of pitches."""
    rows, others = room.shape
    total = 0.0
    for i in range(mass.shape[0]):
        for j in range(mass.shape[1]):
            if mass[i, j] == 0.0:
                continue
            for w in range(to.shape[1]):
                flow = mass[i, j] * odds[i, w]
                total += flow * value[j, w, 1]
                if to[i, w] < rows:
                    room[to[i, w], other[j, w]] += flow
                else:
                    notes[to[i, w] - rows, other[j, w] - others] += flow
    return total
