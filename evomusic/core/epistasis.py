"""Epistasis: how far the effect of a token depends on the others, exactly, from a task's tables.

The variance of returns over uniform random melodies is split by the first-order model of the analysis of variance:
E[return] plus an effect of each single token. What that model leaves unexplained is the interaction of tokens.
Sources: Davidor, "Epistasis variance: a viewpoint on GA-hardness" (1991); Sobol', "Sensitivity estimates for nonlinear
mathematical models" (1993), whose first-order indices sum to one minus this share.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from evomusic.core.automata import TooManyStates, carried
from evomusic.core.checks import instance
from evomusic.core.optimum.layers import Layers, compose, regroup
from evomusic.core.task import Task

ROWS = 50_000  # rows that a step of two groups together may have
ROUNDING = 1e-28  # of a variance, as a share of the largest squared reward: equal returns differ by rounding alone


def epistasis(task: Task) -> float:
    """Share of the variance of returns that no sum of effects of single tokens explains: 0 (additive) to 1.

    Args:
        task: a task without final rewards. When rewards come does not matter.

    Returns:
        The share, exact up to rounding of floats; 0 where all returns are equal.

    Raises:
        ValueError: the task has final rewards, which are no tables.
        TooManyStates: two groups of rules have too many joint memories to list.
    """
    instance("task", task, Task, "a Task")
    if task.final:
        raise ValueError(f"task {task.name!r} has final rewards, expected rules alone: their epistasis is exact")
    groups = regroup(task.machine.automata)
    largest = max((float(np.abs(value).max()) for group in groups for value in group.value), default=0.0)
    if largest == 0:
        return 0.0
    first = float(np.sum(np.var(np.sum([_effects(group) for group in groups], axis=0), axis=1)))
    total = _variance(groups)
    return max(0.0, 1.0 - first / total) if total > ROUNDING * largest**2 else 0.0


def _variance(groups: list[Layers]) -> float:
    """Variance of the sum of groups: that of all pairs, less what single groups are counted too often."""
    total = -(len(groups) - 2) * sum(_backward(group)[1] for group in groups)
    for x, y in combinations(groups, 2):
        both = compose(x, y, most=ROWS)
        if both is None:
            raise TooManyStates(
                f"two groups of rules have more than {ROWS:,} joint memories at a step: no exact variance"
            )
        total += _backward(both)[1]
    return total


def _backward(layers: Layers) -> tuple[list[NDArray[np.float64]], float]:
    """Expected value to go of each row of each layer, and the variance of the whole, by the law of total variance."""
    mean = variance = np.zeros(1)
    means = [mean]
    for following, value in zip(reversed(layers.next), reversed(layers.value), strict=True):
        ahead = value + mean[following]  # (n, A)
        variance = variance[following].mean(axis=1) + ahead.var(axis=1)
        mean = ahead.mean(axis=1)
        means.append(mean)
    return means[::-1], float(variance[0])


def _effects(layers: Layers) -> NDArray[np.float64]:
    """Expected return (T, A) of a melody whose other tokens are random, up to a constant at each step."""
    means, chance, rows = _backward(layers)[0], np.ones(1), []
    for following, value, mean in zip(layers.next, layers.value, means[1:], strict=True):
        rows.append(chance @ (value + mean[following]))
        spread = np.repeat(chance / following.shape[1], following.shape[1])
        chance = carried(following, spread, len(mean))
    return np.array(rows)
