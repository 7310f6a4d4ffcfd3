"""Actor-critic: a softmax policy is updated by the critic's TD errors, one step at a time or by eligibility traces.

Sutton & Barto 2018, section 13.5 (after Barto, Sutton & Anderson 1983). S states, A actions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import inner
from evomusic.core.checks import flag, number, probability
from evomusic.core.space import Range, Space
from evomusic.core.task import Task
from evomusic.core.views import as_view
from evomusic.learn.explore import Decay, Schedule, now, number_or_decay, schedule, store
from evomusic.learn.informed import INFORMED, prior_table, source
from evomusic.learn.learner import HUGE, Learner, expected_of_policy, ranks, values_of
from evomusic.learn.loop import register

FADED: Final = 1e-12  # traces of a state that are all below this are dropped
COLD: Final = 1e-6  # the policy is all but greedy at lower temperatures


class Traces(NamedTuple):
    """Eligibility traces of recently visited states; `active` lists these states in its first `used` places."""

    actor: NDArray[np.float64]  # (S, A), or (0, 0) where the learner has no traces, as all these
    critic: NDArray[np.float64]  # (S,)
    active: NDArray[np.int64]  # (S,)
    listed: NDArray[np.bool_]  # (S,) whether a state is in `active`
    used: NDArray[np.int64]  # (1,)


class Critic(NamedTuple):
    """A softmax policy, state values, and the traces of the present episode."""

    preferences: NDArray[np.float64]  # (S, A)
    v: NDArray[np.float64]  # (S,)
    alpha: Schedule
    beta: Schedule
    gamma: float
    temperature: float
    lam_actor: float
    lam_critic: float
    traced: bool
    fade: float  # the factor by which `weight` falls each step: gamma, or 1
    weight: NDArray[np.float64]  # (1,) I of the book
    traces: Traces
    pi: NDArray[np.float64]  # (A,) scratch

    def probabilities(self) -> NDArray[np.float64]:
        """The policy: (S, A) probabilities."""
        return policy_of(self.preferences, self.temperature)


def policy_of(preferences: NDArray[np.float64], temperature: float = 1.0) -> NDArray[np.float64]:
    """Return the softmax policy (S, A) of preferences (S, A) (Sutton & Barto 2018, equation 13.2)."""
    weights = np.exp((preferences - preferences.max(axis=1, keepdims=True)) / temperature)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


@inner()
def softmax(preferences: Any, s: Any, temperature: Any, pi: Any) -> Any:  # pi (A,) is filled
    """Compute the policy in a state (Sutton & Barto 2018, equation 13.2)."""
    top, total = preferences[s, 0], 0.0
    for b in range(1, len(pi)):
        top = max(top, preferences[s, b])
    for b in range(len(pi)):
        pi[b] = math.exp((preferences[s, b] - top) / temperature)
        total += pi[b]
    for b in range(len(pi)):
        pi[b] /= total


@inner()
def drawn(pi: Any, rng: Any) -> Any:
    """Draw an action by its probability."""
    left = rng.random()
    for b in range(len(pi) - 1):
        left -= pi[b]
        if left < 0:
            return b
    return len(pi) - 1


@inner()
def spread(agent: Any, s: Any, a: Any, up: Any, change: Any) -> Any:  # alpha x error, beta x error
    """Update recently visited states by their traces, which then decay; `agent.pi` is the policy in s."""
    z, z_v, active, listed, used = agent.traces
    if not listed[s]:
        listed[s] = True
        active[used[0]] = s
        used[0] += 1
    z_v[s] += 1.0
    for b in range(len(agent.pi)):
        z[s, b] += agent.weight[0] * ((1.0 if b == a else 0.0) - agent.pi[b]) / agent.temperature
    count = 0
    for i in range(used[0]):
        x = active[i]
        agent.v[x] += change * z_v[x]
        z_v[x] *= agent.gamma * agent.lam_critic
        top = z_v[x]
        for b in range(len(agent.pi)):
            agent.preferences[x, b] += up * z[x, b]
            z[x, b] *= agent.gamma * agent.lam_actor
            top = max(top, abs(z[x, b]))
        if top < FADED:
            forget(agent.traces, x)
        else:
            active[count] = x
            count += 1
    used[0] = count


@inner()
def forget(traces: Any, x: Any) -> Any:
    """Drop the traces of a state."""
    traces.listed[x] = False
    traces.critic[x] = 0.0
    for b in range(traces.actor.shape[1]):
        traces.actor[x, b] = 0.0


def _choose(agent: Any, s: Any, n: Any, rng: Any) -> Any:  # compiled into the loop, as all functions of this form
    softmax(agent.preferences, s, agent.temperature, agent.pi)
    return drawn(agent.pi, rng)


def _update(agent: Any, s: Any, a: Any, r: Any, s2: Any, a2: Any, end: Any, n: Any, rng: Any) -> Any:
    later = 0.0 if end else agent.gamma * agent.v[s2]
    error = r + later - agent.v[s]  # Sutton & Barto 2018, the boxes of section 13.5
    up, change = now(agent.alpha, n) * error, now(agent.beta, n) * error
    softmax(agent.preferences, s, agent.temperature, agent.pi)
    if agent.traced:
        spread(agent, s, a, up, change)
    else:
        agent.v[s] += change
        for b in range(len(agent.pi)):  # (13.9), the softmax differentiated
            slope = agent.weight[0] * ((1.0 if b == a else 0.0) - agent.pi[b]) / agent.temperature
            agent.preferences[s, b] += up * slope
    agent.weight[0] *= agent.fade
    return a2


def _finish(agent: Any, s: Any, end: Any, n: Any, rng: Any) -> Any:
    agent.weight[0] = 1.0
    for i in range(agent.traces.used[0]):
        forget(agent.traces, agent.traces.active[i])
    agent.traces.used[0] = 0


register(Critic, _choose, _update, _finish)


@dataclass(frozen=True, kw_only=True)
class Actor(Learner):
    """A learner of a softmax policy.

    Args:
        view: the agent state, or its name.
        gamma: discount, 0 to 1.
        rows: `listed` for all states, `on-demand` for rows on demand, `auto` for whichever fits.
        alpha: the actor's step size, 0 or more, or a Decay.
        beta: the critic's (the baseline's) step size, 0 to 1, or a Decay.
        temperature: of the softmax, above 0; preferences are divided by it.
        discounted: whether steps late in an episode count gamma^t in the actor, as the policy gradient says; False is
            what most programs do (Thomas 2014). The same where gamma is 1.
        initial: every value of the critic before learning.
        prior: the policy before learning: `uniform`, or `style` or `song` for the task's, which need listed rows.
    """

    space: ClassVar[Space] = {
        "alpha": Range(0.005, 0.5, log=True),
        "beta": Range(0.01, 0.8, log=True),
        "temperature": Range(0.1, 3.0, log=True),
    }

    alpha: float | Decay = 0.1
    beta: float | Decay = 0.1
    temperature: float = 1.0
    discounted: bool = True
    initial: float = 0.0
    prior: str = "uniform"

    def check(self) -> None:
        """Check the parameters, and store them in their plain types.

        Raises:
            ValueError: one is out of range.
        """
        store(
            self,
            alpha=number_or_decay("alpha", self.alpha, high=HUGE),
            beta=number_or_decay("beta", self.beta, high=1.0),
            temperature=number("temperature", self.temperature, COLD, HUGE),
            discounted=flag("discounted", self.discounted),
            initial=number("initial", self.initial, -HUGE, HUGE),
            prior=source("prior", self.prior),
        )

    def informed(self, agent: Any, task: Task) -> Any:
        """Return the agent with the task's style or song as its policy, if it is to be that."""
        if self.prior in INFORMED:
            preferences = ranks(agent)
            policy = prior_table(self, task, as_view(self.view), len(preferences), self.prior)
            preferences[:] = self.temperature * np.log(policy)
        return agent

    expected = expected_of_policy


