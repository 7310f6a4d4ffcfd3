"""Planning by rollouts: try every next token, play on by a base policy, and keep the token that turned out best.

That improves on the base policy (Tesauro & Galperin 1996; Sutton & Barto 2018, section 8.10), and what it writes can be
the base of another improvement. The base policies here are also those of the tree search.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import njit
from evomusic.core.kernels import Tables
from evomusic.core.machine import Machine, pack
from evomusic.core.method import Batch
from evomusic.core.task import Task
from evomusic.encodings.base import check_choice, check_count
from evomusic.encodings.samples import FIRST

Melodies = NDArray[np.uint8]


class Base(NamedTuple):
    """A policy to play on by: automata whose values add up to log2 odds of tokens; of none, all are alike.

    With chance `follow` a token is that of a melody known already.
    """

    tables: Tables
    known: NDArray[np.uint8]  # (T,)
    follow: float
    memory: NDArray[np.int64]  # (R,) scratch
    odds: NDArray[np.float64]  # (A,) scratch


def base_of(task: Task, kind: str, known: Melodies, follow: float = 0.0) -> Base:
    """The base policy of a kind: "random" tokens, or the task's "style"; `known` (1, T) is followed by chance `follow`.

    Raises:
        ValueError: the task has no style.
    """
    tables = _tables(task.machine, kind)
    if kind == "style" and not tables.base.shape[2]:
        raise ValueError(f"task {task.name!r} has no style to play on by; use base='random', or a task with a style")
    return Base(tables, known[0], follow, np.zeros(tables.base.shape[2], np.int64), np.zeros(task.grid.tokens))


@lru_cache(maxsize=32)
def _tables(machine: Machine, kind: str) -> Tables:
    return pack(machine.generator if kind == "style" else (), machine.grid)


@njit(cache=True)
def play_on(row: Any, t: Any, base: Any, rng: Any) -> Any:  # (T,) tokens, steps that are written, Base
    """Write the rest of a melody by a base policy."""
    following, value, places = base.tables.next, base.tables.value, base.tables.base
    memory, odds, actions = base.memory, base.odds, len(base.odds)
    memory[:] = 0
    for u in range(len(row)):
        if u >= t and base.follow > 0 and rng.random() < base.follow:
            row[u] = base.known[u]
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
    """Each token at step t in turn, played on from there by the base policy, `samples` times."""
    for i in range(len(melodies)):
        melodies[i, t] = i // samples
        play_on(melodies[i], t + 1, base, rng)


class Rolling(NamedTuple):
    """A melody (1, T) that is being written, and how; `best` (1, T) is the best evaluated so far."""

    melody: Melodies
    written: int
    follows: bool  # whether the rest is played on as the melody has it, rather than sampled
    changed: bool  # whether this pass has changed the melody
    best: Melodies
    best_return: float


@dataclass(frozen=True, kw_only=True)
class Rollouts:
    """Rollout policy improvement, over and over (Tesauro & Galperin 1996; Sutton & Barto 2018, section 8.10).

    A pass writes a melody from left to right. For each step every token is tried, `samples` times; the base policy
    plays on to the end, and the token of the greatest mean return is kept. The melody is the base of the next pass:
    what follows a token is then what the melody has (Bertsekas, Tsitsiklis & Wu 1997), and one sample tells all. So
    passes go on, each no worse, until one changes nothing; then it begins anew from the sampler.

    Args:
        samples: melodies a token in a pass that samples.
        base: "random" tokens, or samples of the task's "style".

    Raises:
        ValueError: a parameter is out of range.
    """

    samples: int = 1
    base: str = "random"

    def __post_init__(self) -> None:
        check_count("samples", self.samples)
        check_choice("base", self.base, FIRST)

    def init(self, task: Task, rng: np.random.Generator) -> tuple[Rolling, Batch]:
        """The first token."""
        nothing = np.zeros((1, task.grid.steps), np.uint8)
        return self.step(task, Rolling(nothing, 0, False, True, nothing, -np.inf), rng)

    def step(self, task: Task, state: Rolling, rng: np.random.Generator) -> tuple[Rolling, Batch]:
        """One token more, or the first of a new pass."""
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
        """The best melody evaluated so far."""
        return state.best


def _chosen(means: NDArray[np.float64], before: int, stays: bool, rng: np.random.Generator) -> int:
    """A token of the greatest mean (A,): the one before where it `stays` among them, else one by chance."""
    tops = np.flatnonzero(means == means.max())
    return before if stays and before in tops else int(tops[int(rng.random() * len(tops))])
