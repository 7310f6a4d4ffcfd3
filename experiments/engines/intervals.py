"""Intervals of 95 % for shares of runs."""

from __future__ import annotations

import numpy as np


def wilson(hits: int, runs: int) -> tuple[float, float]:
    """Wilson's interval of a share of runs."""
    z, p = 1.959964, hits / runs
    middle, wide = (p + z * z / (2 * runs)), z * np.sqrt(p * (1 - p) / runs + z * z / (4 * runs**2))
    low, high = ((middle + sign * wide) / (1 + z * z / runs) for sign in (-1, 1))
    return max(float(low), 0.0), min(float(high), 1.0)


def share(hits: int, runs: int) -> str:
    """A share of runs with Wilson's interval."""
    low, high = wilson(hits, runs)
    return f"{hits} of {runs}: {100 * hits / runs:.0f} % [{100 * low:.0f}, {100 * high:.0f}]"
