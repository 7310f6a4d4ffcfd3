"""Loops with overlapping generations, in which parents and offspring compete for survival.

`Overlapping` is the loop; its kinds differ in survivor selection. `MuPlusLambda` and `SteadyState` are here, `NSGA2` in
`nsga2`.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import choice, whole
from evomusic.core.method import Batch, Searcher
from evomusic.core.space import Choice, Range, Space
from evomusic.core.task import Task
from evomusic.encodings.base import Encoding, assign, checked_encoding, concatenate, same, take
from evomusic.encodings.notes.notes import NOTES
from evomusic.evolve.local import compiled
from evomusic.evolve.migration import strongest
from evomusic.evolve.replacement import REPLACED, breed
from evomusic.evolve.selection.schemes import ANYONE, Candidates, Rank, Selection, checked_selection
from evomusic.evolve.selection.select import Index, Start, as_rows, initial_genomes, top
from evomusic.evolve.sizes import LEAST, UNSIZED, Sized, size_option

Floats = NDArray[np.float64]
LINEAR = Rank(pressure=1.5)


class Living(NamedTuple):
    """A population with its returns, leading axes P; returns are -inf before the first evaluation.

    `values` (P, M) decide survival, `standing` (P,) parent selection. `parents` (N,) are the indices of the parents of
    the offspring being evaluated, `generation` counts the batches evaluated.
    """

    genomes: Any
    returns: Floats
    values: Floats
    standing: Floats
    parents: Index
    generation: int


class Overlapping(Searcher):
    """A loop of overlapping generations. An offspring equal to its parent is discarded without evaluation.

    When all offspring are equal to their parents, one is evaluated and charged nevertheless, so that every run ends.
    """

    encoding: Encoding
    selection: Selection
    start: Start

    @property
    @abstractmethod
    def sizes(self) -> tuple[int, int]:
        """Sizes of the population and of its offspring in a step."""

    @abstractmethod
    def stay(self, values: Floats, parents: Index) -> tuple[Index, Floats]:
        """Indices and standing (P,) of the survivors, from the values (P + N, M) of a population and its offspring.

        `parents` (N,) are the indices of the offspring's parents; at first there are no offspring.
        """

    @abstractmethod
    def judge(self, task: Task, genomes: Any, returns: Floats) -> Floats:
        """The values (N, M) of genomes that decide their survival."""

    def begin(self, task: Task, rng: np.random.Generator) -> Living:
        """The initial population, not yet evaluated."""
        size = self.sizes[0]
        genomes, unknown = initial_genomes(self.encoding, task, rng, size, self.start), np.full(size, -np.inf)
        return Living(genomes, unknown, unknown[:, None], unknown, np.zeros(0, np.int64), 0)

    def ask(self, task: Task, state: Living, rng: np.random.Generator) -> tuple[Living, Any]:
        """The initial population; then offspring of selected parents that differ from these."""
        if not state.generation:
            return state, state.genomes
        parents = self.mates(task, state, rng)
        copies = take(state.genomes, parents)
        children = self.encoding.vary(task, copies, rng)
        new = np.flatnonzero(~same(children, copies))
        if not len(new):
            new = np.zeros(1, np.int64)
        return state._replace(parents=parents[new]), take(children, new)

    def mates(self, task: Task, state: Living, rng: np.random.Generator) -> Index:
        """Indices of the parents of a step's offspring."""
        return self.selection.pick(Candidates(task, self.encoding, state.genomes, state.standing), self.sizes[1], rng)

    def tell(self, task: Task, state: Living, genomes: Any, returns: Floats) -> Living:
        """The survivors."""
        values = self.judge(task, genomes, returns)
        returns = values.sum(axis=1) if returns.ndim > 1 else returns
        if state.generation:
            genomes = concatenate([state.genomes, genomes])
            returns, values = np.concatenate([state.returns, returns]), np.concatenate([state.values, values])
        index, standing = self.stay(values, state.parents)
        survivors = take(genomes, index), returns[index], values[index], standing
        return Living(*survivors, np.zeros(0, np.int64), state.generation + 1)

    def delivered_returns(self, task: Task, state: Living) -> Floats:
        """Returns (P,) of the population."""
        return state.returns

    def emigrants(self, task: Task, state: Living, n: int) -> tuple[Any, Floats]:
        """The n best genomes with distinct returns, and these returns."""
        return strongest(state.genomes, state.returns, n)

    def immigrate(self, task: Task, state: Living, genomes: Any, returns: Floats) -> Living:
        """The population after the immigrants competed as if they were offspring of the worst."""
        worst = np.resize(np.argsort(state.returns, kind="stable"), len(returns))
        return self.tell(task, state._replace(parents=worst), genomes, returns)


