"""The catalogue of rules: what a melody is rewarded for, step by step.

A rule is a finite automaton over the events of a melody. With memory m_0 = `start`, event e_t and the clock fields c_t
that it names in `hears`,

    m_(t+1), v_t = read(m_t, e_t, c_t),

and its part of the return is its weight times the sum of all v_t. A rule is a frozen dataclass of its parameters, so it
can be written in a few lines; memories are hashable and few, and everything else follows: tables, speed, the optimum.

>>> from dataclasses import dataclass
>>> import evomusic as em
>>> @dataclass(frozen=True)
... class NoTritone:
...     '''-1 for a move of six semitones, 0 elsewhere. Remembers the last pitch.'''
...
...     start, hears = None, ()
...
...     def read(self, memory, event, slot):
...         if not event.is_note:
...             return memory, 0.0
...         return event.pitch, -1.0 if memory is not None and abs(event.pitch - memory) == 6 else 0.0
>>> em.testing.check_rule(NoTritone())
>>> grid = em.Grid(bars=1, beats=4, steps_per_beat=1)
>>> melody = em.Melody.parse("C4 F#4 - C5", grid)
>>> em.Task(grid, em.Reward({NoTritone(): 0.5})).rewards(melody.tokens[None])
array([[ 0. , -0.5,  0. , -0.5]])

Conventions. Values lie mostly in [-1, 1]. A hold with nothing sounding is a rest, so that melodies that sound alike
have equal returns. Rules take their key as a parameter and do not see the grid. Most rules that count at each note are
penalties, 0 at best, and others average about zero: a reward for each note would make many notes the refuge. What is
good in itself is rewarded once a bar, or once. Each docstring gives the values, the memory, and the source.

Read first: `pitch` and `rhythm` (plain rules), then `contour`, `harmony`, `phrase` and `bands` (quantities in a
range), `theme` (likeness to a tune), `capped` (a cap on another rule). The style of real tunes: `style` (the rules),
`generator` (its probabilities), `style_model` (the counts behind them), `style_file` (their file). `landscape` is no
music: the drawn rewards of the task `family`.
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

# The one list: a new rule is imported above and named here; CATALOGUE follows.
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
