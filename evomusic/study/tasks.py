"""Tasks from tables: of the catalogue, of the catalogue with other rules or another grid, or altogether one's own.

[tasks.mine]
grid = { bars = 2, scale = "G major" }
rules = [{ kind = "InScale", scale = "G major", weight = 2 }, { kind = "mymodule:MyRule" }]
final = [{ kind = "PitchEntropy", weight = 0.5 }]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

from evomusic import catalogue, measures, rules
from evomusic.core.checks import shown
from evomusic.core.grid import Grid
from evomusic.core.reward import Reward
from evomusic.core.task import Task
from evomusic.study.build import BadTable, Problem, build_part, make

OWN = ("grid", "rules", "final")  # keys beside those of the catalogue
RULES = tuple(rules.CATALOGUE)
MEASURES = tuple(measures.MEASURES)


def build_task(table: Mapping[str, Any]) -> Task:
    """The task that a table describes.

    Args:
        table: `name` and parameters of a task of the catalogue; with or without it `grid` (fields of a Grid), `rules`
            and `final` (lists of tables with `kind`, `weight`, 1 when missing, and parameters). An entry takes the
            place of all rules of its kind that the named task has; the weight 0 takes them out.

    Raises:
        BadTable: says everything that is wrong.
    """
    changes = {key: table[key] for key in OWN if key in table}
    rest = {str(key): value for key, value in table.items() if key not in OWN}
    if "name" not in rest and not changes:
        raise BadTable([(("name",), f"expected one of {', '.join(catalogue.tasks())}, came nothing")])
    base = _named(rest) if "name" in rest else _bare(rest, changes)
    if not changes:
        return base
    problems: list[Problem] = []
    grid = _part(problems, "grid", lambda: _grid(base.grid, changes.get("grid", {})))
    weights = _part(problems, "rules", lambda: _weights(changes.get("rules", []), RULES, rules))
    final = _part(problems, "final", lambda: _weights(changes.get("final", []), MEASURES, measures))
    if problems:
        raise BadTable(problems)
    try:
        every = _merged(base.reward.rules, weights)
        groups = {name: [r for r in members if r in every] for name, members in base.reward.groups.items()}
        reward = Reward(every, _merged(base.reward.final, final), {name: g for name, g in groups.items() if g})
        return replace(base, grid=grid, reward=reward)
    except (ValueError, TypeError, OverflowError, MemoryError) as error:
        raise BadTable([((), str(error) or type(error).__name__)]) from error


def _named(table: Mapping[str, Any]) -> Task:
    """A task of the catalogue."""
    name = table["name"]
    if not isinstance(name, str):
        raise BadTable([(("name",), f"expected one of {', '.join(catalogue.tasks())}, came {shown(name)}")])
    try:
        return catalogue.make(name, **{key: value for key, value in table.items() if key != "name"})
    except (ValueError, TypeError, OverflowError, MemoryError) as error:
        raise BadTable([((), str(error) or type(error).__name__)]) from error


def _bare(table: Mapping[str, Any], changes: Mapping[str, Any]) -> Task:
    """A task without rules, for those of a table."""
    strange = [key for key in table if key != "delayed"]
    keys = f"{', '.join(OWN)}, delayed; or a name of the catalogue"
    problems: list[Problem] = [((key[:80],), f"unknown key, expected one of {keys}") for key in strange]
    if not isinstance(table.get("delayed", False), bool):
        problems.append((("delayed",), f"expected true or false, came {shown(table['delayed'])}"))
    if not changes.get("rules") and not changes.get("final"):
        problems.append((("rules",), "expected one rule or final measure at least, came none"))
    if problems:
        raise BadTable(problems)
    return Task(Grid(), Reward(), "own", delayed=table.get("delayed", False))


def _part(problems: list[Problem], name: str, build: Any) -> Any:
    """A part as it is built, or None and its faults noted."""
    try:
        return build()
    except BadTable as error:
        problems += [((name, *path), line) for path, line in error.problems]
        return None


def _grid(base: Grid, table: Any) -> Grid:
    if not isinstance(table, Mapping):
        raise BadTable([((), f"expected a table of a grid's fields, came {shown(table)}")])
    plain = {field.name: getattr(base, field.name) for field in fields(Grid)}
    made: Grid = make(Grid, plain | {str(k): v for k, v in table.items()})
    return made


def _weights(entries: Any, kinds: tuple[str, ...], home: Any) -> list[tuple[Any, float]]:
    """Rules or measures with their weights."""
    if not isinstance(entries, list):
        raise BadTable([((), f"expected a list of tables with a kind, came {shown(entries)}")])
    found, problems = list[tuple[Any, float]](), list[Problem]()
    for i, entry in enumerate(entries):
        try:
            found.append(_weighted(entry, kinds, home))
        except BadTable as error:
            problems += [((str(i + 1), *path), line) for path, line in error.problems]
    if problems:
        raise BadTable(problems)
    return found


def _weighted(entry: Any, kinds: tuple[str, ...], home: Any) -> tuple[Any, float]:
    if isinstance(entry, str):
        entry = {"kind": entry}
    if not isinstance(entry, Mapping):
        raise BadTable([((), f"expected a table with a kind, came {shown(entry)}")])
    weight = entry.get("weight", 1.0)
    if isinstance(weight, bool) or not isinstance(weight, (int, float)):
        raise BadTable([(("weight",), f"expected a number, came {shown(weight)}")])
    return build_part({k: v for k, v in entry.items() if k != "weight"}, kinds, home), float(weight)


def _merged(base: Mapping[Any, float], entries: list[tuple[Any, float]]) -> dict[Any, float]:
    """The weights of a task with those of entries in place of all of their kinds."""
    kinds = {type(part) for part, _ in entries}
    return dict(_without(base, kinds)) | {part: weight for part, weight in entries if weight}


def _without(base: Mapping[Any, float], kinds: set[type]) -> Iterator[tuple[Any, float]]:
    yield from ((part, weight) for part, weight in base.items() if type(part) not in kinds)
