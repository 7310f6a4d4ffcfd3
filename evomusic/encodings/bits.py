"""Bits: melodies as bit strings, the genome of Holland's genetic algorithm (1975).

Each token is `width` = ceil(log2 A) bits, most significant first. They are a number v, in binary or in
reflected Gray code, that decodes to token floor(v A / 2^width): every string is a melody, neighbouring numbers are
neighbouring pitches, and where A is no power of two some tokens have two codes, evenly spread.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import njit
from evomusic.core.checks import flag, probability
from evomusic.core.space import Range, Space
from evomusic.core.task import Task
from evomusic.encodings.base import assign
from evomusic.encodings.samples import checked_rows

Strings = NDArray[np.uint8]  # (P, T * width) of 0 and 1


@dataclass(frozen=True, kw_only=True)
class Bits:
    """Bit strings, T times the bits of a token, with one-point crossover and bit-flip mutation.

    Args:
        crossover_rate: probability that a pair is crossed over, at a point uniform within the string.
        flip_rate: probability of each bit to flip; one bit per string on average when None.
        gray: read tokens in Gray code, in which neighbours differ in one bit.

    Raises:
        ValueError: a rate is no probability, or `gray` is neither True nor False.
    """

    space: ClassVar[Space] = {
        "crossover_rate": Range(0.0, 1.0),
        "flip_rate": Range(0.001, 0.05, log=True),
    }

    crossover_rate: float = 0.7
    flip_rate: float | None = None
    gray: bool = True

    def __post_init__(self) -> None:
        assign(self, crossover_rate=probability("crossover_rate", self.crossover_rate), gray=flag("gray", self.gray))
        if self.flip_rate is not None:
            assign(self, flip_rate=probability("flip_rate", self.flip_rate))

    def sample(self, task: Task, rng: np.random.Generator, n: int) -> Strings:
        """Uniformly random strings (n, T * width)."""
        return rng.integers(0, 2, (n, task.grid.steps * token_width(task.grid.tokens)), np.uint8)

    def vary(self, task: Task, genomes: Strings, rng: np.random.Generator) -> Strings:
        """Offspring of strings, one per string."""
        children = np.array(genomes, np.uint8, order="C")
        flips = 1 / children.shape[1] if self.flip_rate is None else self.flip_rate
        vary(children, self.crossover_rate, flips, rng)
        return children

    def decode(self, task: Task, genomes: Strings) -> NDArray[np.uint8]:
        """Melodies (P, T) of strings."""
        width = token_width(task.grid.tokens)
        bits = genomes.reshape(len(genomes), task.grid.steps, width)
        number = np.zeros(bits.shape[:2], np.uint8)
        for b in range(width):
            number = number << 1 | bits[:, :, b]
        return _token_of(task.grid.tokens, self.gray)[number]

    def encode(self, task: Task, melodies: NDArray[np.uint8]) -> Strings:
        """Strings that decode exactly to melodies (P, T); a token with two codes gets the lesser.

        Raises:
            ValueError: a row's length or a token does not fit the grid.
        """
        width = token_width(task.grid.tokens)
        numbers = _code_of(task.grid.tokens, self.gray)[checked_rows(melodies, task)]
        bits = numbers[:, :, None] >> np.arange(width - 1, -1, -1, dtype=np.uint8) & 1
        return np.ascontiguousarray(bits.reshape(len(melodies), -1), np.uint8)


def token_width(tokens: int) -> int:
    """Bits per token: ceil(log2 A)."""
    return math.ceil(math.log2(tokens))


@lru_cache(maxsize=16)
def _token_of(tokens: int, gray: bool) -> NDArray[np.uint8]:
    """Token of each number of `width` bits: (2^width,)."""
    number = np.arange(1 << token_width(tokens))
    plain = number.copy()
    while gray and (number := number >> 1).any():  # the inverse of the Gray code: each bit the parity of those above
        plain ^= number
    return (plain * tokens >> token_width(tokens)).astype(np.uint8)


@lru_cache(maxsize=16)
def _code_of(tokens: int, gray: bool) -> NDArray[np.uint8]:
    """The least number that decodes to each token: (A,)."""
    plain = -(-(np.arange(tokens) << token_width(tokens)) // tokens)
    return (plain ^ plain >> 1 if gray else plain).astype(np.uint8)


@njit(cache=True, nogil=True)
def vary(genomes: Strings, crossover_rate: float, flip_rate: float, rng: np.random.Generator) -> None:
    """One-point crossover of consecutive pairs, then bit flips, each with its probability; in place."""
    length = genomes.shape[1]
    for i in range(1, len(genomes), 2):
        if rng.random() < crossover_rate:
            for t in range(1 + int(rng.random() * (length - 1)), length):
                genomes[i - 1, t], genomes[i, t] = genomes[i, t], genomes[i - 1, t]
    if flip_rate == 0.0:
        return
    bits = genomes.reshape(-1)
    skips = 1.0 / math.log1p(-flip_rate) if flip_rate < 1.0 else 0.0
    t = np.floor(math.log(1.0 - rng.random()) * skips)  # bits that stay before one flips: geometric
    while t < len(bits):
        bits[int(t)] ^= 1
        t += 1.0 + np.floor(math.log(1.0 - rng.random()) * skips)
