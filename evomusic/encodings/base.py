"""The protocol of an encoding, and functions by which loops handle genomes without looking into them.

A genome is the object that a search changes; an encoding samples genomes, varies them and decodes them to melodies.
Genomes come as one array, or as a NamedTuple of arrays (nested ones too), with leading axis P.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import able, choice, instance, number, wrong
from evomusic.core.task import Task
from evomusic.core.theory import parse_scale

MOST = 10_000_000  # upper bound of counts: populations, batches, cells
MOST_STEPS = 10**15  # upper bound of budgets
LEAST = 1e-300  # least sum of weights: below, a random share of it may round up to all of it
Weights = str | Mapping[str, float] | tuple[tuple[str, float], ...]


@runtime_checkable
class Encoding(Protocol):
    """A search space: genomes, their operators, and the melodies that they decode to."""

    def sample(self, task: Task, rng: np.random.Generator, n: int) -> Any:
        """Random genomes, n of them."""
        ...

    def vary(self, task: Task, genomes: Any, rng: np.random.Generator) -> Any:
        """Offspring, one per genome: consecutive pairs are crossed over, then each is mutated."""
        ...

    def decode(self, task: Task, genomes: Any) -> NDArray[np.uint8]:
        """Melodies (P, T) uint8 of genomes; every genome decodes to one."""
        ...

    def encode(self, task: Task, melodies: NDArray[np.uint8]) -> Any:
        """Genomes that decode to melodies (P, T).

        Raises:
            ValueError: this encoding cannot turn melodies back, or the melodies do not fit the grid.
        """
        ...


METHODS = ("sample", "vary", "decode", "encode")


def checked_encoding(encoding: Any, methods: Sequence[str] = METHODS) -> Any:
    """An argument `encoding` that has the methods of one.

    Raises:
        ValueError: a method is missing, or it is a class.
    """
    return able("encoding", encoding, methods, "an encoding such as em.Notes()")


def checked_scale(name: str, scale: Any) -> str:
    """An argument that is the name of a scale.

    Raises:
        ValueError: it is none; names the nearest.
    """
    try:
        parse_scale(instance(name, scale, str, "a scale such as 'G major', or None"))
    except ValueError as error:
        raise error if str(error).startswith(name) else ValueError(f"{name}: {error}") from None
    return str(scale)


def checked_texts(texts: Any) -> list[str]:
    """An argument `texts` that is a list, or another iterable, of texts.

    Raises:
        ValueError: it is a single text, or holds something else.
    """
    found = items("texts", texts, "a list of texts")
    for i, text in enumerate(found):
        instance(f"texts[{i}]", text, str, "a text")
    return list(found)


def items(name: str, values: Any, expected: str) -> tuple[Any, ...]:
    """The items of an argument that is a list, or another iterable, but not a text.

    Raises:
        ValueError: it is a text, or no iterable.
    """
    if isinstance(values, (str, bytes, type)) or not isinstance(values, Iterable):
        raise wrong(name, values, expected)
    return tuple(values)


def assign(frozen: object, **values: object) -> None:
    """Set fields of a frozen dataclass while it is constructed."""
    for name, value in values.items():
        object.__setattr__(frozen, name, value)


def take(genomes: Any, index: NDArray[Any]) -> Any:
    """Genomes at an index array, or where a mask (P,) is true; always a copy."""
    if isinstance(genomes, tuple):
        return _like(genomes, [take(part, index) for part in genomes])
    return genomes[index]


def concatenate(pieces: Sequence[Any]) -> Any:
    """Genomes joined along the leading axis."""
    first = pieces[0]
    if isinstance(first, tuple):
        return _like(first, [concatenate(parts) for parts in zip(*pieces, strict=True)])
    return np.concatenate(pieces)


def count(genomes: Any) -> int:
    """The number P of genomes."""
    return count(genomes[0]) if isinstance(genomes, tuple) else len(genomes)


def same(left: Any, right: Any) -> NDArray[np.bool_]:
    """Mask (P,) of the places at which two populations of equal size hold equal genomes."""
    if isinstance(left, tuple):
        return np.logical_and.reduce([same(a, b) for a, b in zip(left, right, strict=True)])
    if left.dtype == np.uint8 and left.ndim == 2 and left.shape[1] % 8 == 0 and left.flags.c_contiguous:
        left, right = left.view(np.uint64), np.ascontiguousarray(right).view(np.uint64)  # eight tokens at a time
    equal = left == right
    return np.asarray(equal.all(axis=tuple(range(1, equal.ndim))))


def _like(pattern: tuple[Any, ...], parts: Iterable[Any]) -> Any:
    return type(pattern)(*parts) if hasattr(pattern, "_fields") else tuple(parts)


def operator_weights(name: str, weights: Any, operators: Sequence[str]) -> tuple[tuple[str, float], ...]:
    """Weights by operator as pairs, in the order of `operators`.

    Args:
        name: the argument's name, for errors.
        weights: a mapping or pairs of operator and weight, or one operator's name, which then has weight 1.
        operators: names of all operators.

    Raises:
        ValueError: an operator has no such name, a weight is not a finite number from 0, or all are 0.
    """
    try:
        pairs = {weights: 1.0} if isinstance(weights, str) else dict(weights)
    except (TypeError, ValueError):
        raise wrong(name, weights, f"weights by operator such as {{{operators[0]!r}: 1.0}}") from None
    for operator, weight in pairs.items():
        choice(f"{name} key", operator, operators)
        pairs[operator] = number(f"{name}[{operator!r}]", weight, 0.0)
    if not LEAST <= sum(pairs.values()) < math.inf:
        raise wrong(name, weights, "a finite sum, and at least one weight above 0")
    return tuple((operator, pairs[operator]) for operator in operators if operator in pairs)


def cumulative_weights(weights: Weights, operators: Sequence[str]) -> NDArray[np.float64]:
    """Cumulative weights in the order of `operators`, as kernels draw by them; operators without a weight have 0."""
    pairs = {weights: 1.0} if isinstance(weights, str) else dict(weights)
    return np.cumsum([pairs.get(operator, 0.0) for operator in operators])
