"""Environments without a table are learnt step by step, by the same loop as explicit models."""

from __future__ import annotations

import pickle

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces

import evomusic as em

LENGTH = 6
FAST = {
    "q-learning": em.QLearning(gamma=0.9),
    "sarsa-lambda": em.SarsaLambda(gamma=0.9, lam=0.8),
    "monte-carlo": em.MonteCarlo(),
    "actor-critic": em.ActorCritic(gamma=0.9),
}
SLOW = {
    "sarsa": em.Sarsa(),
    "expected-sarsa": em.ExpectedSarsa(explore=em.Softmax(0.5)),
    "double-q": em.DoubleQ(alpha=em.Average()),
    "watkins-q": em.WatkinsQ(),
    "n-step-sarsa": em.NStepSarsa(n=3),
    "reinforce": em.Reinforce(),
    "soft-q": em.SoftQLearning(temperature=0.5, gamma=0.9),
    "soft-actor-critic": em.SoftActorCritic(temperature=0.5, gamma=0.9),
    "dyna": em.Dyna(),
    "ucb": em.QLearning(explore=em.UCB()),
}


class Corridor(gymnasium.Env):
    """Steps left and right between two ends; the right one is the goal. An observation is a place and the last move."""

    action_space = spaces.Discrete(2, start=3)
    observation_space = spaces.Tuple((spaces.Discrete(LENGTH, start=1), spaces.Discrete(2)))

    def __init__(self, wrong=None):
        self.place, self.wrong = 1, wrong

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.place = 1
        return (1, 0), {}

    def step(self, action):
        assert action in (3, 4)
        self.place = max(1, self.place + (1 if action == 4 else -1))
        if self.wrong == "raises" and self.place == 3:
            raise RuntimeError("the corridor fell in")
        reward = float("nan") if self.wrong == "reward" else -1.0
        place = LENGTH + 1 if self.wrong == "observation" else self.place
        return (place, int(action == 4)), reward, self.place == LENGTH, False, {}


def table():
    """The corridor as an explicit model, with the states of the environment numbered by hand."""
    transitions = np.zeros((2 * LENGTH, 2, 2 * LENGTH))
    for place in range(LENGTH):
        for last in range(2):
            transitions[2 * place + last, 0, 2 * max(0, place - 1)] = 1
            transitions[2 * place + last, 1, 2 * min(LENGTH - 1, place + 1) + 1] = 1
    terminal = np.arange(2 * LENGTH) == 2 * LENGTH - 1
    return em.FiniteMDP.from_arrays(transitions, np.full((2 * LENGTH, 2), -1.0), 0, terminal)


def same(learner):
    sampled = em.learn.train(learner, Corridor(), steps=1000, seed=5, horizon=40)
    explicit = em.learn.train(learner, table(), steps=1000, seed=5, horizon=40)
    assert (sampled.returns == explicit.returns).all()
    assert (sampled.values == explicit.values).all()
    assert (sampled.policy == explicit.policy).all()


