"""The part, tune, voice and notes of chords that a command takes from a file, by the options that its errors name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evomusic import cli
from tests.io.samples import attributes, midi, musicxml, xml_note

TUNE = [(pitch, 480 * i, 480 * i + 480) for i, pitch in enumerate([67, 69, 71, 72, 74, 72, 71, 69] * 2)]
BASS = [(43, 960 * i, 960 * i + 960) for i in range(8)]
BOOK = """X:1
T:Up
M:4/4
L:1/4
K:G
GABc|dcBA|GABc|d4|

X:2
T:Down
M:4/4
L:1/4
K:G
dcBA|GABc|dcBA|[DG]4|
"""


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("two.mid").write_bytes(midi(TUNE, BASS))
    Path("book.abc").write_text(BOOK)
    two = xml_note("G", 8, "<voice>1</voice>") + "<backup><duration>8</duration></backup>"
    two += xml_note("C", 8, "<voice>2</voice>", octave=3)
    Path("voices.musicxml").write_bytes(musicxml(attributes() + two, two, two, two))


def run(*arguments: object) -> int:
    return cli.run([str(argument) for argument in arguments])


def melody(capsys: pytest.CaptureFixture[str]) -> tuple[str, list[str]]:
    """The melody that a command printed, without holds, and how it was fitted."""
    found = json.loads(capsys.readouterr().out)
    return found["melody"].replace(" -", ""), found["fitted"]


@pytest.mark.parametrize("part", ["1", "track 2", "melody"])
def test_explain_takes_the_part_that_was_chosen(part: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("explain", "two.mid", "--part", part, "--json") == 0
    notes, fitted = melody(capsys)
    assert notes.startswith("G4 A4 B4 C5 | D5 C5 B4 A4")
    assert any("taken as the melody: 100% of its notes alone" in line for line in fitted) == (part == "melody")


def test_explain_takes_the_tune_and_the_voice_that_were_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("explain", "book.abc", "--tune", "down", "--json") == 0
    notes, fitted = melody(capsys)
    assert notes.startswith("D5 C5 B4 A4")
    assert fitted == ["1 chord read as the top note"]
    assert run("explain", "book.abc", "--tune", 2, "--double-stops", "bottom", "--json") == 0
    assert melody(capsys)[0].endswith("D4")
    assert run("explain", "voices.musicxml", "--voice", 2, "-s", "task.key=C major", "--json") == 0
    assert melody(capsys)[0].startswith("C4 | C4")


def test_evolve_begins_with_the_part_that_was_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("evolve", "--from", "two.mid", "--part", 1, "--steps", 2000, "-s", "task.weight=1000", "--json") == 0
    assert melody(capsys)[0].startswith("G4 A4 B4 C5 | D5 C5 B4 A4")


def test_evolve_begins_at_the_bar_that_was_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    chosen = (
        "evolve",
        "--from",
        "two.mid",
        "--part",
        1,
        "--bar",
        2,
        "--steps",
        2000,
        "-s",
        "task.weight=1000",
        "--json",
    )
    assert run(*chosen) == 0
    assert melody(capsys)[0].startswith("D5 C5 B4 A4 | G4 A4 B4 C5")


def test_render_takes_the_part_that_was_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("render", "two.mid", "--to", "bass.abc", "--part", "track 3") == 0
    assert "G,,4" in Path("bass.abc").read_text()
    assert run("render", "book.abc", "--to", "down.abc", "--tune", "Down") == 0
    assert run("render", "book.abc", "--to", "old.abc", "--number", "2") == 0  # its name before
    assert Path("old.abc").read_bytes() == Path("down.abc").read_bytes()


def test_a_style_takes_a_book_or_a_folder_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("style", "--from", "book.abc", "-o", "book.json") == 0
    assert "from 2 of 2 tunes" in capsys.readouterr().out
    assert run("style", "--from", ".", "--part", "1", "-o", "folder.json") == 0
    said = capsys.readouterr()
    assert "of 3 tunes" in said.out
    assert "refused  voices.musicxml: 2 voices in part 'Part 0' sound together" in said.err
    assert "choose with --voice 1 or 2, or --voice melody" in said.err


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        (["explain", "two.mid"], 4, "choose with --part 1 to 2 (1 = track 2 channel 1, 2 = "),
        (["explain", "book.abc"], 4, "choose with --tune 1 to 2 (1 = 'Up', 2 = 'Down')"),
        (["explain", "voices.musicxml"], 4, "choose with --voice 1 or 2, or --voice melody"),
        (["render", "two.mid", "--to", "a.abc"], 4, "choose with --part 1 to 2"),
        (["play", "book.abc"], 4, "choose with --tune 1 to 2"),
        (["evolve", "--from", "book.abc"], 4, "choose with --tune 1 to 2"),
        (["explain", "book.abc", "--tune", "2", "--double-stops", "refuse"], 4, "--double-stops top or"),
        (["explain", "two.mid", "--part", "3"], 4, "part 3 was asked for, expected 1 to 2 (1 = track 2"),
        (["explain", "book.abc", "--tune", "Dwn"], 4, "expected one of 1 = 'Up', 2 = 'Down'; did you mean 'Down'?"),
        (["explain", "two.mid", "--part", "1", "--bar", "9"], 4, "--bar is 9, expected 1 to 4"),
        (["explain", "two.mid", "--double-stops", "high"], 2, "--double-stops is 'high', expected one of 'top', "),
        (["render", "two.mid", "--to", "a.abc", "--part", " "], 2, "--part is ' ', expected a number or a name"),
        (["evolve", "--part", "1"], 2, "--part chooses from a tune's file, expected --from FILE with it"),
        (["evolve", "--bar", "1"], 2, "--bar chooses from a tune's file, expected --from FILE with it"),
        (["evolve", "--from", "two.mid", "--part", "1", "--bar", "9"], 4, "--bar is 9, expected 1 to 4"),
    ],
    ids=lambda x: " ".join(x) if isinstance(x, list) else "",
)  # fmt: skip
def test_an_error_offers_what_the_command_line_has(
    arguments: list[str], code: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == code
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert line in said.err
