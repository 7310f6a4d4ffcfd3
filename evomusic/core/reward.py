"""Rewards: rules with weights, measures with weights as a final reward, and named groups of rules."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from evomusic.core.checks import able, instance, nearest, number, shown, wrong
from evomusic.core.grid import CLOCK_FIELDS

if TYPE_CHECKING:
    from evomusic.core.rule import Measure, Rule

QUANTUM = 2.0**-32  # weighted values are multiples of this: float64 sums of them are exact in any order


@dataclass(frozen=True, eq=False)
class Reward:
    """The reward of a melody: the weighted sum of its rules' values, and of measures of the whole.

    Args:
        rules: weight by rule.
        final: weight by measure of the finished melody; a reward at its last step.
        groups: rules by name of an objective, for searchers with several.

    Raises:
        ValueError: a weight is not finite, a rule or measure lacks a part of its contract, or a group names a rule
            that is not there.
    """

    rules: Mapping[Rule, float] = field(default_factory=dict)
    final: Mapping[Measure, float] = field(default_factory=dict)
    groups: Mapping[str, Sequence[Rule]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        instance("reward rules", self.rules, Mapping, "weights by rule: {em.rules.InScale('G major'): 1.0}")
        instance("reward final", self.final, Mapping, "weights by measure: {em.measures.PitchEntropy(): 1.0}")
        instance("reward groups", self.groups, Mapping, "lists of rules by name")
        for rule, weight in self.rules.items():
            _check_rule(rule)
            number(f"weight of {shown(rule)}", weight)
        for measure, weight in self.final.items():
            able("a measure of reward final", measure, ("__call__", "bounds"), "a measure")
            number(f"weight of {shown(measure)}", weight)
        for name, members in self.groups.items():
            _check_group(name, members, self.rules)
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


def _check_group(name: object, members: object, rules: Mapping[Rule, float]) -> None:
    instance("a group's name", name, str, "a text")
    if isinstance(members, str) or not isinstance(members, Iterable):
        raise wrong(f"group {name!r}", members, "a list of rules")
    for rule in members:
        if not isinstance(rule, Hashable) or rule not in rules:
            raise ValueError(f"group {name!r} names {shown(rule)}, which is not among the rules")


def _check_rule(rule: Any) -> None:
    if isinstance(rule, type):
        raise wrong("a rule of the reward", rule, "a rule: it is a class, not an object of it")
    missing = [name for name in ("start", "hears", "read") if not hasattr(rule, name)]
    if missing:
        raise ValueError(f"rule {shown(rule)} has no {' and no '.join(missing)}; a rule has start, hears and read")
    if not isinstance(rule.start, Hashable):
        raise ValueError(f"rule {shown(rule)} starts with {shown(rule.start)}, which is not hashable; use a tuple")
    if not isinstance(rule.hears, (tuple, list)):
        raise ValueError(f"rule {shown(rule)} has hears = {shown(rule.hears)}, expected a tuple of clock fields")
    for heard in rule.hears:
        if heard not in CLOCK_FIELDS:
            raise ValueError(
                f"rule {shown(rule)} hears {heard!r}, which is no field of the clock{nearest(str(heard), CLOCK_FIELDS)}"
            )
