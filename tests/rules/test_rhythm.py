"""Values of the rhythm rules, worked out by hand from their docstrings. Pitches do not matter here."""

import pytest

from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.rules import Density, MetricalOnsets, NoteLengths, RhythmEcho, Sustain, SyncopationLimit
from evomusic.testing import pay

EIGHTHS = Grid(bars=1, beats=4, steps_per_beat=2)  # strengths 3 0 1 0 2 0 1 0
TWO = Grid(bars=2, beats=2, steps_per_beat=2)  # strengths 3 0 1 0, twice
THREE = Grid(bars=3, beats=2, steps_per_beat=2)


def values_of(rule, text, grid=EIGHTHS):
    return pay(rule, Melody.parse(text.replace("x", "C4"), grid))


def test_onsets_and_their_absence_are_paid_by_strength():
    assert values_of(MetricalOnsets(), "x x x . - . . -") == [0, -0.1, 0, 0, -0.5, 0, -0.2, 0]
    assert values_of(MetricalOnsets(), ". x . x . . x .") == [-1, -0.1, -0.2, -0.1, -0.5, 0, 0, 0]


def test_an_empty_bar_costs_as_the_docstring_says():
    assert sum(values_of(MetricalOnsets(), ". . . . . . . .")) == pytest.approx(-1.9)


def test_onset_tables_are_indexed_by_strength():
    rule = MetricalOnsets(onset=(0.1, 0.2, 0.3, 0.4), none=(-0.1, -0.2, -0.3, -0.4))
    assert values_of(rule, "x x x x x - - -") == [0.4, 0.1, 0.2, 0.1, 0.3, -0.1, -0.2, -0.1]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("x x - . x - - -", [0, -1, 0, 0, 0, 0, 0, -1]),  # cut by the next note; one step too long
        ("x . x - . . . x", [0, -1, 0, 0, 0, 0, 0, -1]),  # cut by a rest; cut by the end
        (". . . . x - . .", [0, 0, 0, 0, 0, 0, 0, 0]),
        ("x - - - - . . .", [0, 0, 0, -1, -1, 0, 0, 0]),  # each step too many
        ("x - . - - - - -", [0, 0, 0, 0, 0, 0, 0, 0]),  # a hold after a rest is a rest
        (". . . . . . x x", [0, 0, 0, 0, 0, 0, 0, -2]),  # two notes too short end here
    ],
)
def test_notes_shorter_or_longer_than_wanted_cost(text, values):
    assert values_of(NoteLengths(shortest=2, longest=3), text) == values


def test_silence_costs_however_it_is_written():
    assert values_of(Sustain(), ". - x - . - x x") == [-0.25, -0.25, 0, 0, -0.25, -0.25, 0, 0]


def test_the_number_of_notes_is_paid_at_the_end_of_each_bar():
    rule = Density(low=2, high=3, slope=0.5)
    assert values_of(rule, "x . x . | x x x x", TWO) == [0, 0, 0, 1, 0, 0, 0, 0.5]
    assert values_of(rule, ". . . x | - . . .", TWO) == [0, 0, 0, 0.5, 0, 0, 0, 0]


def test_an_empty_bar_is_no_refuge_from_density():
    assert values_of(Density(), ". . . . . . . .")[-1] == -1


def test_density_does_not_tell_how_many_are_too_many():
    grid = Grid(bars=1, beats=4, steps_per_beat=4)
    assert values_of(Density(low=1, high=2, slope=0.5), " ".join("x" * 16), grid)[-1] == -1


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("x x - . . . . .", [0, 0, -1, 0, 0, 0, 0, 0]),  # from off the beat over a beat
        ("x . x - - - . .", [0, 0, 0, 0, -1, 0, 0, 0]),  # from a beat over the middle of the bar
        ("x - - - - - - -", [0, 0, 0, 0, 0, 0, 0, 0]),  # nothing is stronger than the bar line
        ("x . . x - - - -", [0, 0, 0, 0, -1, 0, 0, 0]),  # once a note
        ("x . . x x - - -", [0, 0, 0, 0, 0, 0, 0, 0]),
        ("x x . - . . . .", [0, 0, 0, 0, 0, 0, 0, 0]),  # not held
    ],
)
def test_syncopated_notes_cost(text, values):
    assert values_of(SyncopationLimit(limit=0), text) == values


def test_syncopation_is_allowed_up_to_the_limit_in_each_bar():
    assert values_of(SyncopationLimit(limit=1), "x x - x - x - .") == [0, 0, 0, 0, -1, 0, -1, 0]
    assert values_of(SyncopationLimit(limit=1), "x x - . | x x - .", TWO) == [0] * 8


def test_a_note_held_over_the_bar_line_counts_in_the_new_bar():
    assert values_of(SyncopationLimit(limit=1), "x x - x | - x - .", TWO) == [0, 0, 0, 0, 0, 0, -1, 0]


def test_onsets_are_compared_with_the_bar_before_on_the_lattice():
    # the places are steps 0 and 2 of a bar: on off, then on off, then off on; steps 1 and 3 are not heard
    text = "x x . . | x - - x | . . x ."
    assert values_of(RhythmEcho(every=2), text, THREE) == [0, 0, 0, 0, 0, 0, 0, 0, -1, 0, -1, 0]


def test_a_finer_lattice_hears_more():
    assert values_of(RhythmEcho(every=1), "x x . . | x - - x", TWO) == [0, 0, 0, 0, 0, -1, 0, -1]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MetricalOnsets(onset=(0.0, 1.0)), "MetricalOnsets onset is .*, expected 4 finite numbers"),
        (lambda: MetricalOnsets(none=(0.0, 1.0, 2.0, "x")), "MetricalOnsets none"),
        (lambda: NoteLengths(shortest=0), "NoteLengths shortest is 0"),
        (lambda: NoteLengths(shortest=9), "NoteLengths shortest is 9, expected at most longest, which is 8"),
        (lambda: Density(low=9, high=8), "Density low is 9"),
        (lambda: Density(slope=-1), "Density slope is -1"),
        (lambda: SyncopationLimit(limit=-1), "SyncopationLimit limit is -1"),
        (lambda: RhythmEcho(every=0), "RhythmEcho every is 0"),
    ],
)
def test_impossible_parameters_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
