"""MelodyEnv: one melody at a time, in plain Python."""

from __future__ import annotations

from operator import index
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.error import ResetNeeded
from numpy.typing import NDArray

from evomusic.core.checks import wrong
from evomusic.core.grid import FIRST_PITCH, HOLD
from evomusic.core.task import Task
from evomusic.core.views import View
from evomusic.env.shared import RENDER_MODES, as_task, check_options, melody_rows, model_of, observation_space, text
from evomusic.models.walk import FIRST, STEP, TaskModel, step

Observation = int | NDArray[np.int64]


class MelodyEnv(gymnasium.Env[Observation, int]):
    """A task as a Gymnasium environment: an action is a token, an episode is a melody.

    Observations are of one of two kinds. `state` is the agent state of the view as one number, Discrete: with the clock
    step x S + memory, and T x S once the melody is complete, where S is the number of the view's memories; without the
    clock, the memory. `history` is MultiDiscrete of T + 1: the tokens so far, A where there is none yet, and the step,
    0 to T.

    `info["action_mask"]` is (A,) int8, as `action_space.sample(mask)` takes it; at the end `info["melody"]` is the
    row, (T,) uint8.

    Args:
        task: the task, or its name in the catalogue.
        view: the agent state, or its name; not used by `history`.
        observation: `state` or `history`.
        mask_silent_holds: whether a hold with nothing sounding is masked. It sounds like a rest; writing it
            nevertheless is no error.
        render_mode: `ansi`, for the melody so far as text, or None.

    Raises:
        ValueError: an argument is none of these, or the view's states are too many to number.
    """

    metadata = {"render_modes": list(RENDER_MODES), "render_fps": 4}  # noqa: RUF012  # Gymnasium reads it from the class

    def __init__(
        self,
        task: Task | str,
        view: View | str = "short",
        *,
        observation: str = "state",
        mask_silent_holds: bool = False,
        render_mode: str | None = None,
    ) -> None:
        check_options(observation, mask_silent_holds, render_mode)
        self.task, self.render_mode = as_task(task), render_mode
        self._model = model_of(self.task, view, observation)
        self._is_state = observation == "state"
        self.observation_space = observation_space(self._model, observation)
        self.action_space = spaces.Discrete(self._model.actions)  # type: ignore[assignment]  # np.int64 is taken as int
        self._history = np.zeros(self.task.grid.steps + 1, np.int64)
        silent, sounding = np.ones((2, self._model.actions), np.int8)
        silent[HOLD] = not mask_silent_holds
        self._masks = silent, sounding
        self._under_way = False
        self._begin()
        self._bind()

    def _begin(self) -> None:
        """Begin an empty melody."""
        self._memory = [0] * (FIRST + self._model.base.shape[1] // 2 + 1)  # groups, then the view
        self._history[:-1], self._history[-1] = self._model.actions, 0
        self._state, self._sounding = 0, False

    def _bind(self) -> None:
        """Keep the model as memoryviews too: the same step then works on Python's numbers, several times faster."""
        tables: Any = self._model
        views: list[Any] = [memoryview(table) for table in tables[:3]]
        self._walk = TaskModel._make([*views, *tables[3:]])
        self._last = self._model.base.shape[0] * self._model.size

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Begin a melody.

        Args:
            seed: seeds `np_random`, which this environment does not use: it is deterministic.
            options: not used.

        Returns:
            The observation of the empty melody, and info.
        """
        super().reset(seed=seed)
        self._begin()
        self._under_way = True
        return self._observation(), self._info()

    def step(self, action: int) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Write one token.

        Args:
            action: the token, 0 to A - 1.

        Returns:
            Observation, reward, whether the melody is complete, False, and info.

        Raises:
            ResetNeeded: no melody is under way.
            ValueError: the action is no token of the grid.
        """
        if not self._under_way:
            raise ResetNeeded("no melody is under way: call reset first, and after each melody's last step")
        token = self._token(action)
        at = self._memory[STEP]
        state, reward, ended = step(self._walk, self._memory, self._state, token, None)
        self._history[at], self._history[-1] = token, at + 1
        self._state = min(int(state), self._last)
        self._sounding = token >= FIRST_PITCH or (token == HOLD and self._sounding)
        info = self._info()
        if ended:
            self._under_way = False
            info["melody"] = row = melody_rows(self._history)
            if self.task.rewards_at_end:
                reward += float(self.task.last_rewards(row[None])[0])
        return self._observation(), reward, ended, False, info

    def action_masks(self) -> NDArray[np.bool_]:
        """Return whether each token may be written next, (A,) bool, as MaskablePPO asks for it."""
        return self._info()["action_mask"].view(np.bool_)

    def render(self) -> str | None:
        """Return the melody so far, as `Melody.text` writes it; None without a render mode."""
        return text(self._history, self.task.grid) if self.render_mode else None

    def _token(self, action: Any) -> int:
        """The token of an action; integers of any kind are read, 0-d arrays too."""
        try:
            token = index(action)
        except TypeError:
            token = -1
        if not 0 <= token < self._model.actions or action is True or action is False:
            last = self._model.actions - 1
            raise wrong("action", action, f"a token of this grid, a whole number from 0 to {last}")
        return token

    def _observation(self) -> Observation:
        return self._state if self._is_state else self._history.copy()

    def _info(self) -> dict[str, Any]:
        return {"action_mask": self._masks[self._sounding].copy()}

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_walk"}  # views cannot be copied

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._bind()
