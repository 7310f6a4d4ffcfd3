"""The functions by which loops handle genomes, and refused parameters."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from evomusic.encodings import base
from evomusic.encodings.notes.notes import Notes


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
    ("weights", "said"),
    [
        ({"transpos": 1.0}, "did you mean 'transpose'"),
        ({"transpose": -1.0}, "expected a number from 0 up"),
        ({"transpose": float("nan")}, "expected a number from 0 up"),
        ({"transpose": True}, "expected a number from 0 up"),
        ({"transpose": 10**400}, "expected a number from 0 up"),
        ({"transpose": None}, "expected a number from 0 up"),
        ({"transpose": 1e308, "reverse": 1e308}, "expected a finite sum, and at least one weight above 0"),
        ({"transpose": 5e-324}, "at least one weight above 0"),
        ({"transpose": 0.0}, "at least one weight above 0"),
        ({}, "at least one weight above 0"),
        ("revers", "did you mean 'reverse'"),
        ({1: 1.0}, "mutations key is 1, expected one of 'transpose', 'reverse'"),
        (None, "mutations is None, expected weights by operator such as"),
        (2.5, "mutations is 2.5, expected weights"),
        (["transpose"], "mutations is"),
        (dict, "mutations is <class 'dict'>, expected weights"),
    ],
)
def test_weights_that_make_no_sense_are_refused(weights, said):
    with pytest.raises(ValueError, match=said):
        base.operator_weights("mutations", weights, ("transpose", "reverse"))


def test_weights_are_put_in_the_order_of_the_operators():
    weights = base.operator_weights("mutations", {"reverse": 1, "transpose": 2}, ("transpose", "reverse"))
    assert weights == (("transpose", 2.0), ("reverse", 1.0))


@pytest.mark.parametrize("encoding", [None, 2.5, "notes", Notes, [Notes()]])
def test_an_encoding_is_an_object_with_the_methods_of_one(encoding):
    with pytest.raises(ValueError, match="expected an encoding such as"):
        base.checked_encoding(encoding)


@pytest.mark.parametrize("texts", [None, 2.5, "seq(0:2, 1:2)", [b"0:2"], str])
def test_texts_are_a_list_of_texts(texts):
    with pytest.raises(ValueError, match="texts"):
        base.checked_texts(texts)
