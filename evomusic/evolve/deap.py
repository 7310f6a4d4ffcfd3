"""DEAP for melodies: a toolbox for any task, and DEAP's own algorithms as methods under the ledger.

    from deap import algorithms
    from evomusic.evolve.deap import toolbox

    box = toolbox(task)
    population, log = algorithms.eaSimple(box.population(n=300), box, cxpb=0.5, mutpb=0.2, ngen=40)

DEAP draws from the global generators of `random` and `numpy.random`. As a method it draws from states of them that are
kept in the method's own state; the global ones are put back after every step.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from evomusic.encodings.base import check_choice, check_count, rate
from evomusic.encodings.samples import checked_rows
from evomusic.evolve.select import as_rows
from evomusic.method import Batch
from evomusic.task import Task

ALGORITHMS = ("eaSimple", "eaMuPlusLambda")
CROSSOVERS = ("cxOnePoint", "cxTwoPoint", "cxUniform")
X = TypeVar("X")


@dataclass(frozen=True, eq=False)
class Evaluate:
    """DEAP's evaluate: a return as a tuple of one; `many` takes a list of individuals at once.

    Args:
        task: the task.
        record: called with the batch of every evaluation.
    """

    task: Task
    record: Callable[[Batch], object] | None = None

    def __call__(self, individual: Iterable[int]) -> tuple[float]:
        """The return of one individual."""
        return self.many([individual])[0]

    def many(self, individuals: Iterable[Iterable[int]]) -> list[tuple[float]]:
        """Returns of individuals, by one evaluation of all."""
        rows = list(individuals)
        if not rows:
            return []
        melodies = checked_rows(rows, self.task)
        returns = self.task.evaluate(melodies)
        if self.record is not None:
            self.record(Batch(melodies, returns))
        return [(value,) for value in returns.tolist()]


def map_batched(function: Callable[..., X], *lists: Iterable[Any]) -> list[X]:
    """DEAP's map: all at once where the function has `many`, one by one elsewhere."""
    many = getattr(getattr(function, "func", function), "many", None)
    return many(*lists) if many else list(map(function, *lists))


def random_notes(steps: int, tokens: int) -> list[int]:
    """Uniform tokens, drawn from the global generator as DEAP does."""
    from evomusic.evolve.individuals import NoteList

    return NoteList(random.randrange(tokens) for _ in range(steps))


def uncrossed(left: X, right: X, indpb: float = 0.0) -> tuple[X, X]:
    """Both as they are: melodies of one step, where DEAP's crossovers find no point and raise."""
    return left, right


def toolbox(task: Task, mate: str = "cxTwoPoint", indpb: float = 0.05, tournsize: int = 3) -> Any:
    """A DEAP toolbox for note lists of a task: individual, population, clone, mate, mutate, select, evaluate, map.

    Args:
        task: the task.
        mate: DEAP's crossover: "cxOnePoint", "cxTwoPoint" or "cxUniform" (at .5 a token).
        indpb: chance of each token when `mutUniformInt` mutates.
        tournsize: rivals of `selTournament`.

    Raises:
        ValueError: the crossover is not known, or a number is out of range.
    """
    from deap import base, tools

    from evomusic.evolve.individuals import clone

    check_choice("mate", mate, CROSSOVERS)
    check_count("tournsize", tournsize)
    box = base.Toolbox()
    box.register("clone", clone)
    box.register("individual", random_notes, task.grid.steps, task.grid.tokens)
    box.register("population", tools.initRepeat, list, box.individual)
    crossover = getattr(tools, mate) if task.grid.steps > 1 else uncrossed
    box.register("mate", crossover, **({"indpb": 0.5} if mate == "cxUniform" else {}))
    box.register("mutate", tools.mutUniformInt, low=0, up=task.grid.tokens - 1, indpb=rate("indpb", indpb))
    box.register("select", tools.selTournament, tournsize=tournsize)
    box.register("evaluate", Evaluate(task))
    box.register("map", map_batched)
    return box


class Dice(NamedTuple):
    """States of the global generators of `random` and `numpy.random`; a Gauss pair is (is one left, which)."""

    words: NDArray[np.uint32]  # (625,)
    gauss: NDArray[np.float64]  # (2,)
    key: NDArray[np.uint32]  # (624,)
    place: int
    normal: NDArray[np.float64]  # (2,)


def seeded(rng: np.random.Generator) -> Dice:
    """States seeded from a generator."""
    _, words, _ = random.Random(int(rng.integers(2**63))).getstate()
    key: Any = np.random.MT19937(int(rng.integers(2**63))).state["state"]
    nothing = np.zeros(2)
    return Dice(np.array(words, np.uint32), nothing, key["key"], int(key["pos"]), nothing)


def current() -> Dice:
    """The states of the global generators as they are."""
    _, words, gauss = random.getstate()
    legacy: Any = np.random.get_state()  # noqa: NPY002  # DEAP draws from the global one
    _, key, place, has, normal = legacy
    left = np.array([gauss is not None, gauss or 0.0], np.float64)
    return Dice(np.array(words, np.uint32), left, key, int(place), np.array([has, normal], np.float64))


