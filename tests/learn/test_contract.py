"""Every learner is held to its contract; a new one enters the list."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
import pytest

import evomusic as em
from evomusic.learn import learner as learner_module
from evomusic.learn import loop, training
from evomusic.learn.learner import Learner
from evomusic.learn.model_based.dyna import Dyna
from evomusic.learn.monte_carlo import MonteCarlo
from evomusic.learn.n_step import NStepSarsa
from evomusic.learn.traces import SarsaLambda, WatkinsQ
from evomusic.testing.learners import check_learner

LEARNERS = {
    "q-learning": em.QLearning(),
    "q-learning-decay": em.QLearning(epsilon=em.Decay(1.0, 0.1, 0.5), alpha=em.Average(0.8), rows="on-demand"),
    "q-learning-ucb": em.QLearning(view="markov", explore=em.UCB(), gamma=0.9),
    "sarsa": em.Sarsa(view="markov", rows="on-demand"),
    "expected-sarsa": em.ExpectedSarsa(explore=em.Softmax(0.5)),
    "double-q": em.DoubleQ(alpha=em.Average()),
    "sarsa-lambda": SarsaLambda(traces="replacing"),
    "true-online-sarsa": SarsaLambda(traces="dutch", view="markov"),
    "watkins-q": WatkinsQ(epsilon=0.3),
    "n-step-sarsa": NStepSarsa(n=2),
    "monte-carlo": MonteCarlo(),
    "monte-carlo-off": MonteCarlo(importance="weighted", first=False, epsilon=0.5),
    "actor-critic": em.ActorCritic(),
    "actor-critic-traces": em.ActorCritic(lam=0.8),
    "reinforce": em.Reinforce(),
    "soft-q": em.SoftQLearning(temperature=0.5),
    "soft-q-markov": em.SoftQLearning(view="markov", rows="on-demand", temperature=em.Decay(2.0, 0.2, 0.5)),
    "soft-actor-critic": em.SoftActorCritic(temperature=0.5),
    "soft-actor-critic-traces": em.SoftActorCritic(view="markov", rows="on-demand", lam=0.5),
    "dyna": Dyna(),
    "prioritised-sweeping": Dyna(priority=1e-4),
}
REPLAYS = {"q-learning", "q-learning-decay", "q-learning-ucb"}
NEVER_BOOTSTRAP = {"Reinforce"}  # Sutton & Barto 2018, section 13.3
NO_MELODIES = {"ASE"}  # chooses between two actions, and a melody has three tokens or more


@pytest.mark.parametrize("name", LEARNERS)
def test_learners_keep_their_contract(name):
    learner = LEARNERS[name]
    bootstraps = type(learner).__name__ not in NEVER_BOOTSTRAP
    check_learner(learner, bootstraps=bootstraps, replays=name in REPLAYS)


def test_every_public_learner_is_held_to_the_contract():
    public = {name for name in em.__all__ if _is_learner(getattr(em, name))}
    assert public - NO_MELODIES <= {type(learner).__name__ for learner in LEARNERS.values()}


def _is_learner(thing) -> bool:
    return inspect.isclass(thing) and issubclass(thing, Learner) and not inspect.isabstract(thing)


class Slow(NamedTuple):
    """Q-learning that makes each update a step late, and cheats in one way."""

    q: np.ndarray  # (S, A)
    waiting: np.ndarray  # (3,) state, action and reward of the step that waits; state -1 when none does
    gamma: float
    how: str


def choose(agent, s, n, rng):
    return int(rng.random() * agent.q.shape[1])


def update(agent, s, a, r, s2, a2, end, n, rng):
    if agent.waiting[0] >= 0:
        settle(agent, agent.q[s].max())
    agent.waiting[:] = s, a, r
    if agent.how == "infinite":
        agent.q[s, a], agent.waiting[0] = np.inf, -1
    if agent.how == "numbers":
        agent.q[s, a] += 0.001 * s
    if agent.how == "draws":
        agent.q[s, a] += 0.001 * rng.random()
    return a2


def finish(agent, s, end, n, rng):
    if agent.waiting[0] < 0 or agent.how == "leaks" or (agent.how == "leaks where cut" and not end):
        return
    settle(agent, 0.0 if end or agent.how == "cuts" else agent.q[s].max())


def settle(agent, later):
    s, a, r = int(agent.waiting[0]), int(agent.waiting[1]), agent.waiting[2]
    agent.q[s, a] += 0.1 * (r + agent.gamma * later - agent.q[s, a])
    agent.waiting[0] = -1


loop.register(Slow, choose, update, finish)


@dataclass(frozen=True, kw_only=True)
class Cheat(Learner):
    """A learner that breaks the contract in one way."""

    averages: ClassVar[bool] = True

    how: str
    made: ClassVar[list[int]] = [0]

    def check(self) -> None:
        pass

    def agent(self, states: int, actions: int, length: int) -> Slow:
        q = np.zeros((states, actions))
        if self.how == "remembers":
            self.made[0] += 1
            q += self.made[0]
        return Slow(q, np.array([-1.0, 0.0, 0.0]), float(self.gamma), self.how)


@pytest.fixture
def in_plain_python(monkeypatch):
    """The loop uncompiled: classes of learners that tests make are not to enter the cache of kernels."""
    for module in (learner_module, training):
        monkeypatch.setattr(module, "learn", loop.learn.py_func)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("numbers", "rankings of state .* of its FiniteMDP"),
        ("remembers", "the same seed gave other values"),
        ("infinite", "diverged"),
        ("leaks", "an episode that ended left something behind"),
        ("leaks where cut", "an episode that was cut off left something behind"),
        ("cuts", "values go to 1, expected 2"),
        ("draws", "a log of its own history gave other values"),
    ],
)
def test_contract_finds_out_learners_that_cheat(in_plain_python, how, message):
    with pytest.raises(AssertionError, match=message):
        check_learner(Cheat(how=how), replays=True)


def test_honest_learner_passes(in_plain_python):
    check_learner(Cheat(how="not"), replays=True)


def test_views_that_are_not_markov_are_checked_through_one_that_is():
    assert not em.View.named("short").is_markov(em.make("tiny"))
    check_learner(em.QLearning(view="short"))


def test_method_that_is_no_learner_is_told_so():
    with pytest.raises(AssertionError, match="is no Learner"):
        check_learner(em.RandomSearch())
