from __future__ import annotations

import music21
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.io import fit
from evomusic.io.abc.book import read_abc
from evomusic.io.abc.write import abc_bytes
from tests.io.samples import melodies

METRES = [(4, 4), (3, 4), (2, 4), (2, 6), (3, 6)]
KEYS = ["G major", "D minor", "F melodic minor", "Bb major", "E dorian", "C# harmonic minor", "Gb major", "A lydian"]


@st.composite
def tunes(draw: st.DrawFn) -> Melody:
    """Melodies of 4/4, 3/4, 2/4, 6/8 and 9/8, in sharps, flats and minor, with every semitone."""
    beats, per = draw(st.sampled_from(METRES))
    grid = Grid(bars=draw(st.integers(1, 9)), beats=beats, steps_per_beat=per, low=45, high=84, tempo=96)
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    kinds = rng.choice(3, grid.steps, p=rng.dirichlet([1, 4, 3]))
    tokens = np.where(kinds < 2, kinds, rng.integers(2, grid.tokens, grid.steps))
    tokens[rng.integers(grid.steps)] = 2
    return Melody(tokens, grid, "50 % of a tune")


def written(text: str, key: str | None = None, **grid: object) -> str:
    """The notes of a melody, as ABC writes them."""
    frame = Grid(**({"bars": text.count("|") + 1, "beats": 4, "steps_per_beat": 2} | grid))  # type: ignore[arg-type]
    return abc_bytes(Melody.parse(text, frame), key).decode().split("\nK:")[1].partition("\n")[2].strip()


@given(melodies())
@settings(max_examples=60, deadline=None)
def test_abc_brings_every_melody_back_unchanged(melody: Melody) -> None:
    fitted = fit(read_abc(abc_bytes(melody)), melody.grid)
    assert (fitted.melody, fitted.report, fitted.melody.title) == (melody.canonical, (), melody.title)


@given(tunes(), st.sampled_from([*KEYS, None]))
@settings(max_examples=60, deadline=None)
def test_every_key_and_metre_is_read_back(melody: Melody, key: str | None) -> None:
    tune = read_abc(abc_bytes(melody, key))
    fitted = fit(tune, melody.grid)
    assert (fitted.melody, fitted.report, fitted.melody.title) == (melody.canonical, (), melody.title)
    assert tune.key == (key and key.replace("melodic ", "").replace("harmonic ", ""))


@given(tunes(), st.sampled_from(KEYS))
@settings(max_examples=30, deadline=None)
def test_music21_reads_the_same_notes(melody: Melody, key: str) -> None:
    score = music21.converter.parseData(abc_bytes(melody, key).decode(), format="abc").flatten()
    found: list[tuple[int, float, float]] = []
    for note in (note for note in score.notes if note.isNote):
        goes_on = note.tie is not None and note.tie.type != "start"  # stripTies() parts a natural sign from none
        if goes_on and found and found[-1][0] == note.pitch.midi:
            found[-1] = (*found[-1][:2], found[-1][2] + float(note.quarterLength))
        else:
            found.append((note.pitch.midi, float(note.offset), float(note.quarterLength)))
    beat = melody.grid.beat_quarters
    assert found == [(n.pitch, n.onset * beat, n.duration * beat) for n in melody.notes]


def test_the_fields_say_title_metre_tempo_and_key() -> None:
    grid = Grid(bars=1, beats=2, steps_per_beat=6, scale="Bb melodic minor", low=40, high=60, tempo=92.5)
    head = abc_bytes(Melody(np.full(12, 2, np.uint8), grid, "A\nJig")).decode().splitlines()[:-1]
    assert head == ["%abc-2.1", "X:1", "T:A Jig", "M:6/8", "L:1/8", "Q:3/8=92.5", "V:1 clef=bass", "K:Bbm"]


def test_notes_under_a_beam_stand_together_and_lines_have_four_bars() -> None:
    bar = "C4 D4 E4 F4 G4 - - A4"
    assert written(bar, "C major") == "CDEF G3 A |]"
    assert written(" | ".join([bar] * 5), "C major").splitlines()[1] == "CDEF G3 A |]"


@pytest.mark.parametrize(
    ("text", "key", "notes"),
    [
        ("Bb4 B4 Bb4 A4 C#5 C4 C5 C4", "D minor", "B=B_BA ^c=C=cC"),  # naturals by letter, then by octave
        ("F#4 - - - F#4 - F4 -", "G major", "F4 F2 =F2"),
        ("C#4 - C#4 - . . . .", "C major", "^C2 ^C2 z4"),
        ("Bb4 - - - . . . .", "C major", "_B4 z4"),
    ],
)
def test_accidentals_stand_where_some_reading_needs_them(text: str, key: str, notes: str) -> None:
    assert written(text, key) == f"{notes} |]"


def test_a_tie_over_the_bar_line_keeps_its_accidental() -> None:
    assert written("C4 - - - C#4 - - - | - - - - C4 - - -", "C major") == "C4 ^C4- | ^C4 =C4 |]"


def test_chord_symbols_stand_where_they_change() -> None:
    text = " | ".join(["C4 - - - - - - -"] * 4)
    assert written(text, chords=("C", "C", "Bbmaj7", "F#m7b5")) == '"C"C8 | C8 | "Bbmaj7"C8 | "F#m7b5"C8 |]'


def test_triplets_have_their_sign() -> None:
    assert written("C4 - D4 - E4 - C4 - - - - -", beats=2, steps_per_beat=6).endswith(" |]")  # dotted quarters: none
    assert written("C4 D4 E4 " * 4, beats=1, steps_per_beat=12) == "(3:2:9C/4D/4E/4C/4D/4E/4C/4D/4E/4(3:2:3C/4D/4E/4 |]"


def test_tuplets_of_more_than_nine_are_refused() -> None:
    with pytest.raises(ValueError, match="grid has tuplets of 11, expected at most 9 for an ABC file"):
        abc_bytes(Melody(np.full(11, 2, np.uint8), Grid(bars=1, beats=1, steps_per_beat=11)))
