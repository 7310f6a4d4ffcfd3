"""The state of DEAP's CMA-ES strategy (Hansen & Ostermeier 2001) as arrays, and its conversion to and from DEAP."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

NARROW, WIDE, CONDITION = 1e-12, 1e6, 1e7  # deviations, and their ratio, beyond which a strategy restarts


class Strategy(NamedTuple):
    """The normal distribution of CMA-ES in D dimensions: centre, step size, covariance, and evolution paths."""

    centroid: NDArray[np.float64]  # (D,)
    sigma: float
    covariance: NDArray[np.float64]  # (D, D)
    path: NDArray[np.float64]  # (D,) of the covariance
    path_sigma: NDArray[np.float64]  # (D,) of the step size
    updates: int


def about_zero(size: int, sigma: float) -> Strategy:
    """An isotropic distribution about zero."""
    return Strategy(np.zeros(size), float(sigma), np.eye(size), np.zeros(size), np.zeros(size), 0)


def to_deap(strategy: Strategy, offspring: int) -> Any:
    """The `deap.cma.Strategy` of a state; its axes are computed from the covariance as after an update."""
    from deap import cma

    made = cma.Strategy(strategy.centroid, strategy.sigma, lambda_=offspring, cmatrix=strategy.covariance)
    made.pc, made.ps, made.update_count = strategy.path.copy(), strategy.path_sigma.copy(), strategy.updates
    return made


def from_deap(made: Any) -> Strategy:
    """The state of a `deap.cma.Strategy`, copied."""
    centroid, sigma = np.array(made.centroid), float(made.sigma)
    return Strategy(centroid, sigma, np.array(made.C), np.array(made.pc), np.array(made.ps), int(made.update_count))


def alive(made: Any) -> bool:
    """Whether a strategy is finite and has neither converged nor diverged, which DEAP does not check."""
    numbers = np.concatenate([made.centroid, made.diagD, [made.sigma]])
    if not np.isfinite(numbers).all() or made.diagD.min() <= 0:
        return False
    least, most = made.sigma * made.diagD.min(), made.sigma * made.diagD.max()
    return bool(least > NARROW and most < WIDE and most < CONDITION * least)
