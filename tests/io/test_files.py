from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.io import FORMATS, READS, WRITES, Format, TuneError, fit, fit_file, read, read_tune, tunes_in, write
from evomusic.io.formats import INPUTS, function, names
from evomusic.io.midi import midi_bytes
from evomusic.io.midi_read import read_midi
from evomusic.io.musicxml.read import read_musicxml
from evomusic.io.musicxml.write import musicxml_bytes
from tests.io.samples import JIG, attributes, melodies, midi, musicxml, mxl, raw_midi, xml_note

GRID = Grid(bars=2, beats=3, steps_per_beat=2, scale="G major", tempo=90)
MELODY = Melody.parse("G4 - A4 . B4 - | - - D5 D5 . .", GRID, "A Tune")


@given(melodies())
@settings(max_examples=60, deadline=None)
def test_midi_brings_every_melody_back_unchanged(melody: Melody) -> None:
    fitted = fit(read_midi(midi_bytes(melody)), melody.grid)
    assert (fitted.melody, fitted.report, fitted.melody.title) == (melody.canonical, (), melody.title)


@given(melodies())
@settings(max_examples=40, deadline=None)
def test_musicxml_brings_every_melody_back_unchanged(melody: Melody) -> None:
    fitted = fit(read_musicxml(musicxml_bytes(melody)), melody.grid)
    assert (fitted.melody, fitted.report, fitted.melody.title) == (melody.canonical, (), melody.title)


