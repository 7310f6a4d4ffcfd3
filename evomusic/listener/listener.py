"""A musical POMDP: writing for a listener whose taste is hidden and whose smiles are noisy.

A listener has one of a few tastes, each a reward function. The agent's reward comes from the true one, which it does
not observe. After each token the listener smiles or frowns: rightly with probability `accuracy` where the taste's
reward is not 0, else by the toss of a coin. The melody so far is observed and the taste is not: one part of the state
is hidden (mixed observability: Ong, Png, Hsu & Lee 2010), and the information state is the melody's state with a
belief over tastes (Kaelbling, Littman & Cassandra 1998). Few reactions lead to few beliefs, so all is exact.

Letters: K tastes, T steps, A tokens, N beliefs of a step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic.core.automata import TooManyStates
from evomusic.core.checks import able, flag, instance, number, shape, wrong
from evomusic.core.grid import Grid
from evomusic.core.machine import Machine
from evomusic.core.optimum.layers import Layers, compose, unroll
from evomusic.core.renamed import renamed
from evomusic.core.reward import Reward
from evomusic.core.rule import Rule
from evomusic.listener.tastes import key_tastes
from evomusic.listener.unfolded import explicit_pomdp, smiles
from evomusic.models.arrays import real_array
from evomusic.models.pomdp import FinitePOMDP, as_belief

ROWS = 20_000  # memories of one taste at one step


@dataclass(frozen=True, eq=False, kw_only=True)
class Listener:
    """Someone with a hidden taste, who smiles or frowns at each token.

    Args:
        tastes: a reward, or a single rule, by name. By default the relative keys C major and A minor, which share
            every note: the agent has to find out where home is.
        accuracy: probability that a reaction to a token that is liked or disliked is the right one, 0.5 (a coin) to 1.
        prior: probability of each taste, in order; all alike when empty.

    Raises:
        ValueError: a number is out of range, there is no taste, or one has final rewards.
    """

    tastes: Mapping[str, Reward | Rule] = field(default_factory=lambda: key_tastes("C major", "A minor"))
    accuracy: float = 0.8
    prior: Sequence[float] = ()

    def __post_init__(self) -> None:
        wanted = "rewards or rules by name, such as key_tastes('C major', 'A minor')"
        instance("tastes", self.tastes, Mapping, wanted)
        tastes = {label: _as_reward(label, taste) for label, taste in self.tastes.items()}
        if not tastes:
            raise ValueError("a listener has no taste, expected one or more rewards by name")
        for label, taste in tastes.items():
            if taste.final:
                raise ValueError(f"taste {label!r} has final rewards, expected rules: they reward token by token")
        object.__setattr__(self, "accuracy", number("accuracy", self.accuracy, 0.5, 1.0))
        wanted = f"{len(tastes)} probabilities that sum to 1"
        prior = real_array("prior", self.prior, wanted)
        prior = prior if prior.size else np.full(len(tastes), 1 / len(tastes))
        if prior.shape != (len(tastes),) or not (prior >= 0).all() or not abs(prior.sum() - 1) <= 1e-9:
            raise wrong("prior", self.prior, wanted)
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

    @renamed({"paid": "rewards"})
    def smiles(self, rewards: ArrayLike) -> NDArray[np.float64]:
        """Probability of a smile, by the taste's reward of a token."""
        return smiles(self.accuracy, real_array("rewards", rewards))

    @renamed({"paid": "rewards"})
    def update(self, belief: ArrayLike, rewards: ArrayLike, smiled: bool) -> NDArray[np.float64]:
        """Belief (K,) after a reaction to a token: Bayes' rule.

        Args:
            belief: (K,) before.
            rewards: (K,) each taste's reward of the token.
            smiled: whether the listener smiled, or frowned.

        Raises:
            ValueError: an argument does not fit, or no taste that is believed in could have reacted so.
        """
        before, likely, smiled = as_belief(belief, len(self.labels)), self.smiles(rewards), flag("smiled", smiled)
        shape("rewards", likely, (len(self.labels),))
        joint = before * (likely if smiled else 1 - likely)
        if joint.sum() == 0:
            raise ValueError(f"a {'smile' if smiled else 'frown'} here fits none of {self.labels} under this belief")
        return np.asarray(joint / joint.sum())

    def layers(self, grid: Grid) -> tuple[Layers, ...]:
        """Each taste on a grid as one minimised automaton, step by step.

        Raises:
            ValueError: `grid` is no Grid.
            TooManyStates: a taste's rules remember too much together.
        """
        instance("grid", grid, Grid, "a Grid")
        return tuple(_joint(Machine.of(grid, taste), label) for label, taste in self.rewards.items())

    def pomdp(self, grid: Grid) -> FinitePOMDP:
        """The listener's task as an explicit model, where it is small: for any solver of POMDPs.

        A state is the step, the melody's state, the taste, and whether the last token pleased. The observations are
        `frown` and `smile`. The last state follows every melody.

        Raises:
            TooManyStates: the model has too many states to write out.
        """
        tastes = dict(zip(self.labels, self.layers(grid), strict=True))
        return explicit_pomdp(tastes, self.accuracy, self.prior, grid)


def _as_reward(label: str, taste: Any) -> Reward:
    """A taste as a reward, where it is one or a rule."""
    if isinstance(taste, Reward):
        return taste
    return Reward({able(f"taste {label!r}", taste, ("read",), "a Reward or a rule"): 1.0})


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
