"""Objects from tables, such as a method from `{kind = "GA", encoding = {kind = "Notes"}}`, and tables from objects.

Parameters and their types are read off the dataclass: a new method needs no line here.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Union, get_args, get_origin

import numpy as np

from evomusic.core.checks import shown
from evomusic.core.method import Method
from evomusic.core.rule import Measure, Observer, Rule
from evomusic.core.theory import nearest
from evomusic.study.registry import MEASURES, METHODS, OBSERVERS, PARTS, RULES, find, listed

CATALOGUES: dict[Any, tuple[str, ...]] = {Method: METHODS, Rule: RULES, Observer: OBSERVERS, Measure: MEASURES}
VERBS = ("init", "step", "deliver")  # of a method
Problem = tuple[tuple[str, ...], str]  # key path, and what is wrong there


class BadTable(ValueError):
    """A table that makes no object; `problems` has a key path and a line for each fault."""

    def __init__(self, problems: Sequence[Problem]):
        super().__init__("\n".join(": ".join(p for p in (".".join(path), line) if p) for path, line in problems))
        self.problems = tuple(problems)


def build_method(table: Mapping[str, Any]) -> Any:
    """The method that a table with `kind` and parameters describes.

    Raises:
        BadTable: the kind, a parameter's name, type or value is wrong.
    """
    return build(table, METHODS)


def build(table: Mapping[str, Any], kinds: tuple[str, ...], default: type | None = None) -> Any:
    """The object that a table with `kind` and parameters describes.

    Args:
        table: the table.
        kinds: the names to choose from: METHODS, PARTS, RULES or MEASURES.
        default: the class of a table without a kind.

    Raises:
        BadTable: the kind, a parameter's name, type or value is wrong.
    """
    kind = table.get("kind", default and default.__name__)
    if not isinstance(kind, str):
        came = "nothing" if "kind" not in table else shown(kind)
        raise BadTable([(("kind",), f"expected one of {listed(kinds)}, came {came}")])
    try:
        cls = default if default and "kind" not in table else find(kind, kinds)
    except ValueError as error:
        raise BadTable([(("kind",), str(error))]) from None
    missing = [verb for verb in VERBS if not callable(getattr(cls, verb, None))] if kinds is METHODS else []
    if missing:
        raise BadTable([(("kind",), f"{kind} is no method: it has no {' and no '.join(missing)}")])
    return make(cls, {k: v for k, v in table.items() if k != "kind"})


def make(cls: Any, parameters: Mapping[str, Any]) -> Any:
    """An object of a dataclass, its parameters checked by name and type, nested tables made into objects.

    Raises:
        BadTable: says everything that is wrong.
    """
    fields = [f for f in dataclasses.fields(cls) if f.init]
    names, hints = [f.name for f in fields], hints_of(cls)
    problems: list[Problem] = []
    arguments: dict[str, Any] = {}
    for name, value in parameters.items():
        if name not in names:
            near = nearest(name, names)
            problems.append(((name,), f"{cls.__name__} has no such parameter, expected one of {listed(names)}{near}"))
            continue
        try:
            arguments[name] = convert(value, hints.get(name, Any))
        except BadTable as error:
            problems += [((name, *path), line) for path, line in error.problems]
    missing = [f.name for f in fields if f.name not in parameters and not _has_default(f)]
    problems += [((name,), f"is missing; {cls.__name__} needs it") for name in missing]
    if problems:
        raise BadTable(problems)
    try:
        return cls(**arguments)
    except (ValueError, TypeError, OverflowError, MemoryError) as error:
        raise BadTable([((), str(error) or type(error).__name__)]) from error


def _has_default(field: dataclasses.Field[Any]) -> bool:
    return not (field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING)


def hints_of(cls: Any) -> dict[str, Any]:
    """Types of a dataclass's fields; none where they cannot be resolved."""
    try:
        return typing.get_type_hints(cls)
    except NameError:
        return {}


