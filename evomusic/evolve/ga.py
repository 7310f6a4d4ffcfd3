"""A generational genetic algorithm (Holland 1975), for any encoding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.method import Searcher
from evomusic.core.task import Task
from evomusic.encodings.base import Encoding, check_count, concatenate, same, take
from evomusic.encodings.notes.notes import NOTES
from evomusic.evolve.migration import settled, strongest
from evomusic.evolve.selection.schemes import Candidates, Selection
from evomusic.evolve.selection.select import as_rows, first_genomes, top, tournament


class Population(NamedTuple):
    """Genomes, their returns, and which of them were proposed and not yet told; leading axes P."""

    genomes: Any
    returns: NDArray[np.float64]
    waiting: NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class GA(Searcher):
    """Tournament selection, the encoding's crossover and mutation, and an elite that stays.

    Each generation the elite is kept and the rest are offspring of tournament winners. An offspring equal to the
    parent in its place inherits the parent's return and is not evaluated, so it is not charged; a generation that
    brings nothing new is charged one melody all the same, so that every run ends. With `elite=0`, Notes' "two-point"
    crossover at .5 and "resample" at .2 this is DEAP's eaSimple.

    Args:
        population: number of genomes, P.
        encoding: the searched space.
        tournament: rivals in a tournament, drawn with replacement.
        selection: who has offspring, in place of tournaments.
        elite: best genomes that stay as they are.
        start: rows of tokens that enter the first population.

    Raises:
        ValueError: a number is out of range, or `start` holds no rows of tokens.
    """

    population: int = 300
    encoding: Encoding = NOTES
    tournament: int = 5
    selection: Selection | None = None
    elite: int = 1
    start: tuple[tuple[int, ...], ...] = ()

    def __post_init__(self) -> None:
        for name, least in (("population", 2), ("tournament", 1), ("elite", 0)):
            check_count(name, getattr(self, name), least)
        if self.elite >= self.population:
            raise ValueError(f"elite is {self.elite}, expected less than the population of {self.population}")
        object.__setattr__(self, "start", as_rows(self.start))

    def begin(self, task: Task, rng: np.random.Generator) -> Population:
        """The first population, all of it waiting."""
        genomes = first_genomes(self.encoding, task, rng, self.population, self.start)
        return Population(genomes, np.zeros(self.population), np.ones(self.population, np.bool_))

    def ask(self, task: Task, state: Population, rng: np.random.Generator) -> tuple[Population, Any]:
        """The next generation, and those of its genomes that are new."""
        if not state.waiting.any():
            state = self._breed(task, state, rng)
        return state, take(state.genomes, state.waiting)

    def tell(self, task: Task, state: Population, genomes: Any, returns: NDArray[np.float64]) -> Population:
        """The population with the returns of those that waited."""
        told = state.returns.copy()
        told[state.waiting] = returns
        return Population(state.genomes, told, np.zeros(self.population, np.bool_))

    def decode(self, task: Task, genomes: Any) -> NDArray[np.uint8]:
        """The melodies of genomes."""
        return self.encoding.decode(task, genomes)

    def deliver(self, task: Task, state: Population) -> NDArray[np.uint8]:
        """The population's melodies."""
        return self.encoding.decode(task, state.genomes)

    def emigrants(self, task: Task, state: Population, n: int) -> tuple[Any, NDArray[np.float64]]:
        """The n best genomes of different returns, and these."""
        return strongest(state.genomes, state.returns, n)

    def immigrate(self, task: Task, state: Population, genomes: Any, returns: NDArray[np.float64]) -> Population:
        """The population with newcomers in the places of its worst, each where it returns more."""
        genomes, told = settled(state.genomes, state.returns, genomes, returns)
        return Population(genomes, told, state.waiting)

    def _breed(self, task: Task, state: Population, rng: np.random.Generator) -> Population:
        n = self.population - self.elite
        if self.selection is None:
            winners = tournament(state.returns, n, self.tournament, rng)
        else:
            winners = self.selection.pick(Candidates(task, self.encoding, state.genomes, state.returns), n, rng)
        parents = take(state.genomes, winners)
        children = self.encoding.vary(task, parents, rng)
        new, inherited = ~same(children, parents), state.returns[winners]
        if not new.any():
            new[0] = True
        if self.elite:
            stay = top(state.returns, self.elite)
            children = concatenate([take(state.genomes, stay), children])
            inherited = np.concatenate([state.returns[stay], inherited])
            new = np.concatenate([np.zeros(self.elite, np.bool_), new])
        return Population(children, inherited, new)
