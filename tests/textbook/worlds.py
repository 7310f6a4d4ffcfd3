"""Small worlds of the textbooks, as finite MDPs."""

from __future__ import annotations

import numpy as np

from evomusic.models.mdp import FiniteMDP

LEFT, RIGHT = 0, 1


def walk_of(inner: int, left: float, right: float) -> FiniteMDP:
    """A walk over states 1 to `inner` from the middle one; states 0 and inner + 1 end it, and pay to enter."""
    last = inner + 1
    model = {s: {a: [(1.0, s, 0.0, True)] for a in (LEFT, RIGHT)} for s in (0, last)}
    for s in range(1, last):
        model[s] = {
            LEFT: [(1.0, s - 1, left if s == 1 else 0.0, s == 1)],
            RIGHT: [(1.0, s + 1, right if s == inner else 0.0, s == inner)],
        }
    return FiniteMDP.of(model, start=last // 2)


def five_state_walk() -> FiniteMDP:
    """Sutton & Barto 2018, example 6.2: states 1 to 5 (A to E), 1 at the right end; uniform values 1/6 to 5/6."""
    return walk_of(5, 0.0, 1.0)


def nineteen_state_walk() -> FiniteMDP:
    """Sutton & Barto 2018, example 7.1: states 1 to 19, -1 left, 1 right; uniform values -.9 to .9."""
    return walk_of(19, -1.0, 1.0)


def uniform(mdp: FiniteMDP) -> np.ndarray:
    """The policy (S, A) of equal chances."""
    return np.full((mdp.states, mdp.actions), 1 / mdp.actions)


def chain(*rewards: float) -> FiniteMDP:
    """States 0, 1, ... in a row with one action; what each step pays, the last of which ends the episode."""
    model = {s: {0: [(1.0, s + 1, r, s + 1 == len(rewards))]} for s, r in enumerate(rewards)}
    model[len(rewards)] = {0: [(1.0, len(rewards), 0.0, True)]}
    return FiniteMDP.of(model, start=0)
