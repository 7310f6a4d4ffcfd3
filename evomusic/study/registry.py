"""Names for methods and their parts in studies and on the command line.

`evomusic/methods.pyi` lists the methods and `evomusic/parts.pyi` their parts. A method's short name is its class name
in lower case with hyphens; configurations that deserve a name of their own stand in VARIANTS. A kind `module:Name` is a
dataclass of a user's own.
"""

from __future__ import annotations

import dataclasses
import importlib
import re
from collections.abc import Iterable
from typing import Any

from evomusic import methods, parts
from evomusic.core.theory import nearest

METHODS: tuple[str, ...] = tuple(vars(methods)["__all__"])  # stubs say no __all__: it would hide their names
PARTS: tuple[str, ...] = tuple(vars(parts)["__all__"])
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


def find(kind: str, names: Iterable[str], home: Any = None) -> type:
    """The class of a kind; case does not matter.

    Args:
        kind: its name, or `module:Name` of a dataclass of one's own.
        names: the names to choose from: METHODS or PARTS, or those of `home`.
        home: the module or class that holds them, where these are neither methods nor their parts.

    Raises:
        ValueError: no kind has that name, or the module cannot be imported.
    """
    if ":" in kind:
        return own(kind)
    spelling = {name.lower(): name for name in names}
    if kind.lower() not in spelling:
        near = nearest(kind, spelling.values()) or nearest(kind.lower(), spelling)
        raise ValueError(f"unknown kind {kind!r}, expected one of {listed(spelling.values())}{near}")
    name = spelling[kind.lower()]
    found: type = getattr(home or (methods if name in METHODS else parts), name)
    return found


def own(kind: str) -> type:
    """The dataclass that `module:Name` leads to.

    Raises:
        ValueError: the module cannot be found or imported, or has no such dataclass.
    """
    module, _, name = kind.partition(":")
    if not re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*)*", module) or not name.isidentifier():
        raise ValueError(f"kind {kind!r} leads nowhere, expected module:Name, such as mymodule:MyRule")
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name and (module == error.name or module.startswith(f"{error.name}.")):
            near = "beside the study, in the present folder and among the installed packages"
            raise ValueError(f"kind {kind!r}: no module {module!r} ({near})") from None
        raise ValueError(f"kind {kind!r}: module {module!r} needs {error.name!r}, which is not installed") from None
    except (Exception, SystemExit) as error:  # the user's own code
        why = f"{type(error).__name__}: {error}".splitlines()[0]
        raise ValueError(f"kind {kind!r}: module {module!r} cannot be imported: {why}") from error
    classes = [n for n, thing in vars(found).items() if isinstance(thing, type) and thing.__module__ == module]
    thing = getattr(found, name, None)
    if not isinstance(thing, type):
        raise ValueError(f"kind {kind!r}: expected a class of {module!r}: {listed(classes)}{nearest(name, classes)}")
    if not dataclasses.is_dataclass(thing):
        raise ValueError(f"kind {kind!r} is no dataclass, expected one, so that its parameters can be read")
    return thing


def listed(names: Iterable[str]) -> str:
    """Names in a row, for an error."""
    return ", ".join(names) or "nothing"
