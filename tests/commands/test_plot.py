"""`evomusic plot --kind`: one figure, to the study's folder or to a file."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from evomusic import cli
from evomusic.plots.folder import draw_one, require
from evomusic.study.folder import listed
from evomusic.study.store import read_run
from tests.plots.studies import finished, references, run_of


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(finished(), tmp_path / "run"))


def run(*arguments):
    return cli.run([str(a) for a in arguments])


def test_one_figure_is_drawn_into_the_folder_and_its_digests_are_recorded(folder, capsys):
    assert run("plot", "run", "--kind", "ecdf", "--json") == 0
    assert json.loads(capsys.readouterr().out)["written"] == ["run/ecdf.png", "run/ecdf.svg"]
    assert {"ecdf.png", "ecdf.svg"} <= set(listed(folder))
    assert not (folder / "curves.png").exists()
    assert read_run(folder).complete


@pytest.mark.parametrize(("name", "begins"), [("my.svg", b"<?xml"), ("my.png", b"\x89PNG")])
def test_a_file_is_of_the_kind_that_its_name_says(folder, capsys, name, begins):
    before = {path.name for path in folder.iterdir()}
    assert run("plot", "run", "-k", "improvement", "-o", name) == 0
    assert capsys.readouterr().out == f"{name}\n"
    assert Path(name).read_bytes().startswith(begins)
    assert {path.name for path in folder.iterdir()} == before


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--kind", "regrets"], 2, "--kind is 'regrets', expected one of curves, learning, regret, ecdf, profiles, "),
        (["--kind", "regrets"], 2, "; did you mean 'regret'?"),
        (["--kind", "regret", "--out", "x.pdf"], 2, "--out is x.pdf, expected a file that ends in .png or .svg"),
        (["--out", "x.png"], 2, "--out is x.png, expected it with --kind: a file holds one figure"),
        (["--kind", "regret", "--out", "nowhere/x.png"], 74, "nowhere/x.png: no such file or directory"),
    ],
)
def test_what_cannot_be_drawn_gets_one_line(folder, capsys, arguments, code, said):
    assert run("plot", "run", *arguments) == code
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


def test_a_study_without_what_a_figure_shows_keeps_its_digests(folder, capsys, monkeypatch):
    assert run("plot", "run", "--kind", "curves") == 0
    one = read_run(folder)
    bound = {label: replace(t, references=replace(t.references, certified=False)) for label, t in one.tasks.items()}
    monkeypatch.setattr("evomusic.study.store.read_run", lambda folder: replace(one, tasks=bound))
    capsys.readouterr()
    assert run("plot", "run", "--kind", "regret") == 2
    assert capsys.readouterr().err == (
        "evomusic: the optimum of task 'tiny' is not certified: there is no regret to draw\n"
    )
    assert set(listed(folder)) >= {"curves.png", "curves.svg"}


def test_files_of_several_tasks_bear_their_labels_and_tasks_without_are_left_out(tmp_path):
    one, bound = run_of({"a": 3.0, "b": 7.0}), run_of({"a": 3.0, "b": 7.0}, references(certified=False))
    tasks = {label: replace(task.tasks["t"], label=label) for label, task in (("t", one), ("u", one), ("v", bound))}
    three = replace(one, tasks=tasks)
    require(three, "regret")
    assert [p.name for p in draw_one(three, "regret", tmp_path / "x.svg")] == ["x-t.svg", "x-u.svg"]
