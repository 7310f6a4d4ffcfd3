"""Inference: against definitions, scipy, books and simulations. Statistics: fixed seeds."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from evomusic.commands.significance import as_dict, print_statistics
from evomusic.study.inference import (
    convergence_area,
    differences,
    estimates,
    expected_running_time,
    holm,
    improvement_interval,
    interquartile_mean,
    interval,
    least_p,
    mann_whitney,
    performance_profile,
    probability_of_improvement,
    ribbon,
    runtime_distribution,
)
from tests.study.test_statistics import outcome, run_of

NUMBERS = st.lists(st.integers(-5, 5), min_size=1, max_size=12).map(lambda x: np.array(x, float))


def study_of(**bests):
    """A run of one task with methods by the best returns of their cells."""
    run = run_of(*next(iter(bests.values())))
    cells = {m: tuple(outcome(b, seed, m) for seed, b in enumerate(values)) for m, values in bests.items()}
    task = replace(run.tasks["t"], outcomes=cells)
    return replace(run, tasks={"t": task}, methods={m: {"kind": "M"} for m in bests})


def test_the_interquartile_mean_is_the_mean_of_the_middle_half():
    values = np.array([9.0, 1.0, 2.0, 3.0, 4.0, 100.0, -50.0, 5.0])
    assert interquartile_mean(values) == (2.0 + 3.0 + 4.0 + 5.0) / 4
    assert interquartile_mean(np.stack([values, values + 1])).tolist() == [3.5, 4.5]


@given(NUMBERS)
def test_the_interquartile_mean_is_scipys_trimmed_mean(values):
    assert interquartile_mean(values) == pytest.approx(stats.trim_mean(values, 0.25))


@given(NUMBERS, NUMBERS)
def test_the_probability_of_improvement_is_counted_pair_by_pair(x, y):
    counted = np.mean([(a > b) + 0.5 * (a == b) for a, b in product(x, y)])
    assert probability_of_improvement([x], [y]) == pytest.approx(counted)
    assert probability_of_improvement([x], [y]) + probability_of_improvement([y], [x]) == pytest.approx(1.0)


@given(NUMBERS, NUMBERS)
def test_the_probability_of_improvement_is_mann_and_whitneys_u_over_all_pairs(x, y):
    u = stats.mannwhitneyu(x, y, alternative="greater").statistic
    assert probability_of_improvement([x], [y]) == pytest.approx(u / (len(x) * len(y)))


@given(NUMBERS, NUMBERS)
def test_the_interval_of_an_improvement_holds_it_and_mirrors(x, y):
    found, mirrored = improvement_interval(x, y), improvement_interval(y, x)
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert (1 - mirrored.high, 1 - mirrored.low) == pytest.approx((found.low, found.high))


def test_the_interval_of_an_improvement_solves_newcombes_equation():
    """At both ends the distance is 1.96 standard errors of that end; (12 + 8) / 2 - 1 = 9."""
    x, y = np.arange(12.0), np.arange(8.0) + 2.5
    value, *ends = improvement_interval(x, y)
    for p in ends:
        error = math.sqrt(p * (1 - p) * (1 + 9 * (1 - p) / (2 - p) + 9 * p / (1 + p)) / 96)
        assert abs(p - value) == pytest.approx(stats.norm.isf(0.025) * error)


def test_few_seeds_that_do_not_overlap_leave_much_open():
    found = improvement_interval([5.0, 6.0, 7.0], [1.0, 2.0, 3.0])
    assert (found.value, found.high) == (1.0, pytest.approx(1.0))
    assert 0.4 < found.low < 0.8


@pytest.mark.slow
@pytest.mark.parametrize(("shift", "seeds"), [(0.0, 5), (1.0, 10), (2.5, 10)])
def test_intervals_of_improvements_cover_at_their_rate(shift, seeds):
    """Normal scores a shift apart: P = Phi(shift / sqrt 2). Of 4,000 studies, 93 to 98.5 % hold it (Newcombe 2006)."""
    rng = np.random.default_rng(11)
    truth = stats.norm.cdf(shift / math.sqrt(2))
    found = [improvement_interval(rng.normal(shift, 1, seeds), rng.normal(0, 1, seeds)) for _ in range(4000)]
    assert 0.93 < np.mean([i.low <= truth <= i.high for i in found]) < 0.985


@given(st.data(), st.integers(1, 12), st.integers(1, 12), st.sampled_from([3, 10**6]))
def test_mann_and_whitneys_test_is_scipys(data, m, n, reach):
    """Exact without ties, where scipy is, and by the normal distribution, with ties and without."""
    scores = st.integers(-reach, reach)
    x, y = (np.array(data.draw(st.lists(scores, min_size=k, max_size=k)), float) for k in (m, n))
    assume(min(m, n) > 8 or len({*x, *y}) == m + n)
    assert mann_whitney(x, y) == pytest.approx(stats.mannwhitneyu(x, y, alternative="two-sided").pvalue)


@given(st.data(), st.integers(1, 5), st.integers(1, 4))
def test_mann_and_whitneys_test_of_few_scores_counts_all_ways_to_part_them(data, m, n):
    x, y = (data.draw(st.lists(st.integers(0, 3), min_size=k, max_size=k)) for k in (m, n))
    ranks = stats.rankdata(x + y)
    sums = np.array([sum(part) for part in combinations(ranks, m)])
    here = ranks[:m].sum()
    tails = np.mean(sums <= here + 1e-9), np.mean(sums >= here - 1e-9)
    assert mann_whitney(x, y) == pytest.approx(min(1, 2 * min(tails))) == mann_whitney(y, x)


@pytest.mark.parametrize("seeds", range(2, 9))
def test_no_pair_of_few_runs_is_surer_than_one_that_does_not_overlap(seeds):
    """All runs of each method at a value of its own: the normal distribution said 0.047 for three, not 0.1."""
    assert mann_whitney([1.0] * seeds, [2.0] * seeds) == pytest.approx(2 / math.comb(2 * seeds, seeds))


def test_tasks_weigh_the_same():
    first, second = [np.array([1.0]), np.zeros(9)], [np.array([0.0]), np.ones(3)]
    assert probability_of_improvement(first, second) == 0.5


def test_holm_by_hand():
    """Ordered .005 < .01 < .03 < .04: times 4, 3, 2, 1, and never falling (Holm 1979)."""
    assert holm([0.01, 0.04, 0.03, 0.005]).tolist() == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]).tolist() == [1.0, 1.0]
    assert holm([]).tolist() == []


def test_holm_keeps_the_rate_of_any_false_alarm():
    """Of 4,000 families of ten true hypotheses, a twentieth raise an alarm: within four standard errors."""
    rng = np.random.default_rng(0)
    alarms = np.mean([(holm(rng.random(10)) < 0.05).any() for _ in range(4000)])
    assert abs(alarms - (1 - (1 - 0.005) ** 10)) < 4 * math.sqrt(0.05 * 0.95 / 4000)


def test_a_profile_is_the_share_of_scores_above_each_threshold():
    scores = [np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.0])]
    assert performance_profile(scores, [0.0, 2.0, 9.0]).tolist() == [0.5, 0.25, 0.0]


def test_the_expected_running_time_counts_the_steps_of_failures():
    """(100 + 300 + 2 x 1000) / 2, as Hansen et al. (2010) define it."""
    assert expected_running_time([100, None, 300, None], 1000) == 1200.0
    assert expected_running_time([None], 1000) == math.inf


def test_the_expected_running_time_is_that_of_restarts():
    """Runs that succeed with probability .3 after a geometric time, restarted at the budget, against their mean."""
    rng = np.random.default_rng(1)
    times = rng.geometric(0.01, 20_000)
    steps = [int(t) if t <= 40 else None for t in times]
    ends, spent = [], 0
    for t in steps:
        spent += 40 if t is None else t
        if t is not None:
            ends.append(spent)
            spent = 0
    assert expected_running_time(steps, 40) == pytest.approx(np.mean(ends), rel=0.01)


def test_a_runtime_distribution_never_reaches_runs_that_failed():
    shares = runtime_distribution([10, None, 30], [9, 10, 29, 30, 10**9])
    assert shares.tolist() == [0.0, 1 / 3, 1 / 3, 2 / 3, 2 / 3]


@pytest.mark.parametrize("statistic", [interquartile_mean, lambda x: np.mean(x, axis=-1)], ids=["iqm", "mean"])
def test_an_interval_of_one_task_is_scipys_percentile_interval(statistic):
    scores = np.random.default_rng(3).normal(size=30)
    ours = interval([scores], statistic, resamples=20_000)
    theirs = stats.bootstrap(
        (scores,), statistic, n_resamples=20_000, method="percentile", rng=np.random.default_rng(4)
    ).confidence_interval
    assert ours.low == pytest.approx(theirs.low, abs=0.02)
    assert ours.high == pytest.approx(theirs.high, abs=0.02)


def test_resampling_is_stratified():
    """Two tasks with constant scores: a resample that mixed them would vary."""
    assert interval([np.zeros(5), np.ones(5)], lambda x: np.mean(x, axis=-1)) == (0.5, 0.5, 0.5)


@pytest.mark.parametrize("seeds", [1, 3, 10, 30])
@pytest.mark.parametrize(
    ("trimmed", "statistic"), [(True, interquartile_mean), (False, lambda x: np.mean(x, axis=-1))], ids=["iqm", "mean"]
)
def test_a_ribbon_is_the_interval_at_each_point(seeds, trimmed, statistic):
    """The same resamples: `interval` of sorted scores, point by point."""
    curves = np.random.default_rng(10).normal(size=(seeds, 4)).round(1)
    wanted = np.array([interval([np.sort(point)], statistic) for point in curves.T])
    assert np.allclose(np.array(ribbon(curves, trimmed)).T, wanted, atol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("shape", ["normal", "skewed"])
def test_intervals_cover_at_their_rate(shape):
    """Of 600 studies of 30 seeds, 95 % intervals of the mean hold the truth in 91 to 97 %.

    A percentile interval of n scores covers less than its level by about 1/n; the bounds are that and four standard
    errors of the simulation.
    """
    rng = np.random.default_rng(5)
    draw = {"normal": lambda: rng.normal(size=30), "skewed": lambda: rng.exponential(size=30) - 1}[shape]
    found = [interval([draw()], lambda x: np.mean(x, axis=-1), resamples=500, seed=i) for i in range(600)]
    covered = np.mean([i.low <= 0 <= i.high for i in found])
    assert 0.95 - 1 / 30 - 4 * math.sqrt(0.95 * 0.05 / 600) < covered < 0.95 + 4 * math.sqrt(0.95 * 0.05 / 600)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: interval([np.zeros(0)]), "scores hold a task without a score"),
        (lambda: interval([np.zeros(3)], level=1.5), "level is 1.5"),
        (lambda: interval([np.zeros(3)], resamples=0), "resamples is 0"),
        (lambda: interval([np.zeros(3)], seed=-1), "seed is -1"),
    ],
)
def test_wrong_arguments_are_named(call, said):
    with pytest.raises(ValueError, match=said):
        call()


def test_a_study_has_an_estimate_a_method_and_a_difference_a_pair():
    run = study_of(high=[8.0, 9.0, 7.0, 8.5, 9.5, 7.5], low=[1.0, 2.0, 3.0, 1.5, 2.5, 3.5], same=[1.0] * 6)
    found = {e.method: e for e in estimates(run)}
    assert found["high"].best.low >= 7.0
    assert found["same"].best == (1.0, 1.0, 1.0)
    assert found["high"].delivered.value == interquartile_mean([4.0, 4.5, 3.5, 4.25, 4.75, 3.75])
    pairs = {(d.first, d.second): d for d in differences(run.tasks["t"])}
    assert set(pairs) == {("high", "low"), ("high", "same"), ("low", "same")}
    assert pairs["high", "low"].a12 == 1.0
    assert pairs["high", "low"].stands
    assert pairs["high", "low"].p == pytest.approx(2 / math.comb(12, 6) * 3)  # exact, and the surest of three


@pytest.mark.slow
def test_two_samples_of_one_method_are_seldom_told_apart():
    """Of 400 studies of four equal methods, at most 5 % and four standard errors find any difference."""
    rng = np.random.default_rng(6)
    studies = (study_of(**dict(zip("abcd", rng.normal(size=(4, 10)), strict=True))) for _ in range(400))
    alarms = np.mean([any(d.stands for d in differences(study.tasks["t"])) for study in studies])
    assert alarms < 0.05 + 4 * math.sqrt(0.05 * 0.95 / 400)


def test_too_few_seeds_are_said_to_be_too_few(capsys):
    run = study_of(a=[1.0, 2.0, 3.0], b=[5.0, 6.0, 7.0])
    assert least_p(run.tasks["t"]) == pytest.approx(0.1)
    print_statistics(run)
    said = capsys.readouterr().out
    assert "0 of 1 differences" in said
    assert "with 3 seeds no difference can stand: methods that do not overlap at all would have p 0.1" in said


def test_what_stands_is_said_in_words(capsys):
    run = study_of(a=[8.0, 9.0, 7.0, 8.5, 9.5, 7.5], b=[1.0, 2.0, 3.0, 1.5, 2.5, 3.5], c=[1.1, 2.1, 3.1, 1.6, 2.6, 3.6])
    print_statistics(run)
    said = capsys.readouterr().out
    assert "2 of 3 differences in best found stand" in said
    assert "  a: beats c, b\n" in said
    assert "  b: not told apart from c\n" in said


def test_the_same_is_to_be_had_as_json():
    run = study_of(a=[8.0, 9.0], b=[1.0, 2.0])
    made = json.loads(json.dumps(as_dict(run)))
    assert [e["method"] for e in made["estimates"]] == ["a", "b"]
    assert made["differences"][0]["a12"] == 1.0


@pytest.mark.parametrize(
    ("evaluations", "precision", "area"),
    [
        ([1], [100.0], 0.0),
        ([1], [0.0], 1.0),
        ([1, 10], [100.0, 1.0], 2 / 3 * 1.0),  # solved for two of three decades
        ([1, 10, 100], [1000.0, 10.0, 0.1], 0 + 1 / 3 * 1 / 2 + 1 / 3 * 1.0),
        ([1, 1000, 5000], [100.0, 1.0, 0.0], 0.0),  # what comes at the end of the budget or later does not count
        ([10], [10.0], 0.5),  # the first value holds from the beginning
    ],
)
def test_the_area_over_the_convergence_curve_by_hand(evaluations, precision, area):
    """A budget of 1,000 evaluations, three decades; precision from 100 (quality 0) to 1 (quality 1)."""
    assert convergence_area(evaluations, precision, 1000, 1.0, 100.0) == pytest.approx(area, abs=1e-12)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (([2, 1], [3.0, 2.0], 10, 1.0, 5.0), "evaluations are no rising numbers"),
        (([], [], 10, 1.0, 5.0), "evaluations are no rising numbers"),
        (([1], [3.0, 2.0], 10, 1.0, 5.0), "one a precision"),
        (([1], [3.0], 1, 1.0, 5.0), "budget is 1"),
        (([1], [3.0], 10, 0.0, 5.0), "least is 0.0"),
        (([1], [3.0], 10, 1.0, 1.0), "greatest is 1.0"),
    ],
)
def test_wrong_arguments_of_the_area_are_named(arguments, said):
    with pytest.raises(ValueError, match=said):
        convergence_area(*arguments)
