"""PolicyTable: policies as tables, with an action for each agent state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import njit
from evomusic.core.checks import probability
from evomusic.core.space import Range, Space
from evomusic.core.task import Task
from evomusic.core.views import View, as_view
from evomusic.encodings.base import assign
from evomusic.encodings.policy.rollout import ACT, melodies_of
from evomusic.encodings.policy.scene import Scene, checked_view, scene_of
from evomusic.encodings.samples import checked_rows

STATES = 2**17  # greatest number of agent states in a table: a population of 300 holds 40 MB

Genomes = NDArray[np.uint8]  # (P, S) actions


class Tables(NamedTuple):
    """Policies that look their action up in a table."""

    chosen: Genomes
    actions: int


def _act_tables(policy: Any, i: Any, s: Any, scratch: Any) -> Any:
    return np.int64(policy.chosen[i, s]) % policy.actions


ACT[Tables] = _act_tables


@dataclass(frozen=True, kw_only=True)
class PolicyTable:
    """The genome is a policy: an action for each agent state, (P, S) uint8. It decodes to the melody that it writes.

    Two-point crossover swaps the states between two points; states are in order of the clock, where the view observes
    it. Mutation draws actions anew. With the clock an episode visits each state once at most, so that most entries of a
    table have no effect on its melody. A table without the clock acts alike wherever it observes the same: what it
    learns in bar 1 holds in bar 3.

    Args:
        view: the view that makes the agent state, or its name; a PolicySearch defines its own.
        crossover_rate: probability that a pair is crossed over.
        mutation_rate: probability of each action to be drawn anew; by default 1 / the number of states that an episode
            visits: T with the clock, else S.

    Raises:
        ValueError: a rate is no probability, or there is no such view.
    """

    space: ClassVar[Space] = {
        "crossover_rate": Range(0.0, 1.0),
        "mutation_rate": Range(0.0005, 0.05, log=True),
    }

    view: View | str = "short"
    crossover_rate: float = 0.7
    mutation_rate: float | None = None

    def __post_init__(self) -> None:
        assign(self, view=checked_view(self.view), crossover_rate=probability("crossover_rate", self.crossover_rate))
        if self.mutation_rate is not None:
            assign(self, mutation_rate=probability("mutation_rate", self.mutation_rate))

    def sample(self, task: Task, rng: np.random.Generator, n: int) -> Genomes:
        """Tables of uniformly random actions (n, S)."""
        scene = self._scene(task)
        return rng.integers(0, scene.actions, (n, scene.states), np.uint8)

    def vary(self, task: Task, genomes: Genomes, rng: np.random.Generator) -> Genomes:
        """Offspring (P, S) of tables, one per table."""
        scene, children = self._scene(task), np.array(genomes, np.uint8, order="C")
        mutation = 1 / scene.span if self.mutation_rate is None else self.mutation_rate
        vary(children, self.crossover_rate, mutation, scene.actions, rng)
        return children

    def policies(self, task: Task, genomes: Genomes) -> tuple[Tables, int]:
        """Policies for `rollout`, and the size of the scratch that they need."""
        return Tables(np.ascontiguousarray(genomes), self._scene(task).actions), 0

    def decode(self, task: Task, genomes: Genomes) -> NDArray[np.uint8]:
        """Melodies (P, T) that policies write."""
        return melodies_of(*self.policies(task, genomes), self._scene(task).model, (len(genomes), task.grid.steps))

    def encode(self, task: Task, melodies: NDArray[np.uint8]) -> Genomes:
        """Tables that write melodies (P, T): at each step of the clock the melody's token, whatever else is observed.

        Raises:
            ValueError: a row does not fit the grid, or the view has no clock: one state may then need two actions.
        """
        rows, view = checked_rows(melodies, task), as_view(self.view)
        if not view.clock:
            raise ValueError(f"{view} has no clock, so that no table writes every melody; use a view with the clock")
        return np.repeat(rows, self._scene(task).states // task.grid.steps, axis=1)

    def _scene(self, task: Task) -> Scene:
        scene = scene_of(task, as_view(self.view))
        if scene.states > STATES or scene.actions > 256:
            raise ValueError(
                f"a table of {scene.states} states and {scene.actions} actions is too large, expected at most {STATES} "
                "and 256; use a view that sees less, or PolicyWeights"
            )
        return scene


@njit(cache=True, nogil=True)
def vary(genomes: Any, crossover: Any, mutation: Any, actions: Any, rng: Any) -> Any:
    """Two-point crossover of consecutive pairs, then actions drawn anew, each with its probability; in place."""
    states = genomes.shape[1]
    for i in range(1, len(genomes), 2):
        if rng.random() < crossover:
            a, b = int(rng.random() * (states + 1)), int(rng.random() * (states + 1))
            for s in range(min(a, b), max(a, b)):
                genomes[i - 1, s], genomes[i, s] = genomes[i, s], genomes[i - 1, s]
    if mutation <= 0.0:
        return
    cells = genomes.reshape(-1)
    skips = 1.0 / np.log1p(-mutation) if mutation < 1.0 else 0.0
    at = np.floor(np.log(1.0 - rng.random()) * skips)  # cells that stay before the next is drawn: geometric
    while at < len(cells):
        cells[int(at)] = int(rng.random() * actions)
        at += 1.0 + np.floor(np.log(1.0 - rng.random()) * skips)
