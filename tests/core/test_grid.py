from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import evomusic as em
from evomusic.core import theory
from evomusic.core.grid import CLOCK_FIELDS
from evomusic.core.metre import METRES


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
        ({"beat": 0.7}, "grid beat is 0.7 quarters, expected one of 6, 4, 3, 2, 1.5, 1, "),
        ({"pickup": 16}, "grid pickup is 16, expected a whole number from 0 to 15"),
        ({"key": "C majr"}, "did you mean 'major'"),
        ({"chords": ("C G F C G",)}, "grid chords has 'C G F C G' in one bar, expected at most 4, one a beat"),
        ({"chords": ("C Gx",)}, "chord 'Gx' is not known"),
        ({"chords": ("",)}, "chord '' is not known"),
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


@pytest.mark.parametrize("name", METRES)
def test_a_metre_by_its_name_has_that_time_signature_in_sixteenths(name):
    grid = em.Grid(bars=1, **em.metre(name))
    assert "{}/{}".format(*grid.time_signature) == name
    assert grid.steps == 4 * grid.beats * grid.beat_quarters
    assert grid.compound == (name in ("3/8", "6/8", "9/8", "12/8"))


@pytest.mark.parametrize(
    ("name", "strong"),
    [("7/8", [0, 4, 8]), ("5/8", [0, 4]), ("5/4", [0, 12]), ("7/4", [0, 16]), ("3/2", [0]), ("6/4", [0, 12])],
)
def test_groups_of_a_bar_begin_on_strong_beats(name, strong):
    grid = em.Grid(bars=1, **em.metre(name))
    strengths = [grid.slot(t).strength for t in range(grid.steps)]
    assert [t for t, strength in enumerate(strengths) if strength >= 2] == strong
    assert strengths[0] == 3


def test_a_beat_that_is_usual_anyway_makes_no_other_grid():
    assert em.Grid(beat=1) == em.Grid()
    assert em.Grid(beats=2, steps_per_beat=6, beat=1.5) == em.Grid(beats=2, steps_per_beat=6)
    assert em.Grid(steps_per_beat=6, beat=1).time_signature == (4, 4)


def test_a_grid_of_older_fields_is_written_as_before():
    assert set(em.Grid().to_dict()) == {
        *("bars", "beats", "steps_per_beat", "low", "high", "scale", "chords", "phrase_bars", "tempo")
    }
    grid = em.Grid(pickup=2, beat=2.0, key="E dorian")
    assert em.Grid(**grid.to_dict()) == grid
    assert "pickup" not in repr(em.Grid())
    assert eval(repr(grid), {"Grid": em.Grid}) == grid


def test_the_clock_of_a_pickup_is_that_of_the_end_of_a_bar():
    grid = em.Grid(bars=2, pickup=4, chords=("C", "G"), phrase_bars=1)
    before, after = [grid.slot(t) for t in range(4)], [grid.slot(t) for t in range(4, 36)]
    assert [slot.position for slot in before] == [12, 13, 14, 15]
    assert [slot.strength for slot in before] == [1, 0, 0, 0]
    assert {(slot.bar, slot.chord, slot.phrase, slot.phrase_last, slot.in_pickup) for slot in before} == {
        (-1, (), 0, False, True)
    }
    assert [t for t in range(36) if grid.slot(t).phrase_first] == [0, 20]
    assert [t for t in range(36) if grid.slot(t).phrase_last] == [19, 35]
    assert [slot.position for slot in after] == [*range(16)] * 2
    assert [slot.bar for slot in after] == [0] * 16 + [1] * 16
    assert [slot.chord for slot in after[::16]] == [(0, 4, 7), (7, 11, 2)]
    assert not any(slot.in_pickup for slot in after)


def test_chords_share_a_bar_by_beats_the_earlier_ones_longer():
    grid = em.Grid(bars=2, beats=3, chords=("C G7", "Am F G"))
    assert grid.chord_steps(0) == ((0, "C"), (8, "G7"))
    assert grid.chord_steps(1) == ((0, "Am"), (4, "F"), (8, "G"))
    roots = [grid.slot(t).chord[0] for t in range(grid.steps)]
    assert roots == [0] * 8 + [7] * 4 + [9] * 4 + [5] * 4 + [7] * 4


def test_bars_and_beats_of_a_grid_with_a_pickup():
    grid = em.Grid(bars=2, beats=3, pickup=6)
    assert grid.bar_spans == ((0, 6), (6, 18), (18, 30))
    assert grid.beat_lines == [(0.5, False), *((1.5 + beat, beat % 3 == 0) for beat in range(6))]
    assert grid.length == 7.5
