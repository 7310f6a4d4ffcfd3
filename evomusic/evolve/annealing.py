"""Simulated annealing (Kirkpatrick, Gelatt & Vecchi 1983), for any encoding."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import number, whole, wrong
from evomusic.core.method import Batch, Searcher
from evomusic.core.space import Choice, Range, Space
from evomusic.core.task import Task
from evomusic.encodings.base import MOST, MOST_STEPS, Encoding, assign, checked_encoding, concatenate, count, take
from evomusic.evolve.baselines import MUSICAL_MOVES, Best, better
from evomusic.evolve.local import compiled, propose
from evomusic.evolve.selection.select import Start, as_rows, initial_genomes

Floats = NDArray[np.float64]


class Chains(NamedTuple):
    """The current genome and return of each chain (K, ...), and the best genome of all.

    `limits` (K,) is the least return of a proposal that each chain accepts, `made` the number of melodies evaluated.
    """

    genomes: Any
    returns: Floats
    limits: Floats
    best: Best
    made: int


@dataclass(frozen=True, kw_only=True)
class Annealing(Searcher):
    """Simulated annealing: a mutant that returns less by d is accepted with probability exp(-d / temperature).

    Mutants that return as much or more are always accepted (Metropolis et al. 1953). The temperature falls
    geometrically from `hot` to `cold` over the run. With both at zero this is hill climbing without restarts.

    Args:
        encoding: the search space; only its mutation matters.
        hot: initial temperature, in units of return.
        cold: final temperature; 0 only if `hot` is 0.
        chains: number of independent chains, each with one mutant per step.
        start: solutions at which chains begin: melodies as rows of tokens; of a problem, rows or texts. The rest
            begin at samples of the encoding.
        steps: length of the run; set by `em.run`.

    Raises:
        ValueError: an argument is of the wrong type or out of range, or `start` holds no solutions.
    """

    space: ClassVar[Space] = {
        "hot": Range(0.1, 10.0, log=True),
        "cold": Range(0.005, 0.5, log=True),
        "chains": Choice(1, 2, 4, 8),
        "encoding.resample_rate": Range(0.01, 0.3, log=True),
    }

    encoding: Encoding = MUSICAL_MOVES
    hot: float = 1.0
    cold: float = 0.05
    chains: int = 1
    start: Start = ()
    steps: int = 0

    def __post_init__(self) -> None:
        checked_encoding(self.encoding)
        assign(
            self,
            hot=number("hot", self.hot, 0.0),
            cold=number("cold", self.cold, 0.0),
            chains=whole("chains", self.chains, 1, MOST),
            start=as_rows(self.start),
            steps=whole("steps", self.steps, 0, MOST_STEPS),
        )
        if self.cold > self.hot or (self.cold == 0) != (self.hot == 0):
            raise wrong("cold", self.cold, f"a temperature above 0 and up to hot, {self.hot}; or both 0")

    def within(self, steps: int) -> Annealing:
        """The same method with its temperature falling over a budget; unchanged where `steps` is set."""
        return self if self.steps else replace(self, steps=steps)

    def temperature(self, spent: int) -> float:
        """The temperature after `spent` steps.

        Raises:
            ValueError: it falls, and `steps`, the length of the run, is not set.
        """
        if self.hot == self.cold:
            return self.hot
        if not self.steps:
            raise ValueError("the temperature falls over a run: start it by run(), or give Annealing its steps")
        return self.hot * (self.cold / self.hot) ** min(1.0, spent / self.steps)

    def begin(self, task: Task, rng: np.random.Generator) -> Chains:
        """The initial genome of each chain."""
        genomes = initial_genomes(self.encoding, task, rng, self.chains, self.start)
        unknown = np.full(self.chains, -np.inf)
        return Chains(genomes, unknown, unknown, Best(take(genomes, np.zeros(1, np.int64)), -np.inf), 0)

    def ask(self, task: Task, state: Chains, rng: np.random.Generator) -> tuple[Chains, Any]:
        """A mutant of each chain's genome; the least return that each accepts is drawn."""
        if not state.made:
            return state, state.genomes
        twice = 1 + (self.chains > 1)  # each genome is paired with its copy: crossover does not mix chains
        copies = take(state.genomes, np.repeat(np.arange(self.chains), twice))
        variants = take(self.encoding.vary(task, copies, rng), np.arange(0, twice * self.chains, twice))
        temperature = self.temperature(state.made * task.grid.steps)
        loss = temperature * rng.standard_exponential(self.chains) if temperature else 0.0
        return state._replace(limits=state.returns - loss), variants

    def burst(self, task: Task, state: Chains, rng: np.random.Generator, most: int) -> tuple[Chains, Batch]:
        """Up to `most` mutants of a single chain, as by so many steps; musical mutations in one kernel."""
        if self.chains > 1 or not state.made or not compiled(self.encoding, task):
            return self.step(task, state, rng)
        steps, temperatures = task.grid.steps, None
        if self.hot:
            temperatures = np.array([self.temperature(n * steps) for n in range(state.made, state.made + most)])
        current = state.genomes, float(state.returns[0])
        made = propose(self.encoding, task, *current, rng, most, temperatures=temperatures)
        batch, (value, limit) = made.batch, np.array([[made.value], [made.limit]])
        best = better(state.best, batch.melodies, batch.returns)
        return Chains(made.melody, value, limit, best, state.made + len(batch.returns)), batch

    def tell(self, task: Task, state: Chains, genomes: Any, returns: Floats) -> Chains:
        """Each chain at its mutant if that is accepted, else at its genome."""
        accepted = returns >= state.limits
        places = np.where(accepted, self.chains, 0) + np.arange(self.chains)
        current = take(concatenate([state.genomes, genomes]), places)
        values, best = np.where(accepted, returns, state.returns), better(state.best, genomes, returns)
        return Chains(current, values, state.limits, best, state.made + count(genomes))

    def delivered_returns(self, task: Task, state: Chains) -> Floats:
        """Return (1,) of the best melody of all chains."""
        return np.array([state.best.value])

    def deliver(self, task: Task, state: Chains) -> NDArray[np.uint8]:
        """The best melody of all chains."""
        return self.decode(task, state.best.genome)
