from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import numpy as np
import pytest

from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.io import TuneError
from evomusic.io.choice import Choice
from evomusic.io.fitting import fit_whole
from evomusic.io.musicxml.read import read_musicxml
from evomusic.io.musicxml.write import musicxml_bytes
from tests.io.samples import attributes, musicxml, mxl, refused, tune_or_error, xml_note, xml_rest

BAR = attributes() + xml_note("C", 2) + xml_note("E", 6)
BOMB = '<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>'


def test_notes_rests_bars_and_fields_are_read() -> None:
    second = xml_rest(4) + xml_note("F", 4, alter=1, octave=5)
    tune = read_musicxml(musicxml(attributes(1, "minor") + xml_note("E", 8), second))
    assert tune.notes == ((64, 0, 4), (78, 6, 2))
    assert tune.bars == (0, 4, 8)
    assert (tune.key, tune.meters[0].name, tune.title) == ("E minor", "4/4", "A Tune")


def test_ties_make_one_note() -> None:
    first = attributes() + xml_rest(6) + xml_note("C", 2, '<tie type="start"/>')
    second = xml_note("C", 2, '<tie type="stop"/>', '<tie type="start"/>') + xml_note("C", 6, '<tie type="stop"/>')
    assert read_musicxml(musicxml(first, second)).notes == ((60, 3, 5),)


def test_a_note_after_a_tie_that_stops_stays_a_note_of_its_own() -> None:
    tied = xml_note("C", 2, '<tie type="start"/>') + xml_note("C", 2, '<tie type="stop"/>') + xml_note("C", 4)
    assert [n.duration for n in read_musicxml(musicxml(attributes() + tied)).notes] == [2, 2]


def test_a_tie_over_a_gap_joins_nothing() -> None:
    first = (
        attributes() + xml_note("C", 2, '<tie type="start"/>') + xml_rest(2) + xml_note("C", 4, '<tie type="stop"/>')
    )
    assert [n.duration for n in read_musicxml(musicxml(first)).notes] == [1, 2]


def test_a_backup_goes_no_further_than_the_bar_line() -> None:
    second = "<backup><duration>8</duration></backup>" + xml_note("G", 8)
    assert read_musicxml(musicxml(BAR, second)).notes[-1] == (67, 4, 4)


def test_voices_that_take_turns_in_one_part_are_one_tune() -> None:
    backup = "<backup><duration>8</duration></backup><forward><duration>4</duration></forward>"
    tune = read_musicxml(musicxml(attributes() + xml_note("C", 4) + xml_rest(4) + backup + xml_note("G", 4)))
    assert [(n.pitch, n.onset) for n in tune.notes] == [(60, 0), (67, 2)]


def test_a_chord_is_read_as_its_top_note_or_refused_with_its_bar() -> None:
    data = musicxml(BAR, xml_note("C", 8) + xml_note("E", 8, "<chord/>"))
    assert read_musicxml(data).notes[-1] == (64, 4, 4)
    assert read_musicxml(data).remarks == ("1 chord read as the top note",)
    with pytest.raises(TuneError, match="C4 and E4 sound together in bar 2"):
        read_musicxml(data, Choice(chords="refuse"))


VOICES = (
    attributes()
    + xml_note("C", 4, "<voice>1</voice>", '<tie type="start"/>')
    + xml_note("C", 4, "<voice>1</voice>", '<tie type="stop"/>')
    + "<backup><duration>8</duration></backup>"
    + xml_note("C", 8, "<voice>2</voice>", octave=3)
)


def test_voices_within_a_part_can_be_chosen() -> None:
    data = musicxml(VOICES)
    with pytest.raises(TuneError, match=r"2 voices in part 'Part 0' sound together.*voice=1 or 2, or voice='melody'"):
        read_musicxml(data)
    assert read_musicxml(data, Choice(voice=1)).notes == ((60, 0, 4),)
    assert read_musicxml(data, Choice(voice="2")).notes == ((48, 0, 4),)
    assert read_musicxml(musicxml(VOICES, parts=2), Choice(part=2, voice=2)).notes == ((48, 0, 4),)


def test_voices_that_take_turns_are_joined_and_told() -> None:
    turns = xml_note("C", 4, "<voice>1</voice>") + xml_note("D", 4, "<voice>2</voice>")
    tune = read_musicxml(musicxml(attributes() + turns))
    assert ([n.pitch for n in tune.notes], tune.remarks) == ([60, 62], ("2 voices that take turns were joined",))


def test_grace_notes_are_left_out_and_told() -> None:
    tune = read_musicxml(musicxml(attributes() + xml_note("D", 0, "<grace/>") + xml_note("C", 8)))
    assert [n.pitch for n in tune.notes] == [60]
    assert tune.remarks == ("1 grace note left out",)


