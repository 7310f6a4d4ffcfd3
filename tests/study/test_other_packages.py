"""Statistics against numbers that rliable and IOHinspector gave; the packages themselves are not imported.

rliable 1.2.0 (with arch 7.2.0, numpy 2.4.6, scipy 1.17.1), on scores of runs x tasks:

    x = np.array([[(7*i*i + 5*j + 3*i) % 17 / 16 + 0.03*j for j in range(3)] for i in range(10)])
    y = np.array([[(5*i*i + 11*j + 2*i) % 13 / 16 for j in range(3)] for i in range(8)])
    metrics.aggregate_iqm(x), metrics.aggregate_optimality_gap(x), metrics.probability_of_improvement(x, y)
    library.create_performance_profile({"x": x, "y": y}, np.array([0.0, 0.25, 0.5, 0.75, 1.0]), reps=50)[0]
    library.get_interval_estimates({"x": x, "y": y}, lambda s: np.array([metrics.aggregate_iqm(s)]), reps=50000,
                                   random_state=np.random.RandomState(0))

IOHinspector 0.0.8 (with polars 2.1.0), on a frame `df` with a row an evaluation of RUNS (`raw_y` the precision) and
`t = transform_fval(df, lb=0.01, ub=100.0)`:

    get_aocc(t.filter(pl.col("data_id") == i), 1000, scale_eval_log=True)["AOCC"]
    aggregate_running_time(df, f_min=1.0, f_max=100.0, eval_max=1000)[["raw_y", "ERT", "success_ratio"]]
    get_data_ecdf(df, f_min=0.01, f_max=100.0, eval_values=[1, 5, 10, 100, 1000])[["evaluations", "eaf"]]
"""

from __future__ import annotations

import numpy as np
import pytest

from evomusic.study.inference import (
    convergence_area,
    expected_running_time,
    interquartile_mean,
    interval,
    optimality_gap,
    performance_profile,
    probability_of_improvement,
    runtime_distribution,
)

X = [np.array([(7 * i * i + 5 * j + 3 * i) % 17 / 16 + 0.03 * j for i in range(10)]) for j in range(3)]
Y = [np.array([(5 * i * i + 11 * j + 2 * i) % 13 / 16 for i in range(8)]) for j in range(3)]
RUNS = [  # evaluations, and the precision from then on
    ([1, 3, 10, 200], [80.0, 20.0, 2.5, 0.5]),
    ([1, 7, 50, 900], [300.0, 40.0, 0.02, 0.0005]),
    ([1, 2, 999], [64.0, 63.0, 5.0]),
]
BUDGET = 1000


def steps_to(target: float) -> list[int | None]:
    """Evaluations of each run until its precision is at most the target."""
    return [next((e for e, p in zip(*run, strict=True) if p <= target), None) for run in RUNS]


def test_rliables_interquartile_means():
    assert interquartile_mean(np.concatenate(X)) == pytest.approx(0.5084375000000001, rel=1e-12)
    assert interquartile_mean(np.concatenate(Y)) == pytest.approx(0.5, rel=1e-12)


@pytest.mark.parametrize(
    ("scores", "low", "high"), [(X, 0.37390625, 0.6603164062500003), (Y, 0.4010416666666667, 0.5677083333333334)]
)
def test_rliables_stratified_intervals(scores, low, high):
    """Both ends are quantiles of 50,000 resamples there and 20,000 here: they agree to the noise of resampling."""
    ours = interval(scores, resamples=20_000)
    assert ours.low == pytest.approx(low, abs=0.006)
    assert ours.high == pytest.approx(high, abs=0.006)


def test_rliables_optimality_gaps():
    assert optimality_gap(X, 1.0) == pytest.approx(0.48458333333333337, rel=1e-12)
    assert optimality_gap(Y, 1.0) == pytest.approx(0.5338541666666667, rel=1e-12)


def test_rliables_probability_of_improvement():
    assert probability_of_improvement(X, Y) == pytest.approx(0.5583333333333332, rel=1e-12)


def test_rliables_performance_profiles():
    thresholds = [0.0, 0.25, 0.5, 0.75, 1.0]
    x = [0.9333333333333333, 0.7333333333333333, 0.5333333333333333, 0.26666666666666666, 0.0]
    y = [0.9583333333333334, 0.8333333333333334, 0.4166666666666667, 0.0, 0.0]
    assert performance_profile(X, thresholds) == pytest.approx(x)
    assert performance_profile(Y, thresholds) == pytest.approx(y)


@pytest.mark.parametrize(("run", "area"), [(0, 0.3420327862895443), (1, 0.43050292689788117), (2, 0.05003313363834917)])
def test_iohinspectors_areas_over_the_convergence_curve(run, area):
    assert convergence_area(*RUNS[run], BUDGET, 0.01, 100.0) == pytest.approx(area, rel=1e-12)


@pytest.mark.parametrize(
    ("target", "time"),
    [(1.0, 625.0), (3.088843596477481, 530.0), (9.54095476349994, 353.0), (29.4705170255181, 1052 / 3)],
)
def test_iohinspectors_expected_running_times(target, time):
    assert expected_running_time(steps_to(target), BUDGET) == pytest.approx(time, rel=1e-12)


def test_iohinspectors_distribution_of_running_times():
    """Theirs is the mean quality of the runs, which is the share of targets reached when targets are dense."""
    times = [1, 5, 10, 100, 1000]
    theirs = [0.02422750325201417, 0.07496912124020312, 0.1833882875455349, 0.45847412051753333, 0.6335049992773302]
    targets = 10 ** (2 - 4 * (np.arange(4000) + 0.5) / 4000)
    shares = np.mean([runtime_distribution(steps_to(t), times) for t in targets], axis=0)
    assert shares == pytest.approx(theirs, abs=1 / 4000)
