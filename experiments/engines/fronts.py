"""Problems of two objectives: ZDT1 to ZDT3 of Zitzler, Deb & Thiele (2000), negated, since fitness is maximised."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import evomusic as em

Reals = NDArray[np.float64]  # (P, D)


def zdt1_values(x: Reals) -> Reals:
    """Objectives (P, 2); the front is convex."""
    f, g = x[:, 0], _g(x)
    return -np.stack([f, g * (1 - np.sqrt(f / g))], axis=1)


def zdt2_values(x: Reals) -> Reals:
    """Objectives (P, 2); the front is concave."""
    f, g = x[:, 0], _g(x)
    return -np.stack([f, g * (1 - (f / g) ** 2)], axis=1)


def zdt3_values(x: Reals) -> Reals:
    """Objectives (P, 2); the front has five parts."""
    f, g = x[:, 0], _g(x)
    return -np.stack([f, g * (1 - np.sqrt(f / g) - f / g * np.sin(10 * np.pi * f))], axis=1)


def _g(x: Reals) -> NDArray[np.float64]:
    return 1 + 9 * x[:, 1:].mean(axis=1)


def zdt1() -> em.Problem:
    """ZDT1 of 30 numbers."""
    return _problem("ZDT1", zdt1_values)


def zdt2() -> em.Problem:
    """ZDT2 of 30 numbers."""
    return _problem("ZDT2", zdt2_values)


def zdt3() -> em.Problem:
    """ZDT3 of 30 numbers."""
    return _problem("ZDT3", zdt3_values)


def _problem(name: str, values: object) -> em.Problem:
    return em.Problem(em.Reals(30), values, name=name, batch=True, objectives=("f1", "f2"))  # type: ignore[arg-type]
