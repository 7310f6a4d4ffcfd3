"""The cross-entropy method: a distribution of melodies, drawn towards its best samples (Rubinstein 1999)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import njit
from evomusic.core.method import Searcher
from evomusic.core.task import Task
from evomusic.encodings.base import check_count, rate
from evomusic.evolve.selection.select import top

Floats = NDArray[np.float64]
Melodies = NDArray[np.uint8]


class Odds(NamedTuple):
    """The chance (T, A) of each token at each step, from which samples are drawn."""

    odds: Floats


@dataclass(frozen=True, kw_only=True)
class CrossEntropy(Searcher):
    """Melodies whose tokens are drawn step by step, each step from a categorical distribution of its own.

    Of every batch the elite are counted, token by token, and the odds move towards their shares: odds = smoothing x
    shares + (1 - smoothing) x odds (de Boer et al. 2005, eq. 29). A floor keeps every token possible, so that the
    search never ends in one melody for good. It has no genome: melodies themselves are drawn.

    Args:
        samples: melodies a batch.
        elite: share of a batch that is counted, at least one melody.
        smoothing: how far the odds move, above 0 and up to 1.
        floor: chance that a token is drawn uniformly, whatever the odds.

    Raises:
        ValueError: a number is out of range.
    """

    samples: int = 150
    elite: float = 0.1
    smoothing: float = 0.5
    floor: float = 0.01

    def __post_init__(self) -> None:
        check_count("samples", self.samples)
        for name in ("elite", "smoothing", "floor"):
            rate(name, getattr(self, name))
        if not self.elite or not self.smoothing:
            raise ValueError(f"elite is {self.elite} and smoothing {self.smoothing}, expected both above 0")

    def begin(self, task: Task, rng: np.random.Generator) -> Odds:
        """Every token alike at every step."""
        return Odds(np.full((task.grid.steps, task.grid.tokens), 1.0 / task.grid.tokens))

    def ask(self, task: Task, state: Odds, rng: np.random.Generator) -> tuple[Odds, Melodies]:
        """A batch of samples."""
        melodies = np.empty((self.samples, task.grid.steps), np.uint8)
        draw(np.cumsum(state.odds, axis=1), melodies, rng)
        return state, melodies

    def tell(self, task: Task, state: Odds, genomes: Melodies, returns: Floats) -> Odds:
        """The odds, nearer to those of the batch's elite."""
        elite = genomes[top(returns, math.ceil(self.elite * len(genomes)))]
        shares = (elite[:, :, None] == np.arange(task.grid.tokens)).mean(axis=0)
        wanted = (1 - self.floor) * shares + self.floor / task.grid.tokens
        return Odds(self.smoothing * wanted + (1 - self.smoothing) * state.odds)

    def decode(self, task: Task, genomes: Any) -> Melodies:
        """The samples themselves."""
        return genomes

    def deliver(self, task: Task, state: Odds) -> Melodies:
        """The likeliest melody: at each step the token of the greatest chance, of equals the first."""
        return state.odds.argmax(axis=1).astype(np.uint8)[None]


@njit(cache=True, nogil=True)
def draw(summed: Any, melodies: Any, rng: Any) -> Any:  # (T, A) float64 summed over A, (P, T) uint8
    """Fill melodies with tokens drawn by their summed odds."""
    tokens = summed.shape[1]
    for i in range(len(melodies)):
        for t in range(len(summed)):
            arm, a = rng.random() * summed[t, tokens - 1], 0
            while a < tokens - 1 and summed[t, a] <= arm:
                a += 1
            melodies[i, t] = a
