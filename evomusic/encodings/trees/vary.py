"""Crossover and mutation of populations of trees within limits of size and depth, one kernel call per generation.

Rows are prefix trees, zero behind their end. A crossover whose child is too large or too deep returns its parent;
mutations are drawn so that they fit.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import inner, njit
from evomusic.encodings.notes.operators import choose
from evomusic.encodings.trees.grow import grow
from evomusic.encodings.trees.language import (
    ARITY,
    COLUMNS,
    FIRST_ALIKE,
    GROUP,
    KIND,
    PAST_ALIKE,
    PAST_GROUP,
    PHRASE,
)

CROSSOVERS = ("subtree", "size-fair")
MUTATIONS = ("subtree", "point", "nudge", "hoist", "shrink")
SUBTREE, POINT, NUDGE, HOIST, SHRINK = range(5)
ANY, ROOT = np.int64(-1), np.int64(0)  # any kind, the first node; numba has types of its own for plain -1 and 0
MOVES = ((-2, 0), (-1, 0), (1, 0), (2, 0), (0, -1), (0, 1))  # of a nudge, in rows and columns of a group


class Scratch(NamedTuple):
    """Room for operators on trees of at most L words; the first two have a row for each of a pair."""

    past: NDArray[np.int64]  # (2, L) where each subtree ends
    tall: NDArray[np.int64]  # (2, L) depth of each subtree
    spare: NDArray[np.int16]  # (2, L) new words
    pending: NDArray[np.int64]  # (L + 2, 2) of `grow`


def scratch(most: int) -> Scratch:
    """Room for operators on trees of at most `most` words."""
    past, tall = np.empty((2, 2, most), np.int64)
    return Scratch(past, tall, np.empty((2, most), np.int16), np.empty((most + 2, 2), np.int64))


@njit(cache=True, nogil=True, _nrt=False)
def vary(
    nodes: Any,  # (P, max_size) int16, changed in place
    sizes: Any,  # (P,) int64, changed in place
    words: Any,
    leaves: Any,
    max_depth: int,
    crossovers: Any,  # cumulative weights, in the order of CROSSOVERS
    crossover_rate: float,
    mutations: Any,  # cumulative weights, in the order of MUTATIONS
    mutation_rate: float,
    leaf_pick: float,
    graft_depth: int,
    leaf_rate: float,
    work: Any,  # Scratch
    rng: np.random.Generator,
) -> None:
    """Cross consecutive pairs, then mutate each tree, each with its probability, by operators drawn by weight."""
    most = nodes.shape[1]
    past, tall, spare, pending = work.past, work.tall, work.spare, work.pending
    for i in range(1, len(nodes), 2):
        if rng.random() < crossover_rate:
            fair = choose(crossovers, rng) == 1
            cross(nodes, sizes, i - 1, i, fair, words, max_depth, leaf_pick, past, tall, spare, rng)
    for i in range(len(nodes)):
        if rng.random() < mutation_rate:
            kind, row, size = choose(mutations, rng), nodes[i], sizes[i]
            if kind == POINT:
                point(row, size, words, rng)
            elif kind == NUDGE:
                nudge(row, size, words, rng)
            else:
                measure(row, size, words, past[0], tall[0])
                k = ROOT if kind == HOIST else pick(row, size, ANY, leaf_pick if kind == SUBTREE else 0.0, words, rng)
                if kind == SUBTREE:
                    height = int(rng.random() * (1 + min(graft_depth, max_depth - depth_of(k, past[0]))))
                    room = most - size + past[0, k] - k
                    n = grow(spare[0], room, words[row[k], KIND], height, ROOT, leaf_rate, words, leaves, pending, rng)
                else:
                    n = lift(row, k, kind == HOIST, words, past[0], spare[0], rng)
                sizes[i] = put(row, size, k, past[0, k], spare[0], ROOT, n)


@inner()
def measure(row: Any, size: int, words: Any, past: Any, tall: Any) -> int:
    """Fill `past` and `tall` with the end and the depth of each subtree; return the tree's depth."""
    for k in range(size - 1, -1, -1):
        end, depth = k + 1, 0
        for _ in range(words[row[k], ARITY]):
            depth = max(depth, tall[end] + 1)
            end = past[end]
        past[k], tall[k] = end, depth
    return tall[0]


@inner()
def depth_of(k: int, past: Any) -> int:
    """Depth of a node: the number of its ancestors."""
    above = 0
    for j in range(k):
        above += past[j] > k
    return above


@inner()
def pick(row: Any, size: int, kind: int, leaf_pick: float, words: Any, rng: np.random.Generator) -> int:
    """A random node of a kind: with probability `leaf_pick` a leaf, else a function, if there is one; -1 for none.

    With a negative `leaf_pick` it is uniform among all nodes of the kind.
    """
    leaf = rng.random() < leaf_pick
    for _ in range(2):
        n = 0
        for k in range(size):
            n += matches(row[k], kind, leaf, leaf_pick < 0, words)
        if n > 0:
            n = int(rng.random() * n)
            for k in range(size):
                n -= matches(row[k], kind, leaf, leaf_pick < 0, words)
                if n < 0:
                    return k
        leaf = not leaf
    return -1


@inner()
def matches(word: int, kind: int, leaf: bool, both: bool, words: Any) -> bool:
    """Whether a word is of a kind, and is a leaf or a function as `leaf` says; `both` accepts either."""
    return (kind == ANY or words[word, KIND] == kind) and (both or (words[word, ARITY] == 0) == leaf)


