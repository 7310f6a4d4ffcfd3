"""Control by n-step returns: n-step Sarsa (Sutton & Barto 2018, section 7.2). S states, A actions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import inner
from evomusic.core.checks import whole
from evomusic.core.space import Choice, Space
from evomusic.learn.control import Control
from evomusic.learn.explore import Average, Decay, Explorer, StepSize, greedy, pick, sized, store, towards
from evomusic.learn.loop import register
from evomusic.learn.traces import ahead

MOST_N: Final = 10_000_000
FIRST: Final = 0  # places in `cursor`: the oldest step, the number of stored steps, and the action after the last
STORED: Final = 1
NEXT: Final = 2


class Stepped(NamedTuple):
    """Action values, and the last steps of the episode in a ring of n."""

    q: NDArray[np.float64]  # (S, A)
    alpha: StepSize
    gamma: float
    exploration: Explorer
    s: NDArray[np.int64]  # (n,)
    a: NDArray[np.int64]  # (n,)
    r: NDArray[np.float64]  # (n,)
    cursor: NDArray[np.int64]  # (3,)


@inner()
def settle(agent: Any, later: Any, n: Any) -> Any:  # later: the value of the state after the stored steps
    """Move the oldest pair towards its n-step return, and drop it."""
    first, stored, size, total = agent.cursor[FIRST], agent.cursor[STORED], len(agent.r), later
    for k in range(stored - 1, -1, -1):
        at = first + k
        total = agent.r[at if at < size else at - size] + agent.gamma * total  # Sutton & Barto (7.4)
    s, a = agent.s[first], agent.a[first]
    agent.q[s, a] = towards(agent.q[s, a], total, sized(agent.alpha, s, a, n))  # (7.5)
    agent.cursor[FIRST] = first + 1 if first + 1 < size else 0
    agent.cursor[STORED] = stored - 1


def _choose(agent: Any, s: Any, n: Any, rng: Any) -> Any:  # compiled into the loop, as all functions of this form
    return pick(agent.exploration, agent.q, s, n, rng)


def _update(agent: Any, s: Any, a: Any, r: Any, s2: Any, a2: Any, end: Any, n: Any, rng: Any) -> Any:
    at = agent.cursor[FIRST] + agent.cursor[STORED]
    at = at if at < len(agent.r) else at - len(agent.r)
    agent.s[at], agent.a[at], agent.r[at] = s, a, r
    agent.cursor[STORED] += 1
    if end:
        return -1
    best = greedy(agent.q, s2, rng)
    if a2 < 0:
        a2 = ahead(agent.exploration, agent.q, s2, best, n, rng)
    agent.cursor[NEXT] = a2
    if agent.cursor[STORED] == len(agent.r):
        settle(agent, agent.q[s2, a2], n)
    return a2


def _finish(agent: Any, s: Any, end: Any, n: Any, rng: Any) -> Any:
    while agent.cursor[STORED]:
        settle(agent, 0.0 if end else agent.q[s, agent.cursor[NEXT]], n)
    agent.cursor[:] = 0


register(Stepped, _choose, _update, _finish)


@dataclass(frozen=True, kw_only=True)
class NStepSarsa(Control):
    """n-step Sarsa (Sutton & Barto 2018, section 7.2): learns the policy that it follows, n rewards at a time.

    n=1 is Sarsa; n as long as an episode is Monte Carlo. The targets of the last steps of an episode have fewer
    rewards, and the value of the last state where the episode was cut off.

    Args:
        n: number of rewards in a target before it bootstraps, 1 or more.
    """

    space: ClassVar[Space] = {
        "n": Choice(1, 2, 3, 4, 6, 8),
    }

    alpha: float | Decay | Average = 0.1  # this and n: measured by experiments/searchers.toml
    n: int = 4

    def check(self) -> None:
        """Check the parameters.

        Raises:
            ValueError: one is out of range.
        """
        super().check()
        store(self, n=whole("n", self.n, 1, MOST_N))

    def agent(self, states: int, actions: int, length: int) -> Stepped:
        """Towards n rewards and the value of the action that follows them."""
        q, alpha, gamma, exploration = self.parts(states, actions)
        s, a = np.zeros(self.n, np.int64), np.zeros(self.n, np.int64)
        return Stepped(q, alpha, gamma, exploration, s, a, np.zeros(self.n), np.zeros(3, np.int64))
