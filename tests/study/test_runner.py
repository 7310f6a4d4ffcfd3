import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

import evomusic as em
from evomusic.study import beginning, runner
from evomusic.study import folder as files
from evomusic.study.config import Study
from evomusic.study.folder import RunError
from evomusic.study.progress import Progress
from evomusic.study.runner import Plan, run_study
from evomusic.study.store import read_run
from evomusic.study.work import seed_of
from tests.study.packed import cells_in, change, take_out
from tests.study.stand_ins import (
    DeliversNothing,
    Dies,
    Interrupts,
    Quits,
    Raises,
    Reports,
    Slow,
    Uniform,
    small_task,
)

LOCAL = {".lock", "times.csv"}
TABLE = {"kind": "QLearning", "view": "blind"}


def small(**changes) -> Study:
    given = {"tasks": {"small": small_task(), "tiny": "tiny"}, "methods": {"uniform": Uniform(), "q": TABLE}}
    return Study(**{**given, "steps": 400, "seeds": 2, **changes})


def run(study: Study, folder: Path, workers: int = 1, progress: Progress | None = None):
    return run_study(Plan(study, folder, workers=workers), progress).failures


def tracked(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in LOCAL and not path.name.startswith("error")
    }


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("whole") / "run"
    assert run(small(), folder) == []
    return folder


def test_two_workers_leave_the_same_bytes_as_none(finished, tmp_path):
    assert run(small(), tmp_path / "two", workers=2) == []
    assert tracked(tmp_path / "two") == tracked(finished)


def test_a_finished_study_runs_nothing_again(finished):
    before = tracked(finished)

    class Told(Progress):
        jobs = kept = -1

        def total(self, jobs, kept):
            self.jobs, self.kept = jobs, kept

    told = Told()
    run(small(), finished, progress=told)
    assert (told.jobs, told.kept) == (0, 8)
    assert tracked(finished) == before


def test_a_cell_is_the_run_of_its_method_with_its_seed(finished):
    kept = read_run(finished).tasks["tiny"].outcomes["q"][1]
    record = em.run(em.QLearning(view="blind"), em.make("tiny"), steps=400, seed=seed_of(0, 1))
    assert kept.best_return == record.best_return
    assert np.array_equal(kept.improvements, record.improvements)
    assert np.array_equal(kept.curve.best, record.curve.best)


def test_another_method_changes_no_cell(finished, tmp_path):
    run(small(methods={"first": Uniform(3), "uniform": Uniform(), "q": TABLE}), tmp_path / "more")
    pack = "cells/tiny/q.jsonl"
    assert (tmp_path / "more" / pack).read_bytes() == (finished / pack).read_bytes()


def test_seeds_are_shared_by_methods_and_differ_by_number_and_root():
    assert len({seed_of(0, 0), seed_of(0, 1), seed_of(1, 0), seed_of(1, 1)}) == 4


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"steps": 500}, "steps: 400 -> 500"),
        ({"methods": {"uniform": Uniform(9), "q": TABLE}}, "methods.uniform.population: 8 -> 9"),
        ({"methods": {"uniform": Uniform()}}, "methods.q.kind: QLearning -> nothing"),
        ({"seeds": 1}, "seeds: 2 -> 1"),
        ({"seeds": 3, "seed": 1}, "seed: 0 -> 1"),
        ({"tasks": {"small": small_task("other"), "tiny": "tiny"}}, "tasks.small.name: small -> other"),
    ],
    ids=["steps", "parameter", "method", "fewer seeds", "root", "task"],
)
def test_the_folder_of_another_study_is_refused_by_name(finished, changes, told):
    with pytest.raises(RunError, match="holds another study") as error:
        run(small(**changes), finished)
    assert told in str(error.value)


GROWN = {
    "tasks": {"small": small_task(), "tiny": "tiny", "wide": {"name": "tiny", "bars": 2}},
    "methods": {"first": Uniform(3), "uniform": Uniform(), "q": TABLE},
    "seeds": 3,
}


class Counted(Progress):
    jobs = kept = -1

    def total(self, jobs, kept):
        self.jobs, self.kept = jobs, kept


