"""The 10-armed testbed (Sutton & Barto 2018, sections 2.3 to 2.7): shares of optimal actions and regret.

What was published are means of 2,000 runs too, so a difference has twice the variance of ours; 4.5 standard errors of
it are exceeded by chance 7 times in a million.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

import evomusic as em
from evomusic.learn.textbook.bandits import run_bandit

AVERAGES = {"alpha": em.Average(), "gamma": 0.0}


@cache
def played(**own):
    return run_bandit(em.QLearning(**own), seed=0)


def deviation(runs, published):
    """Standard errors of the difference of two means of as many runs."""
    return (runs.mean() - published) / (runs.std(ddof=1) * np.sqrt(2 / len(runs)))


@pytest.mark.parametrize(
    ("epsilon", "optimal", "regret"), [(0.0, 0.364, 502.0), (0.01, 0.579, 343.0), (0.1, 0.801, 239.0)]
)
def test_sample_averages_on_the_ten_armed_testbed(epsilon, optimal, regret):
    """Share of optimal actions over steps 901 to 1,000, and total regret at step 1,000 (figure 2.2)."""
    runs = played(**AVERAGES, epsilon=epsilon)
    best = runs.means.argmax(axis=1)[:, None]
    assert abs(deviation((runs.chosen[:, 900:] == best).mean(axis=1), optimal)) < 4.5
    assert abs(deviation(runs.regrets[:, -1], regret)) < 4.5


def test_optimism_explores_at_first_and_wins_later():
    """Figure 2.3: initial 5 and no exploration against initial 0 and epsilon .1, alpha .1."""
    hopeful = played(alpha=0.1, gamma=0.0, epsilon=0.0, initial=5.0)
    realist = played(alpha=0.1, gamma=0.0, epsilon=0.1)
    assert hopeful.optimal[:50].mean() < realist.optimal[:50].mean() - 0.05
    assert hopeful.optimal[800:].mean() > realist.optimal[800:].mean() + 0.03


def test_optimism_has_tried_each_arm_after_ten_pulls():
    """Section 2.6: what an arm pays is below 5, so that an arm that was tried looks worse than the others; P(reward
    above 5) is below 1e-3 a pull, so a run that repeats an arm is rare."""
    hopeful = played(alpha=0.1, gamma=0.0, epsilon=0.0, initial=5.0)
    tried = np.array([len(set(row)) for row in hopeful.chosen[:, :10].tolist()])
    assert (tried == 10).mean() > 0.99


def test_upper_confidence_bounds_spike_at_the_eleventh_pull_and_beat_epsilon():
    """Figure 2.4 and exercise 2.8: after each arm was tried once, the best sample is pulled, and then given up."""
    bounds = played(**AVERAGES, explore=em.UCB(2.0))
    assert bounds.optimal[10] > bounds.optimal[11] + 0.04  # sd of the difference at most .016
    assert bounds.reward[500:].mean() > played(**AVERAGES, epsilon=0.1).reward[500:].mean() + 0.05


def test_regret_of_random_pulls_grows_by_what_the_best_of_ten_is_above_the_mean():
    """Expected maximum of ten standard normal numbers: 1.53875 (Harter 1961)."""
    runs = played(alpha=0.1, gamma=0.0, epsilon=1.0)
    assert abs(runs.regrets[:, -1].mean() / 1000 - 1.53875) < 4.5 * runs.regrets[:, -1].std() / 1000 / np.sqrt(2000)


def test_softmax_and_decay_beat_pure_greed():
    greedy = played(**AVERAGES, epsilon=0.0).regret[-1]
    assert played(**AVERAGES, explore=em.Softmax(0.25)).regret[-1] < greedy / 1.5
    assert played(**AVERAGES, epsilon=em.Decay(1.0, 0.01, 0.2)).regret[-1] < greedy / 1.5
