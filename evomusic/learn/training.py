"""`train`: any learner on any explicit model, on a task, or from a log, outside of studies.

`Walk` walks an explicit model in chunks and collects returns, lengths and the log; `train` and `predict` use it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import budget, flag, instance, whole, wrong
from evomusic.core.ledger import Ledger, run
from evomusic.core.method import Batch
from evomusic.core.task import Task
from evomusic.core.views import as_view
from evomusic.learn.explore import MOST_STEPS, stretched
from evomusic.learn.informed import require_task
from evomusic.learn.learner import Learner, Learning, check_finite, policy_of, ranks, roomy, state_values
from evomusic.learn.loop import TIME, learn, new_cursor
from evomusic.learn.replay import log_of
from evomusic.learn.sampled import Sampled, problem_of, spawned
from evomusic.learn.walk import empty, plan
from evomusic.models.mdp import FiniteMDP
from evomusic.models.transitions import Transitions

CHUNK = 2**16  # steps between two looks
ENDLESS = 10**8  # steps after which a run of so many episodes is given up
BUFFER = 1024  # steps of an episode that learners have room for at first
MEMORY_SIZE = 8  # of a walk along a log


@dataclass(frozen=True, eq=False)
class Trained:
    """Result of training.

    Args:
        learner: the learner.
        agent: its arrays, as the loop walks them.
        returns: (E,) sums of rewards of the episodes that ended, in order.
        lengths: (E,) their steps.
        steps: number of steps.
        log: the transitions, where they were asked for; else none.
        problem: the model or task; of an environment, its states and actions by number.
        state: of a task's run, as `em.run` leaves it and `em.plots.draw_values` takes it; None for a model.
    """

    learner: Any
    agent: Any
    returns: NDArray[np.float64]
    lengths: NDArray[np.int64]
    steps: int
    log: Transitions
    problem: Any = field(default=None, repr=False)
    state: Learning | None = field(default=None, repr=False)

    @property
    def q(self) -> NDArray[np.float64]:
        """Action values (S, A).

        Raises:
            AttributeError: the learner keeps none.
        """
        self._tabular("action values")
        if not hasattr(self.agent, "q"):
            raise AttributeError(f"{type(self.learner).__name__} keeps no action values; it has values and a policy")
        return self.agent.q

    @property
    def values(self) -> NDArray[np.float64]:
        """State values (S,): a critic's, or the greatest action values."""
        self._tabular("values")
        return state_values(self.agent)

    @property
    def policy(self) -> NDArray[Any]:
        """Learnt policy: the greedy action of each state (S,), or probabilities (S, A)."""
        self._tabular("policy")
        return policy_of(self.agent)

    def _tabular(self, name: str) -> None:
        if hasattr(self.agent, "tile_weights"):
            raise AttributeError(f"{type(self.learner).__name__} keeps no table of {name}; use action_values and act")

    def action_values(self, observation: Any) -> NDArray[np.float64]:
        """Action values, or preferences, in a state: of an environment's observation, or by the state's name in an MDP.

        Args:
            observation: the observation or name. Linear learners take several at once, (..., d).

        Returns:
            (A,), or (..., A) of several observations.

        Raises:
            ValueError: the problem is no environment or MDP, or has no such state.
        """
        if hasattr(self.agent, "tile_weights"):
            return self.agent.tile_weights[self.problem.features(observation)].sum(axis=-2)
        wanted = "a FiniteMDP or a Gymnasium environment: read `q` and `policy`"
        problem = instance("problem", self.problem, (FiniteMDP, Sampled), wanted)
        return ranks(self.agent)[problem.state(observation)]

    def act(self, observation: Any) -> Any:
        """Greedy action in a state, as the environment takes it, or by its name in an MDP; arguments as above."""
        action = int(self.action_values(observation).argmax())
        return self.problem.move(action) if hasattr(self.problem, "move") else self.problem.names("action")[action]

    @property
    def model(self) -> Any:
        """Learnt model, a FiniteMDP.

        Raises:
            AttributeError: the learner learns none.
        """
        if not hasattr(self.agent, "model"):
            raise AttributeError(f"{type(self.learner).__name__} learns no model; Dyna does")
        return self.agent.model()

    def _repr_html_(self) -> str:
        """Values and policy, the greedy melody of a task, and the returns of episodes, in a notebook."""
        return import_module("evomusic.report.learnt").trained_html(self)  # by name: it stands on a higher floor


