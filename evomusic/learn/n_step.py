"""Control by n-step returns: n-step Sarsa (Sutton & Barto 2018, section 7.2). S states, A actions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import njit
from evomusic.learn.control import Control
from evomusic.learn.explore import Explorer, StepSize, greedy, pick, sized, towards
from evomusic.learn.loop import register
from evomusic.learn.traces import ahead

FIRST: Final = 0  # places in `cursor`: the oldest step, how many are kept, and the action that follows the last
KEPT: Final = 1
NEXT: Final = 2


class Stepped(NamedTuple):
    """Action values, and the last steps of the episode in a ring of n."""

    q: NDArray[np.float64]  # (S, A)
    alpha: StepSize
    gamma: float
    how: Explorer
    s: NDArray[np.int64]  # (n,)
    a: NDArray[np.int64]  # (n,)
    r: NDArray[np.float64]  # (n,)
    cursor: NDArray[np.int64]  # (3,)


@njit(cache=True)
def settle(agent: Any, later: Any, n: Any) -> Any:  # later: the value of what follows the steps that are kept
    """Move the oldest pair towards its return, and let it go."""
    first, kept, size, total = agent.cursor[FIRST], agent.cursor[KEPT], len(agent.r), later
    for k in range(kept - 1, -1, -1):
        at = first + k
        total = agent.r[at if at < size else at - size] + agent.gamma * total  # Sutton & Barto (7.4)
    s, a = agent.s[first], agent.a[first]
    agent.q[s, a] = towards(agent.q[s, a], total, sized(agent.alpha, s, a, n))  # (7.5)
    agent.cursor[FIRST] = first + 1 if first + 1 < size else 0
    agent.cursor[KEPT] = kept - 1


def _choose(agent: Any, s: Any, n: Any, rng: Any) -> Any:  # compiled into the loop, as all functions of this form
    return pick(agent.how, agent.q, s, n, rng)


def _update(agent: Any, s: Any, a: Any, r: Any, s2: Any, a2: Any, end: Any, n: Any, rng: Any) -> Any:
    at = agent.cursor[FIRST] + agent.cursor[KEPT]
    at = at if at < len(agent.r) else at - len(agent.r)
    agent.s[at], agent.a[at], agent.r[at] = s, a, r
    agent.cursor[KEPT] += 1
    if end:
        return -1
    best = greedy(agent.q, s2, rng)
    if a2 < 0:
        a2 = ahead(agent.how, agent.q, s2, best, n, rng)
    agent.cursor[NEXT] = a2
    if agent.cursor[KEPT] == len(agent.r):
        settle(agent, agent.q[s2, a2], n)
    return a2


def _finish(agent: Any, s: Any, end: Any, n: Any, rng: Any) -> Any:
    while agent.cursor[KEPT]:
        settle(agent, 0.0 if end else agent.q[s, agent.cursor[NEXT]], n)
    agent.cursor[:] = 0


register(Stepped, _choose, _update, _finish)


@dataclass(frozen=True, kw_only=True)
class NStepSarsa(Control):
    """n-step Sarsa (Sutton & Barto 2018, section 7.2): learns the policy that it follows, n rewards at a time.

    n=1 is Sarsa; n as long as an episode is Monte Carlo. The last steps of an episode get what rewards there are, and
    the value of where it broke off, if it did.

    Args:
        n: rewards that a target takes in before it relies on a value, 1 or more.
    """

    n: int = 4

    def check(self) -> None:
        """Check the parameters.

        Raises:
            ValueError: one is out of range.
        """
        super().check()
        if isinstance(self.n, bool) or not isinstance(self.n, int) or self.n < 1:
            raise ValueError(f"n is {self.n!r}, expected a whole number of 1 or more")

    def agent(self, states: int, actions: int, length: int) -> Stepped:
        """Towards n rewards and the value of the action that follows them."""
        q, alpha, gamma, how = self.parts(states, actions)
        s, a = np.zeros(self.n, np.int64), np.zeros(self.n, np.int64)
        return Stepped(q, alpha, gamma, how, s, a, np.zeros(self.n), np.zeros(3, np.int64))
