"""Parts, voices and tunes of a file: those asked for, the only ones, or the most melodic one."""

from __future__ import annotations

from fractions import Fraction

import pytest

from evomusic.io import TuneError
from evomusic.io.choice import Choice, Line, choose
from evomusic.io.tune import TuneNote


def notes(*spans: tuple[int, float, float]) -> list[TuneNote]:
    """Notes of (pitch, start, end) in quarters."""
    return [TuneNote(pitch, Fraction(a), Fraction(b) - Fraction(a)) for pitch, a, b in spans]


TUNE = notes((67, 0, 1), (69, 1, 2), (71, 2, 3), (72, 3, 4), (74, 4, 8))
BASS = notes((43, 0, 2), (38, 2, 4), (43, 4, 8))
CHORDS = notes((60, 0, 4), (64, 0, 4), (67, 0, 4), (60, 4, 8), (64, 4, 8), (67, 4, 8))
BAND = [
    Line("track 1 'Piano'", "", CHORDS, 1),
    Line("track 2 'Flute'", "", TUNE, 2),
    Line("track 3 'Bass'", "", BASS, 3),
]
PIANO = [Line("'Piano'", "1", TUNE, 1), Line("'Piano'", "5", BASS, 1)]
SCORE = [Line("'Horn'", "", BASS, 1), *(line._replace(number=2) for line in PIANO)]


def test_one_part_needs_no_choice() -> None:
    assert choose([Line("flute", "", TUNE, 1)], Choice()) == (TUNE, 0, [])


def test_parts_that_take_turns_are_joined_and_told() -> None:
    lines = [Line("a", "", notes((60, 0, 1), (64, 2, 3)), 1), Line("b", "", notes((62, 1, 2)), 2)]
    chosen = choose(lines, Choice())
    assert (len(chosen.notes), chosen.remarks) == (3, ["2 parts that take turns were joined"])
    with pytest.raises(TuneError, match="part 3 was asked for, expected 1 to 2"):
        choose(lines, Choice(part=3))


def test_parts_that_sound_together_ask_for_a_choice() -> None:
    with pytest.raises(TuneError) as caught:
        choose(BAND, Choice())
    assert str(caught.value) == (
        "3 parts sound together, expected one; choose with part=1 to 3 (1 = track 1 'Piano', 2 = track 2 'Flute', "
        "3 = track 3 'Bass'), or part='melody' for the most melodic one"
    )


@pytest.mark.parametrize("part", [2, "2", "flute", "track 2 'flute'", "FLU"])
def test_a_part_is_chosen_by_its_number_or_name(part: int | str) -> None:
    assert choose(BAND, Choice(part=part)) == (TUNE, 1, [])
    assert choose(BAND, Choice(voice=part)) == (TUNE, 1, [])  # a part is one voice here


@pytest.mark.parametrize("part", [4, "4", "oboe", "track"])
def test_a_part_that_is_not_there_or_not_one_is_refused_with_all(part: int | str) -> None:
    with pytest.raises(
        TuneError, match=rf"part {part} (was asked for|names several), expected 1 to 3 \(1 = track 1 'Piano', 2"
    ):
        choose(BAND, Choice(part=part))


def test_the_most_melodic_part_is_taken_and_told_with_the_reason() -> None:
    chosen = choose(BAND, Choice(part="melody"))
    assert chosen.notes == TUNE
    assert chosen.remarks == [
        "part 2 (track 2 'Flute') of 3 parts taken as the melody: 100% of its notes alone, 5 different notes, around B4"
    ]


def test_a_part_that_is_named_melody_is_the_melody() -> None:
    lines = [BAND[1], BAND[2]._replace(part="track 3 'Melody'")]
    chosen = choose(lines, Choice(part="melody"))
    assert chosen.notes == BASS
    assert chosen.remarks == ["part 3 (track 3 'Melody') of 2 parts taken as the melody: it is named so"]


def test_voices_of_a_part_that_sound_together_ask_for_a_choice() -> None:
    with pytest.raises(TuneError, match=r"2 voices in part 'Piano' sound together.*voice=1 or 5, or voice='melody'"):
        choose(PIANO, Choice())
    with pytest.raises(TuneError, match=r"2 voices in part 'Piano' sound together"):
        choose(SCORE, Choice(part="piano"))


@pytest.mark.parametrize("voice", [5, "5", 2])
def test_a_voice_is_chosen_by_its_name_or_else_its_number(voice: int | str) -> None:
    assert choose(PIANO, Choice(voice=voice)).notes == BASS
    assert choose(SCORE, Choice(part=2, voice=voice)).notes == BASS


@pytest.mark.parametrize(
    "asked",
    [Choice(part="melody"), Choice(voice="melody"), Choice(part=2, voice="melody"), Choice(part="melody", voice=1)],
)
def test_melody_takes_one_voice_of_all_parts_or_of_one(asked: Choice) -> None:
    assert choose(SCORE, asked).notes == TUNE


def test_a_voice_that_is_not_there_is_refused() -> None:
    with pytest.raises(TuneError, match="voice 3 was asked for, expected 1 or 5"):
        choose(PIANO, Choice(voice=3))


def test_part_and_voice_are_not_both_chosen_where_they_are_one() -> None:
    with pytest.raises(TuneError, match="expected part or voice to be chosen, not both"):
        choose(BAND, Choice(part=1, voice=1))


@pytest.mark.parametrize(
    ("name", "value"),
    [("part", 0), ("part", ""), ("tune", -1), ("tune", 2.5), ("voice", True), ("chords", "highest"), ("chords", 1)],
)
def test_wrong_choices_are_refused(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"{name} .*expected"):
        Choice(**{name: value})