def train(
    learner: Learner,
    problem: Any,
    steps: int | None = None,
    seed: int = 0,
    *,
    episodes: int | None = None,
    log: Transitions | Sequence[Any] | None = None,
    passes: int = 1,
    horizon: int | None = None,
    keep: bool = False,
) -> Trained:
    """Train a learner, by the same loop and updates as on a task under the ledger.

    Args:
        learner: QLearning, Sarsa, ActorCritic, ...; its view counts on tasks only.
        problem: a FiniteMDP, a FinitePOMDP (the agent state is the last observation), a Task, or a Gymnasium
            environment with discrete observations and actions, which is walked by its table `P` where it shows one,
            else step by step, and whose time limit cuts off. For `LinearSarsa`: a continuous problem.
        steps: number of steps to learn for; of a log, number of transitions to walk, instead of passes.
        seed: seed of all randomness.
        episodes: number of episodes to learn for, instead of steps.
        log: learn off-policy from this history instead, as Transitions or rows (s, a, r, s2, terminated).
        passes: number of times that a log is walked.
        horizon: steps after which an episode is cut off: that is no end, so its last state's value counts.
        keep: whether to return the transitions, as `log`.

    Returns:
        Values, policy, and the returns of all episodes.

    Raises:
        ValueError: an argument does not fit, values diverge, or episodes go on for ever.
    """
    instance("learner", learner, Learner, "a learner such as QLearning()")
    seed, keep = whole("seed", seed), flag("keep", keep)
    if isinstance(problem, Task) and log is None:
        _one_of(steps, episodes)
        length = problem.grid.steps
        budget = positive("steps", steps) if steps is not None else positive("episodes", episodes) * length
        return _train_on_task(learner, problem, budget, seed)
    if isinstance(problem, Task):
        states, actions = empty(plan(problem, as_view(learner.view), "listed"))[1], problem.grid.tokens
    else:
        problem, horizon = problem_of(learner.seen(problem, spawned(seed)), seed, horizon)
        check_problem(problem)
        require_task(learner)
        states, actions = problem.observed_states, problem.actions
    if log is None:
        model, memory_size = problem.walk, problem.memory_size
    else:
        model, memory_size = log_of(log, states, actions), MEMORY_SIZE
        if episodes is not None:
            raise ValueError("a log is walked by steps or passes, expected no episodes with it")
        steps = positive("passes", passes) * len(model.s) if steps is None else steps
    _one_of(steps, episodes)
    steps = None if steps is None else positive("steps", steps)
    if hasattr(model, "active") and keep:
        raise ValueError("keep is True, expected False: continuous states have no numbers to log")
    learner = learner if steps is None else stretched(learner, steps)
    agent = learner.joined(learner.agent(states, actions, BUFFER), model)
    limit = None if episodes is None else positive("episodes", episodes)
    walk = Walk(model, np.zeros(memory_size, np.int64), np.random.default_rng(seed), horizon, problem)
    agent, trail = walk.go(agent, lambda x, n: learner.resized(x, states, actions, n), steps, limit, keep, learner)
    check_finite(learner, agent, always=True)
    return Trained(learner, agent, *trail, problem)


def _one_of(steps: Any, episodes: Any) -> None:
    if (steps is None) == (episodes is None):
        raise ValueError("train needs steps or episodes, expected one of the two")


def check_problem(problem: Any) -> None:
    """Raises ValueError unless a problem can be walked."""
    sizes = [getattr(problem, name, None) for name in ("observed_states", "actions", "memory_size")]
    if not hasattr(problem, "walk") or not all(isinstance(size, (int, np.integer)) for size in sizes):
        hint = "; em.learn.LinearSarsa learns on continuous ones" if hasattr(problem, "low") else ""
        raise wrong("problem", problem, f"a FiniteMDP, a FinitePOMDP or a Task, or a Gymnasium environment{hint}")


