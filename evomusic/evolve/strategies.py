"""Evolution strategies for real-valued genomes (P, D): CMA-ES, and (mu, lambda) or (mu + lambda) strategies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import flag, number, whole
from evomusic.core.method import Searcher, all_untried
from evomusic.core.space import Choice, Range, Space
from evomusic.core.task import Task
from evomusic.encodings.base import MOST, Encoding, assign, checked_encoding
from evomusic.encodings.policy.weights import PolicyWeights

Genomes = NDArray[np.float64]

WEIGHTS = PolicyWeights()
NARROW, WIDE, CONDITION = 1e-10, 1e6, 1e14  # deviations and condition number at which CMA-ES restarts
MANY = 200  # dimensions above which only the covariance's diagonal is adapted
FLAT = 20  # generations of equal returns after which it restarts


class Gaussian(NamedTuple):
    """The distribution of CMA-ES: mean (D,), covariance (D, D) or its diagonal (D,), paths (D,), step size.

    `axes` (D, D) are the covariance's principal axes, as columns, and `spread` (D,) the deviation along each; `axes` is
    empty (0, 0) if only the diagonal is stored.
    """

    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]
    axes: NDArray[np.float64]
    spread: NDArray[np.float64]
    path: NDArray[np.float64]  # of the covariance
    path_sigma: NDArray[np.float64]
    sigma: float
    generation: int
    flat: int  # consecutive generations of equal returns


@dataclass(frozen=True, kw_only=True)
class CMAES(Searcher):
    """Covariance matrix adaptation (Hansen 2016, "The CMA Evolution Strategy: A Tutorial"), by the package `cmaes`.

    Each generation is drawn from a normal distribution whose mean and covariance adapt to the better half. It restarts
    when the distribution has converged or diverged, or when all returns were equal for 20 generations.

    Args:
        encoding: real-valued genomes, such as PolicyWeights.
        population: offspring per generation; the tutorial's 4 + 3 ln D when None. Returns of policies have plateaus,
            for which that is too few: with a hundred CMA-ES came close to the optimum, with few it made no progress.
        sigma: initial step size.
        separable: store only the diagonal of the covariance (Ros & Hansen 2008); when None that is done above 200
            dimensions, where the whole matrix takes minutes and has too few generations to be learnt.

    Raises:
        ValueError: an argument is of the wrong type or out of range.
    """

    space: ClassVar[Space] = {
        "population": Range(8, 300, log=True, whole=True),
        "sigma": Range(0.05, 3.0, log=True),
        "encoding": None,
    }

    encoding: Encoding = WEIGHTS
    population: int | None = 100
    sigma: float = 0.5
    separable: bool | None = None

    def __post_init__(self) -> None:
        checked_encoding(self.encoding, ("sample",))  # all that a loop by hand needs, which evaluates genomes itself
        assign(self, sigma=number("sigma", self.sigma, above=0))
        if self.separable is not None:
            assign(self, separable=flag("separable", self.separable))
        if self.population is not None:
            assign(self, population=whole("population", self.population, 2, MOST))

    def begin(self, task: Task, rng: np.random.Generator) -> Gaussian:
        """An isotropic distribution about the origin."""
        return self._around(np.zeros(dimensions(self.encoding, task)))

    def ask(self, task: Task, state: Gaussian, rng: np.random.Generator) -> tuple[Gaussian, Genomes]:
        """Offspring (P, D)."""
        size = self.population or 4 + int(3 * np.log(len(state.mean)))
        normal = rng.standard_normal((size, len(state.mean)))
        stretched = normal * state.spread  # y = B D z, equations (38) to (40)
        return state, state.mean + state.sigma * (stretched @ state.axes.T if state.axes.size else stretched)

    def tell(self, task: Task, state: Gaussian, genomes: Genomes, returns: NDArray[np.float64]) -> Gaussian:
        """The distribution after a generation; the initial one if it restarts."""
        flat = state.flat + 1 if (returns == returns[0]).all() else 0
        updated = _updated(state, genomes, returns)._replace(flat=flat)
        return updated if _alive(updated) else self._around(np.zeros(len(state.mean)))

    def deliver(self, task: Task, state: Gaussian) -> NDArray[np.uint8]:
        """The melody of the mean."""
        return self.decode(task, state.mean[None])

    untried = all_untried

    def _around(self, mean: NDArray[np.float64]) -> Gaussian:
        size = len(mean)
        none, one = np.zeros(size), np.ones(size)
        diagonal = size > MANY if self.separable is None else self.separable
        shape, axes = (one, np.zeros((0, 0))) if diagonal else (np.eye(size), np.eye(size))
        return Gaussian(mean, shape, axes, one, none, none, float(self.sigma), 0, 0)


def _updated(state: Gaussian, genomes: Genomes, returns: NDArray[np.float64]) -> Gaussian:
    """The distribution after a generation. Private attributes are the package's only access to its state."""
    from cmaes import CMA, SepCMA

    full = state.covariance.ndim == 2
    inner: Any = (CMA if full else SepCMA)(mean=state.mean.copy(), sigma=state.sigma, population_size=len(genomes))
    inner._C, inner._pc, inner._p_sigma = state.covariance.copy(), state.path.copy(), state.path_sigma.copy()
    inner._g, inner._D = state.generation, state.spread.copy()
    if full:
        inner._B = state.axes.copy()
    inner.tell([(x, -value) for x, value in zip(np.array(genomes), returns.tolist(), strict=True)])
    found = inner._eigen_decomposition() if np.isfinite(inner._C).all() else (state.axes, state.spread)
    axes, spread = found if isinstance(found, tuple) else (state.axes, found)
    return Gaussian(
        np.array(inner.mean), inner._C, axes, spread, inner._pc, inner._p_sigma, float(inner._sigma), inner._g, 0
    )


