"""A listener's preference, learnt from choices: Bayesian Bradley-Terry, logistic in the differences of aspects.

With x and y the aspects (D,) of two melodies, w a listener's weights and e the lapse rate, the first is chosen with

    p = e / 2 + (1 - e) / (1 + exp(-w (x - y))),

so a lapse is the toss of a coin. A tie is half a win each way. The prior of w is Gaussian, and the posterior is its
Laplace approximation: the mode, found by Newton's method, and the inverse of the information there. Sources: Bradley &
Terry, "Rank analysis of incomplete block designs" (1952); MacKay, "Information-based objective functions for active
data selection" (1992); Houlsby et al., "Bayesian active learning for classification and preference learning" (2011).

Letters: N choices, D aspects, P melodies.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic.core.checks import instance, number, shape, whole, wrong
from evomusic.models.arrays import real_array

Floats = NDArray[np.float64]
PRIOR: Final = 0.25  # standard deviation of a weight before the first choice; results/listener.md
LAPSE: Final = 0.1  # share of choices that are the toss of a coin
STEPS: Final = 100  # of Newton's method
CLOSE: Final = 1e-10  # Newton decrement at which it ends
SHORT: Final = 256  # pairs of which the information is computed: those that promise most
PROBIT: Final = 8 / np.pi  # variance of the normal distribution with the logistic function's slope at 0
NODES, SHARES = np.polynomial.hermite_e.hermegauss(32)
SHARES = SHARES / SHARES.sum()


@dataclass(frozen=True, eq=False)
class Preference:
    """A Gaussian belief over a listener's weights of aspects.

    Args:
        mean: (D,) expected weight of each standardised aspect.
        covariance: (D, D) of the weights.
        lapse: share of choices that are the toss of a coin.
        choices: number of choices behind it.

    Raises:
        ValueError: the shapes do not agree, or a number is out of range.
    """

    mean: Floats
    covariance: Floats
    lapse: float = LAPSE
    choices: int = 0

    def __post_init__(self) -> None:
        mean, covariance = _finite("mean", self.mean), _finite("covariance", self.covariance)
        if mean.ndim != 1 or not len(mean):
            raise wrong("mean", self.mean, "a number for each aspect")
        shape("covariance", covariance, (len(mean), len(mean)))
        if not np.allclose(covariance, covariance.T) or np.linalg.eigvalsh(covariance)[0] < -1e-9:
            raise ValueError("covariance is no covariance, expected a symmetric matrix without negative variances")
        object.__setattr__(self, "mean", mean)
        object.__setattr__(self, "covariance", covariance)
        object.__setattr__(self, "lapse", number("lapse", self.lapse, 0.0, below=1.0))
        object.__setattr__(self, "choices", whole("choices", self.choices))

    @property
    def sd(self) -> Floats:
        """Standard deviation (D,) of each weight."""
        return np.sqrt(np.maximum(self.covariance.diagonal(), 0.0))

    def utility(self, values: ArrayLike) -> Floats:
        """Expected utility (P,) of melodies by their aspects (P, D)."""
        return np.asarray(self._rows("values", values) @ self.mean)

    def probability(self, first: ArrayLike, second: ArrayLike) -> Floats:
        """Probability (N,) that the first of two melodies is chosen, by their aspects (N, D); over all weights."""
        return self._answer(*self._difference(first, second)) @ SHARES

    def information(self, first: ArrayLike, second: ArrayLike) -> Floats:
        """Mutual information (N,) in nats of the answer to a pair and the weights, by aspects (N, D)."""
        return self._gain(*self._difference(first, second))

    def draw(self, rng: np.random.Generator, n: int) -> Floats:
        """Weights (n, D) drawn from the belief."""
        instance("rng", rng, np.random.Generator, "a numpy Generator, such as np.random.default_rng(0)")
        return rng.multivariate_normal(self.mean, self.covariance, whole("n", n), method="eigh")

    def informative_pair(self, values: ArrayLike, asked: Iterable[tuple[int, int]] = ()) -> tuple[int, int]:
        """The pair of melodies whose answer tells most of the weights: rows i < j of their aspects (P, D).

        Args:
            values: aspects of the melodies to choose from, two or more.
            asked: pairs of rows that are not to be asked again, in either order.

        Raises:
            ValueError: the values are no (P, D), there is one melody, or all pairs have been asked.
        """
        rows = self._rows("values", values)
        i, j = np.triu_indices(len(rows), 1)
        spread = rows @ self.covariance @ rows.T
        variance = spread.diagonal()
        utility = rows @ self.mean
        mean, variance = utility[i] - utility[j], np.maximum(variance[i] + variance[j] - 2 * spread[i, j], 0.0)
        rough = self._rough_gain(mean, variance)
        fresh = np.ones((len(rows), len(rows)), bool)
        for pair in asked:
            fresh[min(pair), max(pair)] = False
        rough[~fresh[i, j]] = -1.0
        if not len(rough) or rough.max() < 0:
            raise ValueError(f"values has {len(rows)} melodies, expected two that have not been asked for together")
        short = np.sort(np.argpartition(-rough, min(SHORT, len(rough) - 1))[:SHORT])
        short = short[rough[short] >= 0]
        best = short[int(self._gain(mean[short], variance[short]).argmax())]
        return int(i[best]), int(j[best])

    def _rows(self, name: str, values: ArrayLike) -> Floats:
        rows = _finite(name, values)
        shape(name, rows, ("P", len(self.mean)))
        return rows

    def _difference(self, first: ArrayLike, second: ArrayLike) -> tuple[Floats, Floats]:
        """Mean and variance (N,) of the utility of the first less that of the second."""
        x, y = self._rows("first", first), self._rows("second", second)
        shape("second", y, x.shape)
        gap = x - y
        return gap @ self.mean, np.einsum("nd,de,ne->n", gap, self.covariance, gap)

    def _answer(self, mean: Floats, variance: Floats) -> Floats:
        """Probability (N, 32) of the first at the nodes of a Gauss-Hermite quadrature."""
        eta = mean[:, None] + np.sqrt(np.maximum(variance, 0.0))[:, None] * NODES
        return self.lapse / 2 + (1 - self.lapse) * logistic(eta)

    def _rough_gain(self, mean: Floats, variance: Floats) -> Floats:
        """Information (N,) but for a scale and small errors: the variance that an answer takes, by a probit model."""
        from scipy.special import ndtr  # half a second to import

        total = PROBIT + variance
        share = self.lapse / 2 + (1 - self.lapse) * ndtr(mean / np.sqrt(total))
        slope = (1 - self.lapse) * np.exp(-mean * mean / (2 * total))
        return variance / total * slope * slope / (share * (1 - share))

    def _gain(self, mean: Floats, variance: Floats) -> Floats:
        each = self._answer(mean, variance)
        return np.maximum(_entropy(each @ SHARES) - _entropy(each) @ SHARES, 0.0)


def fit_preference(
    first: ArrayLike,
    second: ArrayLike,
    wins: ArrayLike,
    *,
    prior: float = PRIOR,
    lapse: float = LAPSE,
    weights: ArrayLike | None = None,
) -> Preference:
    """The belief over a listener's weights after choices.

    Args:
        first: (N, D) aspects of the first melody of each pair.
        second: (N, D) aspects of the second.
        wins: (N,) 1 where the first was chosen, 0 where the second, 0.5 for a tie.
        prior: standard deviation of each weight before the first choice; the prior mean is 0.
        lapse: share of choices that are the toss of a coin.
        weights: (N,) by how much each choice counts, 1 when None; for stars those of `graded`.

    Raises:
        ValueError: the shapes do not agree, a win is not from 0 to 1, or a number is out of range.
    """
    x, y = _finite("first", first), _finite("second", second)
    if x.ndim != 2 or not x.shape[1]:
        raise ValueError(f"first has shape {x.shape}, expected (N, D): a row of aspects for each choice")
    shape("second", y, x.shape)
    won = _finite("wins", wins)
    count = np.ones(len(x)) if weights is None else _finite("weights", weights)
    shape("wins", won, (len(x),))
    shape("weights", count, (len(x),))
    if ((won < 0) | (won > 1)).any() or (count < 0).any():
        raise ValueError("wins or weights are out of range, expected wins from 0 to 1 and weights from 0 up")
    precision = 1 / number("prior", prior, above=0.0) ** 2
    lapse = number("lapse", lapse, 0.0, below=1.0)
    mean, information = _mode(x - y, won, count, precision, lapse)
    return Preference(mean, np.asarray(np.linalg.inv(information), float), lapse, round(float(count.sum())))


def _mode(gap: Floats, won: Floats, count: Floats, precision: float, lapse: float) -> tuple[Floats, Floats]:
    """The posterior mode (D,), by Newton's method with the expected information (D, D), and that information."""
    mean = np.zeros(gap.shape[1])
    value, slope, information = _posterior(mean, gap, won, count, precision, lapse)
    for _ in range(STEPS):
        move = np.linalg.solve(information, slope)
        if slope @ move < CLOSE:
            break
        size = 1.0
        while size > 1e-6:  # halved until the posterior grows: with lapses it is not concave
            ahead = _posterior(mean + size * move, gap, won, count, precision, lapse)
            if ahead[0] >= value + 1e-4 * size * (slope @ move):
                break
            size /= 2
        else:
            break
        mean = mean + size * move
        value, slope, information = ahead
    return mean, information


