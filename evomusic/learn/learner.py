"""What all learners have in common: as methods on tasks, one loop, rows that grow, greedy melodies."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from evomusic.core.method import Batch
from evomusic.core.task import Task
from evomusic.core.views import View, as_view
from evomusic.encodings.notes.notes import Notes
from evomusic.learn.explore import line, stretched
from evomusic.learn.loop import REWARD, STATE, STEPS, WAITS, learn, new_cursor
from evomusic.learn.replay import Kept, Scored, keep
from evomusic.learn.walk import ROWS, Plan, Rows, empty, greedy_row, grown, model_of, plan
from evomusic.models.transitions import Transitions
from evomusic.models.walk import COUNT, start

EPISODES = 100  # melodies a batch at most; fewer at first, so that curves begin early
NO_RETURNS, NO_LENGTHS = np.zeros(0), np.zeros(0, np.int64)
NO_LOG = Transitions(NO_LENGTHS, NO_LENGTHS, NO_RETURNS, NO_LENGTHS, np.zeros(0, np.bool_))
HUGE = 1e12  # values beyond this are on their way to infinity


class Learning(NamedTuple):
    """State of a learner on a task: what it has learnt, the rows it has met, and where its walk stands."""

    agent: Any
    rows: Rows
    cursor: NDArray[np.float64]
    kept: Kept

    @property
    def q(self) -> NDArray[np.float64]:
        """Action values (S, A) of a learner that has them."""
        return self.agent.q

    @property
    def values(self) -> NDArray[np.float64]:
        """State values (S,): a critic's, or the greatest action value."""
        return state_values(self.agent)

    @property
    def policy(self) -> NDArray[Any]:
        """What was learnt to do: the greedy action of each state (S,), or a policy's probabilities (S, A)."""
        return policy_of(self.agent)

    @property
    def model(self) -> Any:
        """The model that was learnt, as a FiniteMDP, by a learner that learns one."""
        return self.agent.model()


