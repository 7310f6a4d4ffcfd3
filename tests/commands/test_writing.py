"""`evomusic write`: tunes with a key, a metre, a form and chords of choice."""

from __future__ import annotations

import json

import pytest

import evomusic as em
from evomusic.cli import run


def told(capsys) -> list[str]:
    return capsys.readouterr().err.strip().splitlines()


def write(*words) -> int:
    return run(["write", *map(str, words)])


def test_tunes_have_the_form_the_metre_and_the_files(tmp_path, capsys):
    out = tmp_path / "jigs"
    sized = ("--metre", "6/8", "--bars", 4, "--key", "D major", "--tempo", 100)
    assert write(*sized, "--form", "ABA'B", "-n", 2, "-o", out, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [entry["files"] for entry in found] == [
        [(out / f"tune-{i}{suffix}").as_posix() for suffix in (".mid", ".musicxml")] for i in (1, 2)
    ]
    for entry in found:
        bars = entry["melody"].split(" | ")
        assert len(bars) == 4
        assert bars[1] == bars[3]
        assert bars[0].split()[:6] == bars[2].split()[:6]
        melody = em.read(entry["files"][1])
        assert melody.grid.time_signature == (6, 8)
        assert melody.grid.tempo == 100
        task = em.make("tune", bars=4, key="D major", grid={"beats": 2, "steps_per_beat": 6, "tempo": 100})
        assert task.evaluate(em.Melody.parse(entry["melody"], task.grid).tokens[None])[0] == entry["return"]
    assert found[0]["melody"] != found[1]["melody"]


def test_the_same_seed_writes_the_same_tunes_and_chords_count(tmp_path, capsys):
    written = []
    for chords in ("", "", "G | Am"):
        assert write("--bars", 2, "-n", 1, "--seed", 5, "--chords", chords, "-o", tmp_path, "--json") == 0
        written.append(json.loads(capsys.readouterr().out)[0])
    assert written[0] == written[1]
    assert written[2]["return"] != written[0]["return"]


def test_people_read_bars_and_the_first_file(tmp_path, capsys):
    assert write("--bars", 2, "-n", 1, "--format", ".txt", "-o", tmp_path) == 0
    first, *bars = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{(tmp_path / 'tune-1.txt').as_posix()}: return ")
    assert len(bars) == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--metre", "5/4"), "--metre is '5/4', expected one of 4/4, 2/4, 3/4, 2/2, 6/8, 9/8, 12/8"),
        (("--chords", "G C | D"), "--chords has 'G C' in bar 1, expected one chord a bar"),
        (("--chords", "G | | D"), "--chords has '' in bar 2, expected one chord a bar"),
        (("--chords", "G | Hx"), "Hx"),
        (("--form", "aab"), "form is 'aab', expected sections such as 'AABA'"),
        (("--form", "AABA", "--bars", 6), "form is 'AABA', 4 sections: 6 bars do not divide into so many"),
        (("-n", 0), "-n is 0, expected 1 to 1,000"),
        (("--format", ".mp3"), "--format is '.mp3', expected one of .mid"),
        (("--temperature", 0), "temperature is 0.0"),
        (("--key", "H major"), "H"),
        (("--style", "bach"), "bach"),
        (("--seed", -1), "--seed is -1"),
    ],
)
def test_wrong_input_is_one_line(tmp_path, capsys, words, message):
    assert write("--bars", 2, "-o", tmp_path, *words) == 2
    (line,) = told(capsys)
    assert message in line
    assert list(tmp_path.iterdir()) == []
