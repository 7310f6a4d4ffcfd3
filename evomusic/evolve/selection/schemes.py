"""Schemes of parent selection: functions of returns, and classes with their parameters, for a loop's `selection`.

All indices are into the returns (P,); n parents are drawn with replacement. A scheme's input is `Candidates`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import able, flag, number, probability, whole
from evomusic.core.grid import Grid
from evomusic.core.melody import canonical
from evomusic.core.task import Task
from evomusic.encodings.base import MOST, Encoding, assign
from evomusic.evolve.selection.crowds import filtered, hamming, nearest_mean, shares
from evomusic.evolve.selection.select import Index, top, tournament

Floats = NDArray[np.float64]


def rank(returns: Floats, n: int, pressure: float, rng: np.random.Generator) -> Index:
    """Linear ranking (Baker 1985): the best has `pressure` times the mean probability, the worst 2 - `pressure` times.

    Equal returns share the probabilities of their ranks.
    """
    size = len(returns)
    _, kind, many = np.unique(returns, return_inverse=True, return_counts=True)
    middle = (np.cumsum(many) - (many + 1) / 2)[kind]  # mean rank of equals, 0 for the worst
    slope = 2 * (pressure - 1) / (size - 1) if size > 1 else 0.0
    return drawn((2 - pressure if size > 1 else 1.0) + slope * middle, n, rng)


def truncation(returns: Floats, n: int, share: float, rng: np.random.Generator) -> Index:
    """Truncation: uniform among the best `share` of all, rounded up; of equals the earlier are in it."""
    best = top(returns, math.ceil(share * len(returns)))
    return best[rng.integers(0, len(best), n)]


def roulette(returns: Floats, n: int, rng: np.random.Generator, universal: bool = False) -> Index:
    """Fitness-proportionate selection (Holland 1975), with windowing: by the return above the worst.

    The worst are never drawn, unless all are equal. `universal` is stochastic universal sampling (Baker 1987): n
    equally spaced arms on one wheel, so that each is drawn its expected number of times, rounded down or up; shuffled.
    """
    above = returns - returns.min()
    return drawn(above if above.any() else np.ones(len(returns)), n, rng, universal)


def drawn(weights: Floats, n: int, rng: np.random.Generator, universal: bool = False) -> Index:
    """Random indices (n,) with probabilities in proportion to weights (P,)."""
    wheel = np.cumsum(weights)
    arms = rng.permutation((np.arange(n) + rng.random()) / n) if universal else rng.random(n)
    last = int(np.flatnonzero(weights)[-1])  # rounding may carry an arm past the last positive weight
    return np.minimum(np.searchsorted(wheel, arms * wheel[-1], side="right"), last)


def lexicase(parts: Floats, n: int, rng: np.random.Generator, epsilon: float | None = 0.0) -> Index:
    """Lexicase selection (Spector 2012) on parts (P, R): each parent by its own random order of the columns.

    Only the best in the first column stay, of these only the best in the next, and so on; the parent is drawn uniformly
    from the rest. Values within `epsilon` of the best count as best (La Cava et al. 2016); None takes each column's
    median absolute deviation.
    """
    mad = np.median(np.abs(parts - np.median(parts, axis=0)), axis=0)
    slack = mad if epsilon is None else np.full(parts.shape[1], float(epsilon))
    return filtered(np.ascontiguousarray(parts), n, slack, rng)


@dataclass(frozen=True, eq=False)
class Candidates:
    """The input of a scheme: genomes, and their returns or the values by which the loop ranks them.

    Melodies (P, T) and parts (P, R) are computed when first read; all melodies were evaluated before.
    """

    task: Task
    encoding: Encoding
    genomes: Any
    returns: Floats

    @cached_property
    def melodies(self) -> NDArray[np.uint8]:
        """Melodies (P, T) of the genomes."""
        return self.encoding.decode(self.task, self.genomes)

    @cached_property
    def parts(self) -> Floats:
        """Reward (P, R) of each melody by each rule and final measure."""
        return self.task.parts(self.melodies)

    @cached_property
    def distances(self) -> Floats:
        """Share of steps at which two melodies differ, in canonical form: (P, P)."""
        rows = canonical(self.melodies) if isinstance(self.task.grid, Grid) else self.melodies
        return hamming(np.ascontiguousarray(rows))


@runtime_checkable
class Selection(Protocol):
    """A scheme of parent selection with its parameters."""

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> Index:
        """Parents, as n indices of candidates in random order."""
        ...


def checked_selection(selection: Any) -> Any:
    """An argument `selection` that is a scheme.

    Raises:
        ValueError: it has no `pick`, or is a class.
    """
    return able("selection", selection, ("pick",), "a selection scheme such as em.Tournament()")


@dataclass(frozen=True, kw_only=True)
class Tournament:
    """Tournament selection: the best of `size` candidates drawn with replacement; uniform selection for size 1.

    Args:
        size: candidates per tournament.

    Raises:
        ValueError: the size is no whole number from 1 to 10,000,000.
    """

    size: int = 5

    def __post_init__(self) -> None:
        assign(self, size=whole("size", self.size, 1, MOST))

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> Index:
        """Winners of n tournaments."""
        return tournament(candidates.returns, n, self.size, rng)


ANYONE, PAIRS = Tournament(size=1), Tournament(size=2)


@dataclass(frozen=True, kw_only=True)
class Rank:
    """Linear ranking (Baker 1985), see `rank`.

    Args:
        pressure: probability of the best, in multiples of the mean probability, 1 to 2.

    Raises:
        ValueError: the pressure is no number from 1 to 2.
    """

    pressure: float = 1.5

    def __post_init__(self) -> None:
        assign(self, pressure=number("pressure", self.pressure, 1.0, 2.0))

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> Index:
        """Parents, drawn by rank."""
        return rank(candidates.returns, n, self.pressure, rng)


@dataclass(frozen=True, kw_only=True)
class BoltzmannTournament:
    """Tournaments of two whose winner is drawn by its return, with odds of exp(difference / temperature) to 1.

    Near temperature 0 it is the tournament of two, at infinity drift. In Goldberg's annealing population the odds make
    the frequencies of genomes tend to exp(return / temperature), of which `em.SoftSampler` writes exact samples.

    Source: Goldberg, "A note on Boltzmann tournament selection for genetic algorithms and population-oriented simulated
    annealing", Complex Systems 4 (1990).

    Args:
        temperature: in units of return, above 0.

    Raises:
        ValueError: the temperature is no number above 0.
    """

    temperature: float = 1.0

    def __post_init__(self) -> None:
        assign(self, temperature=number("temperature", self.temperature, above=0.0))

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> Index:
        """Winners of n tournaments."""
        from scipy.special import expit  # half a second to import

        first, second = rng.integers(0, len(candidates.returns), (2, n))
        ahead = candidates.returns[first] - candidates.returns[second]
        return np.where(rng.random(n) < expit(ahead / self.temperature), first, second)


@dataclass(frozen=True, kw_only=True)
class Truncation:
    """Truncation selection: uniform among the best candidates.

    Args:
        share: of all candidates, above 0 and up to 1.

    Raises:
        ValueError: the share is no number above 0 and up to 1.
    """

    share: float = 0.5

    def __post_init__(self) -> None:
        assign(self, share=number("share", self.share, high=1.0, above=0.0))

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> Index:
        """Parents, drawn from the best."""
        return truncation(candidates.returns, n, self.share, rng)


@dataclass(frozen=True, kw_only=True)
class Roulette:
    """Fitness-proportionate selection by the return above the worst, see `roulette`.

    Args:
        universal: whether to use stochastic universal sampling.

    Raises:
        ValueError: `universal` is neither True nor False.
    """

    universal: bool = False

    def __post_init__(self) -> None:
        assign(self, universal=flag("universal", self.universal))

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> Index:
        """Parents, drawn by return."""
        return roulette(candidates.returns, n, rng, self.universal)


@dataclass(frozen=True, kw_only=True)
class Lexicase:
    """Lexicase selection by rules and final measures in random order, not by their sum; see `lexicase`.

    Args:
        epsilon: distance to the best that counts as equal; None takes each part's median absolute deviation.

    Raises:
        ValueError: epsilon is no number from 0 up.
    """

    epsilon: float | None = 0.0

    def __post_init__(self) -> None:
        if self.epsilon is not None:
            assign(self, epsilon=number("epsilon", self.epsilon, 0.0))

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> Index:
        """Parents, drawn by parts."""
        return lexicase(candidates.parts, n, rng, self.epsilon)


@dataclass(frozen=True, kw_only=True)
class Sharing:
    """Fitness sharing (Goldberg & Richardson 1987): genomes in a crowded niche share its returns.

    The return above the worst is divided by the niche count, the sum over all candidates of 1 - (d / radius)^alpha
    where their distance d is below the radius; distances are shares of steps that differ.

    Args:
        radius: of a niche, above 0 and up to 1.
        alpha: shape of the sharing function, above 0.
        selection: the scheme that selects by shared returns.

    Raises:
        ValueError: an argument is of the wrong type or out of range.
    """

    radius: float = 0.2
    alpha: float = 1.0
    selection: Selection = PAIRS

    def __post_init__(self) -> None:
        assign(
            self,
            radius=number("radius", self.radius, high=1.0, above=0.0),
            alpha=number("alpha", self.alpha, 1e-3),
        )
        checked_selection(self.selection)

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> Index:
        """Parents, selected by shared returns."""
        shared = shares(candidates.returns, candidates.distances, self.radius, self.alpha)
        return self.selection.pick(_with(candidates, shared), n, rng)


@dataclass(frozen=True, kw_only=True)
class Novelty:
    """Novelty search (Lehman & Stanley 2011) beside the return: some parents are selected by their novelty.

    Novelty is the mean distance to the nearest other candidates.

    Args:
        neighbours: number of nearest candidates.
        chance: probability that a parent is selected by its novelty and not by its return.
        selection: the scheme that selects by either.

    Raises:
        ValueError: an argument is of the wrong type or out of range.
    """

    neighbours: int = 15
    chance: float = 0.5
    selection: Selection = PAIRS

    def __post_init__(self) -> None:
        assign(
            self,
            neighbours=whole("neighbours", self.neighbours, 1, MOST),
            chance=probability("chance", self.chance),
        )
        checked_selection(self.selection)

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> Index:
        """Parents, selected by return or by novelty."""
        novelty = nearest_mean(candidates.distances, self.neighbours)
        by_return = self.selection.pick(candidates, n, rng)
        by_novelty = self.selection.pick(_with(candidates, novelty), n, rng)
        return np.where(rng.random(n) < self.chance, by_novelty, by_return)


def _with(candidates: Candidates, returns: Floats) -> Candidates:
    """The same candidates with other returns."""
    return Candidates(candidates.task, candidates.encoding, candidates.genomes, returns)
