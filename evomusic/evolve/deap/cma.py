"""DEAP's CMA-ES strategy (Hansen & Ostermeier 2001) in arrays: what it is made of, and made again from."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

NARROW, WIDE, CONDITION = 1e-12, 1e6, 1e7  # step sizes, and ratio of spreads, beyond which a strategy is given up


class Strategy(NamedTuple):
    """A normal distribution over D numbers that moves: centre, step size, covariance, and the paths of both."""

    centroid: NDArray[np.float64]  # (D,)
    sigma: float
    covariance: NDArray[np.float64]  # (D, D)
    path: NDArray[np.float64]  # (D,) of the covariance
    path_sigma: NDArray[np.float64]  # (D,) of the step size
    updates: int


def about_zero(size: int, sigma: float) -> Strategy:
    """A round distribution about zero."""
    return Strategy(np.zeros(size), float(sigma), np.eye(size), np.zeros(size), np.zeros(size), 0)


def revived(strategy: Strategy, offspring: int) -> Any:
    """The `deap.cma.Strategy` in that state; its axes are computed from the covariance as after an update."""
    from deap import cma

    made = cma.Strategy(strategy.centroid, strategy.sigma, lambda_=offspring, cmatrix=strategy.covariance)
    made.pc, made.ps, made.update_count = strategy.path.copy(), strategy.path_sigma.copy(), strategy.updates
    return made


def kept(made: Any) -> Strategy:
    """The state of a `deap.cma.Strategy`; nothing is shared."""
    centroid, sigma = np.array(made.centroid), float(made.sigma)
    return Strategy(centroid, sigma, np.array(made.C), np.array(made.pc), np.array(made.ps), int(made.update_count))


def alive(made: Any) -> bool:
    """Whether a strategy can still be drawn from: DEAP's own goes on with numbers that are none."""
    numbers = np.concatenate([made.centroid, made.diagD, [made.sigma]])
    if not np.isfinite(numbers).all() or made.diagD.min() <= 0:
        return False
    least, most = made.sigma * made.diagD.min(), made.sigma * made.diagD.max()
    return bool(least > NARROW and most < WIDE and most < CONDITION * least)
