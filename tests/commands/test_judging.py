"""`evomusic judge`: real tunes pass, noise does not, and what cannot be judged is one line."""

from __future__ import annotations

import json

import numpy as np
import pytest

import evomusic as em
from evomusic.cli import run

pytest.importorskip("sklearn")


def folder(path, melodies):
    grid = em.make("tune").grid
    for i, row in enumerate(melodies):
        em.write(em.Melody(row, grid), path / f"{i}.mid")
    return str(path)


def test_real_tunes_pass_and_noise_does_not(tmp_path, capsys):
    grid, rng = em.make("tune").grid, np.random.default_rng(1)
    train = em.corpus.training(grid).melodies
    kinds = {"real": train[rng.permutation(len(train))[:60]], "noise": rng.integers(2, 17, (60, 64), np.uint8)}
    found = {}
    for kind, melodies in kinds.items():
        (tmp_path / kind).mkdir()
        assert run(["judge", folder(tmp_path / kind, melodies), "--json"]) == 0
        found[kind] = json.loads(capsys.readouterr().out)
    assert found["real"]["excerpts"] >= 50
    assert found["real"]["boosting"]["auc"] < 0.7
    assert found["real"]["copied"] > 0.9
    assert found["noise"]["boosting"]["auc"] > 0.99
    assert found["noise"]["copied"] == 0


def test_people_read_what_tells(tmp_path, capsys):
    melodies = em.make("tune").soften(1.0).sample(30, np.random.default_rng(2))
    assert run(["judge", folder(tmp_path, melodies)]) == 0
    out = capsys.readouterr().out
    assert "excerpts of 4 bars of 4/4 beside as many held-out ones of 'ryan'" in out
    assert "told from real tunes: AUC" in out
    assert "what tells" in out


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ((), 4, "has 3 excerpts of 4 bars of 4/4, and the held-out tunes of 'ryan' 331: generated is '3 melodies'"),
        (("--metre", "3/4"), 4, "(refused: 3 for metre)"),
        (("--style", "rian"), 2, "did you mean 'ryan'"),
        (("--metre", "4/5"), 2, "metre is '4/5'"),
        (("--bars", 0), 2, "bars is 0"),
    ],
)
def test_what_cannot_be_judged_is_one_line(tmp_path, capsys, words, code, message):
    melodies = em.corpus.held_out(em.make("tune").grid, 3).melodies
    assert run(["judge", folder(tmp_path, melodies), *map(str, words)]) == code
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert message in line


def test_a_folder_that_is_not_there_is_one_line(tmp_path, capsys):
    assert run(["judge", str(tmp_path / "none")]) == 4
    assert "does not exist" in capsys.readouterr().err


STUDY = """
steps = 2000
seeds = 20
[tasks.tune]
name = "tune"
[tasks.five]
name = "tune"
metre = "5/8"
[methods.style]
kind = "BestOfN"
n = 1
[methods.random]
kind = "RandomSearch"
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    here = tmp_path_factory.mktemp("judged")
    (here / "study.toml").write_text(STUDY)
    assert run(["compare", str(here / "study.toml"), "-o", str(here / "run"), "--no-figures", "--json"]) == 0
    return here / "run"


def test_the_methods_of_a_study_are_judged(study, capsys):
    capsys.readouterr()
    assert run(["judge", str(study), "--json"]) == 0
    told = capsys.readouterr()
    found = json.loads(told.out)
    assert set(found) == {"tune"}
    assert set(found["tune"]) == {"style", "random"}
    assert found["tune"]["random"]["boosting"]["auc"] > 0.99
    assert found["tune"]["style"]["linear"]["auc"] < found["tune"]["random"]["linear"]["auc"] + 0.01
    assert "not judged: five: real is '0 melodies', expected at least 20" in told.err
    assert run(["judge", str(study)]) == 0
    assert ["tune", "style"] in [line.split()[:2] for line in capsys.readouterr().out.splitlines()]


def test_a_study_has_frames_of_its_own_and_seeds_enough(study, tmp_path, capsys):
    capsys.readouterr()
    assert run(["judge", str(study), "--bars", "8"]) == 2
    assert "leave out --bars" in capsys.readouterr().err
    (tmp_path / "study.toml").write_text(STUDY.replace("seeds = 20", "seeds = 2"))
    assert run(["compare", str(tmp_path / "study.toml"), "-o", str(tmp_path / "run"), "--no-figures", "--json"]) == 0
    capsys.readouterr()
    assert run(["judge", str(tmp_path / "run")]) == 2
    assert "has 2 seeds, expected 20 or more" in capsys.readouterr().err
