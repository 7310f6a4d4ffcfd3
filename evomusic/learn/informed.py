"""Knowledge of music for learners: the task's style or song as first values, as first policy, and as proposals.

Each is a distribution of the next token; as a view sees it, it is a policy (`core/policies.py`, `core/song_policy.py`).
A learner of action values begins with the values of that policy (`initial="style"`), or explores by it
(`proposals="style"`): these are what a first population of samples and a mutation by the style are to evolution. A
learner of a policy begins with it (`prior="style"`). "song" does the same with the song, which hears form no more than
the style does, but the rhythm of half bars.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import choice, number
from evomusic.core.song_policy import prior_policy
from evomusic.core.task import Task
from evomusic.core.views import View
from evomusic.learn.learner import HUGE

STYLE: Final = "style"
INFORMED: Final = (STYLE, "song")
SOURCES: Final = ("uniform", *INFORMED)


def source(name: str, value: Any) -> str:
    """A distribution of tokens: `uniform`, `style` or `song` for the task's.

    Raises:
        ValueError: it is none of these.
    """
    return choice(name, value, SOURCES)


def prior_table(learner: Any, task: Task, view: View, states: int, prior: str) -> NDArray[np.float64]:
    """The style or the song as a policy (S, A) of a learner's view.

    Raises:
        ValueError: the task has no such prior, or the view's states have no rows beforehand.
    """
    policy = prior_policy(task, view, prior)
    if len(policy) != states:
        raise ValueError(f"{type(learner).__name__} needs rows='listed' to know the {prior} of every state")
    return policy


def value_or_prior(name: str, value: Any) -> float | str:
    """A finite number, or `style` or `song`.

    Raises:
        ValueError: it is neither.
    """
    if isinstance(value, str) and value in INFORMED:
        return value
    return number(name, value, -HUGE, HUGE, also=f", {' or '.join(map(repr, INFORMED))}")


def require_task(learner: Any) -> None:
    """Check that a learner needs no style and no song: an explicit model has none.

    Raises:
        ValueError: it does.
    """
    for name in ("initial", "proposals", "prior"):
        value = getattr(learner, name, None)
        if isinstance(value, str) and value in INFORMED:
            raise ValueError(f"{name}={value!r} needs a Task with a {value}, such as em.make('tune')")
