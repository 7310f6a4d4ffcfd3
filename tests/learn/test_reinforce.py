from __future__ import annotations

import numpy as np
import pytest

import evomusic as em
from evomusic.learn.reinforce import Reinforce
from evomusic.models.walk import start, step
from tests.learn.test_actor_critic import naive_draw, naive_policy, some_mdp


def naive_reinforce(mdp, learner, steps, horizon, rng):
    """The book's boxes: a whole episode, then an update a step, with its return summed afresh."""
    theta, v = np.zeros((mdp.states, mdp.actions)), np.zeros(mdp.states)
    actions, gamma, memory = [], learner.gamma, np.zeros(1, np.int64)
    while True:
        episode, s, end = [], start(mdp.walk, memory, rng), False
        while not end and len(episode) < horizon:
            if len(actions) == steps:
                return theta, v, actions
            a = naive_draw(naive_policy(theta[s].tolist(), learner.temperature), rng)
            actions.append(a)
            s2, r, end = step(mdp.walk, memory, s, a, rng)
            episode.append((s, a, r))
            s = s2
        later, returns = 0.0, []
        for _, _, r in reversed(episode):
            later = r + gamma * later
            returns.insert(0, later)
        for t, ((s, a, _), g) in enumerate(zip(episode, returns, strict=True)):
            error = g - v[s] if learner.baseline else g
            v[s] += learner.beta * error if learner.baseline else 0.0
            score = -np.array(naive_policy(theta[s].tolist(), learner.temperature))
            score[a] += 1.0
            weight = gamma**t if learner.discounted else 1.0
            theta[s] += learner.alpha * weight * error * score / learner.temperature


@pytest.mark.parametrize("discounted", [True, False], ids=["discounted", "customary"])
@pytest.mark.parametrize("baseline", [True, False], ids=["baseline", "plain"])
def test_kernel_makes_the_updates_of_its_naive_twin(baseline, discounted):
    mdp, numbers = some_mdp(), {"alpha": 0.2, "beta": 0.1, "gamma": 0.9, "temperature": 0.7}
    learner = Reinforce(baseline=baseline, discounted=discounted, **numbers)
    trained = em.learn.train(learner, mdp, steps=3000, seed=1, horizon=9, keep=True)
    theta, v, actions = naive_reinforce(mdp, learner, 3000, 9, np.random.default_rng(1))
    assert trained.log.a.tolist() == actions
    assert np.allclose(trained.agent.preferences, theta, rtol=0, atol=1e-9)
    assert np.allclose(trained.values, v, rtol=0, atol=1e-9)


def test_episodes_longer_than_the_room_at_first_are_kept_whole():
    """Episodes of 3,000 steps on average: the room of 1,024 steps is doubled while they go on."""
    mdp, learner = some_mdp(stay=1 - 1 / 3000), Reinforce(alpha=0.001, gamma=0.99)
    trained = em.learn.train(learner, mdp, steps=20_000, seed=1, keep=True)
    theta, v, actions = naive_reinforce(mdp, learner, 20_000, 2**62, np.random.default_rng(1))
    assert trained.lengths.max() > 2048
    assert trained.log.a.tolist() == actions
    assert np.allclose(trained.agent.preferences, theta, rtol=0, atol=1e-9)
    assert np.allclose(trained.values, v, rtol=0, atol=1e-9)


def test_episode_that_is_cut_off_counts_what_it_returned_so_far():
    """One state pays 1 for ever: cut off after two steps, it returned 1.5 and then 1, with gamma 1/2."""
    mdp = em.FiniteMDP.of({0: {0: [(1.0, 0, 1.0, False)]}}, 0)
    trained = em.learn.train(Reinforce(beta=1.0, gamma=0.5), mdp, steps=20, horizon=2)
    assert trained.values[0] == 1.0
    trained = em.learn.train(Reinforce(beta=0.5, gamma=0.5), mdp, episodes=1, horizon=2)
    assert trained.values[0] == 0.5 * 0.75 + 0.5 * 1.0


def test_without_a_baseline_none_is_learnt():
    trained = em.learn.train(Reinforce(baseline=False), some_mdp(), steps=500)
    assert not trained.values.any()
    assert trained.agent.preferences.any()


def test_policy_is_not_changed_before_the_episode_is_over():
    mdp = some_mdp(stay=0.999)
    trained = em.learn.train(Reinforce(), mdp, steps=100, seed=0)
    assert not len(trained.lengths)
    assert not trained.agent.preferences.any()
    assert trained.agent.episode.steps[0] == 100


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"alpha": -1.0}, "alpha is -1.0"), ({"beta": 2.0}, "beta is 2.0, expected a number from 0 to 1")],
)
def test_wrong_parameters_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        Reinforce(**wrong)
