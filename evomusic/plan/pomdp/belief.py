"""Beliefs, their update by Bayes' rule, and two upper bounds of their value.

A belief is (S,) probabilities of states, given the history of actions and observations. It is an
information state: Markov, and enough to act on (Astrom 1965; Kaelbling, Littman & Cassandra 1998, section 3.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic.core.checks import instance, number, wrong
from evomusic.models.names import near, number_of, numbers_of
from evomusic.models.pomdp import FinitePOMDP, as_belief
from evomusic.models.sparse_pomdp import SparsePOMDP

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
        action: a number or a name; None for the observation of the first state, where the model has one.
        observation: likewise.

    Raises:
        ValueError: the belief, action or observation does not fit, or the observation cannot follow.
    """
    check_pomdp(pomdp)
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


def place_of(pomdp: FinitePOMDP, what: str, value: int | str) -> int:
    """The number of an action or observation that is given by number or name.

    Raises:
        ValueError: there is none of that name or number.
    """
    names = pomdp.names(what)
    found = number_of(value, names, numbers_of(names))
    if found < 0:
        raise wrong(what, value, f"a name or 0 to {len(names) - 1}{near(value, names)}")
    return found


def successors(pomdp: FinitePOMDP, beliefs: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Beliefs that may follow, (M, A, O, S), zeros where they cannot; and their probabilities (M, A, O)."""
    ahead = np.einsum("ms,ast->mat", beliefs, pomdp.transitions, optimize=True)
    joint = ahead[:, :, None, :] * pomdp.emissions.transpose(0, 2, 1)[None]
    probability = joint.sum(axis=3)
    return np.divide(joint, probability[..., None], out=np.zeros(joint.shape), where=joint > 0), probability


def check_discount(gamma: object, pomdp: FinitePOMDP) -> float:
    """A discount, the model's own when None.

    Raises:
        ValueError: it is not from 0 up and below 1.
    """
    check_pomdp(pomdp)
    value = pomdp.discount if gamma is None else gamma
    return number("gamma", value, 0.0, below=1.0, also=": without end, returns must be discounted")


def check_ends(gamma: object, pomdp: FinitePOMDP | SparsePOMDP) -> float:
    """A discount, the model's own when None; 1 too, where some state is an end.

    Raises:
        ValueError: it is not from 0 to 1, or 1 without an end.
    """
    if not isinstance(pomdp, SparsePOMDP):
        check_pomdp(pomdp)
    value = pomdp.discount if gamma is None else gamma
    if type(value) in (int, float) and value == 1 and pomdp.absorbing.any():
        return 1.0
    return number("gamma", value, 0.0, below=1.0, also=": without end, returns must be discounted")


def check_pomdp(pomdp: object) -> None:
    """Refuse anything but an explicit POMDP, with a way to make one."""
    instance("pomdp", pomdp, FinitePOMDP, "a FinitePOMDP: FinitePOMDP.read or FinitePOMDP.of makes one")


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
        ValueError: gamma or the tolerance is out of range.
    """
    gamma, tolerance = check_discount(gamma, pomdp), number("tolerance", tolerance, 0.0)
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
        ValueError: gamma or the tolerance is out of range.
    """
    gamma, tolerance = check_discount(gamma, pomdp), number("tolerance", tolerance, 0.0)
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
    """(A, S) the greatest reward for ever: no value can be greater."""
    return np.full(pomdp.expected.shape, pomdp.expected.max() / (1 - gamma))
