import pytest

import evomusic as em
from evomusic.study.config import ConfigError
from evomusic.study.progress import Progress
from tests.study.stand_ins import NoTritone, Uniform, small_task


def study(**changes) -> em.Study:
    given = {"tasks": {"mine": small_task()}, "methods": {"ga": em.GA(population=10), "uniform": Uniform()}}
    return em.Study(**{**given, "steps": 400, "seeds": 2, **changes})


def compare(*arguments, **named):
    return em.compare(*arguments, workers=1, figures=False, progress=Progress(), **named)


def test_a_study_with_a_users_rule_and_method_is_compared_against_its_optimum(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = compare(study())
    assert found.folder.as_posix() == "results/study"
    assert [(row.method, row.seeds) for row in found.summary] == [("ga", 2), ("uniform", 2)]
    optimum = small_task().optimum().value
    assert found.run.tasks["mine"].references.value == optimum
    best = max(o.best_return for o in found.run.tasks["mine"].outcomes["ga"])
    assert found.summary[0].regret.low == optimum - best
    assert "best found" in str(found)
    assert found.failures == ()


def test_steps_and_seeds_may_be_changed_in_the_call(tmp_path):
    found = compare(study(), tmp_path, steps=200, seeds=1, seed=5)
    assert (found.run.steps, found.run.seeds, found.run.seed) == (200, 1, 5)
    assert len(found.run.outcomes) == 2


@pytest.mark.parametrize(
    ("named", "line"),
    [
        ({"steps": 2}, "steps is 2, expected at least 4"),
        ({"workers": -1}, "workers is -1, expected 1 or more"),
        ({"overrides": ["steps=3"]}, "overrides are for studies from a file"),
    ],
)
def test_what_does_not_fit_is_told(tmp_path, named, line):
    with pytest.raises(ValueError, match=line):
        em.compare(study(), tmp_path, progress=Progress(), **named)


def test_a_rule_that_cannot_be_written_out_is_told_by_its_task(tmp_path, monkeypatch):
    monkeypatch.setattr(NoTritone, "read", lambda self, memory, event, slot: (None, float("nan")))
    with pytest.raises(ConfigError, match=r"tasks\.mine: NoTritone\(\) pays a value that is not finite"):
        compare(study(tasks={"mine": small_task()}), tmp_path)
