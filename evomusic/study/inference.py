"""Inference from a study: which differences between methods stand, and how large they are.

Conventions: a score is one number of a finished cell, greater is better; `scores` are one array (N,) a task, of a
method's cells. Each statistic is the field's own:

- `interquartile_mean`: the mean of the middle half, less noisy than a median and less moved by outliers than a mean
  (Agarwal et al. 2021, "Deep reinforcement learning at the edge of the statistical precipice");
- `interval`: percentile bootstrap, stratified by task (Efron 1979; Agarwal et al. 2021);
- `probability_of_improvement`: P(X > Y) + P(X = Y) / 2, the mean over tasks; on one task it is Vargha and Delaney's A12
  (2000), its interval Newcombe's (2006), its test Mann and Whitney's (1947), corrected for many comparisons as by Holm
  (1979);
- `performance_profile`: share of scores above thresholds (Dolan & More 2002), `optimality_gap`: the mean distance of
  scores from one that is enough (Agarwal et al. 2021);
- `expected_running_time`: steps spent by all runs over the number of successful ones (Price 1997; Hansen et al. 2010);
- `convergence_area`: area over the convergence curve (AOCC), the mean quality over a run, by the logarithm of
  evaluations and precision (López-Ibáñez, Vermetten, Dreo & Doerr 2024, "Using the empirical attainment function for
  analyzing single-objective black-box optimization algorithms"; as IOHinspector computes it).

>>> import numpy as np
>>> float(interquartile_mean([1.0, 2.0, 3.0, 100.0]))
2.5
>>> probability_of_improvement([np.array([2.0, 3.0])], [np.array([1.0, 2.0])])
0.875
>>> expected_running_time([100, 300, None], budget=1000)
700.0
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import combinations
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic.core.checks import number, whole
from evomusic.study.results import Outcome, Run, TaskRun, once_a_run
from evomusic.study.statistics import LAST, mean_online

Scores = Sequence[NDArray[np.float64]]
RESAMPLES = 2000  # of a bootstrap
LEVEL = 0.95
ALPHA = 0.05  # differences with a corrected p below stand
SOLVED = 1e-3  # share of the way from the optimum to random melodies: a regret that counts as none


class Interval(NamedTuple):
    """A statistic and its confidence interval."""

    value: float
    low: float
    high: float


class Difference(NamedTuple):
    """Two methods on one task.

    `a12` is the probability that a cell of the first scores more than one of the second, ties counting half, with its
    interval from `low` to `high`; `p` is two-sided, by Mann and Whitney's test, and corrected for all comparisons of
    the task by Holm's method.
    """

    task: str
    first: str
    second: str
    a12: float
    low: float
    high: float
    p: float

    @property
    def stands(self) -> bool:
        """Whether chance is an unlikely explanation: p below `ALPHA`."""
        return self.p < ALPHA


class Estimate(NamedTuple):
    """One method on one task: the number of cells, and interquartile means with intervals."""

    task: str
    method: str
    seeds: int
    best: Interval
    delivered: Interval
    online: Interval


def interquartile_mean(scores: ArrayLike) -> Any:
    """Mean of the middle half of scores (..., N), along the last axis; a quarter, rounded down, is cut at each end."""
    ordered = np.sort(scores, axis=-1)  # scipy's trim_mean goes row by row: too slow for a bootstrap
    cut = ordered.shape[-1] // 4
    return ordered[..., cut : ordered.shape[-1] - cut].mean(axis=-1)


def interval(
    scores: Scores,
    statistic: Callable[[NDArray[np.float64]], Any] = interquartile_mean,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval:
    """A statistic of all scores together, and its percentile bootstrap interval, stratified by task.

    Args:
        scores: an array (N,) a task, of one score or more.
        statistic: of scores (..., N) along the last axis, such as `np.median` with `axis=-1`.
        level: of confidence, between 0 and 1.
        resamples: number of resamples.
        seed: of the resampling.

    Raises:
        ValueError: an argument is out of range, or a task has no score.
    """
    level, resamples = number("level", level, above=0.0, high=1.0), whole("resamples", resamples, 1)
    for task in scores:
        if not len(task):
            raise ValueError("scores hold a task without a score, expected one or more a task")
    rng = np.random.default_rng(whole("seed", seed, 0))
    drawn = [task[rng.integers(0, len(task), (resamples, len(task)))] for task in scores]  # each task by itself
    low, high = np.quantile(statistic(np.concatenate(drawn, axis=1)), [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(statistic(np.concatenate(scores))), float(low), float(high))


class Ribbon(NamedTuple):
    """A statistic (N,) along curves, and its interval."""

    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def ribbon(curves: ArrayLike, trimmed: bool = True) -> Ribbon:
    """Interquartile mean, or mean, of curves (S, N) at each point, with `interval`'s bootstrap interval there.

    A resample of S sorted scores is the number of copies of each rank, and the mean of its middle a weighting of ranks:
    one product of matrices resamples all points.
    """
    ranked = np.sort(np.asarray(curves, float).T, axis=1)  # (N, S)
    resampled = np.sort(ranked @ _weights(ranked.shape[1], trimmed), axis=1)
    low, high = (_quantile(resampled, share) for share in ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    return Ribbon(interquartile_mean(ranked) if trimmed else ranked.mean(axis=1), low, high)


def _quantile(ordered: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """A quantile (N,) of rows (N, R) that are sorted, as `np.quantile`, which takes three times as long."""
    place = share * (ordered.shape[1] - 1)
    i = int(place)
    return np.asarray(ordered[:, i] + (place - i) * (ordered[:, i + 1] - ordered[:, i]))


@lru_cache
def _weights(count: int, trimmed: bool) -> NDArray[np.float64]:
    """Weight (count, RESAMPLES) of each rank in the mean of a resample, or in the mean of its middle half."""
    drawn = np.random.default_rng(0).integers(0, count, (RESAMPLES, count))
    rows = count * np.arange(RESAMPLES)[:, None]
    copies = np.bincount((drawn + rows).ravel(), minlength=drawn.size).reshape(drawn.shape)
    ends = copies.cumsum(axis=1)
    cut = count // 4 if trimmed else 0
    return np.ascontiguousarray(np.diff(ends.clip(cut, count - cut), axis=1, prepend=cut).T / (count - 2 * cut))


def probability_of_improvement(first: Scores, second: Scores) -> float:
    """Probability that a cell of the first method scores more than one of the second, the mean over tasks."""
    return float(np.mean([_a12(x, y) for x, y in zip(first, second, strict=True)]))


def improvement_interval(first: ArrayLike, second: ArrayLike, level: float = LEVEL) -> Interval:
    """Probability of improvement on one task, with Newcombe's interval.

    A bootstrap interval has no width where all scores of one method exceed those of the other, however few they are.
    This one holds every probability that is within its own 1.96 standard errors of the observed one (Newcombe 2006,
    "Confidence intervals for an effect size measure based on the Mann-Whitney statistic", part 2, method 5).

    Args:
        first: scores (M,) of the first method.
        second: scores (N,) of the second method.
        level: of confidence, between 0 and 1.

    Raises:
        ValueError: `level` is out of range, or a method has no score.
    """
    x, y = np.asarray(first, float), np.asarray(second, float)
    if not len(x) or not len(y):
        raise ValueError("scores of a method are empty, expected one or more")
    z = NormalDist().inv_cdf((1 + number("level", level, above=0.0, below=1.0)) / 2)
    value, half = _a12(x, y), (len(x) + len(y)) / 2 - 1

    def beyond(p: float) -> bool:
        variance = p * (1 - p) * (1 + half * (1 - p) / (2 - p) + half * p / (1 + p)) / (len(x) * len(y))
        return (p - value) ** 2 > z * z * variance

    return Interval(value, _edge(beyond, 0.0, value), _edge(beyond, 1.0, value))


def _edge(beyond: Callable[[float], bool], outside: float, inside: float) -> float:
    """Where a condition that holds on the outer side ends, by bisection."""
    for _ in range(50):
        middle = (outside + inside) / 2
        outside, inside = (middle, inside) if beyond(middle) else (outside, middle)
    return outside


def _a12(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    return float(((x[:, None] > y).mean() + (x[:, None] >= y).mean()) / 2)


def mann_whitney(first: ArrayLike, second: ArrayLike) -> float:
    """Two-sided p-value of Mann and Whitney's test of scores (M,) and (N,), both of one score or more.

    It is exact, given the ties, where a method has eight scores or fewer: twice the smaller tail of all ways to part
    the pooled scores. Else it is by the normal distribution, with the corrections for ties and continuity. So is
    scipy's `mannwhitneyu`, which takes a second or more to import and by itself is exact without ties alone.
    """
    x, y = sorted((np.asarray(first, float), np.asarray(second, float)), key=len)
    m, n = len(x), len(y)
    _, places, ties = np.unique(np.concatenate([x, y]), return_inverse=True, return_counts=True)
    if m <= 8:
        ranks = (2 * ties.cumsum() - ties + 1)[places]  # twice the ranks, so that those of ties are whole
        ways, here = _ways(ranks, m), int(ranks[:m].sum())
        return min(1.0, 2 * float(min(ways[: here + 1].sum(), ways[here:].sum()) / ways.sum()))
    u = m * n * _a12(x, y)
    spread = math.sqrt(m * n / 12 * (m + n + 1 - float((ties**3.0 - ties).sum()) / ((m + n) * (m + n - 1))))
    return min(1.0, math.erfc((max(u, m * n - u) - m * n / 2 - 0.5) / spread / math.sqrt(2))) if spread else 1.0


def _ways(ranks: NDArray[np.int64], m: int) -> NDArray[np.float64]:
    """Number of ways to choose m of the ranks, by their sum."""
    ways = np.zeros((m + 1, int(np.sort(ranks)[-m:].sum()) + 1))
    ways[0, 0] = 1
    for rank in ranks:
        ways[1:, rank:] += ways[:-1, :-rank].copy()
    return ways[m]


def holm(p: ArrayLike) -> NDArray[np.float64]:
    """Holm's step-down correction of p-values (N,): the chance of any false alarm is kept."""
    p = np.asarray(p, float)
    order = np.argsort(p, kind="stable")
    corrected = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    out = np.empty(len(p))
    out[order] = np.minimum(corrected, 1.0)
    return out


