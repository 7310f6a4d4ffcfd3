"""Metres: the fields of a grid for a metre by its name, and how beats are grouped in a bar.

A beat is a plain note value or a dotted one, and a time signature counts plain beats, or thirds of dotted ones: 2/2 is
two beats of 2 quarters, 6/8 two of 1.5, 7/8 seven of .5.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from evomusic.core.checks import nearest, shown

PLAIN: Final = (4.0, 2.0, 1.0, 0.5, 0.25, 0.125, 0.0625)  # lengths of a beat in quarters
DOTTED: Final = (6.0, 3.0, 1.5, 0.75, 0.375, 0.1875, 0.09375)
USUAL: Final = 1.0, 1.5  # of a beat, and of one of 3 or 6 steps
SIXTEENTHS: Final = 4  # a quarter

METRES: Final[dict[str, tuple[int, float]]] = {  # beats a bar, and their length in quarters
    "4/4": (4, 1.0),
    "2/4": (2, 1.0),
    "3/4": (3, 1.0),
    "2/2": (2, 2.0),
    "6/8": (2, 1.5),
    "9/8": (3, 1.5),
    "12/8": (4, 1.5),
    "3/8": (1, 1.5),
    "5/8": (5, 0.5),
    "7/8": (7, 0.5),
    "5/4": (5, 1.0),
    "6/4": (6, 1.0),
    "7/4": (7, 1.0),
    "3/2": (3, 2.0),
}


def usual_beat(steps_per_beat: int) -> float:
    """Length in quarters of a beat that nobody has chosen: 3 or 6 steps are a dotted quarter."""
    return USUAL[steps_per_beat in (3, 6)]


def metre(name: str) -> dict[str, Any]:
    """The fields `beats`, `steps_per_beat` and `beat` of a grid in sixteenths, for a metre such as "6/8" or "2/2".

    `beat` is there only where it is not that of the steps anyway.

    Raises:
        ValueError: the metre is not in the list.

    >>> metre("6/8"), metre("7/8")
    ({'beats': 2, 'steps_per_beat': 6}, {'beats': 7, 'steps_per_beat': 2, 'beat': 0.5})
    """
    if not isinstance(name, str) or name not in METRES:
        near = nearest(name, METRES) if isinstance(name, str) else ""
        raise ValueError(f"metre is {shown(name)}, expected one of {', '.join(METRES)}{near}")
    beats, beat = METRES[name]
    steps = round(beat * SIXTEENTHS)
    fields: dict[str, Any] = {"beats": beats, "steps_per_beat": steps}
    return fields if usual_beat(steps) == beat else fields | {"beat": beat}


def group_starts(beats: int, beat: float) -> Iterator[int]:
    """The beats at which a group of beats begins within a bar, 0 first.

    Halves of a bar of 4, 6, 8, ... beats. A bar of 5, 7, ... beats other than a multiple of three has groups of two and
    one of three at its end where a beat is shorter than a quarter: 7/8 is 2+2+3. Where a beat is a quarter or longer,
    it has two groups, the first by one longer: 5/4 is 3+2, 7/4 is 4+3. Bars of 2, 3, 9, ... beats are one group.

    Args:
        beats: beats a bar.
        beat: length of a beat in quarters.
    """
    if beats < 4 or (beats % 2 and beats % 3 == 0):
        return iter([0])
    if beats % 2 == 0:
        return iter([0, beats // 2])
    return iter(range(0, beats - 2, 2)) if beat < 1 else iter([0, beats // 2 + 1])
