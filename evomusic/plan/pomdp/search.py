"""The search that narrows both bounds of beliefs: the idea of HSVI and SARSOP, on sparse arrays.

A walk follows the actions that the upper bounds promise most, and the observations after which the bounds disagree most
(Smith & Simmons 2004, 2005), so that it samples what optimal policies reach (Kurniawati, Hsu & Lee 2008). On its way
back each belief gets a point of the upper bound and an alpha vector. Vectors that are best at no opened belief go.
"""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from evomusic.models.sparse_pomdp import SparsePOMDP
from evomusic.plan.pomdp import bounds, trial
from evomusic.plan.pomdp.initial import begin
from evomusic.plan.pomdp.room import grown, needs
from evomusic.plan.pomdp.store import BLOCKS, EDGES, LOG, NODES, NUMBERS, VECTORS, empty

LONGEST = 300  # steps of a walk
SLICE, MOST = 0.03, 1000  # seconds of walks between two looks at the clock, and walks at most
PRECISION = 0.02  # change that counts, of a gap and what is lost of it in a step
FINEST = 1e-9  # the same once nothing moves any more
SETTLING = 0.5  # share of the time for all beliefs that the promising actions lead to, in turn
FINE = 0.01  # of the change that counts: what sweeps still go on for
WIDE, ROUNDS = 20, 1000  # beliefs of the edge that are opened at once, steps that lead to them
FALL = 0.01  # share of the gap by which a corner falls before all is hung from it anew
CORNERS = 1000  # states up to which certainty of each is improved too


