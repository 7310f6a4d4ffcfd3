"""A rule that keeps a melody near a given tune."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from evomusic.core.checks import instance, shown, whole
from evomusic.core.grid import FIRST_PITCH, HOLD, REST, Event, Slot
from evomusic.core.melody import Melody

STILL, RINGING = -1, -2  # a step of the theme that is silent, that holds a note


@dataclass(frozen=True, kw_only=True)
class Theme:
    """Likeness to a tune: 0 for a step that is as in the tune, a penalty for one that is not.

    Another pitch costs 1/12 a semitone, an octave or more 1; an onset too few or too many costs 1, silence for sound or
    sound for silence 0.5. Remembers whether a note sounds.

    Args:
        tune: a number a step: the MIDI pitch of an onset, -1 where the tune is silent, -2 where it holds a note.

    Raises:
        ValueError: the tune is empty, or, when it is read, shorter than the melody.

    Source: edit distance to a theme as the reward of variations, after Horner & Goldberg 1991 (thematic bridging).
    """

    tune: tuple[int, ...] = field(kw_only=False)

    start = False
    hears = ("step",)

    def __post_init__(self) -> None:
        tune: Any = self.tune
        tune = tune.tolist() if isinstance(tune, np.ndarray) else tune
        if not isinstance(tune, (list, tuple)) or not tune:
            raise ValueError(f"Theme tune is {shown(tune)}, expected a number a step: Theme.of(melody) makes it")
        codes = tuple(whole("a step of Theme tune", x, RINGING, 127) for x in tune)
        object.__setattr__(self, "tune", codes)

    @classmethod
    def of(cls, melody: Melody) -> Theme:
        """The theme of a melody."""
        instance("melody", melody, Melody, "a Melody")
        codes = {REST: STILL, HOLD: RINGING}
        pitches = np.array(melody.grid.pitches)
        tokens = melody.canonical.tokens.tolist()
        return cls(tuple(codes[t] if t in codes else int(pitches[t - FIRST_PITCH]) for t in tokens))

    def read(self, memory: bool, event: Event, slot: Slot) -> tuple[bool, float]:
        """Whether a note sounds now, and the penalty."""
        if slot.step >= len(self.tune):
            raise ValueError(f"Theme tune has {len(self.tune)} steps, but the grid has more")
        wanted, sounds = self.tune[slot.step], event.is_note or (event.is_hold and memory)
        if event.is_note and wanted >= 0:
            return sounds, -min(abs(event.pitch - wanted), 12) / 12
        if event.is_note or wanted >= 0:
            return sounds, -1.0
        return sounds, 0.0 if sounds == (wanted == RINGING) else -0.5