@pytest.mark.parametrize(
    ("changes", "jobs"),
    [(["seeds"], 4), (["methods"], 4), (["tasks"], 3 + 4), (["seeds", "methods", "tasks"], 3 + 3 * 3 * 3 - 8)],
    ids=["seeds", "methods", "tasks", "all"],
)
def test_a_folder_grows_by_what_is_missing_and_is_as_if_made_at_once(finished, tmp_path, changes, jobs):
    shutil.copytree(finished, tmp_path / "grown")
    more, counted = small(**{name: GROWN[name] for name in changes}), Counted()
    assert run(more, tmp_path / "grown", workers=2, progress=counted) == []
    assert (counted.jobs, counted.kept) == (jobs, 8)
    assert run(more, tmp_path / "whole") == []
    grown, whole = tracked(tmp_path / "grown"), tracked(tmp_path / "whole")
    made = json.loads(grown.pop("provenance.json"))
    whole.pop("provenance.json")
    assert grown == whole
    assert [earlier["seeds"]["by number"] for earlier in made["earlier"]] == [[seed_of(0, 0), seed_of(0, 1)]]
    assert read_run(tmp_path / "grown").complete


def test_growth_killed_between_two_files_loses_nothing(finished, tmp_path, monkeypatch):
    text = "# a study\n"
    for kill in ("study.toml", "study.resolved.json"):
        folder = tmp_path / kill
        run_study(Plan(small(), folder, text, workers=1))
        write = beginning.write_text

        def killed(path, words, kill=kill, write=write):
            if path.name == kill:
                raise KeyboardInterrupt
            write(path, words)

        three = Plan(small(seeds=3), folder, text + "# of three seeds\n", workers=1)
        monkeypatch.setattr(beginning, "write_text", killed)
        with pytest.raises(KeyboardInterrupt):
            run_study(three)
        monkeypatch.undo()
        assert len(read_run(folder).outcomes) == 8
        assert run_study(three).run.complete


@pytest.mark.parametrize("seeds", [2, 3])
def test_changed_code_of_a_method_with_finished_cells_is_refused_by_name(finished, monkeypatch, seeds):
    before = tracked(finished)
    real = runner.fingerprint
    monkeypatch.setattr(runner, "fingerprint", lambda thing: "changed" if thing == Uniform() else real(thing))
    with pytest.raises(RunError, match=r"the code of methods\.uniform has changed since"):
        run(small(seeds=seeds), finished)
    assert tracked(finished) == before


def test_mended_code_of_a_method_without_finished_cells_goes_on(tmp_path, monkeypatch):
    study = small(methods={"bad": Raises(), "q": TABLE}, seeds=1)
    assert len(run(study, tmp_path)) == 2
    real = runner.fingerprint
    monkeypatch.setattr(runner, "fingerprint", lambda thing: "mended" if thing == Raises() else real(thing))
    monkeypatch.setattr(Raises, "trouble", Uniform.trouble)
    assert run(study, tmp_path) == []
    monkeypatch.setattr(runner, "fingerprint", real)
    with pytest.raises(RunError, match=r"methods\.bad"):
        run(study, tmp_path)


def test_a_rule_that_pays_otherwise_under_the_same_name_makes_another_study(finished, monkeypatch):
    from tests.study.stand_ins import NoTritone

    monkeypatch.setattr(NoTritone, "read", lambda self, memory, event, slot: (None, -2.0 * event.is_note))
    with pytest.raises(RunError, match=r"tasks\.small\.tables"):
        run(small(), finished)


