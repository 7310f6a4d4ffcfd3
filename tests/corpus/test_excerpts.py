"""Excerpts: real bars on a grid, moved and never bent."""

import pytest

from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.corpus.excerpts import excerpts, same_metre
from evomusic.corpus.tunes import SILENT, TICKS, TIED, Section, Source

ONE_BAR = Grid(bars=1, low=62, high=86, scale="G major")
TWO_BARS = Grid(bars=2, low=62, high=86, scale="G major")


def tune(*bars, metre=(4, 4), key="G major", name="tune"):
    return Source(name, "0" * 64, (Section(metre, key, tuple(tuple(bar) for bar in bars)),))


def even(*pitches, length=TICKS):
    return [(pitch, length) for pitch in pitches]


def texts(found, grid):
    return [Melody(row, grid).text for row in found.melodies]


def test_a_tune_is_moved_to_the_grids_tonic_and_nearest_its_middle():
    found = excerpts([tune(even(48, 50, 52, 53), key="C major")], ONE_BAR)
    assert texts(found, ONE_BAR) == ["G4 - - - A4 - - - B4 - - - C5 - - -"]


def test_the_octave_is_one_in_which_every_pitch_is_on_the_grid():
    found = excerpts([tune(even(62, 86, 62, 62))], ONE_BAR)  # the median alone would ask for an octave higher
    assert texts(found, ONE_BAR) == ["D4 - - - D6 - - - D4 - - - D4 - - -"]


def test_another_tonic_puts_the_tunes_there():
    grid = Grid(bars=1, low=60, high=84)
    found = excerpts([tune(even(67, 69, 71, 72))], grid, tonic="F3")
    assert texts(found, grid) == ["F4 - - - G4 - - - A4 - - - A#4 - - -"]


