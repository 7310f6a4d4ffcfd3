"""`evomusic export`: a study as logs of other programs, and errors in one line."""

import json

import pytest

from tests.commands.test_cli import compare, run
from tests.evolve.oracles import oracle


def test_a_study_is_written_as_logs_of_iohprofiler(study, capsys):
    assert compare(study) == 0
    capsys.readouterr()
    assert run("export", "runs/study") == 0
    assert capsys.readouterr().out == "runs/study-ioh\n"
    index = json.loads((study.parent / "runs/study-ioh/q/IOHprofiler_f1_tiny.json").read_text())
    assert [r["evals"] for r in index["scenarios"][0]["runs"]] == [200, 200]
    assert run("export", "runs/study", "--minimised", "tiny", "-o", "negated", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"folder": "runs/study", "as": "ioh", "written": "negated"}
    negated = json.loads((study.parent / "negated/q/IOHprofiler_f1_tiny.json").read_text())
    assert (index["maximization"], negated["maximization"]) == (True, False)
    values = [[r["best"]["y"] for r in x["scenarios"][0]["runs"]] for x in (index, negated)]
    assert values[0] == [-y for y in values[1]]
    for arguments, code, words in [
        ((), 2, "runs/study-ioh is there and not empty, expected a new folder"),
        (("--as", "iho", "-o", "x"), 2, "--as is 'iho', expected one of ioh, tensorboard, mlflow; did you mean 'ioh'?"),
        (("--task", "tinny", "-o", "x"), 2, "tasks has 'tinny', expected labels among tiny; did you mean 'tiny'?"),
        (("--as", "mlflow", "--minimised", "tiny"), 2, "--minimised is tiny, expected it with --as ioh"),
    ]:
        assert run("export", "runs/study", *arguments) == code
        said = capsys.readouterr().err
        assert words in said
        assert said.count("\n") == 1
    for path in (study.parent / "runs/study/cells").rglob("*.jsonl"):
        path.unlink()
    assert run("export", "runs/study", "-o", "x") == 2
    assert "runs/study has no finished cell, expected one or more: run the study first" in capsys.readouterr().err
    assert run("export", "nowhere") == 3


@pytest.mark.parametrize("kind", ["tensorboard", "mlflow"])
def test_a_study_is_written_for_other_programs(study, capsys, monkeypatch, kind):
    oracle(kind)
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    assert compare(study) == 0
    assert run("export", "runs/study", "--as", kind, "-o", study.parent / "there") == 0
    said = capsys.readouterr().out.splitlines()[-1]
    assert said == (study.parent / "there").as_posix() if kind == "tensorboard" else said.startswith("experiment ")
    assert any((study.parent / "there").iterdir())
    if kind == "mlflow":
        monkeypatch.delenv("MLFLOW_ALLOW_FILE_STORE")
        assert run("export", "runs/study", "--as", kind, "-o", study.parent / "other") == 2
        said = capsys.readouterr().err
        assert said.startswith("evomusic: MLflow: ")
        assert said.count("\n") == 1
