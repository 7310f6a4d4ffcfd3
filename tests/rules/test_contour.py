"""Values of the contour rules, worked out by hand from their docstrings."""

import pytest

from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.rules import ContourEcho, DirectionRuns, LeapRecovery, PhraseArch, UniqueClimax
from evomusic.testing import pay

BAR = Grid(bars=1, beats=4, steps_per_beat=1, low=36, high=96)
LONG = Grid(bars=2, beats=4, steps_per_beat=1, low=36, high=96)
THREES = Grid(bars=3, beats=3, steps_per_beat=1, low=36, high=96)


def values_of(rule, text, grid=BAR):
    return pay(rule, Melody.parse(text, grid))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("C4 G4 F4 E4", [0, 0, 0, 0]),  # back by a step
        ("C4 G4 D#4 .", [0, 0, 0, 0]),  # back by 4, the most that recovers
        ("C4 G4 A4 G4", [0, 0, -1, 0]),  # on in the same direction
        ("C4 G4 C4 D4", [0, 0, -1, 0]),  # back, but by a leap, which then is recovered
        ("C4 G4 C4 B3", [0, 0, -1, -1]),  # and which is not
        ("C4 G4 G4 A4", [0, 0, 0, -1]),  # the leap waits through a repeat
        ("C4 G4 - .", [0, 0, 0, 0]),  # never left: costs nothing
        ("G4 C4 . D4", [0, 0, 0, 0]),  # downwards, over a rest
        ("C4 E4 A4 C5", [0, 0, 0, -1]),  # 4 is no leap, 5 is
    ],
)
def test_a_leap_left_alone_costs(text, values):
    assert values_of(LeapRecovery(leap=5, step=4), text) == values


def test_long_runs_cost_in_both_directions():
    assert values_of(DirectionRuns(limit=2), "C4 D4 E4 F4") == [0, 0, 0, -1]
    assert values_of(DirectionRuns(limit=2), "F4 E4 - D4 . C4 B3 C4", LONG) == [0, 0, 0, 0, 0, -1, -1, 0]


def test_a_repeat_breaks_a_run():
    assert values_of(DirectionRuns(limit=2), "C4 D4 E4 E4 F4 G4 A4 .", LONG) == [0, 0, 0, 0, 0, 0, -1, 0]


def test_notes_are_paid_by_their_distance_from_the_arch():
    rule = PhraseArch(low=60, high=72, bars=3, slack=2)  # the arch: 66, 72, 66
    grid = Grid(bars=4, beats=1, steps_per_beat=2, low=36, high=96, phrase_bars=3)
    values = values_of(rule, "E4 F#4 | C5 E5 | C4 C3 | G#4 -", grid)  # the fourth bar begins a phrase
    assert values == pytest.approx([0, 0, 0, -2 / 12, -4 / 12, -1, 0, 0])


@pytest.mark.parametrize(
    ("text", "value"),
    [("C4 E4 D4 .", 1), ("C4 C4 D4 -", 1), ("E4 D4 E4 C4", -1), ("E4 E4 F4 F4", -1), ("- . . .", -1)],
)
def test_the_climax_is_paid_at_the_end(text, value):
    assert values_of(UniqueClimax(), text) == [0, 0, 0, value]


def test_moves_are_compared_with_the_bar_before():
    # moves + +, then + -, then nothing
    assert values_of(ContourEcho(), "C4 D4 E4 | G4 A4 G4 | C5 . .", THREES) == [0, 0, 0, 0, 1, -1, 0, -1, -1]


def test_stillness_echoes_for_nothing():
    assert values_of(ContourEcho(), "C4 . . | D4 - - | E4 E4 E4", THREES) == [0] * 9


def test_a_move_is_from_the_last_beat_of_the_bar_that_has_a_note():
    # the second bar has no note on its first beat, so its first move is of the last beat: from D5 to C5
    assert values_of(ContourEcho(), "C4 . B3 | . D5 C5 | E4 D4 D4", THREES) == [0, 0, 0, 0, 0, 1, 0, -1, -1]


def test_notes_off_the_beat_are_not_compared():
    grid = Grid(bars=2, beats=2, steps_per_beat=2, low=36, high=96)
    assert values_of(ContourEcho(), "C4 D5 E4 C4 | G4 G3 A4 C4", grid) == [0, 0, 0, 0, 0, 0, 1, 0]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LeapRecovery(leap=0), "LeapRecovery leap is 0"),
        (lambda: LeapRecovery(step=True), "LeapRecovery step is True"),
        (lambda: DirectionRuns(limit=0), "DirectionRuns limit is 0"),
        (lambda: PhraseArch(low=70, high=60), "PhraseArch low is 70, expected at most high"),
        (lambda: PhraseArch(bars=0), "PhraseArch bars is 0"),
    ],
)
def test_impossible_parameters_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
