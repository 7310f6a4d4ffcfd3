"""`tasks`, `methods`, `rules` and `style`."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Sequence
from inspect import signature
from typing import Any

import evomusic
from evomusic.commands.output import OK, print_json, print_rows


def tasks(json: bool) -> int:
    """The ready tasks."""
    from evomusic.catalogue import TASKS, tasks

    listed = [
        {
            "name": name,
            "about": about,
            "parameters": {k: p.default for k, p in signature(TASKS[name]).parameters.items()} | {"delayed": False},
        }
        for name, about in tasks().items()
    ]
    return _show(listed, json)


def methods(json: bool) -> int:
    """The methods, and their short names: the quickstart's labels first."""
    from evomusic.study.config import quickstart
    from evomusic.study.registry import METHODS, SHORT

    labels: dict[str, list[str]] = {}
    for label, table in (tomllib.loads(quickstart())["methods"] | SHORT).items():
        labels.setdefault(table["kind"], []).append(label)
    listed = [_entry(getattr(evomusic, kind)) | {"short names": labels.get(kind, [])} for kind in METHODS]
    return _show(listed, json)


def rules(json: bool) -> int:
    """The catalogue of rules."""
    from evomusic.rules import CATALOGUE

    return _show([_entry(rule) for rule in CATALOGUE.values()], json)


def _entry(cls: Any) -> dict[str, Any]:
    """Name, first line of the docstring, and parameters with their defaults."""
    from evomusic.study.build import describe

    defaults = {f.name: describe(_default(f)) for f in dataclasses.fields(cls) if f.init}
    return {"name": cls.__name__, "about": (cls.__doc__ or "").splitlines()[0], "parameters": defaults}


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return "needed" if field.default is dataclasses.MISSING else field.default


def _show(listed: Sequence[dict[str, Any]], json: bool) -> int:
    if json:
        print_json(listed)
        return OK
    header = [name for name in listed[0] if name != "parameters"] + ["parameters"]
    print_rows(header, [[_plain(item[name]) for name in header] for item in listed])
    return OK


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        if "kind" in value:
            return str(value["kind"])
        return ", ".join(f"{k} = {_short(_plain(v))}" for k, v in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _short(text: str) -> str:
    return text if len(text) <= 24 else text[:21] + "..."


def style(arguments: Sequence[str]) -> int:
    """Hand over to `python -m evomusic.corpus`."""
    from evomusic.corpus.command import main

    try:
        return main(arguments)
    except SystemExit as end:  # argparse
        return int(end.code or OK) if not isinstance(end.code, str) else 2
