"""Writing a melody while a listener reacts: agents with and without a belief, and the exact value of listening.

At a step the agent has observed its melody and the reactions so far. For the belief only counts of reactions matter:
those that were right, wrong, and a coin's under each taste. So beliefs are counted exactly, as whole numbers,
and there are few of them. Letters: K tastes, T steps, A tokens, N beliefs (pairs of melody state and counts) of a step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import choice, flag, instance, whole
from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.core.optimum.layers import Layers
from evomusic.listener.listener import Listener
from evomusic.listener.unfolded import BeliefLayer, unfold
from evomusic.models.arrays import real_array

PLANNINGS = ("exact", "qmdp")
EPISODES = 10_000_000  # melodies of a simulation
DIGITS = 9  # after the point: values that are nearer are ties, and the first token wins


@dataclass(frozen=True, eq=False)
class BeliefAgent:
    """Writes a melody for a listener, token by token, with a belief over tastes that each reaction sharpens.

    Args:
        listener: the one who reacts, and rewards.
        grid: the frame.
        planning: `exact`, the best that any agent can do that hears the reactions: dynamic programming over beliefs;
            or `qmdp`, greedy on the mean over the belief of each taste's optimal value, as if the taste were seen from
            the next step on (Littman, Cassandra & Kaelbling 1995): it never writes a token only to find out.
        hears: False for the agent without: one melody, the best for the prior.

    Raises:
        ValueError: an argument is of another kind.
        TooManyStates: beliefs are too many to list; when they are first needed.
    """

    listener: Listener
    grid: Grid
    planning: str = "exact"
    hears: bool = True

    def __post_init__(self) -> None:
        instance("listener", self.listener, Listener, "a Listener")
        instance("grid", self.grid, Grid, "a Grid")
        choice("planning", self.planning, PLANNINGS)
        flag("hears", self.hears)

    @cached_property
    def layers(self) -> tuple[Layers, ...]:
        """Each taste's automaton."""
        return self.listener.layers(self.grid)

    @cached_property
    def belief_layers(self) -> list[BeliefLayer]:
        """All beliefs that the agent can hold, step by step."""
        return unfold(self.layers, self.listener.accuracy, self.listener.prior, self.hears)

    @cached_property
    def solved(self) -> tuple[float, list[NDArray[np.int64]]]:
        """Expected return, and the token (N,) that is written at each step, by belief."""
        guide = _alone(self.layers) if self.planning == "qmdp" else None
        later = np.zeros(self.belief_layers[-1].ahead.max() + 1)
        policy: list[NDArray[np.int64]] = []
        for t in range(len(self.belief_layers) - 1, -1, -1):
            now = self.belief_layers[t]
            q = np.einsum("nak,nk->na", now.rewards, now.weight) + (now.share * later[now.ahead]).sum(axis=2)
            score = q
            if guide is not None:
                score = sum(g[t][now.music[:, k]] * now.weight[:, k, None] for k, g in enumerate(guide))
            policy.insert(0, np.round(score, DIGITS).argmax(axis=1))
            later = np.take_along_axis(q, policy[0][:, None], axis=1)[:, 0]
        return float(later[0]), policy

    @property
    def value(self) -> float:
        """The exact expected return, over tastes and reactions."""
        return self.solved[0]

    def write(self, taste: str, rng: np.random.Generator) -> Performance:
        """Write for a listener of one taste, which decides rewards and reactions.

        Raises:
            ValueError: the listener has no such taste, or `rng` is no numpy Generator.
        """
        labels = self.listener.labels
        taste = choice("taste", taste, labels)
        instance("rng", rng, np.random.Generator, "a numpy Generator, such as np.random.default_rng(0)")
        at, returned, tokens, reactions, beliefs = 0, 0.0, [], [], [np.array(self.listener.prior)]
        for now, policy in zip(self.belief_layers, self.solved[1], strict=True):
            tokens.append(policy[at])
            values = now.rewards[at, tokens[-1]]
            returned += values[labels.index(taste)]
            reactions.append(bool(rng.random() < self.listener.smiles(values[labels.index(taste)])))
            beliefs.append(self.listener.update(beliefs[-1], values, reactions[-1]) if self.hears else beliefs[-1])
            at = now.ahead[at, tokens[-1], int(reactions[-1])]
        melody = Melody(np.array(tokens, np.uint8), self.grid)
        return Performance(melody, np.array(reactions), np.array(beliefs), returned)

    def simulate(self, episodes: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """(P,) returns of melodies written for listeners whose tastes are drawn from the prior.

        Raises:
            ValueError: `episodes` is no number from 0 up, or `rng` no numpy Generator.
        """
        episodes = whole("episodes", episodes, 0, EPISODES)
        instance("rng", rng, np.random.Generator, "a numpy Generator, such as np.random.default_rng(0)")
        taste = rng.choice(len(self.layers), size=episodes, p=self.listener.prior)
        at, total = np.zeros(episodes, np.int64), np.zeros(episodes)
        for now, policy in zip(self.belief_layers, self.solved[1], strict=True):
            token = policy[at]
            rewards = now.rewards[at, token, taste]
            smiled = rng.random(episodes) < self.listener.smiles(rewards)
            at, total = now.ahead[at, token, smiled.astype(np.int64)], total + rewards
        return total


class Performance(NamedTuple):
    """A melody written for a listener, the smiles (T,), the belief before each step and after the last, the return."""

    melody: Melody
    smiles: NDArray[np.bool_]  # (T,)
    beliefs: NDArray[np.float64]  # (T + 1, K)
    returned: float  # the return, by the listener's taste


setattr(Performance, "paid", Performance.returned)  # noqa: B010  # the name that it had before


class Listening(NamedTuple):
    """Exact expected returns of agents with more and more information on a listener's taste."""

    accuracy: float
    blind: float  # no observation: the best melody for the prior
    qmdp: float  # a belief, planned with as if the taste were seen after the next token
    belief: float  # a belief, planned with exactly: the best that any agent can do
    informed: float  # the taste is observed at the start
    beliefs: int  # pairs of melody state and belief, over all steps

    @property
    def gain(self) -> float:
        """Value of the belief: belief minus blind."""
        return self.belief - self.blind

    @property
    def cost(self) -> float:
        """Cost of not seeing the taste: informed minus belief."""
        return self.informed - self.belief


def value_of_listening(listener: Listener, grid: Grid) -> Listening:
    """The value of a listener's reactions to an agent: exact expected returns, no simulation.

    Raises:
        ValueError: `listener` is no Listener, or `grid` no Grid.
        TooManyStates: beliefs are too many to list; use a shorter grid, fewer tastes or simpler rules.
    """
    exact, qmdp = BeliefAgent(listener, grid), BeliefAgent(listener, grid, "qmdp")
    blind = BeliefAgent(listener, grid, hears=False)
    best = [float(q[0].max()) for q in _alone(exact.layers)]
    return Listening(
        listener.accuracy,
        blind.value,
        qmdp.value,
        exact.value,
        float(np.dot(listener.prior, best)),
        sum(len(now.music) for now in exact.belief_layers),
    )


def listening_curve(listener: Listener, grid: Grid, accuracies: Sequence[float]) -> list[Listening]:
    """`value_of_listening` for the same tastes at several accuracies.

    Raises:
        ValueError: `listener` is no Listener, `grid` no Grid, or an accuracy is not from 0.5 to 1.
        TooManyStates: as `value_of_listening`.
    """
    instance("listener", listener, Listener, "a Listener")
    return [
        value_of_listening(replace(listener, accuracy=x), grid)
        for x in real_array("accuracies", accuracies).ravel().tolist()
    ]


def _alone(layers: Sequence[Layers]) -> list[list[NDArray[np.float64]]]:
    """For each taste alone: the best return from each row on, by token (n_t, A), step by step."""
    every = []
    for taste in layers:
        q: list[NDArray[np.float64]] = []
        later = np.zeros(1)
        for following, rewards in zip(reversed(taste.next), reversed(taste.value), strict=True):
            q.insert(0, rewards + later[following])
            later = q[0].max(axis=1)
        every.append(q)
    return every
