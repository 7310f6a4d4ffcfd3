"""Returns of melodies counted once more, for the check of what is stored.

The tables of each rule are walked by numpy, not fused and without compiled kernels: the check shares no code with the
evaluation that it checks, and a process that only checks loads no kernel, which would take half a second.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evomusic.core.task import Task


def recounted(task: Task, melodies: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Returns (P,) of melodies (P, T): those of `Task.evaluate`, exactly, for sums of rewards are exact in any order.

    Raises:
        ValueError: the shape or a token does not fit the grid.
    """
    melodies = task.checked(melodies)
    tokens, total = melodies.T.astype(np.int64), np.zeros(len(melodies))  # (T, P), (P,)
    for auto in task.machine.automata:
        memory = np.zeros(len(melodies), np.int64)  # (P,)
        for plane, token in zip(auto.slot, tokens, strict=True):
            total += auto.value[plane][memory, token]
            memory = auto.next[plane][memory, token]
    return total + task.final_rewards(melodies) if task.final else total