def test_a_folder_with_other_things_is_not_written_into(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(RunError, match=r"holds thesis\.txt, but no study"):
        run(small(), tmp_path)
    assert {p.name for p in tmp_path.iterdir()} == {"thesis.txt", ".lock"}


def test_a_second_writer_is_refused(tmp_path):
    with files.locked(tmp_path), pytest.raises(RunError, match="another run writes to it"), files.locked(tmp_path):
        pass


def test_cells_of_two_versions_are_not_mixed(finished, tmp_path, monkeypatch):
    run(small(), tmp_path / "run")
    take_out(tmp_path / "run", "tiny/q/1")
    monkeypatch.setattr(em, "__version__", "9.9.9")
    with pytest.raises(RunError, match=r"was begun by evomusic .*, this is 9\.9\.9"):
        run(small(), tmp_path / "run")
    assert run(small(), finished) == []  # nothing to run, nothing to mix


@pytest.mark.parametrize("workers", [1, 2])
def test_a_method_that_raises_fails_its_own_cells_only(tmp_path, workers):
    study = small(methods={"good": Uniform(), "bad": Raises()}, seeds=1)
    failures = run(study, tmp_path / "run", workers)
    assert sorted(f.name for f in failures) == ["small/bad/0", "tiny/bad/0"]
    assert {f.cause for f in failures} == {"RuntimeError: out of ideas"}
    assert "in trouble" in failures[0].trace.read_text()
    assert [str(o.cell) for o in read_run(tmp_path / "run").outcomes] == ["small/good/0", "tiny/good/0"]


def test_a_cell_that_failed_is_run_again_and_its_traceback_goes(tmp_path, monkeypatch):
    study = small(methods={"m": Raises()}, seeds=1, tasks={"small": small_task()})
    assert len(run(study, tmp_path / "run")) == 1
    monkeypatch.setattr(Raises, "trouble", Uniform.trouble)
    assert run(study, tmp_path / "run") == []
    assert not list((tmp_path / "run").rglob("error*.txt"))


def test_a_worker_that_dies_fails_its_cell_after_three_attempts_and_no_other(tmp_path):
    study = small(methods={"good": Uniform(), "bad": Dies()}, seeds=2, tasks={"small": small_task()})
    failures = run(study, tmp_path / "run", workers=2)
    assert sorted(f.name for f in failures) == ["small/bad/0", "small/bad/1"]
    assert {f.cause for f in failures} == {"its worker process died, 3 times in a row"}
    assert len(read_run(tmp_path / "run").outcomes) == 2


def test_a_worker_that_dies_once_costs_nothing(tmp_path):
    marker = tmp_path / "died"
    study = small(methods={"once": Dies(marker=str(marker)), "good": Uniform()}, seeds=2, tasks={"small": small_task()})
    assert run(study, tmp_path / "run", workers=2) == []
    assert marker.exists()


def test_a_method_that_workers_cannot_import_runs_here(tmp_path):
    @dataclass(frozen=True)
    class Local(Uniform):
        def trouble(self):
            seen.append(os.getpid())

    seen: list[int] = []
    assert run(small(methods={"local": Local(), "uniform": Uniform()}), tmp_path / "run", workers=2) == []
    assert set(seen) == {os.getpid()}


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    ("method", "cause"),
    [
        (Quits(), r"the method ended the program \(SystemExit: enough\)"),
        (Reports(kind="infinite"), "inf|finite"),
        (Reports(kind="single"), "it reported a best return of|float32|float64"),
        (Reports(kind="few"), r"returns of Reports are float64 of shape \(7,\), expected float64 of shape \(8,\)"),
        (Reports(kind="great"), "it reported a best return of .*, but that melody returns"),
        (DeliversNothing(), "ValueError: .*deliver"),
    ],
    ids=["sys.exit", "inf", "float32", "too few returns", "wrong returns", "nothing delivered"],
)
@pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:invalid value encountered")
def test_a_method_that_misbehaves_is_a_failed_cell_with_its_reason_and_the_others_stay(
    tmp_path, method, cause, workers
):
    study = small(methods={"bad": method, "good": Uniform()}, seeds=1, tasks={"small": small_task()})
    (failure,) = run(study, tmp_path, workers)
    assert failure.name == "small/bad/0"
    assert re.search(cause, failure.cause)
    assert [str(o.cell) for o in read_run(tmp_path).outcomes] == ["small/good/0"]


