"""The ways in which loops touch genomes, and what parameters are refused."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from evomusic.encodings import base


class Leaf(NamedTuple):
    size: np.ndarray


class Plant(NamedTuple):
    stem: np.ndarray
    leaf: Leaf


def plants(*numbers):
    stems = np.array(numbers)[:, None] * np.ones(3)
    return Plant(stems, Leaf(np.array(numbers)))


def flat(genomes):
    return [p.tolist() for p in (genomes.stem[:, 0], genomes.leaf.size)] if isinstance(genomes, tuple) else genomes


def test_genomes_may_be_nested_tuples_of_arrays():
    both = base.concatenate([plants(1, 2), plants(3)])
    chosen = base.take(both, np.array([2, 0]))
    assert isinstance(chosen.leaf, Leaf)
    assert flat(chosen) == [[3, 1], [3, 1]]
    assert flat(base.take(both, np.array([True, False, True]))) == [[1, 3], [1, 3]]
    assert base.count(both) == 3


def test_genomes_are_the_same_where_all_their_parts_are():
    other = Plant(plants(1, 2, 9).stem, Leaf(np.array([1, 5, 9])))
    assert base.same(plants(1, 2, 3), other).tolist() == [True, False, False]
    assert base.same(np.array([1, 2]), np.array([1, 3])).tolist() == [True, False]


def test_what_is_taken_is_a_copy():
    genomes = np.zeros((3, 4))
    base.take(genomes, np.arange(3))[:] = 1
    assert not genomes.any()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"transpos": 1.0}, "did you mean 'transpose'"),
        ({"transpose": -1.0}, "finite number from 0"),
        ({"transpose": float("nan")}, "finite number from 0"),
        ({"transpose": True}, "finite number from 0"),
        ({"transpose": 0.0}, "at least one weight above 0"),
        ({}, "at least one weight above 0"),
        ("revers", "did you mean 'reverse'"),
    ],
)
def test_weights_that_make_no_sense_are_refused(given, said):
    with pytest.raises(ValueError, match=said):
        base.weighted("mutations", given, ("transpose", "reverse"))


def test_weights_are_kept_in_one_order():
    known = ("transpose", "reverse")
    assert base.weighted("mutations", {"reverse": 1, "transpose": 2}, known) == (("transpose", 2.0), ("reverse", 1.0))


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan"), True, "much", None])
def test_a_rate_is_a_probability(value):
    with pytest.raises(ValueError, match="a probability from 0 to 1"):
        base.rate("mutation_rate", value)


@pytest.mark.parametrize("value", [0, -1, 2.0, True, "3"])
def test_a_count_is_a_whole_number(value):
    with pytest.raises(ValueError, match="a whole number from 1 up"):
        base.check_count("population", value)
