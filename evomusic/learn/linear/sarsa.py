"""Episodic semi-gradient Sarsa(lambda) with binary features (Sutton & Barto 2018, sections 10.1 and 12.7).

K active features, F features, A actions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import njit
from evomusic.core.checks import able, choice, instance, number, probability, wrong
from evomusic.learn.explore import (
    Decay,
    Explorer,
    Schedule,
    Softmax,
    explorer,
    now,
    number_or_decay,
    pick,
    schedule,
    store,
)
from evomusic.learn.learner import Learner, values_of
from evomusic.learn.linear.tiles import TileCoding, Tiled
from evomusic.learn.loop import register
from evomusic.learn.traces import ACCUMULATING, DUTCH, TRACES, finish_traces, spread, visited


class Linear(NamedTuple):
    """Weights of binary features, and the traces of those that led to where the walk is."""

    tile_weights: NDArray[np.float64]  # (F, A)
    row: NDArray[np.float64]  # (2, A) action values of the two states of a step
    active: NDArray[np.int64]  # (2, K) features of the two states, which the model fills
    kind: int
    fade: float  # gamma * lambda
    cut: float
    alpha: Schedule
    gamma: float
    exploration: Explorer
    place: NDArray[np.int32]  # (F, A), pairs (1 + E, 2) and trace (1 + E,): the list of traces, as in `traces.py`
    pairs: NDArray[np.uint32]
    trace: NDArray[np.float64]


@njit(cache=True)
def evaluate(weights: Any, active: Any, row: Any, s: Any) -> Any:
    """Fill the row of a state with its action values."""
    for b in range(weights.shape[1]):
        total = 0.0
        for k in range(active.shape[1]):
            total += weights[active[s, k], b]
        row[s, b] = total


@njit(cache=True)
def value(weights: Any, active: Any, s: Any, a: Any) -> Any:
    """The value of an action."""
    total = 0.0
    for k in range(active.shape[1]):
        total += weights[active[s, k], a]
    return total


@njit(cache=True)
def trace_features(place: Any, pairs: Any, trace: Any, active: Any, s: Any, a: Any, kind: Any, alpha: Any) -> Any:
    """Let the traces of a state's features with an action grow."""
    overlap = 0.0
    if kind == DUTCH:
        for k in range(active.shape[1]):
            if place[active[s, k], a]:
                overlap += trace[place[active[s, k], a]]
    for k in range(active.shape[1]):
        visited(place, pairs, trace, active[s, k], a, ACCUMULATING if kind == DUTCH else kind, alpha)
        if kind == DUTCH:
            trace[place[active[s, k], a]] -= alpha * overlap  # Sutton & Barto (12.11)


@njit(cache=True)
def learn_error(
    weights: Any,
    place: Any,
    pairs: Any,
    trace: Any,
    active: Any,
    s: Any,
    a: Any,
    kind: Any,
    alpha: Any,
    error: Any,
    before: Any,
    later: Any,
    fade: Any,
    cut: Any,
) -> Any:
    """Learn a TD error made at (s, a), by the traces."""
    trace_features(place, pairs, trace, active, s, a, kind, alpha)
    if kind != DUTCH:
        spread(weights, place, pairs, trace, fade, cut, alpha * error, -1)  # (12.7)
        return
    drift = before - trace[0]  # true online, the box of section 12.7
    spread(weights, place, pairs, trace, fade, cut, alpha * (error + drift), -1)
    for k in range(active.shape[1]):
        weights[active[s, k], a] -= alpha * drift
    trace[0] = later


def _choose(agent: Any, s: Any, n: Any, rng: Any) -> Any:  # compiled into the loop, as all functions of this form
    evaluate(agent.tile_weights, agent.active, agent.row, s)
    return pick(agent.exploration, agent.row, s, n, rng)


