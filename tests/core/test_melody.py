from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import evomusic as em
from evomusic.core.melody import Note
from evomusic.core.theory import note_name

GRIDS = [
    em.Grid(bars=1, beats=1, steps_per_beat=1, low=60, high=60),
    em.Grid(bars=2, beats=3, steps_per_beat=2, low=58, high=75),
    em.Grid(bars=2, beats=2, steps_per_beat=6, scale="G major"),
    em.Grid(bars=4),
]


@st.composite
def melodies(draw):
    grid = draw(st.sampled_from(GRIDS))
    row = draw(st.lists(st.integers(0, grid.tokens - 1), min_size=grid.steps, max_size=grid.steps))
    return em.Melody(np.array(row, np.uint8), grid)


def sounded(melody):
    """The note that sounds at each step, and whether it begins there: written from the definition."""
    out, sounding = [], -1
    for token in melody.tokens.tolist():
        if token == 0:
            sounding = -1
        elif token > 1:
            sounding = token
        out.append((sounding, token > 1))
    return out


@given(melodies())
def test_text_reads_back(melody):
    assert em.Melody.parse(melody.text, melody.grid) == melody


@pytest.mark.parametrize("scale", ["D minor", "D melodic minor", "Gb lydian", "F# major", "Eb blues", "C# minor", None])
def test_text_is_spelt_in_the_key_and_every_spelling_is_read(scale):
    grid = em.Grid(bars=1, beats=4, steps_per_beat=4, scale=scale, low=0, high=127)
    melody = em.Melody(np.arange(2, 18, dtype=np.uint8), grid)
    assert em.Melody.parse(melody.text, grid) == melody
    sharps = " ".join(note_name(note.pitch) for note in melody.notes)
    assert em.Melody.parse(sharps, grid) == melody
    if scale and scale.startswith("D "):
        assert (em.Melody(np.full(16, grid.token(70), np.uint8), grid).text).split()[0] == "Bb4"


@given(melodies())
def test_notes_read_back_as_the_canonical_melody(melody):
    assert em.Melody.from_notes(melody.notes, melody.grid) == melody.canonical


@given(melodies())
def test_canonical_form_sounds_alike_and_is_its_own_canonical_form(melody):
    assert sounded(melody.canonical) == sounded(melody)
    assert melody.canonical.canonical == melody.canonical


@given(melodies(), melodies())
def test_canonical_forms_are_equal_only_if_melodies_sound_alike(a, b):
    if a.grid == b.grid:
        assert (a.canonical == b.canonical) == (sounded(a) == sounded(b))


@given(melodies())
def test_notes_sound_where_the_tokens_say(melody):
    per, expected = melody.grid.steps_per_beat, []
    for step, (token, begins) in enumerate(sounded(melody)):
        if begins:
            expected.append([melody.grid.pitches[token - 2], step / per, 0])
        if token > 1:
            expected[-1][2] += 1
    assert melody.notes == [Note(p, onset, length / per) for p, onset, length in expected]


def test_rows_are_made_canonical_each_on_its_own():
    rows = np.array([[1, 2, 1, 0, 1, 1], [2, 1, 1, 1, 1, 1], [0, 1, 1, 3, 0, 1]], np.uint8)
    assert em.canonical(rows).tolist() == [[0, 2, 1, 0, 0, 0], [2, 1, 1, 1, 1, 1], [0, 0, 0, 3, 0, 0]]
    assert em.canonical(rows[0]).tolist() == [0, 2, 1, 0, 0, 0]


def test_melody_cannot_be_written_to():
    melody = em.Melody(np.zeros(64, np.uint8), em.Grid())
    with pytest.raises(ValueError, match="read-only"):
        melody.tokens[0] = 3


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda g: em.Melody(np.zeros(3), g), r"tokens has shape \(3,\), expected \(64,\)"),
        (lambda g: em.Melody(np.full(64, 27), g), "expected 0 to 26"),
        (lambda g: em.Melody.parse("C4 - -", g), "text has 3 words, expected 64"),
        (lambda g: em.Melody.parse(" ".join(["X"] * 64), g), "'X' is not a note name"),
        (lambda g: em.Melody.parse(" ".join(["C1"] * 64), g), "pitch 24"),
        (lambda g: em.Melody.from_notes([(60, 0, 1), (62, 0.5, 1)], g), "one note at a time"),
        (lambda g: em.Melody.from_notes([(60, 0.1, 1)], g), "expected whole steps"),
        (lambda g: em.Melody.from_notes([(60, 15, 2)], g), "leaves the grid"),
        (lambda g: em.Melody.from_notes([(60, 0, 0)], g), "expected whole steps"),
    ],
)
def test_what_does_not_fit_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make(em.Grid())
