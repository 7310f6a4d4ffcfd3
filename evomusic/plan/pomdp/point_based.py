"""Bounds of a POMDP's value at any time, and the policy that earns the lower one, for models too large to solve."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic.core.checks import number
from evomusic.models.arrays import real_array
from evomusic.models.pomdp import FinitePOMDP, as_belief
from evomusic.models.sparse_pomdp import SparsePOMDP, as_sparse
from evomusic.plan.pomdp import bounds, trial
from evomusic.plan.pomdp.belief import check_ends
from evomusic.plan.pomdp.search import Search
from evomusic.plan.pomdp.store import EDGES

SECONDS, GAP = 60.0, 1e-3
LONGEST = 1e6  # seconds that may be asked for


class Moment(NamedTuple):
    """Bounds of the first belief that was asked, so many seconds after the search began."""

    seconds: float
    lower: float
    upper: float


@dataclass(frozen=True, eq=False)
class PointBased:
    """Bounds of all beliefs and a policy; made by `point_based`.

    Args:
        pomdp: the model.
        gamma: discount.
        trace: bounds at the start, or of the first belief that was asked, whenever they moved by a hundredth of their
            gap, and at the end.
    """

    pomdp: FinitePOMDP | SparsePOMDP
    gamma: float
    trace: list[Moment]
    search: Search = field(repr=False)

    @property
    def lower(self) -> float:
        """Certified lower bound at the start: the policy's return is no lower."""
        return self.trace[-1].lower

    @property
    def upper(self) -> float:
        """Certified upper bound at the start."""
        return self.trace[-1].upper

    @property
    def gap(self) -> float:
        """Upper bound minus lower bound at the start."""
        return self.upper - self.lower

    @property
    def vectors(self) -> int:
        """Number of alpha vectors of the lower bound."""
        return self.search.vectors

    def bounds(self, belief: ArrayLike | None = None) -> tuple[float, float]:
        """Certified lower and upper bound of a belief (S,), the start when None, without more search."""
        return self.search.bounds(self._enter(belief))

    def value(self, belief: ArrayLike | None = None) -> float:
        """The lower of `bounds`: what the policy earns at least."""
        return self.bounds(belief)[0]

    def act(self, belief: ArrayLike | None = None) -> int:
        """The action of the best alpha vector for a belief (S,), the start when None."""
        return self.search.act(self._enter(belief))

    def _enter(self, belief: ArrayLike | None) -> int:
        return self.search.enter(self.pomdp.belief if belief is None else as_belief(belief, self.pomdp.states))


def point_based(
    pomdp: FinitePOMDP | SparsePOMDP,
    gamma: float | None = None,
    *,
    limit: float = SECONDS,
    gap: float = GAP,
    beliefs: ArrayLike | None = None,
) -> PointBased:
    """Both bounds of the optimal value, as near as some seconds bring them, by backups where they disagree.

    The search is that of HSVI2 and SARSOP (Smith & Simmons 2005; Kurniawati, Hsu & Lee 2008), see `plan/pomdp`.

    Args:
        pomdp: the model.
        gamma: discount, the model's own when None; 1 where all states can lead to an absorbing one without reward.
        limit: seconds, 0 or more; the bounds hold whenever it ends. Small models end by themselves.
        gap: the search ends once the bounds are as near.
        beliefs: (M, S) beliefs where the bounds are wanted; the start when None.

    Raises:
        ValueError: a number is out of range, or a belief does not fit.
    """
    gamma = check_ends(gamma, pomdp)
    limit, gap = number("limit", limit, 0.0, LONGEST), number("gap", gap, 0.0)
    roots = (
        pomdp.belief[None]
        if beliefs is None
        else np.array([as_belief(b, pomdp.states) for b in np.atleast_2d(real_array("beliefs", beliefs))])
    )
    compile_kernels()
    start = time.perf_counter()
    search = Search(as_sparse(pomdp), gamma)
    return PointBased(pomdp, gamma, _searched(search, roots, gap, start, limit), search)


@cache
def compile_kernels() -> None:
    """Search a model of two states, so that no search's time goes to compilation."""
    model = SparsePOMDP.from_functions(
        range(2), range(2), range(2), lambda s, a: [(0.5, 0, 1.0), (0.5, 1, 0.0)], lambda a, s: [(1.0, s)], 0, 0.9
    )
    search = Search(model, 0.9)
    node = search.enter(model.belief)
    search.advance(node, 0.0)
    search._settle(node, np.inf)
    store = search.store
    trial.open_from(store, node, 0, int(store.edge[store.block[node], 0]), search.need[EDGES])
    bounds.prune(search.store, np.ones(search.vectors, np.bool_))
    bounds.hang(search.store, search.store.corner.copy())


def _searched(search: Search, roots: NDArray[np.float64], gap: float, start: float, limit: float) -> list[Moment]:
    """Search from each belief in turn, and tell the bounds of the first."""
    nodes = [search.enter(root) for root in roots]
    trace = [Moment(time.perf_counter() - start, *search.bounds(nodes[0]))]
    left = list(nodes)
    while left and time.perf_counter() < start + limit:
        left = [n for n in left if search.gap(n) > gap and (search.advance(n, gap, start + limit) or len(left) > 1)]
        now = Moment(time.perf_counter() - start, *search.bounds(nodes[0]))
        moved = now.lower - trace[-1].lower + trace[-1].upper - now.upper
        if moved >= 0.01 * (trace[-1].upper - trace[-1].lower):
            trace.append(now)
    trace.append(Moment(time.perf_counter() - start, *search.bounds(nodes[0])))
    return trace
