from __future__ import annotations

import numpy as np
import pytest

from evomusic.learn.explore import UCB, Softmax, explorer
from evomusic.learn.monte_carlo import MonteCarlo, behaviour_chance
from evomusic.learn.training import train
from evomusic.models.mdp import FiniteMDP
from evomusic.models.transitions import Transitions
from evomusic.plan.mdp.evaluation import evaluate_policy
from evomusic.testing import check_method
from tests.learn.naive_control import Ratios, Returns, random_mdp, walked
from tests.test_contracts import TASKS
from tests.textbook.worlds import chain

FIRST = pytest.mark.parametrize("first", [True, False], ids=["first-visit", "every-visit"])


@FIRST
@pytest.mark.parametrize("average", [True, False], ids=["means", "constant"])
@pytest.mark.parametrize("seed", range(3))
def test_on_policy_control_makes_the_updates_of_its_naive_twin(seed, average, first):
    """Episodes that end, and episodes that are cut off after 12 steps."""
    mdp, numbers = random_mdp(seed), {"gamma": 0.9, "epsilon": 0.3}
    twin = Returns(mdp, np.random.default_rng(seed), first, average, alpha=0.2, **numbers)
    actions, q = walked(mdp, twin, 600, 12)
    own = {} if average else {"alpha": 0.2}
    ours = train(MonteCarlo(first=first, **own, **numbers), mdp, steps=600, seed=seed, horizon=12, keep=True)
    assert ours.log.a.tolist() == actions
    assert np.allclose(ours.q, q, rtol=0, atol=1e-12)


@FIRST
@pytest.mark.parametrize("kind", ["ordinary", "weighted"])
@pytest.mark.parametrize("judged", [False, True], ids=["greedy", "target"])
@pytest.mark.parametrize("seed", range(2))
def test_off_policy_learning_makes_the_updates_of_its_naive_twin(seed, judged, kind, first):
    mdp, numbers = random_mdp(seed), {"gamma": 0.9, "epsilon": 0.3}
    target = np.random.default_rng(9).dirichlet(np.ones(3), 5) if judged else None
    actions, q = walked(mdp, Ratios(mdp, np.random.default_rng(seed), kind, first, target, **numbers), 400, 12)
    learner = MonteCarlo(first=first, importance=kind, target=target, **numbers)
    ours = train(learner, mdp, steps=400, seed=seed, horizon=12, keep=True)
    assert ours.log.a.tolist() == actions
    assert np.allclose(ours.q, q, rtol=1e-12, atol=1e-12)


def one_choice():
    """State 0 leads to state 1, where action 1 pays 1 and action 0 nothing; both end the episode."""
    model = {s: {a: [(1.0, s + 1, float(s == 1 and a == 1), s == 1)] for a in (0, 1)} for s in (0, 1)}
    return FiniteMDP.of(model | {2: {a: [(1.0, 2, 0.0, True)] for a in (0, 1)}}, start=0)


@pytest.mark.parametrize(("last", "ordinary", "weighted"), [(1, 1.6, 1.0), (0, 0.0, 0.0)])
def test_one_episode_is_weighed_by_its_ratio_or_taken_as_it_is(last, ordinary, weighted):
    """By hand: the target takes action 1 with .8, whoever made the log with .5: ratio 1.6 (equations 5.5 and 5.6)."""
    log = [(0, 0, 0.0, 1, False), (1, last, float(last), 2, True)]
    for kind, expected in (("ordinary", ordinary), ("weighted", weighted)):
        learner = MonteCarlo(importance=kind, target=[[0.2, 0.8]] * 3)
        assert train(learner, one_choice(), log=log).q[0, 0] == pytest.approx(expected, abs=1e-15)


def test_ratios_of_a_log_are_those_of_who_made_it():
    log = [(0, 0, 0.0, 1, False), (1, 1, 1.0, 2, True)]
    learner = MonteCarlo(importance="ordinary", target=[[0.2, 0.8]] * 3, behaviour=[[0.9, 0.1]] * 3)
    assert train(learner, one_choice(), log=log).q[0, 0] == pytest.approx(8.0)


def layers():
    """States 0; 1, 2; 3, 4; 5: an episode is three steps, so that ratios have a bound."""
    rng, p = np.random.default_rng(0), np.zeros((6, 3, 6))
    p[0, :, 1:3], p[1:3, :, 3:5], p[3:, :, 5] = rng.dirichlet([1, 1], 3), rng.dirichlet([1, 1], (2, 3)), 1.0
    return FiniteMDP.from_arrays(p, rng.normal(size=(6, 3)), start=0, terminal=[5])


@pytest.mark.parametrize("kind", ["ordinary", "weighted"])
def test_values_of_a_target_are_learnt_from_another_behaviour(kind):
    """Exact by the planner; one of 3 values lies 4.5 standard errors off by chance once in 50,000 tests."""
    mdp, target = layers(), np.random.default_rng(3).dirichlet(np.ones(3), 6)
    learner = MonteCarlo(importance=kind, target=target, epsilon=1.0, gamma=0.8)
    runs = np.array([train(learner, mdp, episodes=1000, seed=seed).values[:3] for seed in range(300)])
    error = runs.mean(axis=0) - evaluate_policy(mdp, target, gamma=0.8)[:3]
    bias = 0.005 if kind == "weighted" else 0.0  # of order 1 / episodes
    assert (np.abs(error) < 4.5 * runs.std(axis=0) / np.sqrt(len(runs)) + bias).all()