@inner()
def fair_pick(row: Any, size: int, kind: int, s: int, words: Any, past: Any, rng: np.random.Generator) -> int:
    """A random node of a kind whose subtree replaces one of size s, size-fair (Langdon 2000); -1 for none.

    Sizes go up to 2 s + 1. The same size has probability 1 / s; smaller and larger ones are weighted so that sizes do
    not change on average. Where all others are smaller, or all are larger, only the same size is chosen.
    """
    fewer, same, more, below, above = 0, 0, 0, 0, 0
    for k in range(size):
        if words[row[k], KIND] == kind and past[k] - k <= 2 * s + 1:
            extra = past[k] - k - s
            fewer, same, more = fewer + (extra < 0), same + (extra == 0), more + (extra > 0)
            below, above = below - min(extra, 0), above + max(extra, 0)
    sign, n = 0, same
    if fewer > 0 and more > 0 and (same == 0 or rng.random() * s >= 1.0):
        sign, n = (1, more) if rng.random() * (below / fewer + above / more) < below / fewer else (-1, fewer)
    n = int(rng.random() * n)
    for k in range(size):
        extra = past[k] - k - s
        if words[row[k], KIND] == kind and extra <= s + 1 and (extra > 0) - (extra < 0) == sign:
            if n == 0:
                return k
            n -= 1
    return -1


@inner()
def copy(row: Any, to: Any) -> None:
    """Copy a row to another; a slice would compile an error message with it."""
    for k in range(len(row)):
        to[k] = row[k]


@inner()
def put(row: Any, size: int, start: int, past: int, piece: Any, first: int, n: int) -> int:
    """Replace the words from `start` to `past` by n of another row; return the new size."""
    by = start + n - past
    if by > 0:
        for k in range(size - 1, past - 1, -1):
            row[k + by] = row[k]
    else:
        for k in range(past, size):
            row[k + by] = row[k]
        for k in range(size + by, size):
            row[k] = 0
    for k in range(n):
        row[start + k] = piece[first + k]
    return size + by


@inner()
def cross(
    nodes: Any,
    sizes: Any,
    i: int,
    j: int,
    fair: bool,
    words: Any,
    max_depth: int,
    leaf_pick: float,
    past: Any,
    tall: Any,
    spare: Any,
    rng: np.random.Generator,
) -> None:
    """Swap two random subtrees of the same kind between two trees."""
    measure(nodes[i], sizes[i], words, past[0], tall[0])
    measure(nodes[j], sizes[j], words, past[1], tall[1])
    a = pick(nodes[i], sizes[i], ANY, leaf_pick, words, rng)
    kind, s = words[nodes[i, a], KIND], past[0, a] - a
    if fair:
        b = fair_pick(nodes[j], sizes[j], kind, s, words, past[1], rng)
    else:
        b = pick(nodes[j], sizes[j], kind, leaf_pick, words, rng)
    if b < 0:
        return
    t = past[1, b] - b
    left = swapped(nodes[i], sizes[i], a, s, nodes[j], b, t, words, max_depth, past[0], tall[0], spare[0])
    right = swapped(nodes[j], sizes[j], b, t, nodes[i], a, s, words, max_depth, past[1], tall[1], spare[1])
    if left > 0:
        copy(spare[0], nodes[i])
        sizes[i] = left
    if right > 0:
        copy(spare[1], nodes[j])
        sizes[j] = right


@inner()
def swapped(
    row: Any,
    size: int,
    start: int,
    n: int,
    other: Any,
    first: int,
    m: int,
    words: Any,
    max_depth: int,
    past: Any,
    tall: Any,
    child: Any,
) -> int:
    """Write a child: n words from `start` are replaced by m of another row. Return its size, 0 beyond the limits."""
    if size - n + m > len(row):
        return 0
    copy(row, child)
    size = put(child, size, start, start + n, other, first, m)
    return size if measure(child, size, words, past, tall) <= max_depth else 0


@inner()
def point(row: Any, size: int, words: Any, rng: np.random.Generator) -> None:
    """Replace one word by another of the same signature."""
    k = int(rng.random() * size)
    first, others = words[row[k], FIRST_ALIKE], words[row[k], PAST_ALIKE] - words[row[k], FIRST_ALIKE] - 1
    if others > 0:
        other = first + int(rng.random() * others)
        row[k] = other + (other >= row[k])


@inner()
def nudge(row: Any, size: int, words: Any, rng: np.random.Generator) -> None:
    """Replace one leaf by a near one: one or two degrees away (numbers too), or of the next duration or motif."""
    k = pick(row, size, ANY, 1.0, words, rng)
    group, columns = words[row[k], GROUP], words[row[k], COLUMNS]
    rows, place = (words[row[k], PAST_GROUP] - group) // columns, row[k] - group
    y, x, n = place // columns, place % columns, 0
    for down, right in MOVES:
        n += 0 <= y + down < rows and 0 <= x + right < columns
    n = int(rng.random() * n)
    for down, right in MOVES:
        if 0 <= y + down < rows and 0 <= x + right < columns:
            if n == 0:
                row[k] = group + (y + down) * columns + x + right
            n -= 1


@inner()
def lift(row: Any, k: int, deep: bool, words: Any, past: Any, piece: Any, rng: np.random.Generator) -> int:
    """Copy a random phrase within the subtree at k: any, if `deep`, else an argument; the subtree where there is none.

    Returns the phrase's size.
    """
    chosen, argument, n = k, k + 1, 0
    for j in range(k + 1, past[k]):
        if words[row[j], KIND] == PHRASE and (deep or j == argument):
            n += 1
            if rng.random() * n < 1.0:  # each of n with chance 1 / n, in one pass
                chosen = j
        if j == argument:
            argument = past[j]
    for j in range(chosen, past[chosen]):
        piece[j - chosen] = row[j]
    return past[chosen] - chosen
