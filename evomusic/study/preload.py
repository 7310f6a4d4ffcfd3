"""What workers have in common, imported once by the server that forks them: see `processes`."""

from __future__ import annotations

from typing import Any

import numpy as np

import evomusic.study.work
from evomusic._jit import njit

__all__ = ["evomusic"]


@njit()
def _compiled(values: Any, rng: Any) -> Any:
    return values[0] + rng.random()


_compiled(np.zeros(1), np.random.default_rng(0))  # numba reads its own tables before the first compilation