def test_an_interrupt_out_of_a_method_is_an_interrupt(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run(small(methods={"m": Interrupts()}, seeds=1, tasks={"small": small_task()}), tmp_path)


def test_workers_that_die_at_their_birth_are_given_up(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import os, sys\nif any('spawn_main' in word or 'forkserver' in word for word in sys.orig_argv): os._exit(1)"
    )
    code = f"""
from pathlib import Path
from evomusic.study.config import Study
from evomusic.study.runner import Plan, run_study
study = Study(tasks={{"tune": "tune"}}, methods={{"hill": {{"kind": "HillClimb"}}}}, steps=64, seeds=20)
failures = run_study(Plan(study, Path({str(tmp_path / "run")!r}), workers=2)).failures
print(len(failures), {{failure.cause for failure in failures}})
"""
    path = f"{tmp_path}{os.pathsep}{Path(__file__).parents[2]}"
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.startswith("23 {'worker processes died at their start, 3 times in a row'"), done.stderr


class Killed(BaseException):
    """Stands for a kill: nothing catches it."""


@pytest.mark.parametrize("fault", [Killed(), OSError(28, "No space left on device")], ids=["kill", "full disk"])
@pytest.mark.parametrize("verb", ["fsync", "replace"])
def test_a_fault_at_any_write_is_repaired_by_the_next_run(tmp_path, monkeypatch, fault, verb):
    study = small(methods={"uniform": Uniform()}, seeds=1, tasks={"tiny": "tiny"})
    run(study, tmp_path / "whole")
    owner = os if verb == "fsync" else Path
    plain, left = getattr(owner, verb), [0]

    def faulty(*arguments):
        left[0] -= 1
        if left[0] < 0:
            raise fault
        return plain(*arguments)

    for writes in range(100):
        folder = tmp_path / f"{writes}"
        left[0] = writes
        with monkeypatch.context() as patched:
            patched.setattr(owner, verb, faulty)
            try:
                run(study, folder)
                break
            except type(fault):
                pass
        run(study, folder)
        assert tracked(folder) == tracked(tmp_path / "whole"), f"after {writes} calls of {verb}"
    assert 7 < writes < 99


STORED = [
    "cells/tiny/uniform.jsonl",
    "curves.csv",
    "files.json",
    "provenance.json",
    "references.json",
    "study.resolved.json",
    "study.toml",
    "summary.csv",
]


def titled(folder: Path) -> Plan:
    """A plan with a study's file."""
    return Plan(small(methods={"uniform": Uniform()}, seeds=1, tasks={"tiny": "tiny"}), folder, "steps = 400\n", "made")


@pytest.fixture(scope="module")
def stored(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("stored")
    run_study(titled(folder))
    return folder


def test_no_stored_file_is_without_a_digest(stored):
    found = {path.relative_to(stored).as_posix() for path in stored.rglob("*") if path.is_file()}
    assert found - LOCAL == set(STORED)


@pytest.mark.parametrize("name", STORED)
def test_any_changed_character_of_any_stored_file_is_found_and_named(stored, tmp_path, name):
    folder = tmp_path / "run"
    shutil.copytree(stored, folder)
    path, rng = folder / name, np.random.default_rng(0)
    whole = path.read_bytes()
    places = range(len(whole)) if len(whole) < 250 else sorted({0, len(whole) - 1, *rng.integers(0, len(whole), 60)})
    named = re.escape(str(path))
    for place in places:
        other = b"7" if whole[place : place + 1] != b"7" else b"8"
        path.write_bytes(whole[:place] + other + whole[place + 1 :])
        with pytest.raises(RunError, match=f"{named}.* is damaged|is of format") as error:
            read_run(folder)
        assert re.search(r"delete|--fresh", str(error.value))
        assert "\n" not in str(error.value)
    with pytest.raises(RunError):
        run_study(titled(folder))


@pytest.mark.parametrize("name", ["provenance.json", "study.toml"])
def test_a_missing_file_is_named(stored, tmp_path, name):
    folder = tmp_path / "run"
    shutil.copytree(stored, folder)
    (folder / name).unlink()
    for read in (read_run, lambda folder: run_study(titled(folder))):
        with pytest.raises(RunError, match=rf"{name} is missing; put it back, or compute .* again with --fresh"):
            read(folder)


@pytest.mark.parametrize("name", ["curves.csv", "summary.csv", "files.json", "references.json"])
def test_a_missing_file_that_can_be_made_is_made_again(stored, tmp_path, name):
    folder = tmp_path / "run"
    shutil.copytree(stored, folder)
    (folder / name).unlink()
    assert run_study(titled(folder)).failures == []
    assert tracked(folder) == tracked(stored)


def test_a_cell_in_the_place_of_another_is_found(finished, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(finished, folder)
    shutil.copy(folder / "cells/small/q.jsonl", folder / "cells/tiny/q.jsonl")
    with pytest.raises(
        RunError, match=r"tiny/q\.jsonl is damaged in line 1: it holds no cell of tiny/q; delete line 1"
    ):
        read_run(folder)


def test_a_best_melody_that_returns_something_else_is_found_where_the_task_is_at_hand(stored, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(stored, folder)
    change(folder, "tiny/uniform/0", best_return=99.0)
    read_run(folder)  # its digest agrees
    with pytest.raises(
        RunError, match=r"in line 1: the cell tiny/uniform/0 .* says that its best returns 99\.0, it ret"
    ):
        run_study(titled(folder))


@pytest.mark.parametrize("name", ["../outside.txt", "/outside.txt", "a/../../outside.txt"])
def test_a_list_of_files_that_leads_out_of_the_folder_is_refused(stored, tmp_path, name):
    folder, outside = tmp_path / "run", tmp_path / "outside.txt"
    shutil.copytree(stored, folder)
    outside.write_text("mine")
    (folder / "files.json").write_text(files.sealed({"files": {name: "0"}}))
    with pytest.raises(RunError, match=r"files\.json is damaged"):
        read_run(folder)
    run_study(fresh(titled(folder)))
    assert outside.read_text() == "mine"


def fresh(plan: Plan) -> Plan:
    return replace(plan, fresh=True)


def test_fresh_computes_again_and_leaves_files_that_are_not_the_runs(stored, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(stored, folder)
    (folder / "notes.txt").write_text("mine")
    (folder / "cells/tiny/uniform.jsonl").write_text("damaged\n")
    assert run_study(fresh(titled(folder))).failures == []
    (folder / "notes.txt").unlink()
    assert tracked(folder) == tracked(stored)


def test_the_run_that_is_returned_is_the_one_that_is_stored(tmp_path):
    run, _ = run_study(titled(tmp_path))
    stored = read_run(tmp_path)
    (one,), (other,) = run.outcomes, stored.outcomes
    assert all(np.array_equal(a, b) for a, b in zip(one.curve, other.curve, strict=True))
    assert (one.cell, one.best_return, one.best.text) == (other.cell, other.best_return, other.best.text)
    assert (run.provenance, run.text, run.methods) == (stored.provenance, stored.text, stored.methods)
    assert run.tasks["tiny"].references.melody.text == stored.tasks["tiny"].references.melody.text


@pytest.mark.parametrize(("name", "value"), [("value", 99.0), ("upper", -99.0), ("random", "abc"), ("melody", "x")])
def test_references_that_lie_are_refused_even_with_a_digest(stored, tmp_path, name, value):
    folder = tmp_path / "run"
    shutil.copytree(stored, folder)
    path = folder / "references.json"
    tasks = json.loads(path.read_text())["tasks"]
    tasks["tiny"]["planner"][name] = value
    path.write_text(files.sealed({"tasks": tasks}))
    with pytest.raises(RunError, match=r"references\.json is damaged"):
        run_study(titled(folder))


@pytest.mark.parametrize("form", [4, 6], ids=["older", "newer"])
def test_another_format_is_refused_by_name(tmp_path, form):
    study = small(methods={"uniform": Uniform()}, seeds=1, tasks={"tiny": "tiny"})
    run(study, tmp_path)
    path = tmp_path / "study.resolved.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": form}))
    for read in (read_run, lambda folder: run(study, folder)):
        with pytest.raises(RunError, match=f"is of format {form}, this version of evomusic reads 5"):
            read(tmp_path)


def test_a_folder_may_be_moved_and_still_continues(finished, tmp_path):
    moved = tmp_path / "moved räume"
    shutil.copytree(finished, moved)
    take_out(moved, "tiny/q/1")
    assert run(small(), moved, workers=2) == []
    assert tracked(moved) == tracked(finished)


def test_hash_seeds_change_no_byte(tmp_path):
    for number in ("1", "2"):
        assert begun(tmp_path / number, 1, PYTHONHASHSEED=number).wait(60) == 0
    assert tracked(tmp_path / "1") == tracked(tmp_path / "2")
    assert len(cells_in(tmp_path / "1")) == 6


def test_tracked_files_hold_no_place_and_no_time(finished):
    told = json.loads((finished / "provenance.json").read_text())
    own = {"evomusic", "code", "command", "python", "platform", "packages", "seeds", "study.toml", "sha256"}
    assert set(told) - {"commit", "uncommitted changes"} == own  # those two in a checkout only
    assert {"numpy", "numba", "scipy", "cmaes", "moocore", "deap", "music21", "mido"} <= set(told["packages"])
    texts = b"".join(tracked(finished).values())
    assert str(finished.parent).encode() not in texts
    assert str(Path.home()).encode() + b"/" not in texts


def begun(folder: Path, workers: int, **environment: str) -> subprocess.Popen[str]:
    """A run of `slow_study` in a process of its own."""
    code = f"""
import sys
from pathlib import Path
from evomusic.study.runner import Plan, run_study
from tests.study.test_runner import slow_study
try:
    failures = run_study(Plan(slow_study(), Path({str(folder)!r}), workers={workers})).failures
    sys.exit(repr(failures) if failures else 0)
except KeyboardInterrupt:
    sys.exit(130)
"""
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root), **environment}
    return subprocess.Popen([sys.executable, "-c", code], env=environment, cwd=root, text=True)


