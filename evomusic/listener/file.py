"""`listener.toml`: the reward that a listener's choices taught, with its uncertainty, to be read by any study.

task = "tune"        # on which it was learnt
steer = 1.0          # 0 the task's own reward, 1 the listener's alone
rules = [{ kind = "Cadence", scale = "G major", phrases = false, weight = 2.1 }, ...]
final = [{ kind = "LeapShare", weight = -4.0 }, ...]

[learnt]             # choices, and the standard deviation of each weight above, in order; 0: it was not learnt
choices = 20
rules_sd = [0.4, ...]
final_sd = [1.1, ...]
aspects = ["Cadence", ...]    # with the mean and standard deviation of the weight of each, when standardised
mean = [0.7, ...]
sd = [0.2, ...]
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from evomusic.core.checks import number, shown
from evomusic.core.saving import write_bytes
from evomusic.core.theory import nearest
from evomusic.core.toml import ConfigError, parse, read_text, to_toml, written
from evomusic.listener.aspects import WHOLE, Aspects
from evomusic.listener.preference import Preference
from evomusic.measures import MEASURES
from evomusic.rules import CATALOGUE

KEYS: Final = ("task", "steer", "rules", "final", "learnt")
LISTS: Final = ("rules", "final")
LEARNT: Final = ("choices", "rules_sd", "final_sd", "aspects", "mean", "sd")
HEAD: Final = """# Learnt by evomusic from a listener; `reward = "listener.toml"` in a table of `tasks` takes it.
# The weights count; steer is in them already, and learnt is a record.
"""


class Entry(NamedTuple):
    """A rule or measure as a table, its weight, and the standard deviation of that, 0 where it was not learnt."""

    table: Mapping[str, Any]
    weight: float
    sd: float


class Learned(NamedTuple):
    """A listener's reward as tables."""

    rules: tuple[Entry, ...]
    final: tuple[Entry, ...]
    steer: float


def listener_toml(aspects: Aspects, preference: Preference, steer: float = 1.0, *, measures: bool = True) -> str:
    """The text of a listener's file.

    Args:
        aspects: of the task.
        preference: what was learnt of their weights.
        steer: as for `Aspects.reward`.
        measures: as for `Aspects.reward`.

    Raises:
        ValueError: an argument does not fit.
    """
    reward = aspects.reward(preference.mean, steer, measures=measures)
    units = aspects.units(preference.mean, steer, measures=measures)
    sds: dict[Any, float] = dict(zip(aspects.parts, (units * preference.sd).tolist(), strict=True))
    learnt: dict[str, Any] = {"choices": preference.choices}
    lines = [HEAD + f"task = {written(aspects.task.name)}", f"steer = {written(float(steer))}"]
    weighted: dict[str, Mapping[Any, float]] = {"rules": reward.rules, "final": reward.final}
    for name, weights in weighted.items():
        parts = [part for part in weights if not isinstance(part, WHOLE)]
        rows = "".join(f"  {written(table_of(part) | {'weight': float(weights[part])})},\n" for part in parts)
        lines.append(f"{name} = [\n{rows}]")
        learnt[f"{name}_sd"] = [sds.get(part, 0.0) for part in parts]
    learnt |= {"aspects": list(aspects.names), "mean": preference.mean.tolist(), "sd": preference.sd.tolist()}
    return "\n".join(lines) + "\n\n" + to_toml({"learnt": learnt})


def write_listener(
    path: str | os.PathLike[str], aspects: Aspects, preference: Preference, steer: float = 1.0, *, measures: bool = True
) -> None:
    """Write a listener's file, at once and whole; arguments as for `listener_toml`.

    Raises:
        ValueError: an argument does not fit.
        OSError: the file cannot be written.
    """
    write_bytes(Path(path), listener_toml(aspects, preference, steer, measures=measures).encode())


