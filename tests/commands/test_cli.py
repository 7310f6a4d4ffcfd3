import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import evomusic as em
from evomusic import cli
from evomusic.study import folder as files
from tests.commands.conftest import STUDY
from tests.study.packed import take_out

PROGRESS = (" jobs ", ": loading the methods", ": nothing to compute", ": compiling kernels")
ROOT = Path(__file__).parents[2]


def run(*arguments: object) -> int:
    return cli.run([str(a) for a in arguments])


def told(capsys) -> list[str]:
    """What was said on stderr, without progress."""
    return [line for line in capsys.readouterr().err.splitlines() if not any(word in line for word in PROGRESS)]


def compare(*arguments: object) -> int:
    return run("compare", "--no-figures", "--workers", 1, *arguments)


def test_compare_prints_a_table_on_stdout_and_progress_on_stderr(study, capsys):
    assert compare(study) == 0
    said = capsys.readouterr()
    assert "best found" in said.out
    assert "optimum" in said.out
    assert "jobs" not in said.out
    assert "7 of 7 jobs done" in said.err
    assert (study.parent / "runs/study/summary.csv").exists()


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
    assert told(capsys) == [
        "evomusic: o holds another study (steps: 800 -> 900); choose another --out, or replace it with --fresh"
    ]


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


def test_compare_ends_with_melodies_regret_the_report_and_three_commands(study, capsys):
    assert run("compare", study, "--workers", 1) == 0
    said = capsys.readouterr().out
    assert "tiny: 800 steps, illustration: 2 seeds" in said
    closing = said.split("best melodies of tiny:\n")[1].splitlines()
    assert re.match(r"  (q|random), seed \d: return -?\d+\.\d\d, regret \d+\.\d\d", closing[0])
    assert "report: runs/study/report.html" in closing
    after = closing[closing.index("next:") + 1 :]
    assert [line.split()[:2] for line in after] == [["evomusic", x] for x in ("report", "explain", "compare")]
    for line in after[:2]:
        words = shlex.split(line.split("  #")[0].replace("--open", ""))
        assert run(*words[1:]) == 0
    assert f"evomusic compare {study} --seeds 30 --out runs/study-30" in after[2]


def test_the_first_line_comes_before_anything_is_loaded(tmp_path):
    began = time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-m", "evomusic", "compare", "--steps", "3"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr.readline() == "evomusic: running the quickstart in runs/quickstart: loading the methods\n"
        first = time.monotonic() - began
        (fault,) = process.stderr.read().splitlines()
    assert fault == "evomusic: quickstart.toml: steps is 3, expected at least 64: a melody of task 'tune'"
    assert process.returncode == 2
    assert first < (time.monotonic() - began) / 2


def test_a_finished_study_is_kept_and_said_to_be_until_it_is_wanted_fresh(study, capsys):
    assert compare(study) == 0
    path = Path("runs/study/cells/tiny/q.jsonl")
    before = path.stat().st_mtime_ns
    capsys.readouterr()
    assert compare(study) == 0
    line = "nothing to compute: all 4 cells were finished before and are kept; --fresh computes again"
    assert line in capsys.readouterr().err
    assert path.stat().st_mtime_ns == before
    assert compare(study, "--fresh") == 0
    assert path.stat().st_mtime_ns > before


