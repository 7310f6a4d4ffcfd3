"""A task seen through a view, as a model that learners walk; and the greedy melody of a value function.

The agent states of a view are listed beforehand where they fit in memory, and a state is the number of its row of
values. Where they do not, a state gets the next free row when it is first visited (`models/walk.py`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import njit
from evomusic.core.checks import choice
from evomusic.core.policies import view_memories
from evomusic.core.task import Task
from evomusic.core.views import View, listed, observed
from evomusic.learn.explore import greedy
from evomusic.models.walk import COUNT, FIRST, FROZEN, TaskModel, rehash, start, step

DENSE = 2**23  # cells (S x A) up to which values are listed beforehand
ROWS = ("auto", "listed", "on-demand")
OLDER_ROWS = {"met": "on-demand"}  # names of earlier versions
CELLS = 2**29  # cells that rows on demand may grow to: 4 GiB of values


class Rows(NamedTuple):
    """A walk's memory, and the rows of visited states: `keys` and `ids` are empty where all states are listed."""

    keys: NDArray[np.int32]
    ids: NDArray[np.int32]
    memory: NDArray[np.int64]


class Plan(NamedTuple):
    """Tables of a task through a view: the model that is walked, but for the rows on demand."""

    next: NDArray[np.int32]
    value: NDArray[np.float64]
    base: NDArray[np.int64]
    actions: int
    size: int  # memories of the view when all are listed, else 0
    clock: bool
    seen: int
    columns: int  # memories that the walk carries


def rows_option(rows: str) -> str:
    """Return the present name of a way to make rows.

    Raises:
        ValueError: there is no such way.
    """
    return choice("rows", OLDER_ROWS.get(rows, rows) if isinstance(rows, str) else rows, ROWS)


@lru_cache(maxsize=32)
def plan(task: Task, view: View, rows: str = "auto") -> Plan:
    """Return the tables of a task through a view.

    Args:
        task: the task.
        view: the agent state.
        rows: `listed` for a dense Q, `on-demand` for rows on demand, `auto` for whichever fits.

    Raises:
        ValueError: `rows` is none of these, or the states cannot be listed.
    """
    rows, view = rows_option(rows), view.on(task)
    seen, grid, fused = observed(task, view), task.grid, task.stepwise
    groups = fused.base.shape[2]
    joint = None if rows == "on-demand" else listed(task, view, DENSE)
    if joint is None and rows == "listed":
        raise ValueError(f"the states of {view} are too many to list; use rows='on-demand'")
    columns: list[tuple[NDArray[np.int32], NDArray[np.int64]]] = []
    if joint is not None:
        columns = [(joint.next, joint.slot)]
    elif not view.rules:
        columns = [(a.next * np.int32(grid.tokens), a.slot) for a in seen.automata]
    elif view.observers:
        columns = [(a.next * np.int32(grid.tokens), a.slot) for a in seen.automata[: len(view.observers)]]
    place, bases, tables = len(fused.next), [fused.base[:, 0], fused.base[:, 1]], [fused.next]
    for following, slot in columns:
        bases.append((place + slot * following[0].size)[:, None])
        tables.append(following.astype(np.int32).ravel())
        place += following.size
    return Plan(
        np.concatenate(tables),
        fused.value,
        np.ascontiguousarray(np.concatenate(bases, axis=1)),
        grid.tokens,
        joint.next.shape[1] if joint is not None else 0,
        view.clock,
        FIRST if view.rules else FIRST + groups,
        groups + len(columns),
    )


def empty(plan: Plan) -> tuple[Rows, int]:
    """Return the rows before the first step, and the number of states that have values."""
    memory = np.zeros(FIRST + plan.columns, np.int64)
    if plan.size:
        states = plan.size * (plan.base.shape[0] if plan.clock else 1)
        return Rows(np.zeros((0, 0), np.int32), np.zeros(0, np.int32), memory), states
    memory[COUNT] = 2  # row 0: states without a row, row 1: the start, whose memories are all 0
    width = 1 + len(memory) - plan.seen
    rows = Rows(np.zeros((2, width), np.int32), np.zeros(4, np.int32), memory)
    rehash(rows.keys, 2, rows.ids)
    return rows, 2


