"""Studies of two factors: the test against Welch's, the analysis of variance, and simulations with fixed seeds."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from evomusic.commands.significance import as_dict, print_statistics
from evomusic.study.interaction import interaction, reversals, task_interaction
from tests.study.test_inference import study_of


def drawn(rng, effect=0.0, tasks=2, seeds=10):
    """Scores of four methods on tasks: both matter, spreads differ sevenfold, and one method gains on one task."""
    means = np.add.outer([0.0, 1.0, 2.0, 3.0], [0.0, 5.0, -2.0][:tasks])
    means[0, 1] += effect
    spreads = [0.3, 0.9, 1.5, 2.1]
    return [[m + s * rng.normal(size=seeds) for m in row] for row, s in zip(means, spreads, strict=True)]


def test_an_interaction_of_two_by_two_is_welchs_contrast():
    """Of one contrast, F is the square of Welch's t with Satterthwaite's degrees of freedom, whatever the spreads."""
    rng = np.random.default_rng(7)
    scores = [[rng.normal(1, 1, 5), rng.normal(2, 3, 9)], [rng.normal(0, 0.5, 7), rng.exponential(size=6)]]
    flat = [x for row in scores for x in row]
    v = np.array([x.var(ddof=1) / len(x) for x in flat])
    t = np.dot([1, -1, -1, 1], [x.mean() for x in flat]) / math.sqrt(v.sum())
    freedom = v.sum() ** 2 / sum(v**2 / np.array([len(x) - 1 for x in flat]))
    found = interaction(scores)
    assert found[:3] == pytest.approx((t**2, 1.0, freedom))
    assert found.p == pytest.approx(2 * stats.t.sf(abs(t), freedom))


def test_an_interaction_of_equal_spreads_is_that_of_the_analysis_of_variance():
    """Three by two with four scores each, cells m + (-3, -1, 1, 3): sums of squares by hand.

    Means (0, 2), (1, 3), (2, 10): rows 1, 2, 6, columns 1, 5, all 3; interaction (1, -1), (1, -1), (-2, 2), so 12 times
    four scores over 2 degrees of freedom is 24; error 6 x 20 over 18 is 20 / 3.
    """
    scores = [[np.array([-3.0, -1, 1, 3]) + m for m in row] for row in [(0, 2), (1, 3), (2, 10)]]
    found = interaction(scores)
    assert found[:3] == pytest.approx((24 / (20 / 3), 2.0, 18.0))
    assert found.p == pytest.approx(stats.f.sf(3.6, 2, 18))


def test_scores_that_never_vary_interact_or_do_not():
    assert interaction([[[1, 1], [2, 2]], [[3, 3], [4, 4]]]).p == 1.0
    assert interaction([[[1, 1], [2, 2]], [[3, 3], [5, 5]]]).p == 0.0


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        ([], "no table of two rows and columns"),
        ([[[1, 2], [1, 2]]], "no table of two rows and columns"),
        ([[[1, 2], [1, 2]], [[1, 2]]], "no table of two rows and columns"),
        ([[[1, 2], [1]], [[1, 2], [1, 2]]], "an entry of fewer than two"),
    ],
)
def test_scores_without_two_factors_are_refused(scores, said):
    with pytest.raises(ValueError, match=said):
        interaction(scores)


def test_an_interaction_that_is_there_is_found():
    rng = np.random.default_rng(8)
    assert np.mean([interaction(drawn(rng, effect=4.0)).stands for _ in range(50)]) > 0.9


@pytest.mark.slow
@pytest.mark.parametrize(("tasks", "seeds"), [(2, 5), (2, 10), (3, 30)])
def test_interactions_raise_false_alarms_at_their_rate(tasks, seeds):
    """Of 2,000 studies in which effects of methods and tasks add up, 5 % find more, within four standard errors.

    With five seeds the approximation is known to be conservative: 2.5 % at least.
    """
    rng = np.random.default_rng(9)
    alarms = np.mean([interaction(drawn(rng, 0.0, tasks, seeds)).stands for _ in range(2000)])
    error = 4 * math.sqrt(0.05 * 0.95 / 2000)
    assert (0.05 - error if seeds >= 10 else 0.025) < alarms < 0.05 + error


def study_of_two_tasks(first, second):
    """Two tasks `t` and `u`, each with methods by the best returns of their cells."""
    one, two = study_of(**first), study_of(**second)
    return replace(one, tasks={"t": one.tasks["t"], "u": replace(two.tasks["t"], label="u")})


HIGH, LOW = [8.0, 9.0, 7.0, 8.5, 9.5, 7.5], [1.0, 2.0, 3.0, 1.5, 2.5, 3.5]


def test_methods_that_rank_differently_by_task_are_named(capsys):
    run = study_of_two_tasks({"a": HIGH, "b": LOW}, {"a": LOW, "b": HIGH})
    assert task_interaction(run).p < 1e-6
    assert reversals(run) == [("a", "b", "t", "u")]
    print_statistics(run)
    said = capsys.readouterr().out
    assert "differences between methods depend on the task (" in said
    assert "in opposite order by task: a beats b on t, b beats a on u" in said
    assert json.loads(json.dumps(as_dict(run)))["reversals"][0]["other"] == "u"


def test_methods_that_rank_alike_are_said_to_do_so(capsys):
    run = study_of_two_tasks({"a": HIGH, "b": LOW}, {"a": HIGH, "b": LOW})
    assert task_interaction(run).p == 1.0
    print_statistics(run)
    said = capsys.readouterr().out
    assert "differences between methods are not shown to depend on the task" in said
    assert said.endswith("in opposite order by task: no two methods\n")


def test_one_task_has_no_interaction(capsys):
    run = study_of(a=HIGH, b=LOW)
    assert task_interaction(run) is None
    print_statistics(run)
    assert "by task" not in capsys.readouterr().out
