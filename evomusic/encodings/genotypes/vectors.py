"""Strings of bits, vectors of whole numbers, and vectors of real numbers within bounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import choice, number, probability, shown, whole, wrong
from evomusic.core.rows import Rows
from evomusic.encodings.base import assign
from evomusic.encodings.bits import vary as flip
from evomusic.encodings.genotypes.form import LONGEST, Vectors, rate_option
from evomusic.encodings.genotypes.operators import cross, polynomial, sbx, shift

CROSSOVERS = ("one-point", "two-point", "uniform")
MUTATIONS = ("uniform", "creep")
Bound = float | Sequence[float]


@dataclass(frozen=True)
class Bitstrings(Vectors):
    """Strings of 0 and 1, uint8, with crossover and bit-flip mutation (Holland 1975).

    Args:
        length: D, bits of a string.
        crossover: "one-point", "two-point" or "uniform".
        crossover_rate: probability that a pair is crossed over.
        flip_rate: probability of each bit to flip; one bit a string on average when None.

    Raises:
        ValueError: an argument is of the wrong type or out of range.
    """

    length: int
    crossover: str = "one-point"
    crossover_rate: float = 0.9
    flip_rate: float | None = None

    def __post_init__(self) -> None:
        assign(
            self,
            length=whole("length", self.length, 1, LONGEST),
            crossover=choice("crossover", self.crossover, CROSSOVERS),
            crossover_rate=probability("crossover_rate", self.crossover_rate),
            flip_rate=rate_option("flip_rate", self.flip_rate),
        )

    @property
    def rows(self) -> Rows:
        """Strings (P, D) uint8 of 0 and 1."""
        return Rows(self.length, np.dtype(np.uint8), 0, 1, "bit")

    @property
    def about(self) -> str:
        """Strings in words."""
        return f"strings of {self.length} bits"

    def sample(self, task: Any, rng: np.random.Generator, n: int) -> NDArray[np.uint8]:
        """Uniformly random strings (n, D)."""
        return rng.integers(0, 2, (n, self.length), np.uint8)

    def vary(self, task: Any, genomes: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
        """Offspring of strings, one per string."""
        children = np.array(genomes, np.uint8, order="C")
        flips, crossed = self.each(self.flip_rate), self.crossover_rate
        if self.crossover != "one-point" and self.length > 1:
            cross(children, CROSSOVERS.index(self.crossover), crossed, rng)
            crossed = 0.0
        flip(children, crossed if self.length > 1 else 0.0, flips, rng)
        return children

    def text(self, row: NDArray[Any]) -> str:
        """The bits of a string, without spaces."""
        return "".join(map(str, row.tolist()))

    def parse(self, text: str) -> NDArray[Any]:
        """The string (D,) of a text of 0 and 1.

        Raises:
            ValueError: it holds something else than D bits.
        """
        bits = "".join(text.split())
        if len(bits) != self.length or set(bits) - {"0", "1"}:
            raise ValueError(f"text is {shown(text)}, expected {self.length} bits")
        return np.array([int(bit) for bit in bits], np.uint8)


@dataclass(frozen=True)
class Integers(Vectors):
    """Vectors of whole numbers, int64, with crossover, and mutation of single numbers.

    Args:
        length: D, numbers of a vector.
        low: least number, for all places or a sequence for each.
        high: greatest number, inclusive, likewise.
        crossover: "one-point", "two-point" or "uniform".
        crossover_rate: probability that a pair is crossed over.
        mutation: "uniform" draws another number of the range, "creep" goes one up or down, within the range.
        mutation_rate: probability of each number to change; one number a vector on average when None.

    Raises:
        ValueError: an argument is of the wrong type or out of range, or a least number is above a greatest.
    """

    length: int
    low: int | Sequence[int] = 0
    high: int | Sequence[int] = 9
    crossover: str = "one-point"
    crossover_rate: float = 0.9
    mutation: str = "uniform"
    mutation_rate: float | None = None

    def __post_init__(self) -> None:
        length = whole("length", self.length, 1, LONGEST)
        assign(
            self,
            length=length,
            low=_whole_bound("low", self.low, length),
            high=_whole_bound("high", self.high, length),
            crossover=choice("crossover", self.crossover, CROSSOVERS),
            crossover_rate=probability("crossover_rate", self.crossover_rate),
            mutation=choice("mutation", self.mutation, MUTATIONS),
            mutation_rate=rate_option("mutation_rate", self.mutation_rate),
        )
        _check_range(self.low, self.high)

    @cached_property
    def rows(self) -> Rows:
        """Vectors (P, D) int64 within the bounds."""
        return Rows(self.length, np.dtype(np.int64), _compact(self.low, np.int64), _compact(self.high, np.int64))

    @property
    def about(self) -> str:
        """Vectors in words."""
        return f"{self.length} whole numbers {_span(self.low, self.high)}"

    def sample(self, task: Any, rng: np.random.Generator, n: int) -> NDArray[np.int64]:
        """Uniformly random vectors (n, D)."""
        return rng.integers(self.rows.low, self.rows.high, (n, self.length), np.int64, endpoint=True)  # type: ignore[arg-type]

    def vary(self, task: Any, genomes: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
        """Offspring of vectors, one per vector."""
        children = np.array(genomes, np.int64, order="C")
        if self.length > 1:
            cross(children, CROSSOVERS.index(self.crossover), self.crossover_rate, rng)
        low, high = _spread(self.low, self.length, np.int64), _spread(self.high, self.length, np.int64)
        shift(children, low, high, self.each(self.mutation_rate), self.mutation == "creep", rng)
        return children


@dataclass(frozen=True)
class Reals(Vectors):
    """Vectors of real numbers within bounds, float64, with simulated binary crossover and polynomial mutation.

    Crossover is bounded (Deb & Agrawal 1995, with the bounds of Deb, Pratap, Agarwal & Meyarivan 2002), each number
    with probability one half; the greater an index, the nearer are offspring to their parents. Loops for real numbers,
    `CMAES` and `ES`, draw offspring themselves; what leaves the bounds is evaluated at the bound.

    Args:
        length: D, numbers of a vector.
        low: least number, for all places or a sequence for each.
        high: greatest number, likewise.
        crossover_rate: probability that a pair is crossed over.
        crossover_index: distribution index of the crossover.
        mutation_rate: probability of each number to change; one number a vector on average when None.
        mutation_index: distribution index of the mutation.

    Raises:
        ValueError: an argument is of the wrong type or out of range, or a least number is not below a greatest.
    """

    length: int
    low: Bound = 0.0
    high: Bound = 1.0
    crossover_rate: float = 0.9
    crossover_index: float = 15.0
    mutation_rate: float | None = None
    mutation_index: float = 20.0

    def __post_init__(self) -> None:
        length = whole("length", self.length, 1, LONGEST)
        assign(
            self,
            length=length,
            low=_bound("low", self.low, length),
            high=_bound("high", self.high, length),
            crossover_rate=probability("crossover_rate", self.crossover_rate),
            crossover_index=float(number("crossover_index", self.crossover_index, 0.0, 1e6)),
            mutation_index=float(number("mutation_index", self.mutation_index, 0.0, 1e6)),
            mutation_rate=rate_option("mutation_rate", self.mutation_rate),
        )
        _check_range(self.low, self.high)
        if (np.asarray(self.low) == np.asarray(self.high)).any():
            raise wrong("low", self.low, "numbers below high, not equal to it")

    @cached_property
    def rows(self) -> Rows:
        """Vectors (P, D) float64 within the bounds."""
        return Rows(self.length, np.dtype(np.float64), _compact(self.low, float), _compact(self.high, float))

    @property
    def about(self) -> str:
        """Vectors in words."""
        return f"{self.length} real numbers {_span(self.low, self.high)}"

    def sample(self, task: Any, rng: np.random.Generator, n: int) -> NDArray[np.float64]:
        """Uniformly random vectors (n, D)."""
        return rng.uniform(self.rows.low, self.rows.high, (n, self.length))

    def vary(self, task: Any, genomes: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
        """Offspring of vectors, one per vector."""
        low, high = _spread(self.low, self.length, float), _spread(self.high, self.length, float)
        children = np.ascontiguousarray(np.clip(genomes, low, high))
        sbx(children, low, high, self.crossover_rate, self.crossover_index, rng)
        polynomial(children, low, high, self.each(self.mutation_rate), self.mutation_index, rng)
        return children

    def decode(self, task: Any, genomes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Solutions (P, D): genomes, moved to the nearest vector within the bounds."""
        return np.clip(genomes, self.rows.low, self.rows.high)