@dataclass(frozen=True, kw_only=True)
class Learner(ABC):
    """A learner: parameters, and `agent`, which makes the NamedTuple that the loop knows. It is a method on tasks.

    Args:
        view: the agent state, or its name.
        gamma: discount, 0 to 1.
        rows: `listed` for all states, `met` for rows on demand, `auto` for whichever fits.

    A learner whose values are weighted means of returns and values, which cannot diverge, sets `averages`.
    """

    averages: ClassVar[bool] = False

    view: View | str = "short"
    gamma: float = 1.0
    rows: str = "auto"

    def __post_init__(self) -> None:
        object.__setattr__(self, "view", as_view(self.view))
        line(self.gamma, "gamma", falls=False)
        if self.rows not in ROWS:
            raise ValueError(f"rows is {self.rows!r}, expected one of {', '.join(ROWS)}")
        self.check()

    @abstractmethod
    def check(self) -> None:
        """Check the parameters.

        Raises:
            ValueError: one is out of range.
        """

    @abstractmethod
    def agent(self, states: int, actions: int, length: int) -> Any:
        """A learner that has learnt nothing, as the loop walks it: a NamedTuple of arrays, numbers and NamedTuples.

        Args:
            states: S; arrays of what is known of states lead with it, and are copied into larger ones.
            actions: A.
            length: steps of an episode to have room for, where a learner keeps an episode.
        """

    def within(self, steps: int) -> Self:
        """The same learner, its schedules stretched over a run."""
        return stretched(self, steps)

    def init(self, task: Task, rng: np.random.Generator) -> tuple[Learning, Batch]:
        """Nothing learnt, and the first melody."""
        tables = self._plan(task)
        rows, states = empty(tables)
        agent = self.agent(states, tables.actions, task.grid.steps)
        kept = Kept(np.zeros((0, task.grid.steps), np.uint8), np.zeros(0))
        return self.step(task, Learning(agent, rows, new_cursor(), kept), rng)

    def step(self, task: Task, state: Learning, rng: np.random.Generator) -> tuple[Learning, Batch]:
        """Learn from some melodies as it writes them; the arrays of the state that is passed are written to."""
        length, cursor, tables = task.grid.steps, state.cursor.copy(), self._plan(task)
        episodes = min(EPISODES, 1 + int(cursor[STEPS]) // length // 10)
        rows, states = grown(tables, state.rows._replace(memory=state.rows.memory.copy()), episodes * length)
        agent = roomy(self.resized(state.agent, states, tables.actions, length), episodes * length)
        actions = np.empty((episodes, length), np.uint8)
        walk, planned = (agent, model_of(tables, rows), rows.memory, cursor), sweeps_of(agent)
        rest = (NO_RETURNS, NO_LENGTHS, length + 1, length + 1, task.late, NO_LOG, rng)
        if task.late:
            for row in actions:
                learn(*walk, row, *rest)
                cursor[REWARD] += task.last_rewards(row[None])[0]
        else:
            learn(*walk, actions.reshape(-1), *rest)
        check_finite(self, agent, rows)
        returns, swept = task.evaluate(actions), sweeps_of(agent) - planned
        return Learning(agent, rows, cursor, keep(state.kept, actions, returns)), Batch(
            actions, returns, updates=actions.size, sweeps=swept
        )

    def deliver(self, task: Task, state: Learning) -> NDArray[np.uint8]:
        """The greedy melody."""
        return greedy_row(self._plan(task), state.rows, ranks(state.agent))

    @property
    def encoding(self) -> Notes:
        """How melodies travel between learners and searchers: as they are."""
        return Notes()

    def emigrants(self, task: Task, state: Learning, n: int) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
        """The best melodies that it has written (n, T), and their returns (n,): a first population for a GA, say."""
        return state.kept.melodies[:n], state.kept.returns[:n]

    def immigrate(
        self, task: Task, state: Learning, genomes: NDArray[np.uint8], returns: NDArray[np.float64]
    ) -> Learning:
        """Learn from melodies (n, T) that others wrote, token by token as if it had written them: off-policy."""
        length, cursor, tables = task.grid.steps, state.cursor.copy(), self._plan(task)
        rows, states = grown(tables, state.rows._replace(memory=state.rows.memory.copy()), len(genomes) * length)
        agent = roomy(self.resized(state.agent, states, tables.actions, length), len(genomes) * length)
        own, rng = model_of(tables, rows), np.random.default_rng(0)  # nothing is left to chance but ties
        rest = (NO_RETURNS, NO_LENGTHS, length + 1, length + 1, True, NO_LOG, rng)
        none, room = np.empty((0,), np.uint8), np.empty(length, np.uint8)
        if cursor[WAITS]:
            learn(agent, Scored(own, none), rows.memory, cursor, none, *rest)
        final = task.last_rewards(genomes)
        for melody, paid in zip(genomes, final, strict=True):
            place = new_cursor()
            place[STATE], place[STEPS] = start(own, rows.memory, rng), max(cursor[STEPS], 1)  # schedules stand still
            walk = (agent, Scored(own, np.ascontiguousarray(melody)), rows.memory, place)
            learn(*walk, room, *rest)
            place[REWARD] += paid
            learn(*walk, none, *rest)
        check_finite(self, agent, rows)
        return Learning(agent, rows, cursor, state.kept)

    def resized(self, agent: Any, states: int, actions: int, length: int) -> Any:
        """What was learnt, with room for more states or longer episodes."""
        if len(ranks(agent)) == states and length <= getattr(agent, "length", length):
            return agent
        return _copied(agent, self.agent(states, actions, length))

    def _plan(self, task: Task) -> Plan:
        return plan(task, as_view(self.view), self.rows)


def _copied(old: Any, new: Any) -> Any:
    """The new agent with what the old one knows in its leading rows."""
    if isinstance(old, tuple):
        return type(old)(*(_copied(a, b) for a, b in zip(old, new, strict=True)))
    if not isinstance(old, np.ndarray) or any(a > b for a, b in zip(old.shape, new.shape, strict=True)):
        return old  # a number, or what grows with experience and not with states
    new[tuple(slice(n) for n in old.shape)] = old
    return new


def roomy(agent: Any, steps: int) -> Any:
    """What was learnt, with room for what so many further steps may meet, where a learner keeps a model of that."""
    return agent.grown(steps) if hasattr(agent, "grown") else agent


def ranks(agent: Any) -> NDArray[np.float64]:
    """What a learner ranks actions by (S, A): action values, or the preferences of a policy."""
    return agent.q if hasattr(agent, "q") else agent.preferences


def policy_of(agent: Any) -> NDArray[Any]:
    """The greedy action of each state (S,), or a policy's probabilities (S, A)."""
    return agent.probabilities() if hasattr(agent, "probabilities") else ranks(agent).argmax(axis=1)


def sweeps_of(agent: Any) -> int:
    """Updates that a learner has made with transitions of its own model."""
    return int(agent.planned[0]) if hasattr(agent, "planned") else 0


def state_values(agent: Any) -> NDArray[np.float64]:
    """State values (S,): a critic's, or the greatest action value."""
    return agent.v if hasattr(agent, "v") else agent.q.max(axis=1)


def check_finite(learner: Any, agent: Any, rows: Rows | None = None, always: bool = False) -> None:
    """Refuse to go on with values that run away; those that are means of what was met cannot, but by their sums.

    Raises:
        ValueError: they do.
    """
    if getattr(learner, "averages", False) and not always:
        return
    for known in (getattr(agent, name) for name in ("q", "preferences", "v") if hasattr(agent, name)):
        met = known if rows is None or not len(rows.keys) else known[: rows.memory[COUNT]]
        if not np.abs(met).max(initial=0.0) < HUGE:
            kind = type(learner).__name__
            raise ValueError(f"the values of {kind} diverged (beyond {HUGE:g}); lower alpha, or lambda, or beta")
