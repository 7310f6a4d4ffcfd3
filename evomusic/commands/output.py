"""Parts that the commands share: tables for people, JSON for programs, exit codes, and errors in one line."""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from rich.console import Console

LARGEST = 10**15  # of counts
LONGEST = 1000  # characters of an error's line
WIDE = 200  # columns where stdout is no terminal

OK: Final = 0
FAILED: Final = 1  # what was asked for did not come out well
USAGE: Final = 2  # usage or configuration
RUN: Final = 3  # a run that is locked or damaged
INPUT: Final = 4  # a bad input file
IO: Final = 74  # input or output, such as a full disk
INTERRUPTED: Final = 130


def console() -> Console:
    """Stdout; as wide as the terminal, or wide where there is none."""
    from rich.console import Console

    width = None if sys.stdout.isatty() or os.environ.get("COLUMNS") else WIDE
    return Console(width=width, markup=False, highlight=False)


def print_json(value: Any) -> None:
    """A value as JSON."""
    print(json.dumps(value, indent=1, ensure_ascii=False))


def print_rows(header: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int] = ()) -> None:
    """A table; the columns numbered in `right` are flush right."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for i, name in enumerate(header):
        table.add_column(name, justify="right" if i in right else "left", no_wrap=i in right)
    for row in rows:
        table.add_row(*row)
    console().print(table)


def say(text: str) -> None:
    """Print a line on stderr; nobody may be reading."""
    with contextlib.suppress(OSError):
        print(f"evomusic: {text}", file=sys.stderr, flush=True)


def count(name: str, text: str) -> int:
    """A whole number such as 1000000 or 1e6.

    Raises:
        UsageError: the text is none; hints at a number that may be meant.
    """
    try:
        value = Decimal(text if len(text) <= 40 else "")
        whole = value == value.to_integral_value() and abs(value) <= LARGEST
    except InvalidOperation:  # NaN too
        whole = False
    if not whole:
        shown = text if re.fullmatch(r"[\w.+-]{1,40}", text) else repr(text[:40])
        raise UsageError(f"{name} is {shown}, expected a whole number, such as 1e6{_meant(text)}")
    return int(value)


def _meant(text: str) -> str:
    """A hint for numbers with a suffix: 1m is 1e6."""
    powers = {"k": "e3", "m": "e6", "g": "e9", "b": "e9"}
    head, suffix = text[:-1], text[-1:].lower()
    return f"; write {head}{powers[suffix]}" if suffix in powers and head.isdigit() and len(head) < 10 else ""


class UsageError(ValueError):
    """Something is wrong with what was asked for."""


class InputError(ValueError):
    """Something is wrong with a file that was given."""


def code_of(error: Exception) -> int | None:
    """The exit code, or None for an error of the program itself."""
    from evomusic.core.automata import TooManyStates
    from evomusic.core.checks import NotInstalled
    from evomusic.io import TuneError
    from evomusic.study.config import ConfigError
    from evomusic.study.folder import RunError

    if isinstance(error, (TuneError, InputError)):
        return INPUT
    if isinstance(error, RunError):
        return RUN
    if isinstance(error, (ConfigError, UsageError, TooManyStates, NotInstalled)):
        return USAGE
    if isinstance(error, OSError):
        return IO
    if isinstance(error, ValueError) and "embedded null" in str(error):  # in a path
        return USAGE
    return None


def lines_of(error: Exception) -> list[str]:
    """The error in lines without breaks."""
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return [f"{where}{error.strerror[0].lower()}{error.strerror[1:]}"]
    text = str(error)
    if code_of(error) == INPUT:
        from evomusic.io.choice import in_options

        text = in_options(text)
    lines = [line for line in text.splitlines() if line.strip()]
    return [line if len(line) <= LONGEST else line[: LONGEST - 3] + "..." for line in lines] or [type(error).__name__]