def slow_study() -> Study:
    return Study(
        tasks={"tiny": "tiny"}, methods={"slow": Slow(4, 0.005), "q": {"kind": "QLearning"}}, steps=1600, seeds=3
    )


def wait_for(found, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.01)


def children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(p) for p in text.read_text().split()] if text.exists() else []


def alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("undisturbed")
    run(slow_study(), folder)
    return tracked(folder)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_kill_in_mid_run_loses_unfinished_cells_only(tmp_path, undisturbed, workers):
    process = begun(tmp_path, workers)
    wait_for(lambda: len(cells_in(tmp_path)) >= 2)
    workers_alive = children(process.pid)
    process.kill()
    process.wait()
    kept = cells_in(tmp_path)
    assert 2 <= len(kept) < 6
    wait_for(lambda: not any(map(alive, workers_alive)))  # workers end with their parent
    counted = Counted()
    assert run(slow_study(), tmp_path, progress=counted) == []
    assert counted.kept == len(kept)
    assert kept.items() <= cells_in(tmp_path).items()
    assert tracked(tmp_path) == undisturbed


@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupt_ends_soon_and_keeps_finished_cells(tmp_path, undisturbed, workers):
    process = begun(tmp_path, workers)
    wait_for(lambda: len(cells_in(tmp_path)) >= 1)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 130
    assert 1 <= len(cells_in(tmp_path)) < 6
    assert run(slow_study(), tmp_path) == []
    assert tracked(tmp_path) == undisturbed