@pytest.mark.parametrize("suffix", [".mid", ".midi", ".musicxml", ".xml", ".abc", ".txt", ".MID"])
def test_what_is_written_is_read_back(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a tune ♫{suffix}"
    write(MELODY, path)
    assert read(path, GRID) == MELODY


@pytest.mark.parametrize("suffix", [".mid", ".musicxml", ".abc", ".ly", ".txt"])
def test_a_melody_of_rests_can_be_written(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"silence{suffix}"
    write(Melody(np.zeros(GRID.steps, np.uint8), GRID), path)
    assert path.stat().st_size > 0


@pytest.mark.parametrize("suffix", [".mid", ".musicxml", ".abc"])
def test_a_key_can_be_told_where_the_grid_has_none(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"tune{suffix}"
    write(Melody.parse("Eb4", Grid(bars=1, beats=1, steps_per_beat=1)), path)
    assert read_tune(path).key is None
    write(Melody.parse("Eb4", Grid(bars=1, beats=1, steps_per_beat=1)), path, key="C minor")
    assert read_tune(path).key == "C minor"


def test_without_a_grid_the_whole_tune_is_read_on_its_own(tmp_path: Path) -> None:
    path = tmp_path / "jig.abc"
    path.write_text(JIG)
    melody = read(path)
    grid = melody.grid
    assert (grid.bars, grid.beats, grid.steps_per_beat, grid.low, grid.high, grid.tempo) == (4, 2, 6, 62, 76, 100)
    assert (grid.pickup, grid.key) == (2, "E minor")
    assert melody.text.startswith("B4 - | E4 - F#4 - G4 - B4 - C5 - D5 -")
    assert melody.title == "The Lone Jig"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("tune.mp3", b"ID3", f"has the suffix '.mp3', expected one of {', '.join(READS)}"),
        ("tune", b"abc", "has the suffix ''"),
        ("tune.mid", b"", "is empty"),
        ("tune.abc", b"", "is empty"),
        ("tune.mid", b"This is a text.", "is no MIDI file"),
        ("tune.xml", b"This is a text.", "is no XML or is damaged"),
        ("tune.mxl", b"This is a text.", "is no XML or is damaged"),
        ("tune.abc", b"This is a text.", "is no ABC"),
        ("tune.mid", bytes(10_000_000), "holds 10000000 bytes, expected at most 400000"),
        ("tune.musicxml", bytes(10_000_000), "holds 10000000 bytes, expected at most 4000000"),
        ("tune.abc", bytes(10_000_000), "holds 10000000 bytes, expected at most 1000000"),
        ("tune.mid", raw_midi(b"\x00\xff\x2f\x00"), "holds no note"),
        ("tune.mid", midi([(60, 0, 480), (64, 0, 480), (67, 0, 480)]), "C4 and E4 sound together in bar 1"),
        ("tune.mid", midi([(60, 0, 480)])[:-4], "is damaged"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_a_file_that_cannot_be_used_gets_one_line_with_its_path(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(TuneError) as caught:
        read_tune(path)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TuneError, match=r"is a folder or a device, expected a file; tunes_in\(\) reads a folder"):
        read_tune(tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.mid does not exist"):
        read(tmp_path / "none.mid")


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_has_functions_that_exist_and_a_limit(suffix: str, tmp_path: Path) -> None:
    entry = FORMATS[suffix]
    functions = [name for name in (entry.read, entry.write, entry.book, entry.on_grid) if name]
    assert functions
    assert all(callable(function(name)) for name in functions)
    if suffix not in INPUTS:
        return
    path = tmp_path / f"large{suffix}"
    path.write_bytes(bytes(entry.limit + 1))
    with pytest.raises(TuneError, match=f"holds {entry.limit + 1} bytes, expected at most {entry.limit}"):
        read(path, GRID)


def test_what_can_be_read_and_written_follows_from_the_formats(monkeypatch, tmp_path: Path) -> None:
    assert {".mid", ".midi", ".musicxml", ".xml", ".mxl", ".abc"} <= {*READS}
    assert {".mid", ".midi", ".musicxml", ".xml", ".abc", ".ly", ".txt"} <= {*WRITES}
    assert ".mxl" not in WRITES
    assert ".ly" not in INPUTS
    assert names([".mid", ".midi", ".xml", ".abc"]) == "MIDI, MusicXML or ABC"
    monkeypatch.setitem(FORMATS, ".toy", Format("toy", 100, write="text:text_bytes", on_grid="text:read_text"))
    write(MELODY, tmp_path / "tune.toy")
    assert read(tmp_path / "tune.toy", GRID) == MELODY
    with pytest.raises(TuneError, match=r"tune\.toy: is toy, which can only be read with a grid"):
        read(tmp_path / "tune.toy")


def test_a_fitted_file_says_what_was_changed(tmp_path: Path) -> None:
    path = tmp_path / "jig.abc"
    path.write_text(JIG)
    grid = Grid(bars=2, beats=2, steps_per_beat=6, scale="G major")
    assert fit_file(path, grid, start_bar=2) == fit(read_tune(path), grid, start_bar=2)
    write(MELODY, tmp_path / "tune.txt")
    assert fit_file(tmp_path / "tune.txt", GRID).report == ()
    with pytest.raises(ValueError, match="start_bar is 2, expected None: text is read onto its grid as a whole"):
        fit_file(tmp_path / "tune.txt", GRID, start_bar=2)


@pytest.mark.parametrize("suffix", WRITES)
def test_a_full_disk_leaves_the_old_file(monkeypatch, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"tune{suffix}"
    write(MELODY, path)
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    for each in (path, tmp_path / f"other{suffix}"):
        with pytest.raises(OSError, match="No space left") as caught:
            write(MELODY, each)
        assert caught.value.filename == str(each)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {path.name: before}


def test_a_kill_while_a_file_is_written_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "tune.mid"
    path.write_bytes(b"as it was")
    code = (
        "import os, signal, sys, evomusic as em; os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL);"
        "em.write(em.Melody.from_notes([(67, 0, 1)], em.Grid()), sys.argv[1])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True)
    assert done.returncode == -signal.SIGKILL
    assert path.read_bytes() == b"as it was"


WRONG_PATHS = [None, 3, 2.5, True, [], b"a.mid", Path, "a\0.mid", 10**400]


@pytest.mark.parametrize("path", WRONG_PATHS, ids=lambda v: repr(v)[:20])
@pytest.mark.parametrize(
    "call",
    [read, read_tune, lambda p: write(MELODY, p), lambda p: fit_file(p, GRID), lambda p: next(tunes_in(p))],
    ids=["read", "read_tune", "write", "fit_file", "tunes_in"],
)
def test_what_is_no_path_is_refused(call: Callable[[object], object], path: object) -> None:
    with pytest.raises(ValueError, match=r"^(path|folder) is .*, expected a path$"):
        call(path)


@pytest.mark.parametrize("value", [None, 2.5, "100", True, Melody, [], 10**400, GRID], ids=lambda v: repr(v)[:20])
def test_what_is_no_melody_is_not_written(value: object, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^melody is .*, expected a Melody"):
        write(value, tmp_path / "a.mid")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("value", [2.5, "100", True, Grid, [], MELODY], ids=lambda v: repr(v)[:20])
def test_what_is_no_grid_is_refused(value: object, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^grid is .*, expected a Grid"):
        read(tmp_path / "a.mid", value)


@pytest.mark.parametrize("value", [2.5, True, [], 10**400])
@pytest.mark.parametrize("suffix", WRITES)
def test_what_is_no_key_is_refused(value: object, suffix: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^key is .*, expected the name of a key"):
        write(MELODY, tmp_path / f"a{suffix}", key=value)


@pytest.mark.parametrize("name", ["part", "tune", "voice", "number"])
@pytest.mark.parametrize("value", [2.5, "100", "", True, -1, float("nan"), [], int, 10**400], ids=lambda v: repr(v)[:9])
def test_what_is_no_number_of_a_part_or_tune_is_refused(name: str, value: object, tmp_path: Path) -> None:
    path = tmp_path / "jig.abc"
    path.write_text(JIG)
    with pytest.raises(
        ValueError, match=r" is .*, expected a (whole )?number|has no tune '10+'|part 100+ was asked for"
    ):
        read_tune(path, **{name: value})


def test_an_unknown_suffix_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"has the suffix '.mxl', expected one of {', '.join(WRITES)}"):
        write(MELODY, tmp_path / "tune.mxl")


def test_a_metre_that_does_not_fit_is_told_with_the_path(tmp_path: Path) -> None:
    path = tmp_path / "jig.abc"
    path.write_text(JIG)
    with pytest.raises(TuneError, match=r"jig\.abc: is in 6/8, expected 3/4, the grid's metre"):
        read(path, GRID)


def test_text_needs_a_grid(tmp_path: Path) -> None:
    path = tmp_path / "tune.txt"
    write(MELODY, path)
    with pytest.raises(TuneError, match="can only be read with a grid"):
        read(path)


def test_text_of_another_grid_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tune.txt"
    write(MELODY, path)
    with pytest.raises(TuneError, match=r"tune\.txt: text has 12 words, expected 64"):
        read(path, Grid())


def test_a_folder_of_tunes_is_read_in_order_with_errors_as_values(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "book.abc").write_text(JIG + "\nX:8\nM:4/4\nL:1/4\nK:C\n[FA][EG][FA]C|\n")
    (tmp_path / "a.mid").write_bytes(midi([(60, 0, 480)]))
    (tmp_path / "c.mxl").write_bytes(mxl(musicxml(attributes() + xml_note("C", 8))))
    (tmp_path / "d.mid").write_bytes(b"MThd")
    (tmp_path / "notes.md").write_text("no tune")
    found = list(tunes_in(tmp_path))
    assert [path.name for path, _ in found] == ["a.mid", "book.abc", "book.abc", "c.mxl", "d.mid"]
    assert [isinstance(tune, TuneError) for _, tune in found] == [False, False, True, False, True]
    assert str(found[2][1]).startswith(f"{found[2][0]}: F4 and A4 sound together in bar 1, expected one note at a time")


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="does not exist"):
        next(tunes_in(tmp_path / "none"))
    (tmp_path / "file.mid").write_bytes(b"MThd")
    (tmp_path / "file.md").write_text("no tune")
    with pytest.raises(TuneError, match=r"file\.md: has the suffix '.md', expected one of .*, or a folder"):
        next(tunes_in(tmp_path / "file.md"))


def test_a_book_is_read_whole_like_a_folder(tmp_path: Path) -> None:
    book = tmp_path / "book.abc"
    book.write_text(JIG + "\n" + JIG.replace("Lone", "Other"))
    assert [tune.title for _, tune in tunes_in(book)] == ["The Lone Jig", "The Other Jig"]


def test_choices_reach_every_reader(tmp_path: Path) -> None:
    path, grid = tmp_path / "two.mid", Grid(bars=1)
    path.write_bytes(midi([(60, 0, 480), (64, 480, 960)], [(72, 0, 960)]))
    with pytest.raises(TuneError, match="choose with part=1 to 2"):
        read(path)
    for choice in ({"part": 2}, {"voice": 2}, {"part": "track 3"}):
        assert [n.pitch for n in read_tune(path, **choice).notes] == [72]
        assert [n.pitch for n in read(path, **choice).notes] == [72]
        assert [n.pitch for n in read(path, grid, **choice).notes] == [72]
        assert [n.pitch for n in fit_file(path, grid, **choice).melody.notes] == [72]
    assert [tune.notes[0].pitch for _, tune in tunes_in(tmp_path, part=2)] == [72]
    assert "taken as the melody" in fit_file(path, grid, part="melody").report[0]
    with pytest.raises(TuneError, match="is MIDI, which holds one tune, expected no choice of a tune"):
        read(path, tune=1)
    write(MELODY, tmp_path / "tune.txt")
    with pytest.raises(ValueError, match="part is 1, expected None: text is read onto its grid as a whole"):
        read(tmp_path / "tune.txt", GRID, part=1)


def test_importing_the_package_brings_no_parser_with_it() -> None:
    heavy = "{'music21', 'mido', 'xml', 'zipfile'}"
    code = f"import sys, evomusic.io; print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
