"""Baselines that evolution must beat: random search, best of n, and hill climbing, for any encoding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import whole
from evomusic.core.method import Batch, Searcher
from evomusic.core.space import Range, Space
from evomusic.core.task import Task
from evomusic.encodings.base import MOST, MOST_STEPS, Encoding, assign, checked_encoding, count, same, take
from evomusic.encodings.notes.notes import NOTES, Notes
from evomusic.evolve.local import compiled, propose
from evomusic.evolve.selection.select import Start, as_rows, initial_genomes

MUSICAL_MOVES = Notes(crossover_rate=0.0, mutation_rate=1.0)


class Best(NamedTuple):
    """The best genome (1, ...) evaluated so far, and its return; -inf before any was."""

    genome: Any
    value: float


def better(best: Best, genomes: Any, returns: NDArray[np.float64]) -> Best:
    """The best genome so far; of equals the earlier."""
    at = int(returns.argmax())
    value = float(returns[at])
    return Best(take(genomes, np.array([at])), value) if value > best.value else best


class Sampler(Searcher):
    """A searcher that only samples its encoding, and delivers the best sample that it remembers."""

    encoding: Encoding

    def begin(self, task: Task, rng: np.random.Generator) -> Best:
        """A sample, not yet evaluated."""
        return Best(self.encoding.sample(task, rng, 1), -np.inf)

    def tell(self, task: Task, state: Best, genomes: Any, returns: NDArray[np.float64]) -> Best:
        """The best sample."""
        return better(state, genomes, returns)

    def deliver(self, task: Task, state: Best) -> NDArray[np.uint8]:
        """Melody of the best sample."""
        return self.decode(task, state.genome)

    def delivered_returns(self, task: Task, state: Best) -> NDArray[np.float64]:
        """Return (1,) of the best sample."""
        return np.array([state.value])


@dataclass(frozen=True, kw_only=True)
class RandomSearch(Sampler):
    """Random search: independent samples of an encoding, of which the best so far is delivered.

    Args:
        batch: samples per step.
        encoding: the search space; `Notes(first="style")` samples the task's style.

    Raises:
        ValueError: an argument is of the wrong type or out of range.
    """

    space: ClassVar[Space] = {
        "encoding": None,
    }

    batch: int = 300
    encoding: Encoding = NOTES

    def __post_init__(self) -> None:
        checked_encoding(self.encoding)
        assign(self, batch=whole("batch", self.batch, 1, MOST))

    def ask(self, task: Task, state: Best, rng: np.random.Generator) -> tuple[Best, Any]:
        """A batch of samples."""
        return state, self.encoding.sample(task, rng, self.batch)


STYLE = Notes(first="style")


@dataclass(frozen=True, kw_only=True)
class BestOfN(Sampler):
    """Best of n: each step draws n samples and delivers the best of these, which is what selection alone is worth.

    Unlike `RandomSearch` it forgets earlier steps: its delivered return grows with n, not with the budget. The mean
    delivered return is the expected maximum of n samples.

    Args:
        n: samples per step.
        encoding: the search space; the task's style by default.

    Raises:
        ValueError: an argument is of the wrong type or out of range.
    """

    space: ClassVar[Space] = {
        "n": Range(2, 256, log=True, whole=True),
        "encoding": None,
    }

    n: int = 16
    encoding: Encoding = STYLE

    def __post_init__(self) -> None:
        checked_encoding(self.encoding)
        assign(self, n=whole("n", self.n, 1, MOST))

    def ask(self, task: Task, state: Best, rng: np.random.Generator) -> tuple[Best, Any]:
        """A number n of samples; the best of earlier steps is forgotten."""
        return state._replace(value=-np.inf), self.encoding.sample(task, rng, self.n)


class Climb(NamedTuple):
    """The current genome (1, ...) of a climb, its return (-inf before it is evaluated), and the best of all climbs.

    `idle` counts evaluations since the last improvement, `climbs` the climbs begun.
    """

    genome: Any
    value: float
    best: Best
    idle: int
    climbs: int


@dataclass(frozen=True, kw_only=True)
class HillClimb(Searcher):
    """Hill climbing with restarts: the first mutant that returns as much or more replaces the current genome.

    After `patience` evaluations without improvement a new climb begins elsewhere; the best genome of all climbs is
    delivered. Mutants are proposed `batch` at a time, all of the same genome: 1 is the textbook's first-improvement
    climbing; larger batches are faster to compute, and every mutant is charged.

    Args:
        encoding: the search space; only its mutation matters, since crossover of a genome with itself changes nothing.
        patience: evaluations without improvement after which a climb ends.
        batch: mutants per step.
        start: solutions at which climbs begin, in turn: melodies as rows of tokens; of a problem, rows or texts.
            Samples of the encoding when empty.

    Raises:
        ValueError: an argument is of the wrong type or out of range, or `start` holds no solutions.
    """

    space: ClassVar[Space] = {
        "patience": Range(200, 20_000, log=True, whole=True),
        "encoding.resample_rate": Range(0.01, 0.3, log=True),
    }

    encoding: Encoding = MUSICAL_MOVES
    patience: int = 4000
    batch: int = 1
    start: Start = ()

    def __post_init__(self) -> None:
        checked_encoding(self.encoding)
        assign(
            self,
            patience=whole("patience", self.patience, 1, MOST_STEPS),
            batch=whole("batch", self.batch, 1, MOST),
            start=as_rows(self.start),
        )

    def begin(self, task: Task, rng: np.random.Generator) -> Climb:
        """The initial genome of the first climb."""
        genome = self._initial(task, rng, 0)
        return Climb(genome, -np.inf, Best(genome, -np.inf), 0, 1)

    def ask(self, task: Task, state: Climb, rng: np.random.Generator) -> tuple[Climb, Any]:
        """A mutant, or of several those that differ from the current genome; the genome itself where a climb begins."""
        if state.idle >= self.patience:
            state = Climb(self._initial(task, rng, state.climbs), -np.inf, state.best, 0, state.climbs + 1)
        if state.value == -np.inf:
            return state, state.genome
        if self.batch == 1:
            return state, self.encoding.vary(task, state.genome, rng)
        copies = take(state.genome, np.zeros(self.batch, np.int64))
        variants = self.encoding.vary(task, copies, rng)
        new = np.flatnonzero(~same(variants, copies))
        return state, take(variants, new if len(new) else np.array([0]))

    def burst(self, task: Task, state: Climb, rng: np.random.Generator, most: int) -> tuple[Climb, Batch]:
        """Up to `most` mutants, as by so many steps; musical mutations in one kernel."""
        begins = state.value == -np.inf or state.idle >= self.patience
        if begins or self.batch > 1 or not compiled(self.encoding, task):
            return self.step(task, state, rng)
        made = propose(self.encoding, task, state.genome, state.value, rng, most, state.idle, self.patience)
        best = better(state.best, made.batch.melodies, made.batch.returns)
        return Climb(made.melody, made.value, best, made.idle, state.climbs), made.batch

    def tell(self, task: Task, state: Climb, genomes: Any, returns: NDArray[np.float64]) -> Climb:
        """The climb at the first mutant that returns as much or more, if there is one."""
        at = int((returns >= state.value).argmax())
        value, best = float(returns[at]), better(state.best, genomes, returns)
        if value < state.value:
            return state._replace(idle=state.idle + count(genomes))
        idle = 0 if value > state.value else state.idle + count(genomes)
        return Climb(take(genomes, np.array([at])), value, best, idle, state.climbs)

    def deliver(self, task: Task, state: Climb) -> NDArray[np.uint8]:
        """The best melody of all climbs; before any evaluation the initial one."""
        return self.decode(task, state.best.genome)

    def delivered_returns(self, task: Task, state: Climb) -> NDArray[np.float64]:
        """Return (1,) of the best melody of all climbs."""
        return np.array([state.best.value])

    def emigrants(self, task: Task, state: Climb, n: int) -> tuple[Any, NDArray[np.float64]]:
        """The best genome of all climbs, and its return."""
        return state.best.genome, np.array([state.best.value])

    def immigrate(self, task: Task, state: Climb, genomes: Any, returns: NDArray[np.float64]) -> Climb:
        """The climb, moved to the best immigrant if that returns more."""
        best, at = better(state.best, genomes, returns), int(returns.argmax())
        if not returns[at] > state.value:
            return state._replace(best=best)
        return Climb(take(genomes, np.array([at])), float(returns[at]), best, 0, state.climbs)

    def _initial(self, task: Task, rng: np.random.Generator, climb: int) -> Any:
        start = self.start[climb % len(self.start)] if self.start else ()
        return initial_genomes(self.encoding, task, rng, 1, (start,) if start else ())
