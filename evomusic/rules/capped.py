"""A cap on the values of another rule."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Literal

from evomusic.core.checks import able, choice, number
from evomusic.core.grid import Event, Slot
from evomusic.core.rule import Rule

Memory = tuple[Hashable, float]  # of the inner rule, and the sum of values in this note or bar


@dataclass(frozen=True, kw_only=True)
class Capped:
    """The values of `rule`, but in one note or one bar never more than `cap` in all, nor less than -`cap`.

    Each value is the difference of two running sums, after and before the step; a sum that would leave -cap to cap
    stops there. A note's sum begins at its onset and runs up to the next; a bar's begins at the bar line. It is meant
    for rules that could add up without end; a cap on a whole melody would need too many memories.

    Remembers what the rule does, and the sum. Sums are multiples of `grain`, at most 2 cap / grain + 1 of them: a
    value of the rule is rounded to the nearest.

    Args:
        rule: any rule.
        cap: greatest sum, and minus the least; a multiple of grain.
        per: `note` or `bar`.
        grain: the step in which sums are kept; a power of 1/2 keeps them exact.

    Source: capping each rule at what real music reaches, GeneticMusic / Ondas Atratoras, an open
    genetic melody system (2026).
    """

    rule: Rule = field(kw_only=False)
    cap: float = field(default=1.0, kw_only=False)
    per: Literal["note", "bar"] = "bar"
    grain: float = 2.0**-5

    def __post_init__(self) -> None:
        able("Capped rule", self.rule, ("read",), "a rule")
        number("Capped cap", self.cap, above=0)
        number("Capped grain", self.grain, above=0)
        choice("Capped per", self.per, ("note", "bar"))
        if self.cap % self.grain:
            raise ValueError(f"Capped cap is {self.cap!r}, expected a multiple of grain, which is {self.grain!r}")

    @property
    def start(self) -> Memory:
        """The rule's start, and an empty sum."""
        return self.rule.start, 0.0

    @property
    def hears(self) -> tuple[str, ...]:
        """The clock fields of the rule, and bar lines when the cap is a bar's."""
        heard = tuple(self.rule.hears)
        return heard if self.per == "note" or "bar_start" in heard else (*heard, "bar_start")

    def read(self, memory: Memory, event: Event, slot: Slot) -> tuple[Memory, float]:
        """The memory (of the rule, sum so far), and the part of the value within the cap."""
        inner, before = memory
        anew = slot.bar_start if self.per == "bar" else event.is_note
        before = 0.0 if anew else before
        inner, value = self.rule.read(inner, event, slot)
        total = round((before + value) / self.grain) * self.grain
        total = min(max(total, -self.cap), self.cap)
        return (inner, total), total - before