def throw(dice: Dice) -> None:
    """Put the global generators into these states."""
    random.setstate((3, tuple(dice.words.tolist()), float(dice.gauss[1]) if dice.gauss[0] else None))
    np.random.set_state(("MT19937", dice.key, dice.place, int(dice.normal[0]), float(dice.normal[1])))  # noqa: NPY002


def drawing_from(dice: Dice, work: Callable[[], X]) -> tuple[X, Dice]:
    """What work gives while the global generators draw from these dice, and the dice after it."""
    outside = current()
    throw(dice)
    try:
        return work(), current()
    finally:
        throw(outside)


class DeapState(NamedTuple):
    """The population (P, T), its returns (P,), and where DEAP's generators stand."""

    genomes: NDArray[np.uint8]
    returns: NDArray[np.float64]
    dice: Dice


@dataclass(frozen=True, kw_only=True)
class Deap:
    """DEAP's own algorithms on note lists, a generation a step; names of parameters are DEAP's.

    A generation that evaluates no one is charged its first individual all the same, so that every run ends.

    Args:
        algorithm: "eaSimple", or "eaMuPlusLambda" with mu and lambda equal to the population.
        population: number of individuals.
        cxpb: chance of crossover.
        mutpb: chance of mutation.
        indpb: chance of each token when one is mutated.
        tournsize: rivals in a tournament.
        mate: "cxOnePoint", "cxTwoPoint" or "cxUniform".
        start: rows of tokens that enter the first population.

    Raises:
        ValueError: a name is not known, or a number is out of range.
    """

    algorithm: str = "eaSimple"
    population: int = 300
    cxpb: float = 0.5
    mutpb: float = 0.2
    indpb: float = 0.05
    tournsize: int = 3
    mate: str = "cxTwoPoint"
    start: tuple[tuple[int, ...], ...] = ()

    def __post_init__(self) -> None:
        check_choice("algorithm", self.algorithm, ALGORITHMS)
        check_choice("mate", self.mate, CROSSOVERS)
        check_count("population", self.population, 2)
        check_count("tournsize", self.tournsize)
        for name in ("cxpb", "mutpb", "indpb"):
            rate(name, getattr(self, name))
        if self.algorithm == "eaMuPlusLambda" and self.cxpb + self.mutpb > 1:
            raise ValueError(f"cxpb + mutpb is {self.cxpb + self.mutpb}, expected at most 1 with eaMuPlusLambda")
        object.__setattr__(self, "start", as_rows(self.start))

    def init(self, task: Task, rng: np.random.Generator) -> tuple[DeapState, Batch]:
        """The first population, drawn by DEAP."""
        box = toolbox(task, self.mate, self.indpb, self.tournsize)
        drawn, dice = drawing_from(seeded(rng), lambda: checked_rows(box.population(n=self.population), task))
        given = checked_rows(self.start[: self.population], task) if self.start else drawn[:0]
        genomes = np.concatenate([given, drawn[len(given) :]])
        returns = task.evaluate(genomes)
        return DeapState(genomes, returns, dice), Batch(genomes, returns)

    def step(self, task: Task, state: DeapState, rng: np.random.Generator) -> tuple[DeapState, Batch]:
        """One generation of DEAP's; `rng` is not drawn from, for DEAP's generators are in the state."""
        batches: list[Batch] = []
        box = toolbox(task, self.mate, self.indpb, self.tournsize)
        box.register("evaluate", Evaluate(task, batches.append))
        individuals = _individuals(state)
        individuals, dice = drawing_from(state.dice, lambda: self._generation(individuals, box))
        genomes = checked_rows(individuals, task)
        returns = np.array([i.fitness.values[0] for i in individuals])
        if not batches:
            box.evaluate(individuals[0])
        made = Batch(np.concatenate([b.melodies for b in batches]), np.concatenate([b.returns for b in batches]))
        return DeapState(genomes, returns, dice), made

    def deliver(self, task: Task, state: DeapState) -> NDArray[np.uint8]:
        """The population."""
        return state.genomes

    def _generation(self, individuals: list[Any], box: Any) -> list[Any]:
        from deap import algorithms

        if self.algorithm == "eaSimple":
            return algorithms.eaSimple(individuals, box, self.cxpb, self.mutpb, 1, verbose=False)[0]
        mu = self.population
        return algorithms.eaMuPlusLambda(individuals, box, mu, mu, self.cxpb, self.mutpb, 1, verbose=False)[0]


def _individuals(state: DeapState) -> list[Any]:
    """DEAP's individuals, with their fitness."""
    from evomusic.evolve.individuals import NoteList

    individuals = [NoteList(row) for row in state.genomes.tolist()]
    for individual, value in zip(individuals, state.returns.tolist(), strict=True):
        individual.fitness.values = (value,)
    return individuals
