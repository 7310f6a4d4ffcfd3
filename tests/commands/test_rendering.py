"""`evomusic render` and `evomusic play`: files of tunes in other formats, and heard."""

from __future__ import annotations

import json
import os
import sys
import webbrowser
from pathlib import Path

import pytest

import evomusic as em
from evomusic.cli import run

JIG = "X:1\nT:The Jig\nM:6/8\nL:1/8\nQ:3/8=100\nK:Dm\nDFA d^cd|B3 A3|GFE DEF|D3-D3|]\n"


def said(capsys) -> list[str]:
    return capsys.readouterr().err.strip().splitlines()


@pytest.fixture
def jig(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "jig.abc"
    path.write_text(JIG)
    return path


def test_a_tune_is_written_in_every_format_that_is_asked_for(jig, capsys):
    names = "a.svg,a.png, a.pdf,a.wav,a.flac,a.ogg,a.mid,a.musicxml,b.abc,a.ly,a.txt"
    assert run(["render", str(jig), "--to", names]) == 0
    written = [name.strip() for name in names.split(",")]
    assert capsys.readouterr().out.splitlines() == [f"{name}: 4 bars of 6/8, D minor" for name in written]
    assert all(Path(name).stat().st_size for name in written)
    notes = em.read_tune(jig).notes
    for name in ("a.mid", "a.musicxml", "b.abc"):
        tune = em.read_tune(name)
        assert (tune.notes, tune.key, tune.title) == (notes, "D minor", "The Jig")


def test_key_title_and_chords_can_be_chosen(jig, capsys):
    chosen = ["--key", "F major", "--title", "Mine", "--chords", "Dm | Bb | A7 | Dm"]
    assert run(["render", str(jig), "--to", "a.abc", "--to", "b.mid", *chosen, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == {"written": ["a.abc", "b.mid"], "bars": 4, "metre": "6/8", "key": "F major", "fitted": []}
    text = Path("a.abc").read_text()
    assert all(part in text for part in ("T:Mine\n", "K:F\n", '"Dm"', '"Bb"', '"A7"'))
    assert em.read_tune("b.mid").notes == em.read_tune(jig).notes


def test_without_a_key_it_is_estimated_and_without_a_title_the_file_names_the_score(jig, capsys):
    Path("plain.abc").write_text(JIG.replace("T:The Jig\n", "").replace("K:Dm", "K:none"))
    assert run(["render", "plain.abc", "--to", "a.abc"]) == 0
    assert capsys.readouterr().out.strip().endswith(" (estimated)")
    assert "T:plain\n" in Path("a.abc").read_text()


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["jig.abc", "--to", "a.sgv"], 2, "--to a.sgv: expected a name that ends in one of .mid, .midi, .musicxml"),
        (["jig.abc", "--to", "a.sgv"], 2, "did you mean '.svg'?"),
        (["jig.abc", "--to", " , "], 2, "--to names no file, expected one or more, such as --to score.svg,tune.wav"),
        (["jig.abc", "--to", "jig.abc"], 2, "--to jig.abc: is the tune's own file, expected another one"),
        (["jig.abc", "--to", "none/a.svg"], 74, "none: no such folder"),
        (["none.abc", "--to", "a.svg"], 4, "none.abc does not exist, expected a file with a tune"),
        (["jig.abc", "--to", "a.svg", "--key", "D mino"], 2, "--key: scale 'D mino' is not known"),
        (["jig.abc", "--to", "a.svg", "--chords", "Dm | H"], 2, "chord 'H' is not known"),
        (["jig.abc", "--to", "a.svg", "--chords", "Dm G C | A"], 2, "expected at most 2, one a beat"),
        (["jig.abc", "--to", "a.svg", "--part", "2"], 4, "jig.abc: part 2 was asked for, expected 1 to 1"),
        (["bad.mid", "--to", "a.svg"], 4, "bad.mid: is no MIDI file"),
    ],
)
def test_a_wrong_request_gets_one_line_and_writes_nothing(jig, capsys, words, code, message):
    Path("bad.mid").write_text("no MIDI")
    before = sorted(os.listdir())
    assert run(["render", *words]) == code
    (line,) = said(capsys)
    assert message in line
    assert sorted(os.listdir()) == before


