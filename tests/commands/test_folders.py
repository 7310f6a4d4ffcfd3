import json
import re
from pathlib import Path

import pytest

from evomusic.study.config import Study
from evomusic.study.store import read_run
from tests.commands.test_cli import compare, run, told
from tests.study.packed import take_out
from tests.study.stand_ins import Uniform


def test_runs_and_show_say_what_is_done_and_resume_does_the_rest(study, capsys):
    assert run("runs") == 0
    assert capsys.readouterr().out == "no runs in runs; `evomusic compare` makes one\n"
    assert compare(study, "-s", "methods.q.alpha=0.3") == 0
    for cell in ("tiny/q/1", "tiny/random/0"):
        take_out("runs/study", cell)
    Path("runs/study/cells/tiny/q/1").mkdir(parents=True)
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
    take_out("made", "t/r/0")
    assert run("resume", "made", "--workers", 1) == 0
    assert read_run("made").complete
    em.compare(Study(methods={"u": Uniform()}, **one), "own", figures=False, workers=1)
    Path("own/study.toml").unlink(missing_ok=True)
    capsys.readouterr()
    assert run("resume", "own") in (2, 3)
    assert capsys.readouterr().err.count("\n") == 1


def test_a_job_array_runs_shards_that_merge_puts_together(study, capsys):
    for i in (2, 1, 3):
        assert compare(study, "--shard", f"{i}/3") == 0
    said = capsys.readouterr()
    assert "running shard 3 of 3 of study.toml in runs/study-3of3" in said.err
    assert "tiny: 800 steps, illustration: 2 seeds, shard 3 of 3 alone" in said.out
    assert "evomusic merge runs/study-*of3 --to runs/study" in said.out
    next(Path("runs/study-2of3").rglob("*.jsonl")).unlink()
    assert run("show", "runs/study-2of3") == 0
    said = capsys.readouterr().out
    assert "shard 2 of 3 of 1 task, 2 methods, 2 seeds; 0 of 1 cells finished" in said
    assert "made by `evomusic compare study.toml --shard 2/3`" in said
    folders = sorted(Path("runs").glob("study-*of3"))
    assert run("merge", *folders, "--to", "runs/all", "--no-figures") == 0
    said = capsys.readouterr().out
    assert "'runs/all': 1 task, 2 methods, 2 seeds; 3 of 4 cells finished" in said
    assert re.search(r"evomusic resume runs/all +# compute the cell that is missing", said)
    assert run("resume", "runs/study-2of3", "--workers", 1) == 0
    capsys.readouterr()
    assert run("runs", "--json") == 0
    briefs = json.loads(capsys.readouterr().out)["runs"]
    assert [(b["run"][5:], b["done"], b["cells"], b.get("shard")) for b in briefs] == [
        ("all", 3, 4, None),
        ("study-1of3", 2, 2, "1/3"),
        ("study-2of3", 1, 1, "2/3"),
        ("study-3of3", 1, 1, "3/3"),
    ]
    assert run("runs") == 0
    assert "complete, shard 2 of 3" in capsys.readouterr().out
    assert run("merge", *folders, "--to", "runs/all", "--no-figures", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["complete"], found["missing"], found["failures"]) == (True, [], [])


@pytest.mark.parametrize("text", ["0/4", "5/4", "2", "2/", "a/b", "2/4/6", "-1/4", "1.5/2"])
def test_a_shard_that_is_none_is_one_line(study, capsys, text):
    assert compare(study, f"--shard={text}") == 2
    assert re.match(r"evomusic: --shard is .*, expected a part ", capsys.readouterr().err)
    assert not Path("runs").exists()


def test_more_shards_than_cells_are_one_line(study, capsys):
    assert compare(study, "--shard", "1/5") == 2
    (line,) = told(capsys)
    assert line == "evomusic: shard is 1/5, expected at most 4 parts: the study has 4 cells"


def test_a_shard_is_not_published_and_an_odd_merge_is_one_line(study, capsys):
    assert compare(study, "--shard", "1/2", "--out", "one") == 0
    assert "evomusic merge one FOLDER ... --to FOLDER" in capsys.readouterr().out
    assert run("publish", "one") == 3
    assert told(capsys) == ["evomusic: one is shard 1 of 2 of a study; `evomusic merge` all of them, and publish that"]
    assert run("merge", "one", "none", "--to", "out") == 3
    assert told(capsys) == ["evomusic: none holds no study: there is no study.resolved.json in it"]
    assert run("merge", "one", "--to", "one") == 3
    assert told(capsys) == ["evomusic: one is one of the folders to merge; choose another --to"]
    assert run("merge", "one") == 2
    assert "--to" in told(capsys)[0]
    assert not Path("out").exists()
