"""`evomusic init` and `evomusic check`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evomusic import cli
from evomusic.study.config import Study

STUDY = """
steps = 800
seeds = 3
[tasks]
one = { name = "tiny" }
two = { name = "tiny", bars = 2 }
[methods]
random = "RandomSearch"
q = "QLearning"
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EVOMUSIC_THREADS", "1")
    Path("study.toml").write_text(STUDY)


def test_init_writes_a_study_that_can_be_read(capsys):
    assert cli.run(["init", "mine.toml"]) == 0
    study = Study.read("mine.toml")
    assert (list(study.tasks), list(study.methods)) == (["tune"], ["random", "ga", "q"])
    assert "evomusic check mine.toml" in capsys.readouterr().out
    assert "evomusic compare mine.toml" in Path("mine.toml").read_text()


def test_what_the_starter_comments_out_can_be_read_too():
    assert cli.run(["init", "mine.toml"]) == 0
    lines = Path("mine.toml").read_text().splitlines()
    begin = next(i for i, line in enumerate(lines) if line.startswith("[tasks.tune]"))
    text = "\n".join(line.removeprefix("# ") for line in lines[begin:] if "below `tasks`" not in line)
    Path("all.toml").write_text(text.replace("mymodule:MyMethod", "HillClimb"))
    study = Study.read("all.toml")
    assert list(study.tasks) == ["tune", "mine"]
    assert [label for label in study.methods if label.startswith("ga population=")]


def test_init_overwrites_nothing(capsys):
    assert cli.run(["init"]) == 2
    assert capsys.readouterr().err == "evomusic: study.toml is there already; choose another name\n"
    assert Path("study.toml").read_text() == STUDY


def test_check_says_what_a_study_holds_and_prints_methods_by_tasks(capsys):
    assert cli.run(["check", "study.toml", "--workers", "2"]) == 0
    out = capsys.readouterr().out
    assert "study.toml: 2 tasks x 2 methods x 3 seeds = 12 cells of 800 steps" in out
    assert "  task two: 2 bars of 4 steps, 3 pitches, 5 rules, 0 final rewards" in out
    rows = [line.split() for line in out.splitlines()]
    assert ["seconds", "per", "cell", "one", "two"] in rows
    assert all(float(number) >= 0 for row in rows if row[:1] in (["random"], ["q"]) for number in row[1:])
    assert " on 2 cores" in out


def test_check_as_json_adds_up(capsys):
    assert cli.run(["check", "study.toml", "--workers", "2", "--seeds", "4", "-s", "steps=400", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    seconds = [each["seconds"] for each in found["seconds per cell"]]
    assert (found["cells"], found["steps"], len(seconds)) == (16, 400, 4)
    assert found["seconds"] == pytest.approx(max(sum(seconds) * 4 / 2, max(seconds)))
    assert found["peak MB"] is None or found["peak MB"] > 10


def test_check_names_a_method_that_fails_on_a_task(capsys):
    Path("failing_part.py").write_text(
        "from dataclasses import dataclass\n\n@dataclass(frozen=True)\nclass Failing:\n"
        "    def init(self, task, rng):\n        raise ValueError('no luck today')\n    step = deliver = init\n"
    )
    assert cli.run(["check", "study.toml", "-s", "methods.q.kind=failing_part:Failing", "-s", "methods.q.x=1"]) == 2
    assert "methods.q.x: Failing has no such parameter" in capsys.readouterr().err
    Path("study.toml").write_text(STUDY.replace('"QLearning"', '"failing_part:Failing"'))
    assert cli.run(["check", "study.toml"]) == 2
    said = capsys.readouterr()
    assert "evomusic: q fails on one: ValueError: no luck today" in said.err
    assert "fails" in said.out


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["none.toml"], "none.toml: cannot be read: No such file or directory"),
        (["study.toml", "--workers", "-1"], "--workers is -1, expected"),
        (["study.toml", "--steps", "x"], "--steps is x, expected a whole number"),
        (["study.toml", "-s", "methods.gq.view=short"], "the study has no methods 'gq'; did you mean 'q'?"),
    ],
)
def test_a_fault_is_one_line_and_exit_code_2(capsys, arguments, line):
    assert cli.run(["check", *arguments]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert line in said
