"""Optimal values of a POMDP without end, certified at each belief that is asked.

Heuristic search (after Smith & Simmons 2005): follow the policy that the upper bounds promise most, open the beliefs at
the edge that its gap comes from, and let the bounds flow back, until they meet at the belief that is asked. Where few
alpha vectors are the whole value, exact dynamic programming proves it for all beliefs at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic.core.checks import number, whole
from evomusic.models.pomdp import FinitePOMDP, as_belief
from evomusic.plan.pomdp.alpha_vectors import MOST
from evomusic.plan.pomdp.belief import check_discount
from evomusic.plan.pomdp.belief_graph import BeliefGraph
from evomusic.plan.pomdp.policy_iteration import Whole, whole_value

BELIEFS = 100_000  # that a search may store
EXACT = ((5_000, 100), (30_000, 600))  # beliefs after which exact programming is tried, with so many alpha vectors
COVER, WIDE = 0.9, 500  # share of the gap whose beliefs are opened in a round, and how many at most
STALE = 30  # rounds without a new belief or a smaller gap


class NotClosed(RuntimeError):
    """The bounds did not close within the limit. `lower` and `upper` hold all the same, at `belief`."""

    def __init__(self, why: str, belief: NDArray[np.float64], lower: float, upper: float):
        super().__init__(f"{why}: the value lies between {lower:.9g} and {upper:.9g}")
        self.belief, self.lower, self.upper = belief, lower, upper


@dataclass(frozen=True, eq=False)
class PomdpSolution:
    """Values and actions of a POMDP, computed when a belief is asked; made by `solve_pomdp`.

    Args:
        pomdp: the model.
        gamma: discount below 1.
        tolerance: how far apart the bounds may be.
        limit: beliefs that may be stored.
    """

    pomdp: FinitePOMDP
    gamma: float
    tolerance: float
    limit: int
    graph: BeliefGraph = field(repr=False)
    whole: list[Whole | None] = field(default_factory=list, repr=False)  # results of exact programming

    def value(self, belief: ArrayLike | None = None) -> float:
        """The optimal expected discounted return from a belief (S,), the start when None: the middle of its bounds.

        Raises:
            ValueError: the belief does not fit.
            NotClosed: its bounds did not close within the limit.
        """
        return sum(self.bounds(belief)) / 2

    def bounds(self, belief: ArrayLike | None = None) -> tuple[float, float]:
        """Certified lower and upper bound, no further apart than the tolerance; raises as `value` does."""
        point = self._point(belief)
        found = self._closed(point)
        if isinstance(found, Whole):
            return found.bounds(point)
        return float(self.graph.lower[found]), float(self.graph.upper[found])

    def lower(self, belief: ArrayLike | None = None) -> float:
        """The lower of `bounds`."""
        return self.bounds(belief)[0]

    def upper(self, belief: ArrayLike | None = None) -> float:
        """The upper of `bounds`."""
        return self.bounds(belief)[1]

    def act(self, belief: ArrayLike | None = None) -> int:
        """An action for a belief (S,), the start when None: optimal, but for the tolerance; raises as `value` does."""
        point = self._point(belief)
        found = self._closed(point)
        return found.alpha.act(point) if isinstance(found, Whole) else int(self.graph.promise(found).argmax())

    def _point(self, belief: ArrayLike | None) -> NDArray[np.float64]:
        return self.pomdp.belief if belief is None else as_belief(belief, self.pomdp.states)

    def _closed(self, belief: NDArray[np.float64]) -> int | Whole:
        """The number of a belief whose bounds have closed, or vectors that hold for all beliefs."""
        graph = self.graph
        if self.whole and self.whole[-1]:
            return self.whole[-1]
        node = int(graph.enter(belief[None])[0])
        graph.open(np.array([node]))
        stale, gap, size = 0, np.inf, 0
        while True:
            graph.settle(max(1e-4 * self.tolerance, 0.01 * min(graph.gap(node), 1e300)) * (1 - self.gamma))
            if graph.gap(node) <= self.tolerance:
                return node
            stale = 0 if graph.gap(node) < gap or len(graph.ids) > size else stale + 1
            gap, size = graph.gap(node), len(graph.ids)
            if found := self._whole(size):
                return found
            if size > self.limit or stale > STALE:
                raise self._refusal(node, stale)
            self._round(node)

    def _whole(self, size: int) -> Whole | None:
        """The result of exact dynamic programming, tried after so many beliefs; None where it is not their turn."""
        tried = len(self.whole)
        if tried == len(EXACT) or size <= EXACT[tried][0]:
            return None
        found = whole_value(self.pomdp, self.gamma, self.tolerance, self.graph.alpha, EXACT[tried][1])
        self.whole.append(found)
        return found

    def _round(self, node: int) -> None:
        """Open the beliefs that the gap of a belief comes from, and back up those that are visited."""
        graph = self.graph
        visits = graph.visits(node)
        edge = np.flatnonzero((visits > 0) & ~graph.opened[: len(visits)])
        if len(edge):
            graph.rebound(edge)
            gaps = visits[edge] * (graph.upper[edge] - graph.lower[edge])
            order = np.argsort(-gaps, kind="stable")
            enough = int(np.searchsorted(np.cumsum(gaps[order]), COVER * gaps.sum())) + 1
            graph.open(edge[order[: min(enough, WIDE)]])
        graph.learn(visits)

    def _refusal(self, node: int, stale: int) -> NotClosed:
        graph = self.graph
        why = (
            f"the bounds no longer move; a tolerance of {self.tolerance:g} is finer than rounding allows"
            if stale > STALE
            else f"{len(graph.ids)} beliefs did not close the bounds to {self.tolerance:g}; raise limit or tolerance"
        )
        return NotClosed(why, graph.beliefs[node], float(graph.lower[node]), float(graph.upper[node]))


def solve_pomdp(
    pomdp: FinitePOMDP, gamma: float | None = None, tolerance: float = 1e-6, *, limit: int = BELIEFS
) -> PomdpSolution:
    """The optimal value of a POMDP without end; computed, and stored, when a belief is asked.

    Args:
        pomdp: the model.
        gamma: discount below 1; the model's own when None.
        tolerance: how far apart the bounds of a belief's value may be.
        limit: beliefs that may be stored; more take more time and memory.

    Returns:
        A solution: `.value(belief)`, `.act(belief)`, `.bounds(belief)`; each may raise NotClosed.

    Raises:
        ValueError: gamma, the tolerance or the limit is out of range.
    """
    gamma, tolerance = check_discount(gamma, pomdp), number("tolerance", tolerance, above=0.0)
    limit = whole("limit", limit, 1, MOST)
    return PomdpSolution(pomdp, gamma, tolerance, limit, BeliefGraph(pomdp, gamma, tolerance * (1 - gamma)))
