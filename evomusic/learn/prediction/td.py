"""Predictors: TD(0), n-step TD, TD(lambda) with three kinds of traces, the off-line lambda-return, and Monte Carlo.

Sutton & Barto 2018, chapters 5, 6, 7 and 12. Two agents do all of it: `Backward` updates values at each step by
eligibility traces; `Forward` stores the present episode and updates values n steps late, or at its end. Letters: S
states, A actions, E episodes, L steps of an episode that there is room for.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic._jit import njit
from evomusic.core.checks import choice, flag, probability, whole, wrong
from evomusic.learn.explore import Average, Decay, StepSize, sized, step_size, step_size_option, store
from evomusic.learn.loop import register

TRACES: Final = ("accumulating", "replacing", "dutch")
REPLACING: Final = 1
DUTCH: Final = 2
FAINT: Final = 1e-100  # traces below this are set to 0: they change no float
MOST_N: Final = 10_000_000
WHOLE_EPISODE: Final = 2**62  # n of predictors that wait for the end of an episode


class Policy(NamedTuple):
    """A policy as kernels follow it; no number is drawn where a state has one action only."""

    only: NDArray[np.int64]  # (S,) the one action, or -1
    sums: NDArray[np.float64]  # (S, A) cumulative probabilities, or (0, 0) where all states have one action


class ValueHistory(NamedTuple):
    """State values after each episode."""

    values: NDArray[np.float64]  # (E, S)
    ended: NDArray[np.int64]  # (1,) rows written


class Backward(NamedTuple):
    """State values that are updated at each step, and the eligibility traces of states."""

    v: NDArray[np.float64]  # (S,)
    policy: Policy
    value_history: ValueHistory
    alpha: StepSize
    gamma: float
    lam: float
    kind: int  # of traces
    traces: NDArray[np.float64]  # (S,)
    active: NDArray[np.int64]  # (S,) in its first places the states whose trace is not 0
    marked: NDArray[np.int64]  # (1,) number of these states
    last: NDArray[np.float64]  # (1,) of dutch traces: value of the present state before the update that led to it


class Forward(NamedTuple):
    """State values that are updated n steps late, or at the end of the episode, which is stored."""

    v: NDArray[np.float64]  # (S,)
    policy: Policy
    value_history: ValueHistory
    alpha: StepSize
    gamma: float
    lam: float
    n: int
    first: bool  # only the first visit of a state counts
    together: bool  # all errors are computed before any value is changed
    states: NDArray[np.int64]  # (L,)
    rewards: NDArray[np.float64]  # (L,)
    last_visit: NDArray[np.int64]  # (S,) the last episode that visited a state, where only first visits count
    clock: NDArray[np.int64]  # (2,) step of the episode, and episode

    @property
    def length(self) -> int:
        """Steps of an episode that there is room for (L)."""
        return len(self.states)


def _choose(agent: Any, s: Any, n: Any, rng: Any) -> Any:  # compiled into the loop, as all functions of this form
    a = agent.policy.only[s]
    if a < 0:
        u, a = rng.random(), 0
        while u >= agent.policy.sums[s, a]:
            a += 1
    return a


@njit(cache=True)
def note(value_history: Any, v: Any) -> Any:  # ValueHistory, (S,)
    """Copy the values after an episode, while there is room."""
    row = value_history.ended[0]
    if row < len(value_history.values):
        for s in range(len(v)):
            value_history.values[row, s] = v[s]
        value_history.ended[0] = row + 1


def _update_backward(agent: Any, s: Any, a: Any, r: Any, s2: Any, a2: Any, end: Any, n: Any, rng: Any) -> Any:
    v, traces, active, decay = agent.v, agent.traces, agent.active, agent.gamma * agent.lam
    now, later = v[s], 0.0 if end else v[s2]
    alpha = sized(agent.alpha, s, 0, n)
    move, shift = alpha * (r + agent.gamma * later - now), 0.0  # Sutton & Barto (12.6); with lambda 0, (6.2)
    if agent.kind == DUTCH:
        shift, agent.last[0] = alpha * (now - agent.last[0]), later  # true online: van Seijen & Sutton 2014
    count = 0
    for i in range(agent.marked[0]):
        x = active[i]
        traces[x] *= decay
        if x != s and traces[x] > FAINT:
            v[x] += (move + shift) * traces[x]  # (12.7)
            active[count] = x
            count += 1
        elif x != s:
            traces[x] = 0.0
    active[count], agent.marked[0] = s, count + 1
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
    note(agent.value_history, agent.v)


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
            if agent.last_visit[x] == agent.clock[1]:
                continue
            agent.last_visit[x] = agent.clock[1]
        old = 0.0 if agent.together else v[x]
        v[x] += sized(agent.alpha, x, 0, n) * (targets[t] - old)  # (12.4), with lambda 1 (6.1)
    note(agent.value_history, v)


register(Backward, _choose, _update_backward, _finish_backward)
register(Forward, _choose, _update_forward, _finish_forward)


@dataclass(frozen=True, kw_only=True)
class Predictor(ABC):
    """A learner of the state values of a policy: parameters, and `agent`, which makes what the loop walks.

    Args:
        alpha: step size, 0 to 1, or a Decay, or Average() for means.
        gamma: discount, 0 to 1.
        initial: every value before learning, or (S,) values.

    Raises:
        ValueError: a parameter is out of range, or does not go with another.
    """

    alpha: float | Decay | Average = 0.1
    gamma: float = 1.0
    initial: float | ArrayLike = 0.0

    def __post_init__(self) -> None:
        store(
            self,
            gamma=probability("gamma", self.gamma),
            alpha=step_size_option("alpha", self.alpha),
            initial=initial_option(self.initial),
        )
        self.check()

    @abstractmethod
    def check(self) -> None:
        """Check the further parameters, and store them in their plain types.

        Raises:
            ValueError: one is out of range.
        """

    @abstractmethod
    def agent(self, policy: Policy, value_history: ValueHistory, length: int) -> Any:
        """Return an agent that has learnt nothing.

        Args:
            policy: the policy that is followed.
            value_history: array for the values after each episode.
            length: steps of an episode to have room for, where it is stored.
        """

    def first_values(self, states: int) -> NDArray[np.float64]:
        """Return the values (S,) before learning.

        Raises:
            ValueError: `initial` is for another number of states.
        """
        values = np.asarray(self.initial, np.float64)
        if values.ndim and len(values) != states:
            raise ValueError(f"initial has {len(values)} values, expected {states}: one for each state")
        return np.full(states, values) if values.ndim == 0 else values.copy()

    def forward(
        self, policy: Policy, value_history: ValueHistory, length: int, n: int, lam: float, first: bool, together: bool
    ) -> Forward:
        """Return an agent that updates values from a stored episode."""
        states = len(policy.only)
        room = np.zeros(length, np.int64), np.zeros(length), np.zeros(states, np.int64), np.zeros(2, np.int64)
        v, alpha = self.first_values(states), step_size(self.alpha, (states, 1))
        return Forward(v, policy, value_history, alpha, self.gamma, lam, n, first, together, *room)


def initial_option(value: Any) -> float | tuple[float, ...]:
    """A finite number, or one for each state.

    Raises:
        ValueError: it is neither.
    """
    try:
        values = np.asarray(value)
    except ValueError:  # rows of different lengths
        values = np.zeros(0, object)
    if values.ndim > 1 or values.dtype.kind not in "fiu" or not np.isfinite(values).all():
        raise wrong("initial", value, "a finite number, or one for each state")
    return float(values) if values.ndim == 0 else tuple(map(float, values))


@dataclass(frozen=True, kw_only=True)
class TD(Predictor):
    """Temporal-difference prediction: TD(0) by default, TD(lambda) with `lam`, n-step TD with `n`.

    Sutton & Barto 2018: TD(0) equation 6.2; n-step TD 7.2; TD(lambda) 12.5 to 12.7, with replacing traces 12.12
    (Singh & Sutton 1996), with dutch ones 12.11: true online TD(lambda) (van Seijen & Sutton 2014).

    Args:
        alpha: step size, 0 to 1, or a Decay; without traces also Average() for 1 / visits of the state.
        gamma: discount, 0 to 1.
        initial: every value before learning, or (S,) values.
        lam: lambda, 0 (one step) to 1 (the whole episode).
        traces: `accumulating`, `replacing` or `dutch`; all the same when lam is 0.
        n: number of rewards in a target before it bootstraps, in place of lam.
    """

    lam: float = 0.0
    traces: str = "accumulating"
    n: int | None = None

    def check(self) -> None:
        """Check the further parameters, and that they go together."""
        store(self, lam=probability("lam", self.lam), traces=choice("traces", self.traces, TRACES))
        if self.n is not None:
            store(self, n=whole("n", self.n, 1, MOST_N))
        if self.n is not None and self.lam != 0:
            raise ValueError(f"n is {self.n} and lam is {self.lam}, expected one of the two: leave lam at 0, or n out")
        if self.lam != 0 and isinstance(self.alpha, Average):
            raise ValueError(
                "alpha is Average, a step size of each state, but traces share one: give a number or Decay"
            )

    def agent(self, policy: Policy, value_history: ValueHistory, length: int) -> Backward | Forward:
        """Return an agent with traces, or with n-step targets."""
        if self.n is not None:
            return self.forward(policy, value_history, length, self.n, lam=1.0, first=False, together=False)
        states, kind = len(policy.only), TRACES.index(self.traces)
        trail = np.zeros(states), np.zeros(states, np.int64), np.zeros(1, np.int64), np.zeros(1)
        v, alpha = self.first_values(states), step_size(self.alpha, (states, 1))
        return Backward(v, policy, value_history, alpha, self.gamma, self.lam, kind, *trail)


@dataclass(frozen=True, kw_only=True)
class LambdaReturn(Predictor):
    """The off-line lambda-return: values move at the end of an episode (Sutton & Barto 2018, equations 12.3, 12.4).

    Args:
        alpha: step size, 0 to 1, or a Decay, or Average().
        gamma: discount, 0 to 1.
        initial: every value before learning, or (S,) values.
        lam: weight of the longer returns, 0 to 1.
        together: whether all errors of an episode are computed before any value changes: off-line TD(lambda) of Sutton
            & Barto 1998 (section 7.4), which diverges sooner; else step by step, each from the present value.
    """

    lam: float = 0.0
    together: bool = False

    def check(self) -> None:
        """Check lam and together."""
        store(self, lam=probability("lam", self.lam), together=flag("together", self.together))

    def agent(self, policy: Policy, value_history: ValueHistory, length: int) -> Forward:
        """Return an agent with lambda-returns as targets."""
        return self.forward(policy, value_history, length, WHOLE_EPISODE, self.lam, first=False, together=self.together)


@dataclass(frozen=True, kw_only=True)
class MonteCarloValues(Predictor):
    """Monte Carlo prediction: means of returns (Sutton & Barto 2018, section 5.1; equation 6.1 with a number as alpha).

    Args:
        alpha: Average() for means of the returns; or a step size, 0 to 1, or a Decay.
        gamma: discount, 0 to 1.
        initial: every value before learning, or (S,) values; a mean forgets it at the first visit.
        first: whether only the first visit of a state in an episode counts, or every visit.
    """

    alpha: float | Decay | Average = field(default_factory=Average)
    first: bool = True

    def check(self) -> None:
        """Check first."""
        store(self, first=flag("first", self.first))

    def agent(self, policy: Policy, value_history: ValueHistory, length: int) -> Forward:
        """Return an agent with returns as targets."""
        return self.forward(policy, value_history, length, WHOLE_EPISODE, lam=1.0, first=self.first, together=False)
