"""Tile coding: several grids over a continuous space, each displaced a little; a state lies in one tile of each.

Sutton & Barto 2018, section 9.5.4. K tilings, d dimensions, F tiles in all, A actions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic._jit import inner, njit
from evomusic.core.checks import able, whole, wrong
from evomusic.learn.explore import store
from evomusic.learn.sampled import Caller, Sampled, actions_of, check_env, is_env
from evomusic.models.spaces import Numbering
from evomusic.models.walk import START, WALK, start, step

MOST = 2**26  # weights (F x A)
MOST_TILES = 2**20


class Grid(NamedTuple):
    """Tilings as kernels read them."""

    low: NDArray[np.float64]  # (d,)
    high: NDArray[np.float64]  # (d,)
    tiles: NDArray[np.int64]  # (d,) of a tiling along each dimension; displaced, a tiling has one more
    shift: NDArray[np.float64]  # (K, d) displacement in tiles, 0 to below 1


class Tiles(NamedTuple):
    """A continuous problem as kernels walk it: state 0 or 1 is the row of `active` that holds the features."""

    problem: Any  # its model, whose `body` (d,) is the state
    grid: Grid
    active: NDArray[np.int64]  # (2, K)


@inner()
def activate(grid: Any, body: Any, active: Any, row: Any) -> Any:
    """Fill a row of `active` (rows, K) with the tiles of a state (d,); numbers beyond the ends are clipped."""
    for k in range(grid.shift.shape[0]):
        index = k
        for d in range(len(grid.low)):
            x = body[d]
            if not x > grid.low[d]:  # NaN too
                x = grid.low[d]
            if x > grid.high[d]:
                x = grid.high[d]
            place = (x - grid.low[d]) / (grid.high[d] - grid.low[d]) * grid.tiles[d]
            index = index * (grid.tiles[d] + 1) + np.int64(place + grid.shift[k, d])
        active[row, k] = index


@njit(cache=True)
def activate_all(grid: Any, states: Any, active: Any) -> Any:
    """Fill `active` (N, K) with the tiles of states (N, d)."""
    for i in range(len(states)):
        activate(grid, states[i], active, i)


def _start_tiles(model: Any, memory: Any, rng: Any) -> Any:  # compiled into each learner, as those of models/walk.py
    start(model.problem, memory, rng)
    activate(model.grid, model.problem.body, model.active, 0)
    return np.int64(0)


def _step_tiles(model: Any, memory: Any, s: Any, a: Any, rng: Any) -> Any:
    _, r, end = step(model.problem, memory, s, a, rng)
    activate(model.grid, model.problem.body, model.active, 1 - s)
    return 1 - s, r, end


START[Tiles], WALK[Tiles] = _start_tiles, _step_tiles


@dataclass(frozen=True, kw_only=True)
class TileCoding:
    """Tilings over the numbers that a state consists of; the defaults are those of Sutton & Barto's example 10.1.

    Tiling k is displaced by k / K of a tile along the first dimension, 3 k / K along the second, 5 k / K along the
    third: the asymmetrical displacements that section 9.5.4 recommends.

    Args:
        tilings: K, 1 or more.
        tiles: tiles of a tiling along each dimension (d,), or one number for all.
        low: (d,) where they begin, or one number for all; the problem's own bounds when None.
        high: (d,) where they end. Numbers beyond are clipped.

    Raises:
        ValueError: a number is out of range.
    """

    tilings: int = 8
    tiles: int | Sequence[int] = 8
    low: ArrayLike | None = None
    high: ArrayLike | None = None

    def __post_init__(self) -> None:
        store(self, tilings=whole("tilings", self.tilings, 1, MOST_TILES))
        tiles = self.tiles
        if isinstance(tiles, (list, tuple)):
            store(self, tiles=tuple(whole(f"tiles[{i}]", n, 1, MOST_TILES) for i, n in enumerate(tiles)))
        else:
            store(self, tiles=whole("tiles", tiles, 1, MOST_TILES))

    def grid(self, low: ArrayLike, high: ArrayLike) -> Grid:
        """Return the tilings over a space whose own bounds (d,) are `low` and `high`.

        Raises:
            ValueError: tiles or bounds are not as many as there are dimensions, or a bound is not finite.
        """
        own = np.asarray(low, float), np.asarray(high, float)
        d = len(own[0])
        lows = _each("low", own[0] if self.low is None else self.low, d)
        highs = _each("high", own[1] if self.high is None else self.high, d)
        tiles = _each("tiles", self.tiles, d).astype(np.int64)
        for i in range(d):
            if not -np.inf < lows[i] < highs[i] < np.inf:
                ends = f"from {lows[i]:g} to {highs[i]:g}"
                raise ValueError(f"dimension {i} is tiled {ends}, expected finite low below high: give TileCoding both")
        shift = np.outer(np.arange(self.tilings), 1 + 2 * np.arange(d)) % self.tilings / self.tilings
        return Grid(lows, highs, tiles, shift)


def _each(name: str, value: Any, d: int) -> NDArray[np.float64]:
    """Return a number for each dimension (d,)."""
    try:
        return np.array(np.broadcast_to(np.asarray(value, float), (d,)))
    except (TypeError, ValueError):
        raise wrong(name, value, f"a number, or {d}, one a dimension") from None


@dataclass(frozen=True, eq=False)
class Observed:
    """A Gymnasium environment of continuous observations as a problem, whose walk has them as its `body`.

    Args:
        env: an environment whose observations are a Box, and whose actions are discrete.
        seed: seed of its first reset; None leaves it to chance.

    Raises:
        ValueError: it is no such environment.
    """

    env: Any
    seed: int | None = None

    def __post_init__(self) -> None:
        from gymnasium import spaces

        check_env(self.env)
        space = self.env.observation_space
        if not isinstance(space, spaces.Box):
            raise wrong(
                "env's observation space", space, "a Box: tables learn what is discrete, as by em.SarsaLambda()"
            )

    def __getstate__(self) -> dict[str, Any]:
        return {"env": self.env, "seed": self.seed}  # pointers and functions are made again

    @cached_property
    def moves(self) -> Numbering:
        """Numbering of the actions."""
        return actions_of(self.env)

    @property
    def actions(self) -> int:
        """Number of actions (A)."""
        return self.moves.size

    @property
    def low(self) -> NDArray[np.float64]:
        """Least observation (d,); may be infinite."""
        return self.env.observation_space.low.ravel().astype(np.float64)

    @property
    def high(self) -> NDArray[np.float64]:
        """Greatest observation (d,); may be infinite."""
        return self.env.observation_space.high.ravel().astype(np.float64)

    @cached_property
    def caller(self) -> Caller:
        """The environment as the loop calls it."""
        body = np.zeros(len(self.low))

        def write(observation: Any) -> int:
            for i, x in enumerate(observation.ravel().tolist()):
                if x != x:
                    raise wrong("an observation of env", observation, "numbers")
                body[i] = x
            return 0

        return Caller(self.env, self.seed, write, [self.moves.element(a) for a in range(self.actions)], body)

    @property
    def walk(self) -> Any:
        """The model that learners walk (see `models/walk.py`)."""
        return self.caller.model

    def raise_error(self) -> None:
        """Raise what the environment raised in the loop, if it did."""
        self.caller.raise_error()

    def move(self, action: int) -> Any:
        """Return the action of a number, as the environment takes it."""
        return self.moves.element(action)


@dataclass(frozen=True, eq=False)
class Tiled:
    """A continuous problem seen through tiles: a problem for linear learners, which make one themselves.

    Args:
        problem: MountainCar, CartPole, or a Gymnasium environment with a Box of observations and discrete actions.
        coding: the tiles.
        seed: seed of an environment's first reset.

    Raises:
        ValueError: the problem is none of these, or the tiles do not fit it.
    """

    problem: Any
    coding: TileCoding
    seed: int | None = None

    def __post_init__(self) -> None:
        if is_env(self.problem):
            store(self, problem=Observed(self.problem, self.seed))
        inner = self.problem
        if isinstance(inner, Sampled) or not hasattr(getattr(inner, "walk", None), "body"):
            raise wrong("problem", inner, "a continuous one: a Gymnasium environment of a Box, MountainCar or CartPole")
        able("features", self.coding, ("grid",), "TileCoding()")
        if self.observed_states * self.actions > MOST:
            raise ValueError(f"there are {self.observed_states * self.actions:,} weights, expected at most {MOST:,}")

    @cached_property
    def grid(self) -> Grid:
        """The tilings over the problem's space."""
        none = np.full(len(self.problem.walk.body), np.inf)
        return self.coding.grid(getattr(self.problem, "low", -none), getattr(self.problem, "high", none))

    @cached_property
    def walk(self) -> Tiles:
        """The model that learners walk (see `models/walk.py`)."""
        return Tiles(self.problem.walk, self.grid, np.zeros((2, self.coding.tilings), np.int64))

    @property
    def observed_states(self) -> int:
        """Number of tiles (F)."""
        return self.coding.tilings * int(np.prod(self.grid.tiles + 1))

    @property
    def actions(self) -> int:
        """Number of actions (A)."""
        return int(self.problem.actions)

    @property
    def memory_size(self) -> int:
        """Length of a walk's memory (see `models/walk.py`)."""
        return 1

    def raise_error(self) -> None:
        """Raise what an environment raised in the loop, if it did."""
        getattr(self.problem, "raise_error", lambda: None)()

    def move(self, action: int) -> Any:
        """Return the action of a number, as an environment takes it."""
        return self.problem.move(action) if hasattr(self.problem, "move") else action

    def features(self, states: ArrayLike) -> NDArray[np.int64]:
        """Return the tiles (..., K) that states (..., d) lie in.

        Raises:
            ValueError: states are not of d numbers.
        """
        rows, d = np.asarray(states, float), len(self.grid.low)
        if not rows.ndim or rows.shape[-1] != d:
            raise ValueError(f"states have shape {rows.shape}, expected (..., {d})")
        active = np.empty((rows.size // d, self.coding.tilings), np.int64)
        activate_all(self.grid, np.ascontiguousarray(rows.reshape(-1, d)), active)
        return active.reshape(*rows.shape[:-1], -1)
