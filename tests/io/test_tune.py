from __future__ import annotations

from fractions import Fraction

import pytest

from evomusic.io import Meter, TuneError, TuneNote
from evomusic.io.tune import MAX_BARS, full_bars, plain, regular_bars
from evomusic.io.voices import assemble, one_voice

COMMON = [Meter(Fraction(0), 4, 4)]


def notes(*spans: tuple[int, float, float]) -> list[TuneNote]:
    return [TuneNote(pitch, Fraction(start), Fraction(end) - Fraction(start)) for pitch, start, end in spans]


def quarters(*lines: float) -> list[Fraction]:
    return [Fraction(line) for line in lines]


def test_a_first_bar_that_is_not_full_is_a_pickup() -> None:
    assert full_bars(quarters(0, 1, 5, 9), COMMON) == (1, 5, 9)


def test_a_full_first_bar_leaves_no_pickup() -> None:
    assert full_bars(quarters(0, 4, 8), COMMON) == (0, 4, 8)


def test_a_bar_cut_in_two_by_a_repeat_sign_is_made_whole() -> None:
    assert full_bars(quarters(0, 4, 7, 8, 12), COMMON) == (0, 4, 8, 12)


def test_a_bar_that_stays_short_keeps_its_lines() -> None:
    assert full_bars(quarters(0, 4, 7, 11), COMMON) == (0, 4, 7, 11)


def test_bars_follow_a_change_of_metre() -> None:
    meters = [*COMMON, Meter(Fraction(8), 3, 4)]
    assert regular_bars(meters, Fraction(13)) == [0, 4, 8, 11, 14]


def test_a_change_of_metre_within_a_bar_begins_a_bar() -> None:
    assert regular_bars([*COMMON, Meter(Fraction(2), 3, 4)], Fraction(5)) == [0, 2, 5]


def test_more_bars_than_a_grid_holds_are_refused() -> None:
    with pytest.raises(TuneError, match="bars"):
        regular_bars([Meter(Fraction(0), 1, 64)], Fraction(MAX_BARS))


def test_legato_is_cut_and_told() -> None:
    line, remarks = one_voice(notes((60, 0, 1.1), (62, 1, 2)), quarters(0, 4))
    assert [(n.pitch, n.duration) for n in line] == [(60, 1), (62, 1)]
    assert remarks == ["1 note cut that ran into the next by up to 0.1 quarters"]


def test_two_voices_are_refused_with_bar_and_pitches() -> None:
    with pytest.raises(TuneError, match="E4 and G4 sound together in bar 2, expected one note at a time; choose with"):
        one_voice(notes((60, 0, 1), (64, 4, 6), (67, 5, 6)), quarters(0, 4, 8), "refuse")


DRONE = notes(
    (48, 0, 4), (60, 0, 1), (62, 1, 2), (64, 2, 3), (65, 3, 4), (48, 4, 8), (67, 4, 5), (69, 5, 6), (71, 6, 8)
)
CANON = notes((72, 0, 2), (60, 1, 3), (74, 2, 4), (62, 3, 5), (76, 4, 6), (64, 5, 7), (77, 6, 8), (65, 7, 9))


@pytest.mark.parametrize("voices", [DRONE, CANON, notes((60, 0, 1), (64, 0, 1), (62, 1, 2), (65, 1, 2))])
def test_two_voices_and_chords_throughout_ask_for_a_choice(voices: list[TuneNote]) -> None:
    with pytest.raises(TuneError, match=r"sound together in bar 1.*choose with chords='top' or chords='bottom'"):
        one_voice(voices, quarters(0, 4, 8))


def test_a_choice_of_chords_takes_the_top_or_the_bottom_of_two_voices() -> None:
    top, remarks = one_voice(DRONE, quarters(0, 4, 8), "top")
    assert [(n.pitch, n.duration) for n in top] == [(60, 1), (62, 1), (64, 1), (65, 1), (67, 1), (69, 1), (71, 2)]
    assert remarks == ["2 chords read as the top note", "5 onsets beside a held note: the top note taken"]
    bottom, _ = one_voice(DRONE, quarters(0, 4, 8), "bottom")
    assert [(n.pitch, n.duration) for n in bottom] == [(48, 4), (48, 4)]


def test_a_few_double_stops_are_read_as_their_top_note() -> None:
    line, remarks = one_voice(notes((60, 0, 1), (62, 1, 2), (59, 2, 4), (67, 2, 4)), quarters(0, 4))
    assert [(n.pitch, n.duration) for n in line] == [(60, 1), (62, 1), (67, 2)]
    assert remarks == ["1 chord read as the top note"]


def test_a_chord_spread_by_a_few_ticks_is_still_a_chord() -> None:
    line, remarks = one_voice(notes((64, 0, 1), (60, 0.03125, 1), (62, 1, 2)), quarters(0, 4))
    assert [(n.pitch, n.onset, n.duration) for n in line] == [(64, 0, 1), (62, 1, 1)]
    assert remarks == ["1 chord read as the top note"]
    line, _ = one_voice(notes((60, 0, 1), (64, 0.03125, 1), (62, 1, 2)), quarters(0, 4))
    assert [(n.pitch, n.onset, n.duration) for n in line] == [(64, 0, 1), (62, 1, 1)]


def test_a_short_note_within_a_long_one_is_a_second_voice() -> None:
    with pytest.raises(TuneError, match="sound together"):
        one_voice(notes((60, 0, 1), (62, 0.875, 1)), quarters(0, 4), "refuse")


def test_a_unison_counts_once() -> None:
    line, remarks = one_voice(notes((60, 0, 1), (60, 0, 0.5), (62, 1, 2)), quarters(0, 4))
    assert [(n.pitch, n.duration) for n in line] == [(60, 1), (62, 1)]
    assert remarks == []


@pytest.mark.parametrize(
    ("spans", "tempo", "message"),
    [
        ([], None, "holds no note"),
        ([(60, 0, 0)], None, "holds no note"),
        ([(60, i, i + 1) for i in range(10_001)], None, "holds 10001 notes, expected at most 10000"),
        ([(60, 0, 20_000)], None, "lasts 20000 quarter notes, expected at most 16384"),
        ([(60, 0, 1)], 0.5, "tempo is 0.5 quarters a minute, expected 1 to 1500"),
        ([(60, 0, 1)], 9999.0, "tempo is 9999 quarters a minute"),
    ],
    ids=["empty", "no-length", "many", "long", "slow", "fast"],
)
def test_what_no_tune_has_is_refused(spans: list[tuple[int, float, float]], tempo: float | None, message: str) -> None:
    with pytest.raises(TuneError, match=message):
        assemble(notes(*spans), quarters(0, 4), COMMON, tempo=tempo)


def test_a_title_is_one_line_of_printable_text() -> None:
    assert plain("  The\nLost \x00\x1b[31mChord \ud800") == "The Lost [31mChord "