def test_a_run_with_other_packages_is_said_to_be(study, capsys, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr("evomusic.study.provenance.version", lambda name: "other")
        assert compare(study) == 0
    capsys.readouterr()
    assert compare(study) == 0
    assert (
        "the finished cells were computed with other packages; --fresh computes them again" in capsys.readouterr().err
    )


def test_a_damaged_file_has_exit_code_3_and_a_remedy(study, capsys):
    assert compare(study) == 0
    path = Path("runs/study/summary.csv")
    path.write_text(path.read_text().replace("q", "p"))
    for command in (["plot", "runs/study"], ["report", "runs/study"], ["publish", "runs/study"]):
        capsys.readouterr()
        assert run(*command) == 3
        (line,) = told(capsys)
        assert line.startswith("evomusic: runs/study/summary.csv is damaged: it is not what was written; delete it; ")
    capsys.readouterr()
    assert compare(study) == 3
    assert told(capsys)[0].startswith("evomusic: runs/study/summary.csv is damaged")


def test_publish_copies_everything_but_cells(study, capsys):
    assert run("compare", study, "--workers", 1) == 0
    capsys.readouterr()
    assert run("publish", "runs/study") == 0
    assert capsys.readouterr().out.startswith("published: results/study (")
    published = {p.relative_to("results/study").as_posix() for p in Path("results/study").rglob("*") if p.is_file()}
    assert {"summary.csv", "curves.csv", "curves.png", "report.html", "melodies/tiny/q.mid"} <= published
    assert {"study.toml", "study.resolved.json", "provenance.json", "references.json", "published.json"} <= published
    assert not [name for name in published if name.startswith(("cells", "times", ".", "files.json"))]
    assert Path("results/study/report.html").read_bytes() == Path("runs/study/report.html").read_bytes()
    assert run("publish", "runs/study") == 0  # again


def test_a_light_publication_has_no_report_and_no_vector_figures(study):
    assert run("compare", "--workers", 1, study) == 0
    assert run("publish", "runs/study") == run("publish", "runs/study", "--light", "--to", "light") == 0
    whole, light = ({p.suffix for p in Path(f).rglob("*")} for f in ("results/study", "light"))
    assert whole - light == {".svg", ".html"}
    assert (Path("light/summary.csv")).read_bytes() == Path("results/study/summary.csv").read_bytes()


def test_a_published_result_is_final(study, capsys):
    assert run("compare", study, "--workers", 1) == 0
    assert run("publish", "runs/study", "--to", "kept") == 0
    capsys.readouterr()
    assert run("plot", "kept") == 3
    assert told(capsys)[0].startswith("evomusic: kept is a published result without cells: its tables, figures and")
    assert compare(study, "--out", "kept") == 3
    assert told(capsys)[0].startswith("evomusic: kept is a published result without cells")
    assert compare(study, "--out", "kept", "--fresh") == 3
    assert run("publish", "kept") == 3
    capsys.readouterr()
    assert run("report", "kept") == 0
    said = capsys.readouterr()
    assert said.out == "kept/report.html\n"
    assert "is a published result without cells: this is its report as it was published" in said.err
    Path("kept/summary.csv").write_text("changed")
    assert run("report", "kept") == 3
    assert "kept/summary.csv is damaged: it is not what was published" in told(capsys)[0]


def test_what_is_not_fit_to_be_published_is_refused_unless_asked(study, capsys):
    assert compare(study) == 0
    assert run("publish", "runs/study") == 3
    assert "runs/study has no report; make it with `evomusic plot runs/study`, then publish" in told(capsys)[-1]
    assert run("plot", "runs/study") == 0
    take_out("runs/study", "tiny/q/1")
    capsys.readouterr()
    assert run("publish", "runs/study") == 3
    line = told(capsys)[-1]
    assert "3 of 4 cells finished: finish it with `evomusic compare`; publish it as it is with --anyway" in line
    assert run("publish", "runs/study", "--anyway") == 0
    assert not json.loads(Path("results/study/published.json").read_text())["complete"]
    assert "published as it is: " in told(capsys)[-1]


def test_publish_replaces_nothing_but_published_results(study, capsys):
    assert run("compare", study, "--workers", 1) == 0
    Path("thesis").mkdir()
    Path("thesis/chapter.txt").write_text("mine")
    capsys.readouterr()
    assert run("publish", "runs/study", "--to", "thesis") == 3
    assert "thesis is there and is no published result; choose another --to" in told(capsys)[0]
    assert run("publish", "runs/study") == 0
    Path("results/study/notes.txt").write_text("mine")
    assert run("publish", "runs/study") == 3
    assert "results/study holds notes.txt, which was not published" in told(capsys)[0]
    assert Path("results/study/notes.txt").read_text() == "mine"


@pytest.mark.parametrize("renames", range(3))
def test_a_publication_that_fails_leaves_the_earlier_one(study, capsys, monkeypatch, renames):
    assert compare(study) == 0
    assert run("plot", "runs/study") == 0
    assert run("publish", "runs/study") == 0
    before = {p: p.read_bytes() for p in Path("results").rglob("*") if p.is_file()}
    plain, calls = Path.rename, []

    def faulty(self, target):
        calls.append(target)
        if len(calls) == renames:
            raise OSError(28, "No space left on device")
        return plain(self, target)

    monkeypatch.setattr(Path, "rename", faulty)
    assert run("publish", "runs/study") == (74 if renames else 0)
    assert {p: p.read_bytes() for p in Path("results").rglob("*") if p.is_file()} == before


def test_report_opens_a_browser_only_when_asked(study, capsys, monkeypatch):
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda url: opened.append(url) or len(opened) == 1)
    assert run("compare", study, "--workers", 1) == 0
    assert run("report", "runs/study") == 0
    assert opened == []
    assert run("report", "runs/study", "--open") == 0
    assert opened == [Path("runs/study/report.html").resolve().as_uri()]
    assert run("report", "runs/study", "--open") == 1
    assert "no browser was found; open runs/study/report.html yourself" in told(capsys)[-1]


