"""Sweeps: methods and tasks of a study once for each value of a key, such as `"methods.ga.population" = [10, 30, 100]`.

The entry `ga` is replaced by `ga population=10`, `ga population=30` and so on; several keys of one entry give all
combinations of their values. Entries without a key stay as they are.
"""

from __future__ import annotations

import copy
import itertools
import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from evomusic.core.checks import nearest, shown
from evomusic.study.toml import NAMED

CELLS = 10_000  # of a study with a sweep, at most
LONGEST = 80  # characters of a label
BARRED = '/\\:*?"<>|,'  # characters that labels may not hold


class Axis(NamedTuple):
    """A key of one entry and its values."""

    path: tuple[str, ...]  # inside of the entry
    values: tuple[Any, ...]


Axes = dict[tuple[str, str], list[Axis]]  # by table and label


def axes_of(table: Mapping[str, Any], faults: list[str]) -> Axes:
    """The keys of a study's `sweep` by the entry that they vary; what is wrong is added to `faults`."""
    sweep, axes = table.get("sweep", {}), Axes()
    if not isinstance(sweep, Mapping):
        faults.append(f"sweep: expected a table, came {shown(sweep)}")
        return axes
    for path, values in _leaves(sweep):
        key = ".".join(path)
        fault = _fault(path, values, table)
        if fault:
            faults.append(f"sweep.{key[:80]}: {fault}")
        else:
            axes.setdefault((path[0], path[1]), []).append(Axis(path[2:], tuple(values)))
    return axes


def _leaves(sweep: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Key paths and values; a quoted key is split at its dots."""
    for key, value in sweep.items():
        here = (*path, *(str(key).split(".") if not path else (str(key),)))
        if isinstance(value, Mapping):
            yield from _leaves(value, here)
        else:
            yield here, value


def _fault(path: tuple[str, ...], values: Any, table: Mapping[str, Any]) -> str:
    """The fault of a key of a sweep, or an empty text."""
    if path[0] not in NAMED:
        return f"expected a key such as methods.ga.population{nearest(path[0], NAMED)}"
    entries = table.get(path[0])
    entries = entries if isinstance(entries, Mapping) else {}
    if len(path) < 2 or path[1] not in entries:
        near = nearest(path[1], entries) if len(path) > 1 else ""
        return f"the study has no {path[0]} {path[1] if len(path) > 1 else ''!r}{near}"
    if len(path) < 3:
        return f"expected a key such as {path[0]}.{path[1]}.{'population' if path[0] == 'methods' else 'bars'}"
    if not isinstance(values, (list, tuple)) or not values:
        return f"expected a list of one or more values, came {shown(values)}"
    return ""


def size(table: Mapping[str, Any], axes: Axes, name: str) -> int:
    """Number of entries of `tasks` or `methods` when all are varied."""
    varied = {label: math.prod(len(axis.values) for axis in found) for (of, label), found in axes.items() if of == name}
    return sum(varied.get(label, 1) for label in table[name])


def expanded(table: Mapping[str, Any], axes: Axes, first: bool = False) -> dict[str, Any]:
    """A study's table without its sweep: its entries, once for each combination of their values.

    Args:
        table: of the study.
        axes: its keys that vary.
        first: whether only first values are wanted, under the labels of the entries: a study to check keys with.

    Raises:
        ValueError: a key leads through something that is no table, or two labels are equal.
    """
    new = {key: value for key, value in table.items() if key != "sweep"}
    for name in NAMED:
        entries: dict[str, Any] = {}
        for label, entry in table[name].items():
            for variant, changed in _variants(name, label, entry, axes.get((name, label), []), first):
                if variant in entries or (variant != label and variant in table[name]):
                    raise ValueError(f"sweep: two {name} are called {variant!r}; give each value once")
                entries[variant] = changed
        new[name] = entries
    return new


def _variants(name: str, label: str, entry: Any, axes: list[Axis], first: bool) -> Iterator[tuple[str, Any]]:
    """Labels and entries, one for each combination of values."""
    if not axes:
        yield label, entry
        return
    entry = {NAMED[name]: entry} if isinstance(entry, str) else entry
    short = [axis.path[-1] for axis in axes]
    words = [part if short.count(part) == 1 else ".".join(axis.path) for part, axis in zip(short, axes, strict=True)]
    numbered = [list(enumerate(axis.values[:1] if first else axis.values, 1)) for axis in axes]
    for combination in itertools.product(*numbered):
        changed = copy.deepcopy(entry)
        for axis, (_, value) in zip(axes, combination, strict=True):
            _put(changed, axis.path, value, f"sweep.{name}.{label}")
        parts = [f"{word}={_text(value)}" for word, (_, value) in zip(words, combination, strict=True)]
        variant = " ".join([label, *parts])
        if len(variant) > LONGEST:
            variant = " ".join(
                [label[:40], *(f"{word[-20:]}={i}" for word, (i, _) in zip(words, combination, strict=True))]
            )
        yield (label if first else variant), changed


def _text(value: Any) -> str:
    """A value in a label, without the characters that labels may not hold."""
    if isinstance(value, Mapping):
        value = " ".join([str(value.get("kind", "")), *(f"{k}={_text(v)}" for k, v in value.items() if k != "kind")])
    if isinstance(value, (list, tuple)):
        value = " ".join(map(_text, value))
    text = str(value).lower() if isinstance(value, bool) else f"{value:g}" if _plain(value) else str(value)
    return "".join("-" if c in BARRED or c < " " else c for c in text.strip())


def _plain(value: Any) -> bool:
    """Whether a number loses nothing when it is written with six digits."""
    return isinstance(value, float) and float(f"{value:g}") == value


def _put(entry: Any, path: tuple[str, ...], value: Any, where: str) -> None:
    """Set a value inside nested tables and lists."""
    at = entry
    for depth, part in enumerate(path):
        if isinstance(at, list) and part.isdecimal() and len(part) < 10 and int(part) < len(at):
            key: Any = int(part)
        elif isinstance(at, dict):
            key = part
        else:
            raise ValueError(
                f"{'.'.join((where, *path))}: {'.'.join(path[:depth]) or 'it'} is {shown(at)}, not a table"
            )
        if depth == len(path) - 1:
            at[key] = value
        else:
            at = at.setdefault(key, {}) if isinstance(at, dict) else at[key]