def _posterior(
    mean: Floats, gap: Floats, won: Floats, count: Floats, precision: float, lapse: float
) -> tuple[float, Floats, Floats]:
    """Logarithm of the posterior density but for a constant, its gradient (D,), and the expected information (D, D)."""
    s = logistic(gap @ mean)
    p, q = lapse / 2 + (1 - lapse) * s, lapse / 2 + (1 - lapse) * (1 - s)
    p, q = np.maximum(p, 1e-300), np.maximum(q, 1e-300)
    rate = (1 - lapse) * s * (1 - s)  # dp / d eta
    value = float(count @ (won * np.log(p) + (1 - won) * np.log(q)) - precision * mean @ mean / 2)
    slope = gap.T @ (count * rate * (won / p - (1 - won) / q)) - precision * mean
    information = (gap.T * (count * rate * rate / (p * q))) @ gap + precision * np.eye(len(mean))
    return value, slope, information


class Graded(NamedTuple):
    """Comparisons that stars stand for: the rows of the better and of the worse melody, and how much each counts."""

    better: NDArray[np.int64]
    worse: NDArray[np.int64]
    weights: Floats


def graded(stars: ArrayLike) -> Graded:
    """Comparisons of melodies rated with stars in one generation: all pairs with different numbers of stars.

    K ratings make up to K (K - 1) / 2 pairs, which are not independent. Each counts 2 / K, so that all of them count
    as K - 1 choices, as many as order K melodies by a chain.

    Args:
        stars: (K,) of the melodies; 0 for one without.
    """
    marks = _finite("stars", stars)
    shape("stars", marks, ("K",))
    rated = np.flatnonzero(marks > 0).tolist()
    pairs = [(i, j) for i in rated for j in rated if marks[i] > marks[j]]
    rows = np.array(pairs, np.int64).reshape(-1, 2)
    return Graded(rows[:, 0], rows[:, 1], np.full(len(pairs), 2 / max(len(rated), 2)))


def _finite(name: str, values: ArrayLike) -> Floats:
    array = real_array(name, values)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds a number that is not finite, expected finite numbers")
    return array


def logistic(x: Any) -> Floats:
    """The logistic function, without overflow."""
    return 0.5 * (1 + np.tanh(np.asarray(x, float) / 2))


def _entropy(p: Floats) -> Floats:
    """Entropy in nats of a yes or no."""
    p = np.clip(p, 1e-300, 1 - 1e-16)
    return -p * np.log(p) - (1 - p) * np.log1p(-p)
