"""PolicyTable: an action for each agent state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import njit
from evomusic.core.task import Task
from evomusic.core.views import View, as_view
from evomusic.encodings.base import rate
from evomusic.encodings.policy.rollout import ACT, melodies_of
from evomusic.encodings.policy.scene import Scene, scene_of
from evomusic.encodings.samples import checked_rows

STATES = 2**17  # agent states of a table at most: a population of 300 holds 40 MB

Genomes = NDArray[np.uint8]  # (P, S) actions


class Tables(NamedTuple):
    """Policies that look their action up."""

    chosen: Genomes
    actions: int


def _act_tables(policy: Any, i: Any, s: Any, scratch: Any) -> Any:
    return np.int64(policy.chosen[i, s]) % policy.actions


ACT[Tables] = _act_tables


@dataclass(frozen=True, kw_only=True)
class PolicyTable:
    """The genome is a policy: an action for each agent state, (P, S) uint8. Its melody is what it writes.

    Crossover exchanges all states between two points; states are in order of the clock, where the view sees it.
    Mutation draws actions anew. In melodies of one task an agent state is met once where the view sees the clock: such
    tables are melodies with much that does not matter. A table without the clock repeats itself wherever it sees the
    same: what it learns in bar 1 holds in bar 3.

    Args:
        view: the agent state, or its name; a PolicySearch sees what it says itself.
        crossover_rate: chance that a pair is crossed.
        mutation_rate: chance of each state's action to be drawn anew; when None, one in as many states as an episode
            meets: T with the clock, else S.

    Raises:
        ValueError: a rate is out of range, or no view has that name.
    """

    view: View | str = "short"
    crossover_rate: float = 0.7
    mutation_rate: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "view", as_view(self.view))
        object.__setattr__(self, "crossover_rate", rate("crossover_rate", self.crossover_rate))
        if self.mutation_rate is not None:
            object.__setattr__(self, "mutation_rate", rate("mutation_rate", self.mutation_rate))

    def sample(self, task: Task, rng: np.random.Generator, n: int) -> Genomes:
        """Uniform actions (n, S)."""
        scene = self._scene(task)
        return rng.integers(0, scene.actions, (n, scene.states), np.uint8)

    def vary(self, task: Task, genomes: Genomes, rng: np.random.Generator) -> Genomes:
        """Offspring of tables (P, S)."""
        scene, children = self._scene(task), np.array(genomes, np.uint8, order="C")
        mutation = 1 / scene.span if self.mutation_rate is None else self.mutation_rate
        vary(children, self.crossover_rate, mutation, scene.actions, rng)
        return children

    def policies(self, task: Task, genomes: Genomes) -> tuple[Tables, int]:
        """Policies as kernels know them, and the scratch that they need."""
        return Tables(np.ascontiguousarray(genomes), self._scene(task).actions), 0

    def decode(self, task: Task, genomes: Genomes) -> NDArray[np.uint8]:
        """The melodies (P, T) that policies write."""
        return melodies_of(*self.policies(task, genomes), self._scene(task).model, (len(genomes), task.grid.steps))

    def encode(self, task: Task, melodies: NDArray[np.uint8]) -> Genomes:
        """Tables that write melodies (P, T): with the clock, they do at a step what the melody does, come what may.

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
    """Exchange a span between consecutive pairs, at a rate; then draw each action anew, at a rate. In place."""
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
    at = np.floor(np.log(1.0 - rng.random()) * skips)  # cells that stay before one is drawn: geometric
    while at < len(cells):
        cells[int(at)] = int(rng.random() * actions)
        at += 1.0 + np.floor(np.log(1.0 - rng.random()) * skips)
