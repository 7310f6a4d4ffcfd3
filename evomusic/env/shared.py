"""Parts that the environment and its vector form share: checks of arguments, the model, spaces, text."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import numpy as np
from gymnasium import Space, spaces
from numpy.typing import NDArray

from evomusic.core.checks import choice, flag, instance, wrong
from evomusic.core.grid import REST, Grid
from evomusic.core.melody import Melody
from evomusic.core.task import Task
from evomusic.core.views import View, as_view, listed
from evomusic.models.walk import FIRST, TaskModel

OBSERVATIONS: Final = ("state", "history")
RENDER_MODES: Final = ("ansi",)
CELLS: Final = 2**23  # steps x memories x tokens up to which agent states are listed, as for a dense Q


def as_task(task: Task | str) -> Task:
    """Return a task, from itself or its name in the catalogue.

    Raises:
        ValueError: it is neither.
    """
    if isinstance(task, str):
        import evomusic  # the catalogue lies above this module: it is asked for by its public name

        task = evomusic.make(task)
    if isinstance(task, (str, type)) or not hasattr(task, "machine"):
        raise wrong("task", task, "a Task, or a name of the catalogue")
    return task


def check_options(observation: str, mask_silent_holds: bool, render_mode: str | None) -> None:
    """Raise ValueError unless options of an environment are what they can be."""
    choice("observation", observation, OBSERVATIONS)
    flag("mask_silent_holds", mask_silent_holds)
    if render_mode is not None:
        choice("render_mode", render_mode, RENDER_MODES)


def model_of(task: Task, view: View | str, observation: str) -> TaskModel:
    """Return the model: tables of the rewards, then of the view; a history needs none of the view.

    Raises:
        ValueError: there is no such view, or its states are too many to list.
    """
    view = instance("view", as_view(view), View, "a View, or the name of one")
    return _model(task, view if observation == "state" else View())


@lru_cache(maxsize=8)
def _model(task: Task, view: View) -> TaskModel:
    grid, fused = task.grid, task.stepwise
    joint = listed(task, view, CELLS)
    if joint is None:
        raise ValueError(
            f"the memories of {view} on this grid are too many to number agent states; "
            "use observation='history', or a view that sees less"
        )
    following, slot = joint.next, joint.slot
    place = len(fused.next) + slot * following[0].size
    return TaskModel(
        np.concatenate([fused.next, following.astype(np.int32).ravel()]),
        fused.value,
        np.ascontiguousarray(np.concatenate([fused.base[:, 0], fused.base[:, 1], place[:, None]], axis=1)),
        grid.tokens,
        following.shape[1],
        view.clock,
        FIRST,
        np.zeros((0, 0), np.int64),
        np.zeros(0, np.int32),
    )


def observation_space(model: TaskModel, observation: str) -> Space[Any]:
    """Return the space of one environment's observations."""
    steps, tokens = model.base.shape[0], model.actions
    if observation == "history":
        return spaces.MultiDiscrete([tokens + 1] * steps + [steps + 1])
    return spaces.Discrete(steps * model.size + 1 if model.clock else model.size)


def melody_rows(history: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return the tokens (..., T) of complete histories (..., T + 1)."""
    return history[..., :-1].astype(np.uint8)


def text(history: NDArray[np.int64], grid: Grid) -> str:
    """Return the tokens so far as `Melody.text` writes them."""
    step = int(history[-1])
    row = np.where(history[:-1] < grid.tokens, history[:-1], REST)
    words = Melody(row, grid).text.split(" ")
    return " ".join(words[: step + sum(0 < start < step for start, _ in grid.bar_spans)])  # bar lines are words, too
