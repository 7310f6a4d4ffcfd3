"""Prediction: what a policy is worth, learnt from experience.

TD(0), n-step TD, TD(lambda) with three kinds of traces, the off-line lambda-return and Monte Carlo (Sutton & Barto
2018, chapters 5, 6, 7 and 12). `predict` walks any model by the one loop. Letters: S states, A actions, E episodes.
Two agents are all there is: one learns backward, by traces; the other looks forward, from the log of its episode.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic._jit import njit
from evomusic.core.theory import nearest
from evomusic.learn.explore import Average, Decay, StepSize, line, rate, sized, step_size
from evomusic.learn.loop import register

TRACES: Final = ("accumulating", "replacing", "dutch")
REPLACING: Final = 1
DUTCH: Final = 2
FAINT: Final = 1e-100  # traces below this are forgotten: they move no value that a float can tell
WHOLE: Final = 2**62  # n of those that wait for the end of an episode


class Route(NamedTuple):
    """A policy as kernels follow it; nothing is drawn where a state has one action only."""

    only: NDArray[np.int64]  # (S,) the one action, or -1
    sums: NDArray[np.float64]  # (S, A) cumulative probabilities, or (0, 0) where all states have one action


class Diary(NamedTuple):
    """The values after each episode."""

    values: NDArray[np.float64]  # (E, S)
    ended: NDArray[np.int64]  # (1,) rows written


class Backward(NamedTuple):
    """State values that are learnt at each step, and the traces of the states that led there."""

    v: NDArray[np.float64]  # (S,)
    route: Route
    diary: Diary
    alpha: StepSize
    gamma: float
    lam: float
    kind: int  # of traces
    traces: NDArray[np.float64]  # (S,) 0 but for
    active: NDArray[np.int64]  # (S,) the states that have one, and
    marked: NDArray[np.int64]  # (1,) how many these are
    last: NDArray[np.float64]  # (1,) of dutch traces: value of the state at hand before the update that led to it


class Forward(NamedTuple):
    """State values that are learnt n steps late, or at the end of the episode, of which a log is kept."""

    v: NDArray[np.float64]  # (S,)
    route: Route
    diary: Diary
    alpha: StepSize
    gamma: float
    lam: float
    n: int
    first: bool  # only the first visit of a state counts
    together: bool  # all errors are taken before any value is changed
    states: NDArray[np.int64]  # (L,)
    rewards: NDArray[np.float64]  # (L,)
    met: NDArray[np.int64]  # (S,) the last episode in which a state was met, where only first visits count
    clock: NDArray[np.int64]  # (2,) step of the episode, and episode

    @property
    def length(self) -> int:
        """L, steps of an episode that there is room for."""
        return len(self.states)


def _choose(agent: Any, s: Any, n: Any, rng: Any) -> Any:  # compiled into the loop, as all functions of this form
    a = agent.route.only[s]
    if a < 0:
        u, a = rng.random(), 0
        while u >= agent.route.sums[s, a]:
            a += 1
    return a


@njit(cache=True)
def note(diary: Any, v: Any) -> Any:  # Diary, (S,)
    """Write down the values after an episode, while there is room."""
    row = diary.ended[0]
    if row < len(diary.values):
        for s in range(len(v)):
            diary.values[row, s] = v[s]
        diary.ended[0] = row + 1


def _update_backward(agent: Any, s: Any, a: Any, r: Any, s2: Any, a2: Any, end: Any, n: Any, rng: Any) -> Any:
    v, traces, active, decay = agent.v, agent.traces, agent.active, agent.gamma * agent.lam
    now, later = v[s], 0.0 if end else v[s2]
    alpha = sized(agent.alpha, s, 0, n)
    move, shift = alpha * (r + agent.gamma * later - now), 0.0  # Sutton & Barto (12.6); with lambda 0, (6.2)
    if agent.kind == DUTCH:
        shift, agent.last[0] = alpha * (now - agent.last[0]), later  # true online: van Seijen & Sutton 2014
    kept = 0
    for i in range(agent.marked[0]):
        x = active[i]
        traces[x] *= decay
        if x != s and traces[x] > FAINT:
            v[x] += (move + shift) * traces[x]  # (12.7)
            active[kept] = x
            kept += 1
        elif x != s:
            traces[x] = 0.0
    active[kept], agent.marked[0] = s, kept + 1
    if agent.kind == REPLACING:
        traces[s] = 1.0  # (12.12)
    elif agent.kind == DUTCH:
        traces[s] += 1.0 - alpha * traces[s]  # (12.11)
    else:
        traces[s] += 1.0  # (12.5)
    v[s] += move * traces[s] + shift * (traces[s] - 1.0)
    return a2


def _finish_backward(agent: Any, s: Any, end: Any, n: Any, rng: Any) -> Any:
    for i in range(agent.marked[0]):
        agent.traces[agent.active[i]] = 0.0
    agent.marked[0], agent.last[0] = 0, 0.0
    note(agent.diary, agent.v)


def _update_forward(agent: Any, s: Any, a: Any, r: Any, s2: Any, a2: Any, end: Any, n: Any, rng: Any) -> Any:
    v, t = agent.v, agent.clock[0]
    agent.states[t], agent.rewards[t], agent.clock[0] = s, r, t + 1
    begin = t + 1 - agent.n
    if begin >= 0:
        g = 0.0 if end else v[s2]
        for i in range(t, begin - 1, -1):
            g = agent.rewards[i] + agent.gamma * g  # Sutton & Barto (7.1)
        x = agent.states[begin]
        v[x] += sized(agent.alpha, x, 0, n) * (g - v[x])  # (7.2)
    return a2


def _finish_forward(agent: Any, s: Any, end: Any, n: Any, rng: Any) -> Any:
    v, targets, steps = agent.v, agent.rewards, agent.clock[0]
    begin, lam = max(steps - agent.n + 1, 0), agent.lam
    agent.clock[0], agent.clock[1] = 0, agent.clock[1] + 1
    g = 0.0 if end else v[s]
    later = g
    for t in range(steps - 1, begin - 1, -1):
        g = targets[t] + agent.gamma * ((1 - lam) * later + lam * g)  # Sutton & Barto (12.3), from the end
        later = v[agent.states[t]]
        targets[t] = g - later if agent.together else g
    for t in range(begin, steps):
        x = agent.states[t]
        if agent.first:
            if agent.met[x] == agent.clock[1]:
                continue
            agent.met[x] = agent.clock[1]
        known = 0.0 if agent.together else v[x]
        v[x] += sized(agent.alpha, x, 0, n) * (targets[t] - known)  # (12.4), with lambda 1 (6.1)
    note(agent.diary, v)


register(Backward, _choose, _update_backward, _finish_backward)
register(Forward, _choose, _update_forward, _finish_forward)


@dataclass(frozen=True, kw_only=True)
class Predictor(ABC):
    """A way to learn what a policy is worth: parameters, and `agent`, which makes the NamedTuple that the loop knows.

    Args:
        alpha: step size, 0 to 1, or a Decay, or Average() for means.
        gamma: discount, 0 to 1.
        initial: every value at first, or (S,) values.
    """

    alpha: float | Decay | Average = 0.1
    gamma: float = 1.0
    initial: float | ArrayLike = 0.0

    def __post_init__(self) -> None:
        line(self.gamma, "gamma", falls=False)
        if not isinstance(self.alpha, Average):
            rate(self.alpha, "alpha")
        given = np.asarray(self.initial)
        if given.ndim > 1 or given.dtype.kind not in "fiu" or not np.isfinite(given).all():
            raise ValueError(f"initial is {self.initial!r}, expected a finite number or one for each state")
        object.__setattr__(self, "initial", float(given) if given.ndim == 0 else tuple(map(float, given)))
        self.check()

    @abstractmethod
    def check(self) -> None:
        """Check the further parameters.

        Raises:
            ValueError: one is out of range.
        """

    @abstractmethod
    def agent(self, route: Route, diary: Diary, length: int) -> Any:
        """A learner that has learnt nothing, as the loop walks it.

        Args:
            route: the policy that is followed.
            diary: where the values after each episode go.
            length: steps of an episode to have room for, where it is kept.
        """

    def first_values(self, states: int) -> NDArray[np.float64]:
        """(S,) the values at first.

        Raises:
            ValueError: `initial` is for another number of states.
        """
        given = np.asarray(self.initial, np.float64)
        if given.ndim and len(given) != states:
            raise ValueError(f"initial has {len(given)} values, expected {states}: one for each state")
        return np.full(states, given) if given.ndim == 0 else given.copy()

    def forward(
        self, route: Route, diary: Diary, length: int, n: int, lam: float, first: bool, together: bool
    ) -> Forward:
        """A learner that looks forward."""
        states = len(route.only)
        room = np.zeros(length, np.int64), np.zeros(length), np.zeros(states, np.int64), np.zeros(2, np.int64)
        v, alpha = self.first_values(states), step_size(self.alpha, (states, 1))
        return Forward(v, route, diary, alpha, float(self.gamma), float(lam), n, first, together, *room)


@dataclass(frozen=True, kw_only=True)
class TD(Predictor):
    """Temporal differences: TD(0) as it stands, TD(lambda) with `lam`, n-step TD with `n`.

    Sutton & Barto 2018: TD(0) equation 6.2; n-step TD 7.2; TD(lambda) 12.5 to 12.7, with replacing traces 12.12
    (Singh & Sutton 1996), with dutch ones 12.11: true online TD(lambda) (van Seijen & Sutton 2014).

    Args:
        alpha: step size, 0 to 1, or a Decay; without traces also Average() for 1 / visits of the state.
        gamma: discount, 0 to 1.
        initial: every value at first, or (S,) values.
        lam: how far credit goes back, 0 (one step) to 1 (the whole episode).
        traces: `accumulating`, `replacing` or `dutch`; all the same when lam is 0.
        n: steps of reward before a value is trusted, in place of lam.
    """

    lam: float = 0.0
    traces: str = "accumulating"
    n: int | None = None

    def check(self) -> None:
        """Check the further parameters, and that they go together."""
        line(self.lam, "lam")
        if self.traces not in TRACES:
            wanted = ", ".join(map(repr, TRACES))
            raise ValueError(f"traces is {self.traces!r}, expected one of {wanted}{nearest(str(self.traces), TRACES)}")
        if self.n is not None and (isinstance(self.n, bool) or not isinstance(self.n, int) or self.n < 1):
            raise ValueError(f"n is {self.n!r}, expected a whole number of 1 or more")
        if self.n is not None and self.lam != 0:
            raise ValueError(f"n is {self.n} and lam is {self.lam}, expected one of the two: leave lam at 0, or n out")
        if self.lam != 0 and isinstance(self.alpha, Average):
            raise ValueError(
                "alpha is Average, a step size of each state, but traces share one: give a number or Decay"
            )

    def agent(self, route: Route, diary: Diary, length: int) -> Backward | Forward:
        """Traces, or n steps."""
        if self.n is not None:
            return self.forward(route, diary, length, self.n, lam=1.0, first=False, together=False)
        states, kind = len(route.only), TRACES.index(self.traces)
        trail = np.zeros(states), np.zeros(states, np.int64), np.zeros(1, np.int64), np.zeros(1)
        v, alpha = self.first_values(states), step_size(self.alpha, (states, 1))
        return Backward(v, route, diary, alpha, float(self.gamma), float(self.lam), kind, *trail)


@dataclass(frozen=True, kw_only=True)
class LambdaReturn(Predictor):
    """The off-line lambda-return: values move at the end of an episode (Sutton & Barto 2018, equations 12.3, 12.4).

    Args:
        alpha: step size, 0 to 1, or a Decay, or Average().
        gamma: discount, 0 to 1.
        initial: every value at first, or (S,) values.
        lam: weight of the longer returns, 0 to 1.
        together: whether all errors of an episode are taken before any value moves: off-line TD(lambda) of Sutton &
            Barto 1998 (section 7.4), which diverges sooner; else step by step, each error from the value as it is.
    """

    lam: float = 0.0
    together: bool = False

    def check(self) -> None:
        """Check lam."""
        line(self.lam, "lam")

    def agent(self, route: Route, diary: Diary, length: int) -> Forward:
        """Returns weighted by lambda."""
        return self.forward(route, diary, length, WHOLE, self.lam, first=False, together=bool(self.together))


@dataclass(frozen=True, kw_only=True)
class MonteCarloValues(Predictor):
    """Monte Carlo prediction: means of returns (Sutton & Barto 2018, section 5.1; equation 6.1 with a number as alpha).

    Args:
        alpha: Average() for means of the returns that were met; or a step size, 0 to 1, or a Decay.
        gamma: discount, 0 to 1.
        initial: every value at first, or (S,) values; a mean forgets it at the first visit.
        first: whether only the first visit of a state in an episode counts, or every visit.
    """

    alpha: float | Decay | Average = field(default_factory=Average)
    first: bool = True

    def check(self) -> None:
        """Nothing further can be wrong."""

    def agent(self, route: Route, diary: Diary, length: int) -> Forward:
        """Whole returns."""
        return self.forward(route, diary, length, WHOLE, lam=1.0, first=bool(self.first), together=False)