def grown(plan: Plan, rows: Rows, more: int) -> tuple[Rows, int]:
    """Return rows with room for `more` further ones, where they come on demand, and how many there is room for.

    Raises:
        ValueError: the view is too large for memory.
    """
    if plan.size:
        return rows, empty(plan)[1]
    need = int(rows.memory[COUNT]) + more + 1
    if need <= len(rows.keys):
        return rows, len(rows.keys)
    size = 1 << (need - 1).bit_length()
    if size * plan.actions > CELLS:
        raise ValueError(f"values of {need} states of this view do not fit in memory; use a view that sees less")
    keys = np.zeros((size, rows.keys.shape[1]), np.int32)
    keys[: len(rows.keys)] = rows.keys
    ids = np.zeros(2 * size, np.int32)
    rehash(keys, int(rows.memory[COUNT]), ids)
    return Rows(keys, ids, rows.memory), size


def model_of(plan: Plan, rows: Rows) -> TaskModel:
    """Return the model that kernels walk."""
    return TaskModel(*plan[:7], rows.keys, rows.ids)


def listed_rows(task: Task, view: View, rows: Rows, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values (N, A) of rows on demand as those of all states of the view (S, A); row 0 where there is no row.

    Raises:
        TooManyStates: the states are too many to list.
    """
    memories, tokens = _memories_of(task, view), task.grid.tokens
    steps = task.grid.steps if view.clock else 1
    clock = np.repeat(np.arange(steps), len(memories))
    states = np.column_stack([clock, np.tile(memories * tokens, (steps, 1))])
    count = int(rows.memory[COUNT])
    _, kinds = np.unique(np.concatenate([rows.keys[1:count], states]), axis=0, return_inverse=True)
    row = np.zeros(kinds.max() + 1, np.int64)
    row[kinds[: count - 1]] = np.arange(1, count)
    return values[row[kinds[count - 1 :]]]


@lru_cache(maxsize=8)
def _memories_of(task: Task, view: View) -> NDArray[np.int64]:
    """Return the memory of each part that a view sees (M, V), by memory of the view; in the order of the walk."""
    seen, joint = observed(task, view), view_memories(task, view)
    own = len(view.on(task).observers)
    parts = (*seen.automata[own:], *seen.automata[:own])  # the rules first
    memories, front = np.zeros((joint.size, len(parts)), np.int64), np.zeros(1, np.int64)
    for t, k in enumerate(joint.slot):
        following = joint.next[k][front]
        for i, auto in enumerate(parts):
            memories[following, i] = auto.next[auto.slot[t]][memories[front, i]]
        front = np.unique(following)
    return memories


@njit(cache=True, nogil=True, _nrt=False)  # the options of `learn`, so that both share what is compiled for a step
def _walked(q: Any, model: Any, memory: Any, melodies: Any, states: Any, writes: Any, rng: Any) -> Any:
    """Fill `states` (P, T) with the rows that melodies (P, T) pass, and melodies with greedy tokens if it `writes`."""
    for i in range(len(melodies)):
        s = start(model, memory, rng)
        for t in range(melodies.shape[1]):
            if writes:
                melodies[i, t] = greedy(q, s, rng)
            states[i, t] = s
            s, _, _ = step(model, memory, s, np.int64(melodies[i, t]), rng)  # of the type that learners pass


def _follow(
    plan: Plan, rows: Rows, melodies: NDArray[np.uint8], q: NDArray[np.float64], writes: bool
) -> NDArray[np.int64]:
    memory, states = rows.memory.copy(), np.empty(melodies.shape, np.int64)
    memory[FROZEN] = 1
    _walked(q, model_of(plan, rows), memory, melodies, states, writes, np.random.default_rng(0))
    return states


def states_along(plan: Plan, rows: Rows, melodies: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the rows of values (P, T) that melodies (P, T) pass; 0 for states that have none."""
    return _follow(plan, rows, melodies, np.zeros((0, 0)), False)


def greedy_row(plan: Plan, rows: Rows, q: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return the greedy melody (1, T); ties, and states without a row, are decided by a generator of seed 0.

    Args:
        plan: the task's tables.
        rows: the rows of visited states.
        q: (S, A) values or preferences by which tokens are ranked.
    """
    melody = np.empty((1, plan.base.shape[0]), np.uint8)
    _follow(plan, rows, melody, q, True)
    return melody
