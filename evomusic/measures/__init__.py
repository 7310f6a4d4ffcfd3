"""Measures of finished melodies."""

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
