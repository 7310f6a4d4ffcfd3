"""The exact optimum of a task's rules, or a certified bound where it cannot be proved.

A beam finds a good melody, multipliers lower the bound, and a forward search keeps only states whose bound beats the
melody. When the search ends, value equals bound: the optimum. All numbers are multiples of the quantum, so the proof
is exact arithmetic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core import kernels
from evomusic.core.grid import Grid
from evomusic.core.machine import HEADROOM, Machine
from evomusic.core.melody import Melody, canonical
from evomusic.core.optimum.bounds import MANY, Bounds, best_path, forward, tighten
from evomusic.core.optimum.layers import Flat, flatten, merged, regroup
from evomusic.core.reward import QUANTUM


class Attempt(NamedTuple):
    """Limits of one attempt: subgradient steps, beam width, states of the search, rows of the groups."""

    rounds: int
    beam: int
    states: int
    rows: int


ATTEMPTS = (
    Attempt(120, 5_000, 600_000, 0),
    Attempt(200, 10_000, 2_000_000, 200_000),
    Attempt(100, 20_000, 4_000_000, 1_000_000),
)


class Optimum(NamedTuple):
    """An optimal melody, its return, and the number of states that the proof visited."""

    value: float
    melody: Melody
    visited: int

    def _repr_html_(self) -> str:
        """The melody's score and sound in a notebook, and its return."""
        return import_module("evomusic.report.notebook").optimum_html(self)  # by name: it stands on a higher floor


class Bound(NamedTuple):
    """A certified upper bound of every melody's return, the best return found, and its melody."""

    upper: float
    value: float
    melody: Melody

    def _repr_html_(self) -> str:
        """The melody's score and sound in a notebook, its return and the bound."""
        return import_module("evomusic.report.notebook").bound_html(self)


class NotCertified(Exception):
    """The optimum was not proved. `value`: best return found; `melody`: its melody; `upper`: certified bound.

    `found`: of melodies that lie apart, those that were proved before; the rest is then said of the next one.
    """

    def __init__(self, why: str, bound: Bound, found: Sequence[Optimum] = ()):
        super().__init__(f"{why}: best known {bound.value:g}, bound {bound.upper:g}")
        self.upper, self.value, self.melody = bound.upper, bound.value, bound.melody
        self.found = list(found)


@dataclass(frozen=True, eq=False)
class Solution:
    """Result of the planner: the best melody found and an upper bound; `value` equals `upper` when it is solved."""

    machine: Machine
    flat: Flat
    bounds: Bounds
    upper: float
    value: float
    tokens: NDArray[np.uint8]
    visited: int

    def __post_init__(self) -> None:
        """Check the certificate, whatever the search computed."""
        returns = np.empty(1)
        kernels.evaluate(self.tokens[None], self.machine.singles, returns)
        if returns[0] != self.value:
            raise AssertionError(f"planner's melody returns {returns[0]!r}, not {self.value!r}")
        if self.value > self.upper:
            raise AssertionError(f"planner's melody returns {self.value!r}, above its bound {self.upper!r}")

    @property
    def solved(self) -> bool:
        """Whether the value is the optimum."""
        return self.value == self.upper

    @property
    def melody(self) -> Melody:
        """The best melody found."""
        return Melody(self.tokens, self.machine.grid)


def solve(machine: Machine) -> Solution:
    """The best melody and a certified bound; equal when the search could prove it.

    Raises:
        TooManyStates: a rule cannot be unrolled over the steps.
    """
    groups = regroup(machine.automata)
    steps, tokens = machine.grid.steps, machine.grid.tokens
    multipliers = np.zeros((max(len(groups), 1), steps, tokens))
    best, found, upper, visited = -np.inf, np.zeros(steps, np.uint8), np.inf, 0
    for attempt in ATTEMPTS:
        groups, multipliers = merged(groups, multipliers, attempt.rows)
        flat = flatten(groups) if groups else _nothing(machine.grid)
        for rounds, width in ((5, attempt.beam // 10), (attempt.rounds, attempt.beam)):
            target = best if np.isfinite(best) else -HEADROOM  # a coarse melody first: steps are measured against it
            bounds = tighten(flat, multipliers, target, rounds)
            multipliers = bounds.multipliers
            best, found = _beam(flat, bounds, best, width) or (best, found)
        upper = min(upper, bounds.upper)
        closed = best >= bounds.upper
        if not closed:
            layers, closed = forward(flat, bounds, best + QUANTUM / 2, budget=attempt.states)
            visited += sum(len(x.reached) for x in layers)
            if closed and len(layers) == steps and len(layers[-1].reached):
                best, found = best_path(layers)
        if closed:
            return Solution(machine, flat, bounds, best, best, _sounding(machine, found, best), visited)
    return Solution(machine, flat, bounds, upper, best, found, visited)


def _beam(flat: Flat, bounds: Bounds, least: float, width: int) -> tuple[float, NDArray[np.uint8]] | None:
    """The best melody that a beam finds above `least`, or None."""
    layers, _ = forward(flat, bounds, least + QUANTUM / 2, width, max(MANY, width * flat.place.shape[1]))
    if len(layers) < flat.place.shape[1] or not len(layers[-1].reached):
        return None
    return best_path(layers)


def _nothing(grid: Grid) -> Flat:
    """Groups of a reward without rules: one row a step, of value 0."""
    steps = np.arange(grid.steps)[None]
    return Flat(
        np.zeros((grid.steps, grid.tokens), np.int32), np.zeros((grid.steps, grid.tokens)), steps, np.ones_like(steps)
    )


def _sounding(machine: Machine, tokens: NDArray[np.uint8], value: float) -> NDArray[np.uint8]:
    """The melody in canonical form, where that has the same return."""
    plain, returns = canonical(tokens), np.empty(1)
    kernels.evaluate(plain[None], machine.singles, returns)
    return plain if returns[0] == value else tokens
