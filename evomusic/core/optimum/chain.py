"""The soft optimum as a Markov chain over rows of the product: probabilities of tokens, draws, and where they lead."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import wrong
from evomusic.core.grid import FIRST_PITCH
from evomusic.core.optimum.draws import draw
from evomusic.core.optimum.stages import KINDS, Stages
from evomusic.core.optimum.sweeps import Flow, Sums, Weights, forward

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Chain:
    """The stages, their weights and sums, the multipliers (2,) of their values, and the allowed tokens (T, A)."""

    stages: Stages
    weights: tuple[Weights, ...]
    sums: tuple[Sums, ...]
    scale: Floats
    allowed: NDArray[np.bool_]

    @cached_property
    def flow(self) -> Flow:
        """Probabilities, entropy and expectations of the whole."""
        return forward(self.stages, self.scale, self.allowed, self.sums)

    def sample(self, n: int, rng: np.random.Generator) -> NDArray[np.uint8]:
        """Independent melodies (n, T); one number a token."""
        melodies, rows = np.empty((n, len(self.allowed)), np.uint8), np.zeros(n, np.int64)
        for t in range(len(self.allowed)):
            melodies[:, t], rows = self.draw(t, rows, rng.random(n))
        return melodies

    def probabilities(self, t: int, rows: Rows) -> Floats:
        """Probabilities (n, A) of the tokens of step t at rows."""
        step, ahead = self.stages.steps[t], self.sums[t + 1].kinds
        kinds, logs = step.kinds[rows], step.kind_values[rows] @ self.scale
        notes = kinds[:, -1] - len(ahead.shares)
        odds = np.empty((len(rows), self.allowed.shape[1]))
        odds[:, :FIRST_PITCH] = logs[:, :FIRST_PITCH] + ahead.logs(kinds[:, :FIRST_PITCH])
        odds[:, FIRST_PITCH:] = logs[:, -1:] + step.pitch_values[notes] @ self.scale + ahead.logs(step.pitches[notes])
        odds -= self.sums[t].kinds.logs(rows)[:, None]
        return np.where(self.allowed[t], np.exp(odds), 0.0)

    def draw(self, t: int, rows: Rows, chance: Floats) -> tuple[Rows, Rows]:
        """Tokens (n,) of step t at rows, by uniform random numbers, and the rows of the next step."""
        ahead = self.sums[t + 1].kinds, self.sums[t].pitches
        drawn = draw(self.stages.steps[t], self.weights[t], ahead, self.allowed[t], chance, rows)
        if drawn is not None:
            return drawn
        tokens = choose(self.probabilities(t, rows), chance)
        return tokens, self.follow(t, rows, tokens)

    def follow(self, t: int, rows: Rows, tokens: NDArray[Any]) -> Rows:
        """Rows (n,) of the step after t that tokens lead to."""
        step, onset = self.stages.steps[t], tokens >= FIRST_PITCH
        found = step.kinds[rows, np.where(onset, KINDS - 1, tokens)].astype(np.int64)
        notes = found[onset] - len(self.sums[t + 1].kinds.shares)
        found[onset] = step.pitches[notes, tokens[onset].astype(np.int64) - FIRST_PITCH]
        return found


def choose(odds: Floats, chance: Floats) -> Rows:
    """Choices (n,) in proportion to odds (n, A), by uniform random numbers."""
    so_far = np.cumsum(odds, axis=1)
    chosen = (so_far <= chance[:, None] * so_far[:, -1:]).sum(axis=1)
    return np.asarray(np.minimum(chosen, odds.shape[1] - 1))  # rounding may lead beyond the last


def generator(rng: Any) -> np.random.Generator:
    """A random generator.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(rng, np.random.Generator):
        raise wrong("rng", rng, "a numpy Generator, such as np.random.default_rng(1)")
    return rng
