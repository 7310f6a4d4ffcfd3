"""Values of beliefs as alpha vectors: the greatest of some linear functions (Smallwood & Sondik 1973).

Each vector (S,) is the value, by state, of a plan that begins with the vector's action, so their greatest is a lower
bound of the optimal value everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic.models.pomdp import FinitePOMDP, as_belief

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
