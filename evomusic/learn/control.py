"""Control by temporal differences: Q-learning, Sarsa, Expected Sarsa, on any model (Sutton & Barto 2018, chapter 6)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import njit
from evomusic.learn.explore import Decay, greedy, line, now, stretched
from evomusic.learn.walk import Plan, Values, empty, greedy_row, grown, model_of, plan
from evomusic.method import Batch
from evomusic.models import start, step
from evomusic.task import Task
from evomusic.views import View, as_view

Q_LEARNING: Final = 0
SARSA: Final = 1
EXPECTED: Final = 2

EPISODES = 100  # melodies a batch at most; fewer at first, so that curves begin early


@njit(cache=True, nogil=True)
def control(
    q: Any,
    model: Any,
    memory: Any,
    cursor: Any,
    actions: Any,
    target: Any,
    alpha: Any,
    gamma: Any,
    epsilon: Any,
    late: Any,
    rng: Any,
) -> Any:
    """Learn for as many steps as `actions` (N,) has room for; it is filled with what was done.

    `cursor` (5,) float64 is where the walk stands: state, action chosen (-1 if none), steps so far, whether the
    last update of an episode waits, and its reward. With `late`, a call ends before that update, for the reward to be
    completed. Returns the number of steps made.
    """
    s, a, n = int(cursor[0]), int(cursor[1]), int(cursor[2])
    if cursor[3] == 1.0:
        q[s, a] += now(alpha, n) * (cursor[4] - q[s, a])
        s, a = start(model, memory, rng), -1
        cursor[3] = 0.0
    if n == 0:
        s = start(model, memory, rng)
    made = len(actions)
    for i in range(len(actions)):
        if a < 0:
            a = int(rng.random() * q.shape[1]) if rng.random() < now(epsilon, n) else greedy(q, s, rng)
        s2, r, end = step(model, memory, s, a, rng)
        actions[i] = a
        n += 1
        if end:
            if late:
                cursor[3], cursor[4] = 1.0, r
                made = i + 1
                break
            q[s, a] += now(alpha, n) * (r - q[s, a])
            s, a = start(model, memory, rng), -1
            continue
        best = greedy(q, s2, rng)
        explores = rng.random() < now(epsilon, n)
        a2 = int(rng.random() * q.shape[1]) if explores else best
        later = q[s2, best]  # Sutton & Barto (6.8)
        if target == SARSA:
            later = q[s2, a2]  # (6.7)
        elif target == EXPECTED:
            later = expected(q, s2, best, now(epsilon, n))  # (6.9)
        q[s, a] += now(alpha, n) * (r + gamma * later - q[s, a])
        if s2 == s and target == Q_LEARNING and not explores:
            a2 = greedy(q, s2, rng)  # chosen after the update
        s, a = s2, a2
    cursor[0], cursor[1], cursor[2] = s, a, n
    return made


@njit(cache=True)
def expected(q: Any, s: Any, best: Any, epsilon: Any) -> Any:
    """Expected value of a state under the epsilon-greedy policy."""
    total = 0.0
    for b in range(q.shape[1]):
        total += q[s, b]
    return (1 - epsilon) * q[s, best] + epsilon * total / q.shape[1]


class Learning(NamedTuple):
    """State of a learner: its values and where its walk stands."""

    values: Values
    cursor: NDArray[np.float64]  # (5,)

    @property
    def q(self) -> NDArray[np.float64]:
        """Action values (S, A)."""
        return self.values.q


@dataclass(frozen=True, kw_only=True)
class _Control(ABC):
    """What the learners of this file have in common: parameters, and `init` and `step` around one kernel.

    Args:
        view: the agent state, or its name.
        alpha: step size, 0 to 1, or a Decay.
        gamma: discount, 0 to 1.
        epsilon: share of random tokens, 0 to 1, or a Decay.
        initial: every value at first.
        rows: `listed` for a dense Q, `met` for rows on demand, `auto` for whichever fits.
    """

    view: View | str = "short"
    alpha: float | Decay = 0.1
    gamma: float = 1.0
    epsilon: float | Decay = 0.1
    initial: float = 0.0
    rows: str = "auto"

    def __post_init__(self) -> None:
        object.__setattr__(self, "view", as_view(self.view))
        for name in ("alpha", "epsilon"):
            number = getattr(self, name)
            line(replace(number, steps=1) if isinstance(number, Decay) else number, name)
        line(self.gamma, "gamma")

    @property
    @abstractmethod
    def target(self) -> int:
        """Which update the kernel makes."""

    def within(self, steps: int) -> Self:
        """The same learner, its schedules stretched over a run."""
        return stretched(self, steps)

    def init(self, task: Task, rng: np.random.Generator) -> tuple[Learning, Batch]:
        """Empty values, and the first melody."""
        cursor = np.array([0.0, -1.0, 0.0, 0.0, 0.0])
        return self.step(task, Learning(empty(self._plan(task), self.initial), cursor), rng)

    def step(self, task: Task, state: Learning, rng: np.random.Generator) -> tuple[Learning, Batch]:
        """Learn from some melodies, written epsilon-greedily; the arrays of the state that is passed are written to."""
        done = int(state.cursor[2]) // task.grid.steps
        episodes = min(EPISODES, 1 + done // 10)
        values, cursor = state.values, state.cursor.copy()
        plan = self._plan(task)
        values = grown(plan, values._replace(memory=values.memory.copy()), episodes * task.grid.steps, self.initial)
        actions = np.empty((episodes, task.grid.steps), np.uint8)
        arguments = (
            self.target,
            line(self.alpha, "alpha"),
            float(self.gamma),
            line(self.epsilon, "epsilon"),
            bool(task.final),
            rng,
        )
        model, q = model_of(plan, values), values.q
        if task.final:
            for row in actions:
                control(q, model, values.memory, cursor, row, *arguments)
                cursor[4] += task.final_rewards(row[None])[0]
        else:
            control(q, model, values.memory, cursor, actions.reshape(-1), *arguments)
        return Learning(values, cursor), Batch(actions, task.evaluate(actions), updates=actions.size)

    def deliver(self, task: Task, state: Learning) -> NDArray[np.uint8]:
        """The greedy melody."""
        return greedy_row(self._plan(task), state.values)

    def _plan(self, task: Task) -> Plan:
        return plan(task, as_view(self.view), self.rows)


@dataclass(frozen=True, kw_only=True)
class QLearning(_Control):
    """Q-learning (Watkins 1989; Sutton & Barto 2018, equation 6.8): learns the greedy policy while it explores."""

    @property
    def target(self) -> int:
        """The greatest value of the next state."""
        return Q_LEARNING


@dataclass(frozen=True, kw_only=True)
class Sarsa(_Control):
    """Sarsa (Rummery & Niranjan 1994; Sutton & Barto 2018, equation 6.7): learns the policy that it follows."""

    @property
    def target(self) -> int:
        """The value of the action that is taken next."""
        return SARSA


@dataclass(frozen=True, kw_only=True)
class ExpectedSarsa(_Control):
    """Expected Sarsa (van Seijen et al. 2009; Sutton & Barto 2018, equation 6.9): the mean over its own policy."""

    @property
    def target(self) -> int:
        """The expected value of the next state."""
        return EXPECTED
