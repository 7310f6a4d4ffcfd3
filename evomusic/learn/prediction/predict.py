"""`predict`: learn the values of a policy, with a predictor that the one loop walks through a model or a task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic.core.checks import flag, instance, whole, wrong
from evomusic.core.task import Task
from evomusic.core.views import View, as_view
from evomusic.learn.explore import stretched
from evomusic.learn.learner import NO_LENGTHS, NO_LOG, NO_RETURNS, check_finite
from evomusic.learn.loop import REWARD, learn
from evomusic.learn.prediction.td import Forward, Policy, Predictor, ValueHistory
from evomusic.learn.sampled import problem_of
from evomusic.learn.training import BUFFER, Walk, check_problem, positive
from evomusic.learn.walk import empty, model_of, plan
from evomusic.models.outcomes import TOLERANCE
from evomusic.models.transitions import Transitions, transitions_of

BLOCK = 2**22  # values of states that are stored between two copies


@dataclass(frozen=True, eq=False)
class Prediction:
    """Learnt values of a policy.

    Args:
        method: the predictor.
        values: (S,) state values in the end.
        history: (E + 1, S) values before learning, and after each episode that ended.
        returns: (E,) sums of rewards of these episodes, undiscounted.
        lengths: (E,) their steps.
        log: the transitions, where they were asked for; else none.
    """

    method: Predictor
    values: NDArray[np.float64]
    history: NDArray[np.float64]
    returns: NDArray[np.float64]
    lengths: NDArray[np.int64]
    log: Transitions


def predict(
    method: Predictor,
    problem: Any,
    policy: ArrayLike | None = None,
    episodes: int | None = None,
    seed: int = 0,
    *,
    steps: int | None = None,
    horizon: int | None = None,
    view: View | str = "short",
    keep: bool = False,
) -> Prediction:
    """Learn the values of a policy from episodes that follow it (Sutton & Barto 2018, chapters 5, 6, 7 and 12).

    Args:
        method: TD, LambdaReturn or MonteCarloValues.
        problem: a FiniteMDP, a FinitePOMDP (states are observations then), a Gymnasium environment with discrete
            observations and actions (see `train`), or a Task through a view that can be listed.
        policy: (S,) whole numbers, an action a state, or (S, A) probabilities; uniform when None. The states of a task
            are numbered as by `agent_states`.
        episodes: number of episodes to learn from.
        seed: seed of all randomness.
        steps: number of steps to learn for, instead of episodes.
        horizon: steps after which an episode is cut off: that is no end, so its last state's value counts.
        view: the agent state of a task, or its name.
        keep: whether to return the transitions, as `log`.

    Returns:
        Values in the end and after each episode, and the episodes' returns.

    Raises:
        ValueError: an argument does not fit, values diverge, or episodes go on for ever.
    """
    instance("method", method, Predictor, "TD(), LambdaReturn() or MonteCarloValues()")
    seed, keep = whole("seed", seed), flag("keep", keep)
    steps = None if steps is None else positive("steps", steps)
    episodes = None if episodes is None else positive("episodes", episodes)
    if (steps is None) == (episodes is None):
        raise ValueError("predict needs episodes or steps, expected one of the two")
    method = method if steps is None else stretched(method, steps)
    problem, horizon = (problem, horizon) if isinstance(problem, Task) else problem_of(problem, seed, horizon)
    model, states, actions, memory = _model_of(problem, view)
    rows = max(1, min(BLOCK // states, episodes or steps or BLOCK))
    agent = method.agent(
        policy_table(policy, states, actions), ValueHistory(np.empty((rows, states)), np.zeros(1, np.int64)), BUFFER
    )
    walk = Walk(model, memory, np.random.default_rng(seed), horizon, problem)
    late = getattr(problem, "late", False)
    if late and (episodes is None or horizon is not None):
        raise ValueError(f"task {problem.name!r} pays at the end of a melody: give episodes, no steps or horizon")
    return _followed(Waiting(walk, problem, view) if late else walk, method, agent, steps, episodes, keep)


def _followed(
    walk: Any, method: Predictor, agent: Any, steps: int | None, episodes: int | None, keep: bool
) -> Prediction:
    """Walk on until steps or episodes are spent; whenever the history of values is full, it is copied out."""
    history, trails, made, ended = [agent.v[None].copy()], [], 0, 0
    while (steps is None or made < steps) and (episodes is None or ended < episodes):
        agent.value_history.ended[0] = 0
        room = len(agent.value_history.values)
        limit = room if episodes is None else min(room, episodes - ended)
        agent, trail = walk.go(agent, _longer, None if steps is None else steps - made, limit, keep, method)
        made, ended = made + trail[2], ended + len(trail[0])
        history.append(agent.value_history.values[: len(trail[0])].copy())
        trails.append(trail)
    returns, lengths, _, logs = zip(*trails, strict=True)
    log = Transitions(*(np.concatenate(column) for column in zip(*logs, strict=True)))
    return Prediction(method, agent.v, np.concatenate(history), np.concatenate(returns), np.concatenate(lengths), log)


def _model_of(problem: Any, view: View | str) -> tuple[Any, int, int, NDArray[np.int64]]:
    """Return the model, S, A, and the walk's memory."""
    if not isinstance(problem, Task):
        check_problem(problem)
        return problem.walk, problem.observed_states, problem.actions, np.zeros(problem.memory_size, np.int64)
    tables = plan(problem, as_view(view), "listed")
    rows, states = empty(tables)
    return model_of(tables, rows), states, tables.actions, rows.memory


