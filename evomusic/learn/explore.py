"""Exploration: epsilon-greedy with random ties, and schedules.

A schedule falls in a straight line from `start` to `end` over the first `fraction` of a run and stays there.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple, TypeVar

from evomusic._jit import njit

M = TypeVar("M")


@dataclass(frozen=True)
class Decay:
    """A number that falls from `start` to `end` over the first `fraction` of the budget, then keeps to `end`.

    Args:
        start: at the first step.
        end: from the end of the fall on.
        fraction: share of the run that the fall takes, 0 to 1.
        steps: length of the run; filled in by `run`.
    """

    start: float = 1.0
    end: float = 0.05
    fraction: float = 0.5
    steps: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.fraction <= 1:
            raise ValueError(f"Decay fraction is {self.fraction}, expected 0 to 1")


class Line(NamedTuple):
    """A schedule as kernels read it: from `first` to `last` over `span` steps."""

    first: float
    last: float
    span: float


def line(number: float | Decay, name: str, low: float = 0.0, high: float = 1.0) -> Line:
    """A number or a schedule, checked against its range.

    Raises:
        ValueError: it lies outside, or is a schedule that no run has stretched yet.
    """
    ends = (number.start, number.end) if isinstance(number, Decay) else (number, number)
    for value in ends:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            raise ValueError(
                f"{name} is {value!r}, expected a number from {low:g} to {high:g}, or a Decay between such"
            )
    if not isinstance(number, Decay):
        return Line(float(number), float(number), 0.0)
    if not number.steps:
        raise ValueError(f"{name} decays over a fraction of a run: start it by run(), or give Decay its steps")
    return Line(float(number.start), float(number.end), number.fraction * number.steps)


def stretched(method: M, steps: int) -> M:
    """A dataclass whose schedules know the length of the run."""
    named: dict[str, Any] = {f.name: getattr(method, f.name) for f in fields(method)}  # type: ignore[arg-type]  # any dataclass
    decays = {n: replace(v, steps=steps) for n, v in named.items() if isinstance(v, Decay) and not v.steps}
    return replace(method, **decays) if decays else method  # type: ignore[type-var]


@njit(cache=True)
def now(schedule: Any, n: Any) -> Any:  # Line, steps so far
    """A schedule's value after n steps."""
    if n >= schedule.span:
        return schedule.last
    return schedule.first + (schedule.last - schedule.first) * (n / schedule.span)


@njit(cache=True, fastmath={"nnan", "nsz"})
def greedy(q: Any, s: Any, rng: Any) -> Any:  # (S, A) values, state
    """An action of the greatest value; ties are broken at random."""
    top = q[s, 0]
    for b in range(1, q.shape[1]):
        top = max(top, q[s, b])
    ties = 0
    for b in range(q.shape[1]):
        ties += q[s, b] == top
    if ties > 1:
        ties = 1 + int(rng.random() * ties)
    a = -1
    while ties > 0:
        a += 1
        ties -= q[s, a] == top
    return a
