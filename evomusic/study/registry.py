"""Names for methods and their parts in studies and on the command line.

`evomusic/methods.pyi` lists the methods and `evomusic/parts.pyi` their parts; rules and measures have catalogues.
A method's short name is its class name in lower case with hyphens; configurations that deserve a name of their own
stand in VARIANTS. A class of the user's own is `module:Name`; the module is on Python's path, in the working
directory, or beside the study's file.
"""

from __future__ import annotations

import dataclasses
import importlib
import os
import pkgutil
import re
import sys
from collections.abc import Iterable
from types import ModuleType
from typing import Any

from evomusic import measures, methods, parts, rules
from evomusic.core.checks import shown
from evomusic.core.theory import nearest

METHODS: tuple[str, ...] = tuple(vars(methods)["__all__"])  # stubs say no __all__: it would hide their names
PARTS: tuple[str, ...] = tuple(vars(parts)["__all__"])
RULES, MEASURES = tuple(rules.CATALOGUE), tuple(measures.MEASURES)
OBSERVERS = (*PARTS, *RULES)  # of a view: its own parts, and any rule
HOMES: dict[tuple[str, ...], tuple[ModuleType, ...]] = {
    METHODS: (methods,),
    PARTS: (parts,),
    RULES: (rules,),
    MEASURES: (measures,),
    OBSERVERS: (parts, rules),
}
VARIANTS: dict[str, dict[str, Any]] = {
    "gp": {"kind": "GA", "encoding": {"kind": "Tree"}, "selection": {"kind": "DoubleTournament"}},
    "grammar": {"kind": "GA", "encoding": {"kind": "Grammar"}},
    "policy": {"kind": "GA", "encoding": {"kind": "PolicyTable", "view": "short"}},
    "policy-tree": {"kind": "GA", "encoding": {"kind": "PolicyTree", "view": "short"}},
    "cma-es": {"kind": "CMAES", "separable": True},
    "ppo": {"kind": "Deep"},
    "dqn": {"kind": "Deep", "algorithm": "DQN"},
    "maskable-ppo": {"kind": "Deep", "algorithm": "MaskablePPO"},
    "recurrent-ppo": {"kind": "Deep", "algorithm": "RecurrentPPO", "observation": "history", "last": 1},
}


def short_name(kind: str) -> str:
    """A class name in lower case, its words joined by hyphens.

    >>> [short_name(kind) for kind in ("QLearning", "NStepSarsa", "GA", "BestOfN")]
    ['q-learning', 'n-step-sarsa', 'ga', 'best-of-n']
    """
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", kind).lower()


SHORT: dict[str, dict[str, Any]] = {short_name(kind): {"kind": kind} for kind in METHODS} | VARIANTS


def find(kind: str, names: tuple[str, ...]) -> type:
    """The class of a kind; case does not matter, but in `module:Name`.

    Args:
        kind: its name, or `module:Name` for a class of one's own.
        names: the names to choose from: METHODS, PARTS, RULES, MEASURES or OBSERVERS.

    Raises:
        ValueError: no kind has that name, or the module or its class cannot be had.
    """
    if ":" in kind:
        return _imported(kind)
    spelling = {name.lower(): name for name in names}
    if kind.lower() not in spelling:
        near = nearest(kind, spelling.values()) or nearest(kind.lower(), spelling)
        raise ValueError(f"unknown kind {kind!r}, expected one of {listed(spelling.values())}{near}")
    name = spelling[kind.lower()]
    found: type = next(getattr(home, name) for home in HOMES[names] if hasattr(home, name))
    return found


def look_in(folder: str | os.PathLike[str]) -> None:
    """Let modules in a folder be imported, here and in workers; those that are installed come first."""
    path = os.path.abspath(folder)
    if path not in sys.path:
        sys.path.append(path)


def _imported(kind: str) -> type:
    """The dataclass `module:Name`.

    Raises:
        ValueError: it cannot be imported, or is none.
    """
    thing = imported(kind)
    if not isinstance(thing, type) or not dataclasses.is_dataclass(thing):
        raise ValueError(f"{kind} is {shown(thing)}, expected a dataclass: its fields are the parameters")
    return thing


def imported(kind: str) -> Any:
    """The thing `module:Name`.

    Raises:
        ValueError: it cannot be imported.
    """
    name, _, attribute = kind.partition(":")
    if not all(part.isidentifier() for part in (*name.split("."), attribute)):
        raise ValueError(f"kind is {kind!r}, expected module:Name")
    module = _module(name)
    thing: Any = getattr(module, attribute, None)
    if thing is None:
        where = f" ({module.__file__})" if getattr(module, "__file__", None) else ""
        near = nearest(attribute, [n for n, value in vars(module).items() if callable(value)])
        raise ValueError(f"module {name!r}{where} has no {attribute!r}{near}")
    return thing


def _module(name: str) -> ModuleType:
    """A module, imported.

    Raises:
        ValueError: it cannot be imported; repeats its own error in one line.
    """
    look_in(os.curdir)
    importlib.invalidate_caches()  # it may have been written a moment ago
    try:
        return importlib.import_module(name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a user's module may raise anything, and may call sys.exit
        if isinstance(error, ModuleNotFoundError) and error.name and f"{name}.".startswith(f"{error.name}."):
            near = nearest(name, [module.name for module in pkgutil.iter_modules()])
            raise ValueError(f"there is no module {name!r} on Python's path, here or beside the study{near}") from None
        why = " ".join(f"{type(error).__name__}: {error}".split())
        raise ValueError(f"module {name!r} fails at import: {why}") from error


def listed(names: Iterable[str]) -> str:
    """Names in a row, for an error."""
    return ", ".join(names) or "nothing"
