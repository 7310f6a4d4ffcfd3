"""Elements of discrete spaces, numbered by mixed radix."""

from __future__ import annotations

import numpy as np
import pytest
from gymnasium import spaces

from evomusic.models.spaces import numbering

SPACES = {
    "discrete": spaces.Discrete(5),
    "discrete with a start": spaces.Discrete(5, start=-2),
    "two of several": spaces.MultiDiscrete([3, 4]),
    "starts of several": spaces.MultiDiscrete([[3, 4], [2, 2]], start=[[1, 0], [-1, 5]]),
    "bits": spaces.MultiBinary(4),
    "a board of bits": spaces.MultiBinary([2, 2]),
    "tuple": spaces.Tuple((spaces.Discrete(3), spaces.Discrete(2, start=7), spaces.MultiBinary(2))),
    "dict in a tuple": spaces.Tuple((spaces.Dict(b=spaces.Discrete(2), a=spaces.MultiDiscrete([2, 3])),)),
}


@pytest.mark.parametrize("name", SPACES)
def test_numbers_and_elements_are_one_to_one(name):
    space = SPACES[name]
    made = numbering("space", space)
    elements = [made.element(i) for i in range(made.size)]
    assert [made.number(element) for element in elements] == list(range(made.size))
    assert all(space.contains(element) for element in elements)
    space.seed(0)
    assert {made.number(space.sample()) for _ in range(40 * made.size)} == set(range(made.size))


def test_the_last_part_changes_fastest():
    shape = (3, 4, 5)
    made = numbering("space", spaces.MultiDiscrete(shape))
    for element in ([0, 0, 1], [2, 3, 4], [1, 2, 3]):
        assert made.number(np.array(element)) == np.ravel_multi_index(element, shape)


@pytest.mark.parametrize(
    ("name", "element"),
    [
        ("discrete", 5),
        ("discrete", -1),
        ("discrete", 1.5),
        ("discrete", None),
        ("discrete with a start", 3),
        ("two of several", np.array([0, 4])),
        ("two of several", np.array([0, 1, 2])),
        ("two of several", np.array([0.0, 1.0])),
        ("bits", "0101"),
        ("tuple", (0, 7)),
        ("dict in a tuple", ({"a": np.array([0, 0])},)),
    ],
)
def test_what_is_no_element_has_no_number(name, element):
    with pytest.raises(ValueError, match=r"an element of space is .*, expected one of"):
        numbering("space", SPACES[name]).number(element)


@pytest.mark.parametrize("number", [-1, 5, 1.0, True])
def test_what_is_no_number_has_no_element(number):
    with pytest.raises(
        ValueError, match=r"the number of an element of space is .*, expected a whole number from 0 to 4"
    ):
        numbering("space", SPACES["discrete"]).element(number)


@pytest.mark.parametrize(
    "space", [spaces.Box(0, 1), spaces.Text(3), spaces.Sequence(spaces.Discrete(2)), spaces.Tuple((spaces.Box(0, 1),))]
)
def test_spaces_without_an_end_are_refused(space):
    with pytest.raises(ValueError, match=r"space is .*, expected Discrete, MultiDiscrete or MultiBinary"):
        numbering("space", space)
