from __future__ import annotations

import numpy as np
import pytest

from evomusic.learn.model_based.dyna import Dyna
from evomusic.learn.model_based.learnt_model import fit_model
from evomusic.learn.training import train
from evomusic.models.mdp import FiniteMDP
from evomusic.models.transitions import Transitions
from evomusic.plan.mdp.iteration import value_iteration


def frozen_lake():
    gymnasium = pytest.importorskip("gymnasium")
    return FiniteMDP.from_gymnasium(gymnasium.make("FrozenLake-v1"))


def random_world(seed, states=6, actions=3, certain=False):
    """A world without ends; every pair has one outcome, or chances of all."""
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.ones(states), (states, actions))
    if certain:
        p = np.eye(states)[rng.integers(0, states, (states, actions))]
        p[:, 0] = np.eye(states)[(np.arange(states) + 1) % states]  # a ring: every state is met
    return FiniteMDP.from_arrays(p, rng.normal(size=(states, actions)), start=0)


def dense(mdp):
    """(S, A, S, 2) probabilities by next state and whether it ends."""
    groups = np.repeat(np.arange(mdp.states * mdp.actions + 1), np.diff(mdp.outcomes.first))
    p, rows = np.zeros((mdp.states * mdp.actions + 1, mdp.states, 2)), mdp.outcomes.rows
    np.add.at(p, (groups, rows["to"], rows["end"]), rows["p"])
    return p[:-1].reshape(mdp.states, mdp.actions, mdp.states, 2)


def rewards(mdp):
    """(S, A) expected rewards."""
    rows = mdp.outcomes.rows
    means = np.add.reduceat(rows["p"] * rows["reward"], mdp.outcomes.first[:-1])
    return means[:-1].reshape(mdp.states, mdp.actions)


def walked(mdp, steps, seed=0, **more):
    return train(Dyna(planning=0, epsilon=1.0, gamma=0.9, **more), mdp, steps=steps, seed=seed, keep=True)


@pytest.mark.parametrize("seed", range(5))
def test_model_of_a_deterministic_world_is_the_world(seed):
    """Each of 18 pairs is tried within 2,000 random steps; the seeds are fixed."""
    world = random_world(seed, certain=True)
    learnt = walked(world, 2000).model
    assert np.array_equal(learnt.outcomes.first, world.outcomes.first)
    assert np.array_equal(learnt.outcomes.rows, world.outcomes.rows)


def test_model_of_frozen_lake_holds_its_chances():
    """Pearson's statistic of all outcomes of the 44 pairs of the 11 states that an episode goes on from.

    A pair has three outcomes at most, so there are at most 88 degrees of freedom: 151.9 is exceeded by chance once in
    30,000 runs. What cannot happen is not in the model.
    """
    world = frozen_lake()
    trained = walked(world, 200_000)
    live = ~world.terminal
    true, learnt = dense(world)[live], dense(trained.model)[live]
    tried = np.bincount(trained.log.s * 4 + trained.log.a, minlength=64).reshape(16, 4)[live][:, :, None, None]
    assert tried.min() > 300
    assert not (learnt[true == 0]).any()
    expected = true * tried
    assert (((learnt - true) * tried)[true > 0] ** 2 / expected[true > 0]).sum() < 151.9


def test_log_and_learner_make_the_same_model():
    world = random_world(1)
    trained = walked(world, 3000)
    fitted, learnt = fit_model(trained.log, world.states, world.actions), trained.model
    assert np.allclose(dense(fitted), dense(learnt), rtol=0, atol=1e-12)
    assert np.allclose(rewards(fitted), rewards(learnt), rtol=0, atol=1e-12)
    assert np.array_equal(fitted.start, learnt.start)


@pytest.mark.parametrize("seed", range(3))
def test_planning_with_the_model_of_a_long_history_comes_near_the_true_values(seed):
    """Certainty equivalence. |r| < 3, gamma .9, 36 pairs x >= 8,000 visits: an error of .5 is over 10 standard errors.

    A value's error is at most the largest error of a pair's target over 1 - gamma; a target's sd is below 4.
    """
    world = random_world(seed, states=4, actions=2)
    history = walked(world, 200_000, seed).log
    true, near = (value_iteration(m, gamma=0.9).q for m in (world, fit_model(history, 4, 2)))
    far = value_iteration(fit_model(Transitions(*(x[:100] for x in history)), 4, 2), gamma=0.9).q
    assert np.abs(near - true).max() < 0.5
    assert np.abs(near - true).max() < np.abs(far - true).max()


def test_pair_that_was_not_tried_is_worth_what_is_said():
    one = Transitions(*(np.array([x]) for x in (0, 1, 2.0, 1, False)))
    model = fit_model(one, states=2, actions=2, untried=7.0)
    assert value_iteration(model, gamma=0.5).q.tolist() == [[7.0, 2.0 + 0.5 * 7.0], [7.0, 7.0]]


def test_counts_and_mean_rewards_are_those_of_the_log():
    s, a, r = np.zeros(4, int), np.zeros(4, int), np.array([1.0, 2.0, 4.0, 8.0])
    log = Transitions(s, a, r, np.array([0, 0, 1, 1]), np.array([False, False, True, True]))
    rows = fit_model(log, 2, 1).outcomes.rows
    assert rows[:2].tolist() == [(0.5, 1.5, 0, 0), (0.5, 6.0, 1, 1)]


def test_starts_are_counted():
    log = Transitions(
        np.array([2, 0, 1, 2]),
        np.zeros(4, int),
        np.zeros(4),
        np.array([0, 1, 2, 0]),
        np.array([False, True, True, True]),
    )
    assert fit_model(log, 3, 1).start.tolist() == [0.0, 1 / 3, 2 / 3]


def test_last_outcome_alone_counts_where_worlds_change():
    s, r = np.zeros(3, int), np.array([1.0, 1.0, 5.0])
    log = Transitions(s, s, r, np.array([0, 0, 1]), np.array([False, False, True]))
    for recall, rows in (("last", [(1.0, 5.0, 0, 1)]), ("counts", [(2 / 3, 1.0, 0, 0), (1 / 3, 5.0, 0, 1)])):
        model = train(Dyna(recall=recall), two_states(), log=log).model
        assert model.outcomes.rows[: len(rows)].tolist() == rows


def two_states():
    return FiniteMDP.of({s: {0: [(1.0, 1, 0.0, True)]} for s in (0, 1)}, start=0)


def test_before_any_experience_every_pair_is_worth_its_first_value():
    model = Dyna(initial=3.0).agent(2, 2, 8).model()
    assert model.outcomes.rows["reward"][:4].tolist() == [3.0] * 4
    assert model.start.tolist() == [1.0, 0.0]


def test_log_that_does_not_fit_is_refused():
    log = Transitions(*(np.array([x]) for x in (0, 1, 2.0, 5, False)))
    with pytest.raises(ValueError, match="s2"):
        fit_model(log, states=2, actions=2)
