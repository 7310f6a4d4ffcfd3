"""Knowledge of music for learners: the task's style as first values, as first policy, and as proposals.

The style is a distribution of the next token; as a view sees it, it is a policy (`core/policies.py`). A learner of
action values begins with the values of that policy (`initial="style"`), or explores by it (`proposals="style"`): these
are what a first population of samples and a mutation by the style are to evolution. A learner of a policy begins
with it (`prior="style"`).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import choice, number
from evomusic.core.policies import style_policy
from evomusic.core.task import Task
from evomusic.core.views import View
from evomusic.learn.learner import HUGE

STYLE: Final = "style"
SOURCES: Final = ("uniform", STYLE)


def source(name: str, value: Any) -> str:
    """A distribution of tokens: `uniform`, or `style` for the task's style.

    Raises:
        ValueError: it is neither.
    """
    return choice(name, value, SOURCES)


def style_table(learner: Any, task: Task, view: View, states: int) -> NDArray[np.float64]:
    """The style as a policy (S, A) of a learner's view.

    Raises:
        ValueError: the task has no style, or the view's states have no rows beforehand.
    """
    policy = style_policy(task, view)
    if len(policy) != states:
        raise ValueError(f"{type(learner).__name__} needs rows='listed' to know the style of every state")
    return policy


def value_or_style(name: str, value: Any) -> float | str:
    """A finite number, or `style`.

    Raises:
        ValueError: it is neither.
    """
    if isinstance(value, str) and value == STYLE:
        return STYLE
    return number(name, value, -HUGE, HUGE, also=f", or {STYLE!r}")


def require_task(learner: Any) -> None:
    """Check that a learner needs no style: an explicit model has none.

    Raises:
        ValueError: it does.
    """
    for name in ("initial", "proposals", "prior"):
        if getattr(learner, name, None) == STYLE:
            raise ValueError(f"{name}='style' needs a Task with a style, such as em.make('tune')")
