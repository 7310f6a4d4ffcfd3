"""Crossover and mutation of whole populations of melodies, one kernel call per generation.

A crossover swaps the tokens between two points of two melodies. Points are bar lines, beat lines or any steps: two
different ones, drawn uniformly from the second to the end of the melody, or a single one within it. At bar and beat
lines a note that is cut is struck anew in its second part, unless the same pitch happens to sound before it in its new
place. The plain operators (one-point, two-point, uniform, resample) are those of textbooks and of DEAP: they know only
tokens.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import inner, njit
from evomusic.core.grid import FIRST_PITCH
from evomusic.encodings.notes import moves, single_notes
from evomusic.encodings.notes.moves import Row, mend, place, sounding

CROSSOVERS = (
    "bar one-point",
    "bar two-point",
    "beat one-point",
    "beat two-point",
    "one-point",
    "two-point",
    "uniform",
)
MUTATIONS = (
    "resample",
    "transpose",
    "invert",
    "reverse",
    "rotate",
    "copy",
    "sequence",
    "fresh",
    "move",
    "shift",
    "split",
    "merge",
    "lengthen",
    "shorten",
)
UNIFORM = CROSSOVERS.index("uniform")
SINGLE = MUTATIONS.index("move")  # the first of those of `single_notes.change`, in its order


class Settings(NamedTuple):
    """Parameters of crossover and mutation; lengths are in steps."""

    crossovers: NDArray[np.float64]  # cumulative weights, in the order of CROSSOVERS
    crossover_rate: float
    mutations: NDArray[np.float64]  # cumulative weights, in the order of MUTATIONS
    mutation_rate: float
    resample_rate: float
    bar: int
    half: int
    beat: int
    tokens: int


def scratch(steps: int) -> NDArray[np.int64]:
    """Room for a mutation of a melody of so many steps: the argument `where`."""
    return np.empty(2 * steps, np.int64)


@njit(cache=True, nogil=True, _nrt=False)
def vary(
    genomes: NDArray[np.uint8],  # (P, T), changed in place
    settings: Settings,
    where: NDArray[np.int64],  # (2 T,) scratch
    rng: np.random.Generator,
) -> None:
    """Cross consecutive pairs, then mutate each row, each with its probability, by operators drawn by weight."""
    vary_all(genomes, settings, where, rng)


@inner()
def vary_all(
    genomes: NDArray[np.uint8], settings: Settings, where: NDArray[np.int64], rng: np.random.Generator
) -> None:
    """Do what `vary` does, for kernels."""
    for i in range(1, len(genomes), 2):
        if rng.random() < settings.crossover_rate:
            cross(genomes[i - 1], genomes[i], choose(settings.crossovers, rng), settings.bar, settings.beat, rng)
    for i in range(len(genomes)):
        mutate(genomes[i], settings, where, rng)


@inner()
def choose(cumulative: NDArray[np.float64], rng: np.random.Generator) -> int:
    """A random index, with probabilities in proportion to weights, which are passed in cumulated."""
    u, i = rng.random() * cumulative[-1], 0
    while u >= cumulative[i]:
        i += 1
    return i


@inner()
def cross(a: Row, b: Row, kind: int, bar: int, beat: int, rng: np.random.Generator) -> None:
    """Cross two rows by the crossover of index `kind`; rows without an inner point stay as they are."""
    if kind == UNIFORM:
        for t in range(len(a)):
            if rng.random() < 0.5:
                a[t], b[t] = b[t], a[t]
        return
    unit = bar if kind < 2 else beat if kind < 4 else 1
    lines = len(a) // unit
    if lines < 2:
        return
    first, past = 1 + place(lines - 1, rng.random()), lines
    if kind % 2 == 1:
        past = 1 + place(lines, rng.random())
        if first >= past:
            first, past = past, first + 1
    swap(a, b, first * unit, past * unit, kind < 4)


@inner()
def swap(a: Row, b: Row, first: int, past: int, whole: bool) -> None:
    """Swap steps first to past - 1 of two rows; `whole` strikes notes anew that were cut."""
    a_head, b_head, a_tail, b_tail = sounding(a, first), sounding(b, first), sounding(a, past), sounding(b, past)
    for t in range(first, past):
        a[t], b[t] = b[t], a[t]
    if whole:
        mend(a, first, b_head)
        mend(b, first, a_head)
        mend(a, past, a_tail)
        mend(b, past, b_tail)


@inner()
def resample(row: Row, tokens: int, rate: float, rng: np.random.Generator) -> None:
    """Draw each token anew with probability `rate`, from all tokens."""
    for t in range(len(row)):
        if rng.random() < rate:
            row[t] = place(tokens, rng.random())


@inner()
def mutate(row: Row, settings: Settings, where: NDArray[np.int64], rng: np.random.Generator) -> None:
    """Change a row by a mutation, with the probability of one; it is brought to canonical form first."""
    if rng.random() >= settings.mutation_rate:
        return
    bar, half, beat, pitches = settings.bar, settings.half, settings.beat, settings.tokens - FIRST_PITCH
    kind = choose(settings.mutations, rng)
    if kind == 0:
        resample(row, settings.tokens, settings.resample_rate, rng)
        return
    moves.settle(row)
    u, v, w, x = rng.random(), rng.random(), rng.random(), rng.random()
    if kind <= 4:
        a, b = moves.span(len(row), bar, half, beat, u, v, w)
        if kind == 1:
            moves.transpose(row, a, b, pitches, x)
        elif kind == 2:
            moves.invert(row, a, b, pitches)
        elif kind == 3:
            moves.reverse(row, a, b, where)
        else:
            moves.rotate(row, a, b, where, x)
    elif kind <= 6:
        moves.copy(row, bar, half, pitches, kind == 6, u, v, w, x)
    elif kind == 7:
        single_notes.fresh(row, bar, beat, pitches, rng)
    else:
        single_notes.change(row, kind - SINGLE, pitches, where, u, v, w)
