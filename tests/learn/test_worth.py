"""Returns that Q-learning reaches on small tasks, against the value of its view by the planner."""

from __future__ import annotations

import pytest

import evomusic as em

BUDGET = 300_000
SMALL = {"tiny": {}, "tiny, 2 bars": {"bars": 2}, "tiny, 3 bars": {"bars": 3}}
FALLING = em.QLearning(alpha=em.Decay(0.5, 0.01, 1.0), epsilon=em.Decay(1.0, 0.05, 0.8))


@pytest.fixture(scope="module", params=SMALL)
def task(request):
    return em.make("tiny", **SMALL[request.param])


def delivered(learner, task, steps, seed):
    return em.run(learner, task, steps=steps, seed=seed).curve.delivered[-1]


def test_a_markov_view_reaches_the_exact_optimum_in_every_seed(task):
    learner = em.QLearning(view="markov", alpha=0.5, epsilon=0.3)
    assert {delivered(learner, task, 200_000, seed) for seed in range(30)} == {task.optimum().value}


def test_an_aliased_view_with_the_clock_reaches_what_it_is_worth_in_every_seed(task):
    """The last pitch and the clock are no Markov state, but a policy of them can write any melody."""
    assert not em.View.named("short").is_markov(task)
    worth = em.value_of_observation(task, "short")
    assert worth.loss == 0
    assert {delivered(FALLING, task, BUDGET, seed) for seed in range(30)} == {worth.value}


@pytest.mark.parametrize("view", ["bar", "pitches", "pitch"])
def test_without_the_clock_q_learning_stays_below_what_the_view_is_worth(view):
    """Bootstrapping from a state that stands for several: a gap that the README reports."""
    task = em.make("tiny", bars=2)
    worth, learner = em.value_of_observation(task, view).value, em.QLearning(**(vars(FALLING) | {"view": view}))
    best = max(delivered(learner, task, 60_000, seed) for seed in range(10))
    assert best < worth < task.optimum().value
