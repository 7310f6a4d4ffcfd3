"""Problems of bits: OneMax, LeadingOnes, a royal road, and NK landscapes with their exact maximum.

em.run(em.MuPlusLambda(mu=1, lam=1), onemax(), steps=10_000, watch=em.Target(50))
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import evomusic as em

Bits = NDArray[np.uint8]  # (P, D)
CHUNK = 2**14  # strings of an enumeration at a time
LARGEST = 24  # bits of a landscape that is enumerated


def ones(strings: Bits) -> NDArray[np.int64]:
    """Number of ones (P,)."""
    return strings.sum(axis=1)


def leading(strings: Bits) -> NDArray[np.int64]:
    """Number of ones (P,) before the first zero."""
    return np.minimum.accumulate(strings, axis=1).sum(axis=1)


@dataclass(frozen=True)
class Blocks:
    """The bits of all blocks that are ones throughout: R1 of Mitchell, Forrest & Holland (1992)."""

    size: int = 8

    def __call__(self, strings: Bits) -> NDArray[np.int64]:
        return self.size * strings.reshape(len(strings), -1, self.size).all(axis=2).sum(axis=1)


@dataclass(frozen=True)
class Landscape:
    """An NK landscape (Kauffman 1993): the mean of a table's entries, each by a bit and the k bits after it."""

    n: int = 20
    k: int = 4
    seed: int = 0

    def __post_init__(self) -> None:
        table = np.random.default_rng(self.seed).random((self.n, 2 ** (self.k + 1)))
        object.__setattr__(self, "_table", table)

    def __call__(self, strings: Bits) -> NDArray[np.float64]:
        index = np.zeros(strings.shape, np.int64)
        for shift in range(self.k + 1):
            index = 2 * index + np.roll(strings, -shift, axis=1)
        return self._table[np.arange(self.n), index].mean(axis=1)  # type: ignore[attr-defined]

    def maximum(self) -> float:
        """The greatest value of all 2^n strings, by enumeration."""
        if self.n > LARGEST:
            raise ValueError(f"n is {self.n}, expected {LARGEST} or less: all strings are enumerated")
        numbers, places = np.arange(2**self.n).reshape(-1, min(CHUNK, 2**self.n)), np.arange(self.n)
        return max(float(self((chunk[:, None] >> places & 1).astype(np.uint8)).max()) for chunk in numbers)


def onemax(n: int = 50) -> em.Problem:
    """The number of ones."""
    return em.Problem(em.Bitstrings(n), ones, name="OneMax", batch=True, maximum=n)


def leading_ones(n: int = 50) -> em.Problem:
    """The number of ones before the first zero."""
    return em.Problem(em.Bitstrings(n), leading, name="LeadingOnes", batch=True, maximum=n)


def royal_road(blocks: int = 8, size: int = 8) -> em.Problem:
    """Blocks of ones, which are worth nothing until they are complete."""
    n = blocks * size
    return em.Problem(em.Bitstrings(n), Blocks(size), name="royal road R1", batch=True, maximum=n)


def nk(n: int = 20, k: int = 4, seed: int = 0) -> em.Problem:
    """An NK landscape with its maximum, which is enumerated."""
    landscape = Landscape(n, k, seed)
    return em.Problem(em.Bitstrings(n), landscape, name=f"NK {n} {k}", batch=True, maximum=landscape.maximum())
