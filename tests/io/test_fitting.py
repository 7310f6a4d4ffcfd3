from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from evomusic.core.grid import Grid
from evomusic.io import Meter, Tune, TuneError, fit, grid_for
from tests.io.samples import tune

BARS = Grid(bars=2, beats=4, steps_per_beat=1)
SCALE = [(60 + p, i, 1) for i, p in enumerate((0, 2, 4, 5, 7, 9, 11, 12))]


def fitted(piece: Tune, grid: Grid = BARS, **how: object) -> tuple[str, tuple[str, ...]]:
    found = fit(piece, grid, **how)  # type: ignore[arg-type]
    return found.melody.text, found.report


def test_a_tune_that_fits_is_left_alone() -> None:
    assert fitted(tune(*SCALE)) == ("C4 D4 E4 F4 | G4 A4 B4 C5", ())


def test_the_first_full_bars_are_taken() -> None:
    text, report = fitted(tune((55, 0, 1), *((p, a + 1, d) for p, a, d in SCALE), (48, 9, 4), lines=(0, 1, 5, 9, 13)))
    assert text == "C4 D4 E4 F4 | G4 A4 B4 C5"
    assert report == ("bars 1 to 2 taken: 1 note before (the pickup) and 1 after left out",)


def test_a_bar_that_is_not_full_is_passed_over() -> None:
    piece = tune((60, 0, 3), *((p, a + 3, d) for p, a, d in SCALE[2:]), lines=(0, 4, 5, 9, 13))
    assert fitted(piece)[1][0].startswith("bars 3 to 4 taken")


def test_the_first_bar_can_be_chosen() -> None:
    piece = tune(*SCALE, *((p, a + 8, d) for p, a, d in SCALE), lines=(0, 4, 8, 12, 16))
    assert fitted(piece, start_bar=2)[0] == "G4 A4 B4 C5 | C4 D4 E4 F4"


def test_the_pickup_can_be_taken_as_a_bar() -> None:
    piece = tune((67, 0, 1), (60, 1, 4), lines=(0, 1, 5))
    assert fitted(piece, start_bar=0) == (". . . G4 | C4 - - -", ())


@pytest.mark.parametrize(("start", "lines"), [(3, (0, 4, 8)), (0, (0, 4, 8)), (-1, (0, 1, 5, 9))])
def test_a_bar_that_is_not_there_cannot_be_chosen(start: int, lines: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=f"start_bar is {start}, expected"):
        fit(tune(*SCALE, lines=lines), BARS, start_bar=start)


def test_rests_fill_what_is_too_short() -> None:
    assert fitted(tune((60, 0, 4), lines=(0, 4))) == (
        "C4 - - - | . . . .",
        ("1 bar of rest added: the tune ends after bar 1",),
    )


def test_a_short_bar_is_filled_with_rest() -> None:
    text, report = fitted(tune((60, 0, 3), (62, 3, 4), lines=(0, 3, 7)), start_bar=0)
    assert text == ". C4 - - | D4 - - -"
    assert report == ()
    text, report = fitted(tune((60, 0, 4), (62, 4, 3), lines=(0, 4, 7)))
    assert text == "C4 - - - | D4 - - ."
    assert report == ("1 short bar filled up with rest, the first of them bar 2",)


def test_notes_past_the_end_of_a_bar_that_is_too_long_are_dropped() -> None:
    text, report = fitted(tune((60, 0, 4), (62, 4, 1), (64, 5, 4), lines=(0, 5, 9)))
    assert text == "C4 - - - | E4 - - -"
    assert report == ("1 note dropped, for which no step of the grid is free: D4 in bar 1",)


def test_a_bar_without_notes_only_cannot_be_fitted() -> None:
    with pytest.raises(TuneError, match="has no note in the bars taken, expected some; choose start_bar"):
        fit(tune((60, 8, 1), lines=(0, 4, 8, 12)), BARS)


@pytest.mark.parametrize(
    ("metre", "length", "said"),
    [
        ((4, 4), 4, None),
        ((2, 2), 4, "metre 2/2 taken as 4/4"),
        ((8, 8), 4, "metre 8/8 taken as 4/4"),
        ((2, 4), 2, "note values doubled: 2/4 in the file, 4/4 on the grid"),
        ((4, 8), 2, "note values doubled: 4/8 in the file, 4/4 on the grid"),
        ((4, 2), 8, "note values halved: 4/2 in the file, 4/4 on the grid"),
    ],
)
def test_bars_of_other_note_values_go_onto_the_grid(metre: tuple[int, int], length: int, said: str | None) -> None:
    piece = tune((60, 0, length / 4), (64, length / 4, length / 4), metre=metre, lines=(0, length))
    text, report = fitted(piece, Grid(bars=1, beats=4, steps_per_beat=1))
    assert text == "C4 E4 . ."
    assert report == ((said,) if said else ())


