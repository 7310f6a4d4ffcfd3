"""A steady-state genetic algorithm in one kernel: parents, offspring and survivors, many steps in a call.

Linear ranking needs the genomes in the order of their returns, and survival in that of their age. Both orders are held
as indices and mended where an offspring enters, so that a step costs O(P) for a population of P, and sorts nothing.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import inner, njit
from evomusic.core.method import Batch
from evomusic.core.task import Task
from evomusic.encodings.notes.notes import Notes
from evomusic.encodings.notes.operators import scratch, vary_all
from evomusic.evolve.local import Walk, follow

REPLACED = ("worst", "oldest", "parent")
WORST, OLDEST, PARENT = range(3)


class Ranked(NamedTuple):
    """A population: genomes (P, T) with their returns (P,), and their indices in two orders.

    In `age` the oldest comes first, in `order` the worst, of equals the older. `weight` and `wheel` are scratch.
    """

    genomes: NDArray[np.uint8]
    returns: NDArray[np.float64]
    age: NDArray[np.int64]
    order: NDArray[np.int64]
    weight: NDArray[np.float64]
    wheel: NDArray[np.float64]


class Offspring(NamedTuple):
    """Room for the offspring of a step: melodies (N, T), returns (N,), indices of parents (N,) and of places freed."""

    genomes: NDArray[np.uint8]
    returns: NDArray[np.float64]
    parents: NDArray[np.int64]
    freed: NDArray[np.int64]


class Bred(NamedTuple):
    """Offspring that were evaluated, the population after them, the oldest first, and the number of steps."""

    batch: Batch
    genomes: NDArray[np.uint8]
    returns: NDArray[np.float64]
    steps: int


def breed(
    encoding: Notes,
    task: Task,
    genomes: NDArray[np.uint8],
    returns: NDArray[np.float64],
    rng: np.random.Generator,
    most: int,
    offspring: int,
    pressure: float,
    replace: str,
) -> Bred:
    """Take steps of a steady-state genetic algorithm, as by so many of its `step`.

    Args:
        encoding: the crossovers and mutations.
        task: the task, for which `local.compiled` holds.
        genomes: (P, T) melodies, the oldest first; left as they are.
        returns: (P,) of them.
        rng: generator of all randomness.
        most: offspring to make at most; those of one step at least.
        offspring: offspring per step.
        pressure: of linear ranking.
        replace: which genomes offspring replace, one of `REPLACED`.
    """
    size, steps = genomes.shape
    most, rules = max(most, offspring), task.machine.fused.base.shape[2]
    room = np.empty(offspring), np.empty(offspring, np.int64), np.empty(offspring, np.int64)
    order = np.argsort(returns, kind="stable")
    ranked = Ranked(genomes.copy(), returns.copy(), np.arange(size), order, *np.empty((2, size)))
    melodies, values = np.empty((most, steps), np.uint8), np.empty(most)
    made, taken = run(
        ranked,
        Offspring(np.empty((offspring, steps), np.uint8), *room),
        REPLACED.index(replace),
        float(pressure),
        encoding.settings(task),
        task.machine.fused,
        Walk(np.zeros((steps + 1, rules), np.int32), np.zeros(steps + 1)),
        scratch(steps),
        melodies,
        values,
        rng,
    )
    return Bred(Batch(melodies[:made], values[:made]), ranked.genomes[ranked.age], ranked.returns[ranked.age], taken)


@njit(cache=True, nogil=True, _nrt=False)
def run(
    ranked: Any,  # Ranked, changed in place
    new: Any,  # Offspring, scratch
    replace: Any,
    pressure: Any,
    settings: Any,
    tables: Any,
    walk: Any,  # Walk, scratch
    where: Any,  # (2 T,) int64, scratch
    melodies: Any,  # (M, T) uint8, filled
    values: Any,  # (M,) filled
    rng: Any,
) -> Any:
    """Take steps until no other whole one has room among the melodies; returns the numbers of offspring and of steps.

    Offspring equal to their parents are discarded; where all are, the first is evaluated nevertheless.
    """
    made, taken, size, steps = 0, 0, len(ranked.age), melodies.shape[1]
    while made == 0 or made + len(new.parents) <= len(melodies):
        select(ranked, pressure, new.parents, rng)
        for i in range(len(new.parents)):
            for t in range(steps):
                new.genomes[i, t] = ranked.genomes[new.parents[i], t]
        vary_all(new.genomes, settings, where, rng)
        n = distinct(ranked, new)
        for i in range(n):
            follow(new.genomes[i], tables, walk, walk, 0, steps)
            new.returns[i] = values[made] = walk.total[steps]
            for t in range(steps):
                melodies[made, t] = new.genomes[i, t]
            made += 1
        if replace == PARENT:
            for i in range(n):
                if new.returns[i] >= ranked.returns[new.parents[i]]:
                    take_out(ranked.order, new.parents[i])
                    settle(ranked, new, i, new.parents[i], size - 1)
        else:
            for i in range(n):
                new.freed[i] = ranked.order[i] if replace == WORST else ranked.age[i]
            for i in range(n):
                take_out(ranked.order, new.freed[i])
                take_out(ranked.age, new.freed[i])
            for i in range(n):
                ranked.age[size - n + i] = new.freed[i]
                settle(ranked, new, i, new.freed[i], size - n + i)
        taken += 1
    return made, taken


@inner()
def select(ranked: Any, pressure: Any, parents: Any, rng: Any) -> Any:
    """Fill `parents` by linear ranking; equal returns share the probabilities of their ranks."""
    size, slope, first = len(ranked.order), 2 * (pressure - 1) / (len(ranked.order) - 1), 0
    while first < size:
        past = first + 1
        while past < size and ranked.returns[ranked.order[past]] == ranked.returns[ranked.order[first]]:
            past += 1
        for k in range(first, past):
            ranked.weight[ranked.order[k]] = (2 - pressure) + slope * (past - (past - first + 1) / 2)
        first = past
    total, last = 0.0, 0
    for k in range(size):
        total += ranked.weight[ranked.age[k]]
        ranked.wheel[k] = total
        if ranked.weight[ranked.age[k]] > 0.0:
            last = k
    for i in range(len(parents)):
        arm, low, high = rng.random() * total, 0, size
        while low < high:
            middle = (low + high) // 2
            if ranked.wheel[middle] > arm:
                high = middle
            else:
                low = middle + 1
        parents[i] = ranked.age[min(low, last)]


@inner()
def distinct(ranked: Any, new: Any) -> Any:
    """Move offspring that differ from their parents to the front; return their number, or 1 where there are none."""
    n = 0
    for i in range(len(new.parents)):
        parent, differs = new.parents[i], False
        for t in range(new.genomes.shape[1]):
            differs |= new.genomes[i, t] != ranked.genomes[parent, t]
        if differs:
            for t in range(new.genomes.shape[1] if n < i else 0):
                new.genomes[n, t] = new.genomes[i, t]
            new.parents[n] = parent
            n += 1
    return max(n, 1)


@inner()
def take_out(indices: Any, index: Any) -> Any:
    """Take one index out; those behind it move up, and the last place is free."""
    at = 0
    while indices[at] != index:
        at += 1
    for k in range(at, len(indices) - 1):
        indices[k] = indices[k + 1]


@inner()
def settle(ranked: Any, new: Any, i: Any, place: Any, held: Any) -> Any:
    """Write offspring i to a place of the population, and enter it in the order of the `held` others.

    It stands behind those that return as much.
    """
    for t in range(new.genomes.shape[1]):
        ranked.genomes[place, t] = new.genomes[i, t]
    ranked.returns[place] = new.returns[i]
    while held > 0 and ranked.returns[ranked.order[held - 1]] > new.returns[i]:
        ranked.order[held] = ranked.order[held - 1]
        held -= 1
    ranked.order[held] = place
