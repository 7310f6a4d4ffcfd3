"""Baird's counterexample: off-policy learning with linear values diverges, and gradient TD does not.

Baird 1995; Sutton & Barto 2018, sections 11.2 and 11.7. A policy is evaluated from the states that another visits. With
features x(s), values w'x(s), state distribution D and the target policy's transitions P, the expected updates are
linear in the weights, with

    A = X' D (I - gamma P) X,   b = X' D r,   C = X' D X    (9.11, section 11.7)

so that whether they diverge is read from the eigenvalues of one matrix. S states, B actions, N features.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic.core.checks import choice, instance, number, whole
from evomusic.learn.explore import store
from evomusic.learn.learner import HUGE

METHODS: Final = ("td", "tdc", "gtd2")
MOST = 10**7  # steps
SUMS = 1e-9  # tolerance of sums of probabilities


@dataclass(frozen=True, eq=False, kw_only=True)
class OffPolicy:
    """A policy to be evaluated with linear values from the experience of another.

    Args:
        transitions: (S, B, S) probabilities of next states.
        rewards: (S, B) expected rewards.
        behaviour: (S, B) probabilities of actions of the policy that acts.
        target: (S, B) probabilities of actions of the policy that is evaluated.
        features: (S, N).
        gamma: discount, 0 to below 1.
        weights: (N,) before learning.

    Raises:
        ValueError: an array has another shape, or a row is no distribution, or the target takes an action that the
            behaviour never takes.
    """

    transitions: ArrayLike
    rewards: ArrayLike
    behaviour: ArrayLike
    target: ArrayLike
    features: ArrayLike
    gamma: float
    weights: ArrayLike

    def __post_init__(self) -> None:
        states, actions = np.asarray(self.rewards, float).shape
        shapes = {
            "transitions": (states, actions, states),
            "rewards": (states, actions),
            "behaviour": (states, actions),
            "target": (states, actions),
            "features": (states, np.shape(self.features)[-1]),
            "weights": (np.shape(self.features)[-1],),
        }
        for name, shape in shapes.items():
            array = np.array(getattr(self, name), float)
            if array.shape != shape:
                raise ValueError(f"{name} has shape {array.shape}, expected {shape}")
            if name in ("transitions", "behaviour", "target") and (
                not (array >= 0).all() or np.abs(array.sum(axis=-1) - 1).max() > SUMS
            ):
                raise ValueError(f"{name} has a row that is no distribution: expected numbers from 0 up that sum to 1")
            store(self, **{name: array})
        if (np.asarray(self.behaviour)[np.asarray(self.target) > 0] == 0).any():
            raise ValueError("the target takes an action that the behaviour never takes, expected none")
        store(self, gamma=number("gamma", self.gamma, 0.0, below=1.0))

    @cached_property
    def _arrays(self) -> tuple[NDArray[np.float64], ...]:
        """Transitions, rewards, behaviour, target, features and first weights."""
        names = ("transitions", "rewards", "behaviour", "target", "features", "weights")
        return tuple(np.asarray(getattr(self, name), np.float64) for name in names)

    @cached_property
    def followed(self) -> NDArray[np.float64]:
        """Transitions (S, S) of the target policy: P."""
        return np.einsum("sb,sbt->st", self._arrays[3], self._arrays[0])

    @cached_property
    def visits(self) -> NDArray[np.float64]:
        """Share (S,) of each state among those that the behaviour visits in the long run: D."""
        chain = np.einsum("sb,sbt->st", self._arrays[2], self._arrays[0])
        rows = np.vstack([chain.T - np.eye(len(chain)), np.ones(len(chain))])
        return np.linalg.lstsq(rows, np.append(np.zeros(len(chain)), 1.0), rcond=None)[0]

    @cached_property
    def true_values(self) -> NDArray[np.float64]:
        """Values (S,) of the target policy."""
        rewards = (self._arrays[3] * self._arrays[1]).sum(axis=1)
        return np.linalg.solve(np.eye(len(rewards)) - self.gamma * self.followed, rewards)

    @cached_property
    def moments(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """The matrices A (N, N), b (N,), C (N, N) and gamma X' P' D X (N, N) of the expected updates."""
        _, rewards, _, target, x, _ = self._arrays
        weighted = x.T * self.visits
        ahead = self.gamma * self.followed @ x
        return weighted @ (x - ahead), weighted @ (target * rewards).sum(axis=1), weighted @ x, (weighted @ ahead).T

    def value_error(self, weights: ArrayLike) -> NDArray[np.float64]:
        """Root of the mean square value error (...) of weights (..., N), states weighted by visits (equation 9.1)."""
        return self._norm(np.asarray(weights) @ self._arrays[4].T - self.true_values)

    def projected_error(self, weights: ArrayLike) -> NDArray[np.float64]:
        """Root of the mean square projected Bellman error (...) of weights (..., N) (section 11.4)."""
        _, rewards, _, target, x, _ = self._arrays
        values = np.asarray(weights) @ x.T
        error = (target * rewards).sum(axis=1) + self.gamma * values @ self.followed.T - values
        weighted = x.T * self.visits
        return self._norm(error @ (x @ np.linalg.pinv(weighted @ x) @ weighted).T)

    def _norm(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.sqrt((values**2) @ self.visits)


def baird() -> OffPolicy:
    """Return Baird's counterexample (Sutton & Barto 2018, figure 11.1): seven states, eight weights, all rewards 0.

    The action `dashed`, 0, leads to one of the six upper states, `solid`, 1, to the lower one. The behaviour takes
    dashed 6 times in 7, the target solid always. All values are 0, which weights of 0 represent exactly.
    """
    transitions = np.zeros((7, 2, 7))
    transitions[:, 0, :6] = 1 / 6
    transitions[:, 1, 6] = 1.0
    features = np.zeros((7, 8))
    features[:6, :6], features[:6, 7] = 2 * np.eye(6), 1.0
    features[6, 6], features[6, 7] = 1.0, 2.0
    return OffPolicy(
        transitions=transitions,
        rewards=np.zeros((7, 2)),
        behaviour=np.tile([6 / 7, 1 / 7], (7, 1)),
        target=np.tile([0.0, 1.0], (7, 1)),
        features=features,
        gamma=0.99,
        weights=[1, 1, 1, 1, 1, 1, 10, 1],
    )


def update_matrix(problem: OffPolicy, method: str, alpha: float, beta: float) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return M and c of the expected update z <- M z + c; it diverges where an eigenvalue of M lies outside the circle.

    Args:
        problem: the problem.
        method: `td` (semi-gradient TD(0); where all states are visited equally often, the semi-gradient DP of equation
            11.9), `tdc` or `gtd2` (section 11.7).
        alpha: step size of the weights.
        beta: step size of the second weights v of tdc and gtd2.

    Returns:
        Matrix and vector for z = w (N,) of td, and z = (w, v) (2N,) of tdc and gtd2.
    """
    a, b, c, cross = problem.moments
    eye = np.eye(len(b))
    if choice("method", method, METHODS) == "td":
        return eye - alpha * a, alpha * b
    lower = [-beta * a, eye - beta * c]
    if method == "tdc":
        return np.block([[eye - alpha * a, -alpha * cross], lower]), np.concatenate([alpha * b, beta * b])
    return np.block([[eye, alpha * a.T], lower]), np.concatenate([0 * b, beta * b])


