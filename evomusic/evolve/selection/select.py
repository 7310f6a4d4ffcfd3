"""Basic selection, and initial populations. All indices are into the returns (P,)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import njit
from evomusic.core.checks import whole, wrong
from evomusic.core.task import Task
from evomusic.encodings.base import Encoding, concatenate, count, items, take
from evomusic.encodings.samples import checked_rows

Index = NDArray[np.int64]


def tournament(returns: NDArray[np.float64], n: int, size: int, rng: np.random.Generator) -> Index:
    """Winners (n,) of n tournaments among `size` genomes drawn with replacement; of equals the first drawn wins."""
    winners = np.empty(n, np.int64)
    _tournaments(returns, size, rng, winners)
    return winners


@njit(cache=True)
def _tournaments(returns: Any, size: int, rng: Any, winners: Any) -> None:  # (P,) float64, winners (n,) is filled
    for i in range(len(winners)):
        winner = int(rng.random() * len(returns))
        for _ in range(size - 1):
            rival = int(rng.random() * len(returns))
            if returns[rival] > returns[winner]:
                winner = rival
        winners[i] = winner


def top(returns: NDArray[np.float64], n: int) -> Index:
    """Indices of the n greatest returns, best first; of equals the earlier first."""
    if n == 1:
        return np.array([returns.argmax()])
    return np.argsort(-returns, kind="stable")[:n]


def initial_genomes(encoding: Encoding, task: Task, rng: np.random.Generator, n: int, start: tuple[Any, ...]) -> Any:
    """An initial population of n genomes: the melodies in `start` (n of them at most), and samples for the rest.

    Raises:
        ValueError: a row does not fit the grid, or the encoding cannot turn melodies back.
    """
    genomes = encoding.sample(task, rng, n)
    if not start:
        return genomes
    first = encoding.encode(task, checked_rows(start[:n], task))
    return concatenate([first, take(genomes, np.arange(count(first), n))])


def as_rows(rows: Any) -> tuple[tuple[int, ...], ...]:
    """An argument `start`, rows of tokens, as tuples of ints, so that its owner can be hashed.

    Raises:
        ValueError: it is no sequence of sequences of whole numbers from 0 to 255.
    """
    expected = "rows of tokens: a tuple of whole numbers from 0 to 255 for each melody"
    melodies = items("start", rows, expected)
    try:
        return tuple(tuple(whole("token", token, 0, 255) for token in row) for row in melodies)
    except (TypeError, ValueError):
        raise wrong("start", rows, expected) from None
