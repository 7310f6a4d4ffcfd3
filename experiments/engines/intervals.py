"""Intervals of 95 % for shares of runs."""

from __future__ import annotations

import numpy as np


def share(hits: int, runs: int) -> str:
    """A share of runs with Wilson's interval."""
    z, p = 1.959964, hits / runs
    middle, wide = (p + z * z / (2 * runs)), z * np.sqrt(p * (1 - p) / runs + z * z / (4 * runs**2))
    low, high = ((middle + sign * wide) / (1 + z * z / runs) for sign in (-1, 1))
    return f"{hits} of {runs}: {100 * p:.0f} % [{100 * max(low, 0):.0f}, {100 * min(high, 1):.0f}]"
