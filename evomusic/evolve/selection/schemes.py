"""Selection schemes: who has offspring. Functions of returns, and parameters for loops that take a `selection`.

All indices are into the returns (P,); n are drawn, with replacement. `Candidates` is what a scheme may look at.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from evomusic.core.melody import canonical
from evomusic.core.task import Task
from evomusic.encodings.base import Encoding, check_count, rate
from evomusic.evolve.selection.crowds import filtered, hamming, nearest_mean, shares
from evomusic.evolve.selection.select import Index, top, tournament

Floats = NDArray[np.float64]


def rank(returns: Floats, n: int, pressure: float, rng: np.random.Generator) -> Index:
    """Linear ranking (Baker 1985): the best is drawn `pressure` times as often as chance has it, the worst 2 - that.

    Equals share the chances of their ranks.
    """
    size = len(returns)
    _, kind, many = np.unique(returns, return_inverse=True, return_counts=True)
    middle = (np.cumsum(many) - (many + 1) / 2)[kind]  # mean rank of equals, 0 for the worst
    slope = 2 * (pressure - 1) / (size - 1) if size > 1 else 0.0
    return drawn((2 - pressure if size > 1 else 1.0) + slope * middle, n, rng)


def truncation(returns: Floats, n: int, share: float, rng: np.random.Generator) -> Index:
    """Uniform among the best share of all, rounded up; of equals the earlier are in it."""
    best = top(returns, math.ceil(share * len(returns)))
    return best[rng.integers(0, len(best), n)]


def roulette(returns: Floats, n: int, rng: np.random.Generator, universal: bool = False) -> Index:
    """As often as a return exceeds the worst (Holland 1975, with windowing: returns may be negative).

    The worst are never drawn; when all are equal, all are alike. `universal`: n equally spaced arms on one wheel
    (Baker 1987), so that each is drawn its expected number of times, rounded down or up; in random order.
    """
    above = returns - returns.min()
    return drawn(above if above.any() else np.ones(len(returns)), n, rng, universal)


def drawn(weights: Floats, n: int, rng: np.random.Generator, universal: bool = False) -> Index:
    """Indices (n,) as often as their weights (P,) say."""
    wheel = np.cumsum(weights)
    arms = rng.permutation((np.arange(n) + rng.random()) / n) if universal else rng.random(n)
    last = int(np.flatnonzero(weights)[-1])  # rounding may carry an arm past the last that weighs anything
    return np.minimum(np.searchsorted(wheel, arms * wheel[-1], side="right"), last)


def lexicase(parts: Floats, n: int, rng: np.random.Generator, epsilon: float | None = 0.0) -> Index:
    """Each by its own random order of the columns of parts (P, R): the best in the first, of them those in the next.

    Who is within `epsilon` of a column's best among those still in counts as best (La Cava et al. 2016; None: within
    the column's median absolute deviation). Whoever is left at the end is drawn alike (Spector 2012).
    """
    mad = np.median(np.abs(parts - np.median(parts, axis=0)), axis=0)
    slack = mad if epsilon is None else np.full(parts.shape[1], float(epsilon))
    return filtered(np.ascontiguousarray(parts), n, slack, rng)


@dataclass(frozen=True, eq=False)
class Candidates:
    """What a scheme may look at: genomes and their returns, or what stands for returns in the loop.

    Melodies (P, T) and parts (P, R) are made when they are first read; all of them were evaluated before.
    """

    task: Task
    encoding: Encoding
    genomes: Any
    returns: Floats

    @cached_property
    def melodies(self) -> NDArray[np.uint8]:
        """The melodies (P, T)."""
        return self.encoding.decode(self.task, self.genomes)

    @cached_property
    def parts(self) -> Floats:
        """What each rule and final measure pays them: (P, R)."""
        return self.task.parts(self.melodies)

    @cached_property
    def distances(self) -> Floats:
        """The share of steps at which two melodies are written differently, silent holds as rests: (P, P)."""
        return hamming(np.ascontiguousarray(canonical(self.melodies)))


@runtime_checkable
class Selection(Protocol):
    """A selection scheme with its parameters."""

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> Index:
        """Who has offspring: n indices of candidates, in random order."""
        ...


@dataclass(frozen=True, kw_only=True)
class Tournament:
    """The best of `size` drawn with replacement; of size 1, anyone.

    Args:
        size: rivals.

    Raises:
        ValueError: the size is no whole number from 1.
    """

    size: int = 5

    def __post_init__(self) -> None:
        check_count("size", self.size)

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> Index:
        """Winners."""
        return tournament(candidates.returns, n, self.size, rng)


ANYONE, PAIRS = Tournament(size=1), Tournament(size=2)


@dataclass(frozen=True, kw_only=True)
class Rank:
    """Linear ranking, see `rank`.

    Args:
        pressure: how many times as often as chance the best is drawn, 1 to 2.

    Raises:
        ValueError: the pressure lies outside.
    """

    pressure: float = 1.5

    def __post_init__(self) -> None:
        _check_between("pressure", self.pressure, 1.0, 2.0)

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> Index:
        """Drawn by rank."""
        return rank(candidates.returns, n, self.pressure, rng)


@dataclass(frozen=True, kw_only=True)
class Truncation:
    """Anyone of the best share.

    Args:
        share: of all candidates, above 0 and up to 1.

    Raises:
        ValueError: the share lies outside.
    """

    share: float = 0.5

    def __post_init__(self) -> None:
        if not rate("share", self.share):
            raise ValueError("share is 0, expected more: the share of candidates that have offspring")

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> Index:
        """Drawn among the best."""
        return truncation(candidates.returns, n, self.share, rng)


@dataclass(frozen=True, kw_only=True)
class Roulette:
    """In proportion to the return above the worst, see `roulette`.

    Args:
        universal: stochastic universal sampling.
    """

    universal: bool = False

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> Index:
        """Drawn by return."""
        return roulette(candidates.returns, n, rng, self.universal)


@dataclass(frozen=True, kw_only=True)
class Lexicase:
    """By rules and final measures in random order, never by their sum; see `lexicase`.

    Args:
        epsilon: what counts as equal to the best, in units of return; None takes each part's median absolute deviation.

    Raises:
        ValueError: epsilon is below 0.
    """

    epsilon: float | None = 0.0

    def __post_init__(self) -> None:
        if self.epsilon is not None:
            _check_between("epsilon", self.epsilon, 0.0, math.inf)

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> Index:
        """Drawn by parts."""
        return lexicase(candidates.parts, n, rng, self.epsilon)


@dataclass(frozen=True, kw_only=True)
class Sharing:
    """Fitness sharing (Goldberg & Richardson 1987): who has many neighbours shares the return with them.

    The return above the worst is divided by the niche count, the sum over all candidates of 1 - (d / radius)^alpha
    where their distance d is below the radius; distances are shares of steps that differ.

    Args:
        radius: of a niche, above 0 and up to 1.
        alpha: shape of the sharing function, above 0.
        selection: the scheme that selects by shared returns.

    Raises:
        ValueError: a number is out of range.
    """

    radius: float = 0.2
    alpha: float = 1.0
    selection: Selection = PAIRS

    def __post_init__(self) -> None:
        if not rate("radius", self.radius):
            raise ValueError("radius is 0, expected more: the distance at which melodies are no neighbours")
        _check_between("alpha", self.alpha, 1e-3, math.inf)

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> Index:
        """Drawn by shared returns."""
        shared = shares(candidates.returns, candidates.distances, self.radius, self.alpha)
        return self.selection.pick(_with(candidates, shared), n, rng)


@dataclass(frozen=True, kw_only=True)
class Novelty:
    """Novelty (Lehman & Stanley 2011) beside the return: at a chance, selected by the mean distance to the nearest.

    Args:
        neighbours: how many nearest candidates count.
        chance: with which a parent is selected for its novelty and not for its return.
        selection: the scheme that selects by either.

    Raises:
        ValueError: a number is out of range.
    """

    neighbours: int = 15
    chance: float = 0.5
    selection: Selection = PAIRS

    def __post_init__(self) -> None:
        check_count("neighbours", self.neighbours)
        rate("chance", self.chance)

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> Index:
        """Drawn by return, some by novelty."""
        novelty = nearest_mean(candidates.distances, self.neighbours)
        by_return = self.selection.pick(candidates, n, rng)
        by_novelty = self.selection.pick(_with(candidates, novelty), n, rng)
        return np.where(rng.random(n) < self.chance, by_novelty, by_return)


def _with(candidates: Candidates, returns: Floats) -> Candidates:
    """The same candidates, selected by something else."""
    return Candidates(candidates.task, candidates.encoding, candidates.genomes, returns)


def _check_between(name: str, value: object, low: float, high: float) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise ValueError(f"{name} is {value!r}, expected a number from {low:g} to {high:g}")
