"""Initial melodies: uniformly random tokens, samples of a task's style, and rows of tokens from a user."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import choice
from evomusic.core.optimum.chain import choose
from evomusic.core.optimum.prior import Song
from evomusic.core.task import Task

Melodies = NDArray[np.uint8]
FIRST = ("random", "style", "song")


def first_melodies(kind: str, task: Task, rng: np.random.Generator, n: int) -> Melodies:
    """Initial melodies (n, T): "random" (each token uniform), or samples of the task's "style" or "song".

    Raises:
        ValueError: there is no such kind, or the task has no style or song.
    """
    choice("first", kind, FIRST)
    if kind == "style":
        return style_samples(task, rng, n)
    if kind == "song":
        return song_for(task).sample(n, rng)
    return rng.integers(0, task.grid.tokens, (n, task.grid.steps), np.uint8)


def song_for(task: Task) -> Song:
    """The song of a task.

    Raises:
        ValueError: it has none.
    """
    if task.songs is None:
        raise ValueError(f"task {task.name!r} has no song to draw from, expected a task with one, such as 'tune'")
    return task.songs


def style_samples(task: Task, rng: np.random.Generator, n: int) -> Melodies:
    """Melodies (n, T) of the task's style: draws of its sampler, or sampled token by token.

    The values of the automata in `task.machine.generator` sum to log2 probabilities of tokens; each row is
    normalised against rounding errors.

    Raises:
        ValueError: the task has no style.
    """
    if task.sampler is not None:
        return task.sampler.sample(n, rng)
    generator = task.machine.generator
    if not generator:
        raise ValueError(f"task {task.name!r} has no style to sample; use first='random', or a task with a style")
    melodies = np.empty((n, task.grid.steps), np.uint8)
    memories = [np.zeros(n, np.int64) for _ in generator]
    for t in range(task.grid.steps):
        bits = [auto.value[auto.slot[t]][memory] for auto, memory in zip(generator, memories, strict=True)]
        odds = np.exp2(np.sum(bits, axis=0))  # (n, A)
        melodies[:, t] = choose(odds, rng.random(n))
        memories = [
            auto.next[auto.slot[t]][memory, melodies[:, t]].astype(np.int64)
            for auto, memory in zip(generator, memories, strict=True)
        ]
    return melodies


def checked_rows(rows: Any, task: Task) -> Melodies:
    """Rows of tokens, checked against the task's grid, as melodies (P, T) uint8.

    Raises:
        ValueError: a row is not T long, or holds a value that is no token of the grid.
    """
    try:
        tokens = np.asarray(rows)
    except ValueError:
        raise ValueError(f"rows of tokens differ in length, expected {task.grid.steps} tokens each") from None
    if tokens.ndim != 2 or tokens.shape[1] != task.grid.steps:
        raise ValueError(f"rows of tokens have shape {tokens.shape}, expected (P, {task.grid.steps}): one a step")
    if tokens.dtype.kind not in "ui":
        raise ValueError(f"rows of tokens have dtype {tokens.dtype}, expected whole numbers")
    if tokens.size and not (tokens.min() >= 0 and tokens.max() < task.grid.tokens):
        raise ValueError(
            f"rows of tokens run from {tokens.min()} to {tokens.max()}, expected 0 to {task.grid.tokens - 1}"
        )
    return tokens.astype(np.uint8)
