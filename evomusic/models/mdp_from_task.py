"""A task through a Markov view, written out as a finite MDP."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evomusic.core.automata import TooManyStates
from evomusic.core.checks import instance, number, probability
from evomusic.core.task import Task
from evomusic.core.views import View, as_view, listed
from evomusic.models.outcomes import ROW, Outcomes

PAIRS = 2**22  # outcomes that are written out at most: 100 MB


def task_outcomes(task: Task, view: View | str, slip: float = 0.0, reward_noise: float = 0.0) -> tuple[Outcomes, int]:
    """Outcomes of a task through a Markov view, and the number of states.

    Layer by layer: a state is a memory of the view, and any history that leads to it gives its rewards.

    Raises:
        ValueError: the view has no clock or is not Markov for this task, or a noise is out of range.
        TooManyStates: there are too many states to write out.
    """
    instance("task", task, Task, "a Task")
    view = as_view(instance("view", view, (View, str), "a View or the name of one"))
    if not view.clock:
        raise ValueError(f"{view} has no clock: when an episode ends is then no part of its state")
    if not view.is_markov(task):
        raise ValueError(f"{view} is not Markov for task {task.name!r}; use a view that sees more, such as 'markov'")
    slip, reward_noise = probability("slip", slip), number("reward_noise", reward_noise, 0.0)
    seen, tokens = listed(task, view, 16 * PAIRS), task.grid.tokens
    most = PAIRS // (tokens * (tokens if slip else 1) * (2 if reward_noise else 1))
    groups = task.machine.groups
    memories, group_memories = (
        np.zeros(1, np.int64),
        [np.zeros(1, np.int64) for _ in groups],
    )  # of one history of each state
    to: list[NDArray[np.int64]] = []
    rewards: list[NDArray[np.float64]] = []
    states = 1
    for t in range(task.grid.steps):
        if seen is None or states > most:
            raise TooManyStates(
                f"task {task.name!r} has more than {most} states through {view}; "
                "write out a smaller task, or learn on the task itself"
            )
        rewards.append(
            sum(
                (g.value[g.slot[t]][m] for g, m in zip(groups, group_memories, strict=True)),
                np.zeros((len(memories), tokens)),
            )
        )
        ahead, place, inverse = np.unique(seen.next[seen.slot[t]][memories], return_index=True, return_inverse=True)
        to.append(states + inverse.reshape(len(memories), tokens))
        group_memories = [
            g.next[g.slot[t]][m].ravel()[place].astype(np.int64) for g, m in zip(groups, group_memories, strict=True)
        ]
        memories, states = ahead.astype(np.int64), states + len(ahead)
    outcomes, states = _layered(to, rewards, tokens)
    if slip:
        outcomes = _slipping(outcomes, slip)
    return (_noisy(outcomes, reward_noise) if reward_noise else outcomes), states


def _layered(to: list[NDArray[np.int64]], rewards: list[NDArray[np.float64]], tokens: int) -> tuple[Outcomes, int]:
    """Outcomes of a task's layers; the states after the last token are one, which stays as it is."""
    final = int(sum(len(layer) for layer in to))
    pairs = final * tokens
    rows = np.zeros(pairs + tokens + 1, ROW)
    rows["p"] = 1.0
    rows["to"][:pairs] = np.minimum(np.concatenate([layer.ravel() for layer in to]), final)
    rows["reward"][:pairs] = np.concatenate([layer.ravel() for layer in rewards])
    rows["to"][pairs : pairs + tokens] = final
    rows["end"][: pairs + tokens] = rows["to"][: pairs + tokens] == final
    return Outcomes(np.arange(len(rows) + 1), rows, tokens), final + 1


def _slipping(outcomes: Outcomes, slip: float) -> Outcomes:
    """Outcomes (one a state and action) where the action is replaced by a uniformly random one with a probability."""
    tokens = outcomes.actions
    chance = np.full((tokens, tokens), slip / tokens)  # of the token that is written, by the one that was chosen
    np.fill_diagonal(chance, 1 - slip + slip / tokens)
    pairs = len(outcomes.rows) - tokens - 1  # not of the final state, nor of the start
    rows = np.repeat(outcomes.rows[:pairs].reshape(-1, 1, tokens), tokens, axis=1)  # (S - 1, A, A)
    rows["p"] = chance
    rest = np.arange(1, tokens + 2) + pairs * tokens
    first = np.concatenate([np.arange(pairs + 1) * tokens, rest])
    return Outcomes(first, np.concatenate([rows.ravel(), outcomes.rows[pairs:]]), tokens)


def _noisy(outcomes: Outcomes, size: float) -> Outcomes:
    """Outcomes whose reward is greater or less by a size, either with half of their probability."""
    loud = len(outcomes.rows) - outcomes.actions - 1
    rows = np.repeat(outcomes.rows[:loud], 2)
    rows["p"] /= 2
    rows["reward"] += np.tile([size, -size], loud)
    first = np.where(outcomes.first <= loud, 2 * outcomes.first, outcomes.first + loud)
    return Outcomes(first, np.concatenate([rows, outcomes.rows[loud:]]), outcomes.actions)