def _alive(state: Gaussian) -> bool:
    """Whether a distribution has neither converged nor diverged."""
    if not np.isfinite([state.sigma, state.covariance.sum()]).all() or state.flat >= FLAT:
        return False
    least, most = state.spread.min(), state.spread.max()
    return bool(state.sigma * most > NARROW and state.sigma * most < WIDE and most**2 < CONDITION * least**2)


class Strategy(NamedTuple):
    """Parents, their step sizes and returns, and the step sizes of the offspring being evaluated."""

    parents: Genomes  # (mu, D)
    sigmas: NDArray[np.float64]  # (mu,)
    returns: NDArray[np.float64]  # (mu,)
    waiting: NDArray[np.float64]  # (lambda,) step sizes of the offspring
    generation: int


@dataclass(frozen=True, kw_only=True)
class ES(Searcher):
    """A (mu, lambda) or (mu + lambda) evolution strategy with self-adapted step sizes (Beyer & Schwefel 2002).

    An offspring is the mean of two random parents, in place and, geometrically, in step size; the step size is
    multiplied by exp(N(0, 1) / sqrt(2 D)), and the genome moved by as much along each axis times N(0, 1).

    Args:
        encoding: real-valued genomes, such as PolicyWeights.
        parents: mu, the number of best genomes that become parents.
        offspring: lambda, at least mu.
        plus: whether parents compete with their offspring.
        sigma: initial step size.

    Raises:
        ValueError: an argument is of the wrong type or out of range.
    """

    space: ClassVar[Space] = {
        "parents": Range(2, 50, log=True, whole=True),
        "offspring": Range(50, 300, log=True, whole=True),
        "plus": Choice(False, True),
        "sigma": Range(0.05, 3.0, log=True),
        "encoding": None,
    }

    encoding: Encoding = WEIGHTS
    parents: int = 15
    offspring: int = 100
    plus: bool = False
    sigma: float = 0.5

    def __post_init__(self) -> None:
        checked_encoding(self.encoding, ("sample",))  # all that a loop by hand needs, which evaluates genomes itself
        parents = whole("parents", self.parents, 1, MOST)
        assign(
            self,
            parents=parents,
            offspring=whole("offspring", self.offspring, parents, MOST),
            plus=flag("plus", self.plus),
            sigma=number("sigma", self.sigma, above=0),
        )

    def begin(self, task: Task, rng: np.random.Generator) -> Strategy:
        """No parents: the first offspring are samples of the encoding."""
        size = dimensions(self.encoding, task)
        return Strategy(np.zeros((0, size)), np.zeros(0), np.zeros(0), np.zeros(0), 0)

    def ask(self, task: Task, state: Strategy, rng: np.random.Generator) -> tuple[Strategy, Genomes]:
        """Offspring (lambda, D)."""
        if not state.generation:
            return state._replace(waiting=np.full(self.offspring, self.sigma)), self.encoding.sample(
                task, rng, self.offspring
            )
        pairs, size = rng.integers(0, len(state.parents), (2, self.offspring)), state.parents.shape[1]
        drift = rng.standard_normal(self.offspring) / np.sqrt(2 * size)
        sigmas = np.clip(np.sqrt(state.sigmas[pairs].prod(axis=0)) * np.exp(drift), NARROW, WIDE)
        genomes = state.parents[pairs].mean(axis=0) + sigmas[:, None] * rng.standard_normal((self.offspring, size))
        return state._replace(waiting=sigmas), genomes

    def tell(self, task: Task, state: Strategy, genomes: Genomes, returns: NDArray[np.float64]) -> Strategy:
        """The best mu of the offspring, with `plus` also of the parents; of equals offspring, then the earlier."""
        sigmas = state.waiting
        if self.plus:
            genomes, sigmas = np.concatenate([genomes, state.parents]), np.concatenate([sigmas, state.sigmas])
            returns = np.concatenate([returns, state.returns])
        best = np.argsort(-returns, kind="stable")[: self.parents]
        return Strategy(genomes[best], sigmas[best], returns[best], np.zeros(0), state.generation + 1)

    def deliver(self, task: Task, state: Strategy) -> NDArray[np.uint8]:
        """Melodies of the parents."""
        return self.decode(task, state.parents)

    def delivered_returns(self, task: Task, state: Strategy) -> NDArray[np.float64]:
        """Returns (mu,) of the parents."""
        return state.returns


def dimensions(encoding: Encoding, task: Task) -> int:
    """Number of dimensions D of an encoding's genomes, from a sample.

    Raises:
        ValueError: genomes are not real-valued.
    """
    genomes = encoding.sample(task, np.random.default_rng(0), 1)
    if not isinstance(genomes, np.ndarray) or genomes.dtype.kind != "f" or genomes.ndim != 2:
        raise ValueError(f"{encoding} has no real-valued genomes (P, D), expected an encoding such as PolicyWeights")
    return int(genomes.shape[1])
