"""The soft optimum as a reference of a study: what its melodies return, exact or by samples, or nothing."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

import evomusic as em
from evomusic import rules
from evomusic.plots.curves import draw_learning, levels, policies
from evomusic.report.tables import summary_table
from evomusic.study import folder as files
from evomusic.study import references
from evomusic.study.config import Study
from evomusic.study.folder import RunError
from evomusic.study.results import Soft
from evomusic.study.runner import Plan, run_study
from evomusic.study.store import read_run
from evomusic.study.table import to_dict, to_text
from tests.core.test_soft import every_melody
from tests.plots.studies import references as some_references
from tests.plots.studies import run_of
from tests.study.stand_ins import Uniform

GRID = em.Grid(bars=1, beats=5, steps_per_beat=1, low=60, high=62)
SAMPLED = Soft(1.0, "style", 3.25, 0.125, ("Range", "StepShare"))


@dataclass(frozen=True)
class Rests:
    """The number of rests of a melody."""

    def __call__(self, melodies, grid):
        return (melodies == 0).sum(axis=1).astype(float)

    def bounds(self, grid):
        return 0.0, float(grid.steps)


@dataclass(frozen=True)
class Rest:
    """1 for a rest."""

    start = None
    hears = ()

    def read(self, memory, event, slot):
        return None, float(not event.kind)


def some_task(final: float = 0.0) -> em.Task:
    return em.Task(GRID, em.Reward({Rest(): 1.0, rules.IntervalSize(): 1.0}, final={Rests(): final} if final else {}))


def expectation(task: em.Task) -> float:
    """Expected return, by enumeration, of the distribution of all rules, without final measures."""
    melodies = every_melody(task.grid)
    weights = np.exp(em.Task(task.grid, em.Reward(task.reward.rules)).evaluate(melodies))
    return float(weights @ task.evaluate(melodies) / weights.sum())


def test_it_is_exact_where_nothing_is_dropped():
    found = references.soft(some_task())
    assert found["mean"] == pytest.approx(expectation(some_task()), abs=1e-9)
    assert {**found, "mean": 0} == {"temperature": 1.0, "prior": "uniform", "mean": 0, "error": 0.0, "dropped": []}


def test_samples_stand_in_for_what_is_dropped():
    """Five standard errors: by chance once in two million."""
    task = some_task(final=0.5)
    found = references.soft(task)
    assert found["dropped"] == ["Rests"]
    assert 0 < found["error"] < 0.1
    assert abs(found["mean"] - expectation(task)) < 5 * found["error"]


@pytest.mark.parametrize("task", [some_task(final=-3.0), em.Task(GRID, em.Reward({}, final={Rests(): 1.0}))])
def test_there_is_none_where_what_is_dropped_is_what_matters(task):
    assert references.soft(task)["mean"] is None


def test_there_is_none_where_the_style_is_too_large(monkeypatch):
    task = em.make("tune", bars=1)
    assert references.soft(task)["prior"] == "style"
    monkeypatch.setattr(references, "LISTED", 16)
    assert references.soft(task)["mean"] is None


def test_its_rows_do_not_grow_with_the_melody(monkeypatch):
    limits, few = [], some_task().soften(1.0, "uniform")
    monkeypatch.setattr(em.Task, "soften", lambda task, *args, limit: limits.append(limit) or few)
    for bars in (1, 4, 16):
        references.soft(em.make("rules", bars=bars))
    assert limits == [25_000, 25_000, 6_250]


def study(**changes) -> Study:
    return Study(**{"tasks": {"t": "tiny"}, "methods": {"uniform": Uniform()}, "steps": 80, "seeds": 1, **changes})


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("soft") / "run"
    assert run_study(Plan(study(), folder, workers=1)).failures == []
    return folder


def test_a_study_shows_it_with_its_temperature(finished):
    run = read_run(finished)
    found = run.tasks["t"].references.soft
    assert found.mean == pytest.approx(expectation(em.make("tiny")), abs=1e-9)
    text = to_text(run)
    assert "soft optimum, temp. 1 " in text
    assert "Soft optimum: uniform tokens x exp(return / temperature), temperature 1; exact expectation.\n" in text
    assert to_dict(run)["tasks"]["t"]["references"]["soft"]["mean"] == found.mean


def test_a_study_of_an_older_version_has_none_and_gets_it_when_it_is_run_again(finished, tmp_path):
    whole = (finished / "references.json").read_bytes()
    stored = json.loads(whole)["tasks"]
    del stored["t"]["soft"]
    files.write_text(finished / "references.json", files.sealed({"tasks": stored}))
    run = read_run(finished)
    assert run.complete
    assert run.tasks["t"].references.soft is None
    assert "oft optimum" not in to_text(run)
    assert "soft" not in to_dict(run)["tasks"]["t"]["references"]
    assert run_study(Plan(study(), finished, workers=1)).failures == []
    assert (finished / "references.json").read_bytes() == whole


@pytest.mark.parametrize("wrong", [{"mean": "x"}, {"dropped": None}, {"error": None}])
def test_one_that_lies_is_refused(finished, tmp_path, wrong):
    stored = json.loads((finished / "references.json").read_text())["tasks"]
    stored["t"]["soft"] |= wrong
    before = (finished / "references.json").read_bytes()
    files.write_text(finished / "references.json", files.sealed({"tasks": stored}))
    with pytest.raises(RunError, match="damaged: the soft optimum of task 't' is not what was written; delete it"):
        run_study(Plan(study(), finished, workers=1))
    (finished / "references.json").write_bytes(before)


def test_table_and_report_name_what_it_lacks():
    run = run_of({"a": 11.0, "b": 2.0}, replace(some_references(), soft=SAMPLED))
    sentence = (
        "Soft optimum: the style x exp(return / temperature), temperature 1, without Range, StepShare; "
        "mean of 1,000 samples, standard error 0.12."
    )
    assert sentence in to_text(run)
    assert sentence in str(summary_table(run, run.tasks["t"]))


def test_it_is_a_level_of_what_is_delivered_alone():
    run = run_of({"a": 11.0, "b": 2.0}, replace(some_references(), soft=SAMPLED))
    task = run.tasks["t"]
    (line,) = policies(task)
    assert (line.label, line.value) == ("soft optimum, temp. 1", 3.25)
    assert line not in levels(task)
    delivered, online = draw_learning(run, task).axes
    named = [{text.get_text() for text in ax.texts} for ax in (delivered, online)]
    assert [line.label in names for names in named] == [True, False]
