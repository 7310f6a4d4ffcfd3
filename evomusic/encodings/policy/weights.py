"""PolicyWeights: neuroevolution, in which the weights of a linear layer or a small network are the genome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import flag, number, probability, whole
from evomusic.core.space import Range, Space
from evomusic.core.task import Task
from evomusic.core.views import View, as_view
from evomusic.encodings.base import assign
from evomusic.encodings.policy.rollout import ACT, melodies_of
from evomusic.encodings.policy.scene import Scene, checked_view, scene_of

SIZE = 2**17  # greatest number of weights of a network

Genomes = NDArray[np.float64]  # (P, D)


class Linear(NamedTuple):
    """Linear policies of weights (F, A); they choose the action with the greatest output, of equals the first."""

    weights: Genomes
    places: NDArray[np.int32]  # (S, k)
    amounts: NDArray[np.float64]  # (S, k)
    actions: int


class Networks(NamedTuple):
    """Networks of a hidden layer: weights (F, H), then (H, H) of the recurrent connections if any, then (H + 1, A)."""

    weights: Genomes
    places: NDArray[np.int32]
    amounts: NDArray[np.float64]
    inputs: int
    hidden: int
    actions: int
    recurrent: bool


def _act_linear(policy: Any, i: Any, s: Any, scratch: Any) -> Any:
    best, most = 0, -np.inf
    for a in range(policy.actions):
        total = 0.0
        for j in range(policy.places.shape[1]):
            total += policy.amounts[s, j] * policy.weights[i, policy.places[s, j] * policy.actions + a]
        if total > most:
            best, most = a, total
    return best


def _act_networks(policy: Any, i: Any, s: Any, scratch: Any) -> Any:  # scratch: hidden layer, then its previous value
    weights, hidden, actions = policy.weights, policy.hidden, policy.actions
    back = policy.inputs * hidden
    for h in range(hidden):
        scratch[hidden + h] = scratch[h]
    for h in range(hidden):
        total = 0.0
        for j in range(policy.places.shape[1]):
            total += policy.amounts[s, j] * weights[i, policy.places[s, j] * hidden + h]
        if policy.recurrent:
            for g in range(hidden):
                total += scratch[hidden + g] * weights[i, back + g * hidden + h]
        scratch[h] = np.tanh(total)
    out = back + hidden * hidden if policy.recurrent else back
    best, most = 0, -np.inf
    for a in range(actions):
        total = weights[i, out + hidden * actions + a]
        for h in range(hidden):
            total += scratch[h] * weights[i, out + h * actions + a]
        if total > most:
            best, most = a, total
    return best


ACT[Linear] = _act_linear
ACT[Networks] = _act_networks


@dataclass(frozen=True, kw_only=True)
class PolicyWeights:
    """The genome is the weights of a policy, (P, D) float64: real-valued, for CMAES and ES as well as GA.

    Inputs: a constant 1, and one-hot the memory of each observer, the step of the bar and the bar; in a PolicySearch,
    its features. Without a hidden layer each action's preference is linear; with one the hidden units are tanh. A
    recurrent network (Elman 1990, "Finding structure in time") also has its hidden layer of the step before as input,
    so that it can remember what the view does not. The action of greatest preference is chosen, of equals the first.

    Args:
        view: the view that makes the agent state, or its name; a PolicySearch defines its own.
        hidden: number of hidden units; 0 for no hidden layer.
        recurrent: whether the hidden layer is recurrent.
        scale: standard deviation of initial weights.
        crossover_rate: probability that a pair is crossed over, uniformly: each weight is swapped with probability 1/2.
        mutation_rate: probability of each weight to be changed.
        mutation_scale: standard deviation of the Gaussian mutation.

    Raises:
        ValueError: a number is out of range, there is no such view, or a recurrent network has no hidden units.
    """

    space: ClassVar[Space] = {
        "scale": Range(0.1, 3.0, log=True),
        "crossover_rate": Range(0.0, 1.0),
        "mutation_rate": Range(0.01, 0.5, log=True),
        "mutation_scale": Range(0.05, 2.0, log=True),
    }

    view: View | str = "short"
    hidden: int = 0
    recurrent: bool = False
    scale: float = 1.0
    crossover_rate: float = 0.7
    mutation_rate: float = 0.1
    mutation_scale: float = 0.5

    def __post_init__(self) -> None:
        assign(
            self,
            view=checked_view(self.view),
            hidden=whole("hidden", self.hidden, 0, SIZE),
            recurrent=flag("recurrent", self.recurrent),
            scale=number("scale", self.scale, above=0),
            crossover_rate=probability("crossover_rate", self.crossover_rate),
            mutation_rate=probability("mutation_rate", self.mutation_rate),
            mutation_scale=number("mutation_scale", self.mutation_scale, above=0),
        )
        if self.recurrent and not self.hidden:
            raise ValueError("recurrent is True and hidden is 0, expected hidden units: they are the memory")

    def size(self, task: Task) -> int:
        """Number D of weights.

        Raises:
            ValueError: there are more than 2^17.
        """
        scene, hidden = self._scene(task), self.hidden
        back = hidden * hidden if self.recurrent else 0
        size = scene.inputs.size * (hidden or scene.actions) + back + (hidden + 1) * scene.actions * (hidden > 0)
        if size > SIZE:
            raise ValueError(f"{self} has {size} weights, expected at most {SIZE}; use a view that sees less")
        return size

    def sample(self, task: Task, rng: np.random.Generator, n: int) -> Genomes:
        """Normally distributed weights (n, D)."""
        return self.scale * rng.standard_normal((n, self.size(task)))

    def vary(self, task: Task, genomes: Genomes, rng: np.random.Generator) -> Genomes:
        """Offspring of weights (P, D), one per genome."""
        children, pairs = np.array(genomes, np.float64), len(genomes) // 2
        crossed = rng.random((pairs, 1)) < self.crossover_rate
        swap = crossed & (rng.random((pairs, children.shape[1])) < 0.5)
        left, right = children[: 2 * pairs : 2], children[1 : 2 * pairs : 2]
        left[:], right[:] = np.where(swap, right, left), np.where(swap, left, right)
        change = rng.random(children.shape) < self.mutation_rate
        children[change] += self.mutation_scale * rng.standard_normal(int(change.sum()))
        return children

    def policies(self, task: Task, genomes: Genomes) -> tuple[Linear | Networks, int]:
        """Policies for `rollout`, and the size of the scratch that they need."""
        scene, weights = self._scene(task), np.ascontiguousarray(genomes, np.float64)
        shown = scene.inputs.places, scene.inputs.amounts
        if not self.hidden:
            return Linear(weights, *shown, scene.actions), 0
        return Networks(weights, *shown, scene.inputs.size, self.hidden, scene.actions, self.recurrent), 2 * self.hidden

    def decode(self, task: Task, genomes: Genomes) -> NDArray[np.uint8]:
        """Melodies (P, T) that policies write."""
        return melodies_of(*self.policies(task, genomes), self._scene(task).model, (len(genomes), task.grid.steps))

    def encode(self, task: Task, melodies: NDArray[np.uint8]) -> Genomes:
        """Not possible.

        Raises:
            ValueError: always.
        """
        raise ValueError("PolicyWeights cannot turn melodies back into weights; begin with samples")

    def _scene(self, task: Task) -> Scene:
        return scene_of(task, as_view(self.view))
