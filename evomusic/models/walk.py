"""The protocol of models that learners walk. One learner runs on any of them.

A problem (`FiniteMDP`, `FinitePOMDP`, `Bandit`, `CartPole`, or one of your own) has four attributes:

- `walk`: the model, a NamedTuple of few arrays, as compiled code reads it;
- `observed_states`: S, the number of states that a learner sees; they are numbered from 0;
- `actions`: A, numbered from 0;
- `memory_size`: the length (int64) of the walk's memory, which is the model's scratch and is saved with a learner's
  state: the step and the rules' memories of a task, the true state of a POMDP. It is 1 where none is needed.

Two functions walk it; each chooses by the model's class, when compiled and in plain Python alike:

- `start(model, memory, rng)` begins an episode and returns its first state;
- `step(model, memory, s, a, rng)` takes action a in state s and returns the next state, the reward, and whether the
  episode ended.

A new class of models enters its two functions in `START` and `WALK`. Here are those of tasks: `Dense` where the states
of a view were listed beforehand, `OnDemand` where a state gets its row when it is first visited. Those of a `FiniteMDP`
are in `outcomes.py`, those of a `FinitePOMDP` in `hidden.py`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba.extending import overload
from numpy.typing import NDArray

from evomusic._jit import njit

SALT = np.uint64(0x9E3779B97F4A7C15)
COUNT, STEP, FROZEN, FIRST = 0, 1, 2, 3  # places in a walk's memory: rows made, step, no new rows, first automaton


class Dense(NamedTuple):
    """A task through a view whose states were listed: state = step * size + memory, or memory without the clock."""

    next: NDArray[np.int32]  # groups' next (times A), then the view's (not times A)
    value: NDArray[np.float64]
    base: NDArray[np.int64]  # (T, 2G + 1): places in next, in value, and the view's
    actions: int
    size: int  # memories of the view
    clock: bool


class OnDemand(NamedTuple):
    """A task through a view whose states get rows as they are visited; row 0 stands for all that have none yet."""

    next: NDArray[np.int32]
    value: NDArray[np.float64]
    base: NDArray[np.int64]  # (T, 2G + V): groups' places in next, in value, then observers' places in next
    actions: int
    seen: int  # first memory that is part of the state: the first group's, or the first observer's
    clock: bool
    keys: NDArray[np.int64]  # (N, 1 + memories seen)
    ids: NDArray[np.int32]  # hash table of rows


@njit(cache=True)
def mixed(h: Any, x: Any) -> Any:  # uint64 hash so far, integer to add
    """A hash with one more number in it."""
    h = (h ^ np.uint64(x)) * np.uint64(0x9E3779B97F4A7C15)
    return h ^ (h >> np.uint64(32))


def _start_task(model: Any, memory: Any, rng: Any) -> Any:  # compiled into each learner
    memory[STEP] = 0
    memory[FIRST:] = 0
    return np.int64(0)  # a literal would be compiled for by itself


def _start_on_demand(model: Any, memory: Any, rng: Any) -> Any:
    memory[STEP] = 0
    memory[FIRST:] = 0
    return np.int64(1)


def _step_dense(model: Any, memory: Any, s: Any, a: Any, rng: Any) -> Any:
    base, following, t = model.base, model.next, memory[STEP]
    groups = base.shape[1] // 2
    reward = 0.0
    for g in range(groups):
        cell = memory[FIRST + g] + a
        if base[t, groups + g] >= 0:
            reward += model.value[base[t, groups + g] + cell]
        memory[FIRST + g] = following[base[t, g] + cell]
    m = following[base[t, 2 * groups] + memory[FIRST + groups] * model.actions + a]
    memory[FIRST + groups] = m
    t += 1
    memory[STEP] = t
    return (t * model.size + m if model.clock else np.int64(m)), reward, t == base.shape[0]


def _step_on_demand(model: Any, memory: Any, s: Any, a: Any, rng: Any) -> Any:
    base, following, keys, ids, t = model.base, model.next, model.keys, model.ids, memory[STEP]
    columns = len(memory) - FIRST
    groups = base.shape[1] - columns
    reward = 0.0
    for g in range(groups):
        cell = memory[FIRST + g] + a
        if base[t, groups + g] >= 0:
            reward += model.value[base[t, groups + g] + cell]
        memory[FIRST + g] = following[base[t, g] + cell]
    for v in range(groups, columns):
        memory[FIRST + v] = following[base[t, groups + v] + memory[FIRST + v] + a]
    t += 1
    memory[STEP] = t
    if t == base.shape[0]:
        return np.int64(0), reward, True
    clock = t if model.clock else 0
    h = np.uint64(mixed(SALT, clock))
    for i in range(model.seen, len(memory)):
        h = np.uint64(mixed(h, memory[i]))  # called from plain Python, the compiled function gives an int
    at = np.int64(h & np.uint64(len(ids) - 1))
    while ids[at] > 0:
        row = ids[at]
        same = keys[row, 0] == clock
        for i in range(model.seen, len(memory)):
            same = same and keys[row, 1 + i - model.seen] == memory[i]
        if same:
            return np.int64(row), reward, False
        at = (at + 1) & (len(ids) - 1)
    if memory[FROZEN]:
        return np.int64(0), reward, False
    row = memory[COUNT]
    memory[COUNT] = row + 1
    ids[at] = row
    keys[row, 0] = clock
    for i in range(model.seen, len(memory)):
        keys[row, 1 + i - model.seen] = memory[i]
    return np.int64(row), reward, False


START = {Dense: _start_task, OnDemand: _start_on_demand}
WALK = {Dense: _step_dense, OnDemand: _step_on_demand}


def start(model: Any, memory: Any, rng: Any) -> Any:
    """The first state of an episode."""
    return START[type(model)](model, memory, rng)


def step(model: Any, memory: Any, s: Any, a: Any, rng: Any) -> Any:
    """Next state, reward, and whether the episode ended."""
    return WALK[type(model)](model, memory, s, a, rng)


@overload(start, jit_options={"forceinline": True})
def _compiled_start(model: Any, memory: Any, rng: Any) -> Any:
    return (
        START.get(model.instance_class) if hasattr(model, "instance_class") else None
    )  # chosen while compiling: no branch is left in the loop


@overload(step, jit_options={"forceinline": True})
def _compiled_step(model: Any, memory: Any, s: Any, a: Any, rng: Any) -> Any:
    return WALK.get(model.instance_class) if hasattr(model, "instance_class") else None


@njit(cache=True)
def rehash(keys: Any, count: Any, ids: Any) -> Any:  # (N, W) keys, rows in use, (H,) zeros to fill
    """Enter rows 1 to count - 1 into an empty hash table."""
    for row in range(1, count):
        h = np.uint64(mixed(SALT, keys[row, 0]))
        for i in range(1, keys.shape[1]):
            h = mixed(h, keys[row, i])
        at = np.int64(h & np.uint64(len(ids) - 1))
        while ids[at] > 0:
            at = (at + 1) & (len(ids) - 1)
        ids[at] = row
