"""Public names that are imported when they are first used."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazy(package: str, where: Mapping[str, str], modules: tuple[str, ...] = ()) -> Callable[[str], Any]:
    """A package's `__getattr__`: names by the module that they live in, then modules by themselves.

    Args:
        package: its full name.
        where: module, relative to the package, by public name.
        modules: submodules that are public themselves.
    """

    def get(name: str) -> Any:
        if name in where:
            value = getattr(import_module(f"{package}.{where[name]}"), name)
        elif name in modules:
            value = import_module(f"{package}.{name}")
        else:
            import difflib

            close = difflib.get_close_matches(name, [*modules, *where], n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise AttributeError(f"{package} has no {name!r}{hint}")
        setattr(sys.modules[package], name, value)
        return value

    return get
