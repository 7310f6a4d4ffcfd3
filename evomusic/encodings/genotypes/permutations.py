"""Permutations of 0 to D - 1, such as the order of a tour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import choice, probability, shown, whole
from evomusic.core.rows import Rows
from evomusic.encodings.base import assign
from evomusic.encodings.genotypes.form import LONGEST, Vectors
from evomusic.encodings.genotypes.operators import order_crossover, rearrange

MOVES = ("swap", "insert", "reverse")


@dataclass(frozen=True)
class Permutations(Vectors):
    """Permutations of 0 to D - 1, int64, with order crossover (Davis 1985).

    A mutation makes 1 + k moves, k by the Poisson distribution of mean 1 (Scharnow, Tinnefeld & Wegener 2004).

    Args:
        length: D, numbers of a permutation.
        crossover_rate: probability that a pair is crossed over.
        mutation: "swap" exchanges two numbers, "insert" moves one elsewhere, "reverse" turns a segment round.
        mutation_rate: probability that a permutation is mutated.

    Raises:
        ValueError: an argument is of the wrong type or out of range.
    """

    length: int
    crossover_rate: float = 0.9
    mutation: str = "swap"
    mutation_rate: float = 1.0

    def __post_init__(self) -> None:
        assign(
            self,
            length=whole("length", self.length, 2, LONGEST),
            crossover_rate=probability("crossover_rate", self.crossover_rate),
            mutation=choice("mutation", self.mutation, MOVES),
            mutation_rate=probability("mutation_rate", self.mutation_rate),
        )

    @property
    def rows(self) -> Rows:
        """Permutations (P, D) int64."""
        return Rows(self.length, np.dtype(np.int64), 0, self.length - 1)

    @property
    def about(self) -> str:
        """Permutations in words."""
        return f"permutations of {self.length} numbers"

    def sample(self, task: Any, rng: np.random.Generator, n: int) -> NDArray[np.int64]:
        """Uniformly random permutations (n, D)."""
        return rng.permuted(np.tile(np.arange(self.length), (n, 1)), axis=1)

    def vary(self, task: Any, genomes: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
        """Offspring of permutations, one per permutation."""
        children = np.array(genomes, np.int64, order="C")
        room = np.empty((2, self.length), np.int64), np.empty(self.length, np.bool_)
        order_crossover(children, self.crossover_rate, *room, rng)
        rearrange(children, MOVES.index(self.mutation), self.mutation_rate, rng)
        return children

    def parse(self, text: str) -> NDArray[Any]:
        """The permutation (D,) of a text of numbers.

        Raises:
            ValueError: it is no permutation of 0 to D - 1.
        """
        row = super().parse(text)
        if (np.sort(row) != np.arange(self.length)).any():
            raise ValueError(f"text is {shown(text)}, expected a permutation of 0 to {self.length - 1}")
        return row
