"""Words for the parts of a reward: what a listener likes who wants less of a rule or measure, and who wants more."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Final, NamedTuple

from evomusic.core.rule import Measure, Rule
from evomusic.listener.height import MeanPitch
from evomusic.measures import MEASURES
from evomusic.rules import CATALOGUE
from evomusic.rules.capped import Capped


class Words(NamedTuple):
    """Phrases that end "You like melodies with ..."; in braces stand parameters of the rule."""

    less: str
    more: str


RULES: Final[Mapping[str, Words]] = {
    "Cadence": Words("an open ending", "an ending on the tonic"),
    "ChordTones": Words("notes foreign to the chord on strong beats", "chord notes on strong beats"),
    "ContourEcho": Words("bars that each move in their own way", "bars that move up and down like the bar before"),
    "Density": Words("bars of very few or very many notes", "{low} to {high} notes a bar"),
    "DirectionRuns": Words("long runs up or down", "no long runs up or down"),
    "InScale": Words("notes outside the key", "notes of the key"),
    "IntervalSize": Words("large moves", "small moves"),
    "LeapRecovery": Words("leaps that go on", "leaps that turn back"),
    "LongOnChord": Words("long notes foreign to the chord", "long notes of the chord"),
    "MeanInformation": Words("predictable phrases", "phrases with some surprise"),
    "MetricalOnsets": Words("notes off the beat", "notes on the beat"),
    "NoteCount": Words("very few or very many notes", "{low} to {high} notes in all"),
    "NoteLengths": Words("very short or very long notes", "notes neither very short nor very long"),
    "OpeningDegree": Words("a beginning away from the tonic chord", "a beginning on the tonic or the dominant"),
    "PhraseArch": Words("phrases of another shape than an arch", "phrases that rise and fall as an arch"),
    "PitchStyle": Words("pitches that are rare in real tunes", "pitches as real tunes have them"),
    "Range": Words("a narrow or a very wide range", "a range of {low_span} to {high_span} semitones"),
    "RepetitionLimit": Words("notes repeated many times", "notes repeated a few times at most"),
    "RhythmEcho": Words("bars of ever new rhythm", "bars with the rhythm of the bar before"),
    "RhythmStyle": Words("rhythms that are rare in real tunes", "rhythms as real tunes have them"),
    "StepShare": Words("steps nearly always or hardly ever", "a mixture of steps and larger moves"),
    "Sustain": Words("more rests", "fewer rests"),
    "SyncopationLimit": Words("much syncopation", "little syncopation"),
    "Theme": Words("less of the theme", "more of the theme"),
    "UniqueClimax": Words("a highest note that comes again", "a highest note that comes once"),
}
MEASURE_WORDS: Final[Mapping[str, Words]] = {
    "Autocorrelation": Words("a line that jumps to and fro", "a line that moves on slowly"),
    "BarRepetition": Words("fewer repeated bars", "more repeated bars"),
    "IntervalEntropy": Words("fewer kinds of moves", "more kinds of moves"),
    "LeapShare": Words("fewer leaps", "more leaps"),
    "LengthEntropy": Words("more even note lengths", "more varied note lengths"),
    "MeanPitch": Words("lower notes", "higher notes"),
    "MeanInterval": Words("smaller moves", "larger moves"),
    "Notes": Words("fewer notes", "more notes"),
    "NotesPerBar": Words("fewer notes", "more notes"),
    "PitchEntropy": Words("less varied pitches", "more varied pitches"),
    "PitchRange": Words("a narrower range", "a wider range"),
    "Pitches": Words("fewer different pitches", "more different pitches"),
    "RepeatShare": Words("fewer repeated notes", "more repeated notes"),
    "RestShare": Words("fewer rests", "more rests"),
    "RhythmRepetition": Words("fewer repeated rhythms", "more repeated rhythms"),
    "StepShare": Words("fewer steps", "more steps"),
    "SyncopationShare": Words("less syncopation", "more syncopation"),
    "TurnShare": Words("fewer turns of direction", "more turns of direction"),
}


def words_of(part: Rule | Measure) -> Words:
    """Phrases for less and for more of a rule or measure; for one of a user's own, from the name of its class."""
    if isinstance(part, Capped):
        return words_of(part.rule)
    name = type(part).__name__
    for catalogue, words in ((CATALOGUE, RULES), ({**MEASURES, "MeanPitch": MeanPitch}, MEASURE_WORDS)):
        if type(part) is catalogue.get(name) and name in words:
            return Words(*(phrase.format(**_parameters(part)) for phrase in words[name]))
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name).replace("_", " ").strip().lower()
    return Words(f"less {plain}", f"more {plain}")


def _parameters(part: Any) -> dict[str, Any]:
    return {field.name: getattr(part, field.name) for field in fields(part)} if is_dataclass(part) else {}
