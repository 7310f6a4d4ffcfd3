"""Measures: functions of finished melodies, to compare with real tunes, to span an archive, or as final rewards.

A measure m is a frozen dataclass. Called with melodies (P, T) and their grid it gives (P,) float64, and
`bounds(grid)` are the least and the greatest value that any melody of the grid can have. As a final reward with weight
w it adds w m(x) to the return of melody x, at the last step.

>>> import evomusic as em
>>> grid = em.Grid(bars=1, beats=4, steps_per_beat=1)
>>> melodies = em.Melody.parse("C4 D4 C4 G4", grid).tokens[None]
>>> em.measures.MeanInterval()(melodies, grid), em.measures.MeanInterval().bounds(grid)
(array([3.66666667]), (0.0, 24.0))
>>> {name: float(measure()(melodies, grid)[0]) for name, measure in list(em.measures.MEASURES.items())[:4]}
{'Notes': 4.0, 'NotesPerBar': 4.0, 'Pitches': 3.0, 'PitchRange': 7.0}

Conventions. Pitches are MIDI numbers, sizes are semitones, lengths are steps, entropies are bits: H = -sum of p log2 p
over the relative frequencies p. A move goes from one note to the next, whatever rests lie between. Shares of nothing
are 0. Melodies that sound alike have equal values, and the value of a melody does not depend on its batch, to the last
bit: whole numbers are summed, and only totals are divided.

Read `catalogue` first: a class for each measure, with its source. `features` computes them, a block of rows at a time.
`em.testing.check_measure` holds a measure of your own to this contract.
"""

from __future__ import annotations

from evomusic.core.rule import Measure
from evomusic.measures.catalogue import (
    Autocorrelation,
    BarRepetition,
    IntervalEntropy,
    LeapShare,
    LengthEntropy,
    MeanInterval,
    Notes,
    NotesPerBar,
    PitchEntropy,
    Pitches,
    PitchRange,
    RepeatShare,
    RestShare,
    RhythmRepetition,
    StepShare,
    SyncopationShare,
    TurnShare,
)

# The one list: a new measure is imported above and named here, and so is in the catalogue, in this order.
__all__ = [  # noqa: RUF022  # in the order of tables
    "Notes",
    "NotesPerBar",
    "Pitches",
    "PitchRange",
    "PitchEntropy",
    "IntervalEntropy",
    "LengthEntropy",
    "MeanInterval",
    "StepShare",
    "RepeatShare",
    "LeapShare",
    "TurnShare",
    "SyncopationShare",
    "RestShare",
    "BarRepetition",
    "RhythmRepetition",
    "Autocorrelation",
    "MEASURES",
    "Measure",
]

MEASURES: dict[str, type[Measure]] = {name: globals()[name] for name in __all__ if name not in ("MEASURES", "Measure")}