def test_a_first_measure_that_is_not_full_is_a_pickup() -> None:
    tune = read_musicxml(musicxml(attributes() + xml_note("G", 2), xml_note("C", 8)))
    assert (tune.pickup, tune.bars) == (1, (1, 5))


def test_a_part_for_a_transposing_instrument_sounds_where_it_sounds() -> None:
    clarinet = attributes(2).replace("</attributes>", "<transpose><chromatic>-2</chromatic></transpose></attributes>")
    tune = read_musicxml(musicxml(clarinet + xml_note("D", 8)))
    assert (tune.notes[0].pitch, tune.key) == (60, "C major")


def test_a_mode_that_is_not_said_is_the_likelier_one() -> None:
    minor = attributes(0, "") + "".join(xml_note(s, 2) for s in "AEAC") + xml_note("G", 1, alter=1) + xml_note("A", 7)
    major = attributes(0, "") + "".join(xml_note(s, 2) for s in "CEGC")
    assert [read_musicxml(musicxml(m)).key for m in (minor, major)] == ["A minor", "C major"]


def test_the_tempo_is_that_of_the_sound_element() -> None:
    direction = '<direction><direction-type><words>Slow</words></direction-type><sound tempo="56.5"/></direction>'
    assert read_musicxml(musicxml(attributes() + direction + xml_note("C", 8))).tempo == 56.5


def test_tempi_and_keys_that_follow_the_first_are_told() -> None:
    fast = "<direction><direction-type><metronome><beat-unit>quarter</beat-unit><per-minute>90</per-minute></metronome>"
    same, slow = '</direction-type><sound tempo="90"/></direction>', '<direction><sound tempo="60"/></direction>'
    key = "<attributes><key><fifths>2</fifths></key></attributes>"
    tune = read_musicxml(musicxml(attributes() + fast + same + xml_note("C", 8), key + slow + xml_note("C", 8)))
    assert (tune.tempo, tune.key) == (90, "C major")
    assert tune.remarks == ("1 other tempo passed over", "1 other key passed over")
    assert not fit_whole(tune).lost


def test_notes_without_pitch_or_length_are_told() -> None:
    drum = "<note><unpitched/><duration>8</duration></note>"
    tune = read_musicxml(musicxml(attributes() + xml_note("E", 0) + xml_note("C", 8), drum))
    assert [note.pitch for note in tune.notes] == [60]
    assert tune.remarks == ("1 empty note left out", "1 unpitched note left out")


def test_parts_that_sound_together_ask_for_one() -> None:
    with pytest.raises(TuneError, match="1 = 'Part 0', 2 = 'Part 1'"):
        read_musicxml(musicxml(BAR, parts=2))
    assert read_musicxml(musicxml(BAR, parts=2), Choice(part=1)) == read_musicxml(musicxml(BAR))


def test_compressed_files_are_read() -> None:
    assert read_musicxml(mxl(musicxml(BAR))) == read_musicxml(musicxml(BAR))


def test_other_encodings_are_read() -> None:
    plain = musicxml(BAR).decode().partition("?>")[2]
    assert read_musicxml(plain.encode("utf-16")) == read_musicxml(musicxml(BAR))


