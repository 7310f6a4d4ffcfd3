from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import evomusic as em
from evomusic.core import theory
from evomusic.core.grid import CLOCK_FIELDS


def test_rl_tuners_frame_has_its_38_actions():
    grid = em.Grid(bars=2, low=48, high=83)
    assert (grid.steps, grid.tokens) == (32, 38)
    assert [grid.event(a).pitch for a in (0, 1, 2, 37)] == [-1, -1, 48, 83]


def test_scale_leaves_its_pitches_only():
    grid = em.Grid(low=60, high=72, scale="C major")
    assert grid.pitches == (60, 62, 64, 65, 67, 69, 71, 72)
    assert [grid.token(p) for p in (60, 72)] == [2, 9]


def test_clock_of_a_bar_of_four():
    grid = em.Grid(bars=3, chords=("C", "G7"), phrase_bars=2)
    assert [grid.slot(t).strength for t in range(16)] == [3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0]
    assert [grid.slot(16 * b).chord for b in range(3)] == [(0, 4, 7), (7, 11, 2, 5), (0, 4, 7)]
    assert [grid.slot(16 * b).phrase for b in range(3)] == [0, 0, 1]
    assert [t for t in range(48) if grid.slot(t).phrase_last] == [31, 47]
    assert [t for t in range(48) if grid.slot(t).phrase_first] == [0, 32]
    assert [t for t in range(48) if grid.slot(t).bar_last] == [15, 31, 47]


@pytest.mark.parametrize(
    ("beats", "per", "signature", "strengths"),
    [
        (2, 6, (6, 8), [3, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]),
        (3, 2, (3, 4), [3, 0, 1, 0, 1, 0]),
        (6, 1, (6, 4), [3, 1, 1, 2, 1, 1]),
        (1, 1, (1, 4), [3]),
    ],
    ids=["6/8", "3/4", "6/4", "1/4"],
)
def test_metres(beats, per, signature, strengths):
    grid = em.Grid(bars=1, beats=beats, steps_per_beat=per)
    assert grid.time_signature == signature
    assert [grid.slot(t).strength for t in range(grid.steps)] == strengths


def test_one_step_is_first_and_last():
    slot = em.Grid(bars=1, beats=1, steps_per_beat=1).slot(0)
    assert slot.first
    assert slot.last
    assert slot.bar_last
    assert slot.phrase_last


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"bars": 0}, "grid bars is 0, expected a whole number from 1"),
        ({"bars": 2.5}, "grid bars is 2.5"),
        ({"beats": True}, "grid beats is True"),
        ({"low": 90, "high": 60}, "grid low is 90, expected at most high"),
        ({"high": 200}, "grid high is 200, expected a whole number from 0 to 127"),
        ({"scale": "C majr"}, "did you mean 'major'"),
        ({"scale": "H major"}, "'H' is not a pitch class"),
        ({"low": 61, "high": 61, "scale": "C major"}, "no pitch of C major from 61 to 61"),
        ({"chords": ("C", "Gx")}, "chord 'Gx' is not known"),
        ({"tempo": 0}, "grid tempo is 0"),
    ],
)
def test_impossible_grids_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        em.Grid(**wrong)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda g: g.event(99), "token is 99, expected a whole number from 0 to 26"),
        (lambda g: g.slot(64), "step is 64, expected a whole number from 0 to 63"),
        (lambda g: g.slot(-1), "step is -1, expected a whole number from 0 to 63"),
        (lambda g: g.token(10), "pitch 10 .* is not on this grid"),
        (lambda g: g.token(None), "pitch is None, expected a whole number from 0 to 127"),
    ],
)
def test_what_is_off_the_grid_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(em.Grid())


def test_slot_refuses_what_a_rule_does_not_hear():
    slot = em.Slot(bar=1)
    assert slot.bar == 1
    with pytest.raises(AttributeError, match="does not hear 'step'"):
        _ = slot.step
    with pytest.raises(AttributeError, match="no field 'positon'; did you mean 'position'"):
        _ = slot.positon


def test_slots_hold_every_clock_field():
    assert set(em.Grid().slot(0).__dict__) == set(CLOCK_FIELDS)


@given(st.integers(0, 127))
def test_note_names_read_back(pitch):
    assert theory.parse_note(theory.note_name(pitch)) == pitch


@pytest.mark.parametrize(("name", "pitch"), [("C4", 60), ("Bb3", 58), ("F##4", 67), ("Cb4", 59), ("c-1", 0)])
def test_note_names(name, pitch):
    assert theory.parse_note(name) == pitch


@pytest.mark.parametrize("name", ["H4", "C", "C#b4x", "", "G10"])
def test_wrong_note_names_are_refused(name):
    with pytest.raises(ValueError, match="note"):
        theory.parse_note(name)


def test_chords_and_scales():
    assert theory.parse_chord("G7") == (7, 11, 2, 5)
    assert theory.parse_chord("Bbm7") == (10, 1, 5, 8)
    assert theory.parse_scale("D major") == (2, (1, 2, 4, 6, 7, 9, 11))
    assert theory.parse_scale("Bb minor")[0] == 10
