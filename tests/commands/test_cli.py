import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import evomusic as em
from evomusic import cli
from evomusic.study import folder as files

STUDY = """
steps = 800
seeds = 2
[tasks.tiny]
name = "tiny"
[methods.random]
kind = "RandomSearch"
batch = 20
[methods.q]
kind = "QLearning"
"""
ROOT = Path(__file__).parents[2]


@pytest.fixture
def study(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    path = tmp_path / "study.toml"
    path.write_text(STUDY)
    return path


def run(*arguments: object) -> int:
    return cli.run([str(a) for a in arguments])


def told(capsys) -> list[str]:
    """What was said on stderr, without progress."""
    return [line for line in capsys.readouterr().err.splitlines() if " jobs " not in line]


def compare(*arguments: object) -> int:
    return run("compare", "--no-figures", "--workers", 1, *arguments)


def test_compare_prints_a_table_on_stdout_and_progress_on_stderr(study, capsys):
    assert compare(study) == 0
    said = capsys.readouterr()
    assert "best found" in said.out
    assert "optimum" in said.out
    assert "jobs" not in said.out
    assert "6 of 6 jobs done" in said.err
    assert (study.parent / "results/study/summary.csv").exists()


def test_compare_as_json_is_json_and_nothing_else(study, capsys):
    assert compare(study, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [row["method"] for row in found["rows"]] == ["random", "q"]
    assert found["complete"]
    assert found["failures"] == []


def test_compare_writes_figures_melodies_and_a_report(study, capsys):
    assert run("compare", study, "--workers", 1, "--out", "out with räume") == 0
    written = {path.name for path in Path("out with räume").rglob("*")}
    assert {"curves.png", "curves.svg", "report.html", "q.mid", "q.musicxml", "optimum.mid"} <= written
    capsys.readouterr()
    before = Path("out with räume/report.html").read_bytes()
    assert run("plot", "out with räume", "--json") == 0
    assert "out with räume/curves.svg" in json.loads(capsys.readouterr().out)["written"]
    assert Path("out with räume/report.html").read_bytes() == before


def test_options_and_settings_change_the_study(study, capsys):
    out = ("--out", "o", "--steps", "1e3", "--seeds", 1, "--seed", 7, "-s", "methods.random.batch=30")
    assert compare(study, *out) == 0
    kept = json.loads(Path("o/study.resolved.json").read_text())
    assert (kept["steps"], kept["seeds"], kept["seed"], kept["methods"]["random"]["batch"]) == (1000, 1, 7, 30)
    assert Path("o/study.toml").read_text() == STUDY
    command = json.loads(Path("o/provenance.json").read_text())["command"]
    assert command == "evomusic compare study.toml -s methods.random.batch=30 -s steps=1000 -s seeds=1 -s seed=7"


def test_the_folder_of_another_study_is_refused(study, capsys):
    assert compare(study, "--out", "o") == 0
    capsys.readouterr()
    assert compare(study, "--out", "o", "--steps", 900) == 3
    assert told(capsys) == ["evomusic: o holds another study (steps: 800 -> 900); choose another --out"]


def test_a_locked_folder_is_refused(study, capsys):
    with files.locked(Path("o")):
        assert compare(study, "--out", "o") == 3
    assert told(capsys) == ["evomusic: o is locked: another run writes to it; wait, or choose another --out"]


def test_a_failed_cell_is_told_and_the_exit_code_is_1(study, capsys, monkeypatch):
    def broken(self, *arguments):
        raise RuntimeError("no idea")

    monkeypatch.setattr(em.RandomSearch, "ask", broken)
    assert compare(study, "--seeds", 1, "--out", "o") == 1
    assert "evomusic: tiny/random/0 failed: RuntimeError: no idea; see o/cells/tiny/random/0/error.txt" in told(capsys)


def test_an_interrupt_says_how_to_go_on(study, capsys, monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("evomusic.comparison.run_study", interrupted)
    monkeypatch.setattr("signal.signal", lambda *arguments: None)  # pytest's own handler stays
    assert compare(study, "--out", "o p") == 130
    (line,) = told(capsys)
    assert line.endswith(f"To go on: evomusic compare --no-figures --workers 1 {study} --out 'o p'")


def test_a_full_disk_is_one_line(study, capsys, monkeypatch):
    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert compare(study, "--out", "o") == 74
    assert told(capsys) == ["evomusic: no space left on device"]


def test_a_folder_that_cannot_be_made_is_one_line(study, capsys):
    Path("file").write_text("")
    assert compare(study, "--out", "file/o") == 74
    assert told(capsys) == ["evomusic: file/o: not a directory"]


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        (["compar"], 2, "No such command 'compar'. Did you mean 'compare'?"),
        (["compare", "--sed", "3"], 2, "No such option: --sed"),
        (["compare", "--seeds", "x"], 2, "Invalid value for '--seeds'"),
        (["compare", "--workers", "-1"], 2, "--workers is -1, expected 1 or more"),
        (["compare", "--steps", "10.5"], 2, "--steps is 10.5, expected a whole number"),
        (["compare", "none.toml"], 2, "none.toml: cannot be read: No such file or directory"),
        (["compare", "bad.toml"], 2, "bad.toml: methods.q.veiw: QLearning has no such parameter"),
        (
            ["compare", "study.toml", "-s", "methods.qq.view=short"],
            2,
            "the study has no methods 'qq'; did you mean 'q'?",
        ),
        (["plot", "nowhere"], 3, "nowhere holds no study"),
        (["evolve", "--method", "gaa"], 2, "--method 'gaa' is not known, expected one of random, hill, ga"),
        (["evolve", "--task", "tunne"], 2, "evolve: tasks.tunne: task 'tunne' is not known"),
        (["evolve", "-o", "x.mp3"], 2, "-o x.mp3: expected a name that ends in one of .mid"),
        (["evolve", "-o", "nowhere/x.mid"], 74, "nowhere: no such folder"),
        (["evolve", "--task", "tiny", "-s", "populaton=3"], 2, "did you mean 'population'?"),
        (["evolve", "--task", "tiny", "-s", "task.bars=0"], 2, "grid bars is 0"),
        (["explain", "none.mid"], 4, "none.mid"),
        (["explain", "chords.mid", "--task", "rules"], 4, "chords.mid"),
        (["explain", "study.toml"], 4, "study.toml: has the suffix '.toml'"),
    ],
    ids=lambda x: " ".join(x) if isinstance(x, list) else "",
)
def test_a_fault_is_one_line_with_its_exit_code(study, capsys, arguments, code, line):
    Path("bad.toml").write_text(STUDY + "veiw = 3\n")
    Path("chords.mid").write_bytes(b"MThd\x00\x00\x00\x06\x00\x00\x00\x01\x00\x60MTrk\x00\x00")
    assert run(*arguments) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert said.err.startswith("evomusic: ")
    assert line in said.err


def test_evolve_writes_the_melody_that_explain_reads(study, capsys):
    assert run("evolve", "--task", "rules", "--method", "hill", "--steps", "2e4", "-o", "tune.mid", "--json") == 0
    made = json.loads(capsys.readouterr().out)
    assert made["return"] == pytest.approx(sum(made["parts"].values()), abs=1e-6)
    assert made["regret"] >= 0
    assert run("explain", "tune.mid", "--task", "rules", "--json") == 0
    read = json.loads(capsys.readouterr().out)
    assert {k: read[k] for k in ("melody", "return", "parts")} == {k: made[k] for k in ("melody", "return", "parts")}
    assert sum(read["bars"]) == pytest.approx(read["return"])
    assert read["fitted"] == []


def test_evolve_is_what_run_finds(study, capsys):
    assert run("evolve", "-t", "tiny", "-m", "GA", "--steps", 400, "--seed", 3, "-s", "population=10", "--json") == 0
    record = em.run(em.GA(population=10), em.make("tiny"), steps=400, seed=3)
    assert json.loads(capsys.readouterr().out)["return"] == record.best_return


def test_evolve_from_a_tune_begins_with_it_and_stays_near_it(study, capsys):
    theme = em.Melody.parse("G4 - B4 - D5 - - - " * 7 + "G4 - - - - - - -", em.make("variation").grid)
    em.write(theme, "mine.mid")
    assert run("evolve", "--from", "mine.mid", "--steps", "2e4", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    task = em.make("variation", theme=theme)
    assert found["task"] == "variation"
    assert found["return"] >= task.evaluate(theme.tokens[None])[0]
    assert "Theme" in found["parts"]


def test_a_learner_cannot_begin_with_a_tune(study, capsys):
    em.write(em.make("rules").optimum().melody, "mine.mid")
    assert run("evolve", "--task", "rules", "--method", "q-short", "--from", "mine.mid") == 2
    assert "method 'q-short' cannot begin with a tune; choose ga or hill" in told(capsys)[0]


def test_explain_says_how_a_file_was_fitted(study, capsys):
    em.write(em.Melody.from_notes([(63 + n, n, 1) for n in range(8)], em.Grid(bars=2, low=60, high=72)), "up.mid")
    assert run("explain", "up.mid", "--task", "rules") == 0
    said = capsys.readouterr().out
    assert "fitted: " in said
    assert "InScale" in said
    assert "regret" in said


@pytest.mark.parametrize(("command", "name"), [("tasks", "tune"), ("methods", "GA"), ("rules", "LeapRecovery")])
def test_lists_name_what_there_is_and_its_parameters(study, capsys, command, name):
    assert run(command) == 0
    assert f" {name} " in capsys.readouterr().out
    assert run(command, "--json") == 0
    (found,) = [x for x in json.loads(capsys.readouterr().out) if x["name"] == name]
    assert found["about"]
    assert found["parameters"]


def test_doctor_fails_when_something_needed_is_missing(study, capsys, monkeypatch):
    assert run("doctor") == 0
    monkeypatch.setattr("evomusic.commands.doctor.NEEDED", (("nonesuch", "nothing"),))
    capsys.readouterr()
    assert run("doctor", "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert [f["what"] for f in found["findings"] if not f["good"]] == ["nonesuch"]


def test_style_is_handed_over(study, capsys):
    assert run("style", "--help") == 0
    assert "usage: evomusic style" in capsys.readouterr().out


def fresh(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A Python of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100"}
    return subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True, timeout=60)


def test_help_and_import_load_nothing_heavy():
    heavy = {"numpy", "numba", "scipy", "matplotlib", "music21", "mido", "deap", "gymnasium", "pydantic", "rich"}
    code = "import sys, evomusic, evomusic.cli; evomusic.cli.run(['--help']); print(*sys.modules)"
    done = fresh("-c", code)
    assert "compare" in done.stdout
    assert heavy.isdisjoint(done.stdout.split())


def test_the_module_runs_as_the_command_does():
    done = fresh("-m", "evomusic.cli", "--version")
    assert (done.returncode, done.stdout) == (0, f"{em.__version__}\n")
    done = fresh("-m", "evomusic.cli")
    assert done.returncode == 2
    assert "Usage: evomusic" in done.stderr


def test_a_closed_pipe_is_no_error():
    done = fresh(
        "-c",
        "import os, sys; os.close(1); from evomusic import cli; r, w = os.pipe(); os.close(r); os.dup2(w, 1);"
        "sys.stdout = os.fdopen(1, 'w'); sys.exit(cli.run(['tasks', '--json']))",
    )
    assert (done.returncode, done.stderr) == (0, "")
