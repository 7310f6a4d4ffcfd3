from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import evomusic as em
from evomusic.core.policies import action_values, expected_return, style_policy
from evomusic.encodings.samples import style_samples

TUNE = em.make("tune", bars=1)
CONTROL = (em.QLearning, em.Sarsa, em.ExpectedSarsa, em.DoubleQ, em.SarsaLambda, em.WatkinsQ, em.NStepSarsa, em.Dyna)


def first_values(method):
    """Action values before learning: the first melody learns with step size 0."""
    state, _ = method.init(TUNE, np.random.default_rng(0))
    return state.q


@pytest.mark.parametrize("cls", CONTROL)
def test_values_begin_as_those_of_the_style(cls):
    values = first_values(cls(alpha=0.0, initial="style", gamma=0.9))
    style = style_policy(TUNE, "short")
    assert np.array_equal(values, action_values(TUNE, "short", style, 0.9))
    first = action_values(TUNE, "short", style)[0]
    assert style[0] @ first == pytest.approx(expected_return(TUNE, "short", style), abs=1e-9)


@pytest.mark.parametrize("cls", [em.ActorCritic, em.Reinforce, em.SoftActorCritic])
def test_policies_begin_as_the_style(cls):
    method = cls(alpha=0.0, prior="style", temperature=2.0)
    state, _ = method.init(TUNE, np.random.default_rng(0))
    assert np.allclose(state.policy, style_policy(TUNE, "short"))


@pytest.mark.parametrize("cls", CONTROL)
def test_proposals_are_drawn_from_the_style(cls):
    """With epsilon 1 all tokens are proposals: those of a style, as a view that sees the style whole draws them."""
    view = em.View(observers=TUNE.generator)
    method = cls(view=view, epsilon=1.0, proposals="style")
    returns = []
    em.run(method, TUNE, steps=40_000, seed=0, watch=lambda ledger: returns.extend(ledger.batch.returns))
    styled = TUNE.evaluate(style_samples(TUNE, np.random.default_rng(1), 2500))
    spread = 5 * np.sqrt((np.var(returns) + np.var(styled)) / 2400)
    assert abs(np.mean(returns) - np.mean(styled)) < spread
    assert np.mean(returns) > TUNE.random_return + 10


def test_expected_sarsa_expects_what_it_proposes():
    method = em.ExpectedSarsa(epsilon=1.0, proposals="style", gamma=1.0, alpha=em.Average(1.0), view="blind")
    record = em.run(method, TUNE, steps=16_000, seed=0)
    agent = record.state.agent
    style = style_policy(TUNE, "blind")
    assert np.allclose(np.diff(agent.exploration.odds, axis=1), style[:, 1:])


def test_monte_carlo_weighs_proposals_by_their_probability():
    """Every visit's ratio is that of the greedy policy and the proposals; the ratios average to 1."""
    method = em.MonteCarlo(importance="weighted", epsilon=0.5, proposals="style", view="blind")
    record = em.run(method, TUNE, steps=40_000, seed=0)
    assert np.isfinite(record.state.q).all()
    assert record.curve.delivered[-1] > TUNE.random_return


def test_knowledge_helps_early():
    def early(method):
        return np.median([em.run(method, em.make("tune"), steps=50_000, seed=s).best_return for s in range(3)])

    assert early(em.QLearning(proposals="style")) > early(em.QLearning()) + 5


@pytest.mark.parametrize(
    "method", [em.QLearning(initial="style"), em.SoftQLearning(prior="style"), em.SoftActorCritic(prior="style")]
)
def test_a_task_without_style_and_rows_on_demand_are_refused(method):
    with pytest.raises(ValueError, match="has no style"):
        em.run(method, em.make("rules", bars=1), steps=1000)
    walk = em.FiniteMDP.from_task(em.make("tiny"))
    with pytest.raises(ValueError, match="='style' needs a Task with a style"):
        em.learn.train(method, walk, steps=100)
    with pytest.raises(ValueError, match="rows='listed'"):
        em.run(replace(method, rows="on-demand"), TUNE, steps=1000)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"initial": "styl"}, "initial is 'styl', expected"),
        ({"proposals": "music"}, "proposals is 'music', expected"),
        ({"proposals": "style", "explore": em.UCB()}, "expected 'uniform' with explore="),
    ],
)
def test_wrong_parameters_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        em.QLearning(**arguments)
