"""Printing results: tables for people, JSON for programs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

WIDE = 200  # columns where stdout is no terminal


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
