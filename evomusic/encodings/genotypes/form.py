"""The form of genotypes: solutions are rows of numbers, and genomes are the solutions themselves."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import instance, probability
from evomusic.core.rows import Rows

LONGEST = 100_000  # numbers in a row


class Vectors(ABC):
    """A genotype whose solutions are rows of numbers, which a fitness is passed as they are."""

    steps: ClassVar[int] = 1  # the price of a solution

    @property
    @abstractmethod
    def rows(self) -> Rows:
        """The form of solutions (P, D)."""

    @property
    @abstractmethod
    def about(self) -> str:
        """Solutions in words."""

    def decode(self, task: Any, genomes: NDArray[Any]) -> NDArray[Any]:
        """Solutions (P, D) of genomes: the genomes themselves."""
        return genomes

    def encode(self, task: Any, melodies: NDArray[Any]) -> NDArray[Any]:
        """Genomes of solutions (P, D): a copy."""
        return np.array(melodies, self.rows.dtype)

    def each(self, rate: float | None) -> float:
        """A probability of each number to change; where it is None, one that changes one number a row on average."""
        return 1 / self.rows.length if rate is None else rate

    def solution(self, row: NDArray[Any]) -> Any:
        """The row (D,) itself."""
        return row

    def solutions(self, rows: NDArray[Any]) -> Any:
        """The rows (P, D) themselves."""
        return rows

    def text(self, row: NDArray[Any]) -> str:
        """The numbers of a row."""
        return " ".join(map(repr, row.tolist()))

    def parse(self, text: str) -> NDArray[Any]:
        """The row (D,) of a text of numbers.

        Raises:
            ValueError: it holds something else than D numbers.
        """
        words = instance("text", text, str, "the text of a solution").split()
        if len(words) != self.rows.length:
            raise ValueError(f"text has {len(words)} numbers, expected {self.rows.length}")
        return np.array([float(word) if self.rows.dtype.kind == "f" else int(word) for word in words], self.rows.dtype)


def rate_option(name: str, value: Any) -> float | None:
    """A probability of each number to change, or None for one number a row on average.

    Raises:
        ValueError: it is neither.
    """
    return None if value is None else probability(name, value)
