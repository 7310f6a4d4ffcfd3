"""Control by one-step temporal differences: Q-learning, Sarsa, Expected Sarsa, Double Q-learning.

Sutton & Barto 2018, sections 6.4 to 6.7. On any model, by the one loop.
"""

from __future__ import annotations

import types
from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import instance
from evomusic.core.policies import action_values
from evomusic.core.space import Choice, Range, Space
from evomusic.core.task import Task
from evomusic.core.views import as_view
from evomusic.learn.explore import (
    EPSILON,
    UCB,
    Average,
    Decay,
    Explorer,
    Softmax,
    StepSize,
    expected,
    explorer,
    greedy,
    kind_of,
    now,
    number_or_decay,
    pick,
    sized,
    step_size,
    step_size_option,
    store,
    stretched,
    towards,
)
from evomusic.learn.informed import INFORMED, prior_table, source, value_or_prior
from evomusic.learn.learner import Learner, values_of
from evomusic.learn.loop import no_finish, register

Q_LEARNING: Final = 0
SARSA: Final = 1
EXPECTED: Final = 2
STEADY: Final = 0.1  # epsilon without a budget


class OneStep(NamedTuple):
    """Action values that are moved towards a target one step ahead."""

    q: NDArray[np.float64]  # (S, A)
    target: int
    alpha: StepSize
    gamma: float
    exploration: Explorer


def _choose(agent: Any, s: Any, n: Any, rng: Any) -> Any:  # compiled into the loop, as all functions of this form
    return pick(agent.exploration, agent.q, s, n, rng)


def _update(agent: Any, s: Any, a: Any, r: Any, s2: Any, a2: Any, end: Any, n: Any, rng: Any) -> Any:
    q = agent.q
    if end:
        q[s, a] = towards(q[s, a], r, sized(agent.alpha, s, a, n))
        return -1
    best = greedy(q, s2, rng)
    again = False
    if a2 < 0:
        if kind_of(agent.exploration) == EPSILON:
            explores = rng.random() < now(agent.exploration.rate, n)
            a2 = int(rng.random() * q.shape[1]) if explores else best
            again = s2 == s and agent.target != SARSA and not explores
        elif agent.target == SARSA:
            a2 = pick(agent.exploration, q, s2, n, rng)
    later = q[s2, best]  # Sutton & Barto (6.8)
    if agent.target == SARSA:
        later = q[s2, a2]  # (6.7)
    elif agent.target == EXPECTED:
        later = expected(agent.exploration, q, s2, best, n, rng)  # (6.9)
    q[s, a] = towards(q[s, a], r + agent.gamma * later, sized(agent.alpha, s, a, n))
    if again:
        a2 = greedy(q, s2, rng)  # chosen after the update
    return a2


register(OneStep, _choose, _update, no_finish)


@dataclass(frozen=True, kw_only=True)
class Control(Learner):
    """A learner of action values Q(s, a).

    Args:
        view: the agent state, or its name.
        alpha: step size, 0 to 1, or a Decay, or Average() for sample averages.
        gamma: discount, 0 to 1.
        epsilon: share of random actions, 0 to 1, or a Decay: 0 is greedy, 1 random. None is the class's `falling` on a
            task under a budget, and .1 where there is none: in `em.learn.train` on an explicit model.
        explore: Softmax or UCB in place of epsilon.
        initial: every action value before learning; a high one is optimistic. `style` or `song` for the values
            of the task's, as a policy of the view: listed rows, no final rewards.
        proposals: random actions of epsilon-greedy are `uniform`, or drawn from the task's `style` or `song`.
        rows: `listed` for a dense Q, `on-demand` for rows on demand, `auto` for whichever fits.
    """

    space: ClassVar[Space] = {
        "alpha": Range(0.02, 0.8, log=True),
        "epsilon": Choice(
            Range(0.002, 0.2, log=True),
            {"start": 1.0, "end": Range(0.001, 0.1, log=True), "fraction": Range(0.1, 0.9)},
        ),
    }

    averages: ClassVar[bool] = True
    falling: ClassVar[Decay] = Decay(1.0, 0.05, 0.8)  # this and alpha: measured by experiments/schedules.toml

    alpha: float | Decay | Average = 0.2
    epsilon: float | Decay | None = None
    explore: Softmax | UCB | None = None
    initial: float | str = 0.0
    proposals: str = "uniform"

    def check(self) -> None:
        """Check the parameters, and store them in their plain types.

        Raises:
            ValueError: one is out of range.
        """
        explorers = (Softmax, UCB, types.NoneType)
        store(
            self,
            alpha=step_size_option("alpha", self.alpha),
            epsilon=None if self.epsilon is None else number_or_decay("epsilon", self.epsilon, high=1.0),
            explore=instance("explore", self.explore, explorers, "Softmax(), UCB(), or None for epsilon-greedy"),
            initial=value_or_prior("initial", self.initial),
            proposals=source("proposals", self.proposals),
        )
        if self.explore is not None and self.proposals != "uniform":
            raise ValueError(f"proposals is {self.proposals!r}, expected 'uniform' with explore={self.explore!r}")

    @abstractmethod
    def agent(self, states: int, actions: int, length: int) -> Any:
        """Return an agent that has learnt nothing."""

    def parts(self, states: int, actions: int) -> tuple[NDArray[np.float64], StepSize, float, Explorer]:
        """Return initial values (S, A), step size, discount and exploration, as the loop reads them."""
        shape = (states, actions)
        epsilon = STEADY if self.epsilon is None else self.epsilon
        exploration = explorer(self.explore, epsilon, shape, self.proposals)
        return values_of(shape, self.first_value), step_size(self.alpha, shape), self.gamma, exploration

    def within(self, steps: int) -> Self:
        """Return the learner with its schedules stretched over a run of so many steps; epsilon falls if it is None."""
        learner = replace(self, epsilon=self.falling) if self.epsilon is None else self
        return stretched(learner, steps)

    def informed(self, agent: Any, task: Task) -> Any:
        """Return the agent with the task's style or song as first values and as proposals, if so asked."""
        view = as_view(self.view)
        if isinstance(self.initial, str):
            policy = prior_table(self, task, view, len(agent.q), self.initial)
            agent.q[:] = action_values(task, view, policy, self.gamma)
        if self.proposals in INFORMED:
            policy = prior_table(self, task, view, len(agent.q), self.proposals)
            agent.exploration.odds[:] = np.cumsum(policy, axis=1)
        return agent

    @property
    def first_value(self) -> float:
        """Every action value before learning, where they are not the style's."""
        return 0.0 if isinstance(self.initial, str) else self.initial

    def one_step(self, states: int, actions: int, target: int) -> OneStep:
        """Return an agent with a target one step ahead."""
        q, alpha, gamma, exploration = self.parts(states, actions)
        return OneStep(q, target, alpha, gamma, exploration)


