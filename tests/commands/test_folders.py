import json
from pathlib import Path

from evomusic.study.config import Study
from evomusic.study.store import read_run
from tests.commands.test_cli import compare, run
from tests.study.stand_ins import Uniform


def test_runs_and_show_say_what_is_done_and_resume_does_the_rest(study, capsys):
    assert run("runs") == 0
    assert capsys.readouterr().out == "no runs in runs; `evomusic compare` makes one\n"
    assert compare(study, "-s", "methods.q.alpha=0.3") == 0
    for cell in ("tiny/q/1", "tiny/random/0"):
        Path("runs/study/cells", cell, "status.json").unlink()
    Path("runs/study/cells/tiny/q/1/error.txt").write_text("Traceback\nRuntimeError: out of ideas\n")
    capsys.readouterr()
    assert run("runs", "--json") == 0
    (brief,) = json.loads(capsys.readouterr().out)["runs"]
    assert (brief["run"], brief["cells"], brief["done"], brief["state"]) == ("runs/study", 4, 2, "1 failed")
    assert run("show", "runs/study") == 0
    said = capsys.readouterr().out
    assert "2 of 4 cells finished" in said
    assert "failed: tiny/q/1: RuntimeError: out of ideas" in said
    assert "made by `evomusic compare study.toml -s methods.q.alpha=0.3`" in said
    assert "evomusic resume runs/study" in said
    study.unlink()  # the folder has its own
    assert run("resume", "runs/study", "--workers", 1) == 0
    found = read_run("runs/study")
    assert found.complete
    assert found.methods["q"]["alpha"] == 0.3
    assert run("runs") == 0
    assert "complete" in capsys.readouterr().out


def test_a_folder_that_holds_no_run_is_one_line(study, capsys):
    for command in ("show", "resume"):
        assert run(command, study.parent) == 3
        assert capsys.readouterr().err.count("\n") == 1


def test_a_run_from_python_is_resumed_where_its_folder_tells_the_study(study, capsys):
    import evomusic as em

    one = {"tasks": {"t": "tiny"}, "steps": 400, "seeds": 1}
    em.compare(Study(methods={"r": "RandomSearch"}, **one), "made", figures=False, workers=1)
    Path("made/cells/t/r/0/status.json").unlink()
    assert run("resume", "made", "--workers", 1) == 0
    assert read_run("made").complete
    em.compare(Study(methods={"u": Uniform()}, **one), "own", figures=False, workers=1)
    Path("own/study.toml").unlink(missing_ok=True)
    capsys.readouterr()
    assert run("resume", "own") in (2, 3)
    assert capsys.readouterr().err.count("\n") == 1
