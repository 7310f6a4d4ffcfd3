"""A listener's task, unfolded over the beliefs that an agent can hold, step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic.core.automata import TooManyStates, row_classes
from evomusic.core.grid import FIRST_PITCH, Grid
from evomusic.core.optimum.layers import Layers
from evomusic.models.pomdp import FinitePOMDP

CELLS = 2**24  # numbers that name the successors of one step's beliefs: 128 MB
STATES = 600  # states of an explicit POMDP


class BeliefLayer(NamedTuple):
    """The beliefs that an agent may hold at one step, and their successors."""

    music: NDArray[np.int64]  # (N, K) row of each taste's automaton
    weight: NDArray[np.float64]  # (N, K) prior x likelihood of the reactions, but for a factor that all tastes share
    rewards: NDArray[np.float64]  # (N, A, K) reward of each taste
    ahead: NDArray[np.int64]  # (N, A, 2) the belief after a frown, a smile
    share: NDArray[np.float64]  # (N, A, 2) the factor that all tastes share from there on


def smiles(accuracy: float, rewards: ArrayLike) -> NDArray[np.float64]:
    """Probability of a smile, by a taste's reward of a token."""
    return np.asarray(0.5 + (accuracy - 0.5) * np.sign(np.asarray(rewards, float)))


def unfold(layers: Sequence[Layers], accuracy: float, prior: Sequence[float], hears: bool = True) -> list[BeliefLayer]:
    """All beliefs that an agent can hold, step by step.

    Args:
        layers: each taste's automaton.
        accuracy: probability that a reaction to what is liked or disliked is the right one.
        prior: (K,) probabilities of the tastes.
        hears: whether the agent observes reactions.

    Raises:
        TooManyStates: a step has too many beliefs.
    """
    tastes = len(layers)
    chances = np.array([accuracy, 1 - accuracy, 0.5])[:, None]  # of a reaction that is right, wrong, a coin's
    unfolded: list[BeliefLayer] = []
    rows, most = np.zeros((1, 4 * tastes), np.int64), 8 * tastes * layers[0].next[0].shape[1]
    for t in range(len(layers[0].next)):
        if len(rows) * most > CELLS:
            raise TooManyStates(
                f"step {t + 1} has {len(rows)} beliefs, expected {CELLS // most} at most; "
                "use a shorter grid, fewer pitches or fewer tastes"
            )
        music, counts = rows[:, :tastes], rows[:, tastes:].reshape(-1, 1, 1, 3, tastes)
        rewards = np.stack([x.value[t][music[:, k]] for k, x in enumerate(layers)], axis=2)
        to = np.stack([x.next[t][music[:, k]] for k, x in enumerate(layers)], axis=2)
        likes = (np.sign(rewards) * hears)[:, :, None]  # (N, A, 1, K)
        way = np.array([-1, 1])[:, None]  # frown, smile
        counts = counts + np.stack(
            [likes == way, likes == -way, np.broadcast_to(likes == 0, (*to.shape[:2], 2, tastes))], 3
        )
        common = counts.min(axis=4, keepdims=True)
        further = np.broadcast_to(to[:, :, None], (*to.shape[:2], 2, tastes))
        following = np.concatenate([further, (counts - common).reshape(*further.shape[:3], -1)], axis=3)
        ahead, first = row_classes(np.ascontiguousarray(following.reshape(-1, 4 * tastes), np.int64))
        weight = np.array(prior) * (chances ** rows[:, tastes:].reshape(-1, 3, tastes)).prod(axis=1)
        share = (chances ** common[..., 0][..., None]).prod(axis=(3, 4))
        unfolded.append(BeliefLayer(music, weight, rewards, ahead.reshape(further.shape[:3]), share))
        rows = following.reshape(-1, 4 * tastes)[first]
    return unfolded


def explicit_pomdp(tastes: Mapping[str, Layers], accuracy: float, prior: Sequence[float], grid: Grid) -> FinitePOMDP:
    """A listener of these tastes, by name, on a grid as an explicit model: `Listener.pomdp`."""
    layers = unfold(tuple(tastes.values()), accuracy, prior, hears=False)
    over = (grid.steps, 0, 0, 1)
    states: list[tuple[int, ...]] = [
        (0, 0, k, 1) for k in range(len(tastes))
    ]  # step, melody's row, taste, 0 to 2: whether the last token displeased, neither, or pleased
    ids = {state: i for i, state in enumerate(states)}
    moves: list[tuple[int, int, int, float]] = []  # token, state, next state, reward
    for here, (t, row, k, _) in enumerate(states):  # grows while it is walked
        for a in range(grid.tokens if t < grid.steps else 0):
            reward = float(layers[t].rewards[row, a, k])
            on = t + 1 < grid.steps
            there = (t + 1, int(layers[t].ahead[row, a, 1]), k, int(np.sign(reward)) + 1) if on else over
            if there not in ids:
                ids[there] = len(states)
                states.append(there)
            moves.append((a, here, ids[there], reward))
        if len(states) > STATES:
            raise TooManyStates(f"the model has more than {STATES} states to write out; use a shorter grid")
    smile = smiles(accuracy, np.array([how for *_, how in states]) - 1.0)
    return _written(tuple(tastes), prior, smile, grid, states, moves)


def _written(
    labels: Sequence[str],
    prior: Sequence[float],
    smile: NDArray[np.float64],
    grid: Grid,
    states: list[tuple[int, ...]],
    moves: list[tuple[int, int, int, float]],
) -> FinitePOMDP:
    """The arrays of an explicit model; the state after every melody stays as it is."""
    size, over = len(states), states.index((grid.steps, 0, 0, 1))
    transitions, rewards = np.zeros((grid.tokens, size, size)), np.zeros((grid.tokens, size))
    transitions[:, over, over] = 1.0
    for a, here, there, reward in moves:
        transitions[a, here, there], rewards[a, here] = 1.0, reward
    start = np.zeros(size)
    start[: len(labels)] = prior
    tokens = [{0: "rest", 1: "hold"}.get(a) or grid.names[a - FIRST_PITCH] for a in range(grid.tokens)]
    names = [f"{t}.{row}.{labels[k].replace(' ', '_')}.{'-0+'[how]}" for t, row, k, how in states]
    names[over] = "over"
    return FinitePOMDP(
        transitions=transitions,
        emissions=np.broadcast_to(np.stack([1 - smile, smile], axis=1), (grid.tokens, size, 2)),
        rewards=rewards,
        start=start,
        state_names=names,
        action_names=tokens,
        observation_names=("frown", "smile"),
    )
