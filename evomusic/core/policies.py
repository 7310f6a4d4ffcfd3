"""Stochastic policies of a view: their exact expected return and action values, and the style as a view sees it.

A policy gives the probability of each token in each agent state. The return of a melody is the sum of its rules, so
the expected return is the sum of theirs, and each follows from the joint memory of the view and of one rule: the
probability of each joint memory is carried forward from step to step. No joint memory of all rules is needed.

Shapes: T steps, A tokens, M memories of a view; its states are S = T x M with the clock (state t x M + m), else M.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import njit
from evomusic.core.automata import Automaton, TooManyStates, carried, compose
from evomusic.core.checks import wrong
from evomusic.core.task import Task
from evomusic.core.views import View, as_view, joined, listed

CELLS = 2**23  # joint memories x planes x tokens of one rule, at most
WORK = 2**24  # joint memories of all rules x tokens x steps, up to which methods compute it at every row of a curve
LEAST = 2.0**-40  # probability of a token that a style never writes


class Joint(NamedTuple):
    """Joint memories of a view and of a rule, or of the style: an automaton with the values of the latter."""

    auto: Automaton
    seen: NDArray[np.int64]  # (N,) memory of the view in each joint memory


def expected_return(task: Task, view: View | str, policy: NDArray[np.float64]) -> float:
    """The expected return of a stochastic policy of a view: exact but for rounding.

    Args:
        task: the task; delayed or not, the returns are the same.
        view: the agent state, or its name.
        policy: (S, A) probability of each token in each state.

    Raises:
        ValueError: the shape is another, a row does not sum to 1, or the task has final rewards, which no memory tells.
        TooManyStates: the view, or its joint memory with a rule, is too large to list.
    """
    view = as_view(view)
    policy = _checked(task, view, policy)
    _require_rules(task)
    size = len(policy) // (task.grid.steps if view.clock else 1)
    return math.fsum(
        _forward(policy, view.clock, size, auto.slot, auto.next, auto.value, seen, np.empty((2, auto.size)))
        for auto, seen in _joints(task, view)
    )


def action_values(task: Task, view: View | str, policy: NDArray[np.float64], gamma: float = 1.0) -> NDArray[np.float64]:
    """Expected discounted reward (S, A) of a token and, after it, of a policy: exact but for rounding.

    A view need not be Markov: what it does not see is weighted by its probability, given the state, in melodies that
    the policy writes. States that no such melody visits have the value 0.

    Args:
        task: the task.
        view: the agent state, or its name.
        policy: (S, A) probability of each token in each state.
        gamma: discount.

    Raises:
        ValueError: as for `expected_return`.
        TooManyStates: as for `expected_return`.
    """
    view = as_view(view)
    policy = _checked(task, view, policy)
    _require_rules(task)
    values, visits = np.zeros(policy.shape), np.zeros(len(policy))
    for auto, seen in _joints(task, view):
        size, steps = len(policy) // (task.grid.steps if view.clock else 1), len(auto.slot)
        states = [seen + (t * size if view.clock else 0) for t in range(steps)]
        mass = [np.eye(1, auto.size)[0]]
        for t, k in enumerate(auto.slot[:-1]):
            flow = mass[t][:, None] * policy[states[t]]
            mass.append(carried(auto.next[k], flow, auto.size))
        later, visits = np.zeros(auto.size), np.zeros(len(policy))
        for t in reversed(range(steps)):
            k = auto.slot[t]
            q = auto.value[k] + gamma * later[auto.next[k]]
            later = (policy[states[t]] * q).sum(axis=1)
            np.add.at(values, states[t], mass[t][:, None] * q)
            np.add.at(visits, states[t], mass[t])
    return np.divide(values, visits[:, None], out=np.zeros(values.shape), where=visits[:, None] > 0)


@lru_cache(maxsize=64)
def is_quick(task: Task, view: View) -> bool:
    """Whether the tables give the expected return of a policy, in some hundredths of a second at most."""
    if task.final:
        return False
    try:
        memories = sum(joint.auto.size for joint in _joints(task, view))
    except TooManyStates:
        return False
    return memories * task.grid.tokens * task.grid.steps <= WORK


def style_policy(task: Task, view: View | str) -> NDArray[np.float64]:
    """The task's style as a policy (S, A) of a view: the probability of each token, given what the view sees.

    The style remembers more than most views do: its memories are weighted by their probabilities in melodies that it
    writes. A state that no such melody visits has the uniform distribution. Probabilities are at least 2^-40.

    Raises:
        ValueError: the task has no style.
        TooManyStates: the view, or its joint memory with the style, is too large to list.
    """
    return _style_policy(task, as_view(view))


@lru_cache(maxsize=16)
def _style_policy(task: Task, view: View) -> NDArray[np.float64]:
    if not task.machine.generator:
        raise ValueError(f"task {task.name!r} has no style; expected a task with one, such as 'tune'")
    style = joined(task.machine.generator)
    if style is None:
        raise TooManyStates("the memory of this style is too large to list")
    seen = view_memories(task, view)
    auto, memory = _joint(seen, style)
    written = np.zeros((len(auto.slot) if view.clock else 1, seen.size, task.grid.tokens))
    mass = np.zeros(auto.size)
    mass[0] = 1.0
    for t, k in enumerate(auto.slot):
        odds = np.exp2(auto.value[k])
        flow = mass[:, None] * odds / odds.sum(axis=1, keepdims=True)
        np.add.at(written[t if view.clock else 0], memory, flow)
        mass = carried(auto.next[k], flow, auto.size)
    policy = written.reshape(-1, task.grid.tokens)
    visited = policy.sum(axis=1) > 0
    policy[~visited] = 1.0
    policy = np.maximum(policy / policy.sum(axis=1, keepdims=True), LEAST)
    policy /= policy.sum(axis=1, keepdims=True)
    policy.flags.writeable = False
    return policy


@lru_cache(maxsize=16)
def _joints(task: Task, view: View) -> tuple[Joint, ...]:
    """The view's joint memories with each rule; rules that need no further memory are one."""
    seen = view_memories(task, view)
    sums: dict[Any, int] = {}  # place of what is summed
    joints: list[Joint] = []
    for auto in task.machine.automata:
        joint = _joint(seen, auto)
        key = (joint.auto.size, len(joint.auto.next), joint.auto.slot.tobytes(), joint.auto.next.tobytes())
        if joint.auto.size == seen.size and key in sums:
            value = joints[sums[key]].auto.value + joint.auto.value
            joints[sums[key]] = Joint(joint.auto._replace(value=value), joint.seen)
        else:
            sums[key] = len(joints)
            joints.append(joint)
    return tuple(joints)


