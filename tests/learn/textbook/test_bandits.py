from __future__ import annotations

import math

import numpy as np
import pytest

import evomusic as em
from evomusic.learn.textbook import bandits
from evomusic.learn.textbook.bandits import Bandit, run_bandit
from evomusic.learn.training import train

SMALL = bandits.Testbed(arms=4, runs=30, steps=200)
MEANS = np.array([0.3, -0.5, 1.0])


def naive_play(rule, steps, seed):
    """Sample averages and a rule `rule(q, tried, n, rng)` that says which arm comes next."""
    rng, q, tried, chosen = np.random.default_rng(seed), np.zeros(3), np.zeros(3), []
    for n in range(steps):
        a = rule(q, tried, n, rng)
        tried[a] += 1
        q[a] += (rng.normal(MEANS[a], 1.0) - q[a]) / tried[a]  # Sutton & Barto (2.3)
        chosen.append(a)
    return chosen, q


def best(q, rng):
    ties = np.flatnonzero(q == q.max())
    return int(ties[0]) if len(ties) == 1 else int(ties[int(rng.random() * len(ties))])


def epsilon_greedy(q, tried, n, rng):
    return int(rng.random() * 3) if rng.random() < 0.1 else best(q, rng)


def softmax(q, tried, n, rng):
    p = np.exp((q - q.max()) / 0.4)
    left = rng.random() * p.sum()
    for a in range(3):
        left -= p[a]
        if left < 0:
            return a
    return 2


def upper(q, tried, n, rng):
    """Ties are broken by one draw for each arm that equals the best so far."""
    bounds = [math.inf if t == 0 else q[a] + 2.0 * math.sqrt(math.log(n) / t) for a, t in enumerate(tried)]
    chosen, top, ties = -1, -math.inf, 0
    for a, bound in enumerate(bounds):
        if bound > top:
            chosen, top, ties = a, bound, 1
        elif bound == top:
            ties += 1
            chosen = a if rng.random() * ties < 1 else chosen
    return chosen


@pytest.mark.parametrize(
    ("rule", "own"),
    [(epsilon_greedy, {"epsilon": 0.1}), (softmax, {"explore": em.Softmax(0.4)}), (upper, {"explore": em.UCB(2.0)})],
    ids=["epsilon", "softmax", "ucb"],
)
@pytest.mark.parametrize("seed", range(3))
def test_pulls_are_those_of_a_naive_player(rule, own, seed):
    chosen, q = naive_play(rule, 500, seed)
    trained = train(em.QLearning(alpha=em.Average(), **own), Bandit(MEANS), steps=500, seed=seed, keep=True)
    assert trained.log.a.tolist() == chosen
    assert trained.q[0] == pytest.approx(q, abs=1e-12)


def test_regret_is_what_the_best_arm_would_have_paid_more():
    played = bandits.Played(np.array([[1.0, 3.0], [2.0, 0.0]]), np.array([[0, 1, 1], [1, 1, 0]]), np.zeros((2, 3)))
    assert played.regrets.tolist() == [[2.0, 2.0, 2.0], [2.0, 4.0, 4.0]]
    assert played.regret.tolist() == [2.0, 3.0, 3.0]
    assert played.optimal.tolist() == [0.0, 0.5, 1.0]


def test_all_learners_play_the_same_bandits():
    one, other = (run_bandit(em.QLearning(epsilon=e), SMALL, seed=3) for e in (0.0, 1.0))
    assert (one.means == other.means).all()
    assert (one.chosen != other.chosen).any()
    assert (run_bandit(em.QLearning(epsilon=0.0), SMALL, seed=4).means != one.means).any()


def test_one_arm_has_no_regret():
    played = run_bandit(em.QLearning(), bandits.Testbed(arms=1, runs=3, steps=50))
    assert not played.regrets.any()
    assert (played.optimal == 1).all()


def test_without_noise_a_pull_pays_its_mean():
    played = run_bandit(em.QLearning(epsilon=1.0), bandits.Testbed(arms=3, runs=5, steps=20, noise=0.0))
    assert (played.rewards == np.take_along_axis(played.means, played.chosen, axis=1)).all()


def test_schedules_fall_over_a_run():
    played = run_bandit(em.QLearning(alpha=em.Average(), epsilon=em.Decay(1.0, 0.0, 0.5)), SMALL)
    assert (np.diff(played.chosen[:, 100:], axis=1) != 0).mean() < (
        np.diff(played.chosen[:, :50], axis=1) != 0
    ).mean() / 3


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: bandits.Testbed(arms=0), "arms is 0, expected a whole number"),
        (lambda: bandits.Testbed(noise=-1.0), "noise is -1.0, expected a number from 0 up"),
        (lambda: bandits.Testbed(mean=math.nan), "mean is nan"),
        (lambda: Bandit([]), r"means is \[\], expected"),
        (lambda: Bandit([1.0, math.inf]), "finite numbers"),
        (lambda: Bandit([[1.0], [1.0, 2.0]]), "means is .*, expected"),
        (lambda: Bandit("x"), "means is 'x', expected"),
        (lambda: Bandit([1.0], noise=None), "noise is None, expected"),
        (lambda: bandits.Testbed(runs=100_000, steps=100_000), "runs x steps is 10,000,000,000, expected at most"),
        (lambda: run_bandit(None), "learner is None, expected a learner such as"),
        (lambda: run_bandit(em.QLearning), "learner is .*QLearning.*, expected a learner such as"),
        (lambda: run_bandit(em.QLearning(), 3), "testbed is 3, expected a Testbed"),
        (lambda: run_bandit(em.QLearning(), seed=-1), "seed is -1, expected a whole number"),
    ],
)
def test_wrong_numbers_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
