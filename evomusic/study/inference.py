"""Inference from a study: which differences between methods stand, and how large they are.

Conventions: a score is one number of a finished cell, greater is better; `scores` are one array (N,) a task, of a
method's cells. Each statistic is the field's own:

- `interquartile_mean`: the mean of the middle half, less noisy than a median and less moved by outliers than a mean
  (Agarwal et al. 2021, "Deep reinforcement learning at the edge of the statistical precipice");
- `interval`: percentile bootstrap, stratified by task (Efron 1979; Agarwal et al. 2021);
- `probability_of_improvement`: P(X > Y) + P(X = Y) / 2, the mean over tasks; on one task it is Vargha and Delaney's A12
  (2000), and its test Mann and Whitney's (1947), corrected for many comparisons as by Holm (1979);
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
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic.core.checks import number, whole
from evomusic.study.results import Outcome, Run, TaskRun

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

    `a12` is the probability that a cell of the first scores more than one of the second, ties counting half; `p` is
    two-sided, by Mann and Whitney's test, and corrected for all comparisons of the task by Holm's method.
    """

    task: str
    first: str
    second: str
    a12: float
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
    ranked = np.sort(np.asarray(curves, float), axis=0)
    weights = _weights(len(ranked), trimmed)
    low, high = np.quantile(weights @ ranked, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return Ribbon(interquartile_mean(ranked.T) if trimmed else ranked.mean(axis=0), low, high)


@lru_cache
def _weights(count: int, trimmed: bool) -> NDArray[np.float64]:
    """Weight of each rank (RESAMPLES, count) in the mean of a resample, or in the mean of its middle half."""
    drawn = np.random.default_rng(0).integers(0, count, (RESAMPLES, count))
    rows = count * np.arange(RESAMPLES)[:, None]
    copies = np.bincount((drawn + rows).ravel(), minlength=drawn.size).reshape(drawn.shape)
    ends = copies.cumsum(axis=1)
    cut = count // 4 if trimmed else 0
    return np.diff(ends.clip(cut, count - cut), axis=1, prepend=cut) / (count - 2 * cut)


def probability_of_improvement(first: Scores, second: Scores) -> float:
    """Probability that a cell of the first method scores more than one of the second, the mean over tasks."""
    return float(np.mean([_a12(x, y) for x, y in zip(first, second, strict=True)]))


def _a12(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    return float(((x[:, None] > y).mean() + (x[:, None] >= y).mean()) / 2)


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


def estimates(run: Run) -> list[Estimate]:
    """Each method's interquartile means on each task, with intervals, in the study's order."""
    return [
        Estimate(
            task.label,
            method,
            len(cells),
            interval([np.array([o.best_return for o in cells])]),
            interval([np.array([o.curve.delivered[-1] for o in cells], float)]),
        )
        for task in run.tasks.values()
        for method, cells in task.outcomes.items()
        if cells
    ]


def differences(task: TaskRun) -> list[Difference]:
    """All pairs of methods on a task, by their best returns; the better one first, the surest difference first.

    Methods of fewer than two cells are left out.
    """
    from scipy.stats import mannwhitneyu

    best = {m: np.array([o.best_return for o in cells]) for m, cells in task.outcomes.items() if len(cells) > 1}
    pairs = [(x, y) if _a12(best[x], best[y]) >= 0.5 else (y, x) for x, y in combinations(best, 2)]
    p = holm([mannwhitneyu(best[x], best[y], alternative="two-sided").pvalue for x, y in pairs])
    found = [Difference(task.label, x, y, _a12(best[x], best[y]), float(q)) for (x, y), q in zip(pairs, p, strict=True)]
    return sorted(found, key=lambda d: (d.p, -d.a12))


def least_p(task: TaskRun) -> float:
    """The least corrected p that differences of a task can have, with as many cells and methods as it has.

    It is that of two methods whose cells do not overlap at all.
    """
    counts = sorted(len(cells) for cells in task.outcomes.values() if len(cells) > 1)
    pairs = math.comb(len(counts), 2)
    return min(1.0, pairs * 2 / math.comb(counts[-1] + counts[-2], counts[-1])) if pairs else 1.0
