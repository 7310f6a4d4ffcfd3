"""Continuous observations in bins."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces

import evomusic as em


class Shown(gymnasium.Env):
    """Shows nothing: observations are tried by hand."""

    action_space = spaces.Discrete(2)

    def __init__(self, low, high):
        self.observation_space = spaces.Box(np.array(low, float), np.array(high, float), dtype=np.float64)


@pytest.mark.parametrize("n", [1, 2, 3, 7])
def test_equal_bins_are_those_of_numpys_histogram(n):
    env = em.learn.Discretised(Shown([-1.0], [2.0]), bins=n)
    points = np.random.default_rng(0).uniform(-1, 2, 500)
    bins = [int(env.observation(np.array([x]))[0]) for x in points]
    assert np.bincount(bins, minlength=n).tolist() == np.histogram(points, n, (-1, 2))[0].tolist()
    assert env.observation_space.nvec.tolist() == [n]


def test_what_lies_beyond_falls_into_the_outer_bins():
    env = em.learn.Discretised(Shown([0.0, 0.0], [1.0, 1.0]), bins=(4, (0.2, 0.9)), low=0.0, high=1.0)
    assert env.observation(np.array([-9.0, -np.inf])).tolist() == [0, 0]
    assert env.observation(np.array([9.0, np.inf])).tolist() == [3, 2]
    assert env.observation(np.array([0.25, 0.2])).tolist() == [1, 1]  # an edge belongs to the bin above it


def test_the_cart_pole_is_learnt_in_bins():
    """The last fifty episodes last to the limit of 500 steps, random actions last for 22."""
    low, high = (-2.4, -2, -0.2095, -2), (2.4, 2, 0.2095, 2)
    env = em.learn.Discretised(gymnasium.make("CartPole-v1"), bins=(1, 1, 6, 12), low=low, high=high)
    learner = em.QLearning(alpha=em.Decay(0.3, 0.01, 0.9), gamma=0.99, epsilon=em.Decay(0.3, 0.0, 0.7))
    assert em.learn.train(learner, env, steps=80_000, seed=0).returns[-50:].mean() > 450


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"bins": (2, 2)}, r"bins is \(2, 2\), expected a whole number, or 4, one a dimension"),
        ({"bins": 3}, "dimension 1 is cut into 3 bins from -inf to inf, expected finite low below high"),
        ({"bins": 0}, r"bins\[0\] is 0, expected a whole number from 1"),
        ({"bins": (1, 1, (0.1, 0.1), 1)}, r"bins\[2\] is \(0.1, 0.1\), expected edges that increase"),
        ({"bins": 3, "low": (1, 2)}, r"low is \(1, 2\), expected a number, or 4, one a dimension"),
        ({"bins": 3, "low": 1.0, "high": 0.0}, "dimension 0 is cut into 3 bins from 1 to 0, expected finite low below"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        em.learn.Discretised(gymnasium.make("CartPole-v1"), **arguments)


def test_what_is_discrete_needs_no_bins():
    with pytest.raises(ValueError, match=r"env's observation space is Tuple.*, expected a Box, to be cut into bins"):
        em.learn.Discretised(gymnasium.make("Blackjack-v1"), bins=2)


def test_what_is_not_a_number_falls_into_no_bin():
    with pytest.raises(ValueError, match=r"an observation of env is array\(\[nan\]\), expected numbers"):
        em.learn.Discretised(Shown([0.0], [1.0]), bins=2).observation(np.array([np.nan]))
