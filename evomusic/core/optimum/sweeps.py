"""Sums over all melodies of a product: the backward pass, and the forward pass that carries probabilities.

Sums are added up as multiples of the greatest of their step, so that a pass takes some nanoseconds a choice; where
multiples might vanish, as at low temperatures, logarithms are added up instead. Rows of kinds of the next step (N) and
rows of pitches of this step (m) are numbered end to end, as in `stages`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import njit
from evomusic.core.grid import FIRST_PITCH
from evomusic.core.optimum.stages import KINDS, Stage, Stages

TINY: Final = 1e-290  # products of multiples stay above this, or logarithms are added up

Floats = NDArray[np.float64]
Allowed = NDArray[np.bool_]


class Scaled(NamedTuple):
    """Numbers from 0 up as multiples of the greatest: its logarithm, and the least multiple above 0 (0: it vanished).

    `exact` are all logarithms, where multiples vanish.
    """

    shares: Floats
    top: float
    least: float
    exact: Floats | None = None

    def logs(self, at: Any = ...) -> Floats:
        """Logarithms of the numbers at some places, or of all."""
        if self.exact is not None:
            return np.asarray(self.exact[at])
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(self.shares[at]) + self.top)


class Weights(NamedTuple):
    """Weights of one step: of kinds (n, 3), of pitches (m, A - 2)."""

    kinds: Scaled
    pitches: Scaled


class Sums(NamedTuple):
    """Sums over what can follow rows of one step: of kinds (n,), of pitches (m,)."""

    kinds: Scaled
    pitches: Scaled


class Flow(NamedTuple):
    """Probabilities (T, A) of tokens, the entropy in nats, and the expectations (2,) of bits and return."""

    marginals: Floats
    entropy: float
    values: Floats


END = Sums(Scaled(np.ones(1), 0.0, 1.0), Scaled(np.zeros(0), -math.inf, math.inf))  # after the last step


def weights_of(steps: Sequence[Stage], scale: Floats) -> tuple[Weights, ...]:
    """Weights of steps, whose pairs of values are multiplied by a scale (2,)."""
    return tuple(Weights(_scaled(step.kind_values @ scale), _scaled(step.pitch_values @ scale)) for step in steps)


def _scaled(logs: Floats) -> Scaled:
    """Numbers by their logarithms."""
    finite = logs[logs > -np.inf]
    if not len(finite):
        return Scaled(np.zeros(logs.shape), -math.inf, math.inf)
    top = float(finite.max())
    least = math.exp(float(finite.min()) - top)
    return Scaled(np.exp(logs - top), top, least, None if least > TINY else logs)


def backward(
    steps: Sequence[Stage], weights: Sequence[Weights], allowed: Allowed, after: Sequence[Sums]
) -> tuple[Sums, ...]:
    """Sums of all steps and `END`, from those that are there already: `after` are the sums of the last ones."""
    sums = list(reversed(after))
    for t in range(len(steps) - len(sums), -1, -1):
        step, weight, ahead = steps[t], weights[t], sums[-1].kinds
        pitches = _sum(step.pitches, weight.pitches, np.flatnonzero(allowed[t, FIRST_PITCH:]), ahead)
        choices = np.flatnonzero(np.append(allowed[t, :FIRST_PITCH], True))
        sums.append(Sums(_sum(step.kinds, weight.kinds, choices, _joined(ahead, pitches)), pitches))
    return tuple(reversed(sums))


def _joined(x: Scaled, y: Scaled) -> Scaled:
    """Numbers end to end, as multiples of the greatest of all."""
    top = max(x.top, y.top)
    p, q = math.exp(x.top - top), math.exp(y.top - top)
    least = min(x.least * p if x.top > -math.inf else math.inf, y.least * q if y.top > -math.inf else math.inf)
    exact = None if least > TINY else np.concatenate([x.logs(), y.logs()])
    return Scaled(np.concatenate([x.shares * p, y.shares * q]), top, least, exact)


def _sum(to: NDArray[np.int32], weight: Scaled, choices: NDArray[np.int64], ahead: Scaled) -> Scaled:
    """Sums (n,) over choices of weight x sum ahead."""
    out = np.empty(len(to))
    if not weight.least * ahead.least > TINY:
        _sum_logs(to, weight.logs(), ahead.logs(), choices, out)
        return _scaled(out)
    least, most = _sum_products(to, weight.shares, ahead.shares, choices, out)
    if most == 0.0:
        return Scaled(out, -math.inf, math.inf)
    out /= most
    return Scaled(out, weight.top + ahead.top + math.log(most), least / most)


@njit(cache=True, nogil=True)
def _sum_products(to: Any, weight: Any, ahead: Any, choices: Any, out: Any) -> Any:  # (n, W), (n, W), (N,), ints, (n,)
    """Fill the sums over choices of weight x sum ahead; the least above 0, and the greatest."""
    least, most, width = np.inf, 0.0, to.shape[1]
    every = len(choices) == width
    for i in range(len(to)):
        total = 0.0
        if every:  # faster by a quarter, and nearly always
            for w in range(width):
                total += weight[i, w] * ahead[np.uint64(to[i, w])]  # an index that may be negative costs a test
        else:
            for w in choices:
                total += weight[i, w] * ahead[np.uint64(to[i, w])]
        out[i] = total
        most = max(most, total)
        if total > 0.0:
            least = min(least, total)
    return least, most


@njit(cache=True, nogil=True)
def _sum_logs(to: Any, weight: Any, ahead: Any, choices: Any, out: Any) -> None:  # (n, W), (n, W), (N,), ints, (n,)
    """Fill the logarithms of the sums over choices of exp(weight + log ahead); -inf where there is no choice."""
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


def forward(stages: Stages, scale: Floats, allowed: Allowed, sums: Sequence[Sums]) -> Flow:
    """Carry the probability of each row forward."""
    marginals, totals, mass = np.zeros(allowed.shape), np.zeros(3), np.ones(1)
    for t, step in enumerate(stages.steps):
        rows, notes, here = sums[t + 1].kinds.logs(), sums[t].pitches.logs(), sums[t].kinds.logs()
        may, room, shares = np.append(allowed[t, :FIRST_PITCH], True), np.zeros(len(rows) + len(notes)), np.zeros(KINDS)
        ahead, logs = np.concatenate([rows, notes]), step.kind_values @ scale
        _flow(step.kinds, step.kind_values, logs, ahead, may, here, mass, room, shares, totals)
        mass, onsets, may, found = (
            room[: len(rows)],
            room[len(rows) :],
            allowed[t, FIRST_PITCH:],
            marginals[t, FIRST_PITCH:],
        )
        logs = step.pitch_values @ scale
        _flow(step.pitches, step.pitch_values, logs, rows, may, notes, onsets, mass, found, totals)
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
    steps: Sequence[Stage], scale: Floats, allowed: Allowed, sums: Sequence[Sums], rule: Stages
) -> float:
    """The expected return of a rule that is not in the product, by the joint memory of both."""
    mass, total = np.ones((1, 1)), 0.0
    for t, (step, other) in enumerate(zip(steps, rule.steps, strict=True)):
        rows, pitches = sums[t + 1].kinds.logs(), sums[t].pitches.logs()
        width = len(rule.steps[t + 1].kinds) if t + 1 < len(steps) else 1
        notes, room = np.zeros((len(pitches), len(other.pitches))), np.zeros((len(rows), width))
        may, ahead = np.append(allowed[t, :FIRST_PITCH], True), np.concatenate([rows, pitches])
        odds = _odds(step.kinds, step.kind_values @ scale, ahead, may, sums[t].kinds.logs())
        total += _joint(step.kinds, odds, other.kinds, other.kind_values, mass, room, notes)
        odds = _odds(step.pitches, step.pitch_values @ scale, rows, allowed[t, FIRST_PITCH:], pitches)
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
