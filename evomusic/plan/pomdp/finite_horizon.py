"""Exact values of all beliefs: dynamic programming on alpha vectors by incremental pruning.

Vectors are made one observation at a time and pruned at once (Zhang & Liu 1996; Cassandra, Littman & Zhang 1997).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic.core.checks import number, whole
from evomusic.models.pomdp import FinitePOMDP
from evomusic.plan.pomdp.alpha_vectors import MOST, AlphaVectors, projected
from evomusic.plan.pomdp.belief import check_pomdp
from evomusic.plan.pomdp.pruning import pruned


class TooManyVectors(RuntimeError):
    """The exact value has more alpha vectors than were allowed."""


@dataclass(frozen=True, eq=False)
class Horizon:
    """Optimal values and actions with a number of steps left.

    Args:
        stages: stage n - 1 holds the alpha vectors with n steps left.
    """

    stages: tuple[AlphaVectors, ...]

    def value(self, belief: ArrayLike, left: int | None = None) -> float:
        """The expected discounted return of a belief (S,) with `left` steps to go; all of them when None."""
        if left == 0 and not isinstance(left, bool):
            return 0.0
        return self._stage(left).value(belief)

    def act(self, belief: ArrayLike, left: int | None = None) -> int:
        """The best first action for a belief (S,) with `left` steps to go; all of them when None."""
        return self._stage(left).act(belief)

    def _stage(self, left: int | None) -> AlphaVectors:
        steps = len(self.stages) if left is None else whole("left", left, 1, len(self.stages))
        return self.stages[steps - 1]


def solve_horizon(pomdp: FinitePOMDP, horizon: int, gamma: float = 1.0, *, limit: int = 2000) -> Horizon:
    """Optimal values of all beliefs with 1 to `horizon` steps left (Smallwood & Sondik 1973).

    Args:
        pomdp: the model.
        horizon: steps, from 1 up.
        gamma: discount, 0 to 1.
        limit: alpha vectors that a stage may have.

    Raises:
        ValueError: horizon, gamma or the limit is out of range.
        TooManyVectors: a stage has more vectors than `limit`.
    """
    check_pomdp(pomdp)
    horizon, limit = whole("horizon", horizon, 1, MOST), whole("limit", limit, 1, MOST)
    gamma = number("gamma", gamma, 0.0, 1.0)
    alpha = AlphaVectors(np.zeros((1, pomdp.states)), np.zeros(1, np.int64))
    stages = []
    for _ in range(horizon):
        alpha = exact_backup(pomdp, gamma, alpha, limit)
        stages.append(alpha)
    return Horizon(tuple(stages))


def exact_backup(
    pomdp: FinitePOMDP, gamma: float, alpha: AlphaVectors, limit: int, margin: float = 0.0
) -> AlphaVectors:
    """All the vectors of the value one step earlier that are best somewhere, but for a margin at each pruning.

    Raises:
        TooManyVectors: there are more than `limit` on the way.
    """
    made, actions = [], []
    for a in range(pomdp.actions):
        total = pomdp.expected[a][None]
        for ahead in projected(pomdp, alpha.vectors, a):
            total = _cross_sum(total, gamma * ahead[pruned(gamma * ahead, margin)], limit, margin)
        made.append(total)
        actions.append(np.full(len(total), a))
    vectors, firsts = np.vstack(made), np.concatenate(actions)
    needed = pruned(vectors, margin)
    return AlphaVectors(vectors[needed], firsts[needed])


def _cross_sum(left: NDArray[np.float64], right: NDArray[np.float64], limit: int, margin: float) -> NDArray[np.float64]:
    """All sums of a vector of each, pruned."""
    if len(left) * len(right) > 200 * limit:
        raise TooManyVectors(
            f"a stage pairs {len(left)} with {len(right)} vectors, more than a limit of {limit} allows; "
            "use solve_pomdp or point_based, or raise the limit"
        )
    sums = (left[:, None] + right[None]).reshape(-1, left.shape[1])
    needed = sums[pruned(sums, margin)]
    if len(needed) > limit:
        raise TooManyVectors(f"a stage has {len(needed)} alpha vectors, more than the limit of {limit}")
    return needed
