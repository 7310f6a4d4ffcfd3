"""A generational genetic algorithm (Holland 1975), for any encoding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import whole
from evomusic.core.method import Searcher
from evomusic.core.space import Choice, Range, Space
from evomusic.core.task import Task
from evomusic.encodings.base import MOST, Encoding, assign, checked_encoding, concatenate, same, take
from evomusic.encodings.notes.notes import NOTES
from evomusic.evolve.migration import settled, strongest
from evomusic.evolve.selection.schemes import Candidates, Selection, checked_selection
from evomusic.evolve.selection.select import Start, as_rows, initial_genomes, top, tournament
from evomusic.evolve.sizes import LEAST, UNSIZED, Sized, size_option


class Population(NamedTuple):
    """Genomes, their returns, and a mask of those not yet evaluated; leading axes P."""

    genomes: Any
    returns: NDArray[np.float64]
    waiting: NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class GA(Sized, Searcher):
    """A generational genetic algorithm: tournament selection, the encoding's crossover and mutation, and elitism.

    Each generation consists of the elite and of offspring of tournament winners. An offspring equal to its parent
    inherits the parent's return and is neither evaluated nor charged; a generation without a new genome is charged for
    one melody nevertheless, so that every run ends. With `elite=0`, Notes' "two-point" crossover at .5 and "resample"
    at .2 this is DEAP's eaSimple.

    Args:
        population: number of genomes, P; chosen by the budget when None (`evolve/sizes.py`).
        encoding: the search space.
        tournament: size of tournaments, drawn with replacement.
        selection: a scheme of parent selection, in place of tournaments.
        elite: number of best genomes that survive unchanged.
        start: solutions in the initial population: melodies as rows of tokens; of a problem, rows or texts.

    Raises:
        ValueError: an argument is of the wrong type or out of range, or `start` holds no solutions.
    """

    space: ClassVar[Space] = {
        "population": Range(10, 1000, log=True, whole=True),
        "tournament": Choice(2, 3, 5, 7, 10),
        "elite": Choice(0, 1, 2, 5),
    }

    population: int | None = None
    encoding: Encoding = NOTES
    tournament: int = 5
    selection: Selection | None = None
    elite: int = 1
    start: Start = ()

    def __post_init__(self) -> None:
        checked_encoding(self.encoding)
        if self.selection is not None:
            checked_selection(self.selection)
        population = size_option("population", self.population, 2)
        assign(
            self,
            population=population,
            tournament=whole("tournament", self.tournament, 1, MOST),
            elite=whole("elite", self.elite, 0, (population or LEAST) - 1),
            start=as_rows(self.start),
        )

    def begin(self, task: Task, rng: np.random.Generator) -> Population:
        """The initial population, not yet evaluated."""
        size = self.population or UNSIZED
        genomes = initial_genomes(self.encoding, task, rng, size, self.start)
        return Population(genomes, np.zeros(size), np.ones(size, np.bool_))

    def ask(self, task: Task, state: Population, rng: np.random.Generator) -> tuple[Population, Any]:
        """The next generation, and those of its genomes that are to be evaluated."""
        if not state.waiting.any():
            state = self._breed(task, state, rng)
        return state, take(state.genomes, state.waiting)

    def tell(self, task: Task, state: Population, genomes: Any, returns: NDArray[np.float64]) -> Population:
        """The population with the returns of the genomes that were evaluated."""
        merged = state.returns.copy()
        merged[state.waiting] = returns
        return Population(state.genomes, merged, np.zeros(len(merged), np.bool_))

    def deliver(self, task: Task, state: Population) -> NDArray[np.uint8]:
        """Melodies of the population."""
        return self.decode(task, state.genomes)

    def delivered_returns(self, task: Task, state: Population) -> NDArray[np.float64]:
        """Returns (P,) of the population."""
        return state.returns

    def emigrants(self, task: Task, state: Population, n: int) -> tuple[Any, NDArray[np.float64]]:
        """The n best genomes with distinct returns, and these returns."""
        return strongest(state.genomes, state.returns, n)

    def immigrate(self, task: Task, state: Population, genomes: Any, returns: NDArray[np.float64]) -> Population:
        """The population after the best immigrants replaced the worst genomes that return less."""
        genomes, returns = settled(state.genomes, state.returns, genomes, returns)
        return Population(genomes, returns, state.waiting)

    def _breed(self, task: Task, state: Population, rng: np.random.Generator) -> Population:
        n = len(state.returns) - self.elite
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