def test_a_full_disk_is_one_line(study, capsys, monkeypatch):
    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert compare(study, "--out", "o") == 74
    assert told(capsys) == ["evomusic: o/provenance.json: no space left on device"]


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
        (["compare", "--cluster", "nonsense"], 2, "--cluster is 'nonsense', expected the address of a scheduler"),
        (["compare", "--steps", "10.5"], 2, "--steps is 10.5, expected a whole number"),
        (["compare", "--steps", "inf"], 2, "--steps is inf, expected a whole number, such as 1e6"),
        (["compare", "--steps", "nan"], 2, "--steps is nan, expected a whole number, such as 1e6"),
        (["compare", "--steps", "1e400"], 2, "--steps is 1e400, expected a whole number, such as 1e6"),
        (["compare", "--steps", "1m"], 2, "--steps is 1m, expected a whole number, such as 1e6; write 1e6"),
        (["compare", "--steps", "9" * 5000], 2, "expected a whole number, such as 1e6"),
        (["compare", "--steps", ""], 2, "expected a whole number, such as 1e6"),
        (["compare", "--seeds", "9" * 5000], 2, "Invalid value for '--seeds'"),
        (["evolve", "--steps", "3k"], 2, "--steps is 3k, expected a whole number, such as 1e6; write 3e3"),
        (["evolve", "--steps", "inf"], 2, "--steps is inf, expected a whole number, such as 1e6"),
        (["compare", "none.toml"], 2, "none.toml: cannot be read: No such file or directory"),
        (["compare", "bad.toml"], 2, "bad.toml: methods.q.veiw: QLearning has no such parameter"),
        (
            ["compare", "study.toml", "-s", "methods.qq.view=short"],
            2,
            "the study has no methods 'qq'; did you mean 'q'?",
        ),
        (["compare", "deep.toml"], 2, "deep.toml: is nested too deeply"),
        (["compare", "study.toml", "-s", "steps=" + "[" * 5000], 2, "is nested too deeply"),
        (["compare", "study.toml", "-s", "x"], 2, "-s x: expected key=value, such as methods.ga.population=500"),
        (["compare", "folder.mid"], 2, "folder.mid: cannot be read: Is a directory"),
        (["compare", "a\0b"], 2, "embedded null"),
        (["compare", "study.toml", "--out", "a\0b"], 2, "embedded null"),
        (["plot", "nowhere"], 3, "nowhere holds no study"),
        (["report", "nowhere"], 3, "nowhere holds no study"),
        (["publish", "nowhere"], 3, "nowhere holds no study"),
        (["evolve", "--method", "gaa"], 2, "--method 'gaa' is not known, expected one of random, hill, ga"),
        (["evolve", "--task", "tunne"], 2, "evolve: tasks.tunne: task 'tunne' is not known"),
        (["evolve", "-o", "x.mp3"], 2, "-o x.mp3: expected a name that ends in one of .mid"),
        (["evolve", "-o", "nowhere/x.mid"], 74, "nowhere: no such folder"),
        (["evolve", "--task", "tiny", "-s", "populaton=3"], 2, "did you mean 'population'?"),
        (["evolve", "--task", "tiny", "-s", "task.bars=0"], 2, "grid bars is 0"),
        (["explain", "none.mid"], 4, "none.mid"),
        (["explain", "folder.mid"], 4, "folder.mid: is a folder"),
        (["explain", "x" * 300 + ".mid"], 4, "name too long"),
        (["evolve", "--from", "folder.mid"], 4, "folder.mid"),
        (["explain", "chords.mid", "--task", "rules"], 4, "chords.mid"),
        (["explain", "study.toml"], 4, "study.toml: has the suffix '.toml'"),
    ],
    ids=lambda x: " ".join(x) if isinstance(x, list) else "",
)
def test_a_fault_is_one_line_with_its_exit_code(study, capsys, arguments, code, line):
    Path("bad.toml").write_text(STUDY + "veiw = 3\n")
    Path("deep.toml").write_text(f"steps = {'[' * 5000}")
    Path("folder.mid").mkdir()
    Path("chords.mid").write_bytes(b"MThd\x00\x00\x00\x06\x00\x00\x00\x01\x00\x60MTrk\x00\x00")
    assert run(*arguments) == code
    said = capsys.readouterr()
    assert said.out == ""
    (fault,) = [each for each in said.err.splitlines() if ": loading the methods" not in each]
    assert fault.startswith("evomusic: ")
    assert line.lower() in fault.lower()


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


