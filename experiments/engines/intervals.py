"""Intervals of 95 % for shares of runs."""

from __future__ import annotations

from evomusic.report.ballots import wilson


def share(hits: int, runs: int) -> str:
    """A share of runs with Wilson's interval."""
    low, high = wilson(hits, runs)
    return f"{hits} of {runs}: {100 * hits / runs:.0f} % [{100 * low:.0f}, {100 * high:.0f}]"
