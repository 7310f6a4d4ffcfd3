"""The soft optimum as a method: batches of exact samples, which need neither search nor learning."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np

from evomusic.core.checks import choice, whole
from evomusic.core.method import Melodies, Searcher
from evomusic.core.optimum.soft import SoftPolicy
from evomusic.core.optimum.soften import ROWS, temperature_option
from evomusic.core.space import Range, Space
from evomusic.core.task import Task
from evomusic.encodings.base import MOST, assign

PRIORS: Final = ("auto", "style", "uniform", "song")


class Drawn(NamedTuple):
    """The samples of the last step (P, T)."""

    melodies: Melodies


@dataclass(frozen=True, kw_only=True)
class SoftSampler(Searcher):
    """Exact samples of the soft optimum, p(m) proportional to prior(m) x exp(return(m) / temperature).

    Each step draws a batch and delivers it: a baseline for methods that approximate this distribution, and for whoever
    wants many melodies rather than the best. It reads the task's tables, as the planner does, and learns nothing from
    returns; every sample is charged. See `Task.soften` for the rules that the distribution has not.

    Args:
        temperature: in units of return; `math.inf` for the prior itself.
        prior: "style", "uniform", "song" (which needs a larger limit, see `Task.soften`), or "auto" for the style where
            the task has one.
        batch: samples per step.
        limit: rows a step of the product, on average.

    Raises:
        ValueError: an argument is of the wrong type or out of range; when it begins, the task has no style.
        TooManyStates: when it begins, the style does not fit the limit.

    Source: E. Todorov, "Linearly-solvable Markov decision problems" (2006).
    """

    space: ClassVar[Space] = {
        "temperature": Range(0.05, 5.0, log=True),
    }

    temperature: float = 1.0
    prior: str = "auto"
    batch: int = 100
    limit: int = ROWS

    def __post_init__(self) -> None:
        choice("prior", self.prior, PRIORS)
        assign(
            self,
            temperature=temperature_option(self.temperature),
            batch=whole("batch", self.batch, 1, MOST),
            limit=whole("limit", self.limit, 1, MOST),
        )

    def begin(self, task: Task, rng: np.random.Generator) -> Drawn:
        """No samples yet."""
        return Drawn(np.zeros((0, task.grid.steps), np.uint8))

    def ask(self, task: Task, state: Drawn, rng: np.random.Generator) -> tuple[Drawn, Melodies]:
        """A batch of samples."""
        return state, self._policy(task).sample(self.batch, rng)

    def tell(self, task: Task, state: Drawn, genomes: Melodies, returns: Any) -> Drawn:
        """The samples; their returns change nothing."""
        return Drawn(genomes)

    def deliver(self, task: Task, state: Drawn) -> Melodies:
        """The samples of the last step."""
        return state.melodies

    def expected(self, task: Task, state: Drawn) -> float | None:
        """The exact expected return under all rules; None with final measures, or where rules remember too much."""
        policy = self._policy(task)
        return None if policy.dropped else policy.expected_return()

    def _policy(self, task: Task) -> SoftPolicy:
        prior = ("style" if task.machine.generator else "uniform") if self.prior == "auto" else self.prior
        return _softened(task, self.temperature, prior, self.limit)


@lru_cache(maxsize=2)
def _softened(task: Task, temperature: float, prior: str, limit: int) -> SoftPolicy:
    return task.soften(temperature, prior, limit=limit)
