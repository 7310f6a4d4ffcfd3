"""Rollouts of evolved policies: melodies that they write, and their returns in finite MDPs. Compiled.

A policy maps an agent state to an action, such as a token. A kind of policy is a NamedTuple of arrays for a whole
population, and a plain function in `ACT` that returns the action of policy i in agent state s. One loop then rolls any
policy out over any model: a task's tables or a FiniteMDP. `scratch` (float64) is a policy's memory within an episode:
zeros when it begins; a recurrent policy keeps its hidden layer there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numba.extending import overload
from numpy.typing import NDArray

from evomusic._jit import INLINED, njit
from evomusic.models.walk import START, WALK, start, step

ACT: dict[type, Callable[..., Any]] = {}  # class of policies -> function(policy, i, s, scratch) that returns an action


def act(policy: Any, i: Any, s: Any, scratch: Any) -> Any:
    """The action of policy i in agent state s."""
    return ACT[type(policy)](policy, i, s, scratch)


@overload(act, jit_options=INLINED)
def _compiled_act(policy: Any, i: Any, s: Any, scratch: Any) -> Any:
    return ACT.get(policy.instance_class) if hasattr(policy, "instance_class") else None  # chosen while compiling


class Writing(NamedTuple):
    """A task seen through a view, as a model without rewards: the agent state that follows each token."""

    next: NDArray[np.int32]  # (K, M, A) memory of the view after a token, by plane
    slot: NDArray[np.int64]  # (T,) plane of each step
    clock: bool


def _start_writing(model: Any, memory: Any, rng: Any) -> Any:
    memory[0] = 0
    memory[1] = 0
    return np.int64(0)


def _step_writing(model: Any, memory: Any, s: Any, a: Any, rng: Any) -> Any:
    t = memory[0]
    m = model.next[model.slot[t], memory[1], a]
    memory[0] = t + 1
    memory[1] = m
    following = (t + 1) * model.next.shape[1] + m if model.clock else m
    return np.int64(following), 0.0, t + 1 == len(model.slot)


START[Writing] = _start_writing
WALK[Writing] = _step_writing


@njit(cache=True, nogil=True)
def write_melodies(policy: Any, model: Any, room: Any, out: Any) -> Any:  # out (P, T) uint8 is filled
    """Fill `out` with the melody that each policy writes."""
    memory, scratch = np.zeros(2, np.int64), np.zeros(room)
    for i in range(out.shape[0]):
        scratch[:] = 0.0
        s = start(model, memory, 0)
        for t in range(out.shape[1]):
            a = act(policy, i, s, scratch)
            out[i, t] = a
            s, _, _ = step(model, memory, s, a, 0)


@njit(cache=True, nogil=True)
def play(
    policy: Any,
    model: Any,
    seen: Any,  # (S,) agent state of each state
    room: Any,
    gamma: Any,
    horizon: Any,
    episodes: Any,
    rng: Any,
    out: Any,  # (P,) is filled
) -> Any:
    """Fill `out` with the mean discounted return of each policy over episodes of at most `horizon` steps."""
    memory, scratch = np.zeros(2, np.int64), np.zeros(room)
    for i in range(out.shape[0]):
        total = 0.0
        for _ in range(episodes):
            scratch[:] = 0.0
            s, weight = start(model, memory, rng), 1.0
            for _ in range(horizon):
                s, r, end = step(model, memory, s, act(policy, i, seen[s], scratch), rng)
                total += weight * r
                weight *= gamma
                if end:
                    break
        out[i] = total / episodes


@njit(cache=True, nogil=True)
def choices(policy: Any, room: Any, out: Any) -> Any:  # out (P, S) uint8 is filled
    """Fill `out` with the action of each policy in each agent state, where an episode begins there."""
    scratch = np.zeros(room)
    for i in range(out.shape[0]):
        for s in range(out.shape[1]):
            scratch[:] = 0.0
            out[i, s] = act(policy, i, s, scratch)


@njit(cache=True, nogil=True)
def expect(model: Any, tables: Any, gamma: Any, horizon: Any, out: Any) -> Any:  # Outcomes, (P, S) uint8, (P,) filled
    """Fill `out` with the exact expected return of each table of actions within `horizon` steps: backward induction."""
    first, rows, actions, states = model.first, model.rows, model.actions, tables.shape[1]
    begin = first[states * actions]
    for i in range(out.shape[0]):
        later, now = np.zeros(states), np.zeros(states)
        for _ in range(horizon):
            changed = False
            for s in range(states):
                group, v = s * actions + tables[i, s], 0.0
                for j in range(first[group], first[group + 1]):  # Sutton & Barto (4.5)
                    row = rows[j]
                    v += row["p"] * (row["reward"] + (0.0 if row["end"] else gamma * later[row["to"]]))
                now[s] = v
                changed = changed or v != later[s]
            later, now = now, later
            if not changed:
                break
        out[i] = 0.0
        for j in range(begin, len(rows)):
            out[i] += rows[j]["p"] * later[rows[j]["to"]]


def melodies_of(policies: Any, room: int, model: Any, shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Melodies (P, T) that policies write; `room` is the size of the scratch that a rollout needs."""
    melodies = np.empty(shape, np.uint8)
    write_melodies(policies, model, room, melodies)
    return melodies
