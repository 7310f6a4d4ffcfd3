"""Beliefs: what a history of actions and observations tells of the state, and two bounds of what they are worth.

A belief is (S,) probabilities of states. It is an information state: Markov, and enough to act on (Astrom 1965;
Kaelbling, Littman & Cassandra 1998, section 3.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic.core.theory import nearest
from evomusic.models.pomdp import FinitePOMDP, as_belief

ROUNDS = 100_000  # sweeps that a bound from above may take; to stop earlier leaves it a bound


class Update(NamedTuple):
    """The belief (S,) after an observation, and how likely that observation was."""

    belief: NDArray[np.float64]
    probability: float


def update_belief(pomdp: FinitePOMDP, belief: ArrayLike, action: int | str | None, observation: int | str) -> Update:
    """The belief after an action and what was then observed (Kaelbling, Littman & Cassandra 1998, section 3.3).

    Args:
        pomdp: the model.
        belief: (S,) before.
        action: a number or a name; None for what is seen of the first state, where the model has that.
        observation: likewise.

    Raises:
        ValueError: the belief, action or observation does not fit, or the observation cannot follow.
    """
    before = as_belief(belief, pomdp.states)
    o = place_of(pomdp, "observation", observation)
    if action is None:
        if pomdp.first is None:
            raise ValueError("action is None, expected an action: this model shows nothing before one")
        joint = before * pomdp.first[:, o]
    else:
        a = place_of(pomdp, "action", action)
        joint = (before @ pomdp.transitions[a]) * pomdp.emissions[a, :, o]
    probability = float(joint.sum())
    if probability <= 0:
        seen = pomdp.names("observation")[o]
        after = "at first" if action is None else f"after action {pomdp.names('action')[a]!r}"
        raise ValueError(f"observation {seen!r} cannot be seen {after} from this belief")
    return Update(joint / probability, probability)


def place_of(pomdp: FinitePOMDP, what: str, given: int | str) -> int:
    """The number of an action or observation that is given by number or name.

    Raises:
        ValueError: there is none of that name or number.
    """
    names = pomdp.names(what)
    if isinstance(given, str) and given in names:
        return names.index(given)
    if not isinstance(given, (str, bool)) and 0 <= given < len(names) and int(given) == given:
        return int(given)
    raise ValueError(f"{what} is {given!r}, expected a name or 0 to {len(names) - 1}{nearest(str(given), names)}")


def successors(pomdp: FinitePOMDP, beliefs: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What may follow: (M, A, O, S) beliefs, zeros where they cannot be, and (M, A, O) their probabilities."""
    ahead = np.einsum("ms,ast->mat", beliefs, pomdp.transitions, optimize=True)
    joint = ahead[:, :, None, :] * pomdp.emissions.transpose(0, 2, 1)[None]
    probability = joint.sum(axis=3)
    return np.divide(joint, probability[..., None], out=np.zeros(joint.shape), where=joint > 0), probability


def check_discount(gamma: float | None, pomdp: FinitePOMDP) -> float:
    """A discount, the model's own when None.

    Raises:
        ValueError: it is not from 0 up and below 1.
    """
    given = pomdp.discount if gamma is None else gamma
    if isinstance(given, bool) or not 0 <= given < 1:
        raise ValueError(f"gamma is {given!r}, expected 0 up to but not 1: without end, returns must be discounted")
    return float(given)


@dataclass(frozen=True, eq=False)
class ActionVectors:
    """A value of beliefs that is linear in each action: `vectors` (A, S) are values of actions in states."""

    pomdp: FinitePOMDP
    vectors: NDArray[np.float64]

    def value(self, belief: ArrayLike) -> float:
        """The value of a belief (S,)."""
        return float((self.vectors @ as_belief(belief, self.pomdp.states)).max())

    def act(self, belief: ArrayLike) -> int:
        """The action for a belief (S,)."""
        return int((self.vectors @ as_belief(belief, self.pomdp.states)).argmax())


def qmdp(pomdp: FinitePOMDP, gamma: float | None = None, tolerance: float = 1e-10) -> ActionVectors:
    """QMDP: as if the state were seen from the next step on (Littman, Cassandra & Kaelbling 1995, section 4.1).

    An upper bound of the optimal value, and a policy that never acts only to learn.

    Args:
        pomdp: the model.
        gamma: discount below 1; the model's own when None.
        tolerance: how far above the exact MDP values the result may be.

    Raises:
        ValueError: gamma is out of range.
    """
    gamma = check_discount(gamma, pomdp)
    q = _from_above(pomdp, gamma)
    for _ in range(ROUNDS):
        new = pomdp.expected + gamma * (pomdp.transitions @ q.max(axis=0))
        q, change = new, float(np.abs(new - q).max())
        if change * gamma <= tolerance * (1 - gamma):
            break
    return ActionVectors(pomdp, q)


def fast_informed_bound(pomdp: FinitePOMDP, gamma: float | None = None, tolerance: float = 1e-10) -> ActionVectors:
    """An upper bound that heeds one observation, never above QMDP (Hauskrecht 2000, section 4.3).

    Args:
        pomdp: the model.
        gamma: discount below 1; the model's own when None.
        tolerance: how far above its fixed point the result may be.

    Raises:
        ValueError: gamma is out of range.
    """
    gamma = check_discount(gamma, pomdp)
    q, seen = _from_above(pomdp, gamma), pomdp.emissions.transpose(0, 2, 1)
    for _ in range(ROUNDS):
        best = np.full((*seen.shape[:2], pomdp.states), -np.inf)  # (A, O, S)
        for values in q:
            np.maximum(best, (seen * values) @ pomdp.transitions.transpose(0, 2, 1), out=best)
        new = pomdp.expected + gamma * best.sum(axis=1)
        q, change = new, float(np.abs(new - q).max())
        if change * gamma <= tolerance * (1 - gamma):
            break
    return ActionVectors(pomdp, q)


def _from_above(pomdp: FinitePOMDP, gamma: float) -> NDArray[np.float64]:
    """(A, S) no value can be greater: the greatest reward for ever."""
    return np.full(pomdp.expected.shape, pomdp.expected.max() / (1 - gamma))
