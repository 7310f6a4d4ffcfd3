"""TOML in bounded time: texts and tables, and one line for whatever is wrong."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

LARGEST = 1_000_000  # characters of a study, and of a setting
PARTS = 100  # of a dotted key; tomllib's time grows with their square
_PART = r"""(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*"""
_LONG_KEY = re.compile(f"(?:{_PART}){{{PARTS}}}")
MOST = 20  # lines of an error


class ConfigError(ValueError):
    """A study that cannot be run; a line for everything that is wrong with it."""

    def __init__(self, lines: Sequence[str]):
        more = [f"... and {len(lines) - MOST:,} more lines like these"] if len(lines) > MOST else []
        self.lines = (*lines[:MOST], *more)
        super().__init__("\n".join(self.lines))


def read_text(path: str | os.PathLike[str]) -> str:
    """The text of a file.

    Raises:
        ConfigError: it cannot be read, or is too large.
    """
    try:
        with Path(path).open("rb") as file:
            text = file.read(LARGEST + 1).decode("utf-8")
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from None
    except ValueError as error:  # no UTF-8, or a null character in the path
        why = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else str(error)
        raise ConfigError([f"{str(path)!r}: cannot be read: {why}"]) from None
    if len(text) > LARGEST:
        raise ConfigError([f"{path}: is larger than {LARGEST:,} characters, expected a study"])
    return text


def parse(text: str, shown: str) -> dict[str, Any]:
    """The table of a TOML text; `shown` names it in errors.

    Raises:
        ConfigError: it is no TOML, nested too deeply, or holds a key or a number that is too long.
    """
    if len(text) > LARGEST or _LONG_KEY.search(text):
        raise ConfigError(
            [f"{shown}: holds a key of more than {PARTS} parts, or is larger than {LARGEST:,} characters"]
        )
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"{shown}: not valid TOML: {error}"]) from None
    except RecursionError:
        raise ConfigError([f"{shown}: is nested too deeply"]) from None
    except ValueError:  # of int()
        raise ConfigError([f"{shown}: holds a number of too many digits"]) from None


def to_toml(table: Mapping[str, Any]) -> str:
    """The TOML text of a table: its values, then a section for each table in it or in those, inner ones in line.

    >>> print(to_toml({"steps": 100, "methods": {"ga": {"kind": "GA", "encoding": {"kind": "Tree"}}}}), end="")
    steps = 100
    <BLANKLINE>
    [methods.ga]
    kind = "GA"
    encoding = { kind = "Tree" }
    """
    lines = [f"{key_of(k)} = {written(v)}" for k, v in table.items() if not isinstance(v, Mapping)]
    for outer, part in table.items():
        if isinstance(part, Mapping):
            loose = {k: v for k, v in part.items() if not isinstance(v, Mapping)}
            if loose or not part:
                lines += ["", f"[{key_of(outer)}]", *(f"{key_of(k)} = {written(v)}" for k, v in loose.items())]
            for inner, section in part.items():
                if isinstance(section, Mapping):
                    lines += ["", f"[{key_of(outer)}.{key_of(inner)}]"]
                    lines += [f"{key_of(k)} = {written(v)}" for k, v in section.items()]
    return "\n".join(lines).lstrip("\n") + "\n"


def key_of(key: str) -> str:
    """A key, in quotes where it needs them."""
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else written(key)


def written(value: Any) -> str:
    """The TOML text of a value, in line.

    Raises:
        TypeError: TOML has no such value.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, str):
        plain = value.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda m: f"\\u{ord(m[0]):04x}", plain) + '"'
    if isinstance(value, Mapping):
        inner = ", ".join(f"{key_of(k)} = {written(v)}" for k, v in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(written, value))}]"
    raise TypeError(f"expected a value that TOML can hold, came {value!r}")