@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupt_within_a_cell_loses_no_step_of_it(tmp_path, workers):
    code = f"""
from pathlib import Path
from evomusic.study.runner import Plan, run_study
from tests.study.test_runner import long_study
run_study(Plan(long_study(), Path({str(tmp_path / "run")!r}), workers={workers}))
"""
    process = subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[2], stderr=subprocess.DEVNULL)
    wait_for(lambda: (tmp_path / "run/times.csv").exists() and "levels" in (tmp_path / "run/times.csv").read_text())
    time.sleep(1.0)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) != 0
    (left,) = (tmp_path / "run").rglob("unfinished.npz")
    with np.load(left) as file:
        assert file["state.1.spent"] > 0
    assert run(long_study(), tmp_path / "run") == []
    assert run(long_study(seconds=0.0), tmp_path / "whole") == []
    assert list(tmp_path.rglob("unfinished.npz")) == []
    cell = "cells/tiny/slow.jsonl"
    assert (tmp_path / "run" / cell).read_bytes() == (tmp_path / "whole" / cell).read_bytes()


def long_study(seconds: float = 0.01) -> Study:
    """One cell of some seconds."""
    return Study(tasks={"tiny": "tiny"}, methods={"slow": Slow(seconds=seconds)}, steps=4 * 8 * 400, seeds=1)
