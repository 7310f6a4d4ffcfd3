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
