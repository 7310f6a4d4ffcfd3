"""Control with eligibility traces: Sarsa(lambda) and Watkins's Q(lambda).

Sutton & Barto 2018, sections 12.5, 12.7 and 12.10 (first edition: 7.5 and 7.6). A step moves all pairs of state and
action that are still eligible. They are kept as a list, so that a step costs what is eligible and not S x A: a pair
whose trace has faded to `cut` leaves it. Letters: S states, A actions, E pairs that the list has room for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import inner
from evomusic.core.checks import choice, probability
from evomusic.core.space import Range, Space
from evomusic.learn.control import Q_LEARNING, SARSA, Control
from evomusic.learn.explore import EPSILON, Explorer, StepSize, greedy, kind_of, now, pick, sized, store, towards
from evomusic.learn.loop import register

ACCUMULATING: Final = 0
REPLACING: Final = 1
DUTCH: Final = 2
TRACES = ("accumulating", "replacing", "dutch")
ANY_LENGTH = 2**62


class Traced(NamedTuple):
    """Action values, and the traces of the pairs that led to where the walk is."""

    q: NDArray[np.float64]  # (S, A)
    target: int
    kind: int
    fade: float  # gamma * lambda, the factor by which traces fall each step
    cut: float
    most: int  # pairs that can be eligible at once, however long an episode is
    alpha: StepSize
    gamma: float
    exploration: Explorer
    place: NDArray[np.int32]  # (S, A) where a pair is listed; 0 when it is not
    pairs: NDArray[np.uint32]  # (1 + E, 2) the listed pairs, from row 1; in row 0 their number; no index wraps
    trace: NDArray[np.float64]  # (1 + E,) in row 0 the value of the last next action: V_old of dutch traces

    @property
    def length(self) -> int:
        """Steps of an episode that there is room for."""
        return len(self.trace) - 1 if len(self.trace) - 1 < min(self.most, self.q.size) else ANY_LENGTH


@inner()
def ahead(exploration: Any, q: Any, s: Any, best: Any, n: Any, rng: Any) -> Any:  # best: a greedy action of s
    """The next action, chosen before the update: the draws are those of one-step learners."""
    if kind_of(exploration) == EPSILON:
        return int(rng.random() * q.shape[1]) if rng.random() < now(exploration.rate, n) else best
    return pick(exploration, q, s, n, rng)


@inner()
def best_of(q: Any, s: Any, a: Any) -> Any:
    """Return whether an action is greedy."""
    better = False
    for b in range(q.shape[1]):
        better |= q[s, b] > q[s, a]
    return not better


@inner()
def forget(place: Any, pairs: Any) -> Any:
    """Make no pair eligible."""
    for i in range(1, np.int64(pairs[0, 0]) + 1):
        place[pairs[i, 0], pairs[i, 1]] = 0
    pairs[0, 0] = 0


@inner()
def visited(place: Any, pairs: Any, trace: Any, s: Any, a: Any, kind: Any, alpha: Any) -> Any:
    """The trace of (s, a) now that it is visited."""
    at = place[s, a]
    if at == 0:
        at = np.int64(pairs[0, 0]) + 1
        pairs[0, 0] = place[s, a] = at
        pairs[at, 0], pairs[at, 1], trace[at] = s, a, 0.0
    z = trace[at]
    if kind == ACCUMULATING:
        z += 1.0  # Sutton & Barto (12.5)
    elif kind == REPLACING:
        z = 1.0  # (12.12)
    else:
        z += 1.0 - alpha * z  # (12.11)
    trace[at] = z
    return z


@inner()
def spread(q: Any, place: Any, pairs: Any, trace: Any, fade: Any, cut: Any, amount: Any, s2: Any) -> Any:
    """Move eligible values by `amount` x trace and let traces fade; whether values of s2 moved."""
    touched, faded = False, False
    for i in range(1, np.int64(pairs[0, 0]) + 1):
        s, z = pairs[i, 0], trace[i]
        q[s, pairs[i, 1]] += amount * z
        z *= fade
        trace[i] = z
        touched |= s == s2
        faded |= z <= cut
    if faded:
        drop(place, pairs, trace, cut)
    return touched


@inner()
def drop(place: Any, pairs: Any, trace: Any, cut: Any) -> Any:
    """Take pairs whose traces have faded from the list; the last ones fill the gaps."""
    i, last = 1, np.int64(pairs[0, 0])
    while i <= last:
        if trace[i] > cut:
            i += 1
            continue
        s, a = pairs[last, 0], pairs[last, 1]
        place[s, a] = i
        place[pairs[i, 0], pairs[i, 1]] = 0  # after the line above: the two may be one
        pairs[i, 0], pairs[i, 1], trace[i] = s, a, trace[last]
        last -= 1
    pairs[0, 0] = last


@inner()
def moved(
    q: Any,
    place: Any,
    pairs: Any,
    trace: Any,
    s: Any,
    a: Any,
    kind: Any,
    alpha: Any,
    error: Any,
    later: Any,
    fade: Any,
    cut: Any,
    s2: Any,
) -> Any:  # few calls with few arrays: each costs the loop reference counts
    """Learn a TD error made at (s, a); whether values of s2 moved."""
    before, z = q[s, a], visited(place, pairs, trace, s, a, kind, alpha)
    if kind != DUTCH:
        return spread(q, place, pairs, trace, fade, cut, alpha * error, s2)
    drift = before - trace[0]  # true online, the box of section 12.7
    touched = spread(q, place, pairs, trace, fade, cut, alpha * (error + drift), s2)
    q[s, a] = before + (alpha * error * z + alpha * drift * (z - 1.0))
    trace[0] = later
    return touched


def _choose(agent: Any, s: Any, n: Any, rng: Any) -> Any:  # compiled into the loop, as all functions of this form
    return pick(agent.exploration, agent.q, s, n, rng)


def _update(agent: Any, s: Any, a: Any, r: Any, s2: Any, a2: Any, end: Any, n: Any, rng: Any) -> Any:
    q, place, pairs, watkins = agent.q, agent.place, agent.pairs, agent.target == Q_LEARNING
    if watkins and pairs[0, 0] and not best_of(q, s, a):
        forget(place, pairs)  # explored: pairs before it get no credit (section 12.10)
    later, acts = 0.0, False
    if not end:
        best = greedy(q, s2, rng)
        if a2 < 0 and watkins and kind_of(agent.exploration) == EPSILON:
            acts = rng.random() >= now(agent.exploration.rate, n)
            a2 = best if acts else int(rng.random() * q.shape[1])
        elif a2 < 0 and not watkins:
            a2 = ahead(agent.exploration, q, s2, best, n, rng)
        later = q[s2, best] if watkins else q[s2, a2]
    before, alpha = q[s, a], sized(agent.alpha, s, a, n)
    error = r + agent.gamma * later - before
    traces = (place, pairs, agent.trace)
    touched = moved(q, *traces, s, a, agent.kind, alpha, error, later, agent.fade, agent.cut, s2)
    if agent.fade == 0.0:
        q[s, a] = towards(before, r + agent.gamma * later, alpha)  # to the bit what learners of one step do
    if touched and acts:
        a2 = greedy(q, s2, rng)  # chosen after the update, as Q-learning does
    return a2


def finish_traces(agent: Any, s: Any, end: Any, n: Any, rng: Any) -> Any:
    """Drop the traces at the end of an episode."""
    forget(agent.place, agent.pairs)
    agent.trace[0] = 0.0


register(Traced, _choose, _update, finish_traces)


@dataclass(frozen=True, kw_only=True)
class Lambda(Control):
    """A learner of action values with eligibility traces.

    A step moves all eligible pairs by the step size of the pair that it is about. Accumulating traces may diverge where
    alpha and lambda are high: that is an error.

    Args:
        lam: lambda, 0 to 1: 0 looks one step ahead, 1 to the end of the episode.
        traces: "accumulating"; "replacing", at most 1; or "dutch", for true online Sarsa(lambda).
        cut: traces of this size and below are dropped, 0 to 1. A dropped trace would have moved values by at most
            `cut / (1 - gamma * lam)` of a visit's update; 0 drops nothing and is slower.
    """

    space: ClassVar[Space] = {
        "lam": Range(0.0, 0.95),
    }

    averages: ClassVar[bool] = False

    lam: float = 0.2
    traces: str = "accumulating"
    cut: float = 1e-10

    def check(self) -> None:
        """Check the parameters.

        Raises:
            ValueError: one is out of range.
        """
        super().check()
        store(
            self,
            lam=probability("lam", self.lam),
            traces=choice("traces", self.traces, TRACES),
            cut=probability("cut", self.cut),
        )

    def traced(self, states: int, actions: int, length: int, target: int) -> Traced:
        """Return an agent with a target one step ahead and no trace yet."""
        q, alpha, gamma, exploration = self.parts(states, actions)
        fade = gamma * self.lam
        most = listed(fade, self.cut)
        room = min(most, q.size, length)
        return Traced(
            q,
            target,
            TRACES.index(self.traces),
            fade,
            self.cut,
            most,
            alpha,
            gamma,
            exploration,
            np.zeros(q.shape, np.int32),
            np.zeros((1 + room, 2), np.uint32),
            np.zeros(1 + room),
        )


def listed(fade: float, cut: float) -> int:
    """Return the most steps for which a trace stays above `cut`: no more pairs are eligible at once."""
    if fade == 0:
        return 1
    if fade == 1 or cut == 0:
        return ANY_LENGTH
    return max(1, 2 + math.ceil(math.log(cut * (1 - fade)) / math.log(fade)))  # no trace exceeds 1 / (1 - fade)


@dataclass(frozen=True, kw_only=True)
class SarsaLambda(Lambda):
    """Sarsa(lambda) (Rummery & Niranjan 1994; Sutton & Barto 2018, section 12.7), for tables.

    With dutch traces it is true online Sarsa(lambda) (van Seijen & Sutton 2014). lam=0 is Sarsa.
    """

    def agent(self, states: int, actions: int, length: int) -> Traced:
        """Towards the value of the action that is taken next."""
        return self.traced(states, actions, length, SARSA)


@dataclass(frozen=True, kw_only=True)
class WatkinsQ(Lambda):
    """Watkins's Q(lambda) (Watkins 1989; Sutton & Barto 2018, section 12.10; first edition, section 7.6).

    Traces are cut where an action is taken that is not greedy, so much exploration leaves little of them. lam=0 is
    Q-learning.
    """

    def check(self) -> None:
        """Check the parameters.

        Raises:
            ValueError: one is out of range, or traces are dutch: those are derived for the policy that acts.
        """
        super().check()
        if self.traces == "dutch":
            raise ValueError("traces is 'dutch', expected accumulating or replacing: dutch traces are for SarsaLambda")

    def agent(self, states: int, actions: int, length: int) -> Traced:
        """Towards the greatest value of the next state."""
        return self.traced(states, actions, length, Q_LEARNING)
