"""Values of the pitch rules, worked out by hand from their docstrings. One bar of four steps unless said otherwise."""

import pytest

from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.rules import InScale, IntervalSize, OpeningDegree, Range, RepetitionLimit
from evomusic.testing import pay

BAR = Grid(bars=1, beats=4, steps_per_beat=1, low=36, high=96)


def values_of(rule, text):
    return pay(rule, Melody.parse(text, BAR))


def test_only_notes_outside_the_scale_cost():
    assert values_of(InScale("C major"), "C4 C#4 - .") == [0, -1, 0, 0]
    assert values_of(InScale("G major"), "F4 F#5 . F#3") == [-1, 0, 0, 0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("C4 E4 . D4", 1.0),  # 4 semitones, the edge of the band
        ("C4 G4 . .", 1.0),  # 7, the other edge
        ("C4 D4 - -", 0.5),  # 2 too few
        ("C5 C4 . .", -0.25),  # 5 too many
        ("C2 C7 . .", -1.0),
        ("C4 - - -", 0.0),  # a span of 0 is 4 too few
        (". . . .", -1.0),
    ],
)
def test_range_is_paid_at_the_end_by_the_span(text, value):
    assert values_of(Range(low_span=4, high_span=7, slope=0.25), text) == [0, 0, 0, value]


def test_range_stays_too_wide_once_it_is():
    assert values_of(Range(low_span=4, high_span=7, slope=0.5), "C4 C6 C5 D5")[-1] == -1.0


def test_interval_sizes_are_paid_as_the_docstring_says():
    assert values_of(IntervalSize(), "C4 D4 F#4 F#4") == [0, 0, -0.1, -0.2]  # a step, a third, a repeat
    assert values_of(IntervalSize(), "C4 F4 - B3") == [0, -0.3, 0, -1]  # a fourth, a tritone down
    assert values_of(IntervalSize(), "C4 . C5 B3") == [0, 0, -0.6, -1]  # an octave over a rest, 13 semitones
    assert values_of(IntervalSize(), "C4 A4 B3 C3") == [0, -0.6, -0.9, -1]  # a sixth, a minor and a major seventh


def test_the_last_entry_of_the_table_holds_for_all_wider_moves():
    assert values_of(IntervalSize(table=(0.0, 1.0, -0.5)), "C4 C#4 F4 C3") == [0, 1, -0.5, -0.5]


def test_repeats_cost_beyond_the_limit():
    assert values_of(RepetitionLimit(limit=2), "C4 C4 C4 C4") == [0, 0, -1, -1]
    assert values_of(RepetitionLimit(limit=2), "C4 . C4 C4") == [0, 0, 0, -1]
    assert values_of(RepetitionLimit(limit=2), "C4 C4 D4 C4") == [0, 0, 0, 0]
    assert values_of(RepetitionLimit(limit=1), "C4 C4 C5 C5") == [0, -1, 0, -1]


@pytest.mark.parametrize(
    ("scale", "text", "values"),
    [
        ("G major", "G4 A4 - .", [1, 0, 0, 0]),
        ("G major", ". - D4 G4", [0, 0, 1, 0]),
        ("G major", "B3 G4 - .", [0.5, 0, 0, 0]),
        ("G major", "Bb3 G4 - .", [-1, 0, 0, 0]),  # no third of this scale
        ("A minor", "C5 A4 - .", [0.5, 0, 0, 0]),
        ("A minor", "C#5 A4 - .", [-1, 0, 0, 0]),
        ("A minor", ". . - .", [0, 0, 0, 0]),
    ],
)
def test_the_first_note_is_paid_by_its_degree(scale, text, values):
    assert values_of(OpeningDegree(scale), text) == values


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: InScale("C majr"), "did you mean 'major'"),
        (lambda: OpeningDegree("H minor"), "pitch class"),
        (lambda: Range(low_span=9, high_span=3), "Range low_span is 9, expected at most high_span, which is 3"),
        (lambda: Range(slope=0), "Range slope is 0, expected a number above 0"),
        (lambda: IntervalSize(table=()), "IntervalSize table is \\(\\), expected one or more finite numbers"),
        (lambda: IntervalSize(table=(0.0, float("nan"))), "finite numbers"),
        (lambda: RepetitionLimit(limit=0), "RepetitionLimit limit is 0, expected a whole number from 1 up"),
        (lambda: RepetitionLimit(limit=2.5), "limit is 2.5"),
    ],
)
def test_impossible_parameters_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_table_read_from_toml_as_a_list_is_hashable():
    assert IntervalSize(table=[0, 1]) == IntervalSize(table=(0, 1))
    assert hash(IntervalSize(table=[0, 1])) == hash(IntervalSize(table=(0, 1)))