class Search:
    """Beliefs, their bounds, and what was made for them so far.

    Args:
        model: the model.
        gamma: discount; 1 where all can end.

    Raises:
        ValueError: gamma is 1, and some state leads to no end.
    """

    def __init__(self, model: SparsePOMDP, gamma: float):
        self.model = model
        informed, lowest = begin(model, gamma)
        self.store = empty(model, gamma, float(lowest.min()), informed)
        self.need = needs(self.store)
        self.store = grown(self.store, self.need | {NUMBERS: lowest.size, VECTORS: len(lowest)})
        every = np.arange(model.states, dtype=np.int32)
        for action, values in enumerate(lowest):
            bounds.enter_vector(self.store, action, every, values, 0, model.states)
        self.path = np.zeros(LONGEST, np.int64)
        self.precision = self.coarse = PRECISION * max(1 - gamma, 1e-3)
        self.walks, self.pruned, self.spent, self.settled = 1, 100, 0.0, 0.0
        few = model.states <= CORNERS
        self.corners = np.array([self.enter(corner) for corner in np.eye(model.states)]) if few else None

    @property
    def size(self) -> int:
        """Number of beliefs met."""
        return int(self.store.used[NODES])

    @property
    def vectors(self) -> int:
        """Number of alpha vectors."""
        return int(self.store.used[VECTORS])

    def enter(self, belief: NDArray[np.float64]) -> int:
        """The number of a belief (S,), whose bounds are as good as what was found so far makes them."""
        self._room()
        at = np.flatnonzero(belief).astype(np.int32)
        share = np.ascontiguousarray(belief[at], np.float64)
        return int(bounds.enter(self.store, at, share))

    def bounds(self, node: int) -> tuple[float, float]:
        """Lower and upper bound."""
        return float(self.store.lower[node]), float(self.store.upper[node])

    def gap(self, node: int) -> float:
        """Upper bound minus lower bound."""
        return float(self.store.upper[node] - self.store.lower[node])

    def act(self, node: int) -> int:
        """The action of the best alpha vector."""
        return int(self.store.v_action[self.store.vector[node]])

    def advance(self, node: int, gap: float, until: float = np.inf) -> bool:
        """Narrow the bounds of a belief for a moment; False where nothing moves any more.

        Args:
            node: the belief.
            gap: no more is done once it is as narrow.
            until: the clock (`time.perf_counter`) at which no more is begun.
        """
        before, start = self._progress(node), time.perf_counter()
        self._walk(node, gap)
        took = time.perf_counter() - start
        self.walks = max(1, min(2 * self.walks, MOST, int(self.walks * SLICE / max(took, 1e-6))))
        if self.settled <= SETTLING * (self.spent + took) and self.gap(node) > gap and start + took < until:
            self._settle(node, until)
            self.settled += time.perf_counter() - start - took
        self.spent += time.perf_counter() - start
        if self._progress(node) != before:
            self.precision = min(2 * self.precision, self.coarse)
            return True
        self.precision *= 0.1
        return self.precision >= FINEST * self.coarse

    def _progress(self, node: int) -> tuple[float, ...]:
        return *self.bounds(node), self.size

    def _room(self) -> None:
        self.store = grown(self.store, self.need)

    def _walk(self, node: int, gap: float) -> None:
        args = self.path[:0], 0.0, node, gap, self.precision, self.path, self.need[EDGES], self.walks
        self._room()
        while trial.search(self.store, *args) == trial.FULL:
            self._room()

    def _settle(self, node: int, until: float) -> None:
        """Bounds of all that promising actions lead to, last first, then of corners; then what is not needed goes."""
        change = self.precision * self.gap(node)
        self._renew(self._widen(node, until), change, until)
        self._sweep(change * FINE, until)
        if self.corners is not None:
            self._renew(self.corners, change, until)
        self._prune(node)

    def _sweep(self, change: float, until: float) -> None:
        """Bellman's equation for all opened beliefs, until none moves by more or as much time has gone as for walks."""
        start = time.perf_counter()
        while trial.sweep(self.store, 10, change) and time.perf_counter() < min(until, start + SLICE):
            pass

    def _renew(self, nodes: NDArray[np.int64], change: float, until: float) -> None:
        left = len(nodes)
        while left and time.perf_counter() < until:
            at = max(0, left - 100)
            some = nodes[at:left]
            undone = trial.search(self.store, some, change, 0, 0.0, 0.0, self.path, self.need[EDGES], 0)
            left = at + undone
            if undone:
                self._room()

    def _widen(self, node: int, until: float) -> NDArray[np.int64]:
        """Open the beliefs that most of the gap comes from; return those that promising actions lead to."""
        store = self.store
        visits, source = np.zeros(self.size), np.zeros(self.size, np.int64)
        action, order = np.full(self.size, -1), np.zeros(self.size, np.int64)
        count = trial.visit(store, node, visits, action, source, order, ROUNDS)
        edge = np.flatnonzero((visits > 0) & (store.block[: self.size] < 0))
        weight = visits[edge] * (store.upper[edge] - store.lower[edge])
        best = edge[np.argsort(-weight, kind="stable")[: max(WIDE, count // 10)]]
        for n in best:
            e = source[n]
            block = int(np.searchsorted(store.edge[: store.used[BLOCKS], 0], e, side="right")) - 1
            parent = int(store.owner[block])
            while not trial.open_from(self.store, parent, action[parent], e, self.need[EDGES]):
                self._room()
            if time.perf_counter() > until:
                break
        return np.concatenate([order[:count], best[self.store.block[best] >= 0]])

    def _prune(self, node: int) -> None:
        """Only vectors that are best at an opened belief stay, and the last entry of each point."""
        store = self.store
        if self.vectors > 2 * self.pruned:
            needed = np.zeros(self.vectors, np.bool_)
            needed[: len(store.expected)] = True
            best = store.vector[store.owner[: store.used[BLOCKS]]]
            needed[best[best >= 0]] = True
            bounds.prune(store, needed)
            self.pruned = max(self.vectors, 100)
        corner = store.corner.copy()
        if self.corners is not None:
            corner = np.minimum(corner, store.upper[self.corners])
        if (store.corner - corner).max() > FALL * self.gap(node):
            bounds.hang(store, corner)
        elif store.used[LOG] > 2 * store.p_count.sum() + 100:
            bounds.hang(store, store.corner.copy())