@dataclass(frozen=True, kw_only=True)
class ActorCritic(Actor):
    """One-step actor-critic, and with lambda above 0 actor-critic with eligibility traces.

    Sutton & Barto 2018, the boxes "One-step Actor-Critic (episodic)" and "Actor-Critic with Eligibility Traces
    (episodic)". Traces accumulate; those of a state are dropped when all are below 1e-12. It learns the policy that it
    follows: from a log it learns as if the log's actions had been its own.

    Args:
        lam: lambda of actor and critic, 0 to 1.
        lam_actor: lambda of the actor alone; `lam` when None.
        lam_critic: lambda of the critic alone; `lam` when None.
    """

    space: ClassVar[Space] = {
        "lam": Range(0.0, 0.95),
    }

    lam: float = 0.0
    lam_actor: float | None = None
    lam_critic: float | None = None

    def check(self) -> None:
        """Check the parameters, and store them in their plain types.

        Raises:
            ValueError: one is out of range.
        """
        super().check()
        store(self, lam=probability("lam", self.lam))
        for name in ("lam_actor", "lam_critic"):
            if getattr(self, name) is not None:
                store(self, **{name: probability(name, getattr(self, name))})

    def agent(self, states: int, actions: int, length: int) -> Critic:
        """Return an agent with the uniform policy, and the same value everywhere."""
        actor = self.lam if self.lam_actor is None else self.lam_actor
        critic = self.lam if self.lam_critic is None else self.lam_critic
        traced = bool(actor or critic)
        return Critic(
            preferences=np.zeros((states, actions)),
            v=values_of(states, self.initial),
            alpha=schedule("alpha", self.alpha),
            beta=schedule("beta", self.beta),
            gamma=self.gamma,
            temperature=self.temperature,
            lam_actor=actor,
            lam_critic=critic,
            traced=traced,
            fade=self.gamma if self.discounted else 1.0,
            weight=np.ones(1),
            traces=no_traces(*(states, actions) if traced else (0, 0)),
            pi=np.zeros(actions),
        )


def no_traces(states: int, actions: int) -> Traces:
    """Return traces of 0."""
    index = np.zeros(states, np.int64)
    return Traces(np.zeros((states, actions)), np.zeros(states), index, index > 0, np.zeros(1, np.int64))
