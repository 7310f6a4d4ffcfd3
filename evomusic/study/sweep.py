"""Sweeps: one method or task of a study becomes one for each value of a parameter, or of several."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from evomusic.core.checks import shown as value_shown
from evomusic.core.theory import nearest
from evomusic.study.toml import ConfigError

MOST: Final = 1000  # methods or tasks that a sweep makes
SECTIONS: Final = ("methods", "tasks")
UNNAMED: Final = '/\\:*?"<>|,'  # not in a label


def swept(table: Mapping[str, Any], shown: str) -> dict[str, Any]:
    """The table of a study with its `sweep` carried out: `{"methods.ga.population": [10, 30]}` makes two of `ga`.

    Labels are such as `ga population=10`. Keys of one method or task are combined, each value with each.

    Raises:
        ConfigError: a key names nothing, its values are no list, or they are too many; `shown` names the file.
    """
    sweep = table.get("sweep", {})
    rest = {key: value for key, value in table.items() if key != "sweep"}
    lines = list(_faults(sweep, rest))
    if lines:
        raise ConfigError([f"{shown}: sweep{line}" for line in lines])
    axes: dict[tuple[str, str], dict[str, Sequence[Any]]] = {}
    for key, values in sweep.items():
        section, label, parameter = key.split(".", 2)
        axes.setdefault((section, label), {})[parameter] = values
    for (section, label), parameters in axes.items():
        made: dict[str, Any] = {}
        for old, entry in rest[section].items():
            made |= dict(_variants(old, entry, parameters)) if old == label else {old: entry}
        if len(made) > MOST:
            raise ConfigError([f"{shown}: sweep makes {len(made):,} {section}, expected {MOST:,} at most"])
        rest[section] = made
    return rest


def _faults(sweep: Any, table: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(sweep, Mapping):
        yield f": expected a table, came {value_shown(sweep)}"
        return
    for key, values in sweep.items():
        section, label, parameter = (*key.split(".", 2), "", "")[:3]
        if section not in SECTIONS or not parameter:
            yield f'.{key[:80]}: expected a key such as "methods.ga.population"{nearest(section, SECTIONS)}'
            continue
        entries = table.get(section)
        labels = list(entries) if isinstance(entries, Mapping) else []
        if label not in labels:
            expected = f"expected one of {', '.join(labels)}{nearest(label, labels)}"
            yield f".{key[:80]}: no entry {label!r} in {section}, {expected}"
        elif not isinstance(values, list) or not values:
            yield f".{key[:80]}: expected a list of values, came {value_shown(values)}"
        elif len(values) > MOST:
            yield f".{key[:80]}: has {len(values):,} values, expected {MOST:,} at most"


def _variants(label: str, entry: Any, parameters: Mapping[str, Sequence[Any]]) -> Iterator[tuple[str, Any]]:
    """A label and a table for each combination of values."""
    places = [range(len(values)) for values in parameters.values()]
    for at in itertools.islice(itertools.product(*places), MOST + 1):
        made, words = _named(entry), [label]
        for i, (parameter, values) in zip(at, parameters.items(), strict=True):
            _set(made, parameter.split("."), values[i])
            words.append(f"{parameter}={_word(values[i], i)}")
        yield " ".join(words), made


def _set(table: dict[str, Any], path: Sequence[str], value: Any) -> None:
    for part in path[:-1]:
        table[part] = _named(table.get(part, {}))
        table = table[part]
    table[path[-1]] = value


def _named(entry: Any) -> dict[str, Any]:
    """A table of its own; a kind alone is one with a kind."""
    return dict(entry) if isinstance(entry, Mapping) else {"kind": entry}


def _word(value: Any, place: int) -> str:
    """A value in a label; of one that a label cannot hold its number."""
    text = str(value)
    plain = not isinstance(value, (list, dict)) and len(text) <= 30 and not set(text) & set(UNNAMED)
    return text if plain and text.isprintable() else f"{place + 1}"
