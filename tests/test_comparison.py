from pathlib import Path

import pytest

import evomusic as em
from evomusic.study.config import ConfigError
from evomusic.study.progress import Progress
from evomusic.study.results import Cell
from tests.study.stand_ins import NoTritone, Uniform, small_task


def study(**changes) -> em.Study:
    given = {"tasks": {"mine": small_task()}, "methods": {"ga": em.GA(population=10), "uniform": Uniform()}}
    return em.Study(**{**given, "steps": 400, "seeds": 2, **changes})


def compare(*arguments, **named):
    return em.compare(*arguments, workers=1, figures=False, progress=Progress(), **named)


def test_a_study_with_a_users_rule_and_method_is_compared_against_its_optimum(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = compare(study())
    assert found.folder.as_posix() == "runs/study"
    assert Path("runs/.gitignore").read_text() == "*\n"
    assert [(row.method, row.seeds) for row in found.summary] == [("ga", 2), ("uniform", 2)]
    optimum = small_task().optimum().value
    assert found.run.tasks["mine"].references.value == optimum
    best = max(o.best_return for o in found.run.tasks["mine"].outcomes["ga"])
    assert found.summary[0].regret.low == optimum - best
    assert "best found" in str(found)
    assert found.failures == ()
    assert repr(found) == (
        "<Comparison 'runs/study': 1 task, 2 methods, 2 seeds; 4 of 4 cells finished; print() shows the tables>"
    )
    assert repr(found.run) == "<Run 'runs/study': 1 task, 2 methods, 2 seeds; 4 of 4 cells finished>"


def test_steps_and_seeds_may_be_changed_in_the_call(tmp_path):
    found = compare(study(), tmp_path, steps=200, seeds=1, seed=5)
    assert (found.run.steps, found.run.seeds, found.run.seed) == (200, 1, 5)
    assert len(found.run.outcomes) == 2


@pytest.mark.parametrize(
    ("named", "line"),
    [
        ({"steps": 2}, "steps is 2, expected at least 4"),
        ({"workers": -1}, "workers is -1, expected a whole number from 0 to 1,024"),
        ({"workers": None}, "workers is None, expected a whole number"),
        ({"workers": 10**400}, "workers is a whole number of more than 60 digits, expected"),
        ({"figures": "no"}, "figures is 'no', expected True or False"),
        ({"fresh": 1}, "fresh is 1, expected True or False"),
        ({"overrides": "steps=3"}, "overrides is 'steps=3', expected a list of texts"),
        ({"overrides": [3]}, r"overrides is \[3\], expected a list of texts"),
        ({"overrides": ["steps=3"]}, "overrides are for studies from a file"),
    ],
)
def test_what_does_not_fit_is_told(tmp_path, named, line):
    with pytest.raises(ValueError, match=line):
        em.compare(study(), tmp_path, progress=Progress(), **named)


@pytest.mark.parametrize("out", [3, True, object()], ids=["number", "flag", "object"])
def test_a_folder_is_a_path(out):
    with pytest.raises(ValueError, match=r"out is .*, expected the path of a folder"):
        em.compare(study(), out, progress=Progress())


@pytest.mark.parametrize("thing", [3, 2.5, True, [], {}, em.Study, em.GA()], ids=repr)
def test_a_study_is_a_study_or_a_path(thing, tmp_path):
    with pytest.raises(ValueError, match=r"study is .*, expected a Study, the path of a TOML file, or None"):
        em.compare(thing, tmp_path, progress=Progress())


def test_a_study_is_read_once(tmp_path, monkeypatch):
    from evomusic.study import store

    cells: list[Cell] = []
    plain = store.outcome_of
    monkeypatch.setattr(store, "outcome_of", lambda line, cell, grid: cells.append(cell) or plain(line, cell, grid))
    for _ in range(2):
        cells.clear()
        em.compare(study(), tmp_path, workers=1, progress=Progress())
        assert len(cells) == len(set(cells)) == 4


def test_a_rule_that_cannot_be_written_out_is_told_by_its_task(tmp_path, monkeypatch):
    monkeypatch.setattr(NoTritone, "read", lambda self, memory, event, slot: (None, float("nan")))
    with pytest.raises(ConfigError, match=r"tasks\.mine: NoTritone\(\) pays a value that is not finite"):
        compare(study(tasks={"mine": small_task()}), tmp_path)