def _update(agent: Any, s: Any, a: Any, r: Any, s2: Any, a2: Any, end: Any, n: Any, rng: Any) -> Any:
    later, active = 0.0, agent.active
    if not end:
        evaluate(agent.tile_weights, active, agent.row, s2)
        a2 = pick(agent.exploration, agent.row, s2, n, rng)
        later = agent.row[s2, a2]
    before, alpha = value(agent.tile_weights, active, s, a), now(agent.alpha, n) / active.shape[1]
    error, traces = r + agent.gamma * later - before, (agent.place, agent.pairs, agent.trace)
    learn_error(
        agent.tile_weights, *traces, active, s, a, agent.kind, alpha, error, before, later, agent.fade, agent.cut
    )
    return a2


register(Linear, _choose, _update, finish_traces)


@dataclass(frozen=True, kw_only=True)
class LinearSarsa(Learner):
    """Semi-gradient Sarsa(lambda) on tile-coded states (Sutton & Barto 2018, sections 10.1 and 12.7).

    For `em.learn.train` on continuous problems: `MountainCar()`, `CartPole()`, or a Gymnasium environment with a Box of
    observations and discrete actions. lam=0 is the semi-gradient Sarsa of section 10.1. Accumulating traces may diverge
    where alpha and lambda are high: that is an error. Without exploration a car may, once in 50,000 episodes, jitter at
    the bottom of its valley for ever; `horizon=` cuts such an episode off.

    Args:
        view: of no effect: a task has no continuous states.
        gamma: discount, 0 to 1.
        rows: of no effect.
        features: the tiles.
        alpha: step size, 0 or more, or a Decay. It is divided by the number of tilings: the book's .5 / 8 is .5 here.
        lam: lambda, 0 to 1.
        traces: "accumulating"; "replacing", at most 1; or "dutch", for true online Sarsa(lambda).
        epsilon: share of random actions, or a Decay. 0 explores where values begin above all returns.
        explore: Softmax in place of epsilon.
        initial: every action value before learning.
        cut: traces of this size and below are dropped (see `SarsaLambda`).
    """

    features: TileCoding = field(default_factory=TileCoding)
    alpha: float | Decay = 0.5
    lam: float = 0.0
    traces: str = "replacing"
    epsilon: float | Decay = 0.0
    explore: Softmax | None = None
    initial: float = 0.0
    cut: float = 1e-10

    def check(self) -> None:
        """Check the parameters, and store them in their plain types.

        Raises:
            ValueError: one is out of range.
        """
        able("features", self.features, ("grid",), "TileCoding()")
        store(
            self,
            alpha=number_or_decay("alpha", self.alpha),
            lam=probability("lam", self.lam),
            traces=choice("traces", self.traces, TRACES),
            epsilon=number_or_decay("epsilon", self.epsilon, high=1.0),
            explore=instance("explore", self.explore, (Softmax, type(None)), "Softmax(), or None for epsilon-greedy"),
            initial=number("initial", self.initial),
            cut=probability("cut", self.cut),
        )

    def init(self, task: Any, rng: np.random.Generator) -> Any:
        """Refuse: a task's states are no numbers.

        Raises:
            ValueError: always.
        """
        raise wrong("problem", task, "a continuous one: LinearSarsa learns on no task; em.SarsaLambda does")

    def seen(self, problem: Any, seed: int) -> Tiled:
        """Return the problem seen through the tiles.

        Raises:
            ValueError: it is not continuous, or the tiles do not fit it.
        """
        return Tiled(problem, self.features, seed)

    def agent(self, states: int, actions: int, length: int) -> Linear:
        """Return an agent that has learnt nothing, of F `states`: tiles."""
        tilings = self.features.tilings
        return Linear(
            values_of((states, actions), self.initial / tilings),
            np.zeros((2, actions)),
            np.zeros((2, tilings), np.int64),
            TRACES.index(self.traces),
            self.gamma * self.lam,
            self.cut,
            schedule("alpha", self.alpha),
            self.gamma,
            explorer(self.explore, self.epsilon, (2, actions)),
            np.zeros((states, actions), np.int32),
            np.zeros((1 + states * actions, 2), np.uint32),
            np.zeros(1 + states * actions),
        )

    def joined(self, agent: Linear, model: Any) -> Linear:
        """Return the agent with the model's active features, which the model fills as it is walked."""
        return agent._replace(active=model.active)
