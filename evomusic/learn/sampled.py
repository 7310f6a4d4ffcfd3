"""Gymnasium environments without a table, walked step by step by the one loop.

An environment of plain Python shows no probabilities, only what happens. The loop asks it for a step through a pointer
to a function (`Stepped`), so that learners stay compiled and are those of explicit models to the bit; the time of a
step is the environment's. A truncated episode is no end: its last state's value counts. S states and A actions are the
elements of the environment's discrete spaces, in the order of `models/spaces.py`.

An environment that shows its table as `P` is walked as an explicit model, which is the same and much faster.
"""

from __future__ import annotations

import ctypes
import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import whole, wrong
from evomusic.learn.explore import store
from evomusic.learn.loop import CUT
from evomusic.models.mdp import FiniteMDP
from evomusic.models.spaces import Numbering, numbering
from evomusic.models.walk import START, WALK

CELLS = 2**29  # values (S x A) at most: 4 GiB
MOST_ACTIONS = 2**20
RESET: Final = -1  # in place of an action: begin an episode
PLAIN = {"TimeLimit", "OrderEnforcing", "PassiveEnvChecker"}  # wrappers that change no step
CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)
BOX = ": bin it by em.learn.Discretised(env, bins=...), or use em.learn.LinearSarsa(features=em.learn.TileCoding())"
BOX_ACTIONS = ": em.learn needs actions that can be listed"


class Stepped(NamedTuple):
    """An environment as kernels walk it: a call takes an action, or RESET, and returns the next state."""

    call: Any
    reward: NDArray[np.float64]  # (1,) of the last step
    end: NDArray[np.int64]  # (1,) 1 where it ended the episode, CUT where it was truncated
    body: NDArray[np.float64]  # (d,) the observation, where it is continuous; else empty


def _start_stepped(model: Any, memory: Any, rng: Any) -> Any:  # compiled into each learner, as those of models/walk.py
    return model.call(RESET)


def _step_stepped(model: Any, memory: Any, s: Any, a: Any, rng: Any) -> Any:
    s2 = model.call(a)
    return s2, model.reward[0], model.end[0]


START[Stepped], WALK[Stepped] = _start_stepped, _step_stepped


@dataclass(frozen=True, eq=False)
class Sampled:
    """A Gymnasium environment as a problem for `train` and `predict`, which make one of an environment themselves.

    Args:
        env: an environment with discrete observations and actions.
        seed: seed of its first reset; None for one that is spawned from the run's.

    Raises:
        ValueError: it is no environment, or a space is not discrete, or its values do not fit in memory.
    """

    env: Any
    seed: int | None = None

    def __post_init__(self) -> None:
        check_env(self.env)
        store(self, seed=None if self.seed is None else whole("seed", self.seed))
        states, actions = self.states.size, self.moves.size
        if states * actions > CELLS:
            raise ValueError(
                f"env has {states:,} states x {actions:,} actions, expected at most {CELLS:,} values in all"
            )

    def __getstate__(self) -> dict[str, Any]:
        return {"env": self.env, "seed": self.seed}  # pointers and functions are made again

    @cached_property
    def states(self) -> Numbering:
        """Numbering of the observations."""
        return numbering("env's observation space", self.env.observation_space, BOX)

    @cached_property
    def moves(self) -> Numbering:
        """Numbering of the actions."""
        return actions_of(self.env)

    def state(self, observation: Any) -> int:
        """Return the number of an observation: the row of its values.

        Raises:
            ValueError: the observation is no element of the environment's space.
        """
        return self.states.number(observation)

    def observation(self, state: int) -> Any:
        """Return the observation of a state's number, as the environment shows it."""
        return self.states.element(state)

    def move(self, action: int) -> Any:
        """Return the action of a number, as the environment takes it."""
        return self.moves.element(action)

    @property
    def walk(self) -> Stepped:
        """The model that learners walk (see `models/walk.py`). It raises the environment's errors by `raise_error`."""
        return self.caller.model

    @cached_property
    def caller(self) -> Caller:
        """The environment as the loop calls it."""
        return Caller(self.env, self.seed, self.states.number, [self.move(a) for a in range(self.actions)])

    @property
    def observed_states(self) -> int:
        """Number of states that learners see: S, elements of the observation space."""
        return self.states.size

    @property
    def actions(self) -> int:
        """Number of actions (A)."""
        return self.moves.size

    @property
    def memory_size(self) -> int:
        """Length of a walk's memory (see `models/walk.py`)."""
        return 1

    def raise_error(self) -> None:
        """Raise what the environment raised in the loop, if it did."""
        self.caller.raise_error()