@lru_cache(maxsize=16)
def view_memories(task: Task, view: View) -> Automaton:
    """The view's memories as an automaton.

    Raises:
        TooManyStates: they are too many to list.
    """
    seen = listed(task, view, CELLS)
    if seen is None:
        raise TooManyStates(f"the states of {view} are too many to list; use a view that sees less")
    return seen


def _joint(seen: Automaton, auto: Automaton) -> Joint:
    """The joint memories of a view and an automaton.

    Raises:
        TooManyStates: they are too many to list.
    """
    numbers = np.broadcast_to(np.arange(float(seen.size))[:, None], seen.value.shape)
    values = compose(seen._replace(value=np.zeros(seen.value.shape)), auto)
    marks = compose(seen._replace(value=numbers), auto._replace(value=np.zeros(auto.value.shape)))
    if values is None or marks is None or values.next.size > CELLS:
        raise TooManyStates("the joint memory of this view and a rule, or the style, is too large to list")
    return Joint(values, marks.value[0, :, 0].astype(np.int64))


def _require_rules(task: Task) -> None:
    """Check that rules alone make the reward.

    Raises:
        ValueError: there are final rewards.
    """
    if task.final:
        raise ValueError(f"task {task.name!r} has final rewards: expected returns are exact for rules only")


def _checked(task: Task, view: View, policy: Any) -> NDArray[np.float64]:
    """A policy (S, A) with a row for each state of a view.

    Raises:
        ValueError: it is none.
    """
    seen, grid = view_memories(task, view), task.grid
    shape = (seen.size * (grid.steps if view.clock else 1), grid.tokens)
    if not isinstance(policy, np.ndarray) or policy.shape != shape or policy.dtype != np.float64:
        raise wrong("policy", policy, f"float64 of shape {shape}: a row of token probabilities for each state")
    if not (policy.min() >= 0 and np.abs(policy.sum(axis=1) - 1).max() < 1e-9):
        raise ValueError("policy has a row that is no distribution, expected numbers from 0 up that sum to 1")
    return policy


@njit(cache=True, nogil=True)
def _forward(policy: Any, clock: Any, size: Any, slot: Any, following: Any, value: Any, seen: Any, mass: Any) -> Any:
    """Expected sum of an automaton's values; `mass` (2, N) is scratch."""
    total, now, later = 0.0, mass[0], mass[1]
    now[:] = 0.0
    now[0] = 1.0
    for t in range(len(slot)):
        later[:] = 0.0
        first, k = t * size if clock else 0, slot[t]
        for i in range(len(now)):
            if now[i] == 0.0:
                continue
            s, here = first + seen[i], 0.0  # summed apart: one long chain of additions would take twice the time
            for a in range(policy.shape[1]):
                here += policy[s, a] * value[k, i, a]
                later[following[k, i, a]] += now[i] * policy[s, a]
            total += now[i] * here
        now, later = later, now
    return total
