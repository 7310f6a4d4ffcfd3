from __future__ import annotations

from fractions import Fraction
from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.io.notation import Written, bars_of
from tests.io.samples import melodies

NAMES = {"w": 4, "h": 2, "q": 1, "e": Fraction(1, 2), "s": Fraction(1, 4), "t": Fraction(1, 8)}


def show(note: Written) -> str:
    """`q.~` for a dotted quarter that is tied on, `(s)` for a sixteenth rest, `e3` for an eighth of a triplet."""
    name = next(n for n, value in NAMES.items() if value == note.base) + "." * note.dotted
    name += str(note.tuplet[0]) if note.tuplet else ""
    return f"({name})" if note.span.pitch is None else name + "~" * note.span.tied_to


def shown(text: str, **grid: float) -> str:
    frame = Grid(**({"bars": text.count("|") + 1, "beats": 4, "steps_per_beat": 4} | grid))
    return " | ".join(" ".join(show(note) for note in bar) for bar in bars_of(Melody.parse(text, frame)))


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("C4 - - - C4 - - - C4 - - - C4 - - -", "q q q q"),
        ("C4 - - - - - C4 - C4 - - C4 C4 C4 C4 C4", "q. e e. s s s s s"),
        ("C4 - - - C4 - - - - - - - C4 - - -", "q h q"),
        ("C4 - C4 - - - C4 - C4 C4 - C4 C4 C4 - -", "e e~ e e s e s s e."),
        ("C4 - - - - - - C4 - - - - - - - -", "q~ e. s~ h"),
        ("C4 - - - - - - - - - - - C4 - - -", "h. q"),
        ("C4 - - - C4 - - - - - C4 - C4 - - -", "q q~ e e q"),
        ("C4 . . . . . . . . . . . . . . C4", "s (e.) (q) (q) (e.) s"),
        ("C4 - - - - - - - - - - - - - - -", "w"),
    ],
)
def test_common_figures_in_four_four_are_written_as_in_books(text: str, figures: str) -> None:
    assert shown(text) == figures


def test_a_length_without_a_sign_of_its_own_is_two_tied_notes() -> None:
    assert shown("C4 - - - - D4 -", beats=7, steps_per_beat=1) == "w~ q h"


def test_a_note_over_the_bar_line_is_tied() -> None:
    assert shown("C4 - - - - - - - D4 - - - - - - - | - - - - . . . . E4 - - - - - - -") == "h h~ | q (q) h"


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("C4 - - - - - C4 - C4 - C4 -", "q. e e e"),
        ("C4 - - - C4 - C4 - C4 - - -", "q e e q"),
        ("C4 - - C4 C4 - C4 - - - - -", "e. s e q."),
        ("C4 - - - - - - - C4 - - -", "q.~ e q"),
        ("C4 - - - - - - - - - - -", "h."),
    ],
)
def test_six_eight_is_written_in_dotted_quarters(text: str, figures: str) -> None:
    assert shown(text, beats=2, steps_per_beat=6) == figures


@pytest.mark.parametrize(
    ("steps_per_beat", "text", "figures"),
    [
        (2, "C4 D4 E4 -", "e. e. q."),
        (4, "C4 D4 E4 - C4 - - -", "s. s. e. q."),
        (4, "C4 D4 - E4 C4 - - F4", "s. e. s. e.~ s. s."),
        (8, "C4 D4 E4 - F4 - - - G4 - - - - - - -", "t. t. s. e. q."),
    ],
)
def test_two_four_and_eight_steps_a_dotted_beat_are_dotted_values(steps_per_beat: int, text: str, figures: str) -> None:
    assert shown(text, beats=2, steps_per_beat=steps_per_beat, beat=1.5) == figures


def test_thirds_of_a_beat_are_triplets_and_other_beats_are_plain() -> None:
    text = "C4 - - - D4 - - - E4 - - - C4 - - - - - - - - D4 - - C4 - - - - - - - - - - -"
    assert shown(text, beats=3, steps_per_beat=12) == "e3 e3 e3 e. s q"


def test_a_note_into_a_triplet_is_tied_to_it() -> None:
    text = "C4 - - - - - - - - - - - - - - - D4 - - - - - - -"
    assert shown(text, beats=2, steps_per_beat=12) == "q~ e3 q3"


def test_notes_shorter_than_a_quarter_are_beamed_within_the_beat() -> None:
    bar = bars_of(Melody.parse("C4 - C4 C4 C4 - - C4 C4 - . . C4 - - -", Grid(bars=1)))[0]
    assert [note.beams for note in bar if note.span.pitch] == [
        ("begin",),
        ("continue", "begin"),
        ("end", "end"),
        ("begin",),
        ("end", "backward hook"),
        (),
        (),
    ]


