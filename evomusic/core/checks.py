"""Checks of arguments: one sentence for every wrong value, whichever part of the package checks it.

Each check takes the argument's name first, returns the value in its plain Python type, and raises `ValueError` with
the name, what came and what was expected. Booleans are no numbers here, numpy's scalars are.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

LONGEST = 60  # characters of a wrong value that an error repeats


def shown(value: object) -> str:
    """A value as an error repeats it: its repr on one line, cut where it is long."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**LONGEST:
        return f"a whole number of more than {LONGEST} digits"  # Python refuses to print the longest
    text = " ".join(line.strip() for line in repr(value).splitlines())
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def nearest(name: str, names: Iterable[object]) -> str:
    """`; did you mean 'x'?` for the valid name nearest to a misspelt one, or nothing."""
    close = difflib.get_close_matches(name, [str(n) for n in names], n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""


def wrong(name: str, value: object, expected: str) -> ValueError:
    """The error that a wrong argument gets."""
    return ValueError(f"{name} is {shown(value)}, expected {expected}")


class NotInstalled(ValueError):
    """A package of one of the extras is missing; the line says how to install it."""


def optional(package: str, need: str, extra: str) -> Any:
    """The module of an optional package.

    Args:
        package: its name.
        need: for the error: the thing that needs it.
        extra: the extra that brings it.

    Raises:
        NotInstalled: it is missing.
    """
    try:
        return import_module(package)
    except ImportError as error:
        reason = "" if isinstance(error, ModuleNotFoundError) and error.name == package else f" ({error})"
        raise NotInstalled(
            f'{need} needs {package}, expected it installed: pip install "evomusic[{extra}]"{reason}'
        ) from None


def whole(name: str, value: object, low: int = 0, high: int | None = None) -> int:
    """A whole number from `low` up, or to `high`.

    Raises:
        ValueError: it is no whole number, or lies outside.
    """
    fits = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not fits or not low <= value or (high is not None and not value <= high):  # type: ignore[operator]
        span = f"from {low:,} up" if high is None else f"from {low:,} to {high:,}"
        raise wrong(name, value, f"a whole number {span}")
    return int(value)  # type: ignore[call-overload]


def budget(name: str, value: object, low: int = 0, high: int | None = None) -> int:
    """A whole number that may be written as a float, such as 1e6.

    Raises:
        ValueError: it is no whole number, or lies outside.
    """
    return whole(name, int(value) if isinstance(value, float) and value.is_integer() else value, low, high)


def number(
    name: str,
    value: object,
    low: float = -math.inf,
    high: float = math.inf,
    *,
    above: float | None = None,
    below: float | None = None,
    also: str = "",
) -> float:
    """A finite number from `low` to `high`, and greater than `above`, less than `below` where these are given.

    Args:
        name: of the argument.
        value: its value.
        low: the least that is allowed.
        high: the greatest that is allowed.
        above: a bound that is not itself allowed.
        below: a bound that is not itself allowed.
        also: what else is allowed, for the error, such as ", or a Decay between such".

    Raises:
        ValueError: it is no finite number, or lies outside.
    """
    try:
        fits = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
        plain = float(value) if fits else math.nan  # type: ignore[arg-type]
    except OverflowError:  # a whole number beyond floats
        plain = math.nan
    inside = low <= plain <= high and -math.inf < plain < math.inf  # NaN is nowhere
    if not inside or (above is not None and plain <= above) or (below is not None and plain >= below):
        raise wrong(name, value, f"{_span(low, high, above, below)}{also}")
    return plain


def _span(low: float, high: float, above: float | None, below: float | None) -> str:
    """The numbers between bounds, in words."""
    bottom = f"above {above:g}" if above is not None else f"from {low:g}" if low > -math.inf else ""
    top = f"below {below:g}" if below is not None else f"to {high:g}" if high < math.inf else ""
    if bottom and not top:
        return f"a number {bottom}" + " up" * (above is None)
    if above is not None and top:
        return f"a number {bottom} and {top.replace('to ', 'up to ', 1)}"
    return f"a number {bottom} {top}".rstrip().replace("  ", " ") if top else "a finite number"


def probability(name: str, value: object) -> float:
    """A number from 0 to 1, always as a float, so that kernels are compiled for nothing else.

    Raises:
        ValueError: it is no number, or lies outside.
    """
    return number(name, value, 0.0, 1.0)


def numbers(name: str, values: object, length: int | None = None) -> tuple[float, ...]:
    """One or more finite numbers, or exactly `length` of them, as a tuple.

    Raises:
        ValueError: it is no list or tuple, holds something else, or has another length.
    """
    wanted = f"{length} finite numbers" if length else "one or more finite numbers"
    if not isinstance(values, (tuple, list)) or not values or (length and len(values) != length):
        raise wrong(name, values, wanted)
    try:
        for value in values:
            number(name, value)
    except ValueError:
        raise wrong(name, values, wanted) from None
    return tuple(values)


def ordered(name: str, value: float, other: str, bound: float) -> None:
    """Check that a value is at most that of another argument.

    Raises:
        ValueError: it is greater.
    """
    if value > bound:
        raise wrong(name, value, f"at most {other}, which is {shown(bound)}")


def flag(name: str, value: object) -> bool:
    """True or False.

    Raises:
        ValueError: it is neither.
    """
    if not isinstance(value, (bool, np.bool_)):
        raise wrong(name, value, "True or False")
    return bool(value)


def choice(name: str, value: object, choices: Iterable[str]) -> str:
    """One of some words.

    Raises:
        ValueError: it is none of them; the error names the nearest.
    """
    words = tuple(choices)
    if not isinstance(value, str) or value not in words:
        near = nearest(value, words) if isinstance(value, str) else ""
        raise wrong(name, value, f"one of {', '.join(map(repr, words))}{near}")
    return value


def instance(name: str, value: Any, kind: type | tuple[type, ...], expected: str) -> Any:
    """An object of a class, described by `expected` in the error.

    Raises:
        ValueError: it is of another class.
    """
    if not isinstance(value, kind):
        raise wrong(name, value, expected)
    return value


def able(name: str, value: Any, verbs: Sequence[str], expected: str) -> Any:
    """An object that has all of some methods, such as an encoding; a class is none.

    Raises:
        ValueError: one is missing.
    """
    missing = [verb for verb in verbs if not callable(getattr(value, verb, None))]
    if isinstance(value, type):
        raise wrong(name, value, f"{expected}: it is a class, not an object of it")
    if missing:
        raise wrong(name, value, f"{expected}: it has no {' and no '.join(missing)}")
    return value


def shape(name: str, array: NDArray[Any], expected: Sequence[int | str]) -> None:
    """Check the shape of an array against sizes; a letter such as "P" stands for any size.

    Raises:
        ValueError: the number of axes or a size differs.
    """
    sizes = zip(array.shape, expected, strict=False)
    if array.ndim != len(expected) or any(not isinstance(want, str) and have != want for have, want in sizes):
        wanted = ", ".join(map(str, expected)) + ("," if len(expected) == 1 else "")
        raise ValueError(f"{name} has shape {array.shape}, expected ({wanted})")
