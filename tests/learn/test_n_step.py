from __future__ import annotations

import numpy as np
import pytest

from evomusic.learn.n_step import NStepSarsa
from evomusic.learn.training import train
from evomusic.testing import check_method
from tests.learn.naive_control import WholeHistory, random_mdp, walked
from tests.test_contracts import TASKS
from tests.textbook.worlds import chain


@pytest.mark.parametrize("n", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("seed", range(3))
def test_ring_makes_the_updates_of_the_whole_history(n, seed):
    """Episodes that end, and episodes that are cut off after 20 steps."""
    mdp, numbers = random_mdp(seed), {"alpha": 0.2, "gamma": 0.9, "epsilon": 0.2}
    actions, q = walked(mdp, WholeHistory(mdp, np.random.default_rng(seed), n, **numbers), 1000, 20)
    ours = train(NStepSarsa(n=n, **numbers), mdp, steps=1000, seed=seed, horizon=20, keep=True)
    assert ours.log.a.tolist() == actions
    assert np.allclose(ours.q, q, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("n", "expected"), [(1, [0, 0, 0.5]), (2, [0, 0.45, 0.5]), (3, [0.405, 0.45, 0.5])])
def test_last_reward_reaches_n_steps_back(n, expected):
    """By hand: alpha .5, gamma .9, one episode of three steps that pays 1 at its end."""
    assert train(NStepSarsa(n=n, alpha=0.5, gamma=0.9), chain(0, 0, 1), episodes=1).q[:3, 0] == pytest.approx(expected)


def test_episode_that_is_cut_off_is_worth_what_its_last_state_is():
    """By hand: alpha 1, gamma .9, initial 10: each of two steps leads to a value of 10."""
    q = train(NStepSarsa(n=5, alpha=1.0, gamma=0.9, initial=10.0), chain(0, 0, 0, 0), episodes=1, horizon=2).q
    assert q[:2, 0] == pytest.approx([8.1, 9.0])


def test_nothing_of_an_episode_is_left_behind():
    assert not train(NStepSarsa(n=6), random_mdp(2), episodes=50, horizon=30).agent.cursor.any()


@pytest.mark.parametrize("rows", ["listed", "on-demand"])
@pytest.mark.parametrize("task", TASKS)
def test_n_step_sarsa_keeps_its_contract(task, rows):
    check_method(NStepSarsa(rows=rows, n=5), TASKS[task])


@pytest.mark.parametrize("n", [0, -1, 1.5, True])
def test_wrong_n_is_refused(n):
    with pytest.raises(ValueError, match=r"n is .*, expected a whole number from 1 to 10,000,000"):
        NStepSarsa(n=n)
