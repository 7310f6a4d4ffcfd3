"""Values of the chord rules, worked out by hand from their docstrings."""

import pytest

from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.rules import ChordTones, LongOnChord
from evomusic.testing import pay

CHORDS = Grid(bars=2, beats=2, steps_per_beat=2, chords=("C", "G7"))
PLAIN = Grid(bars=2, beats=2, steps_per_beat=2)


def values_of(rule, text, grid=CHORDS):
    return pay(rule, Melody.parse(text, grid))


def test_foreign_notes_cost_where_they_begin_on_a_beat():
    # D is foreign to C, E is foreign to G7; the second and fourth steps are off the beat
    assert values_of(ChordTones(), "D4 D4 E4 F4 | F4 E4 E4 .") == [-1, 0, 0, 0, 0, 0, -1, 0]


def test_only_places_strong_enough_count():
    assert values_of(ChordTones(strength=3), "D4 D4 D4 D4 | E4 E4 E4 E4") == [-1, 0, 0, 0, -1, 0, 0, 0]
    assert values_of(ChordTones(strength=0), "D4 D4 C4 - | . - C4 E4") == [-1, -1, 0, 0, 0, 0, -1, -1]


def test_a_held_note_is_not_judged_again():
    assert values_of(ChordTones(), "C4 - - - | - - - -") == [0] * 8


def test_a_long_foreign_note_costs_once():
    assert values_of(LongOnChord(steps=2), "D4 - - . | F4 - E4 -") == [0, -1, 0, 0, 0, 0, 0, -1]


def test_a_note_is_judged_by_the_chord_under_which_it_began():
    assert values_of(LongOnChord(steps=3), "C4 . . D4 | - - - -") == [0, 0, 0, 0, 0, -1, 0, 0]
    assert values_of(LongOnChord(steps=3), "E4 . . E4 | - - - -") == [0] * 8


def test_short_foreign_notes_and_rests_cost_nothing():
    assert values_of(LongOnChord(steps=2), "D4 D4 . - | E4 . - -") == [0] * 8


@pytest.mark.parametrize("rule", [ChordTones(), LongOnChord(steps=1)], ids=repr)
def test_without_chords_nothing_is_paid(rule):
    assert values_of(rule, "C4 C#4 D4 - | - - . E4", PLAIN) == [0] * 8


def test_impossible_parameters_are_refused():
    with pytest.raises(ValueError, match="LongOnChord steps is 0"):
        LongOnChord(steps=0)
    with pytest.raises(ValueError, match="ChordTones strength is -1"):
        ChordTones(strength=-1)