def convert(value: Any, hint: Any) -> Any:
    """A TOML value as a type hint wants it: tables become objects, lists become tuples.

    Raises:
        BadTable: the value does not fit.
    """
    choices = _choices(hint)
    made = next((c for c in choices if dataclasses.is_dataclass(c) or _is_protocol(c)), None)
    kinds = CATALOGUES.get(made, PARTS)
    if isinstance(value, str) and made and str not in choices:
        number = int in choices or float in choices  # what may be a number and is no kind is no number
        named = not number or ":" in value or value.lower() in map(str.lower, kinds)
        value = {"kind": value} if named else value
    if isinstance(value, Mapping) and (made or "kind" in value):
        value = build(value, kinds, made if isinstance(made, type) and not _is_protocol(made) else None)
    elif isinstance(value, list):
        inner = next((get_args(c)[0] for c in choices if get_origin(c) is tuple and get_args(c)[1:] == (...,)), Any)
        value = tuple(convert(item, inner) if isinstance(item, Mapping) else _tuples(item) for item in value)
    if isinstance(value, int) and not isinstance(value, bool) and float in choices and int not in choices:
        return _float(value)
    if isinstance(value, float) and value.is_integer() and int in choices and float not in choices:
        return int(value)  # 1e6 is a float in TOML
    if not any(_fits(value, c) for c in choices):
        raise BadTable([((), f"expected {' or '.join(map(_words, choices))}, came {shown(value)}")])
    return value


def _float(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        raise BadTable([((), f"expected a number, came {shown(value)}")]) from None


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _choices(hint: Any) -> tuple[Any, ...]:
    """The members of a union, or the hint alone."""
    if get_origin(hint) in (Union, types.UnionType):
        return tuple(c for part in get_args(hint) for c in _choices(part))
    return (hint,)


def _fits(value: Any, hint: Any) -> bool:
    origin = get_origin(hint)
    if hint is Any or isinstance(hint, typing.TypeVar):
        return True
    if hint is None or hint is types.NoneType:
        return value is None
    if origin is Literal:
        return value in get_args(hint)
    if origin is tuple:
        return isinstance(value, tuple) and _items_fit(value, get_args(hint))
    if hint in (int, float, complex):
        return isinstance(value, (int, float) if hint is float else hint) and not isinstance(value, bool)
    if origin in (list, Sequence):
        return isinstance(value, Sequence) and not isinstance(value, str)
    cls = origin or hint
    if _is_protocol(cls):
        return not isinstance(value, (bool, int, float, str))  # an object; its own contract checks the rest
    return isinstance(value, cls) if isinstance(cls, type) else True


def _is_protocol(hint: Any) -> bool:
    return bool(getattr(hint, "_is_protocol", False))


def _items_fit(value: tuple[Any, ...], hints: tuple[Any, ...]) -> bool:
    if len(hints) == 2 and hints[1] is Ellipsis:
        return all(any(_fits(v, c) for c in _choices(hints[0])) for v in value)
    return len(value) == len(hints) and all(
        any(_fits(v, c) for c in _choices(h)) for v, h in zip(value, hints, strict=True)
    )


WORDS = {int: "a whole number", float: "a number", str: "a string", bool: "true or false", types.NoneType: "nothing"}


def _words(hint: Any) -> str:
    """A type in a user's words."""
    if get_origin(hint) is Literal:
        return " or ".join(map(repr, get_args(hint)))
    if get_origin(hint) in (tuple, list, Sequence):
        return "a list"
    if hint in WORDS:
        return WORDS[hint]
    if dataclasses.is_dataclass(hint):
        return f"a table for {getattr(hint, '__name__', hint)}"
    return f"a table whose kind is a {getattr(hint, '__name__', hint)}"


def describe(thing: Any) -> Any:
    """An object as JSON can hold it: every parameter of it and of its parts, defaults too."""
    if isinstance(thing, np.generic):
        return thing.item()
    if thing is None or isinstance(thing, (bool, int, float, str)):
        return thing
    if isinstance(thing, Mapping):
        return {str(k): describe(v) for k, v in thing.items()}
    if isinstance(thing, (tuple, list)):
        return [describe(v) for v in thing]
    if isinstance(thing, np.ndarray):
        return thing.tolist()
    if dataclasses.is_dataclass(thing) and not isinstance(thing, type):
        named = {f.name: describe(getattr(thing, f.name)) for f in dataclasses.fields(thing)}
        return {"kind": type(thing).__name__, **named}
    plain = repr(thing)
    return plain if " at 0x" not in plain else {"kind": getattr(thing, "__qualname__", type(thing).__qualname__)}
