"""The mountain car by tile coding: Sutton & Barto 2018, figures 10.1, 10.2, 10.4 and 12.10.

Bands are around means over 100 runs of this code, which a naive twin repeats step by step (`tests/learn/linear`), and
which lie where the book's curves do: steps per episode fall from thousands to between 110 and 140; over the first 50
episodes the best is about 230 without traces, 183 with them. The standard deviation of one run's mean is 5 to 7 over
the last 50 episodes and 4 to 11 over the first 50, so that a mean of 20 runs leaves a band by chance less than once in
100,000 times; the seeds are fixed.
"""

from __future__ import annotations

import numpy as np
import pytest

import evomusic as em
from evomusic.learn import LinearSarsa, MountainCar

RUNS = 20
STUCK = 20_000  # steps: once in 50,000 episodes a greedy car stays at the bottom for ever


def lengths(learner, episodes):
    """Steps (RUNS, episodes) of episodes."""
    runs = [
        em.learn.train(learner, MountainCar(), episodes=episodes, seed=s, horizon=STUCK).lengths for s in range(10, 30)
    ]
    assert np.max(runs) < STUCK
    return np.array(runs)


def test_larger_steps_learn_faster_and_all_end_within_140_steps():
    """Figure 10.2: alpha of .1 / 8, .2 / 8 and .5 / 8, 500 episodes."""
    small, middle, large = (lengths(LinearSarsa(alpha=alpha), 500) for alpha in (0.1, 0.2, 0.5))
    assert small[:, :50].mean() == pytest.approx(569, abs=20)
    assert middle[:, :50].mean() == pytest.approx(407, abs=20)
    assert large[:, :50].mean() == pytest.approx(284, abs=20)
    assert small[:, -50:].mean() == pytest.approx(137, abs=8)
    assert middle[:, -50:].mean() == pytest.approx(126, abs=8)
    assert large[:, -50:].mean() == pytest.approx(118, abs=8)


def test_traces_learn_faster():
    """Figures 10.4 (n = 1) and 12.10: mean steps over the first 50 episodes, replacing traces."""
    without = lengths(LinearSarsa(alpha=1.2), 50).mean()
    traces = lengths(LinearSarsa(alpha=1.0, lam=0.92), 50).mean()
    assert without == pytest.approx(230, abs=15)
    assert traces == pytest.approx(183, abs=15)


def test_the_cost_to_go_is_highest_at_rest_in_the_valley_and_lowest_at_the_top():
    """Figure 10.1: after 9,000 episodes the greatest cost is about 120."""
    learnt = em.learn.train(LinearSarsa(alpha=0.1), MountainCar(), episodes=9000, seed=1, horizon=STUCK)
    grid = np.stack(np.meshgrid(np.linspace(-1.2, 0.49, 40), np.linspace(-0.07, 0.07, 40), indexing="ij"), axis=-1)
    cost = -learnt.action_values(grid).max(axis=-1)
    assert 90 < cost.max() < 150
    assert cost[-1, -1] < 5
    assert -learnt.action_values([-0.5, 0.0]).max() > 80
