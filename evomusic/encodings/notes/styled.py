"""The mutations "style" and "song": melodies drawn anew from the task's style or song, after what precedes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import inner, njit
from evomusic.core.kernels import Tables
from evomusic.core.task import Task
from evomusic.encodings.notes import moves
from evomusic.encodings.samples import song_for

STYLE, SONG = "style", "song"


def restyle(task: Task, melodies: NDArray[np.uint8], bar: int, half: int, beat: int, rng: np.random.Generator) -> None:
    """Draw a random span of each melody (P, T) anew, in place: a bar, half a bar, or between two beat lines.

    Each token has its probability in the style after all tokens before it, those before the span included. What
    follows stays; a note that sounded on after the span is struck anew there. A task's sampler that can redraw, such as
    an `em.Song`, does so instead, from a random unit to the end.

    Raises:
        ValueError: the task has no style.
    """
    redraw = getattr(task.sampler, "redraw", None)
    if redraw is not None:
        melodies[:] = redraw(melodies, rng)
        return
    if not task.machine.generator:
        raise ValueError(f"task {task.name!r} has no style to propose from, expected mutations without {STYLE!r}")
    generator = task.machine.generator_tables
    memory, odds = np.zeros(generator.base.shape[2], np.int64), np.zeros(task.grid.tokens)
    _restyle(melodies, generator, bar, half, beat, memory, odds, rng)


def resong(task: Task, melodies: NDArray[np.uint8], rng: np.random.Generator) -> None:
    """Draw each melody (P, T) anew from a random unit of its song on, in place.

    Raises:
        ValueError: the task has no song.
    """
    melodies[:] = song_for(task).redraw(melodies, rng)


@njit(cache=True, nogil=True)
def _restyle(
    melodies: NDArray[np.uint8],  # (P, T), changed in place
    generator: Tables,  # values are log2 probabilities
    bar: int,
    half: int,
    beat: int,
    memory: NDArray[np.int64],  # (G,) scratch
    odds: NDArray[np.float64],  # (A,) scratch
    rng: np.random.Generator,
) -> None:
    for i in range(len(melodies)):
        row = melodies[i]
        moves.settle(row)
        a, b = moves.span(len(row), bar, half, beat, rng.random(), rng.random(), rng.random())
        note = moves.sounding(row, b)
        memory[:] = 0
        for t in range(b):
            if t >= a:
                row[t] = _drawn(generator, t, memory, odds, rng)
            for g in range(len(memory)):
                memory[g] = generator.next[generator.base[t, 0, g] + memory[g] + row[t]]
        moves.settle(row[:b])
        moves.mend(row, b, note)


@inner()
def _drawn(generator: Any, t: Any, memory: Any, odds: Any, rng: Any) -> Any:
    """A token by its probability in the style."""
    total = 0.0
    for token in range(len(odds)):
        bits = 0.0
        for g in range(len(memory)):
            if generator.base[t, 1, g] >= 0:
                bits += generator.value[generator.base[t, 1, g] + memory[g] + token]
        odds[token] = math.exp2(bits)
        total += odds[token]
    left = rng.random() * total
    for token in range(len(odds)):
        left -= odds[token]
        if left < 0:
            return token
    return len(odds) - 1  # rounding
