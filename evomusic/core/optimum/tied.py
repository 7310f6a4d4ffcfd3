"""Melodies whose spans are tied to each other, drawn from the soft optimum by islands of particles."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import whole
from evomusic.core.optimum.chain import Chain, generator
from evomusic.core.optimum.swarm import Copies, Swarm
from evomusic.core.ties import Ties

PARTICLES: Final = 100
ISLANDS: Final = 50  # at least
MOST: Final = 1_000_000


class TiedDraws(NamedTuple):
    """Melodies with ties, and how well they are drawn.

    `melodies` (n, T) uint8; `log_partition`: an estimate of it, whose exponential is unbiased; `error`: its standard
    error; `effective`: the effective sample size of the pool of independent melodies from which these are taken. Below
    n, many of them are repeated. Where conditions fix all that is tied, the melodies are exact, the error is 0, and all
    n are effective.
    """

    melodies: NDArray[np.uint8]
    log_partition: float
    error: float
    effective: float


@dataclass(frozen=True, eq=False)
class TiedPolicy:
    """The soft optimum on the condition that spans of a melody sound as earlier ones. Written by `SoftPolicy.tie`."""

    _chain: Chain  # on conditions that the ties close
    _ties: Ties
    _log_partition: float  # with these conditions, before the ties

    @property
    def exact(self) -> bool:
        """Whether conditions fix all that is tied, so that no particles are needed."""
        copied = np.unique(self._ties.root[self._ties.root < np.arange(len(self._ties.root))])
        return bool((self._chain.allowed[copied].sum(axis=1) == 1).all())

    def sample(self, n: int, rng: np.random.Generator) -> NDArray[np.uint8]:
        """Melodies (n, T) by `draw`, with more particles as long as their pool is worth less than half of n melodies.

        Raises:
            ValueError: n is no whole number from 0 up, rng is none, or the largest pool is not worth so many.
        """
        n = whole("n", n, 0)
        for particles in (PARTICLES, 4 * PARTICLES, 16 * PARTICLES):
            drawn = self.draw(max(n, 1), rng, particles)
            if 2 * drawn.effective >= n:
                return drawn.melodies[:n]
        raise ValueError(
            f"n is {n}, but {particles} particles for each melody are worth only {drawn.effective:.1f} with ties: "
            "take fewer, or tie(like).draw with more particles"
        )

    def draw(self, n: int, rng: np.random.Generator, particles: int = PARTICLES) -> TiedDraws:
        """Melodies with ties.

        Twice as many islands of particles as melodies, or `ISLANDS`, write one each; n of them are then drawn in
        proportion to the weights of their islands. With more particles the pool is worth more melodies.

        Args:
            n: number of melodies.
            rng: random generator.
            particles: of an island.

        Raises:
            ValueError: a number is out of range, rng is none, or no particle has the ties.
        """
        n, particles, rng = whole("n", n, 1), whole("particles", particles, 1, MOST), generator(rng)
        if self.exact:
            return TiedDraws(self._chain.sample(n, rng), self._log_partition, 0.0, float(n))
        melodies, logs = Swarm(self._copies, max(2 * n, ISLANDS), particles, rng).write()
        top = logs.max()
        if top == -np.inf:
            raise ValueError(f"none of {len(logs) * particles:,} particles has the ties: take more, or fewer ties")
        weights = np.exp(logs - top)
        mean = float(weights.mean())
        error = float(weights.std(ddof=1)) / math.sqrt(len(weights)) / mean
        places = (np.arange(n) + rng.random()) / n * weights.sum()
        chosen = rng.permutation(np.minimum(np.searchsorted(np.cumsum(weights), places), len(weights) - 1))
        effective = float(weights.sum() ** 2 / (weights**2).sum())
        return TiedDraws(melodies[chosen], self._log_partition + float(top) + math.log(mean), error, effective)

    @cached_property
    def _copies(self) -> Copies:
        return Copies(self._chain, self._ties)
