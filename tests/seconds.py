"""Bounds on the processor time of an action, on a machine that others use too, in a process with other tests."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import Any


def within(seconds: float, action: Callable[[], Any]) -> Any:
    """The result of an action that takes at most so many processor seconds, in one of three tries.

    The bound is that of an idle machine, and grows where a loop of known length is slow. What other tests left is not
    searched for garbage meanwhile.
    """
    took = []
    for _ in range(3):
        gc.disable()
        try:
            start = time.process_time()
            result = action()
            took.append(time.process_time() - start)
        finally:
            gc.enable()
        if took[-1] < seconds or took[-1] < seconds * _slowness():
            return result
    raise AssertionError(f"took {took} s of the processor, expected less than {seconds} on an idle machine")


def _slowness() -> float:
    start, total = time.process_time(), 0
    for i in range(100_000):
        total += i
    return max(1.0, 250 * (time.process_time() - start))
