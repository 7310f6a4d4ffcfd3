"""Monte Carlo control: learning from whole returns, on-policy, and off-policy by importance sampling.

Sutton & Barto 2018, sections 5.3 to 5.7. An episode is stored until it is over; then the values of its pairs of state
and action are updated. Where an episode is cut off, the value of its last state stands for the rewards that would have
followed. S states, A actions, L steps of an episode that there is room for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic._jit import inner
from evomusic.core.checks import choice, flag, wrong
from evomusic.core.space import Choice, Range, Space
from evomusic.learn.control import Control
from evomusic.learn.explore import (
    SOFTMAX,
    UCB,
    UPPER,
    Average,
    Decay,
    Explorer,
    StepSize,
    expected,
    greedy,
    kind_of,
    now,
    pick,
    proposal_chance,
    sized,
    store,
)
from evomusic.learn.loop import register

ORDINARY: Final = 1
WEIGHTED: Final = 2
IMPORTANCE = ("ordinary", "weighted")
MEANS: Final = Average()
MOST: Final = 1e140  # greatest importance ratio: sums stay finite


class Whole(NamedTuple):
    """Action values, and the present episode."""

    q: NDArray[np.float64]  # (S, A)
    importance: int  # 0, ORDINARY or WEIGHTED
    exploring: bool
    every: bool
    alpha: StepSize
    gamma: float
    exploration: Explorer
    target: NDArray[np.float64]  # (S, A) probabilities, or (0, 0) for the greedy policy
    behaviour: NDArray[np.float64]  # (S, A) probabilities of the policy that made a log, or (0, 0) for uniform ones
    weights: NDArray[np.float64]  # (S, A) sums of importance ratios, or (0, 0)
    seen: NDArray[np.bool_]  # (S, A) pairs of this episode
    s: NDArray[np.int64]  # (L,)
    a: NDArray[np.int64]  # (L,)
    r: NDArray[np.float64]  # (L,) rewards, then returns
    chance: NDArray[np.float64]  # (L,) probability with which the action was taken
    first: NDArray[np.bool_]  # (L,) whether the step is the first visit of its pair
    steps: NDArray[np.int64]  # (1,) of the episode
    chosen_chance: NDArray[np.float64]  # (1,) probability of the action just chosen, or 0

    @property
    def length(self) -> int:
        """Steps of an episode that there is room for."""
        return len(self.s)

    @property
    def v(self) -> NDArray[np.float64]:
        """State values (S,): of the target policy, or the greatest action values."""
        return (self.target * self.q).sum(axis=1) if len(self.target) else self.q.max(axis=1)


@inner()
def behaviour_chance(exploration: Any, q: Any, s: Any, a: Any, n: Any) -> Any:
    """Return the probability of an action under epsilon-greedy or softmax exploration."""
    top, total, ties = q[s, 0], 0.0, 0
    for b in range(1, q.shape[1]):
        top = max(top, q[s, b])
    if kind_of(exploration) == SOFTMAX:
        temperature = now(exploration.rate, n)
        for b in range(q.shape[1]):
            total += math.exp((q[s, b] - top) / temperature)
        return math.exp((q[s, a] - top) / temperature) / total
    for b in range(q.shape[1]):
        ties += q[s, b] == top
    epsilon = 0.0 if kind_of(exploration) == UPPER else now(exploration.rate, n)
    chosen = (1.0 - epsilon) / ties if q[s, a] == top else 0.0
    return proposal_chance(exploration, q, s, a, epsilon) + chosen


@inner()
def target_chance(agent: Any, s: Any, a: Any) -> Any:
    """Return the probability of an action under the target policy; the greedy one breaks ties at random."""
    if len(agent.target):
        return agent.target[s, a]
    ties = 0
    for b in range(agent.q.shape[1]):
        if agent.q[s, b] > agent.q[s, a]:
            return 0.0
        ties += agent.q[s, b] == agent.q[s, a]
    return 1.0 / ties


@inner()
def last_value(agent: Any, s: Any, n: Any, rng: Any) -> Any:
    """Return the value of the state in which an episode was cut off."""
    best = greedy(agent.q, s, rng)
    if not agent.importance:
        return expected(agent.exploration, agent.q, s, best, n, rng)
    if not len(agent.target):
        return agent.q[s, best]
    total = 0.0
    for b in range(agent.q.shape[1]):
        total += agent.target[s, b] * agent.q[s, b]
    return total


@inner()
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


@inner()
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
        weight = min(weight * target_chance(agent, s, a) / agent.chance[t], MOST)


def _choose(agent: Any, s: Any, n: Any, rng: Any) -> Any:  # compiled into the loop, as all functions of this form
    if agent.exploring and agent.steps[0] == 0:
        return int(rng.random() * agent.q.shape[1])
    a = pick(agent.exploration, agent.q, s, n, rng)
    if agent.importance:
        agent.chosen_chance[0] = behaviour_chance(agent.exploration, agent.q, s, a, n)
    return a


def _update(agent: Any, s: Any, a: Any, r: Any, s2: Any, a2: Any, end: Any, n: Any, rng: Any) -> Any:
    t = agent.steps[0]
    agent.s[t], agent.a[t], agent.r[t] = s, a, r
    if agent.importance:
        chance, agent.chosen_chance[0] = agent.chosen_chance[0], 0.0
        if chance == 0.0:  # not chosen here: the action comes from a log
            chance = agent.behaviour[s, a] if len(agent.behaviour) else 1.0 / agent.q.shape[1]
            if chance == 0.0:
                raise ValueError("the log takes an action whose behaviour probability is 0; give its own policy")
        agent.chance[t] = chance
    if not agent.every:
        agent.first[t] = not agent.seen[s, a]
        agent.seen[s, a] = True
    agent.steps[0] = t + 1
    return a2


def _finish(agent: Any, s: Any, end: Any, n: Any, rng: Any) -> Any:
    total = 0.0 if end else last_value(agent, s, n, rng)
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
    """Monte Carlo control (Sutton & Barto 2018, chapter 5): values are means of the returns that followed a pair.

    On-policy, it learns the values of the policy that it follows. With `importance` it learns off-policy those of the
    greedy policy, or of the `target`, from its own exploration or from a log. A greedy policy may never end an episode:
    give `train` a `horizon`.

    Args:
        alpha: Average() for means, or a step size.
        first: whether only the first visit of a pair in an episode counts, or every one.
        importance: None on-policy; "ordinary" importance sampling (equation 5.5; no bias for a fixed target, but a
            variance that may be infinite), or "weighted" (5.6; biased at first, and much steadier).
        target: (S, A) probabilities of a policy to evaluate; None for the greedy policy.
        behaviour: (S, A) probabilities of the policy that made a log; None for uniform ones. Those of its own actions
            it computes itself.
        exploring_starts: whether the first action of an episode is random (section 5.3); see `FiniteMDP.starting`.
    """

    space: ClassVar[Space] = {
        "alpha": Choice(Range(0.005, 0.3, log=True), {"kind": "Average", "power": Range(0.5, 1.0)}),
    }

    averages: ClassVar[bool] = False  # ratios have no bound

    alpha: float | Decay | Average = MEANS
    first: bool = True
    importance: str | None = None
    target: ArrayLike | None = None
    behaviour: ArrayLike | None = None
    exploring_starts: bool = False

    def check(self) -> None:
        """Check the parameters; policies are stored as tuples.

        Raises:
            ValueError: one is out of range, or does not go with another.
        """
        super().check()
        if self.importance is not None:
            choice("importance", self.importance, IMPORTANCE)
        for name in ("first", "exploring_starts"):
            store(self, **{name: flag(name, getattr(self, name))})
        if self.importance is None and (self.target is not None or self.behaviour is not None):
            raise ValueError("target and behaviour are for off-policy learning; give importance, best 'weighted'")
        if self.importance is not None and isinstance(self.explore, UCB):
            raise ValueError("UCB does not draw its actions, so importance has no ratios; use epsilon or Softmax")
        if self.importance == "weighted" and not isinstance(self.alpha, Average):
            raise ValueError(f"alpha is {self.alpha!r}, but weighted importance sets its own steps: leave Average()")
        for name in ("target", "behaviour"):
            if getattr(self, name) is not None:
                store(self, **{name: policy(name, getattr(self, name))})

    def agent(self, states: int, actions: int, length: int) -> Whole:
        """Return an agent that has seen no return."""
        q, alpha, gamma, exploration = self.parts(states, actions)
        kind = 0 if self.importance is None else 1 + IMPORTANCE.index(self.importance)
        every, none = not self.first, (0, 0)
        return Whole(
            q,
            kind,
            self.exploring_starts,
            every,
            alpha,
            gamma,
            exploration,
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


def policy(name: str, probabilities: ArrayLike) -> tuple[tuple[float, ...], ...]:
    """Return a stochastic policy as tuples, checked.

    Raises:
        ValueError: it is not (S, A), or a row is no distribution.
    """
    try:
        rows = np.asarray(probabilities, float)
    except (TypeError, ValueError, OverflowError):
        raise wrong(name, probabilities, "(S, A) probabilities, or None") from None
    if rows.ndim != 2:
        raise ValueError(f"{name} has shape {rows.shape}, expected (S, A) probabilities")
    bad = ~((rows >= 0).all(axis=1) & (np.abs(rows.sum(axis=1) - 1) <= 1e-9))
    if bad.any():
        s = int(np.argmax(bad))
        raise ValueError(f"{name}[{s}] is {rows[s].tolist()}, expected probabilities that sum to 1")
    return tuple(map(tuple, rows.tolist()))


def fitted(name: str, probabilities: Any, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return a policy as an array (S, A), or an empty one for None.

    Raises:
        ValueError: it is for other states or actions.
    """
    if probabilities is None:
        return np.zeros((0, 0))
    rows = np.array(probabilities, float)
    if rows.shape != shape:
        raise ValueError(f"{name} has shape {rows.shape}, expected {shape}: a row for each state, listed beforehand")
    return rows
