"""Values under a cap, worked out by hand, and the caps of random melodies."""

from dataclasses import dataclass

import numpy as np
import pytest

from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.rules import Capped, Density, InScale, LeapRecovery, MetricalOnsets, NoteLengths
from evomusic.testing import check_rule, pay

TWO = Grid(bars=2, beats=4, steps_per_beat=1)


@dataclass(frozen=True, kw_only=True)
class Pays:
    """The value given at each note above C4, its opposite at each below. Remembers nothing."""

    value: float
    start = None
    hears = ()

    def read(self, memory, event, slot):
        return None, (self.value * ((event.pitch > 60) - (event.pitch < 60)) if event.is_note else 0.0)


def values_of(rule, text):
    return pay(rule, Melody.parse(text, Grid(bars=2, beats=4, steps_per_beat=1, low=48, high=72)))


def test_a_bar_takes_no_more_than_the_cap():
    text = "C#4 C#4 C#4 C4 | C#4 . - C#4"
    assert values_of(Capped(InScale("C major"), 2.0), text) == [-1, -1, 0, 0, -1, 0, 0, -1]


def test_a_bar_pays_no_more_than_the_cap():
    assert values_of(Capped(Pays(value=0.75), 1.0), "D4 D4 D4 . | D4 . . .") == [0.75, 0.25, 0, 0, 0.75, 0, 0, 0]


def test_a_sum_at_the_cap_can_come_back():
    assert values_of(Capped(Pays(value=0.75), 1.0), "D4 D4 B3 D4 | B3 B3 D4 D4") == [
        *(0.75, 0.25, -0.75, 0.75),
        *(-0.75, -0.25, 0.75, 0.75),
    ]


def test_a_note_takes_no_more_than_the_cap():
    rule = Capped(NoteLengths(longest=1), 1.0, per="note")
    assert values_of(rule, "C4 - - - | - C4 - -") == [0, -1, 0, 0, 0, 0, -1, 0]


def test_values_are_rounded_to_the_grain():
    assert values_of(Capped(Pays(value=0.3), 1.0, grain=0.25), "D4 . . . | . . . .")[0] == 0.25


def test_a_rule_that_stays_below_the_cap_is_paid_in_full():
    text = "C4 G4 A4 C4 | D4 D4 . C5"
    assert values_of(Capped(LeapRecovery(), 4.0), text) == values_of(LeapRecovery(), text)


@pytest.mark.parametrize("per", ["note", "bar"])
@pytest.mark.parametrize("inner", [MetricalOnsets(), Pays(value=0.7), InScale("D major")], ids=repr)
def test_no_note_and_no_bar_exceeds_its_cap(inner, per):
    rng = np.random.default_rng(2)
    for tokens in rng.integers(0, 20, (100, TWO.steps)):
        values = np.array(pay(Capped(inner, 0.5, per=per), Melody(tokens, TWO)))
        part = np.arange(TWO.steps) // TWO.steps_per_bar if per == "bar" else np.cumsum(tokens >= 2)
        assert np.abs(np.bincount(part, values)).max() <= 0.5


@pytest.mark.parametrize(
    "rule",
    [
        Capped(LeapRecovery(), 2.0),
        Capped(NoteLengths(shortest=2, longest=3), 1.0, per="note"),
        Capped(MetricalOnsets(), 1.0),
        Capped(Density(), 0.5, per="note"),
        Capped(Capped(InScale("C major"), 1.0, per="note"), 2.0),
    ],
    ids=repr,
)
def test_capped_rules_keep_the_contract(rule):
    check_rule(rule)


def test_a_cap_hears_what_its_rule_hears():
    assert Capped(Density(), per="note").hears == ("bar_last", "in_pickup")
    assert Capped(Density(), per="bar").hears == ("bar_last", "in_pickup", "bar_start")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Capped(InScale("C major"), 0), "Capped cap is 0, expected a number above 0"),
        (
            lambda: Capped(InScale("C major"), 1.0, per="phrase"),
            "Capped per is 'phrase', expected one of 'note', 'bar'",
        ),
        (lambda: Capped(InScale("C major"), 0.33), "Capped cap is 0.33, expected a multiple of grain"),
    ],
)
def test_impossible_parameters_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
