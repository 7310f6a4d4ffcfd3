"""Best of n: samples of a style, and the rules only to choose among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evomusic.encodings.base import Encoding, check_count
from evomusic.encodings.notes import Notes
from evomusic.evolve.baselines import Best, better
from evomusic.method import Searcher
from evomusic.task import Task

STYLE = Notes(first="style")


@dataclass(frozen=True, kw_only=True)
class BestOfN(Searcher):
    """Each step draws n samples afresh and hands over the best of them: what choosing alone is worth.

    Unlike `RandomSearch` it forgets: what it delivers does not grow with the budget, but with n. Its mean delivered
    return is the expected greatest of n samples.

    Args:
        n: samples a step.
        encoding: what is sampled; the task's style, unless told otherwise.

    Raises:
        ValueError: n is no whole number from 1.
    """

    n: int = 16
    encoding: Encoding = STYLE

    def __post_init__(self) -> None:
        check_count("n", self.n)

    def begin(self, task: Task, rng: np.random.Generator) -> Best:
        """Some sample, told nothing."""
        return Best(self.encoding.sample(task, rng, 1), -np.inf)

    def ask(self, task: Task, state: Best, rng: np.random.Generator) -> tuple[Best, Any]:
        """Samples, n of them; what was best before is forgotten."""
        return state._replace(value=-np.inf), self.encoding.sample(task, rng, self.n)

    def tell(self, task: Task, state: Best, genomes: Any, returns: NDArray[np.float64]) -> Best:
        """The best of n."""
        return better(state, genomes, returns)

    def decode(self, task: Task, genomes: Any) -> NDArray[np.uint8]:
        """The melodies of genomes."""
        return self.encoding.decode(task, genomes)

    def deliver(self, task: Task, state: Best) -> NDArray[np.uint8]:
        """The best of the last n."""
        return self.encoding.decode(task, state.genome)
