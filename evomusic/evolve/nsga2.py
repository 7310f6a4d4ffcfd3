"""NSGA-II: several objectives at once, none weighed against another (Deb, Pratap, Agarwal & Meyarivan 2002)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evomusic.core.task import Task
from evomusic.encodings.base import Encoding, check_count
from evomusic.encodings.notes.notes import NOTES
from evomusic.evolve.selection.fronts import ranks, survivors
from evomusic.evolve.selection.objectives import Groups, columns, frozen, objectives
from evomusic.evolve.selection.schemes import PAIRS, Selection
from evomusic.evolve.selection.select import Index, as_rows
from evomusic.evolve.steady import Living, Overlapping

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class NSGA2(Overlapping):
    """Of parents and as many offspring, the better fronts stay, and of the last front the least crowded.

    The objectives are the task's named groups of rules, or `groups`; what belongs to no group does not count, though
    it is in the return that the ledger records. Parents are selected by front, then by crowding distance. With a
    fitness of your own, `tell` takes objectives (N, M) in place of returns (N,).

    Args:
        population: number of genomes, P, and of offspring.
        groups: names of parts (`task.part_names`) by objective; the groups of the task's reward when empty.
        encoding: the searched space.
        selection: who has offspring, by standing: 0 for the best, less for others.
        start: rows of tokens that enter the first population.

    Raises:
        ValueError: a number is out of range, a group is no list of names, or `start` holds no rows of tokens.
    """

    population: int = 200
    groups: Groups = ()
    encoding: Encoding = NOTES
    selection: Selection = PAIRS
    start: tuple[tuple[int, ...], ...] = ()

    def __post_init__(self) -> None:
        check_count("population", self.population, 2)
        object.__setattr__(self, "groups", frozen(self.groups))
        object.__setattr__(self, "start", as_rows(self.start))

    @property
    def sizes(self) -> tuple[int, int]:
        """As many offspring as parents."""
        return self.population, self.population

    def judge(self, task: Task, genomes: Any, returns: Floats) -> Floats:
        """The objectives (N, M): read off the melodies, which were evaluated; or told as they are."""
        if returns.ndim == 2:
            return returns
        return objectives(task, self.decode(task, genomes), columns(task, self.groups))

    def stay(self, values: Floats, parents: Index) -> tuple[Index, Floats]:
        """Survivors, best first."""
        return survivors(values, self.population)

    def deliver(self, task: Task, state: Living) -> NDArray[np.uint8]:
        """The melodies of the population that none of it dominates."""
        return self.decode(task, state.genomes)[ranks(state.values) == 0]
