"""What the notes of a unit echo, and what that makes likelier."""

from __future__ import annotations

import numpy as np
import pytest

from evomusic.song.echoes import Echo, Echoes, echoes_of


def units(*texts):
    return np.array([[int(c.replace("-", "1")) for c in text] for text in texts])


@pytest.mark.parametrize(
    ("melody", "echoes"),
    [
        (["2345", "2-4-", "9876"], [None, Echo(2, True, 1), Echo(2, True, 1), Echo(2, True, 1)]),
        (["2345", "2-4-", "9-7-"], [Echo(1, False, -2), Echo(1, True, 2)]),  # down by three, which counts as two
        (["2345", "2345", "9876"], [None, *[Echo(2, True, 1)] * 3]),  # not the last one
        (["2-4-", "2345", "0-4-"], [None]),  # rests where the others have notes
        (["2345", "0000", "0000"], []),
    ],
)
def test_a_note_echoes_the_move_at_its_place_in_the_first_unit_with_the_rhythm(melody, echoes):
    assert echoes_of(units(*melody), 2) == echoes


def test_the_same_place_of_the_half_is_heard_before_the_last_unit():
    line = units(*["23"] * 3, "43", *["24"] * 12, "55")
    assert echoes_of(line, 11) == [Echo(8, False, 1), Echo(8, True, -1)]
    assert echoes_of(line, 16)[1] == Echo(16, True, 1)


def test_only_the_rhythm_of_the_unit_itself_is_heard():
    drawn, rhythm = units("2345", "5432"), units("2345", "2222")
    assert echoes_of(drawn, 1) == echoes_of(rhythm, 1)


def test_moves_are_the_likelier_the_more_often_they_follow_what_they_echo():
    echoes = Echoes(9)
    for move in (1, 1, 1, -1):
        echoes.add(Echo(4, True, 1), move)
    for move in (-1, -1, -1, 1):
        echoes.add(Echo(4, True, -1), move)
    up, down = echoes.factors(Echo(4, True, 1), 4), echoes.factors(Echo(4, True, -1), 4)
    assert up.shape == (9,)
    assert up[5] > 1 > up[3]
    np.testing.assert_allclose(up[5], down[3])
    np.testing.assert_allclose(up[6:], up[6])  # wide moves are alike


def test_an_echo_of_no_tune_weighs_by_the_coarser_contexts():
    echoes = Echoes(5)
    np.testing.assert_allclose(echoes.factors(Echo(8, True, 1), 2), 1)
    echoes.add(Echo(4, True, 1), 1)
    echoes.add(Echo(4, True, 0), 0)
    assert echoes.factors(Echo(8, True, 1), 2)[3] > 1