def table_of(part: Any) -> Any:
    """A rule or measure as a table: its kind, and the parameters that are not None."""
    if isinstance(part, (tuple, list)):
        return [table_of(item) for item in part]
    if not dataclasses.is_dataclass(part) or isinstance(part, type):
        return part
    cls: Any = type(part)
    shipped = cls in (CATALOGUE.get(cls.__name__), MEASURES.get(cls.__name__))
    table = {"kind": cls.__name__ if shipped else f"{cls.__module__}:{cls.__qualname__}"}
    values = {f.name: table_of(getattr(part, f.name)) for f in dataclasses.fields(part) if f.init}
    return table | {name: value for name, value in values.items() if value is not None}


def read_listener(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The table of a listener's file, checked.

    Raises:
        ConfigError: it cannot be read, or is none; a line for each fault.
    """
    table = parse(read_text(path), str(path))
    try:
        checked(table)
    except ValueError as error:
        raise ConfigError([f"{path}: {error}"]) from None
    return table


def checked(table: Any) -> Learned:
    """The reward of a listener's table.

    Raises:
        ValueError: something is wrong with it, in one line.
    """
    if not isinstance(table, Mapping):
        raise ValueError(f"expected the table of a listener's file, came {shown(table)}")
    for key in map(str, table):
        if key not in KEYS:
            raise ValueError(f"{key[:80]}: unknown key, expected one of {', '.join(KEYS)}{nearest(key, KEYS)}")
    if not any(table.get(name) for name in LISTS):
        raise ValueError("rules: expected one or more, or a final measure")
    learnt = table.get("learnt", {})
    if not isinstance(learnt, Mapping):
        raise ValueError(f"learnt: expected a table, came {shown(learnt)}")
    rules, final = (_entries(name, table.get(name, []), learnt.get(f"{name}_sd")) for name in LISTS)
    return Learned(rules, final, number("steer", table.get("steer", 1.0), 0, 1))


def merged(listeners: Sequence[Learned]) -> Learned:
    """The reward of several listeners: each weight the mean of theirs, by precision (1 / sd^2) where it was learnt.

    A part that some of them have not is the mean of the others. Where one listener learnt a weight and another could
    not, because its melodies did not differ in it, the learnt one is taken.
    """
    lists = [_merged([getattr(each, name) for each in listeners]) for name in LISTS]
    return Learned(lists[0], lists[1], sum(each.steer for each in listeners) / len(listeners))


def _merged(lists: Sequence[Sequence[Entry]]) -> tuple[Entry, ...]:
    found: dict[str, list[Entry]] = {}
    for entries in lists:
        for entry in entries:
            found.setdefault(written(dict(sorted(entry.table.items()))), []).append(entry)
    return tuple(map(_mean, found.values()))


def _mean(entries: Sequence[Entry]) -> Entry:
    learnt = [entry for entry in entries if entry.sd > 0]
    if not learnt:
        return entries[0]._replace(weight=sum(entry.weight for entry in entries) / len(entries))
    precision = sum(entry.sd**-2 for entry in learnt)
    weight = sum(entry.weight * entry.sd**-2 for entry in learnt) / precision
    return Entry(learnt[0].table, weight, precision**-0.5)


def _entries(name: str, tables: Any, sds: Any) -> tuple[Entry, ...]:
    if not isinstance(tables, (list, tuple)) or not all(isinstance(each, Mapping) for each in tables):
        raise ValueError(f"{name}: expected a list of tables, came {shown(tables)}")
    sds = [0.0] * len(tables) if sds is None else sds
    if not isinstance(sds, (list, tuple)) or len(sds) != len(tables):
        raise ValueError(f"learnt.{name}_sd: expected {len(tables)} numbers, one for each of {name}, came {shown(sds)}")
    found = []
    for i, (table, sd) in enumerate(zip(tables, sds, strict=True)):
        if not isinstance(table.get("kind"), str):
            raise ValueError(f"{name}.{i}.kind: expected the name of one, came {shown(table.get('kind'))}")
        weight = number(f"{name}.{i}.weight", table.get("weight"))
        plain = {key: value for key, value in table.items() if key != "weight"}
        found.append(Entry(plain, weight, number(f"learnt.{name}_sd.{i}", sd, 0.0)))
    return tuple(found)
