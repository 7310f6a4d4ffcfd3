"""Names of states, actions and observations, and the numbers that they have in arrays."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np

from evomusic.core.checks import shown, wrong
from evomusic.core.theory import nearest

FEW = 1000  # names among which a misspelt one is looked for


def named(field: str, names: Iterable[Hashable] | None, count: int) -> Sequence[Hashable]:
    """Names, each once; the numbers 0, 1, ... when None.

    Raises:
        ValueError: they are no list, some are alike or cannot be looked up, or there are more or fewer than `count`.
    """
    if names is None:
        return range(count)
    if isinstance(names, range) and names == range(count):
        return names
    listed = names_of(field, names, count)
    if len(listed) != count:
        raise ValueError(f"{field} has {len(listed)} different names, expected {count}")
    return listed


def names_of(field: str, names: Iterable[Hashable], most: int) -> tuple[Hashable, ...]:
    """At most so many different names.

    Raises:
        ValueError: they are no list, there are none or too many, or one cannot be looked up or comes twice.
    """
    if isinstance(names, (str, bytes, Mapping)) or not isinstance(names, Iterable):
        raise wrong(field, names, "a list of names")
    listed = tuple(islice(names, most + 1))
    if not listed or len(listed) > most:
        raise ValueError(f"{field} has {'more than ' * bool(listed)}{len(listed[:most])} names, expected 1 to {most:,}")
    try:
        different = len(set(listed))
    except TypeError:
        raise ValueError(
            f"{field} has a name that cannot be looked up, expected hashable ones: {shown(names)}"
        ) from None
    if different != len(listed):
        raise ValueError(f"{field} has {different} different names, expected {len(listed)}")
    return listed


def numbers_of(names: Sequence[Hashable]) -> Mapping[Any, int]:
    """The number of each name."""
    return {name: i for i, name in enumerate(names)}


def number_of(name: Any, names: Sequence[Hashable], numbers: Mapping[Any, int]) -> int:
    """The number of a name; where no name is a number, a number from 0 up stands for itself. -1 when there is none."""
    whole = isinstance(name, (int, np.integer)) and not isinstance(name, bool)
    if isinstance(names, range):
        return int(name) if whole and 0 <= name < len(names) else -1
    try:
        found = numbers.get(name, -1)
    except TypeError:  # not hashable
        return -1
    if found < 0 and whole and 0 <= name < len(names) and not any(isinstance(x, (int, float)) for x in names):
        return int(name)
    return found


def one_of(kind: str, name: object, names: Sequence[Hashable]) -> str:
    """The names that are expected, for an error: "a state from 0 to 3", or "a name of one of 3 states"."""
    if isinstance(names, range):
        return f"{'an' if kind[0] in 'ao' else 'a'} {kind} from 0 to {len(names) - 1}"
    return f"a name of one of {len(names)} {kind}s{near(name, names)}"


def near(name: object, names: Sequence[Hashable]) -> str:
    """The nearest name, for an error, where looking for it takes no time."""
    return nearest(name, names) if isinstance(name, str) and len(name) < FEW and len(names) <= FEW else ""
