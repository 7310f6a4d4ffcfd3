"""The graph of beliefs that can be reached, each entered once, with a lower and an upper bound of its value.

A belief that was opened has all its successors in the graph, and takes its bounds from theirs by Bellman's equation.
A belief at the edge takes the lower bound from alpha vectors and the upper bound from the opened ones by convexity: the
sawtooth (Hauskrecht 2000, section 4.5; Smith & Simmons 2005), with the opened beliefs of certainty as its corners.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import njit
from evomusic.models.pomdp import FinitePOMDP
from evomusic.plan.pomdp.alpha_vectors import DIGITS, AlphaVectors, backed_up, blind
from evomusic.plan.pomdp.belief import fast_informed_bound, successors

FIRST = 256  # beliefs that there is room for at first
BACKUPS = 400  # beliefs where alpha vectors are made, each round
RIPEN = 20  # further backups of the vectors that are kept
FAINT = 1e-15  # probabilities below this are the dust of rounding
SIDE = 0.01  # what a corner of the sawtooth weighs, beside the belief that is asked
SWEEPS = 100  # of bounds, each round
EXPLAIN, FADED = 0.95, 1e-9  # share of a gap, and of visits, where a walk ends


@njit(cache=True, nogil=True)
def sawtooth(
    queries: Any, least: Any, points: Any, below: Any, out: Any
) -> Any:  # (M, S), (M,) by the corners alone, (N, S), (N,) distance below the corners, rising, (M,)
    """Upper bounds of queries: corners, and the one point that lowers them most."""
    for m in range(len(queries)):
        best = 0.0
        for i in range(len(points)):
            if below[i] >= best:
                break
            share, enough = 1.0, best / below[i]  # how much of the point is in the query
            for s in range(points.shape[1]):
                if points[i, s] > 0 and queries[m, s] < share * points[i, s]:
                    share = queries[m, s] / points[i, s]
                    if share <= enough:
                        break
            best = min(best, below[i] * share)
        out[m] = least[m] + best


@njit(cache=True, nogil=True)
def sweep(
    order: Any, reward: Any, child: Any, likely: Any, lower: Any, upper: Any, gamma: Any, change: Any, sweeps: Any
) -> Any:  # (E,), (N, A), (N, A, O), (N, A, O), (N,), (N,)
    """Bellman's equation for both bounds of opened beliefs, last opened first, until no bound moves by `change`."""
    for _ in range(sweeps):
        most = 0.0
        for i in range(len(order) - 1, -1, -1):
            n = order[i]
            best_lower, best_upper = -np.inf, -np.inf
            for a in range(child.shape[1]):
                low, high = 0.0, 0.0
                for o in range(child.shape[2]):
                    p = likely[n, a, o]
                    if p > 0:
                        low += p * lower[child[n, a, o]]
                        high += p * upper[child[n, a, o]]
                best_lower = max(best_lower, reward[n, a] + gamma * low)
                best_upper = max(best_upper, reward[n, a] + gamma * high)
            if best_lower > lower[n]:
                most = max(most, best_lower - lower[n])
                lower[n] = best_lower
            if best_upper < upper[n]:
                most = max(most, upper[n] - best_upper)
                upper[n] = best_upper
        if most < change:
            break


@njit(cache=True, nogil=True)
def promising(n: Any, reward: Any, child: Any, likely: Any, upper: Any, gamma: Any) -> Any:
    """The action of the greatest upper bound in an opened belief."""
    best, action = -np.inf, 0
    for a in range(child.shape[1]):
        x = reward[n, a]
        for o in range(child.shape[2]):
            if likely[n, a, o] > 0:
                x += gamma * likely[n, a, o] * upper[child[n, a, o]]
        if x > best:
            best, action = x, a
    return action


@njit(cache=True, nogil=True)
def occupy(
    weight: Any, opened: Any, reward: Any, child: Any, likely: Any, lower: Any, upper: Any, gamma: Any, out: Any
) -> Any:  # (N,) where to begin; (N,) out: discounted visits of each belief
    """Discounted visits by the policy that the upper bounds promise most.

    They end when the edge reached so far explains most of the gap at the beginning: a gap is at most the visits of
    the edge times its gaps (Smith & Simmons 2004, section 3.3).
    """
    now, ahead, later, choice = [0], [0], np.zeros(len(out)), np.full(len(out), -1)
    now.clear()
    gap, left = 0.0, 1.0
    for n in range(len(out)):
        if weight[n] > 0:
            now.append(n)
            gap += weight[n] * (upper[n] - lower[n])
    gap *= EXPLAIN
    while left > FADED and gap > 0:
        left = 0.0
        ahead.clear()
        for n in now:
            w = weight[n]
            weight[n] = 0.0
            out[n] += w
            if not opened[n]:
                gap -= w * (upper[n] - lower[n])
                continue
            if choice[n] < 0:
                choice[n] = promising(n, reward, child, likely, upper, gamma)
            for o in range(child.shape[2]):
                p, c = gamma * likely[n, choice[n], o] * w, child[n, choice[n], o]
                if p > 0:
                    if later[c] == 0:
                        ahead.append(c)
                    later[c] += p
                    left += p
        now, ahead = ahead, now
        weight, later = later, weight


