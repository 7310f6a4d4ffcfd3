"""Optimal values of a POMDP without end, certified at each belief that is asked.

The search of `search.py` narrows both bounds of the belief that is asked until they meet. Where few alpha vectors are
the whole value, exact dynamic programming proves it for all beliefs at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic.core.checks import number, whole
from evomusic.models.pomdp import FinitePOMDP, as_belief
from evomusic.models.sparse_pomdp import SparsePOMDP, as_sparse
from evomusic.plan.pomdp.alpha_vectors import MOST, blind
from evomusic.plan.pomdp.belief import check_ends
from evomusic.plan.pomdp.policy_iteration import Whole, whole_value
from evomusic.plan.pomdp.search import Search

BELIEFS = 100_000  # that a search may store
EXACT = ((5_000, 100), (30_000, 600))  # beliefs after which exact programming is tried, with so many alpha vectors


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
        gamma: discount.
        tolerance: how far apart the bounds may be.
        limit: beliefs that may be stored.
    """

    pomdp: FinitePOMDP | SparsePOMDP
    gamma: float
    tolerance: float
    limit: int
    search: Search = field(repr=False)
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
        return self.search.bounds(found)

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
        return found.alpha.act(point) if isinstance(found, Whole) else self.search.act(found)

    def _point(self, belief: ArrayLike | None) -> NDArray[np.float64]:
        return self.pomdp.belief if belief is None else as_belief(belief, self.pomdp.states)

    def _closed(self, belief: NDArray[np.float64]) -> int | Whole:
        """The number of a belief whose bounds have closed, or vectors that hold for all beliefs."""
        search = self.search
        if self.whole and self.whole[-1]:
            return self.whole[-1]
        node, moves = search.enter(belief), True
        while search.gap(node) > self.tolerance:
            if found := self._whole(search.size):
                return found
            if search.size > self.limit or not moves:
                raise self._refusal(belief, node, moves)
            moves = search.advance(node, self.tolerance)
        return node

    def _whole(self, size: int) -> Whole | None:
        """The result of exact dynamic programming, tried after so many beliefs; None where it is not their turn."""
        tried = len(self.whole)
        if tried == len(EXACT) or size <= EXACT[tried][0] or isinstance(self.pomdp, SparsePOMDP) or self.gamma == 1:
            return None
        found = whole_value(self.pomdp, self.gamma, self.tolerance, blind(self.pomdp, self.gamma), EXACT[tried][1])
        self.whole.append(found)
        return found

    def _refusal(self, belief: NDArray[np.float64], node: int, moves: bool) -> NotClosed:
        why = (
            f"{self.search.size} beliefs did not close the bounds to {self.tolerance:g}; raise limit or tolerance"
            if moves
            else f"the bounds no longer move; a tolerance of {self.tolerance:g} is finer than rounding allows"
        )
        return NotClosed(why, belief, *self.search.bounds(node))


def solve_pomdp(
    pomdp: FinitePOMDP | SparsePOMDP, gamma: float | None = None, tolerance: float = 1e-6, *, limit: int = BELIEFS
) -> PomdpSolution:
    """The optimal value of a POMDP; computed, and stored, when a belief is asked.

    Args:
        pomdp: the model.
        gamma: discount, the model's own when None; 1 where all states can lead to an absorbing one without reward.
        tolerance: how far apart the bounds of a belief's value may be.
        limit: beliefs that may be stored; more take more time and memory.

    Returns:
        A solution: `.value(belief)`, `.act(belief)`, `.bounds(belief)`; each may raise NotClosed. For bounds after so
        many seconds, closed or not, see `point_based`.

    Raises:
        ValueError: gamma, the tolerance or the limit is out of range.
    """
    gamma, tolerance = check_ends(gamma, pomdp), number("tolerance", tolerance, above=0.0)
    limit = whole("limit", limit, 1, MOST)
    return PomdpSolution(pomdp, gamma, tolerance, limit, Search(as_sparse(pomdp), gamma))
