"""Problems in studies: tables, figures and reports beside those of tasks, the same bytes by any number of workers."""

import json

import numpy as np
import pytest

import evomusic as em
from evomusic.study.config import ConfigError
from evomusic.study.folder import RunError
from evomusic.study.runner import resolve
from evomusic.study.solutions import problem_table
from evomusic.study.store import read_run
from evomusic.study.table import to_dict
from tests.study import problems
from tests.study.packed import change

STUDY = """
steps = 960
seeds = 3
[tasks.ones]
name = "tests.study.problems:onemax"
n = 16
[tasks.trees]
name = "tests.study.problems:trees"
[tasks.notes]
name = "tests.study.problems:melodies"
[methods.ga]
kind = "GA"
population = 20
[methods.climb]
kind = "HillClimb"
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("problems")
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    return em.compare(folder / "study.toml", folder / "out", workers=2)


def test_a_study_of_problems_has_tables_figures_and_a_report(run):
    names = {path.name for path in run.folder.iterdir()}
    assert {"report.html", "summary.csv", "curves-ones.png", "regret-ones.png", "rolls-notes.png"} <= names
    assert "rolls-ones.png" not in names
    assert "regret-trees.png" not in names
    assert not run.failures
    page = (run.folder / "report.html").read_text(encoding="utf-8")
    assert "strings of 16 bits; a step is one evaluation. No solution returns more than 16.00" in page
    assert "<pre>1111111111111111</pre>" in page


def test_regret_is_measured_from_the_maximum_and_else_from_the_best_known(run):
    rows = {(row.task, row.method): row for row in run.summary}
    assert rows["ones", "ga"].regret.median == 0
    assert rows["trees", "ga"].regret is None
    assert rows["trees", "ga"].to_bound.median == 0
    assert to_dict(run.run)["tasks"]["trees"]["references"]["bound"] is None
    assert "to best" in str(run)


def test_solutions_are_stored_as_text_that_returns_what_is_said(run):
    read = read_run(run.folder)
    best = read.tasks["trees"].best("ga")
    problem = problems.trees
    assert problem.evaluate(problem.genotype.parse(best.best.text)[None])[0] == best.best_return
    assert set(read.tasks["ones"].best("ga").parts) == {"fitness"}
    assert isinstance(read.tasks["notes"].best("ga").best, em.Melody)


def test_a_finished_study_of_problems_is_read_and_not_run_again(run, capsys):
    before = {p: p.read_bytes() for p in (run.folder / "cells").rglob("*") if p.is_file()}
    em.compare(run.folder / "study.toml", run.folder, workers=1, figures=False)
    assert {p: p.read_bytes() for p in (run.folder / "cells").rglob("*") if p.is_file()} == before
    assert "0 jobs" not in capsys.readouterr().err


def test_workers_and_this_process_write_the_same_bytes(run, tmp_path):
    em.compare(run.folder / "study.toml", tmp_path / "out", workers=1, figures=False)
    for path in sorted((run.folder / "cells").rglob("*")):
        if path.is_file():
            assert (tmp_path / "out" / path.relative_to(run.folder)).read_bytes() == path.read_bytes()


def test_a_damaged_solution_is_found(run, tmp_path):
    em.compare(run.folder / "study.toml", tmp_path / "out", workers=1, figures=False)
    change(tmp_path / "out", "ones/ga/0", best="0" * 16)
    with pytest.raises(RunError, match=r"the cell ones/ga/0 cannot be used: it says that its best returns"):
        em.compare(run.folder / "study.toml", tmp_path / "out", workers=1, figures=False)


def test_objectives_are_parts_of_the_return(tmp_path):
    study = em.Study(tasks={"f": problems.fronts}, methods={"nsga2": em.NSGA2(population=10)}, steps=200, seeds=2)
    found = em.compare(study, tmp_path / "out", workers=1, figures=False)
    parts = found.run.tasks["f"].best("nsga2").parts
    assert set(parts) == {"one", "two"}
    assert sum(parts.values()) == pytest.approx(1.0)


def test_a_fitness_of_chance_is_refused(tmp_path):
    study = em.Study(tasks={"f": problems.fickle()}, methods={"ga": em.GA(population=10)}, steps=100, seeds=1)
    found = em.compare(study, tmp_path / "out", workers=1, figures=False)
    assert any("but that melody returns" in failure.cause for failure in found.failures)


def test_arrays_that_a_fitness_closes_over_are_part_of_the_study():
    one, other = (problem_table(problems.weighted(np.array(w))) for w in ([1.0, 2.0], [1.0, 3.0]))
    assert one["closure"] != other["closure"]
    assert json.dumps(one)


def test_resolved_studies_hold_every_parameter_of_a_genotype():
    study = em.Study(tasks={"ones": problems.onemax(12)}, methods={"ga": em.GA()}, steps=100)
    table = resolve(study)["tasks"]["ones"]
    assert table["genotype"]["kind"] == "Bitstrings"
    assert table["genotype"]["length"] == 12
    assert (table["maximum"], table["name"]) == (12.0, "OneMax")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("tests.study.problems:onemix", "has no 'onemix'; did you mean 'onemax'"),
        ("tests.study.problems:number", "tests.study.problems:number"),
        ("tests.study.problems:notes", "notes"),
        ("no_such_module:x", "there is no module 'no_such_module'"),
    ],
)
def test_a_name_that_leads_to_no_problem_is_one_line(name, said):
    with pytest.raises(ConfigError, match=said) as caught:
        em.Study(tasks={"t": {"name": name}}, methods={"ga": em.GA()})
    assert len(caught.value.lines) == 1


def test_a_method_that_cannot_run_on_a_problem_fails_in_one_line(tmp_path):
    study = em.Study(tasks={"ones": problems.onemax()}, methods={"q": em.QLearning()}, steps=100, seeds=1)
    found = em.compare(study, tmp_path / "out", workers=1, figures=False)
    assert [f.cause.split(",")[0] for f in found.failures] == ["ValueError: QLearning writes melodies token by token"]