def test_the_usual_doctype_is_passed_over_and_nothing_is_fetched() -> None:
    head = '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" "http://127.0.0.1:9/p.dtd">'
    assert read_musicxml(musicxml(BAR, head=head)) == read_musicxml(musicxml(BAR))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (musicxml(BAR, head=BOMB), "declares the XML entity 'a'"),
        (musicxml(BAR, head=BOMB).partition(b"?>")[2].decode().encode("utf-16"), "declares the XML entity 'a'"),
        (musicxml(BAR, head='<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hosts">]>'), "declares the XML entity 'e'"),
        (musicxml(BAR, head='<!DOCTYPE x [<!ENTITY % e SYSTEM "http://127.0.0.1/x">%e;]>'), "declares the XML entity"),
        (musicxml("<a>" * 300_000), "XML elements"),
        (musicxml(attributes() + xml_note("C", 2) * 11_000), "holds more than 10000 notes"),
        (musicxml(BAR.replace("6", "999999999")), "lasts 5e"),
        (musicxml(BAR.replace("6", "9" * 5000)), "as duration, expected a number"),
        (musicxml(BAR.replace("6", "six")), "has 'six' as duration"),
        (musicxml(BAR.replace("<divisions>2", "<divisions>0")), "divisions of 0"),
        (musicxml(BAR.replace("<step>E", "<step>H")), "step 'H'"),
        (musicxml(BAR.replace("<octave>4", "<octave>44")), "MIDI pitch"),
        (musicxml(BAR.replace("<beats>4", "<beats>0")), "time signature 0/4"),
        (musicxml(BAR.replace("<beat-type>4", "<beat-type>5")), "time signature 4/5"),
        (musicxml(attributes() + xml_rest(8)), "holds no note"),
        (musicxml(BAR)[:-30], "is no XML or is damaged"),
        (b"not xml", "is no XML or is damaged"),
        (b"<score-timewise/>", "begins with the element 'score-timewise'"),
        (mxl(musicxml(BAR), name="missing.xml"), "no compressed MusicXML"),
        (mxl(musicxml(BAR))[:80], "no compressed MusicXML"),
        (mxl(b" " * 5_000_000), "unpacks to more than 4000000 bytes"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_what_cannot_be_read_is_refused_within_a_second(data: bytes, message: str) -> None:
    refused(read_musicxml, data, message)


@pytest.mark.parametrize("pack", [bytes, mxl], ids=["plain", "compressed"])
def test_any_damaged_byte_gives_a_tune_or_one_error(pack: Callable[[bytes], bytes]) -> None:
    melody = Melody.parse("E4 - G4 . B4 B4 - -", Grid(bars=1, beats=4, steps_per_beat=2, scale="E minor"))
    data, rng = pack(musicxml_bytes(melody)), np.random.default_rng(0)
    places = rng.integers(0, len(data), 600)
    cases = [data[:i] + bytes([b]) + data[i + 1 :] for i, b in zip(places, rng.integers(0, 256, 600), strict=True)]
    read = [tune_or_error(read_musicxml, case) for case in [*cases, *(data[:i] for i in places[:100])]]
    assert any(read)
    assert not all(read)


def timed(*pairs: tuple[str, str]) -> bytes:
    """A bar of a time signature of these beats and units."""
    time = "".join(f"<beats>{beats}</beats><beat-type>{unit}</beat-type>" for beats, unit in pairs)
    return musicxml(f"<attributes><divisions>2</divisions><time>{time}</time></attributes>" + xml_note("C", 5))


@pytest.mark.parametrize(
    ("pairs", "name"),
    [((("3", "8"), ("2", "8")), "5/8"), ((("3", "8"), ("2", "4")), "7/8"), ((("3+2", "8"), ("1", "4")), "7/8")],
    ids=str,
)
def test_composite_times_add_up(pairs: tuple[tuple[str, str], ...], name: str) -> None:
    assert [m.name for m in read_musicxml(timed(*pairs)).meters] == [name]


def metronome(unit: str, number: str, sound: str = "") -> str:
    """A direction with a metronome mark."""
    mark = f"<beat-unit>{unit}</beat-unit><per-minute>{number}</per-minute>".replace(
        ".</beat-unit>", "</beat-unit><beat-unit-dot/>"
    )
    return f"<direction><direction-type><metronome>{mark}</metronome></direction-type>{sound}</direction>"


@pytest.mark.parametrize(
    ("directions", "tempo"),
    [
        (metronome("quarter", "90"), 90),
        (metronome("quarter.", "60"), 90),
        (metronome("half", "c. 60"), 120),
        (metronome("quarter", "90", '<sound tempo="91"/>'), 91),
        (metronome("quarter", "90") + '<sound tempo="91"/>', 91),
        (metronome("quarter", "90") + xml_note("C", 2) + '<sound tempo="60"/>', 90),
        (metronome("quarter", "fast"), None),
        (metronome("breve", "30"), None),
    ],
    ids=str,
)  # fmt: skip
def test_a_metronome_mark_is_a_tempo_where_no_sound_says_it(directions: str, tempo: float | None) -> None:
    assert read_musicxml(musicxml(attributes() + directions + xml_note("C", 4))).tempo == tempo


def test_an_empty_measure_is_a_bar_of_rest() -> None:
    tune = read_musicxml(musicxml(attributes() + xml_note("C", 8), "", xml_note("D", 8)))
    assert ([n.onset for n in tune.notes], tune.bars) == ([0, 8], (0, 4, 8, 12))


def test_metres_that_change_are_all_there() -> None:
    change = "<attributes><time><beats>3</beats><beat-type>4</beat-type></time></attributes>"
    tune = read_musicxml(musicxml(attributes() + xml_note("C", 8), change + xml_note("D", 6), xml_note("E", 6)))
    assert ([m.name for m in tune.meters], tune.bars) == (["4/4", "3/4"], (0, 4, 7, 10))


@pytest.mark.parametrize("flagged", [True, False])
def test_the_name_within_a_compressed_file_may_have_any_letter(flagged: bool) -> None:
    data = mxl(musicxml(BAR), "M\u00e9lodie.xml")
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(packed, "w") as new:
        new.writestr("META-INF/container.xml", old.read("META-INF/container.xml"))
        new.writestr("M\u00e9lodie.xml", old.read("score.xml"))
    raw = packed.getvalue()
    if not flagged:  # of UTF-8, in the local and in the central header
        local, central = raw.rindex(b"PK\x03\x04") + 6, raw.rindex(b"PK\x01\x02") + 8
        for flags in (local, central):
            raw = raw[:flags] + b"\0\0" + raw[flags + 2 :]
    assert read_musicxml(raw) == read_musicxml(musicxml(BAR))