def test_evolve_writes_every_file_that_is_named(study, capsys):
    files = ["tune.mid", "tune.abc"]
    options = [word for file in files for word in ("-o", file)]
    assert run("evolve", "--task", "tiny", "--steps", 400, *options, "--json") == 0
    assert json.loads(capsys.readouterr().out)["files"] == files
    assert em.read("tune.mid").notes == em.read("tune.abc").notes
    assert run("evolve", "--task", "tiny", "--steps", 400, *options) == 0
    assert capsys.readouterr().out.split()[-4:] == ["written", "to", "tune.mid,", "tune.abc"]


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


@pytest.mark.parametrize("module", ["evomusic", "evomusic.cli"])
def test_the_module_runs_as_the_command_does(module):
    done = fresh("-m", module, "--version")
    assert (done.returncode, done.stdout) == (0, f"{em.__version__}\n")
    done = fresh("-m", module)
    assert done.returncode == 2
    assert "Usage: evomusic" in done.stderr


def test_a_closed_pipe_is_no_error():
    done = fresh(
        "-c",
        "import os, sys; os.close(1); from evomusic import cli; r, w = os.pipe(); os.close(r); os.dup2(w, 1);"
        "sys.stdout = os.fdopen(1, 'w'); sys.exit(cli.run(['tasks', '--json']))",
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("words", ["rules", "--help", "tasks --json"])
@pytest.mark.parametrize("end", [">&-", "2>&-", "| head -c 10 >/dev/null", "| true"])
def test_a_closed_output_prints_no_traceback(words, end):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100"}
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {sys.executable} -m evomusic {words} {end}"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_shell_completion_is_on():
    done = fresh("-m", "evomusic", "--help")
    assert "--install-completion" in done.stdout
    completed = subprocess.run(
        [sys.executable, "-c", "import sys; sys.argv[0] = 'evomusic'; from evomusic.cli import main; main()"],
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "_EVOMUSIC_COMPLETE": "complete_bash",
            "COMP_WORDS": "evomusic com",
            "COMP_CWORD": "1",
        },
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert completed.stdout.split() == ["compare"]


@pytest.mark.parametrize("seconds", [0.0, 0.2, 0.5, 1.0])
@pytest.mark.parametrize("line", ["loading the methods", "jobs to do"])
def test_an_interrupt_while_workers_start_prints_no_traceback(study, line, seconds):
    command = [sys.executable, "-m", "evomusic", "compare", str(study), "--workers", "2", "--no-figures"]
    more = ["--steps", "1e7", "--seeds", "10"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command + more, env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        while line not in process.stderr.readline():
            pass
        time.sleep(seconds)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        said = process.stderr.read()
    assert process.returncode in (130, -signal.SIGINT)  # Python ends itself so when code in exec() was interrupted
    assert "Traceback" not in said
    assert said.splitlines()[-1].startswith(
        "evomusic: interrupted; finished cells are kept. To go on: evomusic compare"
    )


def test_a_tune_that_comes_back_unchanged_is_remarked(capsys, tmp_path):
    em.write(em.make("tiny").optimum().melody, tmp_path / "best.mid")
    arguments = ["evolve", "--task", "tiny", "--method", "hill", "--from", str(tmp_path / "best.mid"), "--steps", "400"]
    assert cli.run(arguments) == 0
    assert "no melody was found that returns more than the tune itself" in capsys.readouterr().out


@pytest.mark.parametrize("workers", ["-1", "1025", "1000000000"])
def test_too_many_workers_get_one_line(capsys, workers):
    assert cli.run(["compare", "--workers", workers]) == 2
    assert capsys.readouterr().err.startswith(f"evomusic: --workers is {workers}, expected 1 or more, up to 1,024")


def test_a_setting_of_two_lines_is_refused(capsys):
    assert cli.run(["evolve", "--task", "tiny", "--steps", "400", "-s", "population=2\nx=3"]) == 2
    assert "expected key=value" in capsys.readouterr().err


def test_a_refusal_leaves_no_lock_in_a_published_folder(capsys, tmp_path):
    (tmp_path / "published.json").write_text("{}")
    (tmp_path / "study.resolved.json").write_text("{}")
    assert cli.run(["compare", "--out", str(tmp_path), "--steps", "1000", "--seeds", "1"]) == 3
    assert sorted(p.name for p in tmp_path.iterdir()) == ["published.json", "study.resolved.json"]
