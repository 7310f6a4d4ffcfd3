"""Elements of Gymnasium's discrete spaces as whole numbers, by mixed radix.

`Discrete`, `MultiDiscrete` and `MultiBinary`, with starts of their own, and `Tuple` and `Dict` of these, nested or not.
The last part changes fastest, as the last axis of an array does: (1, 2) of 3 x 4 elements is number 1 * 4 + 2. Parts of
a `Dict` follow each other as the space orders them.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any, NamedTuple

import numpy as np

from evomusic.core.checks import shown, wrong

WANTED = "Discrete, MultiDiscrete or MultiBinary, or a Tuple or Dict of these"


class Numbering(NamedTuple):
    """A discrete space with its elements numbered from 0 to `size` - 1.

    `number(element)` raises ValueError for what is no element, and `element(number)` for what is no number of one.
    """

    size: int
    number: Callable[[Any], int]
    element: Callable[[int], Any]


def numbering(name: str, space: Any, hint: str = "") -> Numbering:
    """Return the numbering of a discrete space.

    Args:
        name: the space's name in errors.
        space: a space of Gymnasium.
        hint: what to do about a Box, for the error.

    Raises:
        ValueError: the space is not discrete.
    """
    read, made, size = _parts(name, space, hint)

    def number(element: Any) -> int:
        try:
            return read(element)
        except (TypeError, ValueError, KeyError, OverflowError):
            raise wrong(f"an element of {name}", element, f"one of {shown(space)}") from None

    def element(number: int) -> Any:
        if isinstance(number, bool) or not isinstance(number, (int, np.integer)) or not 0 <= number < size:
            raise wrong(f"the number of an element of {name}", number, f"a whole number from 0 to {size - 1:,}")
        return made(int(number))

    return Numbering(size, number, element)


def _parts(name: str, space: Any, hint: str) -> tuple[Callable[[Any], int], Callable[[int], Any], int]:
    """Return what numbers an element, what makes the element of a number, and how many there are."""
    from gymnasium import spaces

    if isinstance(space, spaces.Discrete):
        return _discrete(int(space.n), int(space.start), space.dtype)
    if isinstance(space, spaces.MultiDiscrete):
        return _array(space.nvec, space.start, space.shape, space.dtype)
    if isinstance(space, spaces.MultiBinary):
        return _array(np.full(space.shape, 2), np.zeros(space.shape, np.int64), space.shape, space.dtype)
    if isinstance(space, spaces.Tuple):
        return _joined(range(len(space.spaces)), [_parts(name, part, hint) for part in space.spaces], tuple)
    if isinstance(space, spaces.Dict):
        keys = list(space.spaces)
        parts = [_parts(name, part, hint) for part in space.spaces.values()]
        return _joined(keys, parts, lambda values: dict(zip(keys, values, strict=True)))
    raise wrong(name, space, f"{WANTED}{hint if isinstance(space, spaces.Box) else ''}")


def _discrete(n: int, begin: int, kind: Any) -> tuple[Callable[[Any], int], Callable[[int], Any], int]:
    def read(element: Any) -> int:
        i = int(element) - begin
        if not 0 <= i < n or i + begin != element:
            raise ValueError
        return i

    return read, lambda i: kind.type(i + begin), n


def _array(
    sizes: Any, starts: Any, shape: tuple[int, ...], kind: Any
) -> tuple[Callable[[Any], int], Callable[[int], Any], int]:
    places = [(int(n), int(begin)) for n, begin in zip(np.ravel(sizes), np.ravel(starts), strict=True)]

    def read(element: Any) -> int:
        array = element if isinstance(element, np.ndarray) else np.asarray(element)
        if array.shape != shape or array.dtype.kind not in "iub":
            raise ValueError
        number = 0
        for value, (n, begin) in zip(array.ravel().tolist(), places, strict=True):
            i = value - begin
            if not 0 <= i < n:
                raise ValueError
            number = number * n + i
        return number

    def made(number: int) -> Any:
        values = []
        for n, begin in reversed(places):
            number, i = divmod(number, n)
            values.append(i + begin)
        return np.array(values[::-1], kind).reshape(shape)

    return read, made, prod(n for n, _ in places)


def _joined(
    keys: Any, parts: list[tuple[Callable[[Any], int], Callable[[int], Any], int]], form: Callable[[Any], Any]
) -> tuple[Callable[[Any], int], Callable[[int], Any], int]:
    places = [(key, read, size) for key, (read, _, size) in zip(keys, parts, strict=True)]

    def read(element: Any) -> int:
        if len(element) != len(places):
            raise ValueError
        number = 0
        for key, part, size in places:
            number = number * size + part(element[key])
        return number

    def made(number: int) -> Any:
        values = []
        for _, element, size in reversed(parts):
            number, i = divmod(number, size)
            values.append(element(i))
        return form(values[::-1])

    return read, made, prod(size for *_, size in parts)
