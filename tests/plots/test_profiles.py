import numpy as np
import pytest

from evomusic.plots.profiles import draw_ecdf, draw_profiles, shares_reached, targets_of
from evomusic.study.inference import performance_profile, runtime_distribution
from tests.plots.looking import lines, texts
from tests.plots.studies import references, run_of, without_references


def _curves(ax):
    """Points of the lines of methods, in the study's order: those that are no marks, levels or grid."""
    return [line for line in lines(ax) if len(line) > 5 and (np.diff(line[:, 1]) >= 0).all() and line[-1, 1] > 0]


def test_targets_lead_from_real_tunes_to_the_optimum():
    """Real tunes have 5 (P50), the optimum is 12: distances from 7 to .07 by equal ratios, then the optimum itself."""
    targets, name = targets_of(run_of({"a": 3.0}).tasks["t"])
    assert name == "the real tunes' median"
    assert (targets[0], targets[-1], len(targets)) == (5.0, 12.0, 51)
    gaps = 12.0 - targets[:-1]
    assert gaps[1:] / gaps[:-1] == pytest.approx(np.full(49, 0.01 ** (1 / 49)))


def test_targets_lead_to_the_best_known_and_begin_at_random_where_tunes_are_better():
    task = run_of({"a": 3.0}, references(certified=False)).tasks["t"]
    assert targets_of(task)[0][-1] == task.best_known == 12.0
    bare = run_of({"a": 3.0}).tasks["t"]
    object.__setattr__(bare.references, "levels", ())
    targets, name = targets_of(bare)
    assert (targets[0], name) == (-60.0, "random tokens")


def test_shares_are_those_of_the_runtime_distribution():
    task = run_of({"a": 11.0}).tasks["t"]
    targets, _ = targets_of(task)
    times = np.array([1, 12, 100, 500, 1000, 5000])
    for cell in task.outcomes["a"]:
        steps = [cell.steps_to(target) for target in targets]
        assert shares_reached(cell, targets, times) == pytest.approx(runtime_distribution(steps, times))


def test_the_ecdf_ends_at_the_mean_share_of_the_targets_reached():
    run = run_of({"good": 11.9, "bad": 4.0})
    task = run.tasks["t"]
    figure = draw_ecdf(run, task)
    ax = figure.axes[0]
    assert ax.get_xscale() == "log"
    targets, _ = targets_of(task)
    share = np.mean([(targets <= o.best_return).mean() for o in task.outcomes["good"]])
    assert _curves(ax)[0][-1, 1] == pytest.approx(share)
    assert {"good", "bad", f"{100 * share:.0f} %", "0 %"} <= set(texts(figure))
    assert any(t.startswith("51 targets from the real tunes' median to the optimum") for t in texts(figure))


def test_profiles_are_performance_profiles_of_the_regret():
    run = run_of({"good": 11.0, "bad": 4.0}, seeds=4)
    task = run.tasks["t"]
    figure = draw_profiles(run, task)
    for line, cells in zip(_curves(figure.axes[0]), task.outcomes.values(), strict=True):
        beyond = performance_profile([np.array([12.0 - o.best_return for o in cells])], line[:, 0])
        assert line[:, 1] == pytest.approx(1 - beyond)
    shown = texts(figure)
    assert {"real tunes P90 3.0", "real tunes P50 7.0", "good", "1.1", "bad", "8.2"} <= set(shown)
    assert any(t.endswith("mean, 95 % bootstrap interval") for t in shown)


def test_cells_at_the_optimum_are_there_from_the_beginning():
    run = run_of({"best": 12.0, "bad": 4.0}, seeds=6)
    assert _curves(draw_profiles(run, run.tasks["t"]).axes[0])[0][0, 1] == pytest.approx(1 / 6)


def test_without_what_they_show_there_are_no_profiles():
    run = run_of({"a": 1.0}, references(certified=False))
    with pytest.raises(ValueError, match="is not certified: there is no regret to draw"):
        draw_profiles(run, run.tasks["t"])
    with pytest.raises(ValueError, match="task 't' has no references yet"):
        draw_ecdf(run, without_references(run))
