"""Modules and kernels of all workers, loaded once by the server that forks them: see `processes`."""

from __future__ import annotations

from typing import Any

import numpy as np

import evomusic.study.work
from evomusic._jit import njit
from evomusic.core.kernels import Tables, evaluate

__all__ = ["evomusic"]


@njit()
def _compiled(values: Any, rng: Any) -> Any:
    return values[0] + rng.random()


_compiled(np.zeros(1), np.random.default_rng(0))  # numba reads its own tables before the first compilation
_nothing = Tables(np.zeros(1, np.int32), np.zeros(1), np.zeros((1, 2, 1), np.int64))
evaluate(np.zeros((1, 1), np.uint8), _nothing, np.zeros(1))  # every job needs it
