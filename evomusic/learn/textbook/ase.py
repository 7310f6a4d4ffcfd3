"""The adaptive elements of Barto, Sutton & Anderson 1983: the first actor (ASE) and the first critic (ACE).

"Neuronlike adaptive elements that can solve difficult learning control problems", IEEE Trans. SMC-13, 834-846. The ASE
pushes to the side of its weight's sign; the ACE predicts failure and turns the change of its prediction into a reward.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import njit
from evomusic.learn.explore import line
from evomusic.learn.learner import Learner
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
        """What actions are ranked by (S, 2)."""
        return np.column_stack([-self.w, self.w])

    def probabilities(self) -> NDArray[np.float64]:
        """The policy: (S, 2) probabilities."""
        from scipy.special import ndtr

        right = ndtr(self.w / self.noise) if self.noise else (self.w >= 0).astype(np.float64)
        return np.column_stack([1 - right, right])


@njit(cache=True)
def adapt(agent: Any, reward: Any) -> Any:
    """Credit both elements by their traces, which fade: equations (1), (2), (4) and (5) of the paper."""
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
        reward += (0.0 if end else agent.gamma * agent.v[s2]) - agent.v[s]  # (3): nothing is predicted behind a failure
    adapt(agent, reward)
    return a2


def _finish(agent: Any, s: Any, end: Any, n: Any, rng: Any) -> Any:
    agent.e[:] = 0.0
    agent.x[:] = 0.0


register(Elements, _choose, _update, _finish)


@dataclass(frozen=True, kw_only=True)
class ASE(Learner):
    """The associative search element, with the adaptive critic element (ACE) or alone; for two actions.

    The paper's rules: the ASE takes action 1 where its weight and noise are 0 or more; its eligibility is the action
    taken, 1 or -1; each weight moves by step size x reinforcement x trace. With the critic the reinforcement is
    r + gamma p(next) - p, where p is what the critic predicts, 0 after the end; the critic moves as TD(lambda) does.
    Defaults are the paper's for the cart-pole.

    Args:
        view: the agent state, or its name.
        gamma: discount, 0 to 1.
        rows: `listed` for all states, `met` for rows on demand, `auto` for whichever fits.
        critic: whether the ACE makes the reinforcement.
        alpha: step size of the ASE, 0 or more.
        beta: step size of the ACE, 0 or more.
        lam_w: what of the ASE's eligibility is left after a step (delta in the paper), 0 to below 1.
        lam_v: what of the ACE's trace is left after a step (lambda in the paper), 0 to below 1.
        noise: standard deviation of what is added to the ASE's weight.
    """

    gamma: float = 0.95
    critic: bool = True
    alpha: float = 1000.0
    beta: float = 0.5
    lam_w: float = 0.9
    lam_v: float = 0.8
    noise: float = 0.01

    def check(self) -> None:
        """Check the parameters.

        Raises:
            ValueError: one is out of range.
        """
        for name in ("alpha", "beta", "noise"):
            line(getattr(self, name), name, 0.0, 1e12)
        for name in ("lam_w", "lam_v"):
            value = getattr(self, name)
            line(value, name)
            if value == 1:
                raise ValueError(f"{name} is 1, expected below 1: a trace takes up 1 - {name} of what happens")

    def agent(self, states: int, actions: int, length: int) -> Elements:
        """Weights of 0: sides are chosen by noise.

        Raises:
            ValueError: there are not two actions.
        """
        if actions != 2:
            raise ValueError(f"ASE pushes to one of two sides, expected a problem of 2 actions, but it has {actions}")
        w, v, e, x = (np.zeros(states) for _ in range(4))
        numbers = (self.alpha, self.beta, self.gamma, self.lam_w, self.lam_v, self.noise)
        return Elements(w, v, e, x, bool(self.critic), *map(float, numbers))
