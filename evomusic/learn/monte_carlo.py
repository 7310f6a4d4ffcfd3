"""Control and prediction by whole returns: Monte Carlo, on-policy, and off-policy by importance sampling.

Sutton & Barto 2018, sections 5.3 to 5.7. An episode is kept until it is over; then its pairs of state and action learn.
Where an episode is cut off, the value of its last state stands for the rest. S states, A actions, L steps of room.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic._jit import njit
from evomusic.core.theory import nearest
from evomusic.learn.control import Control
from evomusic.learn.explore import (
    EPSILON,
    SOFTMAX,
    UCB,
    Average,
    Decay,
    Explorer,
    StepSize,
    expected,
    greedy,
    now,
    pick,
    sized,
)
from evomusic.learn.loop import register

ORDINARY: Final = 1
WEIGHTED: Final = 2
IMPORTANCE = ("ordinary", "weighted")
MEANS: Final = Average()
MOST: Final = 1e140  # of a ratio: beside it no other counts, and sums stay finite


class Whole(NamedTuple):
    """Action values, and the episode so far."""

    q: NDArray[np.float64]  # (S, A)
    importance: int  # 0, ORDINARY or WEIGHTED
    exploring: bool
    every: bool
    alpha: StepSize
    gamma: float
    how: Explorer
    target: NDArray[np.float64]  # (S, A) probabilities, or (0, 0) for the greedy policy
    behaviour: NDArray[np.float64]  # (S, A) probabilities of whoever made a log, or (0, 0) for uniform ones
    weights: NDArray[np.float64]  # (S, A) sums of importance ratios, or (0, 0)
    seen: NDArray[np.bool_]  # (S, A) pairs of this episode
    s: NDArray[np.int64]  # (L,)
    a: NDArray[np.int64]  # (L,)
    r: NDArray[np.float64]  # (L,) rewards, then returns
    chance: NDArray[np.float64]  # (L,) probability with which the action was taken
    first: NDArray[np.bool_]  # (L,) whether the pair was new to the episode
    steps: NDArray[np.int64]  # (1,) of the episode
    said: NDArray[np.float64]  # (1,) probability of the action just chosen, or 0

    @property
    def length(self) -> int:
        """Steps of an episode that there is room for."""
        return len(self.s)

    @property
    def v(self) -> NDArray[np.float64]:
        """State values (S,): of the target policy, or the greatest action value."""
        return (self.target * self.q).sum(axis=1) if len(self.target) else self.q.max(axis=1)


@njit(cache=True)
def likely(how: Any, q: Any, s: Any, a: Any, n: Any) -> Any:
    """Probability of an action under a way to explore: epsilon-greedy (greedy where epsilon is 0) or softmax."""
    top, total, ties = q[s, 0], 0.0, 0
    for b in range(1, q.shape[1]):
        top = max(top, q[s, b])
    if how.kind == SOFTMAX:
        temperature = now(how.rate, n)
        for b in range(q.shape[1]):
            total += math.exp((q[s, b] - top) / temperature)
        return math.exp((q[s, a] - top) / temperature) / total
    for b in range(q.shape[1]):
        ties += q[s, b] == top
    epsilon = now(how.rate, n) if how.kind == EPSILON else 0.0
    return epsilon / q.shape[1] + ((1.0 - epsilon) / ties if q[s, a] == top else 0.0)


@njit(cache=True)
def wanted(agent: Any, s: Any, a: Any) -> Any:
    """Probability of an action under the target policy; the greedy one breaks ties at random."""
    if len(agent.target):
        return agent.target[s, a]
    ties = 0
    for b in range(agent.q.shape[1]):
        if agent.q[s, b] > agent.q[s, a]:
            return 0.0
        ties += agent.q[s, b] == agent.q[s, a]
    return 1.0 / ties


@njit(cache=True)
def rest(agent: Any, s: Any, n: Any, rng: Any) -> Any:
    """What follows where an episode was cut off: the value of its last state."""
    best = greedy(agent.q, s, rng)
    if not agent.importance:
        return expected(agent.how, agent.q, s, best, n, rng)
    if not len(agent.target):
        return agent.q[s, best]
    total = 0.0
    for b in range(agent.q.shape[1]):
        total += agent.target[s, b] * agent.q[s, b]
    return total


@njit(cache=True)
def on_policy(agent: Any, total: Any, n: Any) -> Any:  # total: the return from the last state on
    """Move each pair towards its return, in the order of time (Sutton & Barto, section 5.4)."""
    steps = agent.steps[0]
    for t in range(steps - 1, -1, -1):
        total = agent.r[t] + agent.gamma * total
        agent.r[t] = total
    for t in range(steps):
        if agent.every or agent.first[t]:
            s, a = agent.s[t], agent.a[t]
            agent.q[s, a] += sized(agent.alpha, s, a, n) * (agent.r[t] - agent.q[s, a])


@njit(cache=True)
def off_policy(agent: Any, total: Any, n: Any) -> Any:
    """Move each pair towards its weighted return, backwards (Sutton & Barto, section 5.7)."""
    weight, q = 1.0, agent.q
    for t in range(agent.steps[0] - 1, -1, -1):
        s, a = agent.s[t], agent.a[t]
        total = agent.r[t] + agent.gamma * total
        if agent.every or agent.first[t]:
            if agent.importance == ORDINARY:
                q[s, a] += sized(agent.alpha, s, a, n) * (weight * total - q[s, a])  # (5.5)
            elif weight > 0:
                agent.weights[s, a] += weight
                q[s, a] += weight / agent.weights[s, a] * (total - q[s, a])  # (5.8)
        weight = min(weight * wanted(agent, s, a) / agent.chance[t], MOST)


def _choose(agent: Any, s: Any, n: Any, rng: Any) -> Any:  # compiled into the loop, as all functions of this form
    if agent.exploring and agent.steps[0] == 0:
        return int(rng.random() * agent.q.shape[1])
    a = pick(agent.how, agent.q, s, n, rng)
    if agent.importance:
        agent.said[0] = likely(agent.how, agent.q, s, a, n)
    return a


def _update(agent: Any, s: Any, a: Any, r: Any, s2: Any, a2: Any, end: Any, n: Any, rng: Any) -> Any:
    t = agent.steps[0]
    agent.s[t], agent.a[t], agent.r[t] = s, a, r
    if agent.importance:
        chance, agent.said[0] = agent.said[0], 0.0
        if chance == 0.0:  # not chosen here: a log says what was done
            chance = agent.behaviour[s, a] if len(agent.behaviour) else 1.0 / agent.q.shape[1]
            if chance == 0.0:
                raise ValueError("the log takes an action whose behaviour probability is 0; give that of who made it")
        agent.chance[t] = chance
    if not agent.every:
        agent.first[t] = not agent.seen[s, a]
        agent.seen[s, a] = True
    agent.steps[0] = t + 1
    return a2


def _finish(agent: Any, s: Any, end: Any, n: Any, rng: Any) -> Any:
    total = 0.0 if end else rest(agent, s, n, rng)
    if agent.importance:
        off_policy(agent, total, n)
    else:
        on_policy(agent, total, n)
    if not agent.every:
        for t in range(agent.steps[0]):
            agent.seen[agent.s[t], agent.a[t]] = False
    agent.steps[0] = 0


register(Whole, _choose, _update, _finish)


@dataclass(frozen=True, kw_only=True)
class MonteCarlo(Control):
    """Monte Carlo control (Sutton & Barto 2018, chapter 5): the mean of the returns that followed a pair.

    On-policy, it learns the policy that it follows. With `importance` it learns off-policy, from what its own
    exploration does or from a log: the greedy policy, or the `target`. A greedy policy may never end an episode:
    `train` has `horizon`.

    Args:
        alpha: Average() for means, or a step size.
        first: whether only the first visit of a pair in an episode counts, or every one.
        importance: None on-policy; "ordinary" importance sampling (equation 5.5; no bias for a fixed target, but a
            variance that may be infinite), or "weighted" (5.6; biased at first, and much steadier).
        target: (S, A) probabilities of a policy to judge; None for the greedy policy.
        behaviour: (S, A) probabilities of whoever made a log; None for uniform ones. What it chooses itself it knows.
        exploring_starts: whether the first action of an episode is random (section 5.3); see `FiniteMDP.starting`.
    """

    averages: ClassVar[bool] = False  # ratios have no bound

    alpha: float | Decay | Average = MEANS
    first: bool = True
    importance: str | None = None
    target: ArrayLike | None = None
    behaviour: ArrayLike | None = None
    exploring_starts: bool = False

    def check(self) -> None:
        """Check the parameters; policies are kept as tuples.

        Raises:
            ValueError: one is out of range, or does not go with another.
        """
        super().check()
        if self.importance not in (None, *IMPORTANCE):
            said = f"importance is {self.importance!r}, expected None, {' or '.join(IMPORTANCE)}"
            raise ValueError(f"{said}{nearest(str(self.importance), IMPORTANCE)}")
        if self.importance is None and (self.target is not None or self.behaviour is not None):
            raise ValueError("target and behaviour are for off-policy learning; give importance, best 'weighted'")
        if self.importance is not None and isinstance(self.explore, UCB):
            raise ValueError("UCB does not draw its actions, so importance has no ratios; use epsilon or Softmax")
        if self.importance == "weighted" and not isinstance(self.alpha, Average):
            raise ValueError(f"alpha is {self.alpha!r}, but weighted importance sets its own steps: leave Average()")
        for name in ("target", "behaviour"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, policy(name, getattr(self, name)))

    def agent(self, states: int, actions: int, length: int) -> Whole:
        """No returns yet."""
        q, alpha, gamma, how = self.parts(states, actions)
        kind = 0 if self.importance is None else 1 + IMPORTANCE.index(self.importance)
        every, none = not self.first, (0, 0)
        return Whole(
            q,
            kind,
            self.exploring_starts,
            every,
            alpha,
            gamma,
            how,
            fitted("target", self.target, q.shape),
            fitted("behaviour", self.behaviour, q.shape),
            np.zeros(q.shape if kind == WEIGHTED else none),
            np.zeros(none if every else q.shape, np.bool_),
            np.zeros(length, np.int64),
            np.zeros(length, np.int64),
            np.zeros(length),
            np.zeros(length),
            np.zeros(length, np.bool_),
            np.zeros(1, np.int64),
            np.zeros(1),
        )


def policy(name: str, given: ArrayLike) -> tuple[tuple[float, ...], ...]:
    """A stochastic policy, checked.

    Raises:
        ValueError: it is not (S, A), or a row is no distribution.
    """
    rows = np.asarray(given, float)
    if rows.ndim != 2:
        raise ValueError(f"{name} has shape {rows.shape}, expected (S, A) probabilities")
    bad = ~((rows >= 0).all(axis=1) & (np.abs(rows.sum(axis=1) - 1) <= 1e-9))
    if bad.any():
        s = int(np.argmax(bad))
        raise ValueError(f"{name}[{s}] is {rows[s].tolist()}, expected probabilities that sum to 1")
    return tuple(map(tuple, rows.tolist()))


def fitted(name: str, given: Any, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """A policy's array, or one of no rows.

    Raises:
        ValueError: it is for other states or actions.
    """
    if given is None:
        return np.zeros((0, 0))
    rows = np.array(given, float)
    if rows.shape != shape:
        raise ValueError(f"{name} has shape {rows.shape}, expected {shape}: a row for each state, listed beforehand")
    return rows
