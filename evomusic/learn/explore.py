"""Exploration and step sizes: epsilon-greedy, softmax, upper confidence bounds; schedules; random ties.

Greedy is epsilon 0, uniform random epsilon 1, and an optimistic start is a learner's `initial`. S states, A actions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import njit

M = TypeVar("M")
EPSILON: Final = 0
SOFTMAX: Final = 1
UPPER: Final = 2
SHAPES = ("linear", "exponential")


@dataclass(frozen=True)
class Decay:
    """A number that falls from `start` to `end` over the first `fraction` of the budget, then keeps to `end`.

    Args:
        start: at the first step.
        end: from the end of the fall on.
        fraction: share of the run that the fall takes, 0 to 1.
        steps: length of the run; filled in by `run`.
        shape: `linear`, or `exponential` (by the same factor each step; both ends above 0).
    """

    start: float = 1.0
    end: float = 0.05
    fraction: float = 0.5
    steps: int = 0
    shape: str = "linear"

    def __post_init__(self) -> None:
        if not 0 <= self.fraction <= 1:
            raise ValueError(f"Decay fraction is {self.fraction}, expected 0 to 1")
        if isinstance(self.steps, bool) or not isinstance(self.steps, int) or self.steps < 0:
            raise ValueError(f"Decay steps is {self.steps!r}, expected a whole number from 0 up")
        if self.shape not in SHAPES:
            raise ValueError(f"Decay shape is {self.shape!r}, expected one of {', '.join(SHAPES)}")
        if self.shape == "exponential" and not (self.start > 0 and self.end > 0):
            raise ValueError(f"an exponential Decay goes from {self.start} to {self.end}, expected both above 0")


@dataclass(frozen=True)
class Average:
    """A step size of 1 / n**power at the n-th update of a state and action: sample averages when power is 1.

    Args:
        power: above .5 up to 1 for values that converge (Robbins & Monro 1951; Sutton & Barto 2018, equation 2.7).
    """

    power: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.power <= 1:
            raise ValueError(f"Average power is {self.power}, expected above 0 and at most 1")


@dataclass(frozen=True)
class Softmax:
    """Actions by probabilities proportional to exp(value / temperature) (Sutton & Barto 2018, equation 13.2).

    Args:
        temperature: above 0, or a Decay between such.
    """

    temperature: float | Decay = 1.0

    def __post_init__(self) -> None:
        rate(self.temperature, "temperature", 1e-9, math.inf)


@dataclass(frozen=True)
class UCB:
    """The action with the greatest upper confidence bound (Auer et al. 2002; Sutton & Barto 2018, equation 2.10).

    Actions of a state that were never tried come first.

    Args:
        c: weight of the uncertainty, 0 or more.
    """

    c: float = 2.0

    def __post_init__(self) -> None:
        rate(self.c, "c", 0.0, math.inf)


class Line(NamedTuple):
    """A schedule as kernels read it: from `first` to `last` over `span` steps, straight or by a factor."""

    first: float
    last: float
    span: float
    factor: bool = False


class StepSize(NamedTuple):
    """A step size as kernels read it: a schedule, or 1 / n**power when power is above 0."""

    line: Line
    power: float
    visits: NDArray[np.int64]  # (S, A), or (0, 0) when the schedule alone counts


class Explorer(NamedTuple):
    """A way to explore as kernels read it: its kind, and epsilon, temperature or c."""

    kind: int
    rate: Line
    tried: NDArray[np.int64]  # (S, A) for upper confidence bounds, else (0, 0)


def rate(number: Any, name: str, low: float = 0.0, high: float = 1.0) -> None:
    """Check a number or a schedule, before any run stretches it.

    Raises:
        ValueError: it lies outside.
    """
    line(replace(number, steps=1) if isinstance(number, Decay) else number, name, low, high)


def line(number: float | Decay, name: str, low: float = 0.0, high: float = 1.0, falls: bool = True) -> Line:
    """A number or a schedule, checked against its range.

    Raises:
        ValueError: it lies outside, or is a schedule that no run has stretched yet.
    """
    ends = (number.start, number.end) if isinstance(number, Decay) else (number, number)
    for value in ends:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            span = f"from {low:g} to {high:g}" if high < math.inf else f"of {low:g} or more"
            raise ValueError(f"{name} is {value!r}, expected a number {span}{', or a Decay between such' * falls}")
    if not isinstance(number, Decay):
        return Line(float(number), float(number), 0.0)
    if not number.steps:
        raise ValueError(f"{name} decays over a fraction of a run of steps: give the run its steps, or Decay its own")
    return Line(float(number.start), float(number.end), number.fraction * number.steps, number.shape == "exponential")


def step_size(alpha: float | Decay | Average, shape: tuple[int, int], high: float = 1.0) -> StepSize:
    """A step size as kernels read it, for values of a shape (S, A)."""
    if isinstance(alpha, Average):
        return StepSize(Line(0.0, 0.0, 0.0), float(alpha.power), np.zeros(shape, np.int64))
    return StepSize(line(alpha, "alpha", 0.0, high), 0.0, np.zeros((0, 0), np.int64))


def explorer(explore: Softmax | UCB | None, epsilon: float | Decay, shape: tuple[int, int]) -> Explorer:
    """A way to explore as kernels read it; epsilon-greedy when `explore` is None."""
    if isinstance(explore, UCB):
        return Explorer(UPPER, line(explore.c, "c", 0.0, math.inf), np.zeros(shape, np.int64))
    none = np.zeros((0, 0), np.int64)
    if isinstance(explore, Softmax):
        return Explorer(SOFTMAX, line(explore.temperature, "temperature", 0.0, math.inf), none)
    return Explorer(EPSILON, line(epsilon, "epsilon"), none)


def stretched(method: M, steps: int) -> M:
    """A dataclass whose schedules, and those of its parts, know the length of the run."""
    changed: dict[str, Any] = {}
    for field in fields(method):  # type: ignore[arg-type]  # any dataclass
        value = getattr(method, field.name)
        if isinstance(value, Decay):
            value = value if value.steps else replace(value, steps=steps)
        elif isinstance(value, Softmax):
            value = stretched(value, steps)
        if value is not getattr(method, field.name):
            changed[field.name] = value
    return replace(method, **changed) if changed else method  # type: ignore[type-var]  # any dataclass


@njit(cache=True)
def now(schedule: Any, n: Any) -> Any:  # Line, steps so far
    """A schedule's value after n steps."""
    if n >= schedule.span:
        return schedule.last
    if schedule.factor:
        return schedule.first * (schedule.last / schedule.first) ** (n / schedule.span)
    return schedule.first + (schedule.last - schedule.first) * (n / schedule.span)


