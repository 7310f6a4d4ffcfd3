"""A study: tasks x methods x seeds with one budget, from TOML or from Python, checked as a whole."""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module, resources
from pathlib import Path
from typing import Any

import numpy as np

from evomusic.core.checks import shown as value_shown
from evomusic.core.theory import nearest
from evomusic.study.build import VERBS, BadTable, Problem, build_method
from evomusic.study.registry import look_in
from evomusic.study.rewards import with_rewards
from evomusic.study.sweep import BARRED, CELLS, axes_of, expanded, size
from evomusic.study.tasks import build_task
from evomusic.study.toml import ConfigError as ConfigError
from evomusic.study.toml import parse, read_text
from evomusic.study.toml import set_value as set_value

__all__ = [
    "QUICKSTART",
    "ConfigError",
    "Study",
    "changed",
    "checked",
    "quickstart",
    "read_study",
    "set_value",
    "text_of",
]

QUICKSTART = "quickstart.toml"
NUMBERS = {"steps": (1, 10**15), "seeds": (1, 10_000), "seed": (0, 2**128 - 1)}  # least and greatest


@dataclass(frozen=True, kw_only=True)
class Study:
    """Tasks x methods x seeds with one budget.

    Args:
        tasks: a task, or a table that `evomusic.study.tasks` makes into one, by label.
        methods: a method, or a table with its kind and its parameters, by label.
        steps: budget of every cell, in tokens.
        seeds: number of seeds that each method has on each task.
        seed: root of all seeds.

    Raises:
        ConfigError: something is wrong; a ValueError with a line for everything that is.
    """

    tasks: Mapping[str, Any]
    methods: Mapping[str, Any]
    steps: int = 1_000_000
    seeds: int = 5
    seed: int = 0

    def __post_init__(self) -> None:
        """Check everything, and make tables into tasks and methods."""
        problems: list[Problem] = []
        for name in NUMBERS:
            self._set(name, _number, problems)
        self._set("tasks", lambda _, value: _entries(value, build_task), problems)
        self._set("methods", lambda _, value: _entries(value, _method), problems)
        if not problems:
            for label, task in self.tasks.items():
                if task.grid.steps > self.steps:
                    least = f"expected at least {task.grid.steps}: a melody of task {label!r}"
                    problems.append(((), f"steps is {self.steps}, {least}"))
        if problems:
            raise ConfigError(_lines(problems))

    def _set(self, name: str, convert: Callable[[str, Any], Any], problems: list[Problem]) -> None:
        """Replace a field by what it is converted to, or note what is wrong with it."""
        try:
            object.__setattr__(self, name, convert(name, getattr(self, name)))
        except BadTable as error:
            problems += [((name, *path), line) for path, line in error.problems]
        except RecursionError:
            problems.append(((name,), "is nested too deeply"))

    def _repr_html_(self) -> str:
        """Tasks, methods and budget in a notebook: what the study will do."""
        return import_module("evomusic.report.runs").study_html(self)  # by name: it stands on a higher floor

    @classmethod
    def read(cls, path: str | os.PathLike[str] | None = None, overrides: Sequence[str] = ()) -> Study:
        """The study of a TOML file, or the quickstart; `overrides` are such as `methods.ga.population=500`.

        Raises:
            ConfigError: the file or an override is wrong; holds a line for each fault.
        """
        return read_study(text_of(path), overrides, QUICKSTART if path is None else Path(path).name)


def _number(name: str, value: Any) -> int:
    """A whole number between bounds; 1e6 is a float in TOML."""
    low, high = NUMBERS[name]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise BadTable([((), f"expected a whole number, came {value_shown(value)}")])
    if not low <= value <= high:
        bound = f"{low} or more" if value < low else f"{high} or less"
        raise BadTable([((), f"expected {bound}, came {value_shown(value)}")])
    return int(value)


def _entries(table: Any, convert: Callable[[Any], Any]) -> dict[str, Any]:
    """The entries of a table by their labels, converted."""
    if not isinstance(table, Mapping):
        raise BadTable([((), f"expected a table, came {value_shown(table)}")])
    if not table:
        raise BadTable([((), f"expected one or more, came {value_shown(table)}")])
    entries: dict[str, Any] = {}
    problems: list[Problem] = []
    for label, value in table.items():
        try:
            _check_label(label)
            entries[label] = convert(value)
        except BadTable as error:
            problems += [((str(label)[:80], *path), line) for path, line in error.problems]
    if problems:
        raise BadTable(problems)
    return entries


