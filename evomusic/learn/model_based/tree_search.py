"""Monte-Carlo tree search on melodies: a tree of beginnings, grown where its values promise most."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import njit
from evomusic.core.method import Batch
from evomusic.core.task import Task
from evomusic.encodings.base import check_choice, check_count, rate
from evomusic.encodings.samples import FIRST
from evomusic.learn.explore import line
from evomusic.learn.model_based.rollouts import base_of, play_on

Melodies = NDArray[np.uint8]
NODES, ROOT, WRITTEN, DONE = range(4)  # places among a tree's counts
LOW, HIGH = range(2)  # places in the span of returns
BATCH = 100  # simulations a batch at most


class Tree(NamedTuple):
    """N nodes, each a beginning of a melody; node 0 stands for none. `nodes` in use, and where the search stands."""

    child: NDArray[np.int32]  # (N, A)
    visits: NDArray[np.int64]  # (N, A)
    total: NDArray[np.float64]  # (N, A) sums of returns
    best: NDArray[np.float64]  # (N, A) greatest returns
    prefix: NDArray[np.uint8]  # (T,) tokens that were decided, as far as counts say
    span: NDArray[np.float64]  # (2,) least and greatest return
    counts: NDArray[np.int64]  # (4,) nodes in use, root, tokens decided, simulations since the last was


class Searching(NamedTuple):
    """A tree, how many simulations decide a token now, and the best melody (1, T) evaluated so far."""

    tree: Tree
    simulations: int
    best: Melodies
    best_return: float


@njit(cache=True)
def promising(tree: Any, node: Any, c: Any, greed: Any, rng: Any) -> Any:
    """The token to try in a node: one of those never tried, else of the greatest upper bound; ties by chance."""
    visits, tokens = tree.visits, tree.visits.shape[1]
    n, untried = 0, 0
    for a in range(tokens):
        n += visits[node, a]
        untried += visits[node, a] == 0
    width = max(tree.span[HIGH] - tree.span[LOW], 1e-9)
    chosen, top, ties = 0, -np.inf, 0
    for a in range(tokens):
        if untried > 0 and visits[node, a] > 0:
            continue
        bound = 0.0
        if untried == 0:  # Kocsis & Szepesvari 2006; returns are scaled to 0 to 1
            mean = tree.total[node, a] / visits[node, a]
            value = (mean + greed * (tree.best[node, a] - mean) - tree.span[LOW]) / width
            bound = value + c * math.sqrt(math.log(n) / visits[node, a])
        if bound > top:
            chosen, top, ties = a, bound, 1
        elif bound == top:
            ties += 1
            if rng.random() * ties < 1:
                chosen = a
    return chosen


@njit(cache=True)
def descend(tree: Any, row: Any, path: Any, c: Any, greed: Any, rng: Any) -> Any:  # (T,) tokens, (T,) nodes
    """Write a beginning down the tree and one step beyond, where a node is added; its length."""
    t, node = tree.counts[WRITTEN], tree.counts[ROOT]
    for u in range(t):
        row[u] = tree.prefix[u]
    while t < len(row):
        a = promising(tree, node, c, greed, rng)
        row[t], path[t] = a, node
        t += 1
        below = tree.child[node, a]
        if below == 0:
            if t < len(row):
                new_node(tree, node, a)
            break
        node = below
    return t


@njit(cache=True)
def new_node(tree: Any, node: Any, a: Any) -> Any:
    """Add a node below another."""
    new = tree.counts[NODES]
    tree.counts[NODES] = new + 1
    tree.child[node, a] = new
    for b in range(tree.child.shape[1]):
        tree.child[new, b], tree.visits[new, b] = 0, 0
        tree.total[new, b], tree.best[new, b] = 0.0, -np.inf


@njit(cache=True)
def back_up(tree: Any, row: Any, path: Any, length: Any, worth: Any) -> Any:
    """Enter a return on the way that led to it."""
    tree.span[LOW], tree.span[HIGH] = min(tree.span[LOW], worth), max(tree.span[HIGH], worth)
    for t in range(tree.counts[WRITTEN], length):
        node, a = path[t], row[t]
        tree.visits[node, a] += 1
        tree.total[node, a] += worth
        tree.best[node, a] = max(tree.best[node, a], worth)


@njit(cache=True)
def paid(row: Any, tables: Any) -> Any:  # (T,) tokens, Tables
    """What the rules pay a melody."""
    total, memory = 0.0, np.zeros(tables.base.shape[2], np.int64)
    for t in range(len(row)):
        for r in range(len(memory)):
            cell = memory[r] + row[t]
            if tables.base[t, 1, r] >= 0:
                total += tables.value[tables.base[t, 1, r] + cell]
            memory[r] = tables.next[tables.base[t, 0, r] + cell]
    return total


@njit(cache=True, nogil=True)
def simulate(tree: Any, rows: Any, path: Any, base: Any, tables: Any, c: Any, greed: Any, late: Any, rng: Any) -> Any:
    """Simulations, each a whole melody (P, T); with `late` they are not backed up. Steps of the last in the tree."""
    length = 0
    for i in range(len(rows)):
        length = descend(tree, rows[i], path, c, greed, rng)
        play_on(rows[i], length, base, rng)
        if not late:
            back_up(tree, rows[i], path, length, paid(rows[i], tables))
    return length


@dataclass(frozen=True, kw_only=True)
class TreeSearch:
    """UCT: Monte-Carlo tree search with upper confidence bounds (Kocsis & Szepesvari 2006; Sutton & Barto 2018, 8.11).

    A simulation writes one melody: down the tree by upper confidence bounds, one node beyond it, and on to the end by
    a base policy. Every simulation is an evaluated melody and is charged as such. Returns are scaled by the least and
    greatest met. After `simulations` of them the token that promises most is decided, what is known of the beginnings
    below it is kept, and the search goes on from there; after the last token it begins anew with twice as many
    simulations a token. The textbook's UCT is `TreeSearch(c=1.4, simulations=0, greed=0, follow=0)`. The defaults
    were the best at a million steps on the ready tasks: with no opponent and no dice, what was reached once is there.

    Args:
        c: weight of the uncertainty, 0 or more.
        simulations: melodies a token in the first pass; 0 decides none and searches from the start for ever.
        greed: weight of the best return met against the mean, 0 to 1 (Jacobsen, Greve & Togelius 2014).
        follow: chance that a token beyond the tree is that of the best melody so far, 0 to 1 (Cazenave 2009).
        base: what writes other tokens beyond the tree: "random", or the task's "style".

    Raises:
        ValueError: a parameter is out of range.
    """

    c: float = 0.03
    simulations: int = 40
    greed: float = 0.8
    follow: float = 1.0
    base: str = "random"

    def __post_init__(self) -> None:
        line(self.c, "c", 0.0, math.inf)
        check_count("simulations", self.simulations, 0)
        for name in ("greed", "follow"):
            object.__setattr__(self, name, rate(name, getattr(self, name)))
        check_choice("base", self.base, FIRST)

    def init(self, task: Task, rng: np.random.Generator) -> tuple[Searching, Batch]:
        """The first simulations."""
        nothing = np.zeros((1, task.grid.steps), np.uint8)
        return self.step(task, Searching(planted(task), self.simulations, nothing, -np.inf), rng)

    def step(self, task: Task, state: Searching, rng: np.random.Generator) -> tuple[Searching, Batch]:
        """Some simulations more; a token is decided when it is time. The tree that is passed is written to."""
        left = state.simulations - int(state.tree.counts[DONE]) if state.simulations else BATCH
        melodies = np.empty((min(left, BATCH), task.grid.steps), np.uint8)
        tree = roomier(state.tree, len(melodies))
        self._simulate(task, tree, melodies, state, rng)
        returns = task.evaluate(melodies)
        top = int(returns.argmax())
        state = state._replace(tree=tree)
        if returns[top] > state.best_return:
            state = state._replace(best=melodies[top : top + 1].copy(), best_return=float(returns[top]))
        tree.counts[DONE] += len(melodies)
        if tree.counts[DONE] == state.simulations and not decide(tree, self.greed, rng):
            state = state._replace(tree=cleared(tree), simulations=2 * state.simulations)
        return state, Batch(melodies, returns)

    def deliver(self, task: Task, state: Searching) -> Melodies:
        """The best melody evaluated so far."""
        return state.best

    def _simulate(self, task: Task, tree: Tree, melodies: Melodies, state: Searching, rng: np.random.Generator) -> None:
        follow = self.follow if state.best_return > -np.inf else 0.0
        path, tables = np.zeros(task.grid.steps, np.int64), task.machine.fused
        base = base_of(task, self.base, state.best, follow)
        rest = (path, base, tables, float(self.c), self.greed, bool(task.final), rng)
        if not task.final:
            simulate(tree, melodies, *rest)
            return
        for i in range(len(melodies)):
            length = simulate(tree, melodies[i : i + 1], *rest)
            worth = paid(melodies[i], tables) + float(task.final_rewards(melodies[i : i + 1])[0])
            back_up(tree, melodies[i], path, length, worth)


def planted(task: Task) -> Tree:
    """A tree of one node: nothing is written."""
    shape = (64, task.grid.tokens)
    tree = Tree(
        np.zeros(shape, np.int32),
        np.zeros(shape, np.int64),
        np.zeros(shape),
        np.zeros(shape),
        np.zeros(task.grid.steps, np.uint8),
        np.array([np.inf, -np.inf]),
        np.zeros(4, np.int64),
    )
    return cleared(tree)


def cleared(tree: Tree) -> Tree:
    """The tree with its root alone; what returns span is kept."""
    for rows, empty in ((tree.child, 0), (tree.visits, 0), (tree.total, 0), (tree.best, -np.inf)):
        rows[1] = empty
    tree.counts[:] = (2, 1, 0, 0)
    return tree


def roomier(tree: Tree, more: int) -> Tree:
    """The tree with room for so many nodes more."""
    size, need = len(tree.child), int(tree.counts[NODES]) + more
    if need <= size:
        return tree
    added = (1 << (need - 1).bit_length()) - size
    parts: Any = [np.pad(rows, ((0, added), (0, 0))) for rows in tree[:4]]
    child, visits, total, best = parts
    return tree._replace(child=child, visits=visits, total=total, best=best)


def decide(tree: Tree, greed: float, rng: np.random.Generator) -> bool:
    """Write the token of the greatest value at the root, which goes there; whether there is another to decide."""
    node, t = int(tree.counts[ROOT]), int(tree.counts[WRITTEN])
    visits = tree.visits[node]
    mean = tree.total[node] / np.maximum(visits, 1)
    value = np.where(visits > 0, mean + greed * (np.where(visits > 0, tree.best[node], 0.0) - mean), -np.inf)
    tops = np.flatnonzero(value == value.max())
    token = int(tops[int(rng.random() * len(tops))])
    tree.prefix[t] = token
    tree.counts[ROOT], tree.counts[WRITTEN], tree.counts[DONE] = tree.child[node, token], t + 1, 0
    return t + 1 < len(tree.prefix)
