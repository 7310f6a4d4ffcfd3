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

from evomusic._jit import njit

LANES = 8  # melodies walked abreast


class Tables(NamedTuple):
    """Automata end to end: `next` (times A) and `value`, flat, and the place of a step's plane in each.

    A step at which an automaton rewards nothing has place -1 in `value`: it is not looked up.
    """

    next: NDArray[np.int32]
    value: NDArray[np.float64]
    base: NDArray[np.int64]  # (T, 2, R): places in next, in value


@njit(cache=True, nogil=True)
def evaluate(melodies: Any, tables: Any, out: Any) -> Any:  # (P, T) uint8, Tables, (P,) float64
    """Returns of melodies. Eight walk abreast, so that one's lookup is under way while another's is waited for.

    Places are unsigned: an index that may be negative costs a test each. The last few are walked with idle lanes.
    """
    following, value, base = tables.next, tables.value, tables.base
    steps, rules = base.shape[0], base.shape[2]
    room, total = np.empty((rules + 1, LANES), np.int32), np.empty(LANES)
    memory, token = room[:rules], room[rules]
    token[:] = 0
    for first in range(0, len(melodies), LANES):
        width = min(LANES, len(melodies) - first)
        memory[:] = 0
        total[:] = 0.0
        for t in range(steps):
            for j in range(width):
                token[j] = melodies[first + j, t]
            for r in range(rules):
                m, n, v = memory[r], np.uint64(base[t, 0, r]), base[t, 1, r]
                if v < 0:
                    for j in range(LANES):
                        m[j] = following[n + np.uint64(m[j] + token[j])]
                    continue
                at = np.uint64(v)
                for j in range(LANES):
                    cell = np.uint64(m[j] + token[j])
                    total[j] += value[at + cell]
                    m[j] = following[n + cell]
        for j in range(width):
            out[first + j] = total[j]


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
