"""The value of all beliefs without end, where few alpha vectors make it: policy iteration (after Hansen 1998).

Vectors are improved by exact dynamic programming and by evaluating the finite-state controller that they make, until
no belief could gain more by one more step than the tolerance allows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evomusic.models.pomdp import FinitePOMDP
from evomusic.plan.pomdp.alpha_vectors import AlphaVectors, backed_up
from evomusic.plan.pomdp.finite_horizon import TooManyVectors, exact_backup
from evomusic.plan.pomdp.pruning import MARGIN, margin_over, pruned

VECTORS = 100  # that a value may have
ROUNDS = 60
SHARE = 0.3  # of what the tolerance allows, for pruning
SIZE = 2000  # equations of a controller, at most


@dataclass(frozen=True, eq=False)
class Whole:
    """Alpha vectors, and the most by which the optimum is better at any belief."""

    alpha: AlphaVectors
    slack: float

    def bounds(self, belief: NDArray[np.float64]) -> tuple[float, float]:
        """Lower and upper bound of the value of a belief (S,)."""
        value = self.alpha.value(belief)
        return value, value + self.slack


def whole_value(
    pomdp: FinitePOMDP, gamma: float, tolerance: float, alpha: AlphaVectors, limit: int = VECTORS
) -> Whole | None:
    """Alpha vectors that are optimal, but for the tolerance, at all beliefs; None where they are too many.

    Args:
        pomdp: the model.
        gamma: discount below 1.
        tolerance: largest distance from optimal.
        alpha: vectors to begin with, each the value of a plan.
        limit: vectors that a value may have.
    """
    prunings = 2 * (2 * pomdp.observations + 1)  # margins that one exact backup may lose
    margin = SHARE * tolerance * (1 - gamma) / prunings
    for _ in range(ROUNDS):
        needed = pruned(alpha.vectors, margin)
        alpha = AlphaVectors(alpha.vectors[needed], alpha.actions[needed])
        try:
            better = exact_backup(pomdp, gamma, alpha, limit, margin)
        except TooManyVectors:
            return None
        gains = [margin_over(vector, alpha.vectors) for vector in better.vectors]
        lost = prunings * max(margin, MARGIN * float(np.abs(better.vectors).max() + np.abs(alpha.vectors).max()))
        slack = max(0.0, *(gain for gain, _ in gains)) + lost
        if slack <= tolerance * (1 - gamma):  # V* - V <= max(HV - V) / (1 - gamma)
            return Whole(alpha, slack / (1 - gamma))
        alpha = _evaluated(pomdp, gamma, alpha.joined(better), np.array([point for _, point in gains]))
    return None


def _evaluated(pomdp: FinitePOMDP, gamma: float, alpha: AlphaVectors, points: NDArray[np.float64]) -> AlphaVectors:
    """Vectors, and with them the values of the controllers that greedy choices at some beliefs (M, S) make."""
    states = pomdp.states
    every = np.vstack([points, np.eye(states), np.full((1, states), 1 / states)])
    for _ in range(20):
        needed, first = np.unique((every @ alpha.vectors.T).argmax(axis=1), return_index=True)
        here = AlphaVectors(alpha.vectors[needed], alpha.actions[needed])
        made, follow = backed_up(pomdp, gamma, here, every[first])
        if made.vectors.size > SIZE:
            return alpha.joined(made)
        solved = _controller(pomdp, gamma, made.actions, follow)
        before = (every @ alpha.vectors.T).max(axis=1)
        alpha = alpha.joined(made).joined(AlphaVectors(solved, made.actions))
        if ((every @ alpha.vectors.T).max(axis=1) - before).max() <= 1e-13 * np.abs(before).max():
            break
    return alpha


def _controller(
    pomdp: FinitePOMDP, gamma: float, actions: NDArray[np.int64], follow: NDArray[np.int64]
) -> NDArray[np.float64]:
    """(K, S) exact values of a controller: node k does actions[k], and goes to follow[k, o] when it sees o."""
    nodes, states = len(actions), pomdp.states
    matrix = np.eye(nodes * states).reshape(nodes, states, nodes, states)
    for k in range(nodes):
        for o in range(pomdp.observations):
            matrix[k, :, follow[k, o]] -= gamma * pomdp.transitions[actions[k]] * pomdp.emissions[actions[k], :, o]
    flat = matrix.reshape(nodes * states, nodes * states)
    return np.asarray(np.linalg.solve(flat, pomdp.expected[actions].ravel()).reshape(nodes, states))
