"""Soft actor-critic: the policy of most reward that stays close to a prior, by policy gradient.

Each reward is less by temperature x log(pi(a | s) / p(a | s)), the divergence of the choice from the prior p, and an
actor-critic does the rest: the gradient needs no further term, for the mean of grad log pi is 0 (Schulman, Chen &
Abbeel 2017, "Equivalence between policy gradients and soft Q-learning"). Where the state is Markov the optimum is that
of soft Q-learning (`soft.py`), and where nothing is left to chance all TD errors are 0 there, so that constant step
sizes converge. S states, A actions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import probability
from evomusic.core.space import Range, Space
from evomusic.core.task import Task
from evomusic.core.views import as_view
from evomusic.learn.actor_critic import Actor, ActorCritic, Critic, softmax
from evomusic.learn.explore import store
from evomusic.learn.informed import INFORMED, prior_table
from evomusic.learn.learner import expected_of_policy
from evomusic.learn.loop import choose, finish, register, update


class SoftCritic(NamedTuple):
    """An actor-critic, and the logarithm of the prior that it stays close to."""

    critic: Critic  # its preferences are temperature x logarithm of the policy, but for a constant in each state
    log_prior: NDArray[np.float64]  # (S, A)

    @property
    def preferences(self) -> NDArray[np.float64]:
        """Preferences of the policy (S, A)."""
        return self.critic.preferences

    @property
    def v(self) -> NDArray[np.float64]:
        """Soft state values (S,)."""
        return self.critic.v

    def probabilities(self) -> NDArray[np.float64]:
        """The policy (S, A)."""
        return self.critic.probabilities()


def _choose(agent: Any, s: Any, n: Any, rng: Any) -> Any:  # compiled into the loop, as all functions of this form
    return choose(agent.critic, s, n, rng)


def _update(agent: Any, s: Any, a: Any, r: Any, s2: Any, a2: Any, end: Any, n: Any, rng: Any) -> Any:
    critic = agent.critic
    softmax(critic.preferences, s, critic.temperature, critic.pi)
    divergence = math.log(max(critic.pi[a], 1e-300)) - agent.log_prior[s, a]
    return update(critic, s, a, r - critic.temperature * divergence, s2, a2, end, n, rng)


def _finish(agent: Any, s: Any, end: Any, n: Any, rng: Any) -> Any:
    return finish(agent.critic, s, end, n, rng)


register(SoftCritic, _choose, _update, _finish)


@dataclass(frozen=True, kw_only=True)
class SoftActorCritic(Actor):
    """Actor-critic whose reward is less by its divergence from a prior, which so stays stochastic and explores.

    With the uniform prior entropy is a reward, as in soft actor-critic (Haarnoja et al. 2018; here with tables and
    on-policy, one step at a time or by traces); with the style it is KL control (Todorov 2006), the objective of RL
    Tuner (Jaques et al. 2017). It hands over its stochastic policy.

    Args:
        view: the agent state, or its name.
        gamma: discount, 0 to 1.
        rows: as for other learners; the style or the song as prior needs listed rows.
        alpha: the actor's step size, 0 or more, or a Decay; one that is far above 1 may diverge.
        beta: the critic's step size, 0 to 1, or a Decay.
        temperature: reward that one nat of divergence from the prior is worth, above 0.
        discounted: as for `ActorCritic`.
        initial: every value of the critic before learning.
        prior: what the policy begins as and stays close to: `uniform`, or `style` or `song` for the task's.
        lam: lambda of actor and critic, 0 to 1.
    """

    space: ClassVar[Space] = {
        "alpha": Range(0.02, 0.8, log=True),
        "temperature": Range(0.01, 3.0, log=True),
        "lam": Range(0.0, 0.95),
    }

    temperature: float = 0.1
    lam: float = 0.0

    def check(self) -> None:
        """Check the parameters, and store them in their plain types.

        Raises:
            ValueError: one is out of range.
        """
        super().check()
        store(self, lam=probability("lam", self.lam))

    def agent(self, states: int, actions: int, length: int) -> SoftCritic:
        """Return an agent with the uniform policy and prior, and the same value everywhere."""
        names = ("gamma", "alpha", "beta", "temperature", "discounted", "initial", "lam")
        critic = ActorCritic(**{name: getattr(self, name) for name in names}).agent(states, actions, length)
        rate = critic.alpha._replace(  # preferences are in units of return: log-probabilities move by alpha
            first=critic.alpha.first * self.temperature, last=critic.alpha.last * self.temperature
        )
        return SoftCritic(critic._replace(alpha=rate), np.full((states, actions), -math.log(actions)))

    def informed(self, agent: SoftCritic, task: Task) -> SoftCritic:
        """Return the agent with the task's style or song as prior and as policy, if it is to be that."""
        if self.prior in INFORMED:
            agent.log_prior[:] = np.log(prior_table(self, task, as_view(self.view), len(agent.log_prior), self.prior))
            agent.preferences[:] = self.temperature * agent.log_prior
        return agent

    expected = expected_of_policy
