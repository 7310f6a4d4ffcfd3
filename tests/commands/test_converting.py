"""`evomusic convert`: another format, and in lines what is not as it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import evomusic as em
from evomusic.cli import run

DORIAN = "X:1\nT:A Reel\nM:2/2\nL:1/8\nQ:1/2=70\nK:Edor\nB|E2BE dEBE|BABc dAF2|\n"
LONG = "X:1\nT:case\nM:3/4\nL:1/4\nK:C\nCDE|FGAB|c3|\n"


@pytest.fixture
def reel(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("reel.abc").write_text(DORIAN)
    Path("long.abc").write_text(LONG)
    return Path("reel.abc")


def test_what_the_format_holds_is_not_mentioned(reel, capsys):
    assert run(["convert", "reel.abc", "a.musicxml"]) == 0
    assert capsys.readouterr().out == "a.musicxml: 15 notes in 2 bars of 2/2 after a pickup of 0.25 beats, E dorian\n"
    assert em.read("a.musicxml") == em.read("reel.abc")


@pytest.mark.parametrize(
    ("out", "line"),
    [
        ("a.mid", "key E dorian is D major in MIDI"),
        ("a.ly", "LilyPond: no tune can be read from it again"),
        ("a.wav", "WAV: no tune can be read from it again"),
        ("a.txt", "text: it has the tokens alone, without metre, tempo, key and title: read it on the same grid"),
    ],
)
def test_what_the_format_cannot_hold_is_a_line(reel, capsys, out, line):
    assert run(["convert", "reel.abc", out]) == 0
    assert capsys.readouterr().out.splitlines()[:-1] == [f"changed: {line}"]
    assert run(["convert", "reel.abc", out, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"written": out, "fitted": [], "changed": [line]}


def test_a_composer_is_not_in_midi(reel, capsys):
    reel.write_text(DORIAN.replace("M:2/2", "C:Someone\nM:2/2"))
    assert run(["convert", "reel.abc", "a.mid"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "changed: composer 'Someone' is '' in MIDI"


def test_what_reading_changed_is_a_line(reel, capsys):
    assert run(["convert", "long.abc", "a.abc"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "fitted: bar 2 is longer than 3/4 and cut into bars of it",
        "fitted: 1 short bar filled up with rest, the first of them bar 3",
        "a.abc: 8 notes in 4 bars of 3/4, C major",
    ]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["reel.abc", "a.midd"], 2, "OUT a.midd: expected a name that ends in one of"),
        (["reel.abc", "reel.abc"], 2, "OUT reel.abc: is the tune's own file, expected another one"),
        (["none.abc", "a.mid"], 4, "none.abc does not exist"),
        (["reel.abc", "none/a.mid"], 74, "none: no such folder"),
    ],
)
def test_wrong_input_is_one_line(reel, capsys, words, code, message):
    assert run(["convert", *words]) == code
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert message in line


def test_strict_refuses_what_would_be_lost(reel, capsys):
    Path("grace.abc").write_text(LONG.replace("CDE|", "{d}CDE|"))
    assert run(["convert", "grace.abc", "a.mid", "--strict"]) == 4
    assert "cannot be kept as it is: 1 grace note left out" in capsys.readouterr().err
    assert not Path("a.mid").exists()


CHORDS = 'X:1\nM:4/4\nL:1/4\nK:C\n"C"CDEF|"^slow""G7/B"GABc|"_softly""Am"A4|'


def test_chord_symbols_that_are_left_out_are_counted(reel, capsys):
    Path("chords.abc").write_text(CHORDS)
    for out in ("a.musicxml", "a.abc"):
        assert run(["convert", "chords.abc", out]) == 0
        assert capsys.readouterr().out.splitlines()[0] == "changed: 3 chord symbols left out"
    grid = em.Grid(bars=2, low=60, high=79, chords=("C", "G7"))
    em.write(em.Melody.parse("C4 - - - " * 4 + "D4 - - - " * 4, grid), "b.musicxml")
    assert em.read_tune("b.musicxml").symbols == 2
    assert run(["convert", "b.musicxml", "c.musicxml"]) == 0
    assert "changed: 2 chord symbols left out" in capsys.readouterr().out
