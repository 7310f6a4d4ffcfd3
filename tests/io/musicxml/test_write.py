from __future__ import annotations

from fractions import Fraction
from xml.etree.ElementTree import Element

import music21
import numpy as np
import pytest

from evomusic.core import theory
from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.io.musicxml.read import parse_xml
from evomusic.io.musicxml.write import musicxml_bytes

GRID = Grid(bars=2, beats=2, steps_per_beat=2, scale="G major", tempo=90)
MELODY = Melody.parse("G4 F#4 B4 - | - - . .", GRID, "Tea & <b>Cake</b>")


def score(melody: Melody, key: str | None = None) -> Element:
    return parse_xml(musicxml_bytes(melody, key))


def line(text: str, key: str | None = None, **grid: object) -> list[Element]:
    """The notes of a melody in quarters, four a bar."""
    frame = Grid(bars=text.count("|") + 1, beats=4, steps_per_beat=1, low=30, **grid)  # type: ignore[arg-type]
    return list(score(Melody.parse(text, frame), key).iter("note"))


def accidentals(notes: list[Element]) -> list[str | None]:
    return [note.findtext("accidental") for note in notes if note.find("pitch") is not None]


def names(notes: list[Element]) -> list[str]:
    sharps = {None: "", "-1": "b", "1": "#", "2": "##"}
    return [
        e.findtext("step") + sharps[e.findtext("alter")] + e.findtext("octave") for n in notes for e in n.iter("pitch")
    ]


def test_title_key_time_tempo_and_bars_are_there() -> None:
    root = score(MELODY)
    assert root.findtext("work/work-title") == "Tea & <b>Cake</b>"
    assert root.findtext(".//key/fifths") == "1"
    assert root.findtext(".//key/mode") == "major"
    assert (root.findtext(".//time/beats"), root.findtext(".//time/beat-type")) == ("2", "4")
    assert (root.findtext(".//per-minute"), root.find(".//sound").attrib) == ("90", {"tempo": "90"})
    assert [m.get("number") for m in root.iter("measure")] == ["1", "2"]


def test_a_note_over_the_bar_line_is_tied() -> None:
    ties = [[tie.get("type") for tie in note.iter("tie")] for note in score(MELODY).iter("note")]
    curves = [[tie.get("type") for tie in note.iter("tied")] for note in score(MELODY).iter("note")]
    assert ties == curves == [[], [], ["start"], ["stop"], []]


def test_no_date_no_version_and_no_random_name_is_written() -> None:
    data = musicxml_bytes(MELODY)
    assert data == musicxml_bytes(Melody.parse(MELODY.text, GRID, MELODY.title))
    assert b"date" not in data
    assert data.count(b'id="P1"') == 2


def test_a_bar_of_rest_is_a_whole_measure_rest() -> None:
    rest = list(score(Melody.parse("G4 - - - | . . . .", GRID)).iter("note"))[-1]
    assert rest.find("rest").attrib == {"measure": "yes"}
    assert (rest.findtext("duration"), rest.find("type")) == ("4", None)


def test_accidentals_are_printed_once_a_bar_and_only_where_the_key_has_none() -> None:
    notes = line("F#4 F4 F4 F#4 | F#4 F5 F#5 C#4", "G major")
    assert accidentals(notes) == [None, "natural", None, "sharp", None, "natural", "sharp", "sharp"]


def test_an_accidental_is_not_printed_again_on_a_tied_note_but_on_the_next() -> None:
    assert accidentals(line("C4 C4 C4 C#4 | - C#4 C4 C4", "C major")) == [None] * 3 + [
        "sharp",
        None,
        "sharp",
        "natural",
        None,
    ]


@pytest.mark.parametrize(
    ("key", "spelt"),
    [
        ("C major", ["C#4", "Eb4", "F#4", "G#4", "Bb4", "B4"]),
        ("Ab major", ["Db4", "Eb4", "Gb4", "Ab4", "Bb4", "Cb5"]),
        ("E major", ["C#4", "D#4", "F#4", "G#4", "A#4", "B4"]),
        ("A minor", ["C#4", "Eb4", "F#4", "G#4", "Bb4", "B4"]),
        ("A# minor", ["C#4", "D#4", "F#4", "G#4", "A#4", "B4"]),
    ],
)
def test_pitches_are_spelt_in_the_key(key: str, spelt: list[str]) -> None:
    assert names(line("C#4 D#4 F#4 G#4 | A#4 B4 . .", key)) == spelt


