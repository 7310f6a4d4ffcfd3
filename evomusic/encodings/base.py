"""What an encoding is, and the few ways in which loops may touch genomes.

A genome is what a search changes; an encoding says how genomes are made, varied and read as melodies. Genomes come as
one array, or a NamedTuple of arrays (nested ones too), with leading axis P.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from evomusic.core.task import Task
from evomusic.core.theory import nearest

Weights = str | Mapping[str, float] | tuple[tuple[str, float], ...]


@runtime_checkable
class Encoding(Protocol):
    """A searched space."""

    def sample(self, task: Task, rng: np.random.Generator, n: int) -> Any:
        """First genomes, n of them."""
        ...

    def vary(self, task: Task, genomes: Any, rng: np.random.Generator) -> Any:
        """Offspring of genomes, one each: consecutive pairs are crossed, then each is mutated."""
        ...

    def decode(self, task: Task, genomes: Any) -> NDArray[np.uint8]:
        """The melodies (P, T) uint8 that genomes stand for; every genome stands for one."""
        ...

    def encode(self, task: Task, melodies: NDArray[np.uint8]) -> Any:
        """Genomes that decode to melodies (P, T).

        Raises:
            ValueError: this encoding cannot turn melodies back, or the melodies do not fit the grid.
        """
        ...


def take(genomes: Any, index: NDArray[Any]) -> Any:
    """The genomes at an index array, or where a mask (P,) is true; always a copy."""
    if isinstance(genomes, tuple):
        return _like(genomes, [take(part, index) for part in genomes])
    return genomes[index]


def concatenate(pieces: Sequence[Any]) -> Any:
    """Genomes end to end."""
    first = pieces[0]
    if isinstance(first, tuple):
        return _like(first, [concatenate(parts) for parts in zip(*pieces, strict=True)])
    return np.concatenate(pieces)


def count(genomes: Any) -> int:
    """P: how many genomes."""
    return count(genomes[0]) if isinstance(genomes, tuple) else len(genomes)


def same(left: Any, right: Any) -> NDArray[np.bool_]:
    """Which genomes of two equally many are equal, place by place: (P,)."""
    if isinstance(left, tuple):
        return np.logical_and.reduce([same(a, b) for a, b in zip(left, right, strict=True)])
    if left.dtype == np.uint8 and left.ndim == 2 and left.shape[1] % 8 == 0 and left.flags.c_contiguous:
        left, right = left.view(np.uint64), np.ascontiguousarray(right).view(np.uint64)  # eight tokens at a time
    equal = left == right
    return np.asarray(equal.all(axis=tuple(range(1, equal.ndim))))


def _like(pattern: tuple[Any, ...], parts: Iterable[Any]) -> Any:
    return type(pattern)(*parts) if hasattr(pattern, "_fields") else tuple(parts)


def weighted(name: str, given: Weights, known: Sequence[str]) -> tuple[tuple[str, float], ...]:
    """Weights by operator as pairs in the order of `known`; one operator may be given by its name alone.

    Raises:
        ValueError: an operator is not known, a weight is not a finite number from 0, or all are 0.
    """
    pairs = {given: 1.0} if isinstance(given, str) else dict(given)
    for key, weight in pairs.items():
        if key not in known:
            raise ValueError(f"{name} names {key!r}, expected some of {', '.join(known)}{nearest(str(key), known)}")
        if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not 0 <= weight < math.inf:
            raise ValueError(f"{name} gives {key!r} the weight {weight!r}, expected a finite number from 0 up")
    if not sum(pairs.values()) > 0:
        raise ValueError(f"{name} is {given!r}, expected at least one weight above 0")
    return tuple((key, float(pairs[key])) for key in known if key in pairs)


def summed(weights: Weights, known: Sequence[str]) -> NDArray[np.float64]:
    """Cumulative weights in the order of `known`, as kernels draw by them; what is not named weighs nothing."""
    given = {weights: 1.0} if isinstance(weights, str) else dict(weights)
    return np.cumsum([given.get(name, 0.0) for name in known])


def rate(name: str, value: object) -> float:
    """A probability, checked; always a float, so that kernels are compiled for nothing else.

    Raises:
        ValueError: the value is not a number from 0 to 1.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise ValueError(f"{name} is {value!r}, expected a probability from 0 to 1")
    return float(value)


def check_count(name: str, value: object, least: int = 1) -> None:
    """Refuse what is no whole number from `least` up.

    Raises:
        ValueError: the value is no int, or too small.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"{name} is {value!r}, expected a whole number from {least} up")


def check_choice(name: str, value: object, known: Sequence[str]) -> None:
    """Refuse what is none of the known words.

    Raises:
        ValueError: the value is not known; names the nearest that is.
    """
    if value not in known:
        expected = ", ".join(repr(k) for k in known)
        raise ValueError(f"{name} is {value!r}, expected one of {expected}{nearest(str(value), known)}")
