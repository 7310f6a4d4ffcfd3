"""Public names that are imported when they are first used. The stub beside a module is the one list of its names."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any


def names_of(package: str, page: Path) -> dict[str, tuple[str, str]]:
    """Public names that a stub lists: the module that each is imported from, and its name there ("" for the module).

    Args:
        package: full name that the stub's relative imports start from.
        page: the stub. It says `from .module import Name as Name`, `from . import module as module` for a submodule
            that is public itself, and `from .page import *` for all names of another stub beside it.
    """
    names: dict[str, tuple[str, str]] = {}
    for line in ast.parse(page.read_text(encoding="utf-8")).body:
        if not isinstance(line, ast.ImportFrom) or not line.level:
            continue
        for alias in line.names:
            if line.module is None:
                names[alias.name] = f"{package}.{alias.name}", ""
            elif alias.name == "*":
                names |= names_of(package, page.with_name(f"{line.module}.pyi"))
            else:
                names[alias.name] = f"{package}.{line.module}", alias.name
    return names


def lazy(module: str, file: str) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """A module's `__getattr__`, `__dir__` and `__all__` by the stub that stands beside its file.

    Args:
        module: its `__name__`.
        file: its `__file__`.
    """
    page = Path(file)
    package = module if page.stem == "__init__" else module.rpartition(".")[0]
    where = names_of(package, page.with_suffix(".pyi"))

    def get(name: str) -> Any:
        if name not in where:
            import difflib

            close = difflib.get_close_matches(name, where, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise AttributeError(f"{module} has no {name!r}{hint}")
        home, attribute = where[name]
        found = import_module(home)
        value = getattr(found, attribute) if attribute else found
        setattr(sys.modules[module], name, value)
        return value

    return get, lambda: sorted([*where, *(n for n in vars(sys.modules[module]) if n.startswith("__"))]), [*where]
