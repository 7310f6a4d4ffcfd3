"""Tastes that a listener may have, as rules and ready sets of them."""

from __future__ import annotations

from dataclasses import dataclass

from evomusic.core import theory
from evomusic.core.checks import choice
from evomusic.core.grid import Event, Slot
from evomusic.core.reward import Reward
from evomusic.core.rule import sign
from evomusic.rules.phrase import Cadence
from evomusic.rules.pitch import InScale, RepetitionLimit

SHAPES = {"ascent": (1,), "descent": (-1,), "arch": (1, -1), "valley": (-1, 1)}


@dataclass(frozen=True, kw_only=True)
class TonicTriad:
    """+1 for a note of the triad on the tonic, 0 for another of the scale, -1 outside; 0 elsewhere. Remembers nothing.

    Args:
        scale: such as `A minor`.

    Source: the tonal hierarchy of Krumhansl & Kessler, "Tracing the dynamic changes in perceived tonal organization in
    a spatial representation of musical keys", Psychological Review 89 (1982): triad, scale, and what lies outside.
    """

    scale: str
    start = None
    hears = ()

    def __post_init__(self) -> None:
        theory.parse_scale(self.scale)

    def read(self, memory: None, event: Event, slot: Slot) -> tuple[None, float]:
        """The (empty) memory, and the value of a note."""
        if not event.is_note:
            return None, 0.0
        tonic, classes = theory.parse_scale(self.scale)
        inside = event.pitch % 12 in classes
        return None, -1.0 if not inside else float((event.pitch - tonic) % 12 in (0, 3, 4, 7))


@dataclass(frozen=True, kw_only=True)
class Contour:
    """+1 for a move that goes on with the shape, -1 for one against it; 0 elsewhere.

    Remembers the last pitch, and the part of the shape that the line is in.

    Args:
        shape: `ascent`, `descent`, `arch` (up, then down) or `valley` (down, then up).

    Source: the contour types of Huron, "The melodic arch in Western folksongs", Computing in Musicology 10 (1996).
    """

    shape: str
    start = (None, 0)
    hears = ()

    def __post_init__(self) -> None:
        choice("Contour shape", self.shape, SHAPES)

    def read(self, memory: tuple[int | None, int], event: Event, slot: Slot) -> tuple[tuple[int | None, int], float]:
        """The memory (last pitch, part of the shape), and the value of a move."""
        last, part = memory
        if not event.is_note:
            return memory, 0.0
        move = 0 if last is None else sign(event.pitch - last)
        if move == 0:
            return (event.pitch, part), 0.0
        ways = SHAPES[self.shape]
        if move != ways[part] and part + 1 < len(ways):
            part += 1
        return (event.pitch, part), 1.0 if move == ways[part] else -1.0


def key_tastes(*keys: str) -> dict[str, Reward]:
    """Tastes for keys: notes of the tonic triad, none outside the scale or twice in a row, and an end on the tonic."""
    return {
        key: Reward({TonicTriad(scale=key): 0.5, InScale(key): 0.5, RepetitionLimit(limit=1): 0.5, Cadence(key): 2.0})
        for key in keys
    }


def contour_tastes(*shapes: str) -> dict[str, Reward]:
    """Tastes for contours: `ascent`, `descent`, `arch`, `valley`."""
    return {shape: Reward({Contour(shape=shape): 1.0}) for shape in shapes}