@given(melodies())
@settings(max_examples=60, deadline=None)
def test_printed_notes_fill_each_bar_and_last_what_they_stand_for(melody: Melody) -> None:
    grid = melody.grid
    for (first, past), bar in zip(grid.bar_spans, bars_of(melody), strict=True):
        assert [bar[0].span.start, bar[-1].span.end] == [grid.steps_per_bar - (past - first), grid.steps_per_bar]
        assert all(a.span.end == b.span.start for a, b in pairwise(bar))
        for note in bar:
            actual, normal = note.tuplet or (1, 1)
            steps = note.value * normal / actual * grid.steps_per_beat / Fraction(grid.beat_quarters)
            assert steps == note.span.end - note.span.start
            assert note.value in (note.base, note.base * 3 / 2)
            assert (
                note.base.numerator & (note.base.numerator - 1)
                == 0
                == note.base.denominator & (note.base.denominator - 1)
            )


@given(melodies())
@settings(max_examples=40, deadline=None)
def test_brackets_of_tuplets_open_and_close_in_turn(melody: Melody) -> None:
    for bar in bars_of(melody):
        marks = [note.bracket for note in bar if note.bracket]
        marks = [mark for mark in marks if mark != "both"]
        assert marks == ["start", "stop"] * (len(marks) // 2)
        assert all(note.tuplet for note in bar if note.bracket)


@given(st.integers(1, 16))
@settings(max_examples=16, deadline=None)
def test_a_bar_of_rest_is_one_rest(beats: int) -> None:
    grid = Grid(bars=2, beats=beats)
    assert all(note.span.pitch is None for bar in bars_of(Melody([0] * grid.steps, grid)) for note in bar)


def joined(text: str, **grid: float) -> str:
    """The notes of a bar: `_` joins those under one beam."""
    frame = Grid(**({"bars": 1, "beats": 4, "steps_per_beat": 4} | grid))
    words = [
        show(note) + "_" * (note.beams[:1] in (("begin",), ("continue",)))
        for note in bars_of(Melody.parse(text, frame))[0]
    ]
    return " ".join(words).replace("_ ", "_")


@pytest.mark.parametrize(
    ("beats", "text", "beams"),
    [
        (4, "C4 - C4 - C4 - C4 - C4 - C4 - C4 - C4 -", "e_e_e_e e_e_e_e"),
        (4, "C4 - C4 - C4 - C4 - C4 - C4 - C4 C4 C4 -", "e_e_e_e e_e s_s_e"),
        (4, "C4 - - - C4 - C4 - . . C4 - C4 - C4 -", "q e_e (e) e_e_e"),
        (4, "C4 - - C4 C4 - C4 - C4 - . . C4 - C4 -", "e._s e_e e (e) e_e"),
        (3, "C4 - C4 - C4 - C4 - C4 - C4 -", "e_e_e_e_e_e"),
        (3, "C4 - C4 - C4 - C4 - C4 C4 C4 -", "e_e e_e s_s_e"),
        (2, "C4 - C4 - C4 - C4 -", "e_e_e_e"),
        (5, "C4 - C4 - C4 - C4 - C4 - C4 - C4 - C4 - C4 - - -", "e_e e_e e_e e_e q"),
    ],
)
def test_eighths_are_beamed_in_halves_of_four_four_and_over_shorter_bars(beats: int, text: str, beams: str) -> None:
    assert joined(text, beats=beats) == beams


def test_six_eight_is_beamed_in_threes() -> None:
    assert joined("C4 - C4 - C4 - C4 - C4 C4 C4 -", beats=2, steps_per_beat=6) == "e_e_e e_s_s_e"


@pytest.mark.parametrize(
    ("text", "beams"),
    [
        ("C4 D4 E4 F4 - - G4 - -", "s3_s3_s3_e_e"),  # a whole triplet within a beam
        ("C4 . E4 F4 - - G4 - -", "s3 (s3) s3 e_e"),  # the last of a triplet is not beamed to what comes after
        ("G4 - - C4 D4 . F4 - -", "e s3_s3 (s3) e"),
        ("C4 . E4 F4 D4 E4 G4 - -", "s3 (s3) s3 s3_s3_s3_e"),
    ],
)
def test_no_beam_crosses_the_edge_of_a_tuplet(text: str, beams: str) -> None:
    assert joined(f"{text} {' '.join('.' * 9)}", beats=2, steps_per_beat=9, beat=1.5) == f"{beams} (q.)"


def ranges(firsts: list[bool], lasts: list[bool]) -> list[set[int]]:
    """The notes from each first to the next last."""
    return [set(range(first, lasts.index(True, first) + 1)) for first, begins in enumerate(firsts) if begins]


@given(melodies())
@settings(max_examples=60, deadline=None)
def test_a_beam_holds_whole_tuplets_or_lies_within_one(melody: Melody) -> None:
    for bar in bars_of(melody):
        tuplets = ranges([n.bracket in ("start", "both") for n in bar], [n.bracket in ("stop", "both") for n in bar])
        beams = ranges([n.beams[:1] == ("begin",) for n in bar], [n.beams[:1] == ("end",) for n in bar])
        for tuplet, beam in product(tuplets, beams):
            assert not tuplet & beam or tuplet <= beam or beam <= tuplet
