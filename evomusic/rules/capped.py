"""A cap on what another rule pays."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Literal

from evomusic.core.grid import Event, Slot
from evomusic.core.rule import Rule, require_finite

Paid = tuple[Hashable, float]  # the inner rule's memory, what was paid in this note or bar


@dataclass(frozen=True, kw_only=True)
class Capped:
    """What `rule` pays, but in one note or one bar never more than `cap` in all, nor less than -`cap`.

    Each value is the difference of two running sums, after and before the step; a sum that would leave -cap to cap
    stops there. A note's sum begins at its onset and runs up to the next; a bar's begins at the bar line. Against
    rules that can be paid without end; a cap on a whole melody would have to remember too much, and wanders.

    Remembers what the rule does, and the sum. Sums are multiples of `grain`, at most 2 cap / grain + 1 of them: a
    value of the rule is rounded to the nearest.

    Args:
        rule: any rule.
        cap: most that is paid, and taken; a multiple of grain.
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
        require_finite(self, cap=0, grain=0)
        if self.per not in ("note", "bar"):
            raise ValueError(f"Capped per is {self.per!r}, expected 'note' or 'bar'")
        if self.cap % self.grain:
            raise ValueError(f"Capped cap is {self.cap!r}, expected a multiple of grain, which is {self.grain!r}")

    @property
    def start(self) -> Paid:
        """The rule's start, and nothing paid."""
        return self.rule.start, 0.0

    @property
    def hears(self) -> tuple[str, ...]:
        """What the rule hears, and bar lines when the cap is a bar's."""
        heard = tuple(self.rule.hears)
        return heard if self.per == "note" or "bar_start" in heard else (*heard, "bar_start")

    def read(self, memory: Paid, event: Event, slot: Slot) -> tuple[Paid, float]:
        """The memory (of the rule, paid so far), and the part of the value that the cap lets through."""
        inner, paid = memory
        anew = slot.bar_start if self.per == "bar" else event.is_note
        paid = 0.0 if anew else paid
        inner, value = self.rule.read(inner, event, slot)
        total = round((paid + value) / self.grain) * self.grain
        total = min(max(total, -self.cap), self.cap)
        return (inner, total), total - paid
