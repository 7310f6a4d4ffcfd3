"""NSGA-II: multi-objective optimisation by Pareto ranks and crowding (Deb, Pratap, Agarwal & Meyarivan 2002)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import choice, wrong
from evomusic.core.problem import Problem
from evomusic.core.space import Range, Space
from evomusic.core.task import Task
from evomusic.encodings.base import Encoding, assign, checked_encoding
from evomusic.encodings.notes.notes import NOTES
from evomusic.evolve.selection.dominance import by_dominance
from evomusic.evolve.selection.fronts import ranks, survivors
from evomusic.evolve.selection.objectives import Groups, columns, frozen, measured, objectives
from evomusic.evolve.selection.schemes import PAIRS, Selection, checked_selection
from evomusic.evolve.selection.select import Index, Start, as_rows
from evomusic.evolve.sizes import UNSIZED, Sized, size_option
from evomusic.evolve.steady import Living, Overlapping

Floats = NDArray[np.float64]
COMPARED = ("front", "dominance")


@dataclass(frozen=True, kw_only=True)
class NSGA2(Sized, Overlapping):
    """NSGA-II: of parents and offspring the better Pareto fronts survive, and of the last front the least crowded.

    The objectives are the task's named groups of rules, or `groups`; parts in no group are no objective, though they
    count in the return that the ledger records. Parents are selected by front, then by crowding distance, or by
    dominance, then by crowding distance. For your own objectives, `tell` takes their values (N, M) in place of returns
    (N,).

    Args:
        population: number of genomes, P, and of offspring; chosen by the budget when None (`evolve/sizes.py`;
            measured by `experiments/fronts.toml`).
        groups: names of parts (`task.part_names`) by objective; the groups of the task's reward when empty.
        encoding: the search space.
        selection: scheme of parent selection, by standing: 0 for the best, less for others.
        start: solutions in the initial population: melodies as rows of tokens; of a problem, rows or texts.
        parents: how two are compared in parent selection: by "front", as Deb et al. (2002) do, or by "dominance", as
            pymoo does, which loses an end of a front less often (results/engines/README.md) and takes the default
            `selection` alone, tournaments of two.

    Raises:
        ValueError: an argument is of the wrong type or out of range, or `start` holds no solutions.
    """

    space: ClassVar[Space] = {
        "population": Range(10, 500, log=True, whole=True),
    }

    population: int | None = None
    groups: Groups = ()
    encoding: Encoding = NOTES
    selection: Selection = PAIRS
    start: Start = ()
    parents: str = "front"

    def __post_init__(self) -> None:
        checked_encoding(self.encoding)
        checked_selection(self.selection)
        if choice("parents", self.parents, COMPARED) == "dominance" and self.selection != PAIRS:
            raise wrong("selection", self.selection, 'the default where parents is "dominance": tournaments of two')
        assign(
            self,
            population=size_option("population", self.population, 2),
            groups=frozen(self.groups),
            start=as_rows(self.start),
        )

    @property
    def sizes(self) -> tuple[int, int]:
        """Population and offspring, equally many."""
        size = self.population or UNSIZED
        return size, size

    def measured(self, task: Task | Problem, melodies: NDArray[np.uint8]) -> tuple[Floats, Floats]:
        """The returns of melodies, twice; of a problem's solutions the objectives (N, M), and their sums."""
        if not isinstance(task, Problem):
            returns = task.evaluate(melodies)
            return returns, returns
        if self.groups or not task.objectives:
            raise ValueError(
                f"problem {task.name!r} has {len(task.objectives)} objectives, the method {len(self.groups)} groups, "
                "expected 2 objectives or more, and no groups"
            )
        return measured(task, melodies, dict(task.groups_by_name))

    def judge(self, task: Task, genomes: Any, returns: Floats) -> Floats:
        """The objectives (N, M) of the evaluated melodies, or the values passed to `tell`."""
        if returns.ndim == 2:
            return returns
        return objectives(task, self.decode(task, genomes), columns(task, self.groups))

    def mates(self, task: Task, state: Living, rng: np.random.Generator) -> Index:
        """Indices of the parents of a step's offspring."""
        if self.parents == "front":
            return super().mates(task, state, rng)
        return by_dominance(state.values, self.sizes[1], rng)

    def stay(self, values: Floats, parents: Index) -> tuple[Index, Floats]:
        """The survivors, best first."""
        return survivors(values, self.sizes[0])

    def deliver(self, task: Task, state: Living) -> NDArray[np.uint8]:
        """The non-dominated melodies of the population."""
        return self.decode(task, state.genomes)[ranks(state.values) == 0]

    def delivered_returns(self, task: Task, state: Living) -> Floats:
        """Returns of the non-dominated melodies of the population."""
        return state.returns[ranks(state.values) == 0]