@dataclass(frozen=True, kw_only=True)
class MuPlusLambda(Sized, Overlapping):
    """The (mu + lambda) algorithm: the best mu of mu parents and lambda offspring survive (Rechenberg, Schwefel 1975).

    Of equals the younger survive, so that a plateau can be crossed. `MuPlusLambda(mu=1, lam=1)` with an encoding
    without crossover is the (1+1) algorithm.

    Args:
        mu: size of the population; chosen by the budget when None (`evolve/sizes.py`).
        lam: offspring per step; chosen by the budget when None.
        encoding: the search space.
        selection: scheme of parent selection; uniform by default.
        start: solutions in the initial population: melodies as rows of tokens; of a problem, rows or texts.

    Raises:
        ValueError: an argument is of the wrong type or out of range, or `start` holds no solutions.
    """

    space: ClassVar[Space] = {
        "mu": Range(2, 300, log=True, whole=True),
        "lam": Range(2, 300, log=True, whole=True),
    }

    sizes_by_budget: ClassVar[tuple[str, ...]] = ("mu", "lam")

    mu: int | None = None
    lam: int | None = None
    encoding: Encoding = NOTES
    selection: Selection = ANYONE
    start: Start = ()

    def __post_init__(self) -> None:
        checked_encoding(self.encoding)
        checked_selection(self.selection)
        assign(self, mu=size_option("mu", self.mu, 1), lam=size_option("lam", self.lam, 1), start=as_rows(self.start))

    @property
    def sizes(self) -> tuple[int, int]:
        """The sizes mu and lambda."""
        return self.mu or UNSIZED, self.lam or UNSIZED

    def judge(self, task: Task, genomes: Any, returns: Floats) -> Floats:
        """The returns as a single objective."""
        return returns[:, None]

    def stay(self, values: Floats, parents: Index) -> tuple[Index, Floats]:
        """The best mu, best first."""
        index = len(values) - 1 - top(values[::-1, 0], self.sizes[0])  # backwards: of equals the last is the youngest
        return index, values[index, 0]

    def deliver(self, task: Task, state: Living) -> NDArray[np.uint8]:
        """Melodies of the population."""
        return self.decode(task, state.genomes)


@dataclass(frozen=True, kw_only=True)
class SteadyState(Sized, Overlapping):
    """A steady-state genetic algorithm: a few offspring at a time replace as many genomes of the population.

    Offspring replace the worst, whatever they return, with parents selected by linear rank (GENITOR, Whitley 1989); or
    the oldest (as in Real et al. 2019; the best may be lost); or each its own parent, if it returns as much or more,
    which preserves diversity longest (after Mahfoud 1995).

    Args:
        population: number of genomes, P; chosen by the budget when None (`evolve/sizes.py`).
        offspring: offspring per step; the last of an odd number is not crossed over.
        replace: "worst", "oldest" or "parent".
        encoding: the search space.
        selection: scheme of parent selection.
        start: solutions in the initial population: melodies as rows of tokens; of a problem, rows or texts.

    Raises:
        ValueError: an argument is of the wrong type or out of range, or `start` holds no solutions.
    """

    space: ClassVar[Space] = {
        "population": Range(10, 1000, log=True, whole=True),
        "offspring": Choice(1, 2, 4, 8),
    }

    population: int | None = None
    offspring: int = 2
    replace: str = "worst"
    encoding: Encoding = NOTES
    selection: Selection = LINEAR
    start: Start = ()

    def __post_init__(self) -> None:
        checked_encoding(self.encoding)
        checked_selection(self.selection)
        population = size_option("population", self.population, 2)
        assign(
            self,
            population=population,
            offspring=whole("offspring", self.offspring, 1, (population or LEAST) - 1),
            replace=choice("replace", self.replace, REPLACED),
            start=as_rows(self.start),
        )

    @property
    def sizes(self) -> tuple[int, int]:
        """Sizes of the population and of its offspring."""
        return self.population or UNSIZED, self.offspring

    def judge(self, task: Task, genomes: Any, returns: Floats) -> Floats:
        """The returns as a single objective."""
        return returns[:, None]

    def stay(self, values: Floats, parents: Index) -> tuple[Index, Floats]:
        """All genomes but those replaced, the oldest first."""
        index = _replaced_parents(values[:, 0], parents) if self.replace == "parent" else self._survivors(values[:, 0])
        return index, values[index, 0]

    def burst(self, task: Task, state: Living, rng: np.random.Generator, most: int) -> tuple[Living, Batch]:
        """Several steps, with up to `most` offspring or those of one step; by linear rank in one kernel."""
        if not state.generation or type(self.selection) is not Rank or not compiled(self.encoding, task):
            return self.step(task, state, rng)
        sizes, pressure = self.sizes, self.selection.pressure
        made = breed(self.encoding, task, state.genomes, state.returns, rng, most, sizes[1], pressure, self.replace)
        values = made.returns[:, None], made.returns
        population = Living(made.genomes, made.returns, *values, np.zeros(0, np.int64), state.generation + made.steps)
        return population, made.batch

    def deliver(self, task: Task, state: Living) -> NDArray[np.uint8]:
        """Melodies of the population."""
        return self.decode(task, state.genomes)

    def _survivors(self, values: Floats) -> Index:
        size = self.sizes[0]
        replaced = np.arange(len(values) - size)
        if self.replace == "worst":
            replaced = np.argsort(values[:size], kind="stable")[: len(replaced)]
        return np.delete(np.arange(len(values)), replaced)


def _replaced_parents(values: Floats, parents: Index) -> Index:
    """Indices of the survivors where each offspring, in turn, replaces its parent if that returns no more."""
    size = len(values) - len(parents)
    index = np.arange(size)
    for child, parent in enumerate(parents.tolist(), size):
        if values[child] >= values[index[parent]]:
            index[parent] = child
    return index
