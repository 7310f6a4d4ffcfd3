from __future__ import annotations

import pytest

from evomusic.core import theory
from evomusic.core.spelling import MODE_FIFTHS, is_minor, key_of, signature, spell_pitch
from evomusic.io import estimate_key
from evomusic.io.keys import PROFILES, semitones


def test_every_mode_has_a_signature() -> None:
    assert set(MODE_FIFTHS) == set(theory.MODES)


@pytest.mark.parametrize(
    ("key", "fifths"),
    [
        ("C major", 0),
        ("G major", 1),
        ("Bb major", -2),
        ("F# major", 6),
        ("Cb major", -7),
        ("A minor", 0),
        ("C minor", -3),
        ("E harmonic minor", 1),
        ("D dorian", 0),
        ("E phrygian", 0),
        ("F lydian", 0),
        ("G mixolydian", 0),
        ("B locrian", 0),
        ("D# major", -3),
        ("A# minor", 7),
    ],
)
def test_signatures_are_those_of_the_books(key: str, fifths: int) -> None:
    assert signature(key) == fifths


@pytest.mark.parametrize("mode", ["major", "minor", "dorian", "phrygian", "lydian", "mixolydian", "locrian"])
@pytest.mark.parametrize("fifths", range(-7, 8))
def test_a_signature_and_a_mode_name_the_key_whose_scale_they_are(fifths: int, mode: str) -> None:
    key = key_of(fifths, mode)
    assert signature(key) == fifths
    assert theory.parse_scale(key)[1] == theory.parse_scale(key_of(fifths))[1]


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(ValueError, match="did you mean 'major'"):
        signature("G mayor")


@pytest.mark.parametrize(
    ("source", "target", "move"),
    [
        ("G major", "C major", 5),
        ("D major", "C major", -2),
        ("A minor", "C major", 0),
        ("A dorian", "C major", 5),
        ("C major", "F# major", 6),
        ("C major", "G major", -5),
    ],
)
def test_tunes_move_from_signature_to_signature(source: str, target: str, move: int) -> None:
    assert semitones(source, target) == move


@pytest.mark.parametrize(
    ("pitch", "fifths", "name"),
    [
        (66, 0, ("F", 1, 4)),
        (63, 0, ("E", -1, 4)),
        (68, 0, ("G", 1, 4)),
        (70, -2, ("B", -1, 4)),
        (59, -6, ("C", -1, 4)),
        (60, 7, ("B", 1, 3)),
        (65, 6, ("E", 1, 4)),
    ],
)
def test_pitches_are_spelt_in_their_key(pitch: int, fifths: int, name: tuple[str, int, int]) -> None:
    assert spell_pitch(pitch, fifths) == name


@pytest.mark.parametrize("fifths", range(-7, 8))
@pytest.mark.parametrize("pitch", [0, 59, 60, 61, 127])
def test_a_spelling_names_its_pitch(pitch: int, fifths: int) -> None:
    letter, alter, octave = spell_pitch(pitch, fifths)
    assert {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}[letter] + alter + 12 * (octave + 1) == pitch


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("fifths", range(-5, 7))
@pytest.mark.parametrize("mode", ["major", "minor"])
def test_a_tune_on_the_chord_and_scale_of_its_tonic_is_in_that_key(fifths: int, mode: str, profile: str) -> None:
    key = key_of(fifths, mode)
    tonic, classes = theory.parse_scale(key.replace("minor", "harmonic minor"))  # the leading note tells minor
    third = 4 if mode == "major" else 3
    notes = [(60 + c, 0, 1) for c in classes] + [(60 + tonic + step, 0, 2) for step in (0, third, 7)]
    assert estimate_key(notes, profile) == key


def test_an_estimate_may_be_limited_to_some_keys() -> None:
    assert estimate_key([(60, 0, 1), (64, 0, 1), (67, 0, 1)], among=["A minor", "G major"]) == "G major"


def test_an_unknown_profile_is_refused() -> None:
    with pytest.raises(ValueError, match="did you mean 'temperley'"):
        estimate_key([(60, 0, 1)], "temperly")


def test_minor_is_told_by_the_tonic() -> None:
    assert [is_minor(k) for k in ("A minor", "A harmonic minor", "A blues", "A dorian", "A major")] == [1, 1, 1, 0, 0]
