"""Monte Carlo tree search (UCT): a tree of beginnings of melodies, grown where upper confidence bounds are greatest.

A simulation has the four stages of Sutton & Barto 2018, section 8.11: selection and expansion (`descend`), the rollout
(`play_on` of `rollouts.py`), and backup (`back_up`). N nodes, A tokens, T tokens of a melody, P melodies.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import inner, njit
from evomusic.core.checks import choice, number, probability, whole
from evomusic.core.method import Batch
from evomusic.core.space import Range, Space
from evomusic.core.task import Task
from evomusic.encodings.samples import FIRST
from evomusic.learn.explore import store
from evomusic.learn.model_based.rollouts import base_of, play_on

Melodies = NDArray[np.uint8]
NODES, ROOT, WRITTEN, DONE = range(4)  # places among a tree's counts
LOW, HIGH = range(2)  # places in the span of returns
BATCH = 100  # simulations a batch at most
MOST_SIMULATIONS = 10_000_000


class Tree(NamedTuple):
    """Statistics of N nodes, each a beginning of a melody; node 0 stands for none."""

    child: NDArray[np.int32]  # (N, A)
    visits: NDArray[np.int64]  # (N, A)
    total: NDArray[np.float64]  # (N, A) sums of returns
    best: NDArray[np.float64]  # (N, A) greatest returns
    prefix: NDArray[np.uint8]  # (T,) tokens that were decided, counts[WRITTEN] of them
    span: NDArray[np.float64]  # (2,) least and greatest return
    counts: NDArray[np.int64]  # (4,) nodes in use, root, tokens decided, simulations since then


class Searching(NamedTuple):
    """A tree, the simulations for each decided token, and the best melody (1, T) evaluated so far."""

    tree: Tree
    simulations: int
    best: Melodies
    best_return: float


@inner()
def promising(tree: Any, node: Any, c: Any, greed: Any, rng: Any) -> Any:
    """Return the token to try in a node: an untried one, else that of the greatest upper bound; ties at random."""
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


@inner()
def descend(tree: Any, row: Any, path: Any, c: Any, greed: Any, rng: Any) -> Any:  # (T,) tokens, (T,) nodes
    """Select tokens down the tree and one beyond it, where a node is added; return how many are written."""
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


@inner()
def new_node(tree: Any, node: Any, a: Any) -> Any:
    """Add a node below another."""
    new = tree.counts[NODES]
    tree.counts[NODES] = new + 1
    tree.child[node, a] = new
    for b in range(tree.child.shape[1]):
        tree.child[new, b], tree.visits[new, b] = 0, 0
        tree.total[new, b], tree.best[new, b] = 0.0, -np.inf


@njit(cache=True)
def back_up(tree: Any, row: Any, path: Any, length: Any, total_return: Any) -> Any:
    """Add a return to the statistics of the nodes that led to it."""
    tree.span[LOW], tree.span[HIGH] = min(tree.span[LOW], total_return), max(tree.span[HIGH], total_return)
    for t in range(tree.counts[WRITTEN], length):
        node, a = path[t], row[t]
        tree.visits[node, a] += 1
        tree.total[node, a] += total_return
        tree.best[node, a] = max(tree.best[node, a], total_return)


@njit(cache=True)
def rules_return(row: Any, tables: Any) -> Any:  # (T,) tokens, Tables
    """Return the sum of the step rewards of a melody."""
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
    """Write P melodies (P, T) and back up their returns, unless `late`; return the tokens of the last in the tree."""
    length = 0
    for i in range(len(rows)):
        length = descend(tree, rows[i], path, c, greed, rng)
        play_on(rows[i], length, base, rng)
        if not late:
            back_up(tree, rows[i], path, length, rules_return(rows[i], tables))
    return length


@dataclass(frozen=True, kw_only=True)
class TreeSearch:
    """UCT: Monte-Carlo tree search with upper confidence bounds (Kocsis & Szepesvari 2006; Sutton & Barto 2018, 8.11).

    A simulation writes one melody: down the tree by upper confidence bounds, one node beyond it, and on to the end by
    a base policy. Every simulation is an evaluated melody and is charged as such. Returns are scaled by the least and
    the greatest so far. After `simulations` of them the token of the greatest value is decided, and the search goes on
    in its subtree; after the last token it begins anew with twice as many simulations a token. The textbook's UCT is
    `TreeSearch(c=1.4, simulations=0, greed=0, follow=0)`. Without an opponent or chance a return that was reached once
    can be reached again, so that greed pays.

    Args:
        c: weight of the uncertainty, 0 or more.
        simulations: melodies for each decided token in the first pass; 0 decides none and always searches from the
            start.
        greed: weight of the best return against the mean in a token's value, 0 to 1 (Jacobsen, Greve & Togelius 2014).
        follow: probability that a token beyond the tree is that of the best melody so far, 0 to 1 (Cazenave 2009).
        base: base policy for other tokens beyond the tree: "random", or the task's "style" or "song".

    Raises:
        ValueError: a parameter is out of range.
    """

    space: ClassVar[Space] = {
        "c": Range(0.003, 0.3, log=True),
        "simulations": Range(5, 200, log=True, whole=True),
        "greed": Range(0.0, 1.0),
    }

    c: float = 0.03  # this and simulations: measured by experiments/searchers.toml
    simulations: int = 40
    greed: float = 0.8
    follow: float = 1.0
    base: str = "random"

    def __post_init__(self) -> None:
        store(
            self,
            c=number("c", self.c, 0.0),
            simulations=whole("simulations", self.simulations, 0, MOST_SIMULATIONS),
            greed=probability("greed", self.greed),
            follow=probability("follow", self.follow),
            base=choice("base", self.base, FIRST),
        )

    def init(self, task: Task, rng: np.random.Generator) -> tuple[Searching, Batch]:
        """Return the state after the first simulations, and their melodies."""
        nothing = np.zeros((1, task.grid.steps), np.uint8)
        return self.step(task, Searching(planted(task), self.simulations, nothing, -np.inf), rng)

    def step(self, task: Task, state: Searching, rng: np.random.Generator) -> tuple[Searching, Batch]:
        """Run some simulations, and decide a token when it is due. The tree that is passed is written to."""
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
        """Return the best melody (1, T) evaluated so far."""
        return state.best

    def _simulate(self, task: Task, tree: Tree, melodies: Melodies, state: Searching, rng: np.random.Generator) -> None:
        follow = self.follow if state.best_return > -np.inf else 0.0
        path, tables = np.zeros(task.grid.steps, np.int64), task.machine.fused
        base = base_of(task, self.base, state.best, follow)
        rest = (path, base, tables, self.c, self.greed, bool(task.final), rng)
        if not task.final:
            simulate(tree, melodies, *rest)
            return
        for i in range(len(melodies)):
            length = simulate(tree, melodies[i : i + 1], *rest)
            total_return = rules_return(melodies[i], tables) + float(task.final_rewards(melodies[i : i + 1])[0])
            back_up(tree, melodies[i], path, length, total_return)


def planted(task: Task) -> Tree:
    """Return a tree of one node, the empty beginning."""
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
    """Clear a tree but for its root and the span of returns; return it."""
    for rows, empty in ((tree.child, 0), (tree.visits, 0), (tree.total, 0), (tree.best, -np.inf)):
        rows[1] = empty
    tree.counts[:] = (2, 1, 0, 0)
    return tree


def roomier(tree: Tree, more: int) -> Tree:
    """Return the tree with room for so many nodes more."""
    size, need = len(tree.child), int(tree.counts[NODES]) + more
    if need <= size:
        return tree
    added = (1 << (need - 1).bit_length()) - size
    parts: Any = [np.pad(rows, ((0, added), (0, 0))) for rows in tree[:4]]
    child, visits, total, best = parts
    return tree._replace(child=child, visits=visits, total=total, best=best)


def decide(tree: Tree, greed: float, rng: np.random.Generator) -> bool:
    """Decide the token of the greatest value at the root and move the root there; whether another is left to decide."""
    node, t = int(tree.counts[ROOT]), int(tree.counts[WRITTEN])
    visits = tree.visits[node]
    mean = tree.total[node] / np.maximum(visits, 1)
    value = np.where(visits > 0, mean + greed * (np.where(visits > 0, tree.best[node], 0.0) - mean), -np.inf)
    tops = np.flatnonzero(value == value.max())
    token = int(tops[int(rng.random() * len(tops))])
    tree.prefix[t] = token
    tree.counts[ROOT], tree.counts[WRITTEN], tree.counts[DONE] = tree.child[node, token], t + 1, 0
    return t + 1 < len(tree.prefix)
