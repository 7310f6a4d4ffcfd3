"""Soft Q-learning: the policy of most reward that stays close to a prior, learnt one step at a time.

The policy is p(a | s) exp(Q(s, a) / temperature), normalised, where p is the prior: uniform tokens, for the most
entropy (Ziebart 2010; Haarnoja et al. 2017), or the style, for the least divergence from it (KL control, Todorov
2006; G-learning, Fox et al. 2016; Jaques et al. 2017, "Sequence Tutor"). Values are of the soft Bellman equation

    Q(s, a) = E[r + gamma * V(s')],   V(s) = temperature * log sum_a p(a | s) exp(Q(s, a) / temperature).

As the temperature falls to 0 it is Q-learning. S states, A actions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import inner
from evomusic.core.checks import number
from evomusic.core.space import Range, Space
from evomusic.core.task import Task
from evomusic.core.views import as_view
from evomusic.learn.actor_critic import policy_of
from evomusic.learn.explore import (
    Average,
    Decay,
    Schedule,
    StepSize,
    now,
    number_or_decay,
    schedule,
    sized,
    step_size,
    step_size_option,
    store,
    towards,
)
from evomusic.learn.informed import INFORMED, prior_table, source
from evomusic.learn.learner import HUGE, Learner, expected_of_policy, values_of
from evomusic.learn.loop import no_finish, register


class SoftValues(NamedTuple):
    """Soft action values, and the logarithm of the prior."""

    q: NDArray[np.float64]  # (S, A)
    log_prior: NDArray[np.float64]  # (S, A)
    alpha: StepSize
    gamma: float
    temperature: Schedule
    heat: NDArray[np.float64]  # (1,) the temperature at the last step
    pi: NDArray[np.float64]  # (A,) scratch

    @property
    def preferences(self) -> NDArray[np.float64]:
        """Logarithm of the policy, but for a constant in each state (S, A)."""
        return self.log_prior + self.q / self.heat[0]

    def probabilities(self) -> NDArray[np.float64]:
        """The policy (S, A)."""
        return policy_of(self.preferences)

    @property
    def v(self) -> NDArray[np.float64]:
        """Soft state values (S,)."""
        preferences = self.preferences
        top = preferences.max(axis=1)
        return np.asarray(self.heat[0] * (top + np.log(np.exp(preferences - top[:, None]).sum(axis=1))))


@inner()
def soft_value(agent: Any, s: Any, temperature: Any) -> Any:  # agent.pi (A,) is filled with weights of actions
    """The soft value of a state, and the sum of the weights."""
    pi, top = agent.pi, -np.inf
    for b in range(len(pi)):
        pi[b] = agent.log_prior[s, b] + agent.q[s, b] / temperature
        top = max(top, pi[b])
    total = 0.0
    for b in range(len(pi)):
        pi[b] = math.exp(pi[b] - top)
        total += pi[b]
    return temperature * (top + math.log(total)), total


def _choose(agent: Any, s: Any, n: Any, rng: Any) -> Any:  # compiled into the loop, as all functions of this form
    _, total = soft_value(agent, s, now(agent.temperature, n))
    left = rng.random() * total
    for b in range(len(agent.pi)):
        left -= agent.pi[b]
        if left < 0:
            return b
    return len(agent.pi) - 1  # rounding


def _update(agent: Any, s: Any, a: Any, r: Any, s2: Any, a2: Any, end: Any, n: Any, rng: Any) -> Any:
    agent.heat[0] = now(agent.temperature, n)
    later = 0.0
    if not end:
        later, _ = soft_value(agent, s2, agent.heat[0])
    agent.q[s, a] = towards(agent.q[s, a], r + agent.gamma * later, sized(agent.alpha, s, a, n))
    return a2


register(SoftValues, _choose, _update, no_finish)


@dataclass(frozen=True, kw_only=True)
class SoftQLearning(Learner):
    """Soft Q-learning: values of the policy that trades reward against divergence from a prior; it explores by it.

    Fox et al. 2016, "Taming the Noise in Reinforcement Learning via Soft Updates" (G-learning); with the uniform prior
    Haarnoja et al. 2017, "Reinforcement Learning with Deep Energy-Based Policies". With the style as prior it is the
    tabular form of the RL Tuner's objective (Jaques et al. 2017). It hands over its stochastic policy.

    Args:
        view: the agent state, or its name.
        gamma: discount, 0 to 1.
        rows: as for other learners; the style or the song as prior needs listed rows.
        alpha: step size, 0 to 1, or a Decay, or Average() for sample averages.
        temperature: reward that one nat of divergence from the prior is worth, above 0, or a Decay between such.
        prior: `uniform`, or `style` or `song` for the task's.
        initial: every action value before learning.
    """

    space: ClassVar[Space] = {
        "alpha": Range(0.02, 0.8, log=True),
        "temperature": Range(0.01, 3.0, log=True),
    }

    averages: ClassVar[bool] = True

    alpha: float | Decay | Average = 0.1
    temperature: float | Decay = 0.1
    prior: str = "uniform"
    initial: float = 0.0

    def check(self) -> None:
        """Check the parameters, and store them in their plain types.

        Raises:
            ValueError: one is out of range.
        """
        store(
            self,
            alpha=step_size_option("alpha", self.alpha),
            temperature=number_or_decay("temperature", self.temperature, 1e-6, HUGE),
            prior=source("prior", self.prior),
            initial=number("initial", self.initial, -HUGE, HUGE),
        )

    def agent(self, states: int, actions: int, length: int) -> SoftValues:
        """Return an agent with the same value everywhere, and the uniform prior."""
        temperature = schedule("temperature", self.temperature)
        return SoftValues(
            q=values_of((states, actions), self.initial),
            log_prior=np.full((states, actions), -math.log(actions)),
            alpha=step_size(self.alpha, (states, actions)),
            gamma=self.gamma,
            temperature=temperature,
            heat=np.array([temperature.first]),
            pi=np.zeros(actions),
        )

    def informed(self, agent: SoftValues, task: Task) -> SoftValues:
        """Return the agent with the task's style or song as prior, if it is to be that."""
        if self.prior in INFORMED:
            agent.log_prior[:] = np.log(prior_table(self, task, as_view(self.view), len(agent.q), self.prior))
        return agent

    expected = expected_of_policy
