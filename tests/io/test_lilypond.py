from __future__ import annotations

import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings

from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.io.lilypond import lilypond_bytes
from tests.io.samples import melodies

STEPS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
WORD = re.compile(r"\\tuplet (\d+)/(\d+) \{|(\})|([a-gr])((?:is|es)*)([',]*)(\d+)(\.?)(~?)|R1\*(\d+)/(\d+)")


def sung(data: bytes) -> list[tuple[int, Fraction, Fraction]]:
    """Pitch, onset and duration in quarters of the notes of a LilyPond file, read by its manual."""
    music = data.decode().split("\\autoBeamOff")[1].split("\\bar")[0]
    notes: list[tuple[int, Fraction, Fraction]] = []
    now, factor, tied = Fraction(0), Fraction(1), False
    for up, down, end, letter, signs, marks, base, dot, tie, bars, unit in WORD.findall(music):
        if up:
            factor = Fraction(int(down), int(up))
        elif end:
            factor = Fraction(1)
        elif bars:
            now += Fraction(4 * int(bars), int(unit))
        else:
            length = Fraction(4, int(base)) * (Fraction(3, 2) if dot else 1) * factor
            alter = signs.count("is") - signs.count("es")
            pitch = 48 + STEPS.get(letter, 0) + alter + 12 * (marks.count("'") - marks.count(","))
            if tied:
                assert notes[-1][0] == pitch
                notes[-1] = (pitch, notes[-1][1], notes[-1][2] + length)
            elif letter != "r":
                notes.append((pitch, now, length))
            now, tied = now + length, bool(tie)
    return notes


@given(melodies())
@settings(max_examples=60, deadline=None)
def test_lilypond_holds_every_note_of_a_melody(melody: Melody) -> None:
    beat = Fraction(melody.grid.beat_quarters)
    per = melody.grid.steps_per_beat
    expected = [
        (n.pitch, beat * Fraction(round(n.onset * per), per), beat * Fraction(round(n.duration * per), per))
        for n in melody.notes
    ]
    assert sung(lilypond_bytes(melody)) == expected


@pytest.mark.parametrize(("scale", "key"), [("Bb melodic minor", "bes \\minor"), ("E dorian", "e \\dorian")])
def test_key_metre_tempo_clef_and_chords_are_written(scale: str, key: str) -> None:
    grid = Grid(bars=2, beats=2, steps_per_beat=6, scale=scale, low=40, high=60, tempo=92, chords=("Bbm7b5", "F#7"))
    text = lilypond_bytes(Melody(np.full(24, 2, np.uint8), grid, 'A "jig"')).decode()
    for line in (
        'title = "A \\"jig\\""',
        "\\chordmode { bes1*6/8:m7.5- | fis1*6/8:7 }",
        "\\clef bass",
        f"\\key {key}",
        "\\time 6/8",
        "\\tempo 4. = 92",
    ):
        assert line in text


def test_eighths_are_beamed_and_a_bar_of_rest_is_one_rest() -> None:
    melody = Melody.parse("C4 D4 E4 F4 G4 - - A4 | . . . . . . . .", Grid(bars=2, steps_per_beat=2))
    text = lilypond_bytes(melody, "C major").decode()
    assert "c'8[ d'8 e'8 f'8] g'4. a'8 |" in text
    assert "R1*4/4 |" in text
