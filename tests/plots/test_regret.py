import numpy as np
import pytest

import evomusic as em
from evomusic.core.record import Curve
from evomusic.plots.curves import bands
from evomusic.plots.regret import cumulative_regret, draw_regret
from evomusic.study.results import Cell, Outcome
from tests.plots.looking import lines, texts
from tests.plots.studies import references, run_of, without_references


def test_regret_sums_what_each_melody_lacks():
    steps = np.array([4, 12, 20])
    curve = Curve(steps, np.zeros(3), np.zeros(3), np.zeros(3), np.array([1.0, 2.0, 5.0]), 0 * steps, 0 * steps)
    outcome = Outcome(Cell("t", "m", 0), curve, np.zeros((1, 2)), None, 5.0, {})
    assert cumulative_regret(outcome, 5.0, 4).tolist() == [4.0, 10.0, 10.0]


def test_regret_of_a_run_is_the_optimum_less_every_return():
    task = em.make("tiny")
    made = []
    record = em.run(em.QLearning(), task, steps=4000, seed=0, watch=lambda x: made.append(x.batch.returns))
    outcome = Outcome(Cell("t", "m", 0), record.curve, record.improvements, None, record.best_return, {})
    made.append(record.curve.delivered)  # the greedy melody, charged at each row
    lacked = (task.optimum().value - np.concatenate(made)).sum()
    assert cumulative_regret(outcome, task.optimum().value, 4)[-1] == pytest.approx(lacked, rel=1e-12)


def test_each_method_has_a_line_that_ends_at_its_regret():
    run = run_of({"good": 10.0, "bad": -20.0}, seeds=1)
    figure = draw_regret(run, run.tasks["t"])
    ends = [cumulative_regret(cells[0], 12.0, 12)[-1] for cells in run.tasks["t"].outcomes.values()]
    drawn = [line[-1, 1] for line in lines(figure.axes[1])[:2]]
    assert drawn == pytest.approx(ends)
    assert {"good", "bad"} <= set(texts(figure))


@pytest.mark.parametrize("level", [references(certified=False), None], ids=["a bound", "nothing yet"])
def test_without_an_optimum_there_is_no_regret(level):
    run = run_of({"a": 1.0}, level)
    task = run.tasks["t"] if level else without_references(run)
    with pytest.raises(ValueError, match="is not certified: there is no regret to draw"):
        draw_regret(run, task)


def test_the_regret_of_the_best_is_drawn_on_a_log_axis_with_real_tunes_across():
    """The optimum is 12; real tunes have 9 (P90) and 5 (P50), random tokens -60."""
    run = run_of({"good": 10.0, "bad": -20.0})
    ax = draw_regret(run, run.tasks["t"]).axes[0]
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    across = {line[0, 1] for line in lines(ax) if len(line) == 2 and line[0, 1] == line[1, 1]}
    assert across == {3.0, 7.0, 72.0}
    assert {"real tunes P90", "3.0", "real tunes P50", "7.0", "noise", "72.0"} <= set(texts(ax.figure))
    ends = [line[-1, 1] for line in lines(ax) if len(line) > 20]
    middles = [12.0 - band.median[-1] for band in bands(run.tasks["t"], "best")]
    assert ends == pytest.approx(middles)


def test_an_optimum_that_was_found_lies_at_the_bottom_and_is_said():
    run = run_of({"best": 12.0, "bad": -20.0}, seeds=1)
    figure = draw_regret(run, run.tasks["t"])
    ax = figure.axes[0]
    assert min(line[-1, 1] for line in lines(ax) if len(line) > 20) == pytest.approx(0.072)  # a thousandth of 72
    assert ax.get_ylim()[0] < 0.072
    assert {"0", "regrets below 0.072 at the bottom"} <= set(texts(figure))


def test_ten_seeds_have_an_interquartile_mean_with_its_interval():
    few, many = run_of({"a": 10.0}, seeds=9), run_of({"a": 10.0}, seeds=10)
    assert any("median (line), range (band)" in t for t in texts(draw_regret(few, few.tasks["t"])))
    figure = draw_regret(many, many.tasks["t"])
    assert any("interquartile mean, 95 % bootstrap interval" in t for t in texts(figure))
    sums = np.sort([cumulative_regret(o, 12.0, 12)[-1] for o in many.tasks["t"].outcomes["a"]])
    assert sums[2] < lines(figure.axes[1])[0][-1, 1] < sums[-1]
