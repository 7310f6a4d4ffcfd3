"""Values of the bands, worked out by hand from their docstrings, and a band of shares against its plain definition."""

import itertools
import math

import numpy as np
import pytest

from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.rules import NoteCount, StepShare
from evomusic.rules.bands import band, reach
from evomusic.testing import pay, reachable

BAR = Grid(bars=1, beats=8, steps_per_beat=1)


def end(rule, text):
    values = pay(rule, Melody.parse(text, BAR))
    assert values[:-1] == [0] * 7
    return values[-1]


def test_a_band_is_flat_within_and_falls_outside():
    assert [band(x, 2, 4, 0.5) for x in range(10)] == [0, 0.5, 1, 1, 1, 0.5, 0, -0.5, -1, -1]


@pytest.mark.parametrize("slope", [0.125, 0.3, 1, 5])
def test_reach_is_the_first_whole_unit_that_is_worth_the_least(slope):
    assert band(reach(slope), 0, 0, slope) == -1
    assert band(reach(slope) - 1, 0, 0, slope) > -1


@pytest.mark.parametrize(("notes", "value"), [(0, 0), (1, 0.5), (2, 1), (3, 1), (4, 0.5), (5, 0), (7, -1), (8, -1)])
def test_notes_are_counted_at_the_end(notes, value):
    assert end(NoteCount(low=2, high=3, slope=0.5), " ".join(["C4"] * notes + ["."] * (8 - notes))) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("C4 D4 E4 C5 C5 . . .", 1.0),  # 2 steps of 4 moves: in the band
        ("C4 D4 E4 F4 C5 - . .", 0.0),  # 3 of 4: .25 above
        ("C4 C4 . C4 D4 C5 . .", 0.0),  # 1 of 4, repeats are moves
        ("C4 D4 E4 F4 G4 . . .", -1.0),  # all: .5 above
        ("C4 D4 E4 . . . . .", 0.0),  # 2 of 2, the missing 2 count as typical: 3 of 4
        ("C4 . . . . . . .", 1.0),  # no move: typical
    ],
)
def test_the_share_of_steps_is_paid_at_the_end(text, value):
    assert end(StepShare(low=0.5, high=0.5, moves=4, slope=4), text) == value


@pytest.mark.parametrize(("low", "high"), [(0.35, 0.65), (0.5, 0.9), (0.0, 0.4), (0.3, 0.3)])
def test_the_share_is_exact_for_the_number_of_moves_it_is_made_for(low, high):
    rng = np.random.default_rng(1)
    rule = StepShare(low=low, high=high, moves=7, slope=1)
    for tokens in rng.integers(2, BAR.tokens - 15, (200, 8)):  # eight notes, seven moves, of all sizes to 9
        pitches = [n.pitch for n in Melody(tokens, BAR).notes]
        share = sum(1 <= abs(a - b) <= 2 for a, b in itertools.pairwise(pitches)) / 7
        assert pay(rule, Melody(tokens, BAR))[-1] == pytest.approx(band(share, low, high, 1))


def test_the_surplus_of_steps_stops_where_it_no_longer_matters():
    rule = StepShare(low=0.5, high=0.5, moves=4, slope=16)  # an eighth of 4 moves: half a move, 1 unit, either way
    surpluses = {memory[1] for memory in reachable(rule, BAR)}
    assert surpluses == {-1, 0, 1}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: NoteCount(low=5, high=4), "NoteCount low is 5"),
        (lambda: NoteCount(slope=math.inf), "NoteCount slope is inf"),
        (lambda: StepShare(low=0.6, high=0.5), "StepShare low is 0.6"),
        (lambda: StepShare(high=1.5), "StepShare high is 1.5, expected a number from 0 to 1"),
        (lambda: StepShare(low=-0.5), "StepShare low is -0.5"),
        (lambda: StepShare(moves=0), "StepShare moves is 0"),
    ],
)
def test_impossible_parameters_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