def optimality_gap(scores: Scores, enough: float) -> float:
    """Amount by which scores fail to reach a score that is enough, such as the optimum; the mean over tasks."""
    return enough - float(np.mean([np.minimum(task, enough).mean() for task in scores]))


def performance_profile(scores: Scores, thresholds: ArrayLike) -> NDArray[np.float64]:
    """Share of scores above each threshold (N,), the mean over tasks."""
    thresholds = np.asarray(thresholds, float)
    return np.asarray(np.mean([(task[:, None] > thresholds).mean(axis=0) for task in scores], axis=0))


def expected_running_time(steps: Sequence[int | None], budget: int) -> float:
    """Steps spent until one success is expected, restarting at the budget; infinite without a success.

    Args:
        steps: steps of each run to a target; None for a run that did not reach it.
        budget: steps that such a run spent.
    """
    reached = [s for s in steps if s is not None]
    return (sum(reached) + budget * (len(steps) - len(reached))) / len(reached) if reached else math.inf


def runtime_distribution(steps: Sequence[int | None], times: ArrayLike) -> NDArray[np.float64]:
    """Share of runs that reached their target within each of some times (N,), in steps."""
    ends = np.array([np.inf if s is None else s for s in steps])
    return np.asarray((ends[:, None] <= np.asarray(times)).mean(axis=0))