class Caller:
    """An environment behind a pointer that compiled code calls.

    Args:
        env: the environment.
        seed: seed of its first reset, or None.
        number: `number(observation)` is the state; it may store the observation elsewhere.
        moves: the actions as the environment takes them.
        body: (d,) where `number` stores observations; nowhere when None.
    """

    def __init__(
        self, env: Any, seed: int | None, number: Any, moves: list[Any], body: NDArray[np.float64] | None = None
    ) -> None:
        self.error: BaseException | None = None
        reward, end = np.zeros(1), np.zeros(1, np.int64)
        seeds = [] if seed is None else [seed]

        def call(a: int) -> int:
            if self.error is not None:
                return 0  # the loop runs idle to the end of its chunk
            try:
                if a == RESET:
                    return number((env.reset(seed=seeds.pop()) if seeds else env.reset())[0])
                observation, gain, terminated, truncated, _ = env.step(moves[a])
                gain = float(gain)
                if not math.isfinite(gain):
                    raise wrong("env's reward", gain, "a finite number")
                reward[0], end[0] = gain, 1 if terminated else CUT if truncated else 0
                return number(observation)
            except BaseException as error:  # no error passes through compiled code: `raise_error` does it
                self.error = error
                reward[0], end[0] = 0.0, 0
                return 0

        self.model = Stepped(CALLBACK(call), reward, end, np.zeros(0) if body is None else body)

    def raise_error(self) -> None:
        """Raise what the environment raised in the loop, if it did."""
        if self.error is not None:
            error, self.error = self.error, None
            raise error


def check_env(env: Any) -> None:
    """Raises ValueError unless an object is one Gymnasium environment."""
    if not is_env(env):
        raise wrong("env", env, "a Gymnasium environment, such as gymnasium.make('Blackjack-v1')")
    if hasattr(env, "num_envs"):
        raise wrong("env", env, "one environment; it is a vector of them")


def actions_of(env: Any) -> Numbering:
    """Return the numbering of an environment's actions.

    Raises:
        ValueError: they cannot be listed, or are too many.
    """
    moves = numbering("env's action space", env.action_space, BOX_ACTIONS)
    if moves.size > MOST_ACTIONS:
        raise ValueError(f"env has {moves.size:,} actions, expected at most {MOST_ACTIONS:,}")
    return moves


def is_env(problem: Any) -> bool:
    """Return whether an object is an environment of Gymnasium's interface."""
    names = ("reset", "step", "observation_space", "action_space", "unwrapped")
    return not isinstance(problem, type) and all(hasattr(problem, name) for name in names)


def problem_of(problem: Any, seed: int, horizon: int | None) -> tuple[Any, int | None]:
    """Return a problem that can be walked, made of an environment where it is one, and the horizon.

    Args:
        problem: a problem, or an environment: its table where it shows one, else itself, with a seed of its own.
        seed: seed of the run.
        horizon: steps after which an episode is cut off; an environment's own limit may be lower.
    """
    own = spawned(seed)
    if isinstance(problem, Sampled):
        return Sampled(problem.env, own if problem.seed is None else problem.seed), horizon
    if not is_env(problem):
        return problem, horizon
    table, limit = _table(problem)
    if table is not None:
        return table, min((n for n in (horizon, limit) if n is not None), default=None)
    return Sampled(problem, own), horizon


def spawned(seed: int) -> int:
    """Return the seed of an environment in a run of this seed."""
    return int(np.random.SeedSequence(seed).spawn(1)[0].generate_state(1)[0])


def _table(env: Any) -> tuple[FiniteMDP | None, int | None]:
    """Return an environment's table and its limit of steps, or None where it shows none that says all."""
    inner, limits = env, list[int]()
    while inner is not env.unwrapped:
        if type(inner).__name__ not in PLAIN:
            return None, None
        if type(inner).__name__ == "TimeLimit":
            limits.append(inner._max_episode_steps)
        inner = inner.env
    if not hasattr(inner, "P") or not hasattr(inner, "initial_state_distrib"):
        return None, None
    try:
        return FiniteMDP.from_gymnasium(env), min(limits, default=None)
    except ValueError:
        return None, None
