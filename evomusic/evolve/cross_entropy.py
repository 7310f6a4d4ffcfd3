"""The cross-entropy method: a distribution of melodies that is fitted to its best samples (Rubinstein 1999)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import njit
from evomusic.core.checks import number, probability, whole
from evomusic.core.method import Searcher, all_untried
from evomusic.core.space import Range, Space
from evomusic.core.task import Task
from evomusic.encodings.base import MOST, assign
from evomusic.evolve.selection.select import top

Floats = NDArray[np.float64]
Melodies = NDArray[np.uint8]


class Odds(NamedTuple):
    """Probability (T, A) of each token at each step, from which samples are drawn."""

    odds: Floats


@dataclass(frozen=True, kw_only=True)
class CrossEntropy(Searcher):
    """The cross-entropy method: each step's token is drawn from a categorical distribution of its own.

    The distributions move towards the token frequencies in the elite of each batch: odds = smoothing x frequencies +
    (1 - smoothing) x odds (de Boer et al. 2005, eq. 29). A floor keeps every token possible, so that the search does
    not converge to a single melody for good. It has no encoding: melodies themselves are drawn.

    Args:
        samples: melodies per batch.
        elite: share of a batch that is the elite, above 0; at least one melody.
        smoothing: weight of the new frequencies, above 0 and up to 1.
        floor: probability that a token is drawn uniformly.

    Raises:
        ValueError: an argument is of the wrong type or out of range.
    """

    space: ClassVar[Space] = {
        "samples": Range(30, 500, log=True, whole=True),
        "elite": Range(0.02, 0.3, log=True),
        "smoothing": Range(0.1, 1.0),
        "floor": Range(0.001, 0.05, log=True),
    }

    samples: int = 150
    elite: float = 0.1
    smoothing: float = 0.5
    floor: float = 0.01

    def __post_init__(self) -> None:
        assign(
            self,
            samples=whole("samples", self.samples, 1, MOST),
            elite=number("elite", self.elite, high=1.0, above=0.0),
            smoothing=number("smoothing", self.smoothing, high=1.0, above=0.0),
            floor=probability("floor", self.floor),
        )

    def begin(self, task: Task, rng: np.random.Generator) -> Odds:
        """Uniform distributions."""
        return Odds(np.full((task.grid.steps, task.grid.tokens), 1.0 / task.grid.tokens))

    def ask(self, task: Task, state: Odds, rng: np.random.Generator) -> tuple[Odds, Melodies]:
        """A batch of samples."""
        melodies = np.empty((self.samples, task.grid.steps), np.uint8)
        draw(np.cumsum(state.odds, axis=1), melodies, rng)
        return state, melodies

    def tell(self, task: Task, state: Odds, genomes: Melodies, returns: Floats) -> Odds:
        """The distributions, moved towards the token frequencies of the elite."""
        elite = genomes[top(returns, math.ceil(self.elite * len(genomes)))]
        shares = (elite[:, :, None] == np.arange(task.grid.tokens)).mean(axis=0)
        wanted = (1 - self.floor) * shares + self.floor / task.grid.tokens
        return Odds(self.smoothing * wanted + (1 - self.smoothing) * state.odds)

    def deliver(self, task: Task, state: Odds) -> Melodies:
        """The most probable melody: at each step the most probable token, of equals the first."""
        return state.odds.argmax(axis=1).astype(np.uint8)[None]

    untried = all_untried


@njit(cache=True, nogil=True)
def draw(cumulative: Any, melodies: Any, rng: Any) -> Any:  # (T, A) float64 cumulated over A, (P, T) uint8
    """Fill melodies with tokens drawn by cumulative probabilities."""
    tokens = cumulative.shape[1]
    for i in range(len(melodies)):
        for t in range(len(cumulative)):
            arm, a = rng.random() * cumulative[t, tokens - 1], 0
            while a < tokens - 1 and cumulative[t, a] <= arm:
                a += 1
            melodies[i, t] = a
