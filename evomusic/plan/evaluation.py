"""Exact values of a policy on a finite MDP."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic.mdp import TOLERANCE, FiniteMDP, reached


def evaluate_policy(mdp: FiniteMDP, policy: ArrayLike, gamma: float = 1.0) -> NDArray[np.float64]:
    """Exact state values of a policy: the Bellman equations solved (Sutton & Barto 2018, equation 4.4).

    Args:
        mdp: the model.
        policy: (S,) whole numbers, an action a state, or (S, A) probabilities of actions.
        gamma: discount, 0 to 1.

    Returns:
        (S,) expected discounted returns; terminal states have 0.

    Raises:
        ValueError: the policy does not fit, gamma is out of range, or gamma is 1 and the policy may go on for ever
            and be paid for it.
    """
    from scipy.sparse import csr_array, eye_array
    from scipy.sparse.linalg import spsolve

    if isinstance(gamma, bool) or not 0 <= gamma <= 1:
        raise ValueError(f"gamma is {gamma!r}, expected 0 to 1")
    size, counts = mdp.states, np.diff(mdp.outcomes.first)[:-1]
    rows, state = mdp.outcomes.rows[: counts.sum()], mdp.state_of_rows[: counts.sum()]
    p = np.repeat(_probabilities(mdp, policy).ravel(), counts) * rows["p"]
    p[mdp.terminal[state]] = 0.0
    rows, state, p = rows[p > 0], state[p > 0], p[p > 0]
    paid, on = np.bincount(state, p * rows["reward"], minlength=size), rows["end"] == 0
    follow = csr_array((p[on], (state[on], rows["to"][on])), shape=(size, size))
    solved = ~mdp.terminal
    if gamma == 1:
        solved = _ending(follow, np.unique(state[~on]))
        _refuse_endless(~solved[state] & (rows["reward"] != 0), state)
    values = np.zeros(size)
    if solved.any():
        matrix = (eye_array(size, format="csr") - gamma * follow)[solved][:, solved]
        values[solved] = spsolve(matrix.tocsc(), paid[solved])
    return values


def _refuse_endless(paid: NDArray[np.bool_], state: NDArray[np.int64]) -> None:
    """Raise where a state of no end is paid: which rows (N,) do that, and their states."""
    if paid.any():
        raise ValueError(
            f"with gamma 1 this policy goes on for ever from state {state[np.argmax(paid)]}, and is paid for it: "
            "its value there is not finite; use gamma below 1"
        )


def _probabilities(mdp: FiniteMDP, policy: ArrayLike) -> NDArray[np.float64]:
    """A policy as (S, A) probabilities, checked."""
    given, shape = np.asarray(policy), (mdp.states, mdp.actions)
    if given.shape == shape[:1] and given.dtype.kind in "iu":
        if given.size and not (given.min() >= 0 and given.max() < mdp.actions):
            raise ValueError(f"policy has actions from {given.min()} to {given.max()}, expected 0 to {mdp.actions - 1}")
        return np.eye(mdp.actions)[given]
    if given.shape != shape or given.dtype.kind not in "fiu":
        raise ValueError(f"policy has shape {given.shape}, expected {shape[:1]} whole numbers or {shape} probabilities")
    sums = given.sum(axis=1)
    if not (given >= 0).all() or not (np.abs(sums - 1) <= TOLERANCE).all():
        raise ValueError("policy has a row that is no distribution: expected numbers from 0 up that sum to 1")
    return given.astype(np.float64)


def _ending(follow: Any, last: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(S,) states from which an end can be reached; `last` are those that may end at once."""
    forward, size = follow.tocoo(), follow.shape[0]
    back = np.append(forward.col, np.full(len(last), size)), np.append(forward.row, last)
    return reached(*back, size, size)[:-1]