def test_two_four_is_read_at_double_note_values_and_two_two_as_it_is():
    slow, fast = tune(even(67, 69, 71, 72), metre=(2, 2)), tune(even(67, 69, 71, 72, length=TICKS // 2), metre=(2, 4))
    assert (excerpts([slow], ONE_BAR).melodies == excerpts([fast], ONE_BAR).melodies).all()


@pytest.mark.parametrize(
    ("metre", "grid", "fits"),
    [
        ((4, 4), Grid(), True),
        ((2, 2), Grid(), True),
        ((2, 4), Grid(beats=2), True),
        ((3, 4), Grid(), False),
        ((3, 8), Grid(beats=3), True),
        ((6, 8), Grid(beats=2, steps_per_beat=6), True),
        ((6, 8), Grid(beats=2), False),
        ((4, 4), Grid(beats=4, steps_per_beat=3), False),
        ((9, 8), Grid(beats=3, steps_per_beat=3), True),
        ((12, 8), Grid(beats=4, steps_per_beat=6), True),
        ((5, 4), Grid(beats=5), True),
    ],
    ids=str,
)
def test_metres_fit_grids_of_their_kind(metre, grid, fits):
    assert same_metre(metre, grid) == fits


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (tune(even(67, 69, 71), metre=(3, 4)), "metre"),
        (tune(even(64, 66, 67, 69), key="E minor"), "mode"),
        (tune(even(64, 66, 67, 69), key=""), "mode"),
        (tune(even(67, 68, 67, 69)), "range or scale"),
        (tune(even(55, 67, 79, 91)), "range or scale"),
        (tune([*even(67, 69, 71, length=TICKS // 3), *even(67, 67, 67)]), "rhythm"),
        (tune([(SILENT, 4 * TICKS)]), "silence"),
    ],
    ids=["3/4", "minor", "no key", "chromatic", "wide", "triplets", "silent"],
)
def test_what_does_not_fit_is_counted_and_left_out(source, why):
    found = excerpts([source], ONE_BAR)
    assert found.melodies.shape == (0, 16)
    assert found.refused == {why: 1}


def test_windows_follow_one_another_and_begin_anew_after_a_short_bar():
    whole, short = even(67, 67, 67, 67), even(69)
    found = excerpts([tune(even(71, 71), whole, whole, short, whole, whole, whole)], TWO_BARS)
    assert len(found.melodies) == 2


def test_the_closing_bar_is_filled_up_by_the_upbeat_that_it_was_short_of():
    found = excerpts([tune(even(62), even(67, 69, 71, 67), even(66, 69, 67))], TWO_BARS)
    assert texts(found, TWO_BARS) == ["G5 - - - A5 - - - B5 - - - G5 - - - | F#5 - - - A5 - - - G5 - - - - - - -"]


def parts(*sections, key="G major"):
    """A tune of sections in 4/4, each a list of bars."""
    made = (Section((4, 4), key, tuple(tuple(bar) for bar in bars)) for bars in sections)
    return Source("tune", "0" * 64, tuple(made))


def test_two_sections_are_played_on_and_upbeats_complete_bars():
    first = [even(62), even(67, 69, 71, 67), even(66, 69, 67)]  # an upbeat of a quarter, and a last bar short of it
    second = [even(74), even(71, 69, 67, 69), even(71, 71, 67)]
    grid = Grid(bars=4, low=62, high=86, scale="G major")
    found = excerpts([parts(first, second)], grid, sections=2)
    assert texts(found, grid) == [
        "G4 - - - A4 - - - B4 - - - G4 - - - | F#4 - - - A4 - - - G4 - - - D5 - - - | "
        "B4 - - - A4 - - - G4 - - - A4 - - - | B4 - - - B4 - - - G4 - - - - - - -"
    ]
    assert len(excerpts([parts(first, second)], grid).melodies) == 0  # by itself none is as long


def test_windows_in_a_section_stay_where_pairs_are_taken_too():
    bars = [even(67, 69, 71, 67)] * 2
    assert (
        len(excerpts([parts(bars * 2, bars, bars, bars)], Grid(bars=4, low=62, high=86, scale="G major")).melodies) == 1
    )
    assert len(excerpts([parts(bars * 2, bars, bars, bars)], Grid(bars=4, low=62, high=86), sections=2).melodies) == 2


@pytest.mark.parametrize(
    "second",
    [
        Section((4, 4), "D major", (tuple(even(67, 69, 71, 67)),) * 2),
        Section((2, 2), "G major", (tuple(even(67, 69, 71, 67)),) * 2),
        Section((4, 4), "G major", (tuple(even(67, 69, 71, 67)),) * 3),
        Section((4, 4), "G major", (tuple(even(67)), *(tuple(even(67, 69, 71, 67)),) * 2)),
    ],
    ids=["another key", "another metre", "a bar more", "an upbeat that no bar lacks"],
)
def test_sections_that_differ_are_no_pair(second):
    first = Section((4, 4), "G major", (tuple(even(67, 69, 71, 67)),) * 2)
    grid = Grid(bars=4, low=62, high=86, scale="G major")
    assert len(excerpts([Source("tune", "0" * 64, (first, second))], grid, sections=2).melodies) == 0
    assert len(excerpts([Source("tune", "0" * 64, (first, first))], grid, sections=2).melodies) == 1


def test_pairs_are_taken_from_sixteen_bars_on():
    bars = [even(67, 69, 71, 67)]
    for half, pairs in ((7, 0), (8, 1)):
        grid = Grid(bars=2 * half, low=62, high=86, scale="G major")
        assert len(excerpts([parts(bars * half, bars * half)], grid).melodies) == pairs


def test_rests_are_rests_and_ties_are_holds_but_for_the_first():
    bar = [(67 + TIED, TICKS), (SILENT, TICKS), (69, TICKS), (69 + TIED, TICKS)]
    assert texts(excerpts([tune(bar)], ONE_BAR), ONE_BAR) == ["G4 - - - . . . . A4 - - - - - - -"]


def test_reading_stops_when_there_are_enough():
    read = []

    def sources():
        for name in "abcdef":
            read.append(name)
            yield tune(even(67, 69, 71, 72), even(67, 69, 71, 72), name=name)

    found = excerpts(sources(), ONE_BAR, most=3)
    assert (len(found.melodies), found.names, read) == (3, ("a", "a", "b"), ["a", "b"])


def test_a_minor_grid_takes_minor_tunes():
    grid = Grid(bars=1, low=57, high=81, scale="A minor")
    found = excerpts([tune(even(64, 66, 67, 69), key="E minor"), tune(even(67, 69, 71, 72))], grid)
    assert texts(found, grid) == ["A4 - - - B4 - - - C5 - - - D5 - - -"]
