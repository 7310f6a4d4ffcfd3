"""Sections of printed tunes: kept apart as written, slips of the pen passed over."""

from fractions import Fraction

import pytest

from evomusic.io import TuneError
from evomusic.io.abc.sections import Section, Sound, read_sections

HEAD = "X:1\nM:4/4\nL:1/4\nK:G\n"


def pitches(body, head=HEAD):
    """The pitches of each bar of each section."""
    return [[[sound.pitch for sound in bar] for bar in section.bars] for section in read_sections(head + body)]


def test_a_section_has_its_metre_its_key_and_its_bars():
    quarter = Fraction(1)
    assert read_sections(HEAD + "F>F z|B4-|B4|]") == [
        Section(
            (4, 4),
            "G major",
            (
                (Sound(66, quarter * 3 / 2, False), Sound(66, quarter / 2, False), Sound(None, quarter, False)),
                (Sound(71, 4 * quarter, False),),
                (Sound(71, 4 * quarter, True),),
            ),
        )
    ]


@pytest.mark.parametrize("line", [":|", "|:", "::", "||", "|]", "[|", ":|:", "|2", ":|2", "| [2", "|2,3", "|3"])
def test_double_bars_repeats_and_later_endings_end_a_section(line):
    assert pitches(f"A|B{line}c|d|") == [[[69], [71]], [[72], [74]]]


@pytest.mark.parametrize("line", ["|", "|1", "| [1"])
def test_bar_lines_and_first_endings_end_none(line):
    assert pitches(f"A|B{line}c|d|") == [[[69], [71], [72], [74]]]


def test_changes_of_metre_and_key_end_a_section():
    sections = read_sections(HEAD + "A|[M:3/4]B|\nK:D\nc|[K:none]c|\nM:none\nd|")
    assert [(s.metre, s.key) for s in sections] == [
        ((4, 4), "G major"),
        ((3, 4), "G major"),
        ((3, 4), "D major"),
        ((3, 4), None),
        (None, None),
    ]


def test_a_tie_joins_equal_pitches_within_a_section_only():
    tied = [[[s.tied for s in bar] for bar in section.bars] for section in read_sections(HEAD + "A-A-B-|B [GB]-B-|]B")]
    assert tied == [[[False, True, False], [True, False, True]], [[False]]]


def test_the_highest_note_of_a_double_stop_is_taken():
    assert pitches("[GBd][d,G]|") == [[[74, 67]]]


def test_overlays_are_passed_over() -> None:
    assert pitches("A B & c d|e|") == [[[69, 71], [76]]]


def test_characters_that_are_no_abc_are_passed_over():
    assert pitches('A2§ ²B,,} ^3 [ "c|d|') == [[[69, 47, 72], [74]]]


def test_a_line_of_music_that_begins_with_a_repeated_note_is_no_field():
    assert pitches("A|\nB:|\nc::d||") == [[[69], [71]], [[72]], [[74]]]


def test_voices_follow_one_another():
    assert pitches("V:1\nA|\nV:2\nB|\nV:1\nc|") == [[[69], [72]], [[71]]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no tune at all", "is no ABC"),
        (HEAD + "A/0|", "no division by 0"),
        (HEAD + "[M:9/7]A|", "has the metre '9/7'"),
        (HEAD + "A" * 60_000, "characters"),
    ],
)
def test_text_that_is_no_abc_is_refused(text, message):
    with pytest.raises(TuneError, match=message):
        read_sections(text)