def convergence_area(
    evaluations: ArrayLike, precision: ArrayLike, budget: float, least: float, greatest: float
) -> float:
    """Area over the convergence curve (AOCC), between 0 and 1: the mean of a run's quality over its budget.

    Evaluations are spaced by their logarithm. The quality is 0 at the greatest precision or above, 1 at the least or
    below, and straight in the logarithm of the precision in between.

    Args:
        evaluations: rising (N,), from 1 up: melodies made when the best one changed.
        precision: (N,) the optimum minus the best return from then on; the first also before.
        budget: evaluations of the whole run, 2 or more.
        least: precision that counts as solved, above 0.
        greatest: precision that counts as nothing.

    Raises:
        ValueError: an argument is out of range.
    """
    least, budget = number("least", least, above=0.0), number("budget", budget, 2.0)
    greatest = number("greatest", greatest, above=least)
    times, gaps = np.asarray(evaluations, float), np.asarray(precision, float)
    if not len(times) or times[0] < 1 or (np.diff(times) < 0).any() or gaps.shape != times.shape:
        raise ValueError("evaluations are no rising numbers from 1 up, one a precision")
    quality = np.log(greatest / gaps.clip(least, greatest)) / math.log(greatest / least)
    ends = np.log(np.append(times[1:], budget).clip(max=budget))  # the first value holds from the beginning
    return float(quality @ np.diff(ends, prepend=0.0) / math.log(budget))