def run_off_policy(
    problem: OffPolicy,
    method: str = "td",
    steps: int = 1000,
    alpha: float = 0.01,
    beta: float = 0.05,
    seed: int | None = None,
) -> NDArray[np.float64]:
    """Learn off-policy with linear values, by expected updates or by samples.

    Args:
        problem: the problem, such as `baird()`.
        method: `td`, `tdc` or `gtd2`.
        steps: T, number of updates.
        alpha: step size of the weights, 0 or more.
        beta: step size of the second weights of tdc and gtd2, 0 or more.
        seed: of the samples: states follow the behaviour from a uniform start. None for expected updates.

    Returns:
        Weights (T + 1, N) before learning and after each update.

    Raises:
        ValueError: an argument is out of range, or weights have passed 1e12.
    """
    instance("problem", problem, OffPolicy, "an OffPolicy, such as em.learn.baird()")
    choice("method", method, METHODS)
    steps, alpha, beta = whole("steps", steps, 0, MOST), number("alpha", alpha, 0.0), number("beta", beta, 0.0)
    first = np.asarray(problem.weights, np.float64)
    n, z = len(first), np.concatenate([first, np.zeros(0 if method == "td" else len(first))])
    history = np.empty((steps + 1, n))
    history[0] = first
    update = _expected(problem, method, alpha, beta) if seed is None else _samples(problem, method, alpha, beta, seed)
    for t in range(steps):
        z = update(z)
        if not np.abs(z).max() < HUGE:
            raise ValueError(f"the weights of {method} diverged (beyond {HUGE:g}) after {t + 1} steps; take fewer")
        history[t + 1] = z[:n]
    return history


def _expected(problem: OffPolicy, method: str, alpha: float, beta: float) -> Any:
    matrix, vector = update_matrix(problem, method, alpha, beta)
    return lambda z: matrix @ z + vector


def _samples(problem: OffPolicy, method: str, alpha: float, beta: float, seed: int) -> Any:
    """Return an update that takes one step of the behaviour and learns from it."""
    transitions, rewards, behaviour, target, features, first = problem._arrays
    rng, n = np.random.default_rng(whole("seed", seed)), len(first)
    place = [int(rng.integers(len(features)))]

    def update(z: NDArray[np.float64]) -> NDArray[np.float64]:
        s = place[0]
        a = int(rng.choice(len(behaviour[s]), p=behaviour[s]))
        s2 = place[0] = int(rng.choice(len(features), p=transitions[s, a]))
        x, x2, rho, w, v = features[s], features[s2], target[s, a] / behaviour[s, a], z[:n], z[n:]
        error = rewards[s, a] + problem.gamma * w @ x2 - w @ x
        if method == "td":
            return w + alpha * rho * error * x  # Sutton & Barto (11.2)
        v2 = v + beta * rho * (error - v @ x) * x
        if method == "tdc":
            return np.concatenate([w + alpha * rho * (error * x - problem.gamma * x2 * (x @ v)), v2])
        return np.concatenate([w + alpha * rho * (x - problem.gamma * x2) * (x @ v), v2])

    return update
