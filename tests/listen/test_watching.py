"""The dashboard: a study's folder as JSON while it grows, and what is inside of its methods."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from starlette.testclient import TestClient

import evomusic as em
from evomusic.cli import run
from evomusic.core.toml import ConfigError
from evomusic.listen.dashboard import application
from evomusic.listen.watching import Watching
from evomusic.listen.web import Refused
from evomusic.study.folder import RunError
from evomusic.study.store import read_run
from tests.study.packed import put_in, take_out

STUDY = """
steps = 4000
seeds = 2
[tasks.tiny]
name = "tiny"
[methods.ga]
kind = "GA"
[methods.map]
kind = "MapElites"
cells = [4, 4]
[methods.q]
kind = "QLearning"
view = "short"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    here = tmp_path_factory.mktemp("watched")
    (here / "study.toml").write_text(STUDY)
    out = str(here / "run")
    assert run(["compare", str(here / "study.toml"), "-o", out, "--no-figures", "--workers", "1", "--json"]) == 0
    return here / "run"


def test_the_page_has_what_the_folder_has(folder):
    state, stored = Watching(folder).state(), read_run(folder)
    (task,) = state["tasks"]
    assert (state["done"], state["of"]) == (6, 6)
    assert task["certified"]
    assert task["levels"][0] == {"label": "optimum", "value": stored.tasks["tiny"].references.value}
    for method in task["methods"]:
        best = stored.tasks["tiny"].best(method["label"])
        assert method["best"]["return"] == best.best_return
        assert method["best"]["notes"] == [list(note) for note in best.best.notes]
        assert method["curve"]["value"][-1] == np.median(
            [o.best_return for o in stored.tasks["tiny"].outcomes[method["label"]]]
        )
    json.dumps(state, allow_nan=False)


def test_a_folder_that_grows_is_seen_to_grow(folder, tmp_path):
    here = tmp_path / "run"
    shutil.copytree(folder, here)
    later = take_out(here, "tiny/q/1")
    watching, told = Watching(here), []
    watching.watch(lambda kind, value: told.append((kind, value)))
    assert watching.state()["done"] == 5
    assert not watching.look()
    put_in(here, "tiny/q/1", later)
    assert watching.look()
    assert watching.state()["done"] == 6
    assert told == [("state", 2)]


def test_a_study_computed_afresh_takes_the_place_of_the_one_before(folder, tmp_path):
    here = tmp_path / "run"
    shutil.copytree(folder, here)
    watching = Watching(here)
    assert watching.inside("0-2")["kind"] == "policy"
    file = tmp_path / "other.toml"
    file.write_text(
        STUDY.replace("4000", "3000").replace("seeds = 2", "seeds = 1").replace("methods.q", "methods.other")
    )
    words = ["compare", str(file), "-o", str(here), "--fresh", "--no-figures", "--workers", "1", "--json"]
    assert run(words) == 0
    assert watching.look()
    state = watching.state()
    assert (state["done"], state["of"], state["steps"]) == (3, 3, 3000)
    assert [method["curve"]["steps"][-1] for method in state["tasks"][0]["methods"]] == [3000] * 3
    assert watching.state()["tasks"][0]["methods"][2]["label"] == "other"
    assert watching.inside("0-2")["kind"] == "policy"


def test_a_study_whose_modules_are_missing_is_shown_without_the_inside(folder, monkeypatch):
    def missing(*words):
        raise ConfigError(["methods.q.kind: there is no module 'mine'"])

    monkeypatch.setattr("evomusic.listen.watching.read_study", missing)
    watching = Watching(folder)
    assert {method["inside"] for method in watching.state()["tasks"][0]["methods"]} == {None}
    with pytest.raises(Refused, match="a module of it is missing"):
        watching.inside("0-1")


def test_an_archive_is_made_again_as_the_run_had_it(folder):
    found = Watching(folder).inside("0-1")
    task, best = em.make("tiny"), read_run(folder).tasks["tiny"].best("map")
    assert found["kind"] == "archive"
    assert len(found["outlines"]) == 16
    assert max(elite["return"] for elite in found["elites"]) == best.best_return
    for elite in found["elites"]:
        melody = em.Melody.from_notes([tuple(note) for note in elite["notes"]], task.grid)
        first, second = (float(m(melody.tokens[None], task.grid)[0]) for m in em.MapElites(cells=(4, 4)).measures)
        assert elite["measures"] == [second, first]
        corners = np.array(found["outlines"][elite["cell"]])
        low, high = np.array([(axis["low"], axis["high"]) for axis in found["axes"]]).T
        place = (np.array(elite["measures"]) - low) / (high - low)
        assert (place >= corners.min(axis=0) - 1e-5).all()
        assert (place <= corners.max(axis=0) + 1e-5).all()


def test_a_policy_chooses_what_it_values_most(folder):
    found = Watching(folder).inside("0-2")
    assert found["kind"] == "policy"
    for step, token in enumerate(found["greedy"]):
        column = [row[step] for row in found["q"]]
        if None not in column:
            assert column[token] == max(column)


def test_what_has_no_inside_says_so(folder):
    with pytest.raises(Refused, match="neither an archive nor a policy"):
        Watching(folder).inside("0-0")


def test_a_run_that_differs_is_not_shown_as_if_it_were_the_same(folder, monkeypatch):
    watching = Watching(folder)
    monkeypatch.setattr("evomusic.listen.watching.seed_of", lambda root, number: 12345)
    outcome = watching.best("0-1")
    object.__setattr__(outcome, "best_return", outcome.best_return - 1)
    with pytest.raises(Refused, match="could not be made again"):
        watching.inside("0-1")


@pytest.mark.parametrize("name", ["0-9", "9-0", "x", "0", "0-1-2", "..%2f..", "-1-0", "0-²", "0-x-1", "0-♯-1"])
def test_names_are_numbers_of_this_study(folder, name):
    client = TestClient(application(Watching(folder)))
    for path in ("score.svg", "tune.mid"):
        assert client.get(f"/api/best/{name}/{path}").status_code == 404
    assert client.get(f"/api/inside/{name}").status_code == 404


def test_scores_and_files_of_the_best(folder):
    client = TestClient(application(Watching(folder)))
    assert "data-note" in client.get("/api/best/0-0/score.svg").text
    assert client.get("/api/best/0-0/tune.mid").content[:4] == b"MThd"


def test_a_folder_without_a_study_is_refused(tmp_path, capsys):
    with pytest.raises(RunError, match="holds no study"):
        Watching(tmp_path)
    assert run(["dashboard", str(tmp_path), "--no-browser"]) == 3
    assert "holds no study" in capsys.readouterr().err
