"""Rules for the end of a melody, or of each of its phrases."""

from __future__ import annotations

from dataclasses import dataclass, field

from evomusic.core import theory
from evomusic.core.checks import flag
from evomusic.core.grid import Event, Slot

Ending = tuple[int | None, bool, bool]  # pitch, reached by step, still sounding


@dataclass(frozen=True, kw_only=True)
class Cadence:
    """At the last step: 0 when the last note is the tonic, +0.5 if by step, +0.5 if it still sounds; -1 if not.

    So +1 for a tonic that is reached by a move of 1 or 2 semitones and held to the end, and -1 when the last note is
    another pitch or there is none; 0 before the last step. A tonic repeated keeps how it was reached.

    Remembers the last pitch when it is the tonic or next to it, and of a tonic, whether it was reached by step and
    sounds.

    Args:
        scale: such as `G major`.
        phrases: count the end of each phrase, not only of the last.

    Source: the melodic clausula on the final, as in Jeppesen, "Counterpoint" (1939).
    """

    scale: str = field(kw_only=False)
    phrases: bool = False
    start = (None, False, False)

    def __post_init__(self) -> None:
        theory.parse_scale(self.scale)
        flag("Cadence phrases", self.phrases)

    @property
    def hears(self) -> tuple[str, ...]:
        """The end of the melody, or of phrases."""
        return ("phrase_last",) if self.phrases else ("last",)

    def read(self, memory: Ending, event: Event, slot: Slot) -> tuple[Ending, float]:
        """The memory (pitch, reached by step, still sounding), and at an end its value."""
        if event.is_note:
            memory = self._note(memory, event.pitch)
        elif event.is_rest:
            memory = (memory[0], memory[1], False)
        ends = slot.phrase_last if self.phrases else slot.last
        return memory, self._value(memory) if ends else 0.0

    def _degree(self, pitch: int) -> int:
        return (pitch - theory.parse_scale(self.scale)[0]) % 12

    def _note(self, memory: Ending, pitch: int) -> Ending:
        last, by_step, _ = memory
        if self._degree(pitch) != 0:
            return (pitch if self._degree(pitch) in (1, 2, 10, 11) else None), False, False
        near = last is not None and 1 <= abs(pitch - last) <= 2
        return pitch, near or (pitch == last and by_step), True

    def _value(self, memory: Ending) -> float:
        pitch, by_step, sounding = memory
        if pitch is None or self._degree(pitch) != 0:
            return -1.0
        return 0.5 * by_step + 0.5 * sounding