@pytest.mark.parametrize("name", FAST)
def test_a_sampled_environment_teaches_what_its_table_does(name):
    same(FAST[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW)
def test_a_sampled_environment_teaches_every_learner_what_its_table_does(name):
    same(SLOW[name])


def test_the_same_seed_gives_the_same_values_and_another_seed_others():
    env = gymnasium.make("Blackjack-v1")
    first, again, other = (em.learn.train(em.QLearning(), env, episodes=300, seed=seed).q for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


def test_states_and_actions_have_the_form_of_the_environment():
    learnt = em.learn.train(em.QLearning(), Corridor(), episodes=60, seed=0)
    assert learnt.problem.state((3, 1)) == 5
    assert learnt.problem.observation(5) == (3, 1)
    assert learnt.act((3, 1)) == 4
    assert learnt.policy[5] == 1
    with pytest.raises(ValueError, match=r"an element of env's observation space is \(7, 1\)"):
        learnt.act((7, 1))


def test_a_result_can_be_pickled():
    learnt = em.learn.train(em.QLearning(), Corridor(), episodes=20, seed=0)
    assert pickle.loads(pickle.dumps(learnt)).act((2, 0)) == learnt.act((2, 0))


class Still(gymnasium.Env):
    """One state, one action, 1 a step, no end."""

    action_space = observation_space = spaces.Discrete(1)

    def reset(self, *, seed=None, options=None):
        return 0, {}

    def step(self, action):
        return 0, 1.0, False, False, {}


def test_a_truncated_episode_is_not_an_end():
    """The state is worth 1 / (1 - .5) = 2; taken for ends, truncations would leave less."""
    env = gymnasium.wrappers.TimeLimit(Still(), 3)
    learnt = em.learn.train(em.QLearning(gamma=0.5, alpha=0.5), env, steps=300)
    assert learnt.values == pytest.approx([2.0])
    assert set(learnt.lengths.tolist()) == {3}


def test_a_horizon_cuts_off_what_the_environment_does_not():
    assert set(em.learn.train(em.QLearning(gamma=0.5), Still(), steps=50, horizon=5).lengths.tolist()) == {5}


def test_an_environment_with_a_table_is_learnt_from_it_under_its_time_limit():
    env = gymnasium.make("FrozenLake-v1", max_episode_steps=17)
    learnt = em.learn.train(em.QLearning(), env, episodes=200, seed=0)
    explicit = em.learn.train(em.QLearning(), em.FiniteMDP.from_gymnasium(env), episodes=200, seed=0, horizon=17)
    assert (learnt.q == explicit.q).all()
    assert learnt.lengths.max() <= 17


def test_a_wrapper_that_may_change_steps_is_sampled():
    env = gymnasium.wrappers.TransformReward(gymnasium.make("FrozenLake-v1"), lambda r: r + 1.0)
    learnt = em.learn.train(em.QLearning(), env, episodes=20, seed=0)
    assert isinstance(learnt.problem, em.learn.Sampled)
    assert (learnt.returns >= learnt.lengths).all()


def test_more_than_its_table_says_is_sampled():
    learnt = em.learn.train(em.QLearning(), gymnasium.make("Taxi-v4", fickle_passenger=True), episodes=2, seed=0)
    assert isinstance(learnt.problem, em.learn.Sampled)


def test_a_melody_environment_is_learnt_too():
    learnt = em.learn.train(em.QLearning(epsilon=0.2), em.MelodyEnv("tiny"), episodes=50, seed=0)
    assert set(learnt.lengths.tolist()) == {em.make("tiny").grid.steps}


def test_values_of_a_policy_are_predicted_from_samples():
    policy = np.tile([0.0, 1.0], (2 * LENGTH, 1))
    found = em.learn.predict(em.TD(alpha=0.5), Corridor(), policy, episodes=60, seed=0)
    assert found.values[0] == pytest.approx(1.0 - LENGTH, abs=1e-6)


def test_a_log_teaches_without_a_step_of_the_environment():
    lived = em.learn.train(em.QLearning(), Corridor(), episodes=30, seed=0, keep=True)
    env = Corridor("raises")
    assert (em.learn.train(em.QLearning(), env, log=lived.log).q != 0).any()


def test_errors_of_the_environment_come_through_the_loop():
    with pytest.raises(RuntimeError, match="the corridor fell in"):
        em.learn.train(em.QLearning(), Corridor("raises"), steps=100)
    with pytest.raises(ValueError, match="env's reward is nan, expected a finite number"):
        em.learn.train(em.QLearning(), Corridor("reward"), steps=100)
    with pytest.raises(ValueError, match=r"an element of env's observation space is \(7, [01]\)"):
        em.learn.train(em.QLearning(), Corridor("observation"), steps=100)


class Huge(Still):
    observation_space = spaces.MultiBinary(100)


@pytest.mark.parametrize(
    ("env", "message"),
    [
        (lambda: gymnasium.make("CartPole-v1"), r"env's observation space is Box.*Discretised\(env, bins=...\)"),
        (lambda: gymnasium.make("Pendulum-v1"), r"env's observation space is Box"),
        (lambda: gymnasium.make_vec("CartPole-v1", num_envs=2), "expected one environment; it is a vector of them"),
        (Huge, "env has 1,267,650,600,228,229,401,496,703,205,376 states x 1 actions, expected at most 536,870,912"),
    ],
    ids=["box", "pendulum", "vector", "huge"],
)
def test_what_cannot_be_listed_is_refused(env, message):
    with pytest.raises(ValueError, match=message):
        em.learn.train(em.QLearning(), env(), episodes=1)


def test_continuous_actions_are_refused():
    env = gymnasium.wrappers.TransformObservation(gymnasium.make("Pendulum-v1"), lambda x: 0, spaces.Discrete(1))
    with pytest.raises(ValueError, match=r"env's action space is Box.*em.learn needs actions that can be listed"):
        em.learn.train(em.QLearning(), env, episodes=1)
