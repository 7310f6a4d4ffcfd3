"""Logs of IOHprofiler: the numbers of a study or of records, and IOHinspector reads them as they are."""

import json
import warnings
from typing import NamedTuple

import pytest

import evomusic as em
from evomusic.study.store import read_run
from tests.evolve.oracles import oracle
from tests.logs.conftest import ONES, SPHERE, TWO

RUNS = [(task, method, seed) for task in ("tiny", "ones", "sphere") for method in ("ga", "climb") for seed in range(3)]


class Read(NamedTuple):
    """A run as IOHinspector reads it."""

    rows: list  # of evaluations and value
    evals: int
    best: float
    dimension: int


def read(folder, monotonic):
    """Runs by task, method and seed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those of its own imports
        manager = oracle("iohinspector").DataManager()
    manager.add_folder(str(folder))
    rows = {}
    for row in manager.load(monotonic=monotonic).iter_rows(named=True):
        rows.setdefault(row["data_id"], []).append((row["evaluations"], row["raw_y"]))
    return {
        (run["function_name"], run["algorithm_name"], run["run_id"] - 1): Read(
            rows.get(run["data_id"], []), run["evals"], run["best_y"], run["dimension"]
        )
        for run in manager.overview.iter_rows(named=True)
    }, manager


def logged(outcome, price, sign):
    """The rows that a cell's log has: evaluations and value at each improvement, and at the end."""
    rows = [(int(steps) // price, sign * value + 0.0) for steps, value in outcome.improvements.tolist()]
    last = int(outcome.curve.steps[-1]) // price
    return rows if rows[-1][0] == last else [*rows, (last, rows[-1][1])]


@pytest.fixture(scope="module")
def folder(study, tmp_path_factory):
    return em.write_ioh(study, tmp_path_factory.mktemp("ioh") / "log", minimised=["sphere"])


def outcome_of(study, task, method, seed):
    return study.tasks[task].outcomes[method][seed]


@pytest.mark.parametrize(("task", "method", "seed"), RUNS)
def test_iohinspector_reads_the_numbers_of_the_study(study, folder, task, method, seed):
    found, outcome = read(folder, monotonic=False)[0][task, method, seed], outcome_of(study, task, method, seed)
    price, sign = (4, 1) if task == "tiny" else (1, -1 if task == "sphere" else 1)
    rows = logged(outcome, price, sign)
    assert found.rows == rows
    assert rows[0][0] == 1
    assert (found.evals, found.best) == (240 // price, sign * outcome.best_return + 0.0)
    assert found.dimension == {"tiny": 4, "ones": 6, "sphere": 3}[task]


def test_iohinspector_reads_which_functions_are_maximised_and_the_attributes(folder):
    _, manager = read(folder, monotonic=False)
    assert {f.name: f.maximization for f in manager.functions} == {"tiny": True, "ones": True, "sphere": False}
    table = {(r["function_name"], r["steps"], r["optimum"]) for r in manager.overview.iter_rows(named=True)}
    assert table == {("tiny", 240, em.make("tiny").optimum().value), ("ones", 240, 6.0), ("sphere", 240, None)}
    assert {(a.name, a.info) for a in manager.algorithms} == {("ga", "GA"), ("climb", "HillClimb")}


def test_monotonic_rows_lack_the_end_and_a_start_at_the_best_of_the_run_above(study, folder):
    """`findings/iohinspector_monotonic.sh` has the second; the pages say to read with monotonic=False."""
    runs = read(folder, monotonic=True)[0]
    for task, method, seed in RUNS:
        sign, price = -1 if task == "sphere" else 1, 4 if task == "tiny" else 1
        improvements = outcome_of(study, task, method, seed).improvements.tolist()
        rows = [(int(steps) // price, sign * value) for steps, value in improvements]
        above = outcome_of(study, task, method, seed - 1).best_return if seed else None
        assert runs[task, method, seed].rows == rows[improvements[0][1] == above :]


def test_the_json_has_the_entries_of_ioh_0_4_2(study, folder):
    index = json.loads((folder / "ga" / "IOHprofiler_f1_tiny.json").read_text())
    assert list(index) == [
        "version",
        "suite",
        "function_id",
        "function_name",
        "maximization",
        "algorithm",
        "experiment_attributes",
        "run_attributes",
        "attributes",
        "scenarios",
    ]
    (scenario,) = index["scenarios"]
    assert scenario["dimension"] == 4
    assert scenario["path"] == "data_f1_tiny/IOHprofiler_f1_DIM4.dat"
    for seed, run in enumerate(scenario["runs"]):
        outcome = outcome_of(study, "tiny", "ga", seed)
        best = {"evals": int(outcome.improvements[-1, 0]) // 4, "y": outcome.best_return}
        assert run == {
            "instance": 1,
            "evals": 60,
            "best": best | {"x": outcome.best.tokens.tolist()},
            "seed": seed,
        }
    lines = (folder / "ga" / scenario["path"]).read_text().splitlines()
    assert lines[0] == "evaluations raw_y"
    assert lines.count("evaluations raw_y") == 3


@pytest.mark.parametrize(("task", "minimised"), [(em.make("tiny"), ()), (ONES, ()), (SPHERE, ["sphere"])])
def test_records_of_runs_are_read_as_they_are(tmp_path, task, minimised):
    methods = {"ga 1": em.GA(population=10), "climb": em.HillClimb()}
    records = {name: [em.run(m, task, steps=200, seed=seed) for seed in (7, 8)] for name, m in methods.items()}
    runs, manager = read(em.write_ioh(records, tmp_path / "log", task=task, minimised=minimised), monotonic=False)
    assert all(f.maximization == (task is not SPHERE) for f in manager.functions)
    for (_, method, number), found in runs.items():
        record, sign = records[method][number], 1 if task is not SPHERE else -1
        assert found.rows == logged(record, task.grid.steps, sign)
        assert found.best == sign * record.best_return + 0.0
    assert len(runs) == 4


def test_chosen_tasks_keep_their_numbers(study, tmp_path):
    place = em.write_ioh(study.folder, tmp_path / "log", tasks=["sphere"])
    assert sorted(p.name for p in place.rglob("*.json")) == ["IOHprofiler_f3_sphere.json"] * 2


def test_what_cannot_be_logged_is_refused_in_one_line(study, tmp_path):
    record = em.run(em.GA(), ONES, steps=50)
    there = tmp_path / "there"
    (there / "sub").mkdir(parents=True)
    for arguments, named, words in [
        ((study, there), {}, r"there is there and not empty, expected a new folder"),
        ((study, tmp_path / "x"), {"tasks": ["tinny"]}, r"tasks has 'tinny', .*; did you mean 'tiny'\?"),
        ((study, tmp_path / "x"), {"tasks": "tiny"}, r"tasks is 'tiny', expected a list of labels"),
        ((study, tmp_path / "x"), {"minimised": ["spher"]}, r"minimised has 'spher', .*; did you mean 'sphere'\?"),
        ((study, tmp_path / "x"), {"task": ONES}, r"task is .* expected None beside a study"),
        ((3, tmp_path / "x"), {}, r"run is 3, expected a Run"),
        (({"ga": [record]}, tmp_path / "x"), {}, r"task is None, expected the task of the records"),
        (({"ga": [record]}, tmp_path / "x"), {"task": ONES, "tasks": ["a"]}, r"tasks is .* expected None"),
        (({"ga": [record]}, tmp_path / "x"), {"task": ONES, "minimised": ["a"]}, r"minimised is .* \['OneMax'\]"),
        (({"ga": [1]}, tmp_path / "x"), {"task": ONES}, r"run\['ga'\]\[0\] is 1, expected a Record"),
        (({"ga": []}, tmp_path / "x"), {"task": ONES}, r"run holds no record"),
        (({"a b": [record], "a_b": [record]}, tmp_path / "x"), {"task": ONES}, r"would share the folder a_b"),
        (({"ga": [record]}, tmp_path / "x"), {"task": TWO}, r"'pair' has the objectives one, other, expected one"),
    ]:
        with pytest.raises(ValueError, match=words) as caught:
            em.write_ioh(*arguments, **named)
        assert "\n" not in str(caught.value)
        assert not (tmp_path / "x").exists()


def test_a_study_with_several_objectives_or_nothing_finished_is_refused(tmp_path):
    made = em.Study(tasks={"pair": TWO, "ones": ONES}, methods={"ga": em.GA(population=4)}, steps=20, seeds=1)
    run = em.compare(made, out=tmp_path / "study", workers=1, figures=False).run
    with pytest.raises(ValueError, match=r"'pair' has the objectives one, other, expected one: .* choose other tasks"):
        em.write_ioh(run, tmp_path / "log")
    assert em.write_ioh(run, tmp_path / "log", tasks=["ones"]).is_dir()
    for path in (tmp_path / "study" / "cells").rglob("*.jsonl"):
        path.unlink()
    with pytest.raises(ValueError, match="has no finished cell, expected one or more: run the study first"):
        em.write_ioh(read_run(tmp_path / "study"), tmp_path / "other")
