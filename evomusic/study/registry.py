"""Names for methods and their parts in studies and on the command line.

`evomusic/methods.pyi` lists the methods and `evomusic/parts.pyi` their parts. A method's short name is its class name
in lower case with hyphens; configurations that deserve a name of their own stand in VARIANTS.
"""

from __future__ import annotations

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


def find(kind: str, names: Iterable[str]) -> type:
    """The class of a kind; case does not matter.

    Args:
        kind: its name.
        names: the names to choose from: METHODS or PARTS.

    Raises:
        ValueError: no kind has that name.
    """
    spelling = {name.lower(): name for name in names}
    if kind.lower() not in spelling:
        near = nearest(kind, spelling.values()) or nearest(kind.lower(), spelling)
        raise ValueError(f"unknown kind {kind!r}, expected one of {listed(spelling.values())}{near}")
    name = spelling[kind.lower()]
    found: type = getattr(methods if name in METHODS else parts, name)
    return found


def listed(names: Iterable[str]) -> str:
    """Names in a row, for an error."""
    return ", ".join(names) or "nothing"
