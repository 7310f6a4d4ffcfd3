import math
import re

import numpy as np
import pytest

from evomusic.core import checks


@pytest.mark.parametrize("value", [2.5, "3", True, None, 0, 11, 10**400, np.float64(3.0)], ids=str)
def test_a_whole_number_outside_is_refused_in_one_sentence(value):
    with pytest.raises(ValueError, match=r"^population is .{1,60}, expected a whole number from 1 to 10$"):
        checks.whole("population", value, 1, 10)


@pytest.mark.parametrize("value", [1, 10, np.int32(4), np.uint8(4)], ids=repr)
def test_a_whole_number_comes_back_as_an_int(value):
    assert type(checks.whole("population", value, 1, 10)) is int
    assert checks.whole("population", value, 1, 10) == value


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        ({}, "a finite number"),
        ({"low": 0}, "a number from 0 up"),
        ({"low": 0, "high": 1}, "a number from 0 to 1"),
        ({"above": 0}, "a number above 0"),
        ({"above": 0, "high": 1}, "a number above 0 and up to 1"),
        ({"above": 0, "below": 1}, "a number above 0 and below 1"),
        ({"low": 0, "below": 1}, "a number from 0 below 1"),
        ({"high": 1}, "a number to 1"),
    ],
    ids=str,
)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "1", True, None, 10**400], ids=str)
def test_a_number_outside_is_refused_with_its_bounds_in_words(bounds, words, value):
    sentence = re.escape(f"alpha is {checks.shown(value)}, expected {words}")
    with pytest.raises(ValueError, match=f"^{sentence}$"):
        checks.number("alpha", value, **bounds)


@pytest.mark.parametrize("value", [0, 0.25, np.float32(0.25), np.int8(1)], ids=repr)
def test_a_probability_comes_back_as_a_float(value):
    assert type(checks.probability("epsilon", value)) is float
    assert checks.probability("epsilon", value) == value


@pytest.mark.parametrize(("bounds", "edge"), [({"above": 0.0}, 0.0), ({"below": 1.0}, 1.0)], ids=str)
def test_an_excluded_bound_is_refused(bounds, edge):
    with pytest.raises(ValueError, match="alpha is"):
        checks.number("alpha", edge, **bounds)


def test_a_misspelt_choice_is_told_the_nearest():
    with pytest.raises(ValueError, match=r"view is 'shrt', expected one of 'short', 'blind'; did you mean 'short'\?"):
        checks.choice("view", "shrt", ("short", "blind"))


@pytest.mark.parametrize("value", [None, 3, ["short"]], ids=str)
def test_what_is_no_word_is_no_choice(value):
    with pytest.raises(ValueError, match=r"view is .*, expected one of 'short', 'blind'$"):
        checks.choice("view", value, ("short", "blind"))


def test_an_object_that_lacks_a_verb_is_refused_by_it():
    with pytest.raises(ValueError, match="encoding is None, expected an encoding: it has no sample and no vary"):
        checks.able("encoding", None, ("sample", "vary"), "an encoding")
    with pytest.raises(ValueError, match="it is a class, not an object of it"):
        checks.able("text", str, ("upper",), "a text")
    assert checks.able("text", "x", ("upper",), "a text") == "x"


@pytest.mark.parametrize(("expected", "words"), [((8, 64), r"\(8, 64\)"), (("P", 64), r"\(P, 64\)"), ((8,), r"\(8,\)")])
def test_a_wrong_shape_is_refused(expected, words):
    with pytest.raises(ValueError, match=rf"melodies has shape \(8, 60\), expected {words}$"):
        checks.shape("melodies", np.zeros((8, 60)), expected)


def test_a_letter_stands_for_any_size():
    checks.shape("melodies", np.zeros((8, 60)), ("P", 60))


def test_a_long_value_is_cut():
    assert len(checks.shown("x" * 1000)) == checks.LONGEST
    assert checks.shown(-(10**5000)) == "a whole number of more than 60 digits"


def test_a_budget_may_be_written_as_a_float():
    assert checks.budget("steps", 1e6) == 1_000_000
    with pytest.raises(ValueError, match=r"steps is 2\.5, expected a whole number from 1 up"):
        checks.budget("steps", 2.5, 1)
