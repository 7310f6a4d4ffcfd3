"""TOML of a study from Python, where every task and method of it can be told by a table; and of the union of studies.

A text of a study from Python is only written after it has been read back: the study that it makes must have equal tasks
and methods.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evomusic import catalogue
from evomusic.core.grid import Grid
from evomusic.core.metre import METRES, metre
from evomusic.core.task import Task
from evomusic.study.build import describe
from evomusic.study.config import ConfigError, Study, read_study
from evomusic.study.registry import MEASURES, METHODS, PARTS, RULES
from evomusic.study.sweep import axes_of, expanded
from evomusic.study.toml import key_of, parse, set_value, to_toml, written

HEAD = "# Written by evomusic from a study in Python."
MERGED = "# Written by `evomusic merge` from several studies.\n"
SHIPPED = {*METHODS, *PARTS, *RULES, *MEASURES}


def toml_of(study: Study) -> str | None:
    """The text of a study's file, or None where a task or a method cannot be told by a table.

    Classes of a script or a notebook cannot, nor can tasks with a generator or a song of their own.
    """
    if not all(hasattr(task, "reward") for task in study.tasks.values()):
        return None  # it went through pickle
    try:
        text = "\n".join(_lines(study))
        read = read_study(text, (), "study.toml")
    except (TypeError, ConfigError):  # a value that TOML does not have; a table that makes no object
        return None
    tasks = all(_same(task, read.tasks[label]) for label, task in study.tasks.items())
    methods = all(
        type(method) is type(read.methods[label]) and describe(method) == describe(read.methods[label])
        for label, method in study.methods.items()
    )
    return text if tasks and methods else None


def union_toml(texts: Sequence[tuple[str, Sequence[str]]], union: Mapping[str, Any]) -> str:
    """The text of a study of all tasks and methods of several; of two that are alike, as the first has it.

    Args:
        texts: of each study's file, and its settings such as `methods.ga.population=500`.
        union: the whole study, resolved: its numbers, and the order of its labels.
    """
    tables = []
    for text, settings in texts:
        table = parse(text, "study.toml")
        for setting in settings:
            set_value(table, setting)
        tables.append(expanded(table, axes_of(table, [])))
    parts = {
        kind: {label: next(t[kind][label] for t in tables if label in t[kind]) for label in union[kind]}
        for kind in ("tasks", "methods")
    }
    return MERGED + to_toml({name: union[name] for name in ("steps", "seeds", "seed")} | parts)


def _lines(study: Study) -> Iterator[str]:
    yield HEAD
    yield from (f"{name} = {getattr(study, name)}" for name in ("steps", "seeds", "seed"))
    for label, task in study.tasks.items():
        yield from _table(("tasks", label), _ready(task) or _own(task))
    for label, method in study.methods.items():
        yield from _table(("methods", label), _part(method))
    yield ""


def _table(path: tuple[str, str], table: Mapping[str, Any]) -> Iterator[str]:
    yield f"\n[{path[0]}.{key_of(path[1])}]"
    for key, value in table.items():
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            yield f"{key} = [\n" + "".join(f"  {written(item)},\n" for item in value) + "]"
        else:
            yield f"{key} = {written(value)}"


def _part(thing: Any) -> Any:
    """A part as a table: its kind, and the parameters that are not None."""
    if isinstance(thing, (tuple, list)):
        return [_part(item) for item in thing]
    if not dataclasses.is_dataclass(thing) or isinstance(thing, type):
        return describe(thing)
    cls = type(thing)
    shipped = cls.__module__.startswith("evomusic.") and cls.__name__ in SHIPPED
    table = {"kind": cls.__name__ if shipped else f"{cls.__module__}:{cls.__qualname__}"}
    values = {f.name: _part(getattr(thing, f.name)) for f in dataclasses.fields(thing) if f.init}
    return table | {name: value for name, value in values.items() if value is not None}


def _own(task: Task) -> dict[str, Any]:
    """A task's table with its grid and rules."""
    groups = {rule: name for name, members in task.reward.groups.items() for rule in members}
    grid = {name: value for name, value in task.grid.to_dict().items() if value is not None}
    rules = [
        _part(rule) | {"weight": float(weight)} | ({"group": groups[rule]} if rule in groups else {})
        for rule, weight in task.reward.rules.items()
    ]
    final = [_part(measure) | {"weight": float(weight)} for measure, weight in task.reward.final.items()]
    every = {"grid": grid, "rules": rules, "final": final, "delayed": task.delayed}
    return {key: describe(value) for key, value in every.items() if value not in ([], False)}


def _ready(task: Task) -> dict[str, Any] | None:
    """The table of a task of the catalogue, or None where no plain parameters make it."""
    if task.name not in catalogue.TASKS:
        return None
    style = next((str(rule.style) for rule in task.reward.rules if hasattr(rule, "style")), "")
    found: dict[str, Any] = {"bars": task.grid.bars, "key": task.grid.scale, "style": style, "metre": _metre(task.grid)}
    found["pickup"] = task.grid.pickup_beats
    names = inspect.signature(catalogue.TASKS[task.name]).parameters
    parameters: dict[str, Any] = {name: value for name, value in found.items() if name in names and value}
    parameters |= {"delayed": True} if task.delayed else {}
    try:
        made = catalogue.make(task.name, **parameters)
    except ValueError:
        return None
    return {"name": task.name, **parameters} if _same(task, made) else None


def _metre(grid: Grid) -> str:
    """The name of a grid's metre in sixteenths; empty for 4/4, which tasks have anyway, and for one without a name."""
    fields = {"beats": grid.beats, "steps_per_beat": grid.steps_per_beat} | ({"beat": grid.beat} if grid.beat else {})
    return next((name for name in METRES if name != "4/4" and metre(name) == fields), "")


def _same(one: Task, other: Task) -> bool:
    """Whether two tasks are made of equal parts."""
    return _parts(one) == _parts(other)


def _parts(task: Task) -> tuple[Any, ...]:
    reward = task.reward
    groups = {name: tuple(members) for name, members in reward.groups.items()}
    return task.name, task.grid, reward.rules, reward.final, groups, task.generator, task.song, task.delayed