def _whole_bound(name: str, value: Any, length: int) -> int | tuple[int, ...]:
    if isinstance(value, (tuple, list, np.ndarray)):
        return tuple(whole(f"{name}[{i}]", v, -(2**62), 2**62) for i, v in enumerate(_of_length(name, value, length)))
    return whole(name, value, -(2**62), 2**62)


def _bound(name: str, value: Any, length: int) -> float | tuple[float, ...]:
    if isinstance(value, (tuple, list, np.ndarray)):
        return tuple(float(number(f"{name}[{i}]", v)) for i, v in enumerate(_of_length(name, value, length)))
    return float(number(name, value))


def _of_length(name: str, value: Any, length: int) -> Any:
    if len(value) != length:
        raise ValueError(f"{name} has {len(value)} numbers, expected {length}, one a place, or a single number")
    return value


def _check_range(low: Any, high: Any) -> None:
    if (np.asarray(low) > np.asarray(high)).any():
        raise wrong("low", low, f"numbers up to high, which is {shown(high)}")


def _compact(bound: Any, dtype: Any) -> Any:
    return np.array(bound, dtype) if isinstance(bound, tuple) else bound


def _spread(bound: Any, length: int, dtype: Any) -> NDArray[Any]:
    """A bound for each place (D,)."""
    return np.array(np.broadcast_to(np.asarray(bound, dtype), length))


def _span(low: Any, high: Any) -> str:
    return "within their bounds" if isinstance(low, tuple) or isinstance(high, tuple) else f"from {low:g} to {high:g}"