class Walk:
    """A walk through an explicit model, in one go or in several.

    Args:
        model: the model that is walked.
        memory: its scratch (see `models/walk.py`).
        rng: generator of all randomness.
        horizon: steps after which an episode is cut off; never when None.
        problem: the problem that the model is of; its `raise_error`, if it has one, raises what went wrong in the loop.
    """

    def __init__(
        self, model: Any, memory: NDArray[np.int64], rng: np.random.Generator, horizon: int | None, problem: Any = None
    ) -> None:
        self.model, self.memory, self.rng = model, memory, rng
        self.raise_error = getattr(problem, "raise_error", _nothing)
        self.cursor, self.horizon = new_cursor(), 2**62 if horizon is None else positive("horizon", horizon)

    def go(
        self,
        agent: Any,
        resize: Callable[[Any, int], Any],
        steps: int | None,
        episodes: int | None,
        keep: bool = False,
        learner: Any = None,
    ) -> tuple[Any, tuple[NDArray[np.float64], NDArray[np.int64], int, Transitions]]:
        """Learn for so many steps or episodes.

        Args:
            agent: the agent that learns.
            resize: `resize(agent, length)` returns it with room for longer episodes.
            steps: number of steps, or None.
            episodes: number of episodes at most, or None.
            keep: whether to log transitions.
            learner: the learner, whose values must not diverge.

        Returns:
            The agent, and returns, lengths, the number of steps and the log.

        Raises:
            ValueError: values diverge, or too few episodes end.
        """
        made, ended = 0, 0
        all_returns, all_lengths, logs = [np.zeros(0)], [np.zeros(0, np.int64)], [_room(0)]
        budget = ENDLESS if steps is None else steps
        while made < budget and (episodes is None or ended < episodes):
            n = min(CHUNK, budget - made)
            agent = roomy(agent, n)
            returns = np.empty(n + 1 if episodes is None else min(n + 1, episodes - ended))
            lengths, log = np.empty(len(returns), np.int64), _room(n if keep else 0)
            room = getattr(agent, "length", 2**62)
            ends = (returns, lengths, room, self.horizon, False, log, self.rng)
            done, finished = learn(agent, self.model, self.memory, self.cursor, np.empty(n, np.int64), *ends)
            self.raise_error()
            made, ended = made + done, ended + finished
            all_returns.append(returns[:finished])
            all_lengths.append(lengths[:finished])
            logs.append(_cut(log, done))
            check_finite(learner, agent)
            if self.cursor[TIME] >= room:
                agent = resize(agent, 2 * room)
        if steps is None and episodes is not None and ended < episodes:
            raise ValueError(f"{ended} of {episodes} episodes ended within {ENDLESS:,} steps; give horizon")
        log = Transitions(*(np.concatenate(parts) for parts in zip(*logs, strict=True)))
        return agent, (np.concatenate(all_returns), np.concatenate(all_lengths), made, log)


def _nothing() -> None:
    pass


def _room(n: int) -> Transitions:
    s, a, s2 = (np.empty(n, np.int64) for _ in range(3))
    return Transitions(s, a, np.empty(n), s2, np.empty(n, np.bool_))


def _cut(log: Transitions, n: int) -> Transitions:
    return Transitions(log.s[:n], log.a[:n], log.r[:n], log.s2[:n], log.terminated[:n])


def positive(name: str, value: Any) -> int:
    """A whole number of 1 or more; floats such as 1e6 are read as such.

    Raises:
        ValueError: it is none.
    """
    return budget(name, value, 1, MOST_STEPS)


class _Training:
    """A learner that spends all steps on learning: its greedy melody is not evaluated on the way."""

    def __init__(self, learner: Learner, steps: int) -> None:
        stretched = learner.within(steps)
        self.init, self.step, self.deliver = stretched.init, stretched.step, stretched.deliver


def _train_on_task(learner: Learner, task: Task, steps: int, seed: int) -> Trained:
    """Train a learner on a task, as under the ledger."""
    batches: list[Batch] = []

    def watch(ledger: Ledger) -> None:
        batches.append(ledger.batch)

    record = run(_Training(learner, steps), task, steps, seed, watch)
    returns = np.concatenate([b.returns for b in batches])
    lengths = np.full(len(returns), task.grid.steps)
    return Trained(learner, record.state.agent, returns, lengths, record.steps, _room(0), task, record.state)
