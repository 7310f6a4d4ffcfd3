"""A reward: rules with weights, measures with weights as a final reward, and named groups of rules."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from evomusic.core.grid import CLOCK_FIELDS
from evomusic.core.theory import nearest

if TYPE_CHECKING:
    from evomusic.core.rule import Measure, Rule

QUANTUM = 2.0**-32  # weighted values are multiples of this: float64 sums of them are exact in any order


@dataclass(frozen=True, eq=False)
class Reward:
    """What a melody is paid.

    Args:
        rules: weight by rule.
        final: weight by measure of the finished melody, paid at its last step.
        groups: rules by name of an objective, for searchers with several.

    Raises:
        ValueError: a weight is not finite, a rule or measure lacks a part of its contract, or a group names a rule
            that is not there.
    """

    rules: Mapping[Rule, float] = field(default_factory=dict)
    final: Mapping[Measure, float] = field(default_factory=dict)
    groups: Mapping[str, Sequence[Rule]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for rule, weight in self.rules.items():
            _check_rule(rule)
            _check_weight(rule, weight)
        for measure, weight in self.final.items():
            if not callable(measure) or not hasattr(measure, "bounds"):
                raise ValueError(f"final holds {measure!r}, expected a measure: callable, with bounds(grid)")
            _check_weight(measure, weight)
        for name, members in self.groups.items():
            for rule in members:
                if rule not in self.rules:
                    raise ValueError(f"group {name!r} names {rule!r}, which is not among the rules")
        for part in ("rules", "final", "groups"):
            object.__setattr__(self, part, MappingProxyType(dict(getattr(self, part))))

    @property
    def names(self) -> tuple[str, ...]:
        """A short name for each rule, then each final measure: the class, with its parameters where two share it."""
        return names_of([*self.rules, *self.final])


def names_of(parts: Sequence[object]) -> tuple[str, ...]:
    """Class names; a class that occurs more than once is named by its repr."""
    classes = [type(p).__name__ for p in parts]
    return tuple(repr(p) if classes.count(c) > 1 else c for p, c in zip(parts, classes, strict=True))


def _check_rule(rule: Any) -> None:
    missing = [name for name in ("start", "hears", "read") if not hasattr(rule, name)]
    if missing:
        raise ValueError(f"rule {rule!r} has no {' and no '.join(missing)}; a rule has start, hears and read")
    if not isinstance(rule.start, Hashable):
        raise ValueError(f"rule {rule!r} starts with {rule.start!r}, which is not hashable; use a tuple")
    if isinstance(rule.hears, str):
        raise ValueError(f"rule {rule!r} has hears = {rule.hears!r}, expected a tuple of clock fields")
    for heard in rule.hears:
        if heard not in CLOCK_FIELDS:
            raise ValueError(
                f"rule {rule!r} hears {heard!r}, which the clock does not say{nearest(heard, CLOCK_FIELDS)}"
            )


def _check_weight(part: object, weight: object) -> None:
    if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not math.isfinite(weight):
        raise ValueError(f"weight of {part!r} is {weight!r}, expected a finite number")
