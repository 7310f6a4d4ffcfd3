"""`Learner`, the base of all tabular learners: parameters, and what makes a method of them.

A learner's `agent` is a NamedTuple of arrays that the one loop (`loop.py`) walks through a task or a model. As a method
on tasks a learner writes melodies, learns at every token, and delivers the greedy melody.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import instance, number
from evomusic.core.method import Batch, all_untried
from evomusic.core.policies import expected_return, is_quick
from evomusic.core.space import Choice, Range, Space
from evomusic.core.task import Task
from evomusic.core.views import View, as_view
from evomusic.encodings.notes.notes import Notes
from evomusic.learn.explore import store, stretched
from evomusic.learn.loop import REWARD, STATE, STEPS, WAITS, learn, new_cursor
from evomusic.learn.replay import Demonstration
from evomusic.learn.walk import Plan, Rows, empty, greedy_row, grown, listed_rows, model_of, plan, rows_option
from evomusic.models.transitions import Transitions
from evomusic.models.walk import COUNT, start

EPISODES = 100  # melodies a batch at most; fewer at first, so that curves begin early
NO_RETURNS, NO_LENGTHS = np.zeros(0), np.zeros(0, np.int64)
NO_LOG = Transitions(NO_LENGTHS, NO_LENGTHS, NO_RETURNS, NO_LENGTHS, np.zeros(0, np.bool_))
HUGE = 1e12  # values beyond this are on their way to infinity


class BestMelodies(NamedTuple):
    """The best melodies that a learner has written (K, T), different in return, and what they return (K,)."""

    melodies: NDArray[np.uint8]
    returns: NDArray[np.float64]


class Learning(NamedTuple):
    """State of a learner on a task: its agent, the rows of states, its place in the walk, and its best melodies."""

    agent: Any
    rows: Rows
    cursor: NDArray[np.float64]
    best: BestMelodies

    @property
    def q(self) -> NDArray[np.float64]:
        """Action values (S, A) of a learner that has them."""
        return self.agent.q

    @property
    def values(self) -> NDArray[np.float64]:
        """State values (S,): a critic's, or the greatest action values."""
        return state_values(self.agent)

    @property
    def policy(self) -> NDArray[Any]:
        """Learnt policy: the greedy action of each state (S,), or probabilities (S, A)."""
        return policy_of(self.agent)

    @property
    def model(self) -> Any:
        """Learnt model, a FiniteMDP, of a learner that learns one."""
        return self.agent.model()


