"""A musical POMDP: writing for a listener whose taste is hidden and whose smiles are noisy.

A listener has one of a few tastes, each a reward of its own, and the agent is paid by the true one, but is not told
what. After each token the listener smiles or frowns: at what the taste pays, rightly with probability `accuracy`; at
what it neither pays nor fines, as a coin falls. The melody so far is known, the taste is not: the state is hidden in
one place only (mixed observability: Ong, Png, Hsu & Lee 2010), and the information state is the melody's state with a
belief over tastes (Kaelbling, Littman & Cassandra 1998). Few reactions lead to few beliefs, so all is exact.

Letters: K tastes, T steps, A tokens, N beliefs of a step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic.core.automata import TooManyStates
from evomusic.core.grid import Grid
from evomusic.core.machine import Machine
from evomusic.core.optimum.layers import Layers, compose, unroll
from evomusic.core.reward import Reward
from evomusic.core.rule import Rule
from evomusic.listener.tastes import key_tastes
from evomusic.listener.unfolded import explicit_pomdp, smiles
from evomusic.models.pomdp import FinitePOMDP

ROWS = 20_000  # memories of one taste at one step


@dataclass(frozen=True, eq=False, kw_only=True)
class Listener:
    """Someone with a hidden taste, who smiles or frowns at each token.

    Args:
        tastes: a reward, or a single rule, by name. By default the relative keys C major and A minor, which share
            every note: the agent has to find out where home is.
        accuracy: how likely a reaction to what is liked or disliked is the right one, 0.5 (a coin) to 1.
        prior: how likely each taste is, in order; all alike when empty.

    Raises:
        ValueError: a number is out of range, there is no taste, or one has final rewards.
    """

    tastes: Mapping[str, Reward | Rule] = field(default_factory=lambda: key_tastes("C major", "A minor"))
    accuracy: float = 0.8
    prior: Sequence[float] = ()

    def __post_init__(self) -> None:
        tastes = {label: t if isinstance(t, Reward) else Reward({t: 1.0}) for label, t in self.tastes.items()}
        if not tastes:
            raise ValueError("a listener has no taste, expected one or more rewards by name")
        for label, taste in tastes.items():
            if taste.final:
                raise ValueError(f"taste {label!r} has final rewards, expected rules: they are paid token by token")
        if isinstance(self.accuracy, bool) or not 0.5 <= self.accuracy <= 1:
            raise ValueError(f"accuracy is {self.accuracy!r}, expected 0.5 to 1")
        prior = np.asarray(self.prior if len(self.prior) else np.full(len(tastes), 1 / len(tastes)), float)
        if prior.shape != (len(tastes),) or not (prior >= 0).all() or abs(prior.sum() - 1) > 1e-9:
            raise ValueError(f"prior is {self.prior!r}, expected {len(tastes)} probabilities that sum to 1")
        object.__setattr__(self, "tastes", MappingProxyType(tastes))
        object.__setattr__(self, "prior", tuple(prior.tolist()))

    @property
    def rewards(self) -> Mapping[str, Reward]:
        """The tastes, each as a reward."""
        return cast("Mapping[str, Reward]", self.tastes)

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the tastes."""
        return tuple(self.rewards)

    def smiles(self, paid: ArrayLike) -> NDArray[np.float64]:
        """How likely a smile is, by what the taste pays a token."""
        return smiles(self.accuracy, paid)

    def update(self, belief: ArrayLike, paid: ArrayLike, smiled: bool) -> NDArray[np.float64]:
        """Belief (K,) after a reaction to a token that the tastes pay `paid` (K,): Bayes' rule.

        Raises:
            ValueError: no taste that is believed in could have reacted so.
        """
        likely = self.smiles(paid)
        joint = np.asarray(belief, float) * (likely if smiled else 1 - likely)
        if joint.sum() == 0:
            raise ValueError(f"a {'smile' if smiled else 'frown'} here fits none of {self.labels} under this belief")
        return np.asarray(joint / joint.sum())

    def layers(self, grid: Grid) -> tuple[Layers, ...]:
        """Each taste on a grid as one minimised automaton, step by step.

        Raises:
            TooManyStates: a taste's rules remember too much together.
        """
        return tuple(_joint(Machine.of(grid, taste), label) for label, taste in self.rewards.items())

    def pomdp(self, grid: Grid) -> FinitePOMDP:
        """The whole as an explicit model: for any solver of POMDPs, where it is small.

        A state is the step, the melody's state, the taste, and whether the last token pleased; the observations are
        `frown` and `smile`; the last state follows every melody.

        Raises:
            TooManyStates: the model has too many states to write out.
        """
        tastes = dict(zip(self.labels, self.layers(grid), strict=True))
        return explicit_pomdp(tastes, self.accuracy, self.prior, grid)


def _joint(machine: Machine, label: str) -> Layers:
    """All rules of a machine as one automaton, step by step."""
    steps, tokens = machine.grid.steps, machine.grid.tokens
    joint = Layers([np.zeros((1, tokens), np.int32)] * steps, [np.zeros((1, tokens))] * steps)
    for auto in machine.automata:
        both = compose(joint, unroll(auto), most=ROWS)
        if both is None:
            raise TooManyStates(f"taste {label!r} remembers more than {ROWS} things at a step; give simpler rules")
        joint = both
    return joint