@dataclass(frozen=True, kw_only=True)
class QLearning(Control):
    """Q-learning (Watkins 1989; Sutton & Barto 2018, equation 6.8): learns the greedy policy while it explores.

    Parameters are those of `Control`, as for all learners of action values.
    """

    def agent(self, states: int, actions: int, length: int) -> OneStep:
        """Towards the greatest value of the next state."""
        return self.one_step(states, actions, Q_LEARNING)


@dataclass(frozen=True, kw_only=True)
class Sarsa(Control):
    """Sarsa (Rummery & Niranjan 1994; Sutton & Barto 2018, equation 6.7): learns the policy that it follows.

    Parameters are those of `Control`.
    """

    falling: ClassVar[Decay] = Decay(1.0, 0.05, 0.4)

    alpha: float | Decay | Average = 0.1

    def agent(self, states: int, actions: int, length: int) -> OneStep:
        """Towards the value of the action that is taken next."""
        return self.one_step(states, actions, SARSA)


@dataclass(frozen=True, kw_only=True)
class ExpectedSarsa(Control):
    """Expected Sarsa (van Seijen et al. 2009; Sutton & Barto 2018, equation 6.9): the mean over its own policy.

    Parameters are those of `Control`. With a greedy policy it is Q-learning.
    """

    def agent(self, states: int, actions: int, length: int) -> OneStep:
        """Towards the expected value of the next state."""
        return self.one_step(states, actions, EXPECTED)


class Twin(NamedTuple):
    """Two tables of action values, each evaluated by the other; `q` is their mean, by which actions are taken."""

    q: NDArray[np.float64]  # (S, A)
    first: NDArray[np.float64]
    second: NDArray[np.float64]
    heads: StepSize  # of `first`; each table counts its own updates
    tails: StepSize  # of `second`
    gamma: float
    exploration: Explorer


def _update_twin(agent: Any, s: Any, a: Any, r: Any, s2: Any, a2: Any, end: Any, n: Any, rng: Any) -> Any:
    heads = rng.random() < 0.5
    mine, other = (agent.first, agent.second) if heads else (agent.second, agent.first)
    size = agent.heads if heads else agent.tails
    later = 0.0 if end else agent.gamma * other[s2, greedy(mine, s2, rng)]  # Sutton & Barto (6.10)
    mine[s, a] = towards(mine[s, a], r + later, sized(size, s, a, n))
    agent.q[s, a] = 0.5 * (agent.first[s, a] + agent.second[s, a])
    return a2


register(Twin, _choose, _update_twin, no_finish)


@dataclass(frozen=True, kw_only=True)
class DoubleQ(Control):
    """Double Q-learning (van Hasselt 2010; Sutton & Barto 2018, equation 6.10): no maximisation bias.

    Twice the memory of Q-learning and half its updates a table. Parameters are those of `Control`.
    """

    alpha: float | Decay | Average = 0.1

    def agent(self, states: int, actions: int, length: int) -> Twin:
        """Two tables and their mean."""
        q, alpha, gamma, exploration = self.parts(states, actions)
        return Twin(q, q.copy(), q.copy(), alpha, step_size(self.alpha, (states, actions)), gamma, exploration)

    def informed(self, agent: Twin, task: Task) -> Twin:
        """Return the agent with the task's style as first values of both tables, and as proposals, if so asked."""
        agent = super().informed(agent, task)
        agent.first[:] = agent.second[:] = agent.q
        return agent
