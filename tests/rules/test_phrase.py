"""Values of the phrase rules, worked out by hand from their docstrings."""

import pytest

from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.rules import Cadence
from evomusic.testing import pay

BAR = Grid(bars=1, beats=4, steps_per_beat=1, low=36, high=96)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("G4 A4 B4 C5", 1.0),
        ("G4 D4 - C4", 1.0),
        ("D4 C4 C4 -", 1.0),  # a repeat keeps how the tonic was reached
        ("G4 B4 C5 .", 0.5),  # by step, but silent
        ("E4 C4 - -", 0.5),  # sounding, but by leap
        ("C5 - - -", 0.5),  # from nowhere
        ("B4 C4 - -", 0.5),  # the tonic of another octave
        ("D4 C4 C5 -", 0.5),
        ("E4 C4 - .", 0.0),
        ("C4 - - D4", -1.0),
        ("D4 C4 E4 -", -1.0),
        (". - - .", -1.0),
    ],
)
def test_the_end_is_paid_by_what_ends_it(text, value):
    assert pay(Cadence("C major"), Melody.parse(text, BAR)) == [0, 0, 0, value]


def test_a_rest_within_does_not_hide_the_step():
    assert pay(Cadence("C major"), Melody.parse("D4 . C4 -", BAR))[-1] == 1.0


def test_phrases_are_paid_where_they_end():
    grid = Grid(bars=5, beats=2, steps_per_beat=1, low=36, high=96, phrase_bars=2)
    melody = Melody.parse("E4 D4 | C4 - | D4 . | G4 F4 | E4 C4", grid)
    assert pay(Cadence("C major", phrases=True), melody) == [0, 0, 0, 1, 0, 0, 0, -1, 0, 0.5]
    assert pay(Cadence("C major"), melody) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0.5]


def test_a_misspelt_scale_is_refused():
    with pytest.raises(ValueError, match="did you mean 'major'"):
        Cadence("C mjor")
