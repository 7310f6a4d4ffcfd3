"""Local search in one kernel: mutants of one melody are made, evaluated and accepted without a return to Python.

A mutant is walked through the tables from its first changed token, and no further than to where all memories are again
those of the melody that it comes from. Sums of rewards are exact: its return is that of a whole walk, to the bit.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeGuard

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import inner, njit
from evomusic.core.method import Batch
from evomusic.core.task import Task
from evomusic.encodings.base import Encoding
from evomusic.encodings.notes.notes import Notes
from evomusic.encodings.notes.operators import mutate, scratch


class Walk(NamedTuple):
    """A melody's way through the tables: memories (T + 1, R) before each step, sums (T + 1,) of the rewards so far."""

    memory: NDArray[np.int32]
    total: NDArray[np.float64]


class Proposals(NamedTuple):
    """Mutants that were evaluated, and where the search stands after them.

    `melody` (1, T) is the current one with its `value`; `idle` counts mutants since the last improvement, `limit` is
    the least return at which the last mutant was accepted.
    """

    batch: Batch
    melody: NDArray[np.uint8]
    value: float
    idle: int
    limit: float


def compiled(encoding: Encoding, task: Task) -> TypeGuard[Notes]:
    """Whether kernels can do what `vary` and `evaluate` do: melodies as genomes, no pickup, and no final rewards."""
    return type(encoding) is Notes and not encoding.drawn_share and not task.final and not task.grid.pickup


def propose(
    encoding: Notes,
    task: Task,
    melody: NDArray[np.uint8],
    value: float,
    rng: np.random.Generator,
    most: int,
    idle: int = 0,
    patience: int = 2**62,
    temperatures: NDArray[np.float64] | None = None,
) -> Proposals:
    """Mutate and accept, melody by melody.

    Args:
        encoding: the mutations.
        task: the task, without final rewards.
        melody: (1, T) uint8, the current one.
        value: its return.
        rng: generator of all randomness; read as by so many calls of `encoding.vary` for one melody.
        most: mutants to make at most.
        idle: mutants since the last improvement.
        patience: mutants without improvement after which to stop, above `idle`.
        temperatures: (most,) of simulated annealing, all above 0; None accepts what returns as much or more.

    Returns:
        One mutant or more, and the melody that is current after them.
    """
    steps, rules = task.grid.steps, task.machine.fused.base.shape[2]
    melodies, returns, current = np.empty((most, steps), np.uint8), np.empty(most), melody.copy()
    walks = [Walk(np.zeros((steps + 1, rules), np.int32), np.zeros(steps + 1)) for _ in range(2)]
    made, value, idle, limit = climb(
        current[0],
        value,
        idle,
        patience,
        temperatures,
        task.machine.fused,
        *walks,
        encoding.settings(task),
        scratch(steps),
        melodies,
        returns,
        rng,
    )
    return Proposals(Batch(melodies[:made], returns[:made]), current, value, idle, limit)


@njit(cache=True, nogil=True, _nrt=False)
def climb(
    current: Any,  # (T,) uint8, changed in place
    value: Any,  # its return
    idle: Any,
    patience: Any,
    temperatures: Any,  # (N,) or None
    tables: Any,
    walk: Any,  # Walk, of the current melody
    other: Any,  # Walk, scratch
    settings: Any,  # Settings
    where: Any,  # (2 T,) int64, scratch
    melodies: Any,  # (N, T) uint8, filled
    returns: Any,  # (N,) filled
    rng: Any,
) -> Any:
    """Propose mutants until N are made or patience ends; returns their number, value, idle and the last limit."""
    steps, limit = len(current), value
    first, last = 0, steps
    follow(current, tables, walk, walk, first, last)
    for i in range(len(melodies)):
        if idle >= patience:
            return i, value, idle, limit
        row = melodies[i]
        for t in range(steps):
            row[t] = current[t]
        mutate(row, settings, where, rng)
        first, last = 0, steps - 1
        while first < steps and row[first] == current[first]:
            first += 1
        while last > first and row[last] == current[last]:
            last -= 1
        end = follow(row, tables, walk, other, first, last) if first < steps else steps
        returns[i] = other.total[end] + (walk.total[steps] - walk.total[end]) if first < steps else value
        limit = value
        if temperatures is not None:
            limit = value - temperatures[i] * rng.standard_exponential()
        idle = 0 if returns[i] > value else idle + 1
        if returns[i] >= limit:
            value = returns[i]
            if first < steps:
                move(current, row, walk, other, first, last, end)
    return len(melodies), value, idle, limit


@inner()
def follow(melody: Any, tables: Any, walk: Any, other: Any, first: Any, last: Any) -> Any:
    """Walk a mutant from its first changed step, into `other`; returns the step at which it joins the walk again.

    `walk` is that of the melody from which it differs in steps `first` to `last` at most.
    """
    following, value, base = tables.next, tables.value, tables.base
    rules = base.shape[2]
    other.total[first] = walk.total[first]
    for r in range(rules):
        other.memory[first, r] = walk.memory[first, r]
    for t in range(first, len(melody)):
        reward, joined = other.total[t], t >= last
        for r in range(rules):
            cell = other.memory[t, r] + melody[t]
            if base[t, 1, r] >= 0:
                reward += value[base[t, 1, r] + cell]
            memory = following[base[t, 0, r] + cell]
            other.memory[t + 1, r] = memory
            joined &= memory == walk.memory[t + 1, r]
        other.total[t + 1] = reward
        if joined:
            return t + 1
    return len(melody)


@inner()
def move(current: Any, row: Any, walk: Any, other: Any, first: Any, last: Any, end: Any) -> None:
    """Make a mutant the current melody, and its walk the current walk."""
    for t in range(first, last + 1):
        current[t] = row[t]
    shift = other.total[end] - walk.total[end]
    for t in range(first + 1, end + 1):
        walk.total[t] = other.total[t]
        for r in range(walk.memory.shape[1]):
            walk.memory[t, r] = other.memory[t, r]
    for t in range(end + 1, len(walk.total)):
        walk.total[t] += shift
