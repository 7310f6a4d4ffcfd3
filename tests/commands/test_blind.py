from __future__ import annotations

import json

import pytest

from evomusic import cli
from evomusic.report.ballots import read_key
from evomusic.report.blind import FORMAT
from tests.plots.studies import varied


def run(*arguments: object) -> int:
    return cli.run([str(a) for a in arguments])


@pytest.fixture
def test_folder(tmp_path, capsys):
    assert run("blind", varied(), "-o", tmp_path / "the test") == 0
    assert "not for the listeners" in capsys.readouterr().out
    return tmp_path / "the test"


def ballot(folder, name, choice="a"):
    key = read_key(folder)
    a, b, *_ = key["melodies"]
    pair = {"a": a, "b": b, "choice": choice}
    path = folder / f"{name}.json"
    path.write_text(
        json.dumps(
            {
                "format": FORMAT,
                "study": key["study"],
                "listener": name,
                "answers": [pair | {"repeat": False}, pair | {"repeat": True}],
            }
        )
    )
    return path


def test_results_are_a_table_with_intervals_and_consistency(test_folder, capsys):
    assert run("blind", test_folder, "--results", ballot(test_folder, "Ann"), ballot(test_folder, "Bo")) == 0
    out = capsys.readouterr().out
    assert "100 to 100 %" in out
    assert "2 listeners; intervals: bootstrap over listeners" in out
    assert "answered alike: 2 of 2 pairs that were asked twice" in out


def test_results_as_json_have_every_listener(test_folder, capsys):
    files = [ballot(test_folder, "Ann"), ballot(test_folder, "Bo", "same")]
    assert run("blind", test_folder, "--results", *files, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["listeners"] == 2
    assert sorted(row["share"] for row in found["methods"]) == [0.25, 0.75]
    assert found["by_listener"]["Bo"]["alike"] == 1


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        (["{test}"], 2, "holds a test; its answers are read by"),
        (["{test}", "--results"], 2, "--results expects the files of answers"),
        (["{test}", "--results", "{test}/key.json"], 4, "listener: expected a name"),
        (["{test}", "--results", "{test}/none.json"], 74, "no such file"),
        (["{test}", "{test}"], 2, "is one argument too many"),
        (["{study}", "--trials", "0"], 2, "trials is 0, expected"),
        (["{study}", "--results", "-o", "x", "y"], 2, "expected no -o with --results"),
        (["{study}", "--results", "y"], 74, "key.json"),
    ],
)
def test_wrong_calls_are_one_line(test_folder, capsys, arguments, code, line):
    words = [word.format(test=test_folder, study=varied()) for word in arguments]
    assert run("blind", *words) == code
    said = capsys.readouterr().err.strip()
    assert line in said
    assert len(said.splitlines()) == 1
