"""The environment of deep learners: observations that a network reads one-hot, and masks of allowed tokens."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from evomusic.core.task import Task
from evomusic.core.views import View
from evomusic.env import MelodyEnv

Seen = NDArray[np.int32]


class NetworkEnv(gymnasium.Wrapper[Seen, int, Any, int]):
    """A `MelodyEnv` that collects finished melodies, with observations of a few numbers that a network reads one-hot.

    state: the view's memory and, where the view has the clock, the step: (memory, step).
    history: the last n tokens, oldest first, A where there is none yet, and the step: (n + 1,).

    The agent state of `MelodyEnv` is one number, step x S + memory: one-hot it would be T x S wide. `rows` holds the
    completed melodies, `length` is T.

    Args:
        task: the task.
        view: the agent state; not used by a history.
        last: n, tokens of a history; 0 for the agent state.
        masks: whether `action_masks` masks a hold with nothing sounding, which is a rest.
    """

    def __init__(self, task: Task, view: View, last: int, masks: bool) -> None:
        observation = "history" if last else "state"
        env: Any = MelodyEnv(task, view, observation=observation, mask_silent_holds=masks)
        super().__init__(env)
        self.rows: list[NDArray[np.uint8]] = []
        self.length, self._tokens, self._last = task.grid.steps, task.grid.tokens, min(last, task.grid.steps)
        states: Any = self.env.observation_space
        self._size = 0 if last else int(states.n - 1) // self.length if view.clock else int(states.n)
        self._clock = view.clock
        widths = [self._tokens + 1] * self._last if last else [self._size]
        self.observation_space = spaces.MultiDiscrete(
            [*widths, self.length + 1] if last or view.clock else widths, dtype=np.int32
        )

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Seen, dict[str, Any]]:
        """Begin a melody; see `MelodyEnv.reset`."""
        observed, _ = self.env.reset(seed=seed, options=options)
        return self._seen(observed), {}

    def step(self, action: int) -> tuple[Seen, float, bool, bool, dict[str, Any]]:
        """Write one token; see `MelodyEnv.step`."""
        observed, reward, ended, cut, info = self.env.step(action)
        if ended:
            self.rows.append(info["melody"])
        return self._seen(observed), float(reward), ended, cut, {}

    def _seen(self, observed: Any) -> Seen:
        if not self._last:
            at, memory = divmod(int(observed), self._size) if self._clock else (0, int(observed))
            return np.array([memory, at] if self._clock else [memory], np.int32)
        at = int(observed[-1])
        seen = np.full(self._last + 1, self._tokens, np.int32)
        written = observed[max(at - self._last, 0) : at]
        seen[self._last - len(written) : -1], seen[-1] = written, at
        return seen