def _check_label(label: Any) -> None:
    """Labels name folders and columns."""
    if (
        not isinstance(label, str)
        or not label
        or label[0] in ".-"
        or len(label) > 80
        or any(c in BARRED or c < " " for c in label)
    ):
        why = f"expected a label that can name a folder: none of {BARRED}, no dot or dash in front"
        raise BadTable([((), why)])


def _method(value: Any) -> Any:
    """A method, itself or by kind and parameters."""
    if isinstance(value, str):
        value = {"kind": value}
    if isinstance(value, Mapping):
        return build_method(value)
    missing = [verb for verb in VERBS if not callable(getattr(value, verb, None))]
    if missing or isinstance(value, type):
        why = f"it has no {' and no '.join(missing)}" if missing else "it is a class, not an object of it"
        raise BadTable([((), f"expected a method or a table with a kind, came {value_shown(value)}: {why}")])
    return value


def quickstart() -> str:
    """The text of the study that `evomusic compare` runs by itself."""
    return resources.files("evomusic.study").joinpath(QUICKSTART).read_text(encoding="utf-8")


def text_of(path: str | os.PathLike[str] | None) -> str:
    """The text of a study's file, or of the quickstart; rewards of listeners that it names are written out in it.

    Raises:
        ConfigError: it cannot be read.
    """
    if path is None:
        return quickstart()
    text = read_text(path)
    look_in(Path(path).parent)  # for `kind = "module:Name"`
    return with_rewards(text, Path(path).name, Path(path).parent)


def read_study(text: str, overrides: Sequence[str], shown: str) -> Study:
    """The study of a TOML text; `shown` names it in errors.

    Raises:
        ConfigError: it is none; holds a line for each fault.
    """
    table = parse(text, shown)
    for override in overrides:
        set_value(table, override)
    return checked(table, shown)


def checked(table: Mapping[str, Any], shown: str) -> Study:
    """The study of a table.

    Raises:
        ConfigError: it is none; holds a line for each fault.
    """
    if "sweep" not in table:
        return _checked(table, shown)
    faults: list[str] = []
    axes = axes_of(table, faults)
    plain = {key: value for key, value in table.items() if key != "sweep"}
    if faults:
        raise ConfigError([f"{shown}: {fault}" for fault in faults])
    if not axes or not all(isinstance(table.get(name), Mapping) for name in ("tasks", "methods")):
        return _checked(plain, shown)
    try:
        study = _checked(expanded(plain, axes, first=True), shown)  # a wrong key is one line
        cells = math.prod(size(plain, axes, name) for name in ("tasks", "methods")) * study.seeds
        if cells > CELLS:
            raise ValueError(f"sweep: makes {cells:,} cells, expected {CELLS:,} or fewer")
        return _checked(expanded(plain, axes), shown)
    except ConfigError:
        raise
    except ValueError as error:
        raise ConfigError([f"{shown}: {error}"]) from None


def _checked(table: Mapping[str, Any], shown: str) -> Study:
    """The study of a table without a sweep."""
    names = [field.name for field in dataclasses.fields(Study)]
    order = [*NUMBERS, "tasks", "methods", "sweep"]  # of keys in errors
    strange = [key for key in table if key not in names]
    missing = [name for name in ("tasks", "methods") if name not in table]
    lines = [f"{name}: is missing" for name in missing]
    unknown = f"unknown key, expected one of {', '.join(order)}"
    lines += [f"{key[:80]}: {unknown}{nearest(key, order)}" for key in strange]
    values = {name: table[name] for name in names if name in table}
    try:
        study = Study(**({name: {} for name in missing} | values))
    except ConfigError as error:
        lines = [line for line in error.lines if line.split(":")[0] not in missing] + lines
    if lines:
        raise ConfigError([f"{shown}: {line}" for line in lines])
    return study


def changed(study: Study, numbers: Mapping[str, Any]) -> Study:
    """A study with other numbers.

    Raises:
        ConfigError: they do not fit.
    """
    return dataclasses.replace(study, **numbers)


def _lines(problems: Sequence[Problem]) -> list[str]:
    """A line for each fault: key path, what was expected, what came, the nearest valid name."""
    return [" ".join(": ".join(p for p in (".".join(path), line) if p).splitlines()) for path, line in problems]