class BeliefGraph:
    """Beliefs reached so far, their bounds, and the alpha vectors that were made for them."""

    def __init__(self, pomdp: FinitePOMDP, gamma: float, tolerance: float):
        self.pomdp, self.gamma = pomdp, gamma
        self.alpha = blind(pomdp, gamma)
        self.informed = fast_informed_bound(pomdp, gamma, tolerance / 10).vectors
        states, actions, seen = pomdp.states, pomdp.actions, pomdp.observations
        self.ids: dict[bytes, int] = {}
        self.beliefs, self.lower, self.upper = np.zeros((FIRST, states)), np.zeros(FIRST), np.zeros(FIRST)
        self.reward, self.opened = np.zeros((FIRST, actions)), np.zeros(FIRST, np.bool_)
        self.child = np.zeros((FIRST, actions, seen), np.int32)
        self.likely = np.zeros((FIRST, actions, seen))
        self.order = np.zeros(0, np.int64)
        self.corners = self.enter(np.eye(states))
        self.open(self.corners)

    def enter(self, beliefs: NDArray[np.float64]) -> NDArray[np.int64]:
        """Numbers (M,) of beliefs (M, S); those that are new enter the graph."""
        found = np.empty(len(beliefs), np.int64)
        fresh: list[tuple[int, int]] = []
        for i, key in enumerate(np.round(beliefs, DIGITS) + 0.0):
            number = len(self.ids)
            found[i] = self.ids.setdefault(key.tobytes(), number)
            if found[i] == number:
                fresh.append((number, i))
        if fresh:
            n, rows = np.array(fresh).T
            self._grow(len(self.ids))
            self.beliefs[n] = beliefs[rows]
            self.reward[n] = beliefs[rows] @ self.pomdp.expected.T
            self.lower[n], self.upper[n] = -np.inf, np.inf
            self.rebound(n)
        return found

    def _grow(self, need: int) -> None:
        """Room for as many beliefs."""
        size = len(self.lower)
        if need <= size:
            return
        more = max(need, 2 * size) - size
        for name in ("beliefs", "lower", "upper", "reward", "opened", "child", "likely"):
            old = getattr(self, name)
            setattr(self, name, np.concatenate([old, np.zeros((more, *old.shape[1:]), old.dtype)]))

    def rebound(self, nodes: NDArray[np.int64]) -> None:
        """Bounds of beliefs by the alpha vectors, and by convexity, as those are now."""
        beliefs = self.beliefs[nodes]
        self.lower[nodes] = np.maximum(self.lower[nodes], (beliefs @ self.alpha.vectors.T).max(axis=1))
        upper = (beliefs @ self.informed.T).max(axis=1)
        if len(self.order):
            corners = self.upper[self.corners]
            below = self.upper[self.order] - self.beliefs[self.order] @ corners
            use = np.flatnonzero(below < 0)
            use = use[np.argsort(below[use])]
            found = np.empty(len(nodes))
            sawtooth(beliefs, beliefs @ corners, self.beliefs[self.order[use]], below[use], found)
            upper = np.minimum(upper, found)
        self.upper[nodes] = np.minimum(self.upper[nodes], upper)

    def open(self, nodes: NDArray[np.int64]) -> None:
        """Enter all that can follow some beliefs (M,) that were not opened yet."""
        nodes = np.unique(nodes[~self.opened[nodes]])
        if not len(nodes):
            return
        ahead, likely = successors(self.pomdp, self.beliefs[nodes])
        likely[likely < FAINT] = 0
        child = np.zeros(likely.shape, np.int64)
        child[likely > 0] = self.enter(ahead[likely > 0])
        self.child[nodes], self.likely[nodes], self.opened[nodes] = child, likely, True
        self.order = np.append(self.order, nodes)

    def settle(self, change: float) -> None:
        """Bounds of all opened beliefs from their successors'."""
        sweep(
            self.order,
            self.reward,
            self.child,
            self.likely,
            self.lower,
            self.upper,
            self.gamma,
            change,
            SWEEPS,
        )

    def visits(self, node: int) -> NDArray[np.float64]:
        """Discounted visits (N,) of the most promising policy, from a belief and, with a small weight, the corners."""
        begin, out = np.zeros(len(self.ids)), np.zeros(len(self.ids))
        begin[self.corners] = SIDE
        begin[node] += 1.0
        arrays = self.opened, self.reward, self.child, self.likely, self.lower, self.upper
        occupy(begin, *arrays, self.gamma, out)
        return out

    def learn(self, visits: NDArray[np.float64]) -> None:
        """Alpha vectors for the opened beliefs that are visited most, which then bound all that are visited."""
        visited = np.flatnonzero(visits > 0)
        busy = visited[self.opened[visited]]
        busy = busy[np.argsort(-visits[busy], kind="stable")[:BACKUPS]]
        made = backed_up(self.pomdp, self.gamma, self.alpha, self.beliefs[busy])[0]
        self.alpha = self._ripened(self.alpha.joined(made), self.beliefs[visited])
        value = (self.beliefs[visited] @ self.alpha.vectors.T).max(axis=1)
        self.lower[visited] = np.maximum(self.lower[visited], value)

    def _ripened(self, alpha: AlphaVectors, beliefs: NDArray[np.float64]) -> AlphaVectors:
        """Vectors backed up further, each where it is best: with one backup a round, values would come in slowly."""
        needed, first = np.unique((beliefs @ alpha.vectors.T).argmax(axis=1), return_index=True)
        few = AlphaVectors(alpha.vectors[needed], alpha.actions[needed])
        points, young = beliefs[first], few
        for _ in range(RIPEN):
            young = young.joined(backed_up(self.pomdp, self.gamma, young, points)[0]).best_at(points)
        return few.joined(young).best_at(beliefs)

    def gap(self, node: int) -> float:
        """Upper bound minus lower bound."""
        return float(self.upper[node] - self.lower[node])

    def promise(self, node: int) -> NDArray[np.float64]:
        """(A,) lower bounds of the actions of an opened belief."""
        return self.reward[node] + self.gamma * (self.likely[node] * self.lower[self.child[node]]).sum(axis=1)
