import numpy as np
import pytest

import evomusic as em
from evomusic.core.ledger import Curve
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
    drawn = [line[-1, 1] for line in lines(figure.axes[0])[:2]]
    assert drawn == pytest.approx(ends)
    assert {"good", "bad"} <= set(texts(figure))


@pytest.mark.parametrize("level", [references(certified=False), None], ids=["a bound", "nothing yet"])
def test_without_an_optimum_there_is_no_regret(level):
    run = run_of({"a": 1.0}, level)
    task = run.tasks["t"] if level else without_references(run)
    with pytest.raises(ValueError, match="is not certified: there is no regret to draw"):
        draw_regret(run, task)