def test_what_a_format_cannot_hold_is_one_line_with_its_file(jig, capsys):
    Path("slow.abc").write_text(JIG.replace("3/8=100", "3/8=2"))
    assert run(["render", "slow.abc", "--to", "a.mid"]) == 2
    (line,) = said(capsys)
    assert line == "evomusic: a.mid: grid tempo is 2 beats a minute, expected at least 3.58 quarters for a MIDI file"


def test_without_verovio_one_line_says_how_to_install_it(jig, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "verovio", None)
    for words in (
        ["render", str(jig), "--to", "a.mid,a.svg"],
        ["evolve", "-o", "a.svg"],
        ["write", "--format", ".svg"],
    ):
        assert run(words) == 2
        (line,) = said(capsys)
        assert line.endswith('needs verovio, expected it installed: pip install "evomusic[score]"')
    assert os.listdir() == ["jig.abc"]


def program(folder: Path, name: str, script: str) -> None:
    """A program of this name, a shell script."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def programs(tmp_path, monkeypatch) -> Path:
    """The only folder in which programs are found, empty."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def test_a_program_of_the_system_plays_the_sound(jig, programs, capsys):
    program(programs, "aplay", f'/bin/cp "$2" {programs}/heard.wav')
    assert run(["play", str(jig)]) == 0
    assert (programs / "heard.wav").read_bytes()[:4] == b"RIFF"
    assert capsys.readouterr().out == ""


def test_a_program_that_fails_is_followed_by_the_next(jig, programs, capsys, monkeypatch):
    program(programs, "paplay", "echo no device >&2; exit 3")
    program(programs, "play", f"/bin/echo $@ > {programs}/played")
    assert run(["play", str(jig)]) == 0
    assert (programs / "played").read_text().startswith("-q /")
    (programs / "play").unlink()
    monkeypatch.setattr(webbrowser, "get", none)
    assert run(["play", str(jig)]) == 1
    (line,) = said(capsys)
    assert "no program could play it (paplay: no device); install one, such as ffmpeg or sox" in line


def none():
    raise webbrowser.Error("no browser")


def test_where_nothing_plays_a_page_is_opened_or_a_line_says_what_helps(jig, programs, capsys, monkeypatch):
    opened = []

    class Browser:
        def open(self, address):
            opened.append(address)

    monkeypatch.setattr(webbrowser, "get", Browser)
    assert run(["play", str(jig)]) == 0
    page = Path(capsys.readouterr().out.strip())
    assert opened == [page.as_uri()]
    text = page.read_text(encoding="utf-8")
    assert "data:audio/wav;base64," in text
    assert "<title>The Jig</title>" in text
    page.unlink()
    monkeypatch.setattr(webbrowser, "get", none)
    assert run(["play", str(jig)]) == 1
    (line,) = said(capsys)
    assert "no program that plays sound was found; install one" in line
    assert "evomusic render" in line


def test_a_file_that_cannot_be_played_is_one_line(jig, programs, capsys):
    assert run(["play", "none.mid"]) == 4
    assert said(capsys) == ["evomusic: none.mid does not exist, expected a file with a tune"]


@pytest.mark.parametrize("name", ["picture.png", "picture.svg"])
def test_an_account_is_drawn_where_it_is_asked_for(jig, capsys, name):
    em.write(em.make("rules").optimum().melody, "tune.mid")
    assert run(["explain", "tune.mid", "--task", "rules", "--to", name]) == 0
    assert " ".join(capsys.readouterr().out.split()).endswith(f"; written to {name}")
    assert Path(name).read_bytes()[:5] in (b"\x89PNG\r", b"<?xml")
    assert run(["explain", "tune.mid", "--task", "rules", "--to", name, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["picture"] == name


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("a.jpg", 2, "--to a.jpg: expected a name that ends in .png or .svg"),
        ("none/a.png", 74, "none: no such folder"),
    ],
)
def test_a_picture_that_cannot_be_written_is_one_line(jig, capsys, name, code, message):
    assert run(["explain", "jig.abc", "--to", name]) == code
    (line,) = said(capsys)
    assert message in line
