"""What a method is, and the one who counts.

A method turns a task into evaluated melodies: `init` and `step` both return an explicit state and a `Batch`. A
searcher is written as ask and tell. The `Ledger` alone charges: a melody of T tokens costs T steps, whoever made it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from evomusic.core.task import Task

Melodies = NDArray[np.uint8]  # (P, T)


class Batch(NamedTuple):
    """Evaluated melodies (P, T) and their returns (P,), in the order in which they were made.

    `updates` counts changes of a value or a parameter that were made for them; searchers make none. `sweeps` counts
    those that were made with transitions of a learnt model instead of real ones.
    """

    melodies: Melodies
    returns: NDArray[np.float64]
    updates: int = 0
    sweeps: int = 0


class Method(Protocol):
    """Anything that makes evaluated melodies. Its state is a NamedTuple of arrays, scalars and such NamedTuples."""

    def init(self, task: Task, rng: np.random.Generator) -> tuple[Any, Batch]:
        """The first state and the melodies evaluated for it."""
        ...

    def step(self, task: Task, state: Any, rng: np.random.Generator) -> tuple[Any, Batch]:
        """The next state and the melodies evaluated for it."""
        ...

    def deliver(self, task: Task, state: Any) -> Melodies:
        """What the method would hand over now: its population, or the melody of its greedy policy. Not charged."""
        ...


class Searcher(ABC):
    """A method that proposes genomes and is told their returns."""

    @abstractmethod
    def begin(self, task: Task, rng: np.random.Generator) -> Any:
        """The state before anything was proposed."""

    @abstractmethod
    def ask(self, task: Task, state: Any, rng: np.random.Generator) -> tuple[Any, Any]:
        """The state, and genomes with leading axis P to be evaluated."""

    @abstractmethod
    def tell(self, task: Task, state: Any, genomes: Any, returns: NDArray[np.float64]) -> Any:
        """The state after the genomes of the last ask turned out to return (P,)."""

    @abstractmethod
    def deliver(self, task: Task, state: Any) -> Melodies:
        """The melodies that the searcher would hand over now."""

    def decode(self, task: Task, genomes: Any) -> Melodies:
        """Melodies (P, T) of genomes, by the searcher's `encoding`; without one its genomes are melodies."""
        encoding = getattr(self, "encoding", None)
        return genomes if encoding is None else encoding.decode(task, genomes)

    def init(self, task: Task, rng: np.random.Generator) -> tuple[Any, Batch]:
        """Begin, ask and tell once."""
        return self.step(task, self.begin(task, rng), rng)

    def step(self, task: Task, state: Any, rng: np.random.Generator) -> tuple[Any, Batch]:
        """Ask, evaluate and tell."""
        state, genomes = self.ask(task, state, rng)
        melodies = self.decode(task, genomes)
        returns = task.evaluate(melodies)
        return self.tell(task, state, genomes, returns), Batch(melodies, returns)
