"""MelodyVectorEnv: many melodies at a time, one kernel call a step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from gymnasium import spaces
from gymnasium.error import ResetNeeded
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from evomusic._jit import njit
from evomusic.core.checks import choice, instance, whole, wrong
from evomusic.core.grid import FIRST_PITCH, HOLD
from evomusic.core.task import Task
from evomusic.core.views import View
from evomusic.env.shared import RENDER_MODES, as_task, check_options, melody_rows, model_of, observation_space, text
from evomusic.models.walk import FIRST, STEP, step

MOST_ENVS = 1_000_000
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@njit(cache=True, nogil=True)
def advance(actions, waiting, model, memory, states, history, sounding, rewards, ended):  # type: ignore[no-untyped-def]
    """Write one token of each melody (N,) that is not waiting; return the number of melodies that ended.

    When a token is none of the grid's, nothing is written, and -1 - (its place) is returned.
    """
    for i in range(len(actions)):
        if not waiting[i] and not 0 <= actions[i] < model.actions:
            return -1 - i
    last, count = model.base.shape[0] * model.size, 0
    for i in range(len(actions)):
        if waiting[i]:
            continue
        a, t = actions[i], memory[i, STEP]
        s, reward, end = step(model, memory[i], states[i], a, 0)
        states[i] = min(s, last)
        history[i, t] = a
        history[i, -1] = t + 1
        sounding[i] = a >= FIRST_PITCH or (a == HOLD and sounding[i])
        rewards[i] = reward
        ended[i] = end
        count += end
    return count


class MelodyVectorEnv(VectorEnv[Ints, Ints, NDArray[Any]]):
    """Many `MelodyEnv` in one: the same as a SyncVectorEnv of them, with one kernel call a step.

    Args:
        task: the task, or its name in the catalogue.
        num_envs: N, number of melodies written side by side, 1 to 1,000,000.
        view: the agent state, or its name; not used by `history`.
        observation: `state` or `history`, see MelodyEnv.
        autoreset_mode: `NextStep`: the step after a melody's last begins the next; its action is not used, its
            reward is 0. `SameStep`: the last step begins the next; info holds `final_obs` and `final_info`.
            `Disabled`: call reset with options={"reset_mask": (N,) bool}.
        mask_silent_holds: whether a hold with nothing sounding is masked.
        render_mode: `ansi`, for the melodies so far as text, or None.

    Raises:
        ValueError: an argument is none of these, or the view's states are too many to number.
    """

    def __init__(
        self,
        task: Task | str,
        num_envs: int = 1,
        view: View | str = "short",
        *,
        observation: str = "state",
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        mask_silent_holds: bool = False,
        render_mode: str | None = None,
    ) -> None:
        num_envs = whole("num_envs", num_envs, 1, MOST_ENVS)
        check_options(observation, mask_silent_holds, render_mode)
        self.task, self.num_envs, self.render_mode = as_task(task), num_envs, render_mode
        self.mask_silent_holds, self.autoreset_mode = mask_silent_holds, _mode(autoreset_mode)
        self.metadata = {"render_modes": list(RENDER_MODES), "render_fps": 4, "autoreset_mode": self.autoreset_mode}
        self._model = model = model_of(self.task, view, observation)
        self._is_state = observation == "state"
        self.single_observation_space = observation_space(model, observation)
        self.single_action_space = spaces.Discrete(model.actions)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self._memory = np.zeros((num_envs, FIRST + model.base.shape[1] // 2 + 1), np.int64)
        self._states = np.zeros(num_envs, np.int64)
        self._history = np.zeros((num_envs, self.task.grid.steps + 1), np.int64)
        self._sounding = np.zeros(num_envs, np.bool_)
        self._complete = np.zeros(num_envs, np.bool_)
        self._any_complete = self._under_way = False

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Ints, dict[str, Any]]:
        """Begin all melodies, or those of a mask.

        Args:
            seed: seeds `np_random`, which this environment does not use: it is deterministic.
            options: `reset_mask`, (N,) bool, names the melodies to begin.

        Returns:
            Observations of all melodies, and info of those that were begun.

        Raises:
            TypeError: the mask is no array of bool (as SyncVectorEnv).
            ValueError: the mask has not N values, or no True; options is no table.
            ResetNeeded: the first reset was of a part.
        """
        super().reset(seed=seed)
        mask = np.ones(self.num_envs, np.bool_)
        if options is not None and "reset_mask" in instance("options", options, Mapping, "a table, or None"):
            mask = self._checked_mask(options["reset_mask"])
            if not (self._under_way or mask.all()):
                raise ResetNeeded("the first reset must begin all melodies: call reset without a reset_mask")
        self._begin(mask)
        self._under_way = True
        return self._observations(), self._infos(mask)

    def step(self, actions: NDArray[np.integer[Any]]) -> tuple[Ints, NDArray[Any], Bools, Bools, dict[str, Any]]:
        """Write one token of each melody.

        Args:
            actions: (N,) integers, 0 to A - 1.

        Returns:
            Observations, rewards (N,) float64, whether each melody is complete (N,), (N,) False, and info.

        Raises:
            ResetNeeded: reset was not called, or, where autoreset is disabled, not for every complete melody.
            ValueError: the actions are not N tokens.
        """
        self._require_reset()
        tokens, waiting, model = self._checked(actions), self._complete, self._model
        rewards, ended = np.zeros(self.num_envs), np.zeros(self.num_envs, np.bool_)
        count = advance(
            tokens, waiting, model, self._memory, self._states, self._history, self._sounding, rewards, ended
        )
        if count < 0:
            raise ValueError(
                f"action {tokens[-1 - count]} of environment {-1 - count} is not a token of this grid, "
                f"expected 0 to {model.actions - 1}"
            )
        if self._any_complete:
            self._begin(waiting)  # NEXT_STEP: what waited in this step
        infos = self._end(rewards, ended) if count else self._infos()
        return self._observations(), rewards, ended, np.zeros(self.num_envs, np.bool_), infos

    def action_masks(self) -> Bools:
        """Return whether each token may be written next, (N, A) bool."""
        mask = np.ones((self.num_envs, self._model.actions), np.bool_)
        if self.mask_silent_holds:
            mask[:, HOLD] = self._sounding
        return mask

    def render(self) -> tuple[str, ...] | None:
        """Return each melody so far, as `Melody.text` writes it; None without a render mode."""
        return tuple(text(row, self.task.grid) for row in self._history) if self.render_mode else None

    def _begin(self, mask: Bools) -> None:
        """Begin the melodies of a mask."""
        self._memory[mask] = 0
        self._states[mask] = 0
        self._history[mask] = self._model.actions
        self._history[mask, -1] = 0
        self._sounding[mask] = False
        self._complete = self._complete & ~mask
        self._any_complete = bool(self._complete.any())

    def _end(self, rewards: NDArray[np.float64], ended: Bools) -> dict[str, Any]:
        """Add the final rewards of the melodies that ended; return info about them."""
        rows = melody_rows(self._history[ended])
        if self.task.rewards_at_end:
            rewards[ended] += self.task.last_rewards(rows)
        melodies = np.zeros((self.num_envs, rows.shape[1]), np.uint8)
        melodies[ended] = rows
        info = {"melody": melodies, "_melody": ended.copy()}
        if self.autoreset_mode is not AutoresetMode.SAME_STEP:
            self._complete, self._any_complete = ended.copy(), True
            return self._infos() | info
        last: Any = np.full(self.num_envs, None, object)
        for i in np.flatnonzero(ended):
            last[i] = int(self._states[i]) if self._is_state else self._history[i].copy()
        final = {"final_obs": last, "final_info": self._infos(ended) | info}
        self._begin(ended)
        return self._infos() | final | {f"_{name}": ended.copy() for name in final}

    def _observations(self) -> Ints:
        return self._states.copy() if self._is_state else self._history.copy()

    def _infos(self, mask: Bools | None = None) -> dict[str, Any]:
        """Return info about the next token of all environments, or those of a mask."""
        masks = self.action_masks().view(np.int8)
        if mask is None:
            return {"action_mask": masks, "_action_mask": np.ones(self.num_envs, np.bool_)}
        masks[~mask] = 0
        return {"action_mask": masks, "_action_mask": mask.copy()}

    def _require_reset(self) -> None:
        if not self._under_way:
            raise ResetNeeded("no melody is under way: call reset first")
        if self._any_complete and self.autoreset_mode is AutoresetMode.DISABLED:
            raise ResetNeeded(
                f"melodies {np.flatnonzero(self._complete).tolist()} are complete and autoreset is disabled: call "
                'reset with options={"reset_mask": terminations} before the next step'
            )

    def _checked(self, actions: Any) -> Ints:
        """Return a copy (N,) of actions, of the one layout that the kernel is compiled for."""
        try:
            array = np.asarray(actions)
        except ValueError:  # rows of different lengths
            raise wrong("actions", actions, f"({self.num_envs},) integers: one token an environment") from None
        if array.shape != (self.num_envs,) or array.dtype.kind not in "ui":
            raise ValueError(
                f"actions has shape {array.shape} and dtype {array.dtype}, expected ({self.num_envs},) integers: "
                "one token an environment"
            )
        return np.array(array, np.int64)

    def _checked_mask(self, mask: Any) -> Bools:
        """Return the mask, if it is one; exceptions are those of SyncVectorEnv."""
        wanted = f"(N,) = ({self.num_envs},) bool with at least one True"
        if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_:
            raise TypeError(f"options['reset_mask'] is {mask!r}, expected an array {wanted}")
        if mask.shape != (self.num_envs,) or not mask.any():
            raise ValueError(f"options['reset_mask'] has shape {mask.shape}, {mask.sum()} True, expected {wanted}")
        return mask


def _mode(mode: AutoresetMode | str) -> AutoresetMode:
    """Return an autoreset mode, from itself or its value."""
    value = mode.value if isinstance(mode, AutoresetMode) else mode
    return AutoresetMode(choice("autoreset_mode", value, [m.value for m in AutoresetMode]))
