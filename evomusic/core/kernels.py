"""Kernels that evaluate melodies by walking the tables of a reward.

Letters: P melodies, T steps, A tokens, R automata. `memory` is the place of a memory's row: its number times A.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import inner, njit

LANES = 8  # melodies walked abreast


class Tables(NamedTuple):
    """Automata end to end: `next` (times A) and `value`, flat, and the place of a step's plane in each.

    A step at which an automaton rewards nothing has place -1 in `value`: it is not looked up.
    """

    next: NDArray[np.int32]
    value: NDArray[np.float64]
    base: NDArray[np.int64]  # (T, 2, R): places in next, in value


@inner()
def cells(memory: Any, melodies: Any, row: Any, t: Any) -> Any:
    """Places within a plane: of each lane's memory, and of its token at step t."""
    a, b, c, d, e, f, g, h = memory
    return (
        a + melodies[row[0], t],
        b + melodies[row[1], t],
        c + melodies[row[2], t],
        d + melodies[row[3], t],
        e + melodies[row[4], t],
        f + melodies[row[5], t],
        g + melodies[row[6], t],
        h + melodies[row[7], t],
    )


@inner()
def moved(following: Any, plane: Any, cell: Any) -> Any:
    """Each lane's next memory."""
    a, b, c, d, e, f, g, h = cell
    return (
        np.uint32(following[plane + a]),
        np.uint32(following[plane + b]),
        np.uint32(following[plane + c]),
        np.uint32(following[plane + d]),
        np.uint32(following[plane + e]),
        np.uint32(following[plane + f]),
        np.uint32(following[plane + g]),
        np.uint32(following[plane + h]),
    )


@inner()
def added(total: Any, value: Any, plane: Any, cell: Any) -> Any:
    """Each lane's sum of rewards, with one more."""
    a, b, c, d, e, f, g, h = cell
    return (
        total[0] + value[plane + a],
        total[1] + value[plane + b],
        total[2] + value[plane + c],
        total[3] + value[plane + d],
        total[4] + value[plane + e],
        total[5] + value[plane + f],
        total[6] + value[plane + g],
        total[7] + value[plane + h],
    )


@njit(cache=True, nogil=True, _nrt=False)
def evaluate(melodies: Any, tables: Any, out: Any) -> Any:  # (P, T) uint8, Tables, (P,) float64
    """Returns of melodies. Eight walk abreast, so that one's lookup is under way while another's is waited for.

    They walk one automaton after the other, so that memories stay in registers and tables in the cache; sums are exact
    in any order. Places are unsigned: an index that may be negative costs a test each. Lanes behind the end walk the
    last melody too.
    """
    following, value, base = tables.next, tables.value, tables.base
    start, last = np.uint32(0), len(melodies) - 1
    for i in range(0, len(melodies), LANES):
        front = (i, min(i + 1, last), min(i + 2, last), min(i + 3, last))
        row = (*front, min(i + 4, last), min(i + 5, last), min(i + 6, last), min(i + 7, last))
        total = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        for r in range(base.shape[2]):
            memory = (start, start, start, start, start, start, start, start)
            for t in range(base.shape[0]):
                cell = cells(memory, melodies, row, t)
                if base[t, 1, r] >= 0:
                    total = added(total, value, np.uint32(base[t, 1, r]), cell)
                memory = moved(following, np.uint32(base[t, 0, r]), cell)
        for j in range(LANES):
            out[row[j]] = total[j]


@njit(cache=True, nogil=True)
def rewards(melodies: Any, tables: Any, out: Any) -> Any:  # (P, T) uint8, Tables, (P, T) float64
    """Step rewards of melodies."""
    following, value, base = tables.next, tables.value, tables.base
    memory = np.zeros(base.shape[2], np.int64)
    for i in range(len(melodies)):
        memory[:] = 0
        for t in range(base.shape[0]):
            reward = 0.0
            for r in range(len(memory)):
                cell = memory[r] + melodies[i, t]
                if base[t, 1, r] >= 0:
                    reward += value[base[t, 1, r] + cell]
                memory[r] = following[base[t, 0, r] + cell]
            out[i, t] = reward


@njit(cache=True, nogil=True)
def parts(melodies: Any, tables: Any, out: Any) -> Any:  # (P, T) uint8, Tables, (P, R) float64
    """Return of melodies under each automaton alone."""
    following, value, base = tables.next, tables.value, tables.base
    for i in range(len(melodies)):
        for r in range(base.shape[2]):
            memory, total = 0, 0.0
            for t in range(base.shape[0]):
                cell = memory + melodies[i, t]
                if base[t, 1, r] >= 0:
                    total += value[base[t, 1, r] + cell]
                memory = following[base[t, 0, r] + cell]
            out[i, r] = total


@njit(cache=True, nogil=True)
def step_parts(melodies: Any, tables: Any, out: Any) -> Any:  # (P, T) uint8, Tables, (P, T, R) float64
    """Step rewards of melodies under each automaton alone."""
    following, value, base = tables.next, tables.value, tables.base
    for i in range(len(melodies)):
        for r in range(base.shape[2]):
            memory = 0
            for t in range(base.shape[0]):
                cell = memory + melodies[i, t]
                out[i, t, r] = value[base[t, 1, r] + cell] if base[t, 1, r] >= 0 else 0.0
                memory = following[base[t, 0, r] + cell]


def threads() -> int:
    """Threads that an evaluation may use: EVOMUSIC_THREADS, else every core this process may run on.

    Raises:
        ValueError: EVOMUSIC_THREADS is no whole number.
    """
    if named := os.environ.get("EVOMUSIC_THREADS"):
        if not named.strip().isdecimal():
            raise ValueError(f"EVOMUSIC_THREADS is {named!r}, expected a whole number of threads")
        return max(1, int(named))
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@lru_cache(maxsize=1)
def _pool(workers: int, process: int) -> ThreadPoolExecutor:
    """The threads of this process: a forked child inherits the pool of its parent without the threads in it."""
    return ThreadPoolExecutor(workers, thread_name_prefix="evaluate")


def spread(kernel: Callable[..., None], melodies: NDArray[np.uint8], tables: Tables, out: NDArray[np.float64]) -> None:
    """Run a kernel over melodies on all cores; rows do not depend on how they were shared out."""
    if melodies.size * tables.base.shape[2] < 100_000 or (workers := threads()) == 1:
        kernel(melodies, tables, out)
        return
    cuts = (np.linspace(0, len(melodies) // LANES, 2 * workers + 1).astype(int) * LANES).tolist()
    cuts[-1] = len(melodies)
    pool = _pool(workers, os.getpid())
    jobs = [pool.submit(kernel, melodies[a:b], tables, out[a:b]) for a, b in pairwise(cuts) if b > a]
    for job in jobs:
        job.result()
