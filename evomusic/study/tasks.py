"""Tasks from tables: a ready task with changes, or a grid with rules of one's own.

`{name = "tune", grid = {beats = 3}, rules = [{kind = "Cadence", weight = 5}]}` changes a ready task, and
`{grid = {bars = 2}, rules = [{kind = "InScale", scale = "C major"}], final = [...]}` is a task of one's own.
`reward = "listener.toml"` takes the reward that a listener taught, in place of the task's; changes come on top of it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from evomusic import catalogue
from evomusic.core.checks import nearest, shown
from evomusic.core.grid import Grid
from evomusic.core.problem import Problem
from evomusic.core.reward import Reward
from evomusic.core.task import Task
from evomusic.study.build import BadTable, build, make
from evomusic.study.build import Problem as Fault
from evomusic.study.registry import MEASURES, RULES, imported
from evomusic.study.rewards import rewarded

OWN = ("grid", "rules", "final", "reward", "delayed")  # keys of a task that is not in the catalogue
Weights = dict[Any, float]
Groups = dict[str, tuple[Any, ...]]


def build_task(value: Any) -> Any:
    """A task or a problem, itself, by its name in the catalogue or as `module:name`, or by a table.

    Raises:
        BadTable: says everything that is wrong with the table.
    """
    if isinstance(value, (Task, Problem)):
        return value
    if isinstance(value, str):
        value = {"name": value}
    if not isinstance(value, Mapping):
        raise BadTable([((), f"expected a table with a name, came {shown(value)}")])
    if isinstance(name := value.get("name"), str) and ":" in name:
        return _users(name, {str(k): v for k, v in value.items() if k != "name"})
    task = _ready(value) if "name" in value or not set(OWN[:4]) & set(value) else _own(value)
    if "reward" in value:
        task = rewarded(task, value["reward"])
    if not {"rules", "final"} & set(value):
        return task
    problems: list[Fault] = []
    groups: Groups = {name: tuple(members) for name, members in task.reward.groups.items()}
    rules = _merged("rules", value, RULES, task.reward.rules, groups, problems)
    final = _merged("final", value, MEASURES, task.reward.final, None, problems)
    if problems:
        raise BadTable(problems)
    groups = {name: left for name, members in groups.items() if (left := tuple(r for r in members if r in rules))}
    try:
        name = f"{task.name}, changed" if "name" in value else task.name  # no command may take it for the ready one
        return dataclasses.replace(task, reward=Reward(rules, final, groups), name=name)
    except (ValueError, TypeError) as error:
        raise BadTable([((), str(error))]) from error


def _users(name: str, parameters: dict[str, Any]) -> Any:
    """The task or problem `module:name` of the user's own: itself, or the answer of a function of the parameters."""
    try:
        thing = imported(name)
        made = thing if isinstance(thing, (Task, Problem)) and not parameters else thing(**parameters)
    except (ValueError, TypeError, OverflowError, MemoryError) as error:
        raise BadTable([(("name",), f"{name}: {str(error) or type(error).__name__}")]) from error
    if not isinstance(made, (Task, Problem)):
        raise BadTable([(("name",), f"{name} makes {shown(made)}, expected an em.Problem or an em.Task")])
    return made


def _ready(table: Mapping[str, Any]) -> Task:
    """A task of the catalogue, without the changes of its rules."""
    name = table.get("name")
    if not isinstance(name, str):
        came = "nothing" if name is None else shown(name)
        own = "" if "name" in table else "; a task of your own has a grid and rules"
        raise BadTable([(("name",), f"expected one of {', '.join(catalogue.tasks())}, came {came}{own}")])
    grid = table.get("grid")
    if grid is not None and not isinstance(grid, Mapping):
        raise BadTable([(("grid",), f"expected a table, came {shown(grid)}")])
    try:
        return catalogue.make(name, **{str(k): v for k, v in table.items() if k not in ("name", *OWN[1:4])})
    except (ValueError, TypeError, OverflowError, MemoryError) as error:
        raise BadTable([((), str(error) or type(error).__name__)]) from error


