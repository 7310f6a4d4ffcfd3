"""Pickups, metres of other beats and several chords a bar, as each format writes them."""

from __future__ import annotations

from io import BytesIO
from itertools import pairwise
from xml.etree import ElementTree

import mido
import music21
import pytest

import evomusic as em
from evomusic.io.abc.write import abc_bytes
from evomusic.io.chords import chords_below
from evomusic.io.lilypond import lilypond_bytes
from evomusic.io.midi import midi_bytes
from evomusic.io.musicxml.write import musicxml_bytes
from evomusic.io.notation import bars_of

GRID = em.Grid(bars=2, beats=3, pickup=2, key="E dorian", chords=("C G7", "C"))
TEXT = "B4 - | C5 - - - - - - - - - - - | E5 - - - D5 - - - . . . ."
MELODY = em.Melody.parse(TEXT, GRID, "A tune")


def test_musicxml_has_an_implicit_measure_before_the_first_and_chords_within_a_note() -> None:
    score = ElementTree.fromstring(musicxml_bytes(MELODY).split(b'dtd">\n')[1])
    measures = score.findall("part/measure")
    assert [(m.get("number"), m.get("implicit")) for m in measures] == [("0", "yes"), ("1", None), ("2", None)]
    assert [m.findtext("attributes/key/mode") for m in measures] == ["dorian", None, None]
    chords = [(h.findtext("root/root-step"), h.findtext("offset")) for h in measures[1].findall("harmony")]
    assert chords == [("C", None), ("G", "8")]
    assert [h.findtext("root/root-step") for h in measures[2].findall("harmony")] == ["C"]


def test_music21_reads_the_pickup_the_chords_and_the_beat() -> None:
    grid = em.Grid(bars=2, **em.metre("3/2"), pickup=4, chords=("C F G7", "C"), tempo=66)
    melody = em.Melody.parse("G4 - - - | C5" + " -" * 23 + " | E5" + " -" * 23, grid)
    score = music21.converter.parse(musicxml_bytes(melody), format="musicxml")
    measures = list(score.parts[0].getElementsByClass("Measure"))
    assert [(m.number, float(m.duration.quarterLength)) for m in measures] == [(0, 1.0), (1, 6.0), (2, 6.0)]
    symbols = score.recurse().getElementsByClass("ChordSymbol")
    assert [(h.figure, float(h.getOffsetInHierarchy(score))) for h in symbols] == [
        *(("C", 1.0), ("F", 3.0), ("G7", 5.0), ("C", 7.0))
    ]
    (mark,) = score.recurse().getElementsByClass("MetronomeMark")
    assert (mark.referent.quarterLength, mark.number) == (2.0, 66)


def test_midi_has_the_pickup_in_a_short_metre_and_chords_at_their_beats() -> None:
    file = mido.MidiFile(file=BytesIO(midi_bytes(MELODY)))
    now, metres = 0, []
    for message in file.tracks[0]:
        now += message.time
        if message.type == "time_signature":
            metres.append((now, message.numerator, message.denominator))
    assert metres == [(0, 1, 8), (240, 3, 4)]
    assert now == 240 + 2 * 3 * 480
    now, struck = 0, []
    for message in file.tracks[1]:
        now += message.time
        if message.type == "note_on" and message.note < 48:
            struck.append(now)
    assert struck == [240, 240 + 960, 240 + 1440]


def test_the_chords_of_a_bar_fill_it() -> None:
    found = list(chords_below(GRID))
    assert [(chord.onset, chord.duration) for chord in found] == [(0.5, 2.0), (2.5, 1.0), (3.5, 3.0)]


def test_abc_ties_a_note_where_the_chord_changes() -> None:
    text = abc_bytes(MELODY).decode()
    assert text.split("K:Edor\n")[1] == 'B | "C"=c4- "G7"=c2 | "C"e2 d2 z2 |]\n'


def test_lilypond_has_a_partial_bar_and_chords_of_part_of_a_bar() -> None:
    text = lilypond_bytes(MELODY).decode()
    assert "\\partial 1*1/8" in text
    assert "\\key e \\dorian" in text
    assert "\\chordmode { s1*1/8 | c1*1/2 g1*1/4:7 | c1*3/4 }" in text


@pytest.mark.parametrize(
    ("name", "beat"), [("2/2", "2"), ("3/2", "2"), ("7/8", "8"), ("5/4", "4"), ("6/8", "4."), ("3/8", "4.")]
)
def test_the_beat_of_a_tempo_is_that_of_the_metre(name: str, beat: str) -> None:
    grid = em.Grid(bars=1, **em.metre(name), tempo=90)
    melody = em.Melody([2] + [1] * (grid.steps - 1), grid)
    assert f"\\time {name}\n      \\tempo {beat} = 90" in lilypond_bytes(melody).decode()
    length = {"2": "1/2", "8": "1/8", "4": "1/4", "4.": "3/8"}[beat]
    assert f"M:{name}\n" in (text := abc_bytes(melody).decode())
    assert f"Q:{length}=90\n" in text


def beamed(name: str, text: str) -> list[int]:
    """Numbers of notes under one beam after another, in the first bar of a melody."""
    melody = em.Melody.parse(text, em.Grid(bars=1, **em.metre(name)))
    starts = [i for i, note in enumerate(bars_of(melody)[0]) if note.beams[:1] in (("begin",), ())]
    return [b - a for a, b in pairwise([*starts, len(bars_of(melody)[0])])]


def test_eighths_are_beamed_by_the_groups_of_the_metre() -> None:
    assert beamed("7/8", "C4 - " * 7) == [2, 2, 3]
    assert beamed("5/8", "C4 - " * 5) == [2, 3]
    assert beamed("2/2", "C4 - " * 8) == [4, 4]
    assert beamed("3/2", "C4 - " * 12) == [4, 4, 4]
    assert beamed("2/2", "C4 - C4 C4 C4 - C4 - " + "C4 - " * 4) == [3, 2, 4]
    assert beamed("9/8", "C4 - " * 9) == [3, 3, 3]


def test_a_note_is_cut_at_the_groups_of_the_metre() -> None:
    assert [note.value for note in bars_of(em.Melody([2] + [1] * 19, em.Grid(bars=1, beats=5)))[0]] == [3, 2]
    grid = em.Grid(bars=1, **em.metre("7/8"))
    assert [float(note.value) for note in bars_of(em.Melody([2] + [1] * 13, grid))[0]] == [2, 1.5]


def test_a_pickup_is_written_as_the_end_of_its_bar() -> None:
    grid = em.Grid(bars=1, pickup=6)
    bar = bars_of(em.Melody.parse("C4 - D4 - E4 - | " + "F4 - - - " * 4, grid))[0]
    assert [note.span.start for note in bar] == [10, 12, 14]
    assert [note.beams for note in bar] == [("begin",), ("continue",), ("end",)]
