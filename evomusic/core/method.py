"""The protocol of methods, and searchers written as ask and tell.

A method evaluates melodies of a task: `init` and `step` both return an explicit state and a `Batch`. The `Ledger` alone
charges the budget: a melody of T tokens costs T steps, whatever made it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import number, wrong
from evomusic.core.rows import Rows, check_rows, wrong_array
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
    """A search method or a learner. Its state is a NamedTuple of arrays, scalars and such NamedTuples.

    A method whose steps make a melody or two may also have `burst(task, state, rng, most)`: several steps in one call,
    with the same melodies, returns and random numbers as by `step`, and at most `most` melodies unless a step has more.

    A method that delivers melodies which it has not evaluated has `untried(task, state, melodies)`: for the melodies
    (K, T) that `deliver` gave, whether that is so (K,) bool. They are evaluated and charged at each row of the curve.

    A searcher that holds the returns of what it delivers has `delivered_returns(task, state)`: (K,) float64. Without it
    the melodies are evaluated again at each row of the curve, which no ledger charges.

    A method that hands over a stochastic policy has `expected(task, state)`: the policy's exact expected return, or
    None where the tables do not give it.
    """

    def init(self, task: Task, rng: np.random.Generator) -> tuple[Any, Batch]:
        """The first state and the melodies evaluated for it."""
        ...

    def step(self, task: Task, state: Any, rng: np.random.Generator) -> tuple[Any, Batch]:
        """The next state and the melodies evaluated for it."""
        ...

    def deliver(self, task: Task, state: Any) -> Melodies:
        """The method's present solution (K, T): its population, or the melody of its greedy policy."""
        ...


class Searcher(ABC):
    """A method that proposes genomes and learns their returns."""

    @abstractmethod
    def begin(self, task: Task, rng: np.random.Generator) -> Any:
        """The state before the first proposal."""

    @abstractmethod
    def ask(self, task: Task, state: Any, rng: np.random.Generator) -> tuple[Any, Any]:
        """The state, and genomes with leading axis P to be evaluated."""

    @abstractmethod
    def tell(self, task: Task, state: Any, genomes: Any, returns: NDArray[np.float64]) -> Any:
        """The state after the returns (P,) of the genomes of the last ask."""

    @abstractmethod
    def deliver(self, task: Task, state: Any) -> Melodies:
        """The searcher's present solution (P, T)."""

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
        values, returns = self.measured(task, melodies)
        return self.tell(task, state, genomes, values), Batch(melodies, returns)

    def measured(self, task: Task, melodies: Melodies) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The values of melodies (P, T) that `tell` is passed, and their returns (P,): here the same."""
        returns = task.evaluate(melodies)
        return returns, returns


def untried_of(method: Any, task: Task, state: Any, melodies: Melodies) -> NDArray[np.bool_]:
    """Return of each melody (K,) that a method delivers whether the method never evaluated it.

    Raises:
        ValueError: the method says something else than a bool for each.
    """
    if not hasattr(method, "untried"):
        return np.zeros(len(melodies), np.bool_)
    untried, shape = method.untried(task, state, melodies), (len(melodies),)
    if not isinstance(untried, np.ndarray) or untried.dtype != np.bool_ or untried.shape != shape:
        raise wrong_array(f"{type(method).__name__}.untried", untried, f"bool of shape {shape}")
    return untried


def returns_of(method: Any, task: Task, state: Any, melodies: Melodies) -> NDArray[np.float64]:
    """Return the returns (K,) of the melodies that a method delivers: its own where it has them, else evaluated.

    Raises:
        ValueError: the method says something else than a number for each.
    """
    if not hasattr(method, "delivered_returns"):
        return task.evaluate(melodies)
    returns, shape = method.delivered_returns(task, state), (len(melodies),)
    if not isinstance(returns, np.ndarray) or returns.dtype != np.float64 or returns.shape != shape:
        raise wrong_array(f"{type(method).__name__}.delivered_returns", returns, f"float64 of shape {shape}")
    return returns


def expected_of(method: Any, task: Task, state: Any) -> float | None:
    """Return the expected return of the stochastic policy that a method hands over; None where it hands over melodies.

    Raises:
        ValueError: the method says something else than a finite number or None.
    """
    if not hasattr(method, "expected"):
        return None
    expected = method.expected(task, state)
    return None if expected is None else number(f"{type(method).__name__}.expected", expected)


def all_untried(self: Any, task: Task, state: Any, melodies: Melodies) -> NDArray[np.bool_]:
    """Return that none of the melodies delivered was evaluated (K,): the method `untried` of a class that says so."""
    return np.ones(len(melodies), np.bool_)


def check_batch(name: str, batch: Any, form: Rows) -> None:
    """Check that a batch of a method holds solutions, such as melodies, and a finite return for each.

    Args:
        name: of the method, for the error.
        batch: the batch.
        form: of the solutions.

    Raises:
        ValueError: it is something else.
    """
    if not isinstance(batch, Batch):
        raise wrong(f"a batch of {name}", batch, "an evomusic.Batch of melodies and returns")
    check_rows(f"melodies of {name}", batch.melodies, form)
    returns, shape = batch.returns, (len(batch.melodies),)
    if not isinstance(returns, np.ndarray) or returns.dtype != np.float64 or returns.shape != shape:
        raise wrong_array(f"returns of {name}", returns, f"float64 of shape {shape}, one a melody")
    if not np.isfinite(returns).all():
        odd = returns[~np.isfinite(returns)][0]
        raise ValueError(f"returns of {name} hold {odd}, expected finite numbers, as task.evaluate gives them")
