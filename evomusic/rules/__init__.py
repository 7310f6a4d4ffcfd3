"""The catalogue of rules.

A rule is a small automaton (`base`): it reads events, remembers what it must, and pays values, mostly in [-1, 1].

Conventions. A hold with nothing sounding is a rest, so that what sounds alike is paid alike. Rules take their key as a
parameter and do not see the grid. Most rules that are paid by the note are penalties, 0 at best, and others average
about zero: what pays for each note makes many notes the refuge. What is good in itself is paid by the bar, or once.
"""

from __future__ import annotations

from evomusic.core.rule import Observer, Rule
from evomusic.rules.bands import NoteCount, StepShare
from evomusic.rules.capped import Capped
from evomusic.rules.contour import ContourEcho, DirectionRuns, LeapRecovery, PhraseArch, UniqueClimax
from evomusic.rules.harmony import ChordTones, LongOnChord
from evomusic.rules.phrase import Cadence
from evomusic.rules.pitch import InScale, IntervalSize, OpeningDegree, Range, RepetitionLimit
from evomusic.rules.rhythm import Density, MetricalOnsets, NoteLengths, RhythmEcho, Sustain, SyncopationLimit
from evomusic.rules.style import Generator, MeanInformation, PitchStyle, RhythmStyle
from evomusic.rules.theme import Theme

# The one list: a new rule is imported above and named here, and so is in the catalogue.
__all__ = [
    "CATALOGUE",
    "Cadence",
    "Capped",
    "ChordTones",
    "ContourEcho",
    "Density",
    "DirectionRuns",
    "Generator",
    "InScale",
    "IntervalSize",
    "LeapRecovery",
    "LongOnChord",
    "MeanInformation",
    "MetricalOnsets",
    "NoteCount",
    "NoteLengths",
    "Observer",
    "OpeningDegree",
    "PhraseArch",
    "PitchStyle",
    "Range",
    "RepetitionLimit",
    "RhythmEcho",
    "RhythmStyle",
    "Rule",
    "StepShare",
    "Sustain",
    "SyncopationLimit",
    "Theme",
    "UniqueClimax",
]

CATALOGUE: dict[str, type[Rule]] = {
    name: globals()[name] for name in __all__ if name not in ("CATALOGUE", "Generator", "Observer", "Rule")
}
