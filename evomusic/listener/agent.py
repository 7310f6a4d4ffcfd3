"""Writing a melody while a listener reacts: agents with and without a belief, and what listening is worth, exactly.

What the agent knows at a step is where the melody stands and which reactions came. Of the reactions only counts matter:
how often a taste would have reacted rightly, wrongly, and by a coin. So beliefs are counted exactly, as whole numbers,
and there are few of them. Letters: K tastes, T steps, A tokens, N beliefs (pairs of melody state and counts) of a step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core import theory
from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.core.optimum.layers import Layers
from evomusic.listener.listener import Listener
from evomusic.listener.unfolded import Known, unfold

PLANNINGS = ("exact", "qmdp")
DIGITS = 9  # after the point: values that are nearer are ties, and the first token wins


@dataclass(frozen=True, eq=False)
class BeliefAgent:
    """Writes a melody for a listener, token by token, with a belief over tastes that each reaction sharpens.

    Args:
        listener: who reacts, and pays.
        grid: the frame.
        planning: `exact`, the best that any agent can do that hears the reactions: dynamic programming over beliefs;
            or `qmdp`, greedy on the belief's mean of what each taste would be worth from here, were it known (Littman,
            Cassandra & Kaelbling 1995): it never writes a token only to find out.
        hears: False for the agent without: one melody, the best for the prior.

    Raises:
        ValueError: `planning` is neither.
        TooManyStates: beliefs are too many to list; when they are first needed.
    """

    listener: Listener
    grid: Grid
    planning: str = "exact"
    hears: bool = True

    def __post_init__(self) -> None:
        if self.planning not in PLANNINGS:
            raise ValueError(
                f"planning is {self.planning!r}, expected 'exact' or 'qmdp'{theory.nearest(self.planning, PLANNINGS)}"
            )

    @cached_property
    def layers(self) -> tuple[Layers, ...]:
        """Each taste's automaton."""
        return self.listener.layers(self.grid)

    @cached_property
    def known(self) -> list[Known]:
        """All that can be known, step by step."""
        return unfold(self.layers, self.listener.accuracy, self.listener.prior, self.hears)

    @cached_property
    def solved(self) -> tuple[float, list[NDArray[np.int64]]]:
        """Expected return, and the token (N,) that is written at each step by what is known."""
        guide = _alone(self.layers) if self.planning == "qmdp" else None
        later = np.zeros(self.known[-1].ahead.max() + 1)
        policy: list[NDArray[np.int64]] = []
        for t in range(len(self.known) - 1, -1, -1):
            now = self.known[t]
            q = np.einsum("nak,nk->na", now.paid, now.weight) + (now.share * later[now.ahead]).sum(axis=2)
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
        """Write for a listener of a taste, which decides what is paid and how the listener reacts.

        Raises:
            ValueError: the listener has no such taste.
        """
        labels = self.listener.labels
        if taste not in labels:
            raise ValueError(f"taste is {taste!r}, expected one of {', '.join(labels)}{theory.nearest(taste, labels)}")
        at, paid, tokens, reactions, beliefs = 0, 0.0, [], [], [np.array(self.listener.prior)]
        for now, policy in zip(self.known, self.solved[1], strict=True):
            tokens.append(policy[at])
            values = now.paid[at, tokens[-1]]
            paid += values[labels.index(taste)]
            reactions.append(bool(rng.random() < self.listener.smiles(values[labels.index(taste)])))
            beliefs.append(self.listener.update(beliefs[-1], values, reactions[-1]) if self.hears else beliefs[-1])
            at = now.ahead[at, tokens[-1], int(reactions[-1])]
        return Performance(Melody(np.array(tokens, np.uint8), self.grid), np.array(reactions), np.array(beliefs), paid)

    def simulate(self, episodes: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """(P,) returns of melodies written for listeners whose tastes are drawn from the prior."""
        taste = rng.choice(len(self.layers), size=episodes, p=self.listener.prior)
        at, total = np.zeros(episodes, np.int64), np.zeros(episodes)
        for now, policy in zip(self.known, self.solved[1], strict=True):
            token = policy[at]
            paid = now.paid[at, token, taste]
            smiled = rng.random(episodes) < self.listener.smiles(paid)
            at, total = now.ahead[at, token, smiled.astype(np.int64)], total + paid
        return total


class Performance(NamedTuple):
    """A melody written for a listener, the smiles (T,), the belief before each step and after the last, the return."""

    melody: Melody
    smiles: NDArray[np.bool_]  # (T,)
    beliefs: NDArray[np.float64]  # (T + 1, K)
    paid: float


class Listening(NamedTuple):
    """Exact expected returns of agents that know more and more of a listener's taste."""

    accuracy: float
    blind: float  # hears nothing: the best melody for the prior
    qmdp: float  # hears, believes, and plans as if all were known after the next token
    belief: float  # hears, believes, and plans for what it will hear
    informed: float  # is told the taste
    beliefs: int  # pairs of melody and belief that were looked at

    @property
    def gain(self) -> float:
        """What the belief is worth."""
        return self.belief - self.blind

    @property
    def cost(self) -> float:
        """What it costs to find out, and what cannot be found out in time."""
        return self.informed - self.belief


def value_of_listening(listener: Listener, grid: Grid) -> Listening:
    """What an agent gains by hearing a listener's reactions: exact expected returns, no simulation.

    Raises:
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
        sum(len(now.music) for now in exact.known),
    )


def listening_curve(listener: Listener, grid: Grid, accuracies: Sequence[float]) -> list[Listening]:
    """`value_of_listening` for the same tastes at several accuracies."""
    return [value_of_listening(replace(listener, accuracy=float(x)), grid) for x in accuracies]


def _alone(layers: Sequence[Layers]) -> list[list[NDArray[np.float64]]]:
    """For each taste, if it were known: the best return from each row on, by token (n_t, A), step by step."""
    every = []
    for taste in layers:
        q: list[NDArray[np.float64]] = []
        later = np.zeros(1)
        for following, paid in zip(reversed(taste.next), reversed(taste.value), strict=True):
            q.insert(0, paid + later[following])
            later = q[0].max(axis=1)
        every.append(q)
    return every
