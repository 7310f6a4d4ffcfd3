"""From history to state.

The history H_t is the tokens written so far. A state is a function of it: the *environment state* is the step and the
memories of all rules, and Markov by construction; an *agent state* is what a `View` shows of it; an agent state is an
*information state* (Markov state) when it determines what comes next as well as the whole history does (Silver, "UCL
course on RL", lecture 1, 2015; Sutton & Barto 2018, section 17.3). A state splits the histories into classes: those
with the same state cannot be told apart by it. Letters: P histories, n tokens of each, T steps.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic.core.automata import Automaton, TooManyStates, row_classes
from evomusic.core.checks import able
from evomusic.core.task import Task
from evomusic.core.views import View, as_view, listed

CELLS = 2**23  # cells of state and token up to which a view's states are listed


def agent_states(task: Task, view: View | str, histories: ArrayLike) -> NDArray[np.int64]:
    """The agent states that histories pass through, numbered as learners number the rows of a listed Q.

    Args:
        task: the task.
        view: the agent state, or its name.
        histories: (P, n) tokens, n from 0 to T; whole melodies have n = T.

    Returns:
        (P, n + 1) int64: the state before each token, and after the last; step x memories + memory with a clock, the
        memory alone without. Two histories are alike for the view exactly when their numbers are equal.

    Raises:
        ValueError: tokens are not on the task's grid.
        TooManyStates: the view has too many states to list.
    """
    view, histories = as_view(view), _checked(task, histories)
    seen = listed_view(task, view)
    memory = walked([seen], histories)[:, :, 0]
    return memory + np.arange(memory.shape[1]) * seen.size if view.clock else memory


def environment_states(task: Task, histories: ArrayLike) -> NDArray[np.int64]:
    """The environment states that histories pass through: classes of step and all rule memories.

    Args:
        task: the task; where it has final rewards, these depend on every token, and no two histories are alike.
        histories: (P, n) tokens, n from 0 to T.

    Returns:
        (P, n + 1) int64: numbers in order of first appearance. Equal numbers are equal states; numbers of two calls
        have nothing to do with each other, because joint memories are too many to be listed beforehand.

    Raises:
        ValueError: tokens are not on the task's grid.
    """
    histories = _checked(task, histories)
    count, length = histories.shape
    columns = [np.broadcast_to(np.arange(length + 1)[None, :, None], (count, length + 1, 1))]
    columns.append(walked(task.machine.groups, histories))
    if task.rewards_at_end:
        written = np.arange(length)[None, :] < np.arange(length + 1)[:, None]  # (n + 1, n): tokens written by then
        columns.append(np.where(written[None], histories[:, None, :].astype(np.int64) + 1, 0))
    rows = np.concatenate(columns, axis=2)
    classes, _ = row_classes(np.ascontiguousarray(rows.reshape(-1, rows.shape[2])))
    return classes.reshape(count, length + 1)


def is_information_state(task: Task, view: View | str) -> bool:
    """Whether a view's agent state is an information state of a task: `View.is_markov`, by view or name.

    Raises:
        TooManyStates: only the joint memories of many observers could tell, and they are too many to list.
    """
    return as_view(view).is_markov(task)


def aliased(task: Task, view: View | str, histories: ArrayLike) -> NDArray[np.bool_]:
    """Positions whose agent state stands for more than one environment state among these histories.

    Args:
        task: the task.
        view: the agent state, or its name.
        histories: (P, n) tokens, n from 0 to T.

    Returns:
        (P, n + 1) bool. A view may be aliased and yet Markov: what it hides may matter to no reward of its own.

    Raises:
        ValueError: tokens are not on the task's grid.
        TooManyStates: the view has too many states to list.
    """
    _, seen = np.unique(agent_states(task, view, histories), return_inverse=True)
    true = environment_states(task, histories)
    seen = seen.reshape(true.shape)
    pairs = np.unique(np.stack([seen.ravel(), true.ravel()], axis=1), axis=0)
    return np.asarray(np.bincount(pairs[:, 0])[seen] > 1)


def listed_view(task: Task, view: View) -> Automaton:
    """A view's memories as one automaton, in the numbers that learners give them.

    Raises:
        TooManyStates: there are too many.
    """
    seen = listed(task, view, CELLS)
    if seen is None:
        raise TooManyStates(f"the states of {view} are too many to list; use a view that sees less")
    return seen


def walked(automata: Iterable[Automaton], histories: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Memories (P, n + 1, automata) that histories (P, n) lead automata through."""
    automata = tuple(automata)
    memory = np.zeros((len(histories), histories.shape[1] + 1, len(automata)), np.int64)
    for i, auto in enumerate(automata):
        for t, tokens in enumerate(histories.T):
            memory[:, t + 1, i] = auto.next[auto.slot[t], memory[:, t, i], tokens]
    return memory


def _checked(task: Task, histories: Any) -> NDArray[np.uint8]:
    """Histories as (P, n) uint8."""
    able("task", task, ("evaluate",), "a Task, such as em.make('tune')")
    array, grid = np.asarray(histories), task.grid
    if array.ndim != 2 or array.shape[1] > grid.steps:
        raise ValueError(
            f"histories has shape {array.shape}, expected (P, n) with n from 0 to {grid.steps}, the steps of task "
            f"{task.name!r}; one history is a row: histories[None]"
        )
    if array.size and array.dtype.kind not in "ui":
        raise ValueError(f"histories has dtype {array.dtype}, expected uint8 tokens")
    if array.size and not (array.min() >= 0 and array.max() < grid.tokens):
        wrong = array.min() if array.min() < 0 else array.max()
        raise ValueError(f"histories holds token {wrong}, expected 0 to {grid.tokens - 1} on this task's grid")
    return array.astype(np.uint8)
