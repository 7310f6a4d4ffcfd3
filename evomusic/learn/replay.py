"""Recorded experience as models that learners walk: a `Log` of transitions, and a `Demonstration` on a task.

A learner walks them by the one loop, but the model says which action was taken (`LOGGED` in `loop.py`): it learns
off-policy from what somebody else did. Letters: N transitions, S states, A actions, T tokens of a melody.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.learn.loop import CUT, LOGGED
from evomusic.models.transitions import Transitions, check_transitions
from evomusic.models.walk import START, STEP, WALK, TaskModel, start, step


class Log(NamedTuple):
    """N transitions, walked in order, again and again; `end` is 1 where an episode ended, CUT where it was cut off."""

    s: NDArray[np.int64]
    a: NDArray[np.int64]
    r: NDArray[np.float64]
    s2: NDArray[np.int64]
    end: NDArray[np.int64]


def _start_log(model: Any, memory: Any, rng: Any) -> Any:  # memory[0]: the transition that comes next
    return model.s[memory[0]]


def _step_log(model: Any, memory: Any, s: Any, a: Any, rng: Any) -> Any:
    i = memory[0]
    memory[0] = i + 1 if i + 1 < len(model.s) else 0
    return model.s2[i], model.r[i], model.end[i]


def _logged_action_log(model: Any, memory: Any) -> Any:
    return model.a[memory[0]]


START[Log], WALK[Log], LOGGED[Log] = _start_log, _step_log, _logged_action_log


def log_of(log: Transitions | Sequence[Any], states: int, actions: int) -> Log:
    """Return a log as a model, checked.

    Args:
        log: Transitions, five arrays, or N rows of (s, a, r, s2, terminated).
        states: S.
        actions: A.

    Raises:
        ValueError: it is no log, or does not fit; says which transition.
    """
    history = check_transitions(columns_of(log), states, actions)
    end = history.terminated.astype(np.int64)
    joins = np.append(history.s2[:-1] == history.s[1:], False)
    end[(end == 0) & ~joins] = CUT
    s2 = np.where(history.terminated, 0, history.s2)  # behind an end it is not read
    return Log(history.s, history.a, history.r, s2, end)


def columns_of(log: Any) -> tuple[NDArray[Any], ...]:
    """Return the five columns (N,) of a log, which may come as columns or as rows.

    Five things are columns, unless they are rows themselves: tuples of five, or arrays of five numbers of one kind.

    Raises:
        ValueError: it is neither.
    """
    try:
        parts: list[Any] = list(log)
        five = len(parts) == 5 and not (isinstance(log, np.ndarray) and log.ndim == 2 and log.shape[1] == 5)
        if five and all(len(part) == 5 for part in parts):
            kinds = {np.asarray(part).dtype for part in parts}
            five = not isinstance(parts[0], tuple) and (len(kinds) > 1 or isinstance(parts[0], list))
        columns = parts if five else list(zip(*parts, strict=True))
        s, a, r, s2, ended = (np.asarray(column) for column in columns)
    except (TypeError, ValueError):
        raise ValueError("log is no history, expected Transitions, or rows of (s, a, r, s2, terminated)") from None
    if ended.dtype.kind in "iuf" and np.isin(ended, (0, 1)).all():
        ended = ended.astype(np.bool_)
    return (*map(_whole, (s, a)), r, _whole(s2), ended)


def _whole(column: NDArray[Any]) -> NDArray[Any]:
    """Return whole numbers, where an array of rows has made floats of them."""
    floats = column.dtype.kind == "f" and np.isfinite(column).all() and (column == np.round(column)).all()
    return column.astype(np.int64) if floats else column


class Demonstration(NamedTuple):
    """A task's model, and the tokens (T,) of a melody that is written on it."""

    inner: TaskModel
    tokens: NDArray[np.uint8]


def _start_demonstration(model: Any, memory: Any, rng: Any) -> Any:
    return start(model.inner, memory, rng)


def _step_demonstration(model: Any, memory: Any, s: Any, a: Any, rng: Any) -> Any:
    return step(model.inner, memory, s, a, rng)


def _logged_action_demonstration(model: Any, memory: Any) -> Any:
    return np.int64(model.tokens[memory[STEP]])


START[Demonstration], WALK[Demonstration] = _start_demonstration, _step_demonstration
LOGGED[Demonstration] = _logged_action_demonstration