@pytest.mark.parametrize(
    ("metre", "grid"),
    [
        ((6, 8), Grid(bars=1, beats=3, steps_per_beat=2)),
        ((3, 4), Grid(bars=1, beats=2, steps_per_beat=6)),
        ((12, 8), Grid(bars=1, beats=6, steps_per_beat=2)),
        ((3, 4), Grid(bars=1)),
        ((5, 4), Grid(bars=1)),
        ((1, 4), Grid(bars=1)),
    ],
    ids=str,
)
def test_a_metre_that_cannot_be_the_grids_is_refused(metre: tuple[int, int], grid: Grid) -> None:
    name = "{}/{}".format(*grid.time_signature)
    with pytest.raises(TuneError, match=f"is in {metre[0]}/{metre[1]}, expected {name}, the grid's metre"):
        fit(tune((60, 0, 1), metre=metre, lines=(0, 4 * metre[0] / metre[1])), grid)


@pytest.mark.parametrize(
    ("metre", "grid"),
    [
        ((6, 8), Grid(bars=1, beats=2, steps_per_beat=3)),
        ((6, 4), Grid(bars=1, beats=2, steps_per_beat=6)),
        ((6, 8), Grid(bars=1, beats=6, steps_per_beat=2)),
        ((7, 8), Grid(bars=1, beats=7, steps_per_beat=2)),
        ((3, 8), Grid(bars=1, beats=3, steps_per_beat=2)),
        ((3, 8), Grid(bars=1, beats=1, steps_per_beat=6)),
        ((9, 8), Grid(bars=1, beats=3, steps_per_beat=3)),
    ],
    ids=str,
)
def test_a_bar_of_the_same_beats_fits(metre: tuple[int, int], grid: Grid) -> None:
    bar = 4 * metre[0] / metre[1]
    melody = fit(tune((60, 0, bar), metre=metre, lines=(0, bar)), grid).melody
    assert (melody.tokens == [2] + [1] * (grid.steps - 1)).all()


def test_a_tune_is_cut_where_its_metre_changes() -> None:
    piece = tune(*SCALE)
    piece = replace(piece, meters=(*piece.meters, Meter(Fraction(4), 3, 4)))
    text, report = fitted(piece)
    assert text == "C4 D4 E4 F4 | . . . ."
    assert report == (
        "the metre changes from 4/4 to 3/4 in bar 2: cut there",
        "bars 1 to 1 taken: 0 notes before and 4 after left out",
        "1 bar of rest added: the tune ends after bar 1",
    )


def test_the_first_bars_in_the_metre_of_the_grid_are_taken() -> None:
    piece = tune(*SCALE, lines=(0, 2, 4, 8, 12), metre=(2, 4))
    piece = replace(piece, meters=(Meter(Fraction(0), 3, 4), Meter(Fraction(4), 4, 4)))
    assert fitted(piece)[0] == "G4 A4 B4 C5 | . . . ."


def test_a_file_without_metre_is_taken_in_the_grids() -> None:
    piece = tune(*SCALE[:6], metre=None)
    text, report = fitted(piece, Grid(bars=2, beats=3, steps_per_beat=1))
    assert text == "C4 D4 E4 | F4 G4 A4"
    assert report == ("the file has no metre: it is taken to be in 3/4",)


def test_onsets_and_ends_go_to_the_nearest_step_and_are_told() -> None:
    text, report = fitted(tune((60, 0.1, 0.9), (62, 1, 1.2), (64, 2.75, 1.25), (65, 4, 4)))
    assert text == "C4 D4 . E4 | F4 - - -"
    assert report == (
        "2 onsets moved to the nearest step, by up to 0.25 of a step",
        "1 note ended on another step than written",
    )


def test_of_two_notes_on_one_step_the_longer_stays() -> None:
    text, report = fitted(tune((60, 0, 0.25), (62, 0.25, 3.75), (64, 4, 4)))
    assert text == "D4 - - - | E4 - - -"
    assert report[-1] == "1 note dropped, for which no step of the grid is free: C4 in bar 1"


def test_a_note_over_the_bar_lines_of_the_window_is_cut_and_told() -> None:
    text, report = fitted(
        tune((60, 2, 4), (62, 6, 9), lines=(0, 4, 8, 12, 16)), start_bar=2, grid=Grid(bars=2, beats=4, steps_per_beat=1)
    )
    assert text == "C4 - D4 - | - - - -"
    assert report == (
        "the note that sounds over the first bar line begins at it",
        "the last note is cut at the last bar line",
    )


