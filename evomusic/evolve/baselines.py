"""What evolution has to be better than: random search and hill climbing, for any encoding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.method import Searcher
from evomusic.core.task import Task
from evomusic.encodings.base import Encoding, check_count, count, same, take
from evomusic.encodings.notes.notes import NOTES, Notes
from evomusic.evolve.selection.select import as_rows, first_genomes

MUSICAL_MOVES = Notes(crossover_rate=0.0, mutation_rate=1.0)


class Best(NamedTuple):
    """The best genome (1, ...) that was told, and its return; -inf before any was."""

    genome: Any
    value: float


def better(best: Best, genomes: Any, returns: NDArray[np.float64]) -> Best:
    """The best so far; of equals the earlier."""
    at = int(returns.argmax())
    value = float(returns[at])
    return Best(take(genomes, np.array([at])), value) if value > best.value else best


@dataclass(frozen=True, kw_only=True)
class RandomSearch(Searcher):
    """Samples of an encoding, and nothing learnt from them.

    Args:
        batch: samples a step.
        encoding: the searched space; `Notes(first="style")` samples the task's style.

    Raises:
        ValueError: the batch is no whole number from 1.
    """

    batch: int = 300
    encoding: Encoding = NOTES

    def __post_init__(self) -> None:
        check_count("batch", self.batch)

    def begin(self, task: Task, rng: np.random.Generator) -> Best:
        """Some genome, told nothing."""
        return Best(self.encoding.sample(task, rng, 1), -np.inf)

    def ask(self, task: Task, state: Best, rng: np.random.Generator) -> tuple[Best, Any]:
        """A batch of samples."""
        return state, self.encoding.sample(task, rng, self.batch)

    def tell(self, task: Task, state: Best, genomes: Any, returns: NDArray[np.float64]) -> Best:
        """The best so far."""
        return better(state, genomes, returns)

    def decode(self, task: Task, genomes: Any) -> NDArray[np.uint8]:
        """The melodies of genomes."""
        return self.encoding.decode(task, genomes)

    def deliver(self, task: Task, state: Best) -> NDArray[np.uint8]:
        """The best melody so far."""
        return self.encoding.decode(task, state.genome)


class Climb(NamedTuple):
    """Where a climb stands: its genome (1, ...) and return (-inf at its beginning), and the best of all climbs.

    `idle` counts evaluations since the climb last rose, `climbs` how many were begun.
    """

    genome: Any
    value: float
    best: Best
    idle: int
    climbs: int


@dataclass(frozen=True, kw_only=True)
class HillClimb(Searcher):
    """Hill climbing: variants of one genome, the first that returns as much or more takes its place.

    A climb that has not risen for `patience` evaluations ends, and another begins elsewhere; the best of all climbs is
    delivered. Variants are proposed `batch` at a time, all from the same genome: 1 is the textbook's first
    improvement, more are faster and all are charged.

    Args:
        encoding: the searched space; only its mutation matters, since crossing a genome with itself changes nothing.
        patience: evaluations without a rise after which a climb ends.
        batch: variants a step.
        start: rows of tokens at which climbs begin, in turn; samples of the encoding when empty.

    Raises:
        ValueError: a number is out of range, or `start` holds no rows of tokens.
    """

    encoding: Encoding = MUSICAL_MOVES
    patience: int = 4000
    batch: int = 1
    start: tuple[tuple[int, ...], ...] = ()

    def __post_init__(self) -> None:
        check_count("patience", self.patience)
        check_count("batch", self.batch)
        object.__setattr__(self, "start", as_rows(self.start))

    def begin(self, task: Task, rng: np.random.Generator) -> Climb:
        """The first climb's first genome."""
        genome = self._foot(task, rng, 0)
        return Climb(genome, -np.inf, Best(genome, -np.inf), 0, 1)

    def ask(self, task: Task, state: Climb, rng: np.random.Generator) -> tuple[Climb, Any]:
        """Variants of the genome that differ from it; or the genome where a climb begins."""
        if state.idle >= self.patience:
            state = Climb(self._foot(task, rng, state.climbs), -np.inf, state.best, 0, state.climbs + 1)
        if state.value == -np.inf:
            return state, state.genome
        copies = take(state.genome, np.zeros(self.batch, np.int64))
        variants = self.encoding.vary(task, copies, rng)
        new = np.flatnonzero(~same(variants, copies))
        return state, take(variants, new if len(new) else np.array([0]))

    def tell(self, task: Task, state: Climb, genomes: Any, returns: NDArray[np.float64]) -> Climb:
        """The climb at the first variant that is as good or better, if there is one."""
        at = int((returns >= state.value).argmax())
        value, best = float(returns[at]), better(state.best, genomes, returns)
        if value < state.value:
            return state._replace(idle=state.idle + count(genomes))
        idle = 0 if value > state.value else state.idle + count(genomes)
        return Climb(take(genomes, np.array([at])), value, best, idle, state.climbs)

    def decode(self, task: Task, genomes: Any) -> NDArray[np.uint8]:
        """The melodies of genomes."""
        return self.encoding.decode(task, genomes)

    def deliver(self, task: Task, state: Climb) -> NDArray[np.uint8]:
        """The best melody of all climbs; before anything was told, the first genome's."""
        return self.encoding.decode(task, state.best.genome)

    def emigrants(self, task: Task, state: Climb, n: int) -> tuple[Any, NDArray[np.float64]]:
        """The best genome of all climbs, and its return."""
        return state.best.genome, np.array([state.best.value])

    def immigrate(self, task: Task, state: Climb, genomes: Any, returns: NDArray[np.float64]) -> Climb:
        """The climb goes on at the best newcomer, where that stands higher."""
        best, at = better(state.best, genomes, returns), int(returns.argmax())
        if not returns[at] > state.value:
            return state._replace(best=best)
        return Climb(take(genomes, np.array([at])), float(returns[at]), best, 0, state.climbs)

    def _foot(self, task: Task, rng: np.random.Generator, climb: int) -> Any:
        start = self.start[climb % len(self.start)] if self.start else ()
        return first_genomes(self.encoding, task, rng, 1, (start,) if start else ())


STYLE = Notes(first="style")


@dataclass(frozen=True, kw_only=True)
class BestOfN(Searcher):
    """Each step draws n samples afresh and hands over the best of them: what choosing alone is worth.

    Unlike `RandomSearch` it forgets: what it delivers does not grow with the budget, but with n. Its mean delivered
    return is the expected greatest of n samples.

    Args:
        n: samples a step.
        encoding: what is sampled; the task's style, unless told otherwise.

    Raises:
        ValueError: n is no whole number from 1.
    """

    n: int = 16
    encoding: Encoding = STYLE

    def __post_init__(self) -> None:
        check_count("n", self.n)

    def begin(self, task: Task, rng: np.random.Generator) -> Best:
        """Some sample, told nothing."""
        return Best(self.encoding.sample(task, rng, 1), -np.inf)

    def ask(self, task: Task, state: Best, rng: np.random.Generator) -> tuple[Best, Any]:
        """Samples, n of them; what was best before is forgotten."""
        return state._replace(value=-np.inf), self.encoding.sample(task, rng, self.n)

    def tell(self, task: Task, state: Best, genomes: Any, returns: NDArray[np.float64]) -> Best:
        """The best of n."""
        return better(state, genomes, returns)

    def decode(self, task: Task, genomes: Any) -> NDArray[np.uint8]:
        """The melodies of genomes."""
        return self.encoding.decode(task, genomes)

    def deliver(self, task: Task, state: Best) -> NDArray[np.uint8]:
        """The best of the last n."""
        return self.encoding.decode(task, state.genome)
