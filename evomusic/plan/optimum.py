"""The true optimum of a machine, the k best melodies, and a bound where neither can be proved.

A beam finds a good melody, multipliers lower the bound, and a forward search keeps only states whose bound beats the
melody. When the search ends, value equals bound: the optimum. All numbers are multiples of the quantum, so the proof
is exact arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic import kernels
from evomusic.grid import Grid
from evomusic.machine import HEADROOM, Machine
from evomusic.melody import Melody, canonical
from evomusic.plan.layers import Flat, flatten, regroup
from evomusic.plan.search import Bounds, best_path, forward, tighten
from evomusic.reward import QUANTUM

ROUNDS = ((120, 5_000), (300, 10_000), (900, 30_000))  # subgradient steps and beam width of each attempt
BUDGETS = (600_000, 2_000_000, 4_000_000)  # states that the search of each attempt may keep


class Optimum(NamedTuple):
    """A melody, what it returns, and how many states the search that proved it visited."""

    value: float
    melody: Melody
    visited: int


class Bound(NamedTuple):
    """A certified upper bound of every melody's return, the best return known, and its melody."""

    upper: float
    value: float
    melody: Melody


class NotCertified(Exception):
    """The optimum was not proved. `value`: best return known; `melody` earns it; `upper`: certified bound."""

    def __init__(self, why: str, bound: Bound):
        super().__init__(f"{why}: best known {bound.value:g}, bound {bound.upper:g}")
        self.upper, self.value, self.melody = bound.upper, bound.value, bound.melody


@dataclass(frozen=True, eq=False)
class Solution:
    """What the planner knows of a machine: `value` equals `upper` when it is solved."""

    machine: Machine
    flat: Flat
    bounds: Bounds
    upper: float
    value: float
    tokens: NDArray[np.uint8]
    visited: int

    def __post_init__(self) -> None:
        """The certificate: checked at every use, whatever the search believed."""
        paid = np.empty(1)
        kernels.evaluate(self.tokens[None], self.machine.singles, paid)
        if paid[0] != self.value:
            raise AssertionError(f"planner's melody returns {paid[0]!r}, not {self.value!r}")
        if self.value > self.upper:
            raise AssertionError(f"planner's melody returns {self.value!r}, above its bound {self.upper!r}")

    @property
    def solved(self) -> bool:
        """Whether the value is the optimum."""
        return self.value == self.upper

    @property
    def melody(self) -> Melody:
        """The best melody known."""
        return Melody(self.tokens, self.machine.grid)


def solve(machine: Machine) -> Solution:
    """The best melody and a certified bound; equal when the search could prove it.

    Raises:
        TooManyStates: a rule cannot be unrolled over the steps.
    """
    flat = flatten(regroup(machine.automata)) if machine.automata else _nothing(machine.grid)
    multipliers = np.zeros((*flat.place.shape, flat.value.shape[1]))
    best, tokens, upper = -np.inf, np.zeros(machine.grid.steps, np.uint8), np.inf
    visited = 0
    for (rounds, beam), budget in zip(ROUNDS, BUDGETS, strict=True):
        for width in (beam // 10, beam):  # a coarse melody first: steps are measured against what is known
            bounds = tighten(
                flat, multipliers, best if np.isfinite(best) else -HEADROOM, rounds if width == beam else 5
            )
            multipliers = bounds.multipliers
            found = _beam(flat, bounds, best, max(width, 1))
            best, tokens = found or (best, tokens)
        upper = min(upper, bounds.upper)
        if best >= bounds.upper:
            return Solution(machine, flat, bounds, best, best, _sounding(machine, tokens, best), visited)
        layers, complete = forward(flat, bounds, best + QUANTUM / 2, budget=budget)
        visited += sum(len(x.reached) for x in layers)
        if complete:
            if len(layers) == machine.grid.steps and len(layers[-1].reached):
                best, tokens = best_path(layers)
            return Solution(machine, flat, bounds, best, best, _sounding(machine, tokens, best), visited)
    return Solution(machine, flat, bounds, upper, best, tokens, visited)


def _beam(flat: Flat, bounds: Bounds, least: float, width: int) -> tuple[float, NDArray[np.uint8]] | None:
    """The best melody that a beam finds above `least`, or None."""
    layers, _ = forward(flat, bounds, least + QUANTUM / 2, beam=width)
    if len(layers) < flat.place.shape[1] or not len(layers[-1].reached):
        return None
    return best_path(layers)


def _nothing(grid: Grid) -> Flat:
    """No rules: one row a step that pays nothing."""
    steps = np.arange(grid.steps)[None]
    return Flat(
        np.zeros((grid.steps, grid.tokens), np.int32), np.zeros((grid.steps, grid.tokens)), steps, np.ones_like(steps)
    )


def _sounding(machine: Machine, tokens: NDArray[np.uint8], value: float) -> NDArray[np.uint8]:
    """The melody in canonical form, where that is paid the same."""
    plain, paid = canonical(tokens), np.empty(1)
    kernels.evaluate(plain[None], machine.singles, paid)
    return plain if paid[0] == value else tokens
