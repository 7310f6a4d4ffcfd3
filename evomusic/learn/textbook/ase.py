"""The adaptive elements of Barto, Sutton & Anderson 1983: the first actor (ASE) and the first critic (ACE).

"Neuronlike adaptive elements that can solve difficult learning control problems", IEEE Trans. SMC-13, 834-846. The
associative search element (ASE) chooses the action of its weight's sign; the adaptive critic element (ACE) predicts
failure, and its TD error is the reward of both. S states, the boxes of the cart-pole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import njit
from evomusic.core.checks import flag, number
from evomusic.learn.explore import store
from evomusic.learn.learner import HUGE, Learner
from evomusic.learn.loop import register


class Elements(NamedTuple):
    """Weights and traces of both elements; a state is one box, so inputs are 0 but for one."""

    w: NDArray[np.float64]  # (S,) of the ASE: above 0 for action 1
    v: NDArray[np.float64]  # (S,) of the ACE: predicted reinforcement
    e: NDArray[np.float64]  # (S,) eligibility: which actions were taken where
    x: NDArray[np.float64]  # (S,) trace of boxes that were visited
    critic: bool
    alpha: float
    beta: float
    gamma: float
    lam_w: float
    lam_v: float
    noise: float

    @property
    def preferences(self) -> NDArray[np.float64]:
        """Ranking of actions (S, 2)."""
        return np.column_stack([-self.w, self.w])

    def probabilities(self) -> NDArray[np.float64]:
        """The policy: (S, 2) probabilities."""
        from scipy.special import ndtr

        right = ndtr(self.w / self.noise) if self.noise else (self.w >= 0).astype(np.float64)
        return np.column_stack([1 - right, right])


@njit(cache=True)
def adapt(agent: Any, reward: Any) -> Any:
    """Update both elements by their traces, which decay: equations (1), (2), (4) and (5) of the paper."""
    w, v, e, x = agent.w, agent.v, agent.e, agent.x
    up, change = agent.alpha * reward, agent.beta * reward
    for i in range(len(w)):
        w[i] += up * e[i]
        v[i] += change * x[i]
        e[i] *= agent.lam_w
        x[i] *= agent.lam_v


def _choose(agent: Any, s: Any, n: Any, rng: Any) -> Any:  # compiled into the loop, as all functions of this form
    return 1 if agent.w[s] + agent.noise * rng.standard_normal() >= 0 else 0


def _update(agent: Any, s: Any, a: Any, r: Any, s2: Any, a2: Any, end: Any, n: Any, rng: Any) -> Any:
    agent.e[s] += (1 - agent.lam_w) * (1.0 if a == 1 else -1.0)
    agent.x[s] += 1 - agent.lam_v
    reward = r
    if agent.critic:
        reward += (0.0 if end else agent.gamma * agent.v[s2]) - agent.v[s]  # (3): the prediction after a failure is 0
    adapt(agent, reward)
    return a2


def _finish(agent: Any, s: Any, end: Any, n: Any, rng: Any) -> Any:
    agent.e[:] = 0.0
    agent.x[:] = 0.0


register(Elements, _choose, _update, _finish)


@dataclass(frozen=True, kw_only=True)
class ASE(Learner):
    """The associative search element, with the adaptive critic element (ACE) or alone; for two actions.

    The paper's rules: the ASE takes action 1 where weight + noise is 0 or more; its eligibility is the action taken, 1
    or -1; each weight changes by step size x reinforcement x trace. With the critic the reinforcement is the TD error
    r + gamma p(next) - p, where p is the critic's prediction, 0 after the end; the critic learns as TD(lambda) does.
    Defaults are the paper's for the cart-pole.

    Args:
        view: the agent state, or its name.
        gamma: discount, 0 to 1.
        rows: `listed` for all states, `on-demand` for rows on demand, `auto` for whichever fits.
        critic: whether the reinforcement comes from the ACE.
        alpha: step size of the ASE, 0 or more.
        beta: step size of the ACE, 0 or more.
        lam_w: decay of the ASE's eligibility (delta in the paper), 0 to below 1.
        lam_v: decay of the ACE's trace (lambda in the paper), 0 to below 1.
        noise: standard deviation of the noise that is added to the ASE's weight.
    """

    gamma: float = 0.95
    critic: bool = True
    alpha: float = 1000.0
    beta: float = 0.5
    lam_w: float = 0.9
    lam_v: float = 0.8
    noise: float = 0.01

    def check(self) -> None:
        """Check the parameters, and store them in their plain types.

        Raises:
            ValueError: one is out of range.
        """
        store(self, critic=flag("critic", self.critic))
        for name in ("alpha", "beta", "noise"):
            store(self, **{name: number(name, getattr(self, name), 0.0, HUGE)})
        for name in ("lam_w", "lam_v"):  # a trace grows by 1 - lambda at a visit
            store(self, **{name: number(name, getattr(self, name), 0.0, below=1.0)})

    def agent(self, states: int, actions: int, length: int) -> Elements:
        """Return an agent with weights of 0: actions are chosen by noise.

        Raises:
            ValueError: there are not two actions.
        """
        if actions != 2:
            raise ValueError(f"the problem has {actions} actions, expected 2: ASE chooses between two")
        w, v, e, x = (np.zeros(states) for _ in range(4))
        numbers = (self.alpha, self.beta, self.gamma, self.lam_w, self.lam_v, self.noise)
        return Elements(w, v, e, x, self.critic, *numbers)
