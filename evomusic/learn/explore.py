"""Exploration and step sizes: epsilon-greedy, softmax, upper confidence bounds; schedules; random ties.

Greedy is epsilon 0, uniform random epsilon 1, and an optimistic start is a learner's `initial`. S states, A actions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np
from numba.extending import overload
from numpy.typing import NDArray

from evomusic._jit import INLINED, inner
from evomusic.core.checks import choice, number, whole

M = TypeVar("M")
EPSILON: Final = 0
SOFTMAX: Final = 1
UPPER: Final = 2
PROPOSALS: Final = 3
SHAPES: Final = ("linear", "exponential")
MOST_STEPS: Final = 10**15  # of a run, an episode or a schedule: floats count them exactly


@dataclass(frozen=True)
class Decay:
    """A number that falls from `start` to `end` over the first `fraction` of the budget, and stays there.

    Args:
        start: its value at the first step.
        end: its value after the fall.
        fraction: share of the run that the fall takes, 0 to 1.
        steps: length of the run; filled in by `run`.
        shape: `linear`, or `exponential` (by the same factor each step; both ends above 0).

    Raises:
        ValueError: a parameter is out of range.
    """

    start: float = 1.0
    end: float = 0.05
    fraction: float = 0.5
    steps: int = 0
    shape: str = "linear"

    def __post_init__(self) -> None:
        store(
            self,
            start=number("Decay start", self.start),
            end=number("Decay end", self.end),
            fraction=number("Decay fraction", self.fraction, 0.0, 1.0),
            steps=whole("Decay steps", self.steps, 0, MOST_STEPS),
            shape=choice("Decay shape", self.shape, SHAPES),
        )
        if self.shape == "exponential" and not (self.start > 0 and self.end > 0):
            raise ValueError(
                f"Decay start is {self.start} and Decay end {self.end}, expected both above 0: it is exponential"
            )


@dataclass(frozen=True)
class Average:
    """A step size of 1 / n**power at the n-th update of a state and action: sample averages when power is 1.

    Args:
        power: above .5 up to 1 for values that converge (Robbins & Monro 1951; Sutton & Barto 2018, equation 2.7).

    Raises:
        ValueError: power is not above 0 and at most 1.
    """

    power: float = 1.0

    def __post_init__(self) -> None:
        store(self, power=number("Average power", self.power, high=1.0, above=0.0))


@dataclass(frozen=True)
class Softmax:
    """Actions by probabilities proportional to exp(value / temperature) (Sutton & Barto 2018, equation 13.2).

    Args:
        temperature: above 0, or a Decay between such.

    Raises:
        ValueError: the temperature is not above 0.
    """

    temperature: float | Decay = 1.0

    def __post_init__(self) -> None:
        store(self, temperature=number_or_decay("Softmax temperature", self.temperature, 1e-9))


@dataclass(frozen=True)
class UCB:
    """The action with the greatest upper confidence bound (Auer et al. 2002; Sutton & Barto 2018, equation 2.10).

    Actions of a state that were never tried come first.

    Args:
        c: weight of the uncertainty, 0 or more.

    Raises:
        ValueError: c is below 0.
    """

    c: float = 2.0

    def __post_init__(self) -> None:
        store(self, c=number("UCB c", self.c, 0.0))


class Schedule(NamedTuple):
    """A number as kernels read it: from `first` to `last` over `span` steps, linearly or by a constant factor."""

    first: float
    last: float
    span: float
    factor: bool = False


class StepSize(NamedTuple):
    """A step size as kernels read it: a schedule, or 1 / n**power when power is above 0."""

    schedule: Schedule
    power: float
    visits: NDArray[np.int64]  # (S, A), or (0, 0) where the schedule alone counts


class EpsilonGreedy(NamedTuple):
    """Epsilon-greedy exploration as kernels read it."""

    rate: Schedule  # epsilon


class Boltzmann(NamedTuple):
    """Softmax exploration as kernels read it."""

    rate: Schedule  # the temperature


class Optimistic(NamedTuple):
    """Exploration by upper confidence bounds as kernels read it."""

    rate: Schedule  # c, constant
    tried: NDArray[np.int64]  # (S, A)


class Proposing(NamedTuple):
    """Epsilon-greedy exploration whose random actions have a distribution of their own in each state."""

    rate: Schedule  # epsilon
    odds: NDArray[np.float64]  # (S, A) cumulative probabilities


Explorer = EpsilonGreedy | Boltzmann | Optimistic | Proposing


def store(part: Any, **values: Any) -> None:
    """Set fields of a frozen dataclass that is being made to their checked values."""
    for name, value in values.items():
        object.__setattr__(part, name, value)


def number_or_decay(name: str, value: Any, low: float = 0.0, high: float = math.inf) -> float | Decay:
    """A number within a range, or a Decay whose ends are.

    Raises:
        ValueError: it is neither.
    """
    also = ", or a Decay between such"
    if not isinstance(value, Decay):
        return number(name, value, low, high, also=also)
    for end in (value.start, value.end):
        number(name, end, low, high, also=also)
    return value


def step_size_option(name: str, value: Any) -> float | Decay | Average:
    """A step size from 0 to 1, a Decay between such, or Average().

    Raises:
        ValueError: it is none of these.
    """
    if isinstance(value, Average):
        return value
    if isinstance(value, Decay):
        return number_or_decay(name, value, 0.0, 1.0)
    return number(name, value, 0.0, 1.0, also=", a Decay between such, or Average()")


def schedule(name: str, value: float | Decay) -> Schedule:
    """A number or a schedule as kernels read it.

    Raises:
        ValueError: it is a Decay whose run has no length yet.
    """
    if not isinstance(value, Decay):
        return Schedule(float(value), float(value), 0.0)
    if not value.steps:
        raise ValueError(f"{name} decays over a fraction of a run of steps: give the run its steps, or Decay its own")
    return Schedule(value.start, value.end, value.fraction * value.steps, value.shape == "exponential")


def step_size(alpha: float | Decay | Average, shape: tuple[int, int]) -> StepSize:
    """A step size as kernels read it, for values of a shape (S, A)."""
    if isinstance(alpha, Average):
        return StepSize(Schedule(0.0, 0.0, 0.0), alpha.power, np.zeros(shape, np.int64))
    return StepSize(schedule("alpha", alpha), 0.0, np.zeros((0, 0), np.int64))


def explorer(
    explore: Softmax | UCB | None, epsilon: float | Decay, shape: tuple[int, int], proposals: str = "uniform"
) -> Explorer:
    """A way to explore as kernels read it; epsilon-greedy when `explore` is None.

    Unless they are `uniform`, its random actions have probabilities of their own, to be filled in.
    """
    if isinstance(explore, UCB):
        return Optimistic(schedule("c", explore.c), np.zeros(shape, np.int64))
    if isinstance(explore, Softmax):
        return Boltzmann(schedule("temperature", explore.temperature))
    if proposals == "uniform":
        return EpsilonGreedy(schedule("epsilon", epsilon))
    return Proposing(schedule("epsilon", epsilon), np.zeros(shape))


def stretched(method: M, steps: int) -> M:
    """A dataclass with its schedules, and those of its parts, stretched over a run of so many steps."""
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


@inner()
def now(schedule: Any, n: Any) -> Any:  # Schedule, steps so far
    """A schedule's value after n steps."""
    if n >= schedule.span:
        return schedule.last
    if schedule.factor:
        return schedule.first * (schedule.last / schedule.first) ** (n / schedule.span)
    return schedule.first + (schedule.last - schedule.first) * (n / schedule.span)


