"""Simulated annealing (Kirkpatrick, Gelatt & Vecchi 1983), for any encoding."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.method import Searcher
from evomusic.core.task import Task
from evomusic.encodings.base import Encoding, check_count, concatenate, count, take
from evomusic.evolve.baselines import MUSICAL_MOVES, Best, better
from evomusic.evolve.selection.select import as_rows, first_genomes

Floats = NDArray[np.float64]


class Chains(NamedTuple):
    """Where each chain stands: genomes and returns (K, ...); the best of all.

    `limits` (K,) is the least return that each accepts of what was asked last, `made` counts melodies.
    """

    genomes: Any
    returns: Floats
    limits: Floats
    best: Best
    made: int


@dataclass(frozen=True, kw_only=True)
class Annealing(Searcher):
    """A variant that returns less by d is accepted with chance exp(-d / temperature); as much or more, always.

    The temperature falls geometrically from `hot` to `cold` over the run (Metropolis et al. 1953). At zero for good,
    this is hill climbing without new climbs.

    Args:
        encoding: the searched space; only its mutation matters.
        hot: temperature at the beginning, in units of return.
        cold: temperature at the end; 0 only together with `hot`.
        chains: independent chains, each given one variant a step.
        start: rows of tokens at which chains begin; samples of the encoding for the rest.
        steps: length of the run; filled in by `run`.

    Raises:
        ValueError: a number is out of range, or `start` holds no rows of tokens.
    """

    encoding: Encoding = MUSICAL_MOVES
    hot: float = 1.0
    cold: float = 0.05
    chains: int = 1
    start: tuple[tuple[int, ...], ...] = ()
    steps: int = 0

    def __post_init__(self) -> None:
        check_count("chains", self.chains)
        check_count("steps", self.steps, 0)
        for name, value in (("hot", self.hot), ("cold", self.cold)):
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < math.inf:
                raise ValueError(f"{name} is {value!r}, expected a finite temperature from 0 up")
        if self.cold > self.hot or (self.cold == 0) != (self.hot == 0):
            raise ValueError(f"cold is {self.cold}, expected above 0 and up to hot, {self.hot}; or both 0")
        object.__setattr__(self, "start", as_rows(self.start))

    def within(self, steps: int) -> Annealing:
        """The same, cooled over a budget; unchanged where `steps` was given."""
        return self if self.steps else replace(self, steps=steps)

    def temperature(self, spent: int) -> float:
        """The temperature after so many steps.

        Raises:
            ValueError: it falls, and the length of the run is not known.
        """
        if self.hot == self.cold:
            return self.hot
        if not self.steps:
            raise ValueError("the temperature falls over a run: start it by run(), or give Annealing its steps")
        return self.hot * (self.cold / self.hot) ** min(1.0, spent / self.steps)

    def begin(self, task: Task, rng: np.random.Generator) -> Chains:
        """The chains' first genomes."""
        genomes = first_genomes(self.encoding, task, rng, self.chains, self.start)
        unknown = np.full(self.chains, -np.inf)
        return Chains(genomes, unknown, unknown, Best(take(genomes, np.zeros(1, np.int64)), -np.inf), 0)

    def ask(self, task: Task, state: Chains, rng: np.random.Generator) -> tuple[Chains, Any]:
        """A variant of each chain's genome, and by chance how little each would accept."""
        if not state.made:
            return state, state.genomes
        twice = 1 + (self.chains > 1)  # a genome beside its twin: crossing does not mix chains
        copies = take(state.genomes, np.repeat(np.arange(self.chains), twice))
        variants = take(self.encoding.vary(task, copies, rng), np.arange(0, twice * self.chains, twice))
        temperature = self.temperature(state.made * task.grid.steps)
        loss = temperature * rng.standard_exponential(self.chains) if temperature else 0.0
        return state._replace(limits=state.returns - loss), variants

    def tell(self, task: Task, state: Chains, genomes: Any, returns: Floats) -> Chains:
        """Each chain where it went."""
        go = returns >= state.limits
        places = np.where(go, self.chains, 0) + np.arange(self.chains)
        standing = take(concatenate([state.genomes, genomes]), places)
        kept, best = np.where(go, returns, state.returns), better(state.best, genomes, returns)
        return Chains(standing, kept, state.limits, best, state.made + count(genomes))

    def decode(self, task: Task, genomes: Any) -> NDArray[np.uint8]:
        """The melodies of genomes."""
        return self.encoding.decode(task, genomes)

    def deliver(self, task: Task, state: Chains) -> NDArray[np.uint8]:
        """The best melody of all chains."""
        return self.encoding.decode(task, state.best.genome)
