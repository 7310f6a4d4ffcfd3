"""Settings of a study's table such as `methods.ga.population=500`, and names of `core.toml` that studies use."""

from __future__ import annotations

import re
from typing import Any

from evomusic.core.theory import nearest
from evomusic.core.toml import ConfigError as ConfigError
from evomusic.core.toml import key_of as key_of
from evomusic.core.toml import parse as parse
from evomusic.core.toml import read_text as read_text
from evomusic.core.toml import to_toml as to_toml
from evomusic.core.toml import written as written

NAMED = {"tasks": "name", "methods": "kind"}  # tables whose entries may be a mere name, and its key


def set_value(table: dict[str, Any], text: str) -> None:
    """Set one value in a study's table, by a text such as `methods.ga.population=500`.

    Raises:
        ConfigError: it has another form, or names what the study does not have.
    """
    key, equals, value = text.partition("=")
    shown = f"-s {text if len(text) <= 80 else text[:77] + '...'}".replace("\n", " ")
    path = _path(key) if equals and len(text.splitlines()) == 1 else []
    if not path:
        raise ConfigError([f"{shown}: expected key=value, such as methods.ga.population=500"])
    at: Any = table
    for depth, part in enumerate(path[:-1]):
        if depth == 1 and path[0] in NAMED and part not in at:
            raise ConfigError([f"{shown}: the study has no {path[0]} {part!r}{nearest(part, at)}"])
        if depth == 1 and path[0] in NAMED and isinstance(at[part], str):
            at[part] = {NAMED[path[0]]: at[part]}
        at = _item(at, part, shown) if isinstance(at, list) else at.setdefault(part, {})
        if not isinstance(at, (dict, list)):
            raise ConfigError([f"{shown}: {'.'.join(path[: depth + 1])} is {at!r}, not a table"])
    last: Any = path[-1]
    if isinstance(at, list):
        _item(at, last, shown)
        last = int(last)
    at[last] = _value(value.strip(), shown)


def _item(items: list[Any], part: str, shown: str) -> Any:
    """An item of a list by its number, from 0."""
    if not part.isdecimal() or len(part) > 9 or int(part) >= len(items):
        raise ConfigError([f"{shown}: there is no entry {part!r} in a list of {len(items)}, counted from 0"])
    return items[int(part)]


def _path(key: str) -> list[str]:
    """The parts of a dotted key; none where it is no key."""
    try:
        table: Any = parse(f"{key} = 0", "")
    except ConfigError:
        return []
    path = []
    while isinstance(table, dict) and len(table) == 1:
        ((part, table),) = table.items()
        path.append(part)
    return path if table == 0 else []


def _value(text: str, shown: str) -> Any:
    """A TOML value, or a number such as .5 or 5.; what is neither is a string, so that `view=short` needs no quotes."""
    if re.fullmatch(r"[+-]?(\.\d+|\d+\.)", text):
        return float(text)
    try:
        return parse(f"value = {text}", shown)["value"]
    except ConfigError as error:
        if "not valid TOML" in error.lines[0]:
            return text
        raise
