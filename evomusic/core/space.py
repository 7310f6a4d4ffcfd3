"""Search spaces of parameters: a class declares in `space` the ranges that its parameters are tuned in.

`space` is a class attribute, a mapping from a parameter's name to its range: a `Range`, a `Choice`, or a table with
ranges in it (the table of a part, as in a study). A dotted name, such as `encoding.resample_rate`, is that of a part's
parameter; of a part without such names the own space counts. A subclass adds to the spaces of its bases; None takes a
parameter, or a part, out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Range:
    """Numbers from low to high, both included.

    Args:
        low: the least.
        high: the greatest.
        log: even in the logarithm; low is then above 0.
        whole: whole numbers only.
    """

    low: float
    high: float
    log: bool = False
    whole: bool = False

    def draw(self, rng: np.random.Generator) -> float | int:
        """A number, to three digits, which a file can hold and a reader can compare."""
        ends = (math.log(self.low), math.log(self.high)) if self.log else (self.low, self.high)
        number = rng.uniform(*ends)
        number = min(max(math.exp(number) if self.log else number, self.low), self.high)
        return round(number) if self.whole else float(f"{number:.3g}")


@dataclass(frozen=True, init=False)
class Choice:
    """One of several values or ranges, equally likely."""

    options: tuple[Any, ...]

    def __init__(self, *options: Any) -> None:
        object.__setattr__(self, "options", options)

    def draw(self, rng: np.random.Generator) -> Any:
        """One of the options, drawn from if it is a range."""
        return drawn(self.options[int(rng.integers(len(self.options)))], rng)


Space = Mapping[str, Any]


def drawn(spec: Any, rng: np.random.Generator) -> Any:
    """A value of a range, or of every range in a table."""
    if isinstance(spec, Mapping):
        return {name: drawn(part, rng) for name, part in spec.items()}
    return spec.draw(rng) if isinstance(spec, (Range, Choice)) else spec


def space_of(thing: Any) -> dict[str, Any]:
    """The ranges of an object's parameters and of its parts', by dotted name; empty where none are declared."""
    if not is_dataclass(thing) or isinstance(thing, type):
        return {}
    own: dict[str, Any] = {}
    for cls in reversed(list(type(thing).mro())):
        own |= vars(cls).get("space", {})
    own = {name: spec for name, spec in own.items() if _has(thing, name)}
    heads = {name.split(".")[0] for name in own}
    for field in fields(thing):
        if field.name not in heads:
            inner = space_of(getattr(thing, field.name))
            own |= {f"{field.name}.{name}": spec for name, spec in inner.items()}
    return {name: spec for name, spec in own.items() if spec is not None}


def _has(thing: Any, name: str) -> bool:
    """Whether a dotted name leads to a parameter."""
    head, _, rest = name.partition(".")
    return hasattr(thing, head) and (not rest or _has(getattr(thing, head), rest))
