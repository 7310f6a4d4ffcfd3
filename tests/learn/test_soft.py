from __future__ import annotations

import numpy as np
import pytest

import evomusic as em
from evomusic.core.policies import expected_return, style_policy
from evomusic.core.views import as_view
from evomusic.learn.loop import update
from tests import random_tasks


def soft_iteration(mdp, p, r, prior, temperature, gamma):
    """Soft values of a model with arrays p (S, A, S) and r (S, A), by iterating the soft Bellman equation."""
    q = np.zeros(r.shape)
    for _ in range(2000):
        v = temperature * np.log((prior * np.exp(q / temperature)).sum(axis=1))
        v[mdp.terminal] = 0.0
        q = r + gamma * p @ v
    return q


@pytest.mark.parametrize("temperature", [0.8, 2.0])
def test_values_converge_to_the_soft_bellman_equation(temperature):
    rng = np.random.default_rng(3)
    p = np.zeros((4, 3, 4))
    p[:, :, :3] = 0.8 * rng.dirichlet(np.ones(3), (4, 3))
    p[:, :, 3] = 1 - p[:, :, :3].sum(axis=2)
    r = rng.normal(size=(4, 3))
    mdp = em.FiniteMDP.from_arrays(p, r, 0, terminal=[3])
    learner = em.SoftQLearning(alpha=em.Average(0.7), gamma=0.9, temperature=temperature)
    trained = em.learn.train(learner, mdp, steps=2_000_000, seed=0)
    q = soft_iteration(mdp, p, r, np.full((4, 3), 1 / 3), temperature, 0.9)
    assert np.abs(trained.q[:3] - q[:3]).max() < 0.05
    weights = np.exp(q[:3] / temperature)
    assert np.abs(trained.policy[:3] - weights / weights.sum(axis=1, keepdims=True)).max() < 0.05
    v = temperature * np.log(weights.mean(axis=1))
    assert np.abs(trained.values[:3] - v).max() < 0.05


def test_a_high_temperature_writes_as_the_style_does():
    task = em.make("tune", bars=1)
    record = em.run(em.SoftQLearning(prior="style", temperature=1e6), task, steps=3200, seed=0)
    style = style_policy(task, "short")
    assert np.allclose(record.state.policy, style, atol=1e-4)
    assert record.curve.delivered[-1] == pytest.approx(expected_return(task, "short", style), abs=0.01)


def test_delivered_is_the_exact_expectation_of_the_policy():
    task = em.make("tune", bars=1)
    for method in (em.SoftQLearning(temperature=0.5), em.ActorCritic(alpha=0.02), em.Reinforce(alpha=0.01)):
        record = em.run(method, task, steps=20_000, seed=1)
        assert record.curve.delivered[-1] == expected_return(task, as_view("short"), record.state.policy)
        greedy = method.deliver(task, record.state)
        assert record.curve.delivered_best[-1] == task.evaluate(greedy)[0]


@pytest.mark.parametrize("view", ["short", "pitches", "blind", "markov", em.View(rules=True, clock=False)])
def test_rows_on_demand_have_the_same_expectation(view):
    task = random_tasks.task(np.random.default_rng(0), em.Grid(bars=2, beats=3, steps_per_beat=1, low=60, high=62))
    methods = [em.SoftQLearning(view=view, rows=rows, temperature=0.5) for rows in ("listed", "on-demand")]
    listed, on_demand = (em.run(method, task, steps=6000, seed=2).curve for method in methods)
    assert np.array_equal(listed.online, on_demand.online)
    assert np.allclose(listed.delivered, on_demand.delivered, rtol=0, atol=1e-12)


def test_where_the_tables_do_not_give_it_the_greedy_melody_counts():
    task = em.make("tune", bars=1)
    method = em.SoftQLearning(view="markov", rows="on-demand")
    record = em.run(method, task, steps=5_000, seed=1)
    assert record.curve.delivered[-1] == task.evaluate(method.deliver(task, record.state))[0]


@pytest.mark.parametrize("lam", [0.0, 0.5])
def test_a_step_of_soft_actor_critic_is_that_of_actor_critic_with_the_divergence_taken_away(lam):
    """With pi = (1/4, 3/4) and p = (1/2, 1/2); preferences are temperature x log-probabilities."""
    options = {"beta": 0.1, "gamma": 0.9, "temperature": 0.5, "lam": lam}
    soft = em.SoftActorCritic(alpha=0.2, **options).agent(2, 2, 0)
    plain = em.ActorCritic(alpha=0.2 * 0.5, **options).agent(2, 2, 0)
    for agent in (soft, plain):
        agent.preferences[0, 1] = 0.5 * np.log(3)
        agent.v[:] = 1.0, 3.0
    assert soft.probabilities()[0] == pytest.approx([0.25, 0.75])
    reward = 0.7 - 0.5 * np.log(0.75 / 0.5)
    assert update(soft, 0, 1, 0.7, 1, -1, False, 0, None) == update(plain, 0, 1, reward, 1, -1, False, 0, None) == -1
    assert soft.v == pytest.approx(plain.v, abs=1e-12)
    assert soft.v[0] == pytest.approx(1.0 + 0.1 * (reward + 0.9 * 3.0 - 1.0))
    assert soft.preferences == pytest.approx(plain.preferences, abs=1e-12)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"temperature": 0}, "temperature is 0"),
        ({"prior": "styl"}, "prior is 'styl', expected"),
        ({"alpha": 2}, "alpha is 2"),
        ({"initial": "style"}, "initial is 'style'"),
    ],
)
def test_wrong_parameters_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        em.SoftQLearning(**arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"temperature": 0}, "temperature is 0"),
        ({"temperature": em.Decay(1.0, 0.1)}, "temperature is Decay"),
        ({"prior": "styl"}, "prior is 'styl', expected"),
        ({"lam": 1.1}, "lam is 1.1, expected a number from 0 to 1"),
    ],
)
def test_wrong_parameters_of_soft_actor_critic_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        em.SoftActorCritic(**arguments)