def _longer(agent: Forward, length: int) -> Forward:
    """Return an agent with room for longer episodes, in the middle of one."""
    states, rewards = np.zeros(length, np.int64), np.zeros(length)
    states[: agent.length], rewards[: agent.length] = agent.states, agent.rewards
    return agent._replace(states=states, rewards=rewards)


def policy_table(policy: ArrayLike | None, states: int, actions: int) -> Policy:
    """Return a policy as kernels follow it, checked.

    Args:
        policy: (S,) whole numbers, an action a state, or (S, A) probabilities; uniform when None.
        states: S.
        actions: A.

    Raises:
        ValueError: the policy does not fit.
    """
    wanted = f"({states},) whole numbers or {(states, actions)} probabilities"
    try:
        table = np.full((states, actions), 1 / actions) if policy is None else np.asarray(policy)
    except ValueError:  # rows of different lengths
        raise wrong("policy", policy, wanted) from None
    if table.shape == (states,) and table.dtype.kind in "iu":
        if not (table.min() >= 0 and table.max() < actions):
            raise ValueError(f"policy has actions from {table.min()} to {table.max()}, expected 0 to {actions - 1}")
        return Policy(table.astype(np.int64), np.zeros((0, 0)))
    if table.shape != (states, actions) or table.dtype.kind not in "fiu":
        raise ValueError(f"policy has shape {table.shape} and dtype {table.dtype}, expected {wanted}")
    if not (table >= 0).all() or not (np.abs(table.sum(axis=1) - 1) <= TOLERANCE).all():
        raise ValueError("policy has a row that is no distribution: expected numbers from 0 up that sum to 1")
    taken = table > 0
    last = actions - 1 - taken[:, ::-1].argmax(axis=1)
    sums = np.cumsum(table, axis=1, dtype=np.float64)
    sums[np.arange(actions) >= last[:, None]] = 1.0  # whatever rounding says
    return Policy(np.where(taken.sum(axis=1) == 1, last, -1), sums)


class Waiting:
    """A walk through a task with final rewards: the last update of a melody waits for the reward of the whole melody.

    Args:
        walk: the walk through the task's step rewards.
        task: the task.
        view: the agent state.
    """

    def __init__(self, walk: Walk, task: Task, view: View | str) -> None:
        self.walk, self.task, self.view = walk, task, view

    def go(
        self, agent: Any, resize: Any, steps: None, episodes: int, keep: bool, method: Predictor
    ) -> tuple[Any, tuple[NDArray[np.float64], NDArray[np.int64], int, Transitions]]:
        """Learn from so many melodies; arguments and returns are those of `Walk.go`."""
        walk, length = self.walk, self.task.grid.steps
        while getattr(agent, "length", length) < length:
            agent = resize(agent, 2 * agent.length)
        tokens, actions = np.empty((episodes, length), np.uint8), np.empty(length, np.int64)
        rest = (NO_RETURNS, NO_LENGTHS, length + 1, walk.horizon, True, NO_LOG, walk.rng)
        for row in tokens:
            learn(agent, walk.model, walk.memory, walk.cursor, actions, *rest)
            row[:] = actions
            walk.cursor[REWARD] += self.task.last_rewards(row[None])[0]
            learn(agent, walk.model, walk.memory, walk.cursor, actions[:0], *rest)
        check_finite(method, agent)
        log = transitions_of(self.task, self.view, tokens) if keep else NO_LOG
        return agent, (self.task.evaluate(tokens), np.full(episodes, length), episodes * length, log)
