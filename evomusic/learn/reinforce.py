"""REINFORCE: a softmax policy is updated by the returns of whole episodes.

Williams 1992; Sutton & Barto 2018, sections 13.3 and 13.4. S states, A actions, L steps of an episode.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import inner
from evomusic.core.checks import flag
from evomusic.learn.actor_critic import Actor, drawn, policy_of, softmax
from evomusic.learn.explore import Schedule, now, schedule, store
from evomusic.learn.learner import values_of
from evomusic.learn.loop import register


class Episode(NamedTuple):
    """States, actions and rewards of the present episode."""

    s: NDArray[np.int64]  # (L,)
    a: NDArray[np.int64]
    r: NDArray[np.float64]
    steps: NDArray[np.int64]  # (1,)


class Gradient(NamedTuple):
    """A softmax policy, a baseline, and the present episode."""

    preferences: NDArray[np.float64]  # (S, A)
    v: NDArray[np.float64]  # (S,) the baseline; it stays as it began where none is learnt
    alpha: Schedule
    beta: Schedule
    gamma: float
    temperature: float
    baseline: bool
    fade: float  # gamma, or 1: the factor by which each later step counts less
    episode: Episode
    pi: NDArray[np.float64]  # (A,) scratch

    @property
    def length(self) -> int:
        """Steps of an episode that there is room for (L)."""
        return len(self.episode.s)

    def probabilities(self) -> NDArray[np.float64]:
        """The policy: (S, A) probabilities."""
        return policy_of(self.preferences, self.temperature)


@inner()
def climb(agent: Any, s: Any, a: Any, change: Any) -> Any:  # step size x return above the baseline
    """Move the policy in a state along the gradient of its log probability (Sutton & Barto 2018, equation 13.8)."""
    softmax(agent.preferences, s, agent.temperature, agent.pi)
    for b in range(len(agent.pi)):
        agent.preferences[s, b] += change * (((1.0 if b == a else 0.0) - agent.pi[b]) / agent.temperature)


def _choose(agent: Any, s: Any, n: Any, rng: Any) -> Any:  # compiled into the loop, as all functions of this form
    softmax(agent.preferences, s, agent.temperature, agent.pi)
    return drawn(agent.pi, rng)


def _update(agent: Any, s: Any, a: Any, r: Any, s2: Any, a2: Any, end: Any, n: Any, rng: Any) -> Any:
    t = agent.episode.steps[0]
    agent.episode.s[t], agent.episode.a[t], agent.episode.r[t] = s, a, r
    agent.episode.steps[0] = t + 1
    return a2


def _finish(agent: Any, s: Any, end: Any, n: Any, rng: Any) -> Any:
    states, actions, rewards, steps = agent.episode
    later, weight = 0.0, 1.0
    for i in range(steps[0]):  # rewards become returns, from the last step back
        t = steps[0] - 1 - i
        later = rewards[t] + agent.gamma * later
        rewards[t] = later
    for t in range(steps[0]):
        error = rewards[t]
        if agent.baseline:
            error -= agent.v[states[t]]  # (13.11)
            agent.v[states[t]] += now(agent.beta, n) * error
        climb(agent, states[t], actions[t], now(agent.alpha, n) * weight * error)
        weight *= agent.fade
    steps[0] = 0


register(Gradient, _choose, _update, _finish)


@dataclass(frozen=True, kw_only=True)
class Reinforce(Actor):
    """REINFORCE, with or without a learnt baseline; it learns when an episode is over.

    Sutton & Barto 2018, the boxes "REINFORCE: Monte-Carlo Policy-Gradient Control (episodic)" and "REINFORCE with
    Baseline (episodic)". There is no bootstrapping: an episode that is cut off counts its rewards so far, so the
    gradient is that of the expected return within the horizon. From a log it learns as if the log's actions had been
    its own.

    Args:
        baseline: whether to learn state values, with step size `beta`, and to subtract them from returns.
    """

    baseline: bool = True

    def check(self) -> None:
        """Check the parameters.

        Raises:
            ValueError: one is out of range.
        """
        super().check()
        store(self, baseline=flag("baseline", self.baseline))

    def agent(self, states: int, actions: int, length: int) -> Gradient:
        """Return an agent with the uniform policy, and room for an episode."""
        zeros = np.zeros(length, np.int64)
        return Gradient(
            preferences=np.zeros((states, actions)),
            v=values_of(states, self.initial),
            alpha=schedule("alpha", self.alpha),
            beta=schedule("beta", self.beta),
            gamma=self.gamma,
            temperature=self.temperature,
            baseline=self.baseline,
            fade=self.gamma if self.discounted else 1.0,
            episode=Episode(zeros, zeros.copy(), np.zeros(length), np.zeros(1, np.int64)),
            pi=np.zeros(actions),
        )