def _own(table: Mapping[str, Any]) -> Task:
    """A task of a grid, with no rules yet."""
    problems: list[Fault] = []
    for key in table:
        if key not in OWN:
            near = nearest(str(key), OWN)
            why = f"unknown key, expected one of {', '.join(OWN)}, or the name of a ready task{near}"
            problems.append(((str(key)[:80],), why))
    grid, delayed, made = table.get("grid", {}), table.get("delayed", False), None
    if not isinstance(grid, Mapping):
        problems.append((("grid",), f"expected a table, came {shown(grid)}"))
    else:
        try:
            made = make(Grid, grid)
        except BadTable as error:
            problems += [(("grid", *path), line) for path, line in error.problems]
    if not isinstance(delayed, bool):
        problems.append((("delayed",), f"expected true or false, came {shown(delayed)}"))
    if not table.get("rules") and not table.get("final") and "reward" not in table:
        problems.append((("rules",), "expected one or more, or a final reward"))
    if problems or made is None:
        raise BadTable(problems)
    return Task(made, Reward(), delayed=bool(delayed))


def _merged(
    key: str,
    table: Mapping[str, Any],
    kinds: tuple[str, ...],
    present: Mapping[Any, float],
    groups: Groups | None,
    problems: list[Fault],
) -> Weights:
    """The weights of a task's rules or measures, with a table's changes.

    An entry changes the task's first part of its class that no entry before has changed; without one it is added.
    Faults are added to `problems`.
    """
    entries, weights, untouched = table.get(key, ()), dict(present), list(present)
    if not isinstance(entries, (list, tuple)):
        problems.append(((key,), f"expected a list of tables, came {shown(entries)}"))
        return weights
    for i, entry in enumerate(entries):
        try:
            weights = _with(entry, kinds, weights, untouched, groups)
        except BadTable as error:
            problems += [((key, str(i), *path), line) for path, line in error.problems]
    return weights


def _with(entry: Any, kinds: tuple[str, ...], weights: Weights, untouched: list[Any], groups: Groups | None) -> Weights:
    """The weights with one entry more, or one changed; weight 0 leaves a part out."""
    entry = {"kind": entry} if isinstance(entry, str) else entry
    if not isinstance(entry, Mapping):
        raise BadTable([((), f"expected a table with a kind, came {shown(entry)}")])
    parameters = {k: v for k, v in entry.items() if k not in ("weight", *(("group",) if groups is not None else ()))}
    old = _same_kind(parameters, kinds, untouched)
    part = build(_fields(old) | parameters if old is not None else parameters, kinds)
    weight = _weight(part, entry.get("weight", weights.get(old, 1.0)), kinds)
    if part != old and part in weights:
        raise BadTable([((), f"{shown(part)} is there twice")])
    if old is not None:
        untouched.remove(old)
        order = [(part if p == old else p, weight if p == old else w) for p, w in weights.items()]
    else:
        order = [*weights.items(), (part, weight)]
    if groups is not None:
        _regroup(groups, old, part, entry.get("group"))
    return {p: w for p, w in order if not (p == part and weight == 0)}


def _same_kind(parameters: Mapping[str, Any], kinds: tuple[str, ...], untouched: Sequence[Any]) -> Any:
    """The first part of an entry's class, or None."""
    kind = parameters.get("kind")
    if not isinstance(kind, str):
        return None
    return next((part for part in untouched if type(part).__name__.lower() == kind.lower() and ":" not in kind), None)


def _fields(part: Any) -> dict[str, Any]:
    """The parameters of a part."""
    return {f.name: getattr(part, f.name) for f in dataclasses.fields(part) if f.init}


def _weight(part: Any, weight: Any, kinds: tuple[str, ...]) -> float:
    """A weight, after a check of it and of the part."""
    if isinstance(weight, bool) or not isinstance(weight, (int, float)):
        raise BadTable([(("weight",), f"expected a number, came {shown(weight)}")])
    try:
        Reward({part: weight}) if kinds is RULES else Reward({}, {part: weight})
    except TypeError:
        raise BadTable([((), f"{shown(part)} is not hashable; use @dataclass(frozen=True)")]) from None
    except ValueError as error:
        raise BadTable([((), str(error))]) from error
    return float(weight)


def _regroup(groups: Groups, old: Any, part: Any, group: Any) -> None:
    """Put a part into the groups of the one that it replaces, and into the group that its entry names."""
    if old is not None:
        groups.update({name: tuple(part if m == old else m for m in members) for name, members in groups.items()})
    if group is None:
        return
    if not isinstance(group, str):
        raise BadTable([(("group",), f"expected a text, came {shown(group)}")])
    groups[group] = (*(m for m in groups.get(group, ()) if m != part), part)
