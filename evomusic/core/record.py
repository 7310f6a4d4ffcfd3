"""Result of a run, and its learning curve: plain data, which is read without any of the code that runs methods."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.melody import Melody


class Curve(NamedTuple):
    """A run over steps, a row a checkpoint; all arrays (N,).

    `best` is the best return of any melody so far. `delivered` is the expected return of what the method would hand
    over at that point: of a melody its return, of a set the mean of its returns, of a stochastic policy its exact
    expectation where the tables give it, else the return of its greedy melody; `delivered_best` is that of the best
    melody handed over. `online` is the mean return of all melodies charged since the row before. `updates` counts the
    changes of values or parameters so far, `sweeps` those that were made with transitions of a learnt model besides.
    """

    steps: NDArray[np.int64]
    best: NDArray[np.float64]
    delivered: NDArray[np.float64]
    delivered_best: NDArray[np.float64]
    online: NDArray[np.float64]
    updates: NDArray[np.int64]
    sweeps: NDArray[np.int64]


def first_at(improvements: NDArray[np.float64], target: float) -> int | None:
    """Steps of the first of improvements (N, 2), steps and best return, that is at least `target`; None without one."""
    reached = improvements[:, 1] >= target
    return int(improvements[reached.argmax(), 0]) if reached.any() else None


@dataclass(frozen=True, eq=False)
class Record:
    """Result of a run: best melody (T,) and return, curve, each improvement (steps, best return), last state.

    `task` and `method` are those of the run; None after pickle, which refuses a fitness that is a lambda.
    """

    best: NDArray[np.uint8]
    best_return: float
    curve: Curve
    improvements: NDArray[np.float64]  # (N, 2)
    steps: int
    state: Any
    task: Any = field(default=None, repr=False)
    method: Any = field(default=None, repr=False)

    @property
    def melody(self) -> Any:
        """The best melody; where the problem has other solutions, the best of them, as its fitness is passed it.

        Raises:
            AttributeError: the record holds no task.
        """
        if self.task is None:
            raise AttributeError("this record holds no task; em.Melody(record.best, task.grid) is its melody")
        from evomusic.core.problem import Problem

        return self.task.solution(self.best) if isinstance(self.task, Problem) else Melody(self.best, self.task.grid)

    def steps_to(self, target: float) -> int | None:
        """Steps until a melody returned at least `target`; None when none did."""
        return first_at(self.improvements, target)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "task": None, "method": None}

    def _repr_html_(self) -> str:
        """The best melody's score and sound in a notebook, the curve, and the return by rule."""
        return import_module("evomusic.report.runs").record_html(self)  # by name: it stands on a higher floor