@pytest.mark.parametrize(
    ("scale", "fifths", "mode"),
    [
        ("D dorian", "0", "dorian"),
        ("C blues", "-3", "minor"),
        ("E harmonic minor", "1", "minor"),
        ("F pentatonic", "-1", "major"),
    ],
)
def test_scales_are_written_with_their_signature_and_mode(scale: str, fifths: str, mode: str) -> None:
    root = score(Melody(np.full(16, 2), Grid(bars=1, scale=scale)))
    assert (root.findtext(".//key/fifths"), root.findtext(".//key/mode")) == (fifths, mode)


def test_without_a_scale_no_key_is_written() -> None:
    assert score(Melody(np.full(16, 2), Grid(bars=1))).find(".//key") is None


def test_low_melodies_stand_in_the_bass_clef() -> None:
    assert [
        score(Melody.parse(p, Grid(bars=1, beats=1, steps_per_beat=1, low=30))).findtext(".//clef/sign")
        for p in ("C3", "C5")
    ] == ["F", "G"]


def test_six_eight_has_a_dotted_beat_and_a_tempo_in_quarters() -> None:
    root = score(Melody(np.full(12, 2), Grid(bars=1, beats=2, steps_per_beat=6, tempo=80)))
    assert root.find(".//metronome/beat-unit-dot") is not None
    assert root.find(".//sound").get("tempo") == "120"


def test_triplets_are_marked_and_bracketed() -> None:
    melody = Melody.parse("C4 - - - D4 - - - E4 - - -", Grid(bars=1, beats=1, steps_per_beat=12))
    notes = list(score(melody).iter("note"))
    assert [n.findtext("time-modification/actual-notes") for n in notes] == ["3", "3", "3"]
    assert [[t.get("type") for t in n.iter("tuplet")] for n in notes] == [["start"], [], ["stop"]]
    assert [n.findtext("type") for n in notes] == ["eighth"] * 3


@pytest.mark.parametrize(
    ("beats", "steps_per_beat", "scale"),
    [(4, 4, "G major"), (3, 4, None), (2, 6, "E minor"), (7, 2, "Bb major"), (2, 12, "C major"), (2, 5, "D dorian")],
)
def test_music21_reads_the_same_notes_in_full_bars(beats: int, steps_per_beat: int, scale: str | None) -> None:
    xml = pytest.importorskip("music21.musicxml.xmlToM21")
    grid = Grid(bars=3, beats=beats, steps_per_beat=steps_per_beat, scale=scale)
    rng = np.random.default_rng(3)
    tokens = rng.choice([0, 1, 1, 1, 2, 5, 7, 9], grid.steps)
    melody = Melody(tokens, grid)
    importer = xml.MusicXMLImporter()
    importer.xmlText = musicxml_bytes(melody)
    importer.parseXMLText()
    part = importer.stream.parts[0]
    heard = [(n.pitch.midi, Fraction(n.offset), Fraction(n.quarterLength)) for n in part.flatten().stripTies().notes]
    beat = Fraction(grid.beat_quarters) / steps_per_beat
    steps = [(p, round(a * steps_per_beat), round(d * steps_per_beat)) for p, a, d in melody.notes]
    assert [(p, round(a / beat), round(d / beat)) for p, a, d in heard] == steps
    assert all(m.duration.quarterLength == m.barDuration.quarterLength for m in part.getElementsByClass("Measure"))


def test_chord_symbols_stand_over_the_bars_where_they_change() -> None:
    grid = Grid(bars=4, beats=1, steps_per_beat=1, chords=("C", "C", "Bbmaj7", "F#m7b5"))
    found = [
        (measure.get("number"), *(e.findtext(path) for path in ("root/root-step", "root/root-alter", "kind")))
        for measure in score(Melody.parse("C4 | C4 | C4 | C4", grid)).iter("measure")
        for e in measure.iter("harmony")
    ]
    assert found == [
        ("1", "C", None, "major"),
        ("3", "B", "-1", "major-seventh"),
        ("4", "F", "1", "half-diminished"),
    ]


@pytest.mark.parametrize("quality", theory.QUALITIES)
def test_music21_reads_every_chord_symbol(quality: str) -> None:
    grid = Grid(bars=1, chords=(f"Eb{quality}",))
    found = music21.converter.parse(musicxml_bytes(Melody(np.full(16, 2, np.uint8), grid)).decode(), format="musicxml")
    (symbol,) = found.recurse().getElementsByClass("ChordSymbol")
    assert {p.pitchClass for p in symbol.pitches} == set(theory.parse_chord(f"Eb{quality}"))
