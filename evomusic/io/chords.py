"""Chords to be played below a melody, from the chord symbols of its grid."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from evomusic.core import theory
from evomusic.core.grid import Grid

TRACK: Final = "Chords"  # name of their track in a MIDI file
BASS: Final = 36  # the roots lie in the octave from C2
MIDDLE: Final = 48  # the other tones in that from C3


class Chord(NamedTuple):
    """MIDI pitches that sound together, the root lowest; onset and duration in beats."""

    pitches: tuple[int, ...]
    onset: float
    duration: float


def chords_below(grid: Grid) -> Iterator[Chord]:
    """The chords of each full bar; none where the grid has no chords."""
    for bar in range(grid.bars):
        chords = grid.chord_steps(bar)
        ends = [*(step for step, _ in chords[1:]), grid.steps_per_bar]
        for (step, symbol), end in zip(chords, ends, strict=True) if chords else ():
            root, *others = theory.parse_chord(symbol)
            pitches = (BASS + root, *sorted(MIDDLE + tone for tone in others))
            onset = grid.pickup_beats + bar * grid.beats + step / grid.steps_per_beat
            yield Chord(pitches, onset, (end - step) / grid.steps_per_beat)
