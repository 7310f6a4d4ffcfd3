"""Logged histories: states, actions and rewards, step by step, of oneself or of others.

Off-policy methods learn from a log (Sutton & Barto 2018, section 5.5 and chapter 6): a GA's melodies may teach
Q-learning. N transitions, in the order in which they happened; an episode ends where `terminated` is True.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic.core.histories import agent_states

if TYPE_CHECKING:
    from evomusic.core.task import Task
    from evomusic.core.views import View
    from evomusic.models.mdp import FiniteMDP


class Transitions(NamedTuple):
    """N transitions: in state s, action a gave reward r and led to s2; `terminated` where that ended an episode."""

    s: NDArray[np.int64]
    a: NDArray[np.int64]
    r: NDArray[np.float64]
    s2: NDArray[np.int64]
    terminated: NDArray[np.bool_]


KINDS: dict[str, tuple[str, Any]] = {
    "s": ("iu", np.int64),
    "a": ("iu", np.int64),
    "r": ("iuf", np.float64),
    "s2": ("iu", np.int64),
}


def check_transitions(log: Transitions | tuple[ArrayLike, ...], states: int, actions: int) -> Transitions:
    """A log that fits a model, as contiguous arrays of the types that learners read.

    Args:
        log: five rows of N: s, a, r, s2, terminated.
        states: S; s is 0 to S - 1, and so is s2 where the episode goes on (behind an end it is not read).
        actions: A; a is 0 to A - 1.

    Raises:
        ValueError: a row is missing, of another length or type, or has a value out of range; names the transition.
    """
    if not isinstance(log, tuple) or len(log) != len(Transitions._fields):
        raise ValueError(f"log is {type(log).__name__}, expected Transitions(s, a, r, s2, terminated)")
    fields = dict(zip(Transitions._fields, map(np.asarray, log), strict=True))
    ended = fields["terminated"]
    if ended.ndim != 1 or ended.dtype != np.bool_ or not len(ended):
        raise ValueError(f"log's terminated has shape {ended.shape} and dtype {ended.dtype}, expected (N,) bool, N > 0")
    for name, (kinds, _) in KINDS.items():
        row = fields[name]
        if row.shape != ended.shape or row.dtype.kind not in kinds:
            wanted = "numbers" if name == "r" else "whole numbers"
            raise ValueError(
                f"log's {name} has shape {row.shape} and dtype {row.dtype}, expected {ended.shape} {wanted}"
            )
    s, a, r, s2 = (np.ascontiguousarray(fields[name], kind) for name, (_, kind) in KINDS.items())
    _refuse("s", s, (s >= 0) & (s < states), f"a state from 0 to {states - 1}")
    _refuse("a", a, (a >= 0) & (a < actions), f"an action from 0 to {actions - 1}")
    _refuse("r", r, np.isfinite(r), "a finite number")
    _refuse("s2", s2, ended | ((s2 >= 0) & (s2 < states)), f"a state from 0 to {states - 1}")
    return Transitions(s, a, r, s2, np.ascontiguousarray(ended))


def transitions_of(
    task: Task, view: View | str, melodies: NDArray[np.uint8], mdp: FiniteMDP | None = None
) -> Transitions:
    """The history of melodies as an agent with this view would have logged it, one melody after the other.

    Args:
        task: the task, for the step rewards; final rewards come with the last step.
        view: the agent state, or its name.
        melodies: (P, T) tokens.
        mdp: `FiniteMDP.from_task(task, view)`, to number states as that model does; as `agent_states` when None.

    Returns:
        P x T transitions; only the last of each melody is terminated.

    Raises:
        ValueError: melodies do not fit the grid, or `mdp` is not the model of this task.
        TooManyStates: the view has too many states to list.
    """
    rewards = task.rewards(melodies)
    tokens = np.asarray(melodies).astype(np.int64)
    states = agent_states(task, view, melodies) if mdp is None else _followed(mdp, tokens, rewards)
    last = np.zeros(tokens.shape, np.bool_)
    last[:, -1] = True
    return Transitions(states[:, :-1].ravel(), tokens.ravel(), rewards.ravel(), states[:, 1:].ravel(), last.ravel())


def _followed(mdp: FiniteMDP, tokens: NDArray[np.int64], rewards: NDArray[np.float64]) -> NDArray[np.int64]:
    """States (P, T + 1) of a task's model along melodies; its rewards on the way have to be the task's."""
    first, rows = mdp.outcomes.first, mdp.outcomes.rows
    wrong = "mdp is not the model of this task, expected FiniteMDP.from_task(task, view)"
    if len(first) != len(rows) + 1 or (tokens.size and tokens.max() >= mdp.actions):
        raise ValueError(wrong)
    states = np.zeros((len(tokens), tokens.shape[1] + 1), np.int64)
    states[:, 0] = rows["to"][-1]
    for t, chosen in enumerate(tokens.T):
        outcomes = rows[states[:, t] * mdp.actions + chosen]  # a model of one outcome each: group number = row number
        if (
            not np.array_equal(outcomes["reward"], rewards[:, t])
            or (outcomes["end"] != (t == tokens.shape[1] - 1)).any()
        ):
            raise ValueError(wrong)
        states[:, t + 1] = outcomes["to"]
    return states


def _refuse(name: str, row: NDArray[np.generic], good: NDArray[np.bool_], wanted: str) -> None:
    """Raise for the first transition that is not good."""
    if not good.all():
        at = int(np.argmin(good))
        raise ValueError(f"log's {name}[{at}] is {row[at]}, expected {wanted}: transition {at} of {len(row)}")