@dataclass(frozen=True, kw_only=True)
class Learner(ABC):
    """A tabular learner, and a method on tasks: parameters, and `agent`, which makes what the loop walks.

    Args:
        view: the agent state, or its name.
        gamma: discount, 0 to 1.
        rows: `listed` for a row of values for every state beforehand, `on-demand` for a row when a state is first
            visited, `auto` for whichever fits. The older name of `on-demand`, `met`, is accepted too.

    A learner whose values are weighted means of returns and values, which cannot diverge, sets `averages`.

    Raises:
        ValueError: a parameter is out of range, or does not go with another.
    """

    space: ClassVar[Space] = {
        "gamma": Choice(1.0, Range(0.5, 1.0)),
    }

    averages: ClassVar[bool] = False

    view: View | str = "short"
    gamma: float = 1.0
    rows: str = "auto"

    def __post_init__(self) -> None:
        store(
            self,
            view=instance("view", as_view(self.view), View, "a View, or the name of one"),
            gamma=number("gamma", self.gamma, 0.0, 1.0),
            rows=rows_option(self.rows),
        )
        self.check()

    @abstractmethod
    def check(self) -> None:
        """Check the further parameters, and store them in their plain types.

        Raises:
            ValueError: one is out of range.
        """

    @abstractmethod
    def agent(self, states: int, actions: int, length: int) -> Any:
        """Return an agent that has learnt nothing: a NamedTuple of arrays, numbers and NamedTuples.

        Args:
            states: S, the first axis of all arrays about states, which are copied into larger ones as rows are added.
            actions: A.
            length: steps of an episode to have room for, where a learner stores the episode.
        """

    def within(self, steps: int) -> Self:
        """Return the learner with its schedules stretched over a run of so many steps."""
        return stretched(self, steps)

    def init(self, task: Task, rng: np.random.Generator) -> tuple[Learning, Batch]:
        """Return the state before learning, after the first melody, and that melody."""
        tables = self._plan(task)
        rows, states = empty(tables)
        agent = self.informed(self.agent(states, tables.actions, task.grid.steps), task)
        none = BestMelodies(np.zeros((0, task.grid.steps), np.uint8), np.zeros(0))
        return self.step(task, Learning(agent, rows, new_cursor(), none), rng)

    def step(self, task: Task, state: Learning, rng: np.random.Generator) -> tuple[Learning, Batch]:
        """Write some melodies and learn at each token; the arrays of the state that is passed are written to."""
        length, cursor, tables = task.grid.steps, state.cursor.copy(), self._plan(task)
        episodes = min(EPISODES, 1 + int(cursor[STEPS]) // length // 10)
        rows, states = grown(tables, state.rows._replace(memory=state.rows.memory.copy()), episodes * length)
        agent = roomy(self.resized(state.agent, states, tables.actions, length), episodes * length)
        actions = np.empty((episodes, length), np.uint8)
        walk, planned = (agent, model_of(tables, rows), rows.memory, cursor), sweeps_of(agent)
        rest = (NO_RETURNS, NO_LENGTHS, length + 1, length + 1, task.rewards_at_end, NO_LOG, rng)
        if task.rewards_at_end:
            for row in actions:
                learn(*walk, row, *rest)
                cursor[REWARD] += task.last_rewards(row[None])[0]
        else:
            learn(*walk, actions.reshape(-1), *rest)
        check_finite(self, agent, rows)
        returns, swept = task.evaluate(actions), sweeps_of(agent) - planned
        return Learning(agent, rows, cursor, best_melodies(state.best, actions, returns)), Batch(
            actions, returns, updates=actions.size, sweeps=swept
        )

    def deliver(self, task: Task, state: Learning) -> NDArray[np.uint8]:
        """Return the greedy melody (1, T)."""
        return greedy_row(self._plan(task), state.rows, ranks(state.agent))

    untried = all_untried

    @property
    def encoding(self) -> Notes:
        """Encoding in which melodies travel between learners and searchers: as they are."""
        return Notes()

    def emigrants(self, task: Task, state: Learning, n: int) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
        """Return its best melodies (n, T) and their returns (n,), as a first population for a GA, say."""
        return state.best.melodies[:n], state.best.returns[:n]

    def immigrate(
        self, task: Task, state: Learning, genomes: NDArray[np.uint8], returns: NDArray[np.float64]
    ) -> Learning:
        """Learn off-policy from melodies (n, T) that others wrote, token by token."""
        length, cursor, tables = task.grid.steps, state.cursor.copy(), self._plan(task)
        rows, states = grown(tables, state.rows._replace(memory=state.rows.memory.copy()), len(genomes) * length)
        agent = roomy(self.resized(state.agent, states, tables.actions, length), len(genomes) * length)
        own, rng = model_of(tables, rows), np.random.default_rng(0)  # nothing is left to chance but ties
        rest = (NO_RETURNS, NO_LENGTHS, length + 1, length + 1, True, NO_LOG, rng)
        none, room = np.empty((0,), np.uint8), np.empty(length, np.uint8)
        if cursor[WAITS]:
            learn(agent, Demonstration(own, none), rows.memory, cursor, none, *rest)
        for melody, last_reward in zip(genomes, task.last_rewards(genomes), strict=True):
            place = new_cursor()
            place[STATE], place[STEPS] = start(own, rows.memory, rng), max(cursor[STEPS], 1)  # schedules stand still
            walk = (agent, Demonstration(own, np.ascontiguousarray(melody)), rows.memory, place)
            learn(*walk, room, *rest)
            place[REWARD] += last_reward
            learn(*walk, none, *rest)
        check_finite(self, agent, rows)
        return Learning(agent, rows, cursor, state.best)

    def informed(self, agent: Any, task: Task) -> Any:
        """Return the agent with what its learner takes from the task beforehand: nothing but in learners that say so.

        Raises:
            ValueError: the task has no style, where that is what it takes.
        """
        return agent

    def seen(self, problem: Any, seed: int) -> Any:
        """Return a problem as the learner sees it: as it is, but in learners that see features of it.

        Args:
            problem: the problem that `em.learn.train` was called with.
            seed: of an environment, where it becomes part of what is returned.

        Raises:
            ValueError: it has no such features.
        """
        return problem

    def joined(self, agent: Any, model: Any) -> Any:
        """Return the agent with the arrays that it shares with the model it walks: none but in learners that say so."""
        return agent

    def resized(self, agent: Any, states: int, actions: int, length: int) -> Any:
        """Return the agent with room for so many states, and episodes of this length."""
        if len(ranks(agent)) == states and length <= getattr(agent, "length", length):
            return agent
        return _copied(agent, self.agent(states, actions, length))

    def _plan(self, task: Task) -> Plan:
        return plan(task, as_view(self.view), self.rows)


def values_of(shape: int | tuple[int, ...], value: float) -> NDArray[np.float64]:
    """Return a table of one value. Zeros take no memory until they are read: rows on demand have room for many."""
    return np.full(shape, value) if value else np.zeros(shape)


def _copied(old: Any, new: Any) -> Any:
    """Return the new agent with the old one's arrays in its leading rows."""
    if isinstance(old, tuple):
        return type(old)(*(_copied(a, b) for a, b in zip(old, new, strict=True)))
    if not isinstance(old, np.ndarray) or any(a > b for a, b in zip(old.shape, new.shape, strict=True)):
        return old  # a number, or what grows with experience and not with states
    new[tuple(slice(n) for n in old.shape)] = old
    return new


def roomy(agent: Any, steps: int) -> Any:
    """Return the agent with room for so many further steps, where it learns a model of them."""
    return agent.grown(steps) if hasattr(agent, "grown") else agent


def expected_of_policy(self: Any, task: Task, state: Learning) -> float | None:
    """Return the exact expected return of the policy, where the tables give it: `expected` of learners of policies."""
    view, tables = as_view(self.view), self._plan(task)
    if not is_quick(task, view):
        return None
    policy = state.policy if tables.size else listed_rows(task, view, state.rows, state.policy)
    return expected_return(task, view, policy)


def ranks(agent: Any) -> NDArray[np.float64]:
    """Return an agent's ranking of actions (S, A): the preferences of a policy, or action values."""
    return agent.preferences if hasattr(agent, "preferences") else agent.q


def policy_of(agent: Any) -> NDArray[Any]:
    """Return the greedy action of each state (S,), or a policy's probabilities (S, A)."""
    return agent.probabilities() if hasattr(agent, "probabilities") else ranks(agent).argmax(axis=1)


def sweeps_of(agent: Any) -> int:
    """Return the number of updates that an agent has made with transitions of its own model."""
    return int(agent.planned[0]) if hasattr(agent, "planned") else 0


def state_values(agent: Any) -> NDArray[np.float64]:
    """Return state values (S,): a critic's, or the greatest action values."""
    return agent.v if hasattr(agent, "v") else agent.q.max(axis=1)


def best_melodies(
    best: BestMelodies, melodies: NDArray[np.uint8], returns: NDArray[np.float64], most: int = 20
) -> BestMelodies:
    """Return the best of the melodies so far and new ones (P, T) with their returns (P,)."""
    if len(best.returns) == most and returns.max() <= best.returns[-1]:
        return best
    pool, pool_returns = np.concatenate([best.melodies, melodies]), np.concatenate([best.returns, returns])
    top = np.unique(-pool_returns, return_index=True)[1][:most]
    return BestMelodies(pool[top], pool_returns[top])


def check_finite(learner: Any, agent: Any, rows: Rows | None = None, always: bool = False) -> None:
    """Check that values have not diverged; weighted means of returns and values cannot, unless `always` is asked for.

    Raises:
        ValueError: they have.
    """
    if getattr(learner, "averages", False) and not always:
        return
    for table in (getattr(agent, name) for name in ("q", "preferences", "v", "tile_weights") if hasattr(agent, name)):
        used = table if rows is None or not len(rows.keys) else table[: rows.memory[COUNT]]
        if not np.abs(used).max(initial=0.0) < HUGE:
            kind = type(learner).__name__
            raise ValueError(f"the values of {kind} diverged (beyond {HUGE:g}); lower alpha, or lambda, or beta")
