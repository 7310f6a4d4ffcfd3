"""Values of beliefs as alpha vectors: the greatest of some linear functions (Smallwood & Sondik 1973).

Each vector (S,) is the value, by state, of a plan that begins with the vector's action, so their greatest is a lower
bound of the optimal value everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic.core.checks import number, whole
from evomusic.models.arrays import real_array
from evomusic.models.pomdp import FinitePOMDP, as_belief
from evomusic.plan.pomdp.belief import check_discount, successors

DIGITS = 12  # decimals to which equal beliefs agree
MOST = 10_000_000  # beliefs, sweeps


@dataclass(frozen=True, eq=False)
class AlphaVectors:
    """A piecewise linear, convex value of beliefs, and the policy that earns it.

    Args:
        vectors: (K, S).
        actions: (K,) the action that each begins with.
    """

    vectors: NDArray[np.float64]
    actions: NDArray[np.int64]

    def value(self, belief: ArrayLike) -> float:
        """The value of a belief (S,)."""
        return float((self.vectors @ as_belief(belief, self.vectors.shape[1])).max())

    def act(self, belief: ArrayLike) -> int:
        """The action for a belief (S,)."""
        return int(self.actions[(self.vectors @ as_belief(belief, self.vectors.shape[1])).argmax()])

    def best_at(self, beliefs: NDArray[np.float64]) -> AlphaVectors:
        """Only the vectors that are greatest at one of some beliefs (M, S)."""
        needed = np.unique((beliefs @ self.vectors.T).argmax(axis=1))
        return AlphaVectors(self.vectors[needed], self.actions[needed])

    def joined(self, other: AlphaVectors) -> AlphaVectors:
        """The vectors of both."""
        return AlphaVectors(np.vstack([self.vectors, other.vectors]), np.append(self.actions, other.actions))


def blind(pomdp: FinitePOMDP, gamma: float) -> AlphaVectors:
    """The values of doing one action for ever (Hauskrecht 1997): a lower bound to begin with."""
    eye = np.eye(pomdp.states)
    vectors = [np.linalg.solve(eye - gamma * p, r) for p, r in zip(pomdp.transitions, pomdp.expected, strict=True)]
    return AlphaVectors(np.array(vectors), np.arange(pomdp.actions))


def projected(pomdp: FinitePOMDP, vectors: NDArray[np.float64], action: int) -> NDArray[np.float64]:
    """(O, K, S): by observation, the values of vectors (K, S) before the action that leads to them."""
    seen = pomdp.emissions[action].T[:, None, :] * vectors[None]
    return np.asarray(seen @ pomdp.transitions[action].T)


def backed_up(
    pomdp: FinitePOMDP, gamma: float, alpha: AlphaVectors, beliefs: NDArray[np.float64]
) -> tuple[AlphaVectors, NDArray[np.int64]]:
    """The best vector at each belief (M, S), one step earlier (Pineau, Gordon & Thrun 2003, equations 9 to 11).

    Returns:
        M vectors, and (M, O) the vector that each follows after each observation.
    """
    best = np.full(len(beliefs), -np.inf)
    vectors, actions = np.empty(beliefs.shape), np.zeros(len(beliefs), np.int64)
    follow = np.zeros((len(beliefs), pomdp.observations), np.int64)
    for a in range(pomdp.actions):
        ahead = projected(pomdp, alpha.vectors, a)
        chosen = np.stack([(beliefs @ each.T).argmax(axis=1) for each in ahead], axis=1)  # (M, O)
        made = pomdp.expected[a] + gamma * ahead[np.arange(pomdp.observations), chosen].sum(axis=1)
        value = (made * beliefs).sum(axis=1)
        better = value > best
        best[better], vectors[better], actions[better] = value[better], made[better], a
        follow[better] = chosen[better]
    return AlphaVectors(vectors, actions), follow


def reachable(pomdp: FinitePOMDP, start: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Up to `count` different beliefs that can follow those of `start` (M, S), nearest first, with themselves."""
    found: dict[bytes, NDArray[np.float64]] = {}
    layer = start
    while len(layer) and len(found) < count:
        fresh = {}
        for belief in layer:
            key = (np.round(belief, DIGITS) + 0.0).tobytes()
            if key not in found:
                found[key] = fresh[key] = belief
        if not fresh:
            break
        ahead, probability = successors(pomdp, np.array(list(fresh.values())[:count]))
        layer = ahead[probability > 0]
    return np.array(list(found.values())[:count])


def point_based(
    pomdp: FinitePOMDP,
    gamma: float | None = None,
    *,
    beliefs: ArrayLike | None = None,
    count: int = 200,
    sweeps: int = 1000,
    tolerance: float = 1e-9,
) -> AlphaVectors:
    """Point-based value iteration: backups at some beliefs only (Pineau, Gordon & Thrun 2003). A lower bound.

    Args:
        pomdp: the model.
        gamma: discount below 1; the model's own when None.
        beliefs: (M, S) beliefs to back up; the start's first `count` reachable ones, and certainty, when None.
        count: number of beliefs to find when none are given.
        sweeps: backups of all beliefs at most.
        tolerance: stop when no belief's value grows by more.

    Raises:
        ValueError: a number is out of range, or a belief does not fit.
    """
    gamma, tolerance = check_discount(gamma, pomdp), number("tolerance", tolerance, 0.0)
    count, sweeps = whole("count", count, 1, MOST), whole("sweeps", sweeps, 0, MOST)
    if beliefs is None:
        points = reachable(pomdp, np.vstack([pomdp.belief, np.eye(pomdp.states)]), count)
    else:
        points = np.array([as_belief(b, pomdp.states) for b in np.atleast_2d(real_array("beliefs", beliefs))])
    alpha = blind(pomdp, gamma)
    value = (points @ alpha.vectors.T).max(axis=1)
    for _ in range(sweeps):
        alpha = alpha.joined(backed_up(pomdp, gamma, alpha, points)[0]).best_at(points)
        new = (points @ alpha.vectors.T).max(axis=1)
        value, growth = new, float((new - value).max())
        if growth <= tolerance:
            break
    return alpha
