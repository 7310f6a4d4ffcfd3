"""Basic selection, and initial populations. All indices are into the returns (P,)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import number, shown, wrong
from evomusic.core.rows import check_rows
from evomusic.core.task import Task
from evomusic.encodings.base import Encoding, concatenate, count, items, take
from evomusic.encodings.samples import checked_rows

Index = NDArray[np.int64]
Start = tuple[tuple[float, ...] | str, ...]  # solutions: rows of numbers, or texts


def tournament(returns: NDArray[np.float64], n: int, size: int, rng: np.random.Generator) -> Index:
    """Winners (n,) of n tournaments among `size` genomes drawn with replacement; of equals the first drawn wins."""
    drawn = (rng.random((n, size)) * len(returns)).astype(np.int64)
    return drawn[:, 0] if size == 1 else drawn[np.arange(n), returns[drawn].argmax(axis=1)]


def top(returns: NDArray[np.float64], n: int) -> Index:
    """Indices of the n greatest returns, best first; of equals the earlier first."""
    if n == 1:
        return np.array([returns.argmax()])
    return np.argsort(-returns, kind="stable")[:n]


def initial_genomes(encoding: Encoding, task: Task, rng: np.random.Generator, n: int, start: Start) -> Any:
    """An initial population of n genomes: the solutions in `start` (n of them at most), and samples for the rest.

    Solutions are melodies as rows of tokens, or those of a problem's genotype as rows of numbers or texts.

    Raises:
        ValueError: one does not fit the grid or the genotype, or the encoding cannot turn melodies back.
    """
    genomes = encoding.sample(task, rng, n)
    if not start:
        return genomes
    own = hasattr(encoding, "solution")  # a genotype of a problem
    first = encoding.encode(task, _solutions(encoding, start[:n]) if own else checked_rows(start[:n], task))
    return concatenate([first, take(genomes, np.arange(count(first), n))])


def as_rows(rows: Any) -> Start:
    """An argument `start`, rows of numbers or texts, as tuples and texts, so that its owner can be hashed.

    Raises:
        ValueError: it is no sequence of texts, or of sequences of finite numbers.
    """
    expected = "rows of tokens, or solutions of a problem, as rows of numbers or as texts"
    solutions = items("start", rows, expected)
    try:
        return tuple(each if isinstance(each, str) else tuple(map(_plain, each)) for each in solutions)
    except (TypeError, ValueError):
        raise wrong("start", rows, expected) from None


def _plain(value: Any) -> float:
    """A finite number as Python's int or float."""
    plain = number("a number", value)
    return int(value) if isinstance(value, (int, np.integer)) else plain


def _solutions(genotype: Any, start: Start) -> NDArray[Any]:
    """Solutions (K, D) of a genotype: of texts, and of rows of numbers by their text."""
    rows = []
    for each in start:
        try:
            rows.append(genotype.parse(each if isinstance(each, str) else " ".join(map(repr, each))))
        except ValueError as error:
            raise ValueError(f"start holds {shown(each)}, expected {genotype.about}: {error}") from None
    check_rows("solutions of start", np.array(rows), genotype.rows)
    return np.array(rows)
