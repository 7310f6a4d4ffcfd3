"""Loops with overlapping generations: parents and offspring live together, and of both some stay.

One loop, `Overlapping`, and what tells its kinds apart: who stays. `MuPlusLambda` and `SteadyState` are here, `NSGA2`
has a file of its own.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.method import Searcher
from evomusic.core.task import Task
from evomusic.encodings.base import Encoding, check_choice, check_count, concatenate, same, take
from evomusic.encodings.notes.notes import NOTES
from evomusic.evolve.migration import strongest
from evomusic.evolve.selection.schemes import ANYONE, Candidates, Rank, Selection
from evomusic.evolve.selection.select import Index, as_rows, first_genomes, top

Floats = NDArray[np.float64]
REPLACED = ("worst", "oldest", "parent")
LINEAR = Rank(pressure=1.5)


class Living(NamedTuple):
    """Genomes that live and what is known of them, leading axes P; before they were told, their returns are -inf.

    `values` (P, M) is what decides who stays, `standing` (P,) who breeds. `parents` (N,) are the places of the parents
    of what was asked last, `told` counts how often returns were told.
    """

    genomes: Any
    returns: Floats
    values: Floats
    standing: Floats
    parents: Index
    told: int


class Overlapping(Searcher):
    """A loop of overlapping generations. An offspring equal to its parent is not evaluated, for it brings nothing.

    When all are equal to their parents, one is evaluated and charged all the same, so that every run ends.
    """

    encoding: Encoding
    selection: Selection
    start: tuple[tuple[int, ...], ...]

    @property
    @abstractmethod
    def sizes(self) -> tuple[int, int]:
        """How many live, and how many offspring they have in a step."""

    @abstractmethod
    def stay(self, values: Floats, parents: Index) -> tuple[Index, Floats]:
        """Who stays of those that live and, after them, their offspring (P + N, M); how each then stands: both (P,).

        `parents` (N,) are the places of the offspring's parents; at first there are neither, and values are (P, M).
        """

    @abstractmethod
    def judge(self, task: Task, genomes: Any, returns: Floats) -> Floats:
        """What decides who stays: (N, M)."""

    def begin(self, task: Task, rng: np.random.Generator) -> Living:
        """The first population, told nothing."""
        size = self.sizes[0]
        genomes, unknown = first_genomes(self.encoding, task, rng, size, self.start), np.full(size, -np.inf)
        return Living(genomes, unknown, unknown[:, None], unknown, np.zeros(0, np.int64), 0)

    def ask(self, task: Task, state: Living, rng: np.random.Generator) -> tuple[Living, Any]:
        """The first population; then offspring of selected parents, those that differ from their parents."""
        if not state.told:
            return state, state.genomes
        candidates = Candidates(task, self.encoding, state.genomes, state.standing)
        parents = self.selection.pick(candidates, self.sizes[1], rng)
        copies = take(state.genomes, parents)
        children = self.encoding.vary(task, copies, rng)
        new = np.flatnonzero(~same(children, copies))
        if not len(new):
            new = np.zeros(1, np.int64)
        return state._replace(parents=parents[new]), take(children, new)

    def tell(self, task: Task, state: Living, genomes: Any, returns: Floats) -> Living:
        """Those that stay."""
        values = self.judge(task, genomes, returns)
        returns = values.sum(axis=1) if returns.ndim > 1 else returns
        if state.told:
            genomes = concatenate([state.genomes, genomes])
            returns, values = np.concatenate([state.returns, returns]), np.concatenate([state.values, values])
        index, standing = self.stay(values, state.parents)
        kept = take(genomes, index), returns[index], values[index], standing
        return Living(*kept, np.zeros(0, np.int64), state.told + 1)

    def decode(self, task: Task, genomes: Any) -> NDArray[np.uint8]:
        """The melodies of genomes."""
        return self.encoding.decode(task, genomes)

    def emigrants(self, task: Task, state: Living, n: int) -> tuple[Any, Floats]:
        """The n best genomes of different returns, and these."""
        return strongest(state.genomes, state.returns, n)

    def immigrate(self, task: Task, state: Living, genomes: Any, returns: Floats) -> Living:
        """Newcomers compete as offspring do, those of the worst."""
        worst = np.resize(np.argsort(state.returns, kind="stable"), len(returns))
        return self.tell(task, state._replace(parents=worst), genomes, returns)


@dataclass(frozen=True, kw_only=True)
class MuPlusLambda(Overlapping):
    """The (mu + lambda) loop: of mu parents and lambda offspring the best mu stay (Rechenberg 1973, Schwefel 1975).

    Of equals the younger stay, so that a plateau can be crossed. `MuPlusLambda(mu=1, lam=1)` with an encoding that does
    not cross is the (1+1) algorithm.

    Args:
        mu: genomes that live.
        lam: offspring a step.
        encoding: the searched space.
        selection: who has offspring; anyone, unless told otherwise.
        start: rows of tokens that enter the first population.

    Raises:
        ValueError: a number is out of range, or `start` holds no rows of tokens.
    """

    mu: int = 100
    lam: int = 100
    encoding: Encoding = NOTES
    selection: Selection = ANYONE
    start: tuple[tuple[int, ...], ...] = ()

    def __post_init__(self) -> None:
        check_count("mu", self.mu)
        check_count("lam", self.lam)
        object.__setattr__(self, "start", as_rows(self.start))

    @property
    def sizes(self) -> tuple[int, int]:
        """How many live, and have: mu and lambda."""
        return self.mu, self.lam

    def judge(self, task: Task, genomes: Any, returns: Floats) -> Floats:
        """The return alone."""
        return returns[:, None]

    def stay(self, values: Floats, parents: Index) -> tuple[Index, Floats]:
        """The best mu, best first."""
        index = len(values) - 1 - top(values[::-1, 0], self.mu)  # backwards: of equals the last is the youngest
        return index, values[index, 0]

    def deliver(self, task: Task, state: Living) -> NDArray[np.uint8]:
        """The population's melodies."""
        return self.decode(task, state.genomes)