def test_a_tune_goes_to_the_key_of_the_grids_scale() -> None:
    text, report = fitted(tune(*SCALE, key="C major"), Grid(bars=2, beats=4, steps_per_beat=1, scale="D major"))
    assert text == "D4 E4 F#4 G4 | A4 B4 C#5 D5"
    assert report == ("transposed by +2 semitones from C major to D major",)


def test_a_key_asked_for_comes_before_the_scale() -> None:
    grid = Grid(bars=2, beats=4, steps_per_beat=1, low=55, scale="C major")
    report = fitted(tune(*SCALE, key="C major"), grid, key="Bb major")[1]
    assert report[0] == "transposed by -2 semitones from C major to Bb major"


def test_a_minor_tune_keeps_its_notes_in_the_relative_major() -> None:
    piece = tune(*((p - 3, a, d) for p, a, d in SCALE), key="A major")
    assert fitted(piece, Grid(bars=2, beats=4, steps_per_beat=1, low=55, scale="F# minor"))[1] == (
        "key A major in the file, F# minor on the grid",
    )


def test_a_mode_that_a_file_cannot_hold_is_no_change() -> None:
    grid = Grid(bars=2, beats=4, steps_per_beat=1, low=55, scale="D dorian")
    assert fitted(tune(*SCALE, key="C major"), grid)[1] == ()


def test_a_tempo_that_is_not_the_grids_is_told_in_the_files_note_values() -> None:
    assert fitted(replace(tune(*SCALE), tempo=60.0))[1] == ("tempo 60 quarters a minute in the file, 120 on the grid",)
    assert fitted(replace(tune(*SCALE), tempo=120.0))[1] == ()
    short = replace(tune((60, 0, 1), (64, 1, 1), metre=(2, 4), lines=(0, 2)), tempo=60.0)
    assert fitted(short, Grid(bars=1, tempo=120))[1] == ("note values doubled: 2/4 in the file, 4/4 on the grid",)


def test_a_pickup_of_the_grid_takes_what_sounds_before_the_bars() -> None:
    grid = Grid(bars=1, beats=4, steps_per_beat=1, low=55, pickup=2)
    piece = tune((55, 0, 1), *((p, a + 1, d) for p, a, d in SCALE), lines=(0, 1, 5, 9))
    assert fitted(piece, grid)[0] == ". G3 | C4 D4 E4 F4"
    assert fitted(piece, grid, start_bar=2)[0] == "E4 F4 | G4 A4 B4 C5"
    short = fitted(piece, replace(grid, pickup=1))
    assert short == ("G3 | C4 D4 E4 F4", ("bars 1 to 1 taken: 0 notes before and 4 after left out",))


def test_a_key_that_the_file_does_not_say_is_estimated() -> None:
    report = fitted(tune(*SCALE), Grid(bars=2, beats=4, steps_per_beat=1, scale="D major"))[1]
    assert report == ("transposed by +2 semitones from C major (estimated) to D major",)


def test_without_key_or_scale_only_octaves_change() -> None:
    text, report = fitted(tune(*((p - 24, a, d) for p, a, d in SCALE), key="A major"))
    assert text == "C4 D4 E4 F4 | G4 A4 B4 C5"
    assert report == ("transposed by +24 semitones into the grid's range",)


def test_the_octave_leaves_fewest_notes_out_of_range() -> None:
    grid = Grid(bars=2, beats=4, steps_per_beat=1, low=48, high=60)
    text, report = fitted(tune(*SCALE), grid)
    assert text == "C3 D3 E3 F3 | G3 A3 B3 C4"
    assert report == ("transposed by -12 semitones into the grid's range",)


def test_notes_still_out_of_range_go_by_octaves_into_it() -> None:
    grid = Grid(bars=2, beats=4, steps_per_beat=1, low=60, high=71)
    text, report = fitted(tune(*SCALE), grid)
    assert text == "C4 D4 E4 F4 | G4 A4 B4 C4"
    assert report == ("1 note moved by octaves into C4 to B4",)


def test_notes_outside_the_scale_go_to_its_nearest_pitch() -> None:
    piece = tune((60, 0, 1), (61, 1, 1), (66, 2, 1), (63, 3, 1), (60, 4, 4), key="C major")
    text, report = fitted(piece, Grid(bars=2, beats=4, steps_per_beat=1, scale="C major"))
    assert text == "C4 C4 F4 D4 | C4 - - -"
    assert report == ("3 notes moved to the nearest pitch of the grid: C#4 to C4, D#4 to D4, F#4 to F4",)


def test_semitones_asked_for_are_taken_as_they_are() -> None:
    grid = Grid(bars=2, beats=4, steps_per_beat=1, scale="C major")
    text, report = fitted(tune(*SCALE, key="D major"), grid, transpose=0)
    assert (text, report) == ("C4 D4 E4 F4 | G4 A4 B4 C5", ())
    assert fitted(tune(*SCALE), BARS, transpose=5)[1] == ("transposed by +5 semitones, as asked",)


