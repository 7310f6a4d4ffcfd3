from __future__ import annotations

import numpy as np
import pytest

from evomusic.learn.explore import Average
from evomusic.learn.traces import SarsaLambda, WatkinsQ
from evomusic.learn.training import train
from evomusic.testing import check_method
from tests.learn.naive_control import DenseTraces, DenseWatkins, random_mdp, walked
from tests.test_contracts import TASKS
from tests.textbook.worlds import chain

LEARNERS = [
    SarsaLambda(traces="accumulating"),
    SarsaLambda(traces="replacing"),
    SarsaLambda(traces="dutch"),
    WatkinsQ(traces="accumulating"),
    WatkinsQ(traces="replacing"),
]


def named(learner):
    return f"{type(learner).__name__}-{learner.traces}"


def like(learner, **changed):
    """The same kind of learner with other parameters."""
    return type(learner)(traces=learner.traces, **changed)


@pytest.mark.parametrize("learner", LEARNERS, ids=named)
@pytest.mark.parametrize("seed", range(4))
def test_listed_traces_make_the_updates_of_dense_ones(learner, seed):
    """Episodes that end, and episodes that are cut off after 20 steps."""
    mdp, numbers = random_mdp(seed), {"alpha": 0.2, "gamma": 0.9, "epsilon": 0.2}
    kind = DenseWatkins if isinstance(learner, WatkinsQ) else DenseTraces
    twin = kind(mdp, np.random.default_rng(seed), 0.8, learner.traces, **numbers)
    actions, q = walked(mdp, twin, 1000, 20)
    ours = train(like(learner, lam=0.8, cut=0.0, **numbers), mdp, steps=1000, seed=seed, horizon=20, keep=True)
    assert ours.log.a.tolist() == actions
    assert np.allclose(ours.q, q, rtol=0, atol=1e-12)


@pytest.mark.parametrize("learner", LEARNERS, ids=named)
def test_what_is_cut_by_default_is_not_missed(learner):
    mdp = random_mdp(7, states=30)
    whole, cut = (
        train(like(learner, gamma=0.9, lam=0.9, **more), mdp, steps=20_000, seed=1, horizon=2000)
        for more in ({"cut": 0.0}, {})
    )
    assert np.allclose(cut.q, whole.q, rtol=0, atol=1e-9)


@pytest.mark.parametrize("learner", LEARNERS, ids=named)
def test_nothing_of_an_episode_is_left_behind(learner):
    agent = train(learner, random_mdp(2), episodes=50, seed=0, horizon=30).agent
    assert agent.pairs[0, 0] == 0
    assert not agent.place.any()
    assert agent.trace[0] == 0


@pytest.mark.parametrize("learner", LEARNERS, ids=named)
def test_reward_of_the_last_of_two_steps_is_credited_to_both(learner):
    """By hand: alpha (gamma lambda, 1) = (.09, .1)."""
    q = train(like(learner, lam=1.0, alpha=0.1, gamma=0.9), chain(0.0, 1.0), episodes=1).q
    assert q[:2, 0] == pytest.approx([0.09, 0.1], abs=1e-15)


def test_room_grows_with_an_episode_that_is_longer_than_expected():
    """Sarsa(1) over one episode of 3,000 distinct states moves each by alpha times what followed it."""
    rewards = np.random.default_rng(0).normal(size=3000)
    q = train(SarsaLambda(lam=1.0, alpha=0.5), chain(*rewards), episodes=1).q
    assert q[:-1, 0] == pytest.approx(0.5 * rewards[::-1].cumsum()[::-1], abs=1e-9)


def test_list_is_as_long_as_traces_last_and_not_as_the_model_is_large():
    agent = SarsaLambda(lam=0.9).agent(10_000, 30, 10_000)
    assert len(agent.trace) < 260  # .9 ** 241 / .1 < 1e-10
    assert agent.length > 10**9


def test_accumulating_traces_that_diverge_are_an_error():
    with pytest.raises(ValueError, match=r"SarsaLambda diverged .* lower alpha, or lambda"):
        train(SarsaLambda(lam=1.0, alpha=1.0, gamma=0.99), random_mdp(0, states=30), steps=100_000, horizon=2000)


def test_sample_averages_go_with_traces():
    """One state, one step an episode: the mean of what was paid."""
    trained = train(SarsaLambda(alpha=Average(), lam=0.5), random_mdp(4, states=2), episodes=200, seed=3, horizon=1)
    assert np.isfinite(trained.q).all()
    assert trained.agent.alpha.visits.sum() == trained.steps


@pytest.mark.parametrize("rows", ["listed", "on-demand"])
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("learner", [SarsaLambda, WatkinsQ])
def test_learners_with_traces_keep_their_contract(learner, task, rows):
    check_method(learner(rows=rows, lam=0.8), TASKS[task])


@pytest.mark.parametrize(
    ("kind", "wrong", "message"),
    [
        (SarsaLambda, {"lam": 1.5}, "lam is 1.5, expected a number from 0 to 1"),
        (SarsaLambda, {"cut": -1.0}, "cut is -1.0"),
        (SarsaLambda, {"traces": "replacin"}, "did you mean 'replacing'"),
        (WatkinsQ, {"traces": "dutch"}, "dutch traces are for SarsaLambda"),
    ],
)
def test_wrong_parameters_are_refused(kind, wrong, message):
    with pytest.raises(ValueError, match=message):
        kind(**wrong)
