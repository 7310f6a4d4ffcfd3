"""Rollouts: try every next token, complete the melody by a base policy, and choose the token of the best mean return.

That improves on the base policy (Tesauro & Galperin 1996; Sutton & Barto 2018, section 8.10), and the melody can be the
base of another improvement. The base policies here are also those of the tree search.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import inner, njit
from evomusic.core.checks import choice, whole
from evomusic.core.kernels import Tables
from evomusic.core.machine import Machine, pack
from evomusic.core.method import Batch
from evomusic.core.space import Choice, Space
from evomusic.core.task import Task
from evomusic.encodings.samples import FIRST
from evomusic.learn.explore import store

Melodies = NDArray[np.uint8]
MOST_SAMPLES = 100_000


class Base(NamedTuple):
    """A base policy: automata whose values add up to log2 odds of tokens, or uniform tokens where there is none.

    With probability `follow` a token is that of `melody` instead.
    """

    tables: Tables
    melody: NDArray[np.uint8]  # (T,)
    follow: float
    memory: NDArray[np.int64]  # (R,) scratch
    odds: NDArray[np.float64]  # (A,) scratch


def base_of(task: Task, kind: str, melody: Melodies, follow: float = 0.0) -> Base:
    """Return the base policy of a kind, which follows `melody` (1, T) with probability `follow`.

    Args:
        task: the task.
        kind: "random" for uniform tokens, "style" for samples of the task's style.
        melody: (1, T) tokens that may be followed.
        follow: probability of a token of `melody`.

    Raises:
        ValueError: the task has no style.
    """
    tables = _tables(task.machine, kind)
    if kind == "song":
        if task.songs is None:
            raise ValueError(f"task {task.name!r} has no song to play on by; use base='random', or a task with a song")
        tables = task.songs.prior().tables
    if kind == "style" and not tables.base.shape[2]:
        raise ValueError(f"task {task.name!r} has no style to play on by; use base='random', or a task with a style")
    return Base(tables, melody[0], follow, np.zeros(tables.base.shape[2], np.int64), np.zeros(task.grid.tokens))


@lru_cache(maxsize=32)
def _tables(machine: Machine, kind: str) -> Tables:
    return pack(machine.generator if kind == "style" else (), machine.grid)


@inner()
def play_on(row: Any, t: Any, base: Any, rng: Any) -> Any:  # (T,) tokens, steps that are written, Base
    """Complete a melody by a base policy."""
    following, value, places = base.tables.next, base.tables.value, base.tables.base
    memory, odds, actions = base.memory, base.odds, len(base.odds)
    memory[:] = 0
    for u in range(len(row)):
        if u >= t and base.follow > 0 and rng.random() < base.follow:
            row[u] = base.melody[u]
        elif u >= t and len(memory) == 0:
            row[u] = int(rng.random() * actions)
        elif u >= t:
            total = 0.0
            for a in range(actions):
                bits = 0.0
                for r in range(len(memory)):
                    if places[u, 1, r] >= 0:
                        bits += value[places[u, 1, r] + memory[r] + a]
                total += math.exp2(bits)
                odds[a] = total
            left, a = rng.random() * total, 0
            while a < actions - 1 and odds[a] <= left:
                a += 1
            row[u] = a
        for r in range(len(memory)):
            memory[r] = following[places[u, 0, r] + memory[r] + row[u]]


@njit(cache=True, nogil=True)
def tried(melodies: Any, samples: Any, t: Any, base: Any, rng: Any) -> Any:  # (A * samples, T): all begin alike
    """Try each token at step t, and complete the melody by the base policy `samples` times."""
    for i in range(len(melodies)):
        melodies[i, t] = i // samples
        play_on(melodies[i], t + 1, base, rng)


class Rolling(NamedTuple):
    """A melody (1, T) in the making; `best` (1, T) is the best evaluated so far."""

    melody: Melodies
    written: int
    follows: bool  # whether melodies are completed by `melody`, rather than by samples
    changed: bool  # whether this pass has changed the melody
    best: Melodies
    best_return: float


@dataclass(frozen=True, kw_only=True)
class Rollouts:
    """Iterated rollout policy improvement (Tesauro & Galperin 1996; Sutton & Barto 2018, section 8.10).

    A pass writes a melody from left to right. At each step every token is tried `samples` times: the base policy
    completes the melody, and the token of the greatest mean return is chosen. The finished melody is the base of the
    next pass, in which tokens after the tried one are the melody's own (Bertsekas, Tsitsiklis & Wu 1997), so one sample
    is enough. No such pass makes the melody worse. After one that changes nothing, sampling begins anew.

    Args:
        samples: melodies for each tried token in a pass that samples.
        base: "random" for uniform tokens, or "style" or "song" for samples of the task's.

    Raises:
        ValueError: a parameter is out of range.
    """

    space: ClassVar[Space] = {
        "samples": Choice(1, 2, 4, 8),
    }

    samples: int = 1
    base: str = "random"

    def __post_init__(self) -> None:
        store(self, samples=whole("samples", self.samples, 1, MOST_SAMPLES), base=choice("base", self.base, FIRST))

    def init(self, task: Task, rng: np.random.Generator) -> tuple[Rolling, Batch]:
        """Return the state after the first token, and the melodies tried for it."""
        nothing = np.zeros((1, task.grid.steps), np.uint8)
        return self.step(task, Rolling(nothing, 0, False, True, nothing, -np.inf), rng)

    def step(self, task: Task, state: Rolling, rng: np.random.Generator) -> tuple[Rolling, Batch]:
        """Choose the next token, or the first of a new pass."""
        if state.written == task.grid.steps:
            state = state._replace(written=0, follows=state.changed, changed=False)
        t, samples = state.written, 1 if state.follows else self.samples
        melodies = np.repeat(state.melody, task.grid.tokens * samples, axis=0)
        if state.follows:
            melodies[:, t] = np.arange(task.grid.tokens)
        else:
            tried(melodies, samples, t, base_of(task, self.base, state.melody), rng)
        returns = task.evaluate(melodies)
        token = _chosen(returns.reshape(-1, samples).mean(axis=1), int(state.melody[0, t]), state.follows, rng)
        changed = state.changed or not state.follows or token != state.melody[0, t]
        melody, top = state.melody.copy(), int(returns.argmax())
        melody[0, t] = token
        state = state._replace(melody=melody, written=t + 1, changed=changed)
        if returns[top] > state.best_return:
            state = state._replace(best=melodies[top : top + 1].copy(), best_return=float(returns[top]))
        return state, Batch(melodies, returns)

    def deliver(self, task: Task, state: Rolling) -> Melodies:
        """Return the best melody (1, T) evaluated so far."""
        return state.best


def _chosen(means: NDArray[np.float64], before: int, stays: bool, rng: np.random.Generator) -> int:
    """Return a token of the greatest mean (A,): `before` if it is one and `stays` is set, else one at random."""
    tops = np.flatnonzero(means == means.max())
    return before if stays and before in tops else int(tops[int(rng.random() * len(tops))])
