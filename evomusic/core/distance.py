"""Distances between melodies as heard: the share of steps at which two of them differ in sound, rhythm or pitch.

At a step a pitch sounds, or silence, and a note begins there or does not. A hold with nothing sounding is silence.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import choice, instance
from evomusic.core.grid import FIRST_PITCH, HOLD
from evomusic.core.melody import Melody, canonical

HEARINGS: Final = ("sound", "rhythm", "pitch")
Heard = tuple[NDArray[Any], NDArray[Any]]  # token of the pitch that sounds, or 0; 0 silence, 1 held, 2 begun


def apart(x: Melody, y: Melody, by: str = "sound") -> float:
    """The share of steps, 0 to 1, at which two melodies on one grid differ to the ear.

    Args:
        x: a melody.
        y: a melody.
        by: "sound": another pitch sounds, or a note begins in only one of them; "rhythm": one begins a note, holds
            one or is silent, and the other does not; "pitch": another pitch sounds, whenever it began.

    Raises:
        ValueError: one is no melody, the grids differ, or `by` is another word.
    """
    for name, melody in (("x", x), ("y", y)):
        instance(name, melody, Melody, "a Melody, such as em.Melody(tokens, task.grid)")
    if x.grid != y.grid:
        raise ValueError(f"x and y have different grids, expected one: {x.grid} and {y.grid}")
    return float(differ(heard(x.tokens), heard(y.tokens), choice("by", by, HEARINGS)).mean())


def heard(tokens: NDArray[np.uint8]) -> Heard:
    """The sounding pitches (T,) and kinds (T,) of a melody's steps."""
    plain = canonical(tokens)
    begun = np.maximum.accumulate(np.where(plain == HOLD, 0, np.arange(len(plain))))
    return plain[begun], np.minimum(plain, FIRST_PITCH)


def differ(x: Heard, y: Heard, by: str) -> NDArray[np.bool_]:
    """Whether two hearings differ, step by step."""
    if by == "rhythm":
        return np.asarray(x[1] != y[1])
    pitch = np.asarray(x[0] != y[0])
    return pitch if by == "pitch" else pitch | (x[1] != y[1])