@dataclass(frozen=True, kw_only=True)
class SteadyState(Overlapping):
    """A steady-state genetic algorithm: a few offspring at a time take the places of as many that live.

    Offspring replace the worst, whatever they return, parents being selected by linear rank (GENITOR, Whitley 1989);
    or the oldest (as in Real et al. 2019: nothing lives for ever, the best may be lost); or each its own parent, if
    it returns as much or more, which keeps a population apart longest (after Mahfoud 1995).

    Args:
        population: number of genomes, P.
        offspring: made a step; an odd one is not crossed.
        replace: "worst", "oldest" or "parent".
        encoding: the searched space.
        selection: who has offspring.
        start: rows of tokens that enter the first population.

    Raises:
        ValueError: a number or word is out of range, or `start` holds no rows of tokens.
    """

    population: int = 300
    offspring: int = 2
    replace: str = "worst"
    encoding: Encoding = NOTES
    selection: Selection = LINEAR
    start: tuple[tuple[int, ...], ...] = ()

    def __post_init__(self) -> None:
        check_count("population", self.population, 2)
        check_count("offspring", self.offspring)
        check_choice("replace", self.replace, REPLACED)
        if self.offspring >= self.population:
            raise ValueError(f"offspring is {self.offspring}, expected less than the population of {self.population}")
        object.__setattr__(self, "start", as_rows(self.start))

    @property
    def sizes(self) -> tuple[int, int]:
        """The population and its offspring."""
        return self.population, self.offspring

    def judge(self, task: Task, genomes: Any, returns: Floats) -> Floats:
        """The return alone."""
        return returns[:, None]

    def stay(self, values: Floats, parents: Index) -> tuple[Index, Floats]:
        """All but those replaced, the oldest first."""
        index = _replaced_parents(values[:, 0], parents) if self.replace == "parent" else self._outlived(values[:, 0])
        return index, values[index, 0]

    def deliver(self, task: Task, state: Living) -> NDArray[np.uint8]:
        """The population's melodies."""
        return self.decode(task, state.genomes)

    def _outlived(self, values: Floats) -> Index:
        gone = np.arange(len(values) - self.population)
        if self.replace == "worst":
            gone = np.argsort(values[: self.population], kind="stable")[: len(gone)]
        return np.delete(np.arange(len(values)), gone)


def _replaced_parents(values: Floats, parents: Index) -> Index:
    """Each offspring, in turn, in its parent's place if that returns no more."""
    size = len(values) - len(parents)
    index = np.arange(size)
    for child, parent in enumerate(parents.tolist(), size):
        if values[child] >= values[index[parent]]:
            index[parent] = child
    return index
