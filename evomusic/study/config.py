"""A study: tasks x methods x seeds with one budget, from TOML or from Python, checked as a whole."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from evomusic.core.task import Task
from evomusic.core.theory import nearest
from evomusic.study.build import BadTable, Problem, build_method

QUICKSTART = "quickstart.toml"
BARRED = '/\\:*?"<>|,'  # what labels may not hold


class ConfigError(ValueError):
    """A study that cannot be run; a line for everything that is wrong with it."""

    def __init__(self, lines: Sequence[str]):
        super().__init__("\n".join(lines))
        self.lines = tuple(lines)


def _whole(value: object) -> object:
    """1e6 is a float in TOML and on the command line."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _label(label: str) -> str:
    """Labels name folders and columns."""
    if not label or label[0] in ".-" or len(label) > 80 or any(c in BARRED or c < " " for c in label):
        raise ValueError(f"expected a label that can name a folder: none of {BARRED}, no dot or dash in front")
    return label


def _task(given: Any) -> Task:
    """A task, itself or by the catalogue's name and its parameters."""
    from evomusic import catalogue

    if isinstance(given, Task):
        return given
    if isinstance(given, str):
        given = {"name": given}
    if not isinstance(given, Mapping):
        raise BadTable([((), f"expected a table with a name, came {given!r}")])
    name = given.get("name")
    if not isinstance(name, str):
        came = "nothing" if name is None else repr(name)
        raise BadTable([(("name",), f"expected one of {', '.join(catalogue.tasks())}, came {came}")])
    try:
        return catalogue.make(name, **{k: v for k, v in given.items() if k != "name"})
    except (ValueError, TypeError) as error:
        raise BadTable([((), str(error))]) from error


def _method(given: Any) -> Any:
    """A method, itself or by kind and parameters."""
    if isinstance(given, str):
        given = {"kind": given}
    if isinstance(given, Mapping):
        return build_method(given)
    missing = [verb for verb in ("init", "step", "deliver") if not callable(getattr(given, verb, None))]
    if missing or isinstance(given, type):
        why = f"it has no {' and no '.join(missing)}" if missing else "it is a class, not an object of it"
        raise BadTable([((), f"expected a method or a table with a kind, came {given!r}: {why}")])
    return given


Whole = Annotated[int, BeforeValidator(_whole)]
Label = Annotated[str, AfterValidator(_label)]


class Study(BaseModel):
    """Tasks x methods x seeds with one budget.

    Args:
        tasks: a task, or a table with its name in the catalogue and its parameters, by label.
        methods: a method, or a table with its kind and its parameters, by label.
        steps: budget of every cell.
        seeds: how many seeds each method has on each task.
        seed: root of all seeds.

    Raises:
        ValueError: something is wrong; all of it is said at once.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, strict=True)

    steps: Whole = Field(default=1_000_000, ge=1)
    seeds: Whole = Field(default=5, ge=1, le=10_000)
    seed: Whole = Field(default=0, ge=0)
    tasks: dict[Label, Annotated[Any, BeforeValidator(_task)]] = Field(min_length=1)
    methods: dict[Label, Annotated[Any, BeforeValidator(_method)]] = Field(min_length=1)

    def model_post_init(self, context: Any) -> None:
        """Every budget must pay for a melody."""
        for label, task in self.tasks.items():
            least = task.grid.steps
            if least > self.steps:
                raise ValueError(f"steps is {self.steps}, expected at least {least}: a melody of task {label!r}")

    @classmethod
    def read(cls, path: str | Path | None = None, overrides: Sequence[str] = ()) -> Study:
        """The study of a TOML file, or the quickstart; `overrides` are such as `methods.ga.population=500`.

        Raises:
            ConfigError: the file or an override is wrong; holds a line for each fault.
        """
        return read_study(text_of(path), overrides, QUICKSTART if path is None else Path(path).name)


def quickstart() -> str:
    """The text of the study that `evomusic compare` runs by itself."""
    return resources.files("evomusic.study").joinpath(QUICKSTART).read_text(encoding="utf-8")


def text_of(path: str | os.PathLike[str] | None) -> str:
    """The text of a study's file, or of the quickstart.

    Raises:
        ConfigError: it cannot be read.
    """
    if path is None:
        return quickstart()
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError([f"{path}: cannot be read: {why}"]) from None


def read_study(text: str, overrides: Sequence[str], shown: str) -> Study:
    """The study of a TOML text; `shown` names it in errors."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"{shown}: not valid TOML: {error}"]) from None
    for override in overrides:
        set_value(table, override)
    return checked(table, shown)