def aocc(task: TaskRun, outcome: Outcome) -> float:
    """A cell's area over the convergence curve; NaN where the optimum is not certified.

    Precision counts from the distance between the optimum and random melodies down to a share `SOLVED` of it.
    """
    references, budget = task.references, outcome.curve.steps[-1] / task.grid.steps
    if references is None or not references.certified or not references.random < references.value or budget < 2:
        return math.nan
    greatest = references.value - references.random
    steps, best = outcome.improvements.T
    return convergence_area(steps / task.grid.steps, references.value - best, budget, SOLVED * greatest, greatest)


@once_a_run
def estimates(run: Run) -> list[Estimate]:
    """Each method's interquartile means on each task, with intervals, in the study's order."""
    return [
        Estimate(
            task.label,
            method,
            len(cells),
            interval([np.array([o.best_return for o in cells])]),
            interval([np.array([o.curve.delivered[-1] for o in cells], float)]),
            interval([np.array([mean_online(o, LAST) for o in cells])]),
        )
        for task in run.tasks.values()
        for method, cells in task.outcomes.items()
        if cells
    ]


def differences(task: TaskRun) -> list[Difference]:
    """All pairs of methods on a task, by their best returns; the better one first, the surest difference first.

    Methods of fewer than two cells are left out.
    """
    best = {m: np.array([o.best_return for o in cells]) for m, cells in task.outcomes.items() if len(cells) > 1}
    pairs = [(x, y) if _a12(best[x], best[y]) >= 0.5 else (y, x) for x, y in combinations(best, 2)]
    p = holm([mann_whitney(best[x], best[y]) for x, y in pairs])
    found = [
        Difference(task.label, x, y, *improvement_interval(best[x], best[y]), float(q))
        for (x, y), q in zip(pairs, p, strict=True)
    ]
    return sorted(found, key=lambda d: (d.p, -d.a12))


def least_p(task: TaskRun) -> float:
    """The least corrected p that differences of a task can have, with as many cells and methods as it has.

    It is that of two methods whose cells do not overlap at all.
    """
    counts = sorted(len(cells) for cells in task.outcomes.values() if len(cells) > 1)
    pairs = math.comb(len(counts), 2)
    return min(1.0, pairs * 2 / math.comb(counts[-1] + counts[-2], counts[-1])) if pairs else 1.0