@inner()
def sized(size: Any, s: Any, a: Any, n: Any) -> Any:  # StepSize, state, action, steps so far
    """The step size of one update of (s, a), which is counted."""
    if size.power == 0.0:
        return now(size.schedule, n)
    size.visits[s, a] += 1
    return 1.0 / size.visits[s, a] if size.power == 1.0 else float(size.visits[s, a]) ** -size.power


@inner()
def towards(old: Any, target: Any, x: Any) -> Any:  # x: the step size
    """A value moved towards a target; with a step size of 1 it is the target, to the bit."""
    return target if x == 1.0 else old + x * (target - old)


@inner(fastmath={"nnan", "nsz"})
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


def pick(exploration: Any, q: Any, s: Any, n: Any, rng: Any) -> Any:  # Explorer, (S, A), state, steps so far
    """The action that is taken in a state."""
    return PICK[type(exploration)](exploration, q, s, n, rng)


def expected(exploration: Any, q: Any, s: Any, best: Any, n: Any, rng: Any) -> Any:  # best: a greedy action
    """Expected value of a state under the way to explore."""
    return EXPECTED[type(exploration)](exploration, q, s, best, n, rng)


def proposal_chance(exploration: Any, q: Any, s: Any, a: Any, epsilon: Any) -> Any:
    """Probability that epsilon-greedy exploration takes an action at random."""
    chance = _proposal_chance if KIND[type(exploration)] == PROPOSALS else _uniform_chance
    return chance(exploration, q, s, a, epsilon)


def kind_of(exploration: Any) -> Any:
    """EPSILON, SOFTMAX, UPPER or PROPOSALS."""
    return KIND[type(exploration)]


@overload(pick, jit_options=INLINED)
def _compiled_pick(exploration: Any, q: Any, s: Any, n: Any, rng: Any) -> Any:
    return PICK[exploration.instance_class]  # chosen while compiling: no more is compiled than is used


@overload(expected, jit_options=INLINED)
def _compiled_expected(exploration: Any, q: Any, s: Any, best: Any, n: Any, rng: Any) -> Any:
    return EXPECTED[exploration.instance_class]