def checked(table: Mapping[str, Any], shown: str) -> Study:
    """The study of a table.

    Raises:
        ConfigError: it is none; holds a line for each fault.
    """
    try:
        return Study(**table)
    except ValidationError as error:
        raise ConfigError([f"{shown}: {line}" if shown else line for line in lines_of(error)]) from None


def changed(study: Study, numbers: dict[str, int]) -> Study:
    """A study with other numbers.

    Raises:
        ConfigError: they do not fit.
    """
    return checked(dict(study) | numbers, "")


def set_value(table: dict[str, Any], text: str) -> None:
    """Set one value in a study's table, by a text such as `methods.ga.population=500`.

    Raises:
        ConfigError: it has another form, or names what the study does not have.
    """
    key, equals, value = text.partition("=")
    try:
        path = _path(tomllib.loads(f"{key} = 0"))
    except tomllib.TOMLDecodeError:
        path = []
    if not equals or not path:
        raise ConfigError([f"-s {text}: expected key=value, such as methods.ga.population=500"])
    at = table
    for depth, part in enumerate(path[:-1]):
        if depth == 1 and path[0] in ("tasks", "methods") and part not in at:
            raise ConfigError([f"-s {text}: the study has no {path[0]} {part!r}{nearest(part, at)}"])
        at = at.setdefault(part, {})
        if not isinstance(at, dict):
            raise ConfigError([f"-s {text}: {'.'.join(path[: depth + 1])} is {at!r}, not a table"])
    at[path[-1]] = toml_value(value.strip())


def _path(table: dict[str, Any]) -> list[str]:
    """The keys of a table of one value, outermost first."""
    ((key, inner),) = table.items()
    return [key, *(_path(inner) if isinstance(inner, dict) else [])]


def toml_value(text: str) -> Any:
    """A TOML value; what is none is a string, so that `view=short` needs no quotes."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def lines_of(error: ValidationError) -> list[str]:
    """A line for each fault: key path, what was expected, what came, the nearest valid name."""
    return [line for fault in error.errors() for line in _lines(fault)]


def _lines(fault: Any) -> list[str]:
    path = tuple(str(p) for p in fault["loc"] if p != "[key]")
    cause = fault.get("ctx", {}).get("error")
    problems: Sequence[Problem] = cause.problems if isinstance(cause, BadTable) else [((), _said(fault))]
    return [": ".join(p for p in (".".join(path + sub), line) if p) for sub, line in problems]


def _said(fault: Any) -> str:
    """One of pydantic's faults in a user's words."""
    kind, limits = fault["type"], fault.get("ctx", {})
    if kind == "extra_forbidden":
        key, names = str(fault["loc"][-1]), list(Study.model_fields)
        return f"unknown key, expected one of {', '.join(names)}{nearest(key, names)}"
    if kind == "value_error":
        return str(fault["msg"]).removeprefix("Value error, ")
    words = {
        "missing": "is missing",
        "too_short": "expected one or more",
        "dict_type": "expected a table",
        "greater_than_equal": f"expected {limits.get('ge')} or more",
        "less_than_equal": f"expected {limits.get('le')} or less",
    }
    said = words.get(kind, "expected a whole number" if kind.startswith("int_") else str(fault["msg"]))
    return said if kind == "missing" else f"{said}, came {fault['input']!r}"
