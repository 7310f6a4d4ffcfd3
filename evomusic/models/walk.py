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
  episode ended: True or 1 if it did, 2 if it was cut off there.

A new class of models enters its two functions in `START` and `WALK`. Here are those of tasks (`TaskModel`). Those of a
`FiniteMDP` are in `outcomes.py`, those of a `FinitePOMDP` in `hidden.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numba.extending import overload
from numpy.typing import NDArray

from evomusic._jit import INLINED, inner, njit

SALT = np.uint64(0x9E3779B97F4A7C15)
COUNT, STEP, FROZEN, FIRST = 0, 1, 2, 3  # places in a walk's memory: rows made, step, no new rows, first automaton


class TaskModel(NamedTuple):
    """A task through a view: its states are listed, or get rows as they are visited.

    A listed state is step * size + memory, or memory without the clock. On demand, states are rows in the order of
    their first visits, found by a hash table; row 0 stands for all that have none yet. `size` is 0 then.
    """

    next: NDArray[np.int32]  # groups' next (times A), then the view's: not times A where states are listed
    value: NDArray[np.float64]
    base: NDArray[np.int64]  # (T, 2G + V): groups' places in next, in value, then the view's places in next
    actions: int
    size: int  # memories of the view whose states are listed, else 0
    clock: bool
    seen: int  # first memory that is part of the state: the first group's, or the view's
    keys: NDArray[np.int32]  # (N, 1 + memories seen)
    ids: NDArray[np.int32]  # hash table of rows


@njit(cache=True)  # an entry from Python, where numpy warns of numbers that wrap around
def mixed(h: Any, x: Any) -> Any:  # uint64 hash so far, integer to add
    """A hash with one more number in it."""
    h = (h ^ np.uint64(x)) * np.uint64(0x9E3779B97F4A7C15)
    return h ^ (h >> np.uint64(32))


def _start_task(model: Any, memory: Any, rng: Any) -> Any:  # compiled into each learner
    memory[STEP] = 0
    memory[FIRST:] = 0
    return np.int64(0 if model.size else 1)  # a literal would be compiled for by itself


def _step_task(model: Any, memory: Any, s: Any, a: Any, rng: Any) -> Any:
    base, following, t = model.base, model.next, memory[STEP]
    columns = len(memory) - FIRST
    groups = base.shape[1] - columns
    reward = 0.0
    for g in range(groups):
        cell = memory[FIRST + g] + a
        if base[t, groups + g] >= 0:
            reward += model.value[base[t, groups + g] + cell]
        memory[FIRST + g] = following[base[t, g] + cell]
    memory[STEP] = t + 1
    if model.size:
        m = following[base[t, 2 * groups] + memory[FIRST + groups] * model.actions + a]
        memory[FIRST + groups] = m
        return ((t + 1) * model.size + m if model.clock else np.int64(m)), reward, t + 1 == base.shape[0]
    for v in range(groups, columns):
        memory[FIRST + v] = following[base[t, groups + v] + memory[FIRST + v] + a]
    if t + 1 == base.shape[0]:
        return np.int64(0), reward, True
    return row_of(model, memory), reward, False


@inner()
def row_of(model: Any, memory: Any) -> Any:
    """The row of the present state, which gets the next free one at its first visit; 0 where rows are frozen."""
    keys, ids, seen = model.keys, model.ids, model.seen
    clock = memory[STEP] if model.clock else 0
    h = np.uint64(mixed(SALT, clock))
    for i in range(seen, len(memory)):
        h = np.uint64(mixed(h, memory[i]))  # called from plain Python, the compiled function gives an int
    at = np.int64(h & np.uint64(len(ids) - 1))
    while ids[at] > 0:
        row = ids[at]
        same = keys[row, 0] == clock
        for i in range(seen, len(memory)):
            same = same and keys[row, 1 + i - seen] == memory[i]
        if same:
            return np.int64(row)
        at = (at + 1) & (len(ids) - 1)
    if memory[FROZEN]:
        return np.int64(0)
    row = memory[COUNT]
    memory[COUNT] = row + 1
    ids[at] = row
    keys[row, 0] = clock
    for i in range(seen, len(memory)):
        keys[row, 1 + i - seen] = memory[i]
    return np.int64(row)


START: dict[type, Callable[..., Any]] = {TaskModel: _start_task}
WALK: dict[type, Callable[..., Any]] = {TaskModel: _step_task}


def start(model: Any, memory: Any, rng: Any) -> Any:
    """The first state of an episode."""
    return START[type(model)](model, memory, rng)


def step(model: Any, memory: Any, s: Any, a: Any, rng: Any) -> Any:
    """Next state, reward, and whether the episode ended."""
    return WALK[type(model)](model, memory, s, a, rng)


@overload(start, jit_options=INLINED)
def _compiled_start(model: Any, memory: Any, rng: Any) -> Any:
    return (
        START.get(model.instance_class) if hasattr(model, "instance_class") else None
    )  # chosen while compiling: no branch is left in the loop


@overload(step, jit_options=INLINED)
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
