import numpy as np
import pytest

import evomusic as em
from evomusic.learn.training import Trained
from evomusic.plots.episodes import draw_episodes
from tests.plots.looking import lines, texts


def run(returns):
    returns = np.asarray(returns, float)
    return Trained(em.QLearning(), None, returns, np.ones(len(returns), np.int64), len(returns), None)


RUNS = {"one": [run([-5, -3, -1, -1]), run([-3, -3, -3, -1, 0])], "two": [run([-9, -9, -9, -9])]}


def test_a_line_is_the_mean_over_runs_of_equal_length():
    drawn = lines(draw_episodes(RUNS, "t").axes[0])
    assert drawn[0].tolist() == [[1, -4], [2, -3], [3, -2], [4, -1]]
    assert drawn[1][:, 1].tolist() == [-9] * 4


def test_a_window_smooths_and_begins_where_it_is_full():
    assert lines(draw_episodes(RUNS, "t", window=2).axes[0])[0].tolist() == [[2, -3.5], [3, -2.5], [4, -1.5]]


def test_regret_so_far_sums_the_optimum_less_each_return():
    drawn = lines(draw_episodes(RUNS, "t", optimum=0.0, cumulative=True).axes[0])
    assert drawn[1][:, 1].tolist() == [9, 18, 27, 36]


def test_names_and_the_optimum_stand_in_the_margin():
    assert {"one", "two", "optimum"} <= set(texts(draw_episodes(RUNS, "t", optimum=0.0)))


@pytest.mark.parametrize("wrong", [{}, {"a": []}, {"a": [run([])]}], ids=["no learner", "no run", "no episode"])
def test_nothing_to_draw_is_refused(wrong):
    with pytest.raises(ValueError, match="expected one or more of each"):
        draw_episodes(wrong, "t")
