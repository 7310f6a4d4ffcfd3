"""Timing helpers: the best of some repetitions, and a line that shows both sides of a ratio."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field


def seconds(work: Callable[[], object], repeats: int) -> float:
    """Least seconds that a piece of work took."""
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


@contextmanager
def threads(count: int):
    """Evaluate on `count` threads."""
    before = os.environ.get("EVOMUSIC_THREADS")
    os.environ["EVOMUSIC_THREADS"] = str(count)
    try:
        yield
    finally:
        if before is None:
            del os.environ["EVOMUSIC_THREADS"]
        else:
            os.environ["EVOMUSIC_THREADS"] = before


@dataclass
class Sheet:
    """The lines of a run, and how many missed their aim."""

    repeats: int
    missed: int = 0
    lines: list[str] = field(default_factory=list)

    def ratio(self, what: str, ours: float, peer: float, unit: str, least: float, peer_name: str) -> None:
        """Ours against a peer's, both as speeds in the same unit."""
        shown = f"{ours:,.4g} {unit} | {peer_name}: {peer:,.4g} {unit} | {ours / peer:,.2f} x"
        self._say(what, ours / peer >= least, shown, f">= {least:g} x")

    def most(self, what: str, value: float, unit: str, most: float) -> None:
        """A value that should be small."""
        self._say(what, value <= most, f"{value:,.4g} {unit}", f"<= {most:g} {unit}")

    def least(self, what: str, value: float, unit: str, least: float) -> None:
        """A value that should be large."""
        self._say(what, value >= least, f"{value:,.4g} {unit}", f">= {least:g} {unit}")

    def _say(self, what: str, met: bool, shown: str, aim: str) -> None:
        self.missed += not met
        print(f"{'ok  ' if met else 'MISS'} {what}: {shown} (aim {aim})", flush=True)