def test_remarks_of_the_reader_come_first() -> None:
    report = fitted(replace(tune((60, 0, 4), lines=(0, 4)), remarks=("1 grace note left out",)))[1]
    assert report[0] == "1 grace note left out"


@pytest.mark.parametrize(
    ("metre", "expected"),
    [
        ((4, 4), (4, 4)),
        ((2, 2), (2, 8)),
        ((3, 2), (3, 8)),
        ((3, 4), (3, 4)),
        ((6, 8), (2, 6)),
        ((12, 8), (4, 6)),
        ((3, 8), (1, 6)),
        ((7, 8), (7, 2)),
        ((5, 16), (5, 1)),
        ((6, 32), (2, 1)),
        ((5, 4), (5, 4)),
        ((6, 16), (2, 3)),
        ((6, 4), (6, 4)),
    ],
)
def test_a_grid_of_its_own_has_the_tunes_metre(metre: tuple[int, int], expected: tuple[int, int]) -> None:
    bar = 4 * metre[0] / metre[1]
    piece = tune((60, 0, bar), (64, bar, bar), metre=metre, lines=(0, bar, 2 * bar))
    grid = grid_for(piece)
    assert (grid.beats, grid.steps_per_beat) == expected
    assert grid.time_signature == metre
    assert [n.pitch for n in fit(piece, grid).melody.notes] == [60, 64]


@pytest.mark.parametrize(
    ("length", "steps"),
    [(0.25, 4), (0.5, 4), (1 / 3, 12), (1 / 8, 8), (1 / 24, 24), (1 / 16, 16), (1 / 5, 5), (0.123, 8)],
)
def test_a_grid_of_its_own_is_as_fine_as_its_notes(length: float, steps: int) -> None:
    assert grid_for(tune((60, 0, length), lines=(0, 4))).steps_per_beat == steps


@pytest.mark.parametrize("metre", [(130, 2), (65, 4)])
def test_a_metre_that_no_grid_has_is_refused(metre: tuple[int, int]) -> None:
    with pytest.raises(TuneError, match="expected a bar of at most 64 beats"):
        grid_for(tune((60, 0, 1), metre=metre, lines=(0, 4 * metre[0] / metre[1])))


def test_a_tune_in_range_stays_in_its_octave() -> None:
    high = [(p + 12, a, d) for p, a, d in SCALE]
    assert fitted(tune(*high)) == ("C5 D5 E5 F5 | G5 A5 B5 C6", ())


WRONG = [2.5, "100", True, -1, float("nan"), 10**400, Grid, [], Fraction(1, 2)]


@pytest.mark.parametrize("value", [None, *WRONG], ids=lambda v: repr(v)[:12])
def test_what_is_no_tune_is_refused(value: Any) -> None:
    for call in (lambda: fit(value, BARS), lambda: grid_for(value)):
        with pytest.raises(ValueError, match=r"^tune is .*, expected a Tune"):
            call()


@pytest.mark.parametrize("value", [None, *WRONG], ids=lambda v: repr(v)[:12])
def test_what_is_no_grid_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^grid is .*, expected a Grid"):
        fit(tune(*SCALE), value)


@pytest.mark.parametrize("name", ["key", "transpose", "start_bar", "profile"])
@pytest.mark.parametrize("value", WRONG, ids=lambda v: repr(v)[:12])
def test_wrong_options_are_refused_in_one_line(name: str, value: Any) -> None:
    if (name, value) == ("transpose", -1):
        assert fit(tune(*SCALE), BARS, transpose=-1).report
        return
    with pytest.raises(ValueError, match=f"^{name} is |^scale '100'") as caught:
        fit(tune(*SCALE), BARS, **{name: value})
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("name", ["notes", "bars", "meters", "key", "tempo", "title"])
@pytest.mark.parametrize("value", [2.5, "100", True, -1, float("nan"), 10**400, Grid, [], (None,)], ids=str)
def test_a_tune_of_wrong_parts_is_refused(name: str, value: Any) -> None:
    if (name, value) in (("tempo", 2.5), ("title", "100")):
        return
    with pytest.raises(ValueError, match=f"^{name} is |^scale '100'"):
        replace(tune(*SCALE), **{name: value})


@pytest.mark.parametrize(
    ("parts", "message"),
    [({"notes": ()}, "at least one TuneNote"), ({"bars": (0,)}, "bar lines"), ({"bars": (0, 4, 4)}, "in rising order")],
)
def test_a_tune_has_notes_and_bars(parts: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(tune(*SCALE), **parts)