@njit(cache=True)
def sized(size: Any, s: Any, a: Any, n: Any) -> Any:  # StepSize, state, action, steps so far
    """The step size of one update of (s, a), which is counted."""
    if size.power == 0.0:
        return now(size.line, n)
    size.visits[s, a] += 1
    return 1.0 / size.visits[s, a] if size.power == 1.0 else float(size.visits[s, a]) ** -size.power


@njit(cache=True)
def towards(old: Any, target: Any, x: Any) -> Any:  # x: the step size
    """A value moved towards a target; with a step size of 1 it is the target, to the bit."""
    return target if x == 1.0 else old + x * (target - old)


@njit(cache=True, fastmath={"nnan", "nsz"})
def greedy(q: Any, s: Any, rng: Any) -> Any:  # (S, A) values, state
    """An action of the greatest value; ties are broken at random."""
    top = q[s, 0]
    for b in range(1, q.shape[1]):
        top = max(top, q[s, b])
    ties, a = 0, 0
    for b in range(q.shape[1]):  # without a branch: nearly always there is one, and this is its number
        same = q[s, b] == top
        ties += same
        a += b * same
    if ties > 1:
        ties = 1 + int(rng.random() * ties)
        a = -1
        while ties > 0:
            a += 1
            ties -= q[s, a] == top
    return a


@njit(cache=True)
def pick(how: Any, q: Any, s: Any, n: Any, rng: Any) -> Any:  # Explorer, (S, A), state, steps so far
    """The action that is taken in a state."""
    if how.kind == EPSILON:
        if rng.random() < now(how.rate, n):
            return int(rng.random() * q.shape[1])
        return greedy(q, s, rng)
    if how.kind == SOFTMAX:
        return soft(q, s, now(how.rate, n), rng)
    a = upper(how, q, s, rng)
    how.tried[s, a] += 1
    return a


@njit(cache=True)
def soft(q: Any, s: Any, temperature: Any, rng: Any) -> Any:
    """An action by its softmax probability."""
    top, total = q[s, 0], 0.0
    for b in range(1, q.shape[1]):
        top = max(top, q[s, b])
    for b in range(q.shape[1]):
        total += math.exp((q[s, b] - top) / temperature)
    left = rng.random() * total
    for b in range(q.shape[1]):
        left -= math.exp((q[s, b] - top) / temperature)
        if left < 0:
            return b
    return q.shape[1] - 1  # rounding


@njit(cache=True)
def upper(how: Any, q: Any, s: Any, rng: Any) -> Any:
    """The action with the greatest upper confidence bound; ties are broken at random."""
    total, untried = 0, 0
    for b in range(q.shape[1]):
        total += how.tried[s, b]
        untried += how.tried[s, b] == 0
    chosen, top, ties = 0, -np.inf, 0
    for b in range(q.shape[1]):
        times = how.tried[s, b]
        if untried and times:
            continue
        bound = 0.0 if untried else q[s, b] + how.rate.last * math.sqrt(math.log(total) / times)
        if bound > top:
            chosen, top, ties = b, bound, 1
        elif bound == top:
            ties += 1
            if rng.random() * ties < 1:
                chosen = b
    return chosen


@njit(cache=True)
def expected(how: Any, q: Any, s: Any, best: Any, n: Any, rng: Any) -> Any:  # best: a greedy action
    """Expected value of a state under the way to explore."""
    if how.kind == UPPER:
        return q[s, upper(how, q, s, rng)]
    total, weights = 0.0, 0.0
    if how.kind == EPSILON:
        epsilon = now(how.rate, n)
        for b in range(q.shape[1]):
            total += q[s, b]
        return (1 - epsilon) * q[s, best] + epsilon * total / q.shape[1]
    for b in range(q.shape[1]):
        weight = math.exp((q[s, b] - q[s, best]) / now(how.rate, n))
        weights += weight
        total += weight * q[s, b]
    return total / weights