@pytest.mark.parametrize(
    ("explore", "chances"), [(None, [0.1, 0.45, 0.45]), (Softmax(0.5), np.exp([0.0, 2, 2]) / np.exp([0, 2, 2]).sum())]
)
def test_probabilities_of_its_own_actions_are_known(explore, chances):
    """By hand: values 0, 1, 1; epsilon .3, or a temperature of .5."""
    how, q = explorer(explore, 0.3, (1, 3)), np.array([[0.0, 1.0, 1.0]])
    assert [behaviour_chance(how, q, 0, a, 0) for a in range(3)] == pytest.approx(chances, abs=1e-15)


def test_weighted_importance_is_exact_where_ordinary_has_infinite_variance():
    """Sutton & Barto 2018, example 5.5: once an episode was all left, the weighted estimate is 1 for ever."""
    stay = [(0.9, 0, 0.0, False), (0.1, 1, 1.0, True)]
    mdp = FiniteMDP.of({0: {0: stay, 1: [(1.0, 1, 0.0, True)]}, 1: {a: [(1.0, 1, 0.0, True)] for a in (0, 1)}}, start=0)
    left = [[1.0, 0.0], [1.0, 0.0]]
    q = {
        kind: [
            train(MonteCarlo(importance=kind, target=left, epsilon=1.0), mdp, episodes=1000, seed=seed).q[0, 0]
            for seed in range(20)
        ]
        for kind in ("ordinary", "weighted")
    }
    assert q["weighted"] == [1.0] * 20
    assert np.std(q["ordinary"]) > 0.1


def test_exploring_starts_find_the_best_policy_without_other_exploration():
    """Episodes start anywhere with any action, and are greedy from there on (Sutton & Barto 2018, section 5.3)."""
    mdp = one_choice().starting([0.5, 0.5, 0.0])
    for seed in range(10):
        starts = train(MonteCarlo(epsilon=0.0, exploring_starts=True), mdp, episodes=100, seed=seed)
        assert starts.q[1].tolist() == [0.0, 1.0]
    assert train(MonteCarlo(epsilon=0.0, initial=-1.0), mdp, episodes=100, seed=0).q[:2].min() == -1.0  # never tried


def test_off_policy_control_learns_the_greedy_policy_from_a_random_one():
    trained = train(MonteCarlo(importance="weighted", epsilon=1.0), one_choice(), episodes=2000, seed=0)
    assert trained.q[1].tolist() == [0.0, 1.0]
    assert trained.q[0] == pytest.approx([1.0, 1.0], abs=0.01)  # but for the first returns, when both were greedy


def test_episode_that_is_cut_off_is_worth_what_its_last_state_is():
    """By hand, initial 10 and gamma .9: two steps without pay to a value of 10."""
    for importance in (None, "ordinary", "weighted"):
        learner = MonteCarlo(gamma=0.9, initial=10.0, importance=importance)
        assert train(learner, chain(0, 0, 0, 0), episodes=1, horizon=2).q[:2, 0] == pytest.approx([8.1, 9.0])


def test_room_grows_with_an_episode_that_is_longer_than_expected():
    rewards = np.random.default_rng(0).normal(size=3000)
    q = train(MonteCarlo(), chain(*rewards), episodes=1).q
    assert q[:-1, 0] == pytest.approx(rewards[::-1].cumsum()[::-1], abs=1e-9)


def test_nothing_of_an_episode_is_left_behind():
    agent = train(MonteCarlo(importance="weighted"), random_mdp(2), episodes=50, horizon=30).agent
    assert agent.steps[0] == 0
    assert agent.chosen_chance[0] == 0
    assert not agent.seen.any()


@pytest.mark.parametrize("rows", ["listed", "on-demand"])
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("importance", [None, "ordinary", "weighted"])
def test_monte_carlo_keeps_its_contract(importance, task, rows):
    check_method(MonteCarlo(rows=rows, importance=importance, epsilon=0.3), TASKS[task])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"importance": "weigthed"}, "did you mean 'weighted'"),
        ({"target": [[1.0]]}, "are for off-policy learning"),
        ({"importance": "weighted", "explore": UCB()}, "UCB does not draw"),
        ({"importance": "weighted", "alpha": 0.1}, "sets its own steps"),
        ({"importance": "weighted", "target": [[0.5, 0.6]]}, r"target\[0\] is \[0.5, 0.6\]"),
        ({"importance": "weighted", "behaviour": [0.5, 0.5]}, r"behaviour has shape \(2,\)"),
    ],
)
def test_wrong_parameters_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        MonteCarlo(**wrong)


def test_policies_for_other_models_are_refused():
    with pytest.raises(ValueError, match=r"target has shape \(2, 2\), expected \(5, 3\)"):
        train(MonteCarlo(importance="weighted", target=[[0.5, 0.5]] * 2), random_mdp(0), episodes=1)


def test_actions_that_the_log_cannot_have_taken_are_refused():
    log = Transitions(*map(np.array, ([0, 1], [0, 1], [0.0, 1.0], [1, 2], [False, True])))
    learner = MonteCarlo(importance="ordinary", behaviour=[[1.0, 0.0]] * 3)
    with pytest.raises(ValueError, match="the log takes an action whose behaviour probability is 0"):
        train(learner, one_choice(), log=log)