@overload(proposal_chance, jit_options=INLINED)
def _compiled_proposal_chance(exploration: Any, q: Any, s: Any, a: Any, epsilon: Any) -> Any:
    return _proposal_chance if KIND[exploration.instance_class] == PROPOSALS else _uniform_chance


@overload(kind_of, jit_options=INLINED)
def _compiled_kind_of(exploration: Any) -> Any:
    return (_epsilon, _softmax, _upper, _proposals)[KIND[exploration.instance_class]]


def _uniform_chance(exploration: Any, q: Any, s: Any, a: Any, epsilon: Any) -> Any:
    return epsilon / q.shape[1]


def _proposal_chance(exploration: Any, q: Any, s: Any, a: Any, epsilon: Any) -> Any:
    before = exploration.odds[s, a - 1] if a else 0.0
    return epsilon * (exploration.odds[s, a] - before) / exploration.odds[s, -1]


def _epsilon(exploration: Any) -> Any:
    return EPSILON


def _softmax(exploration: Any) -> Any:
    return SOFTMAX


def _upper(exploration: Any) -> Any:
    return UPPER


def _proposals(exploration: Any) -> Any:
    return PROPOSALS


def _pick_epsilon(exploration: Any, q: Any, s: Any, n: Any, rng: Any) -> Any:
    if rng.random() < now(exploration.rate, n):
        return int(rng.random() * q.shape[1])
    return greedy(q, s, rng)


def _pick_proposing(exploration: Any, q: Any, s: Any, n: Any, rng: Any) -> Any:
    if rng.random() < now(exploration.rate, n):
        return proposed(exploration.odds, s, rng)
    return greedy(q, s, rng)


def _pick_softmax(exploration: Any, q: Any, s: Any, n: Any, rng: Any) -> Any:
    return soft(q, s, now(exploration.rate, n), rng)


def _pick_upper(exploration: Any, q: Any, s: Any, n: Any, rng: Any) -> Any:
    a = upper(exploration, q, s, rng)
    exploration.tried[s, a] += 1
    return a


@inner()
def proposed(odds: Any, s: Any, rng: Any) -> Any:
    """An action by its probability in a state; `odds` (S, A) are cumulative."""
    u, a = rng.random() * odds[s, -1], 0
    while u >= odds[s, a]:
        a += 1
    return a


@inner()
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


@inner()
def upper(exploration: Any, q: Any, s: Any, rng: Any) -> Any:
    """The action with the greatest upper confidence bound; ties are broken at random."""
    total, untried = 0, 0
    for b in range(q.shape[1]):
        total += exploration.tried[s, b]
        untried += exploration.tried[s, b] == 0
    chosen, top, ties = 0, -np.inf, 0
    for b in range(q.shape[1]):
        times = exploration.tried[s, b]
        if untried and times:
            continue
        bound = 0.0 if untried else q[s, b] + exploration.rate.last * math.sqrt(math.log(total) / times)
        if bound > top:
            chosen, top, ties = b, bound, 1
        elif bound == top:
            ties += 1
            if rng.random() * ties < 1:
                chosen = b
    return chosen


def _expected_epsilon(exploration: Any, q: Any, s: Any, best: Any, n: Any, rng: Any) -> Any:
    total, epsilon = 0.0, now(exploration.rate, n)
    for b in range(q.shape[1]):
        total += q[s, b]
    return (1 - epsilon) * q[s, best] + epsilon * total / q.shape[1]


def _expected_proposing(exploration: Any, q: Any, s: Any, best: Any, n: Any, rng: Any) -> Any:
    total, before, epsilon = 0.0, 0.0, now(exploration.rate, n)
    for b in range(q.shape[1]):
        total += q[s, b] * (exploration.odds[s, b] - before)
        before = exploration.odds[s, b]
    return (1 - epsilon) * q[s, best] + epsilon * total / before


def _expected_softmax(exploration: Any, q: Any, s: Any, best: Any, n: Any, rng: Any) -> Any:
    total, weights = 0.0, 0.0
    for b in range(q.shape[1]):
        weight = math.exp((q[s, b] - q[s, best]) / now(exploration.rate, n))
        weights += weight
        total += weight * q[s, b]
    return total / weights


def _expected_upper(exploration: Any, q: Any, s: Any, best: Any, n: Any, rng: Any) -> Any:
    return q[s, upper(exploration, q, s, rng)]


KIND = {EpsilonGreedy: EPSILON, Boltzmann: SOFTMAX, Optimistic: UPPER, Proposing: PROPOSALS}
PICK = {
    EpsilonGreedy: _pick_epsilon,
    Boltzmann: _pick_softmax,
    Optimistic: _pick_upper,
    Proposing: _pick_proposing,
}
EXPECTED = {
    EpsilonGreedy: _expected_epsilon,
    Boltzmann: _expected_softmax,
    Optimistic: _expected_upper,
    Proposing: _expected_proposing,
}
