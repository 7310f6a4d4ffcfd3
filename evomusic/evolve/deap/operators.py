"""Names of DEAP's operators, and an encoding's own operators in the form that DEAP calls."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol, TypeVar

from evomusic.core.task import Task
from evomusic.encodings.base import Encoding, same
from evomusic.evolve.deap.global_random import drawn

ROW_CROSSOVERS = ("cxTwoPoint", "cxOnePoint", "cxUniform")  # the first of each is a form's default
TREE_CROSSOVERS = ("cxOnePoint", "cxOnePointLeafBiased")
TREE_MUTATIONS = ("mutUniform", "mutNodeReplacement", "mutInsert", "mutShrink")
ORDER_CROSSOVERS = ("cxOrdered", "cxPartialyMatched")  # of permutations; the second is spelt so in DEAP
CROSSOVERS = (*ROW_CROSSOVERS, "cxOnePointLeafBiased", *ORDER_CROSSOVERS, "vary")
MUTATIONS = ("mutUniformInt", "mutFlipBit", "mutGaussian", "mutShuffleIndexes", *TREE_MUTATIONS, "vary")
TRIES = 100  # greatest number of attempts of an encoding's mutation to change a genome

Operators = dict[str, Callable[..., Any]]
X = TypeVar("X")


class Form(Protocol):
    """Conversion between genomes and individuals, for one encoding on one task."""

    @property
    def task(self) -> Task: ...  # noqa: D102
    @property
    def encoding(self) -> Encoding: ...  # noqa: D102

    def individuals(self, genomes: Any, objectives: int) -> list[Any]:
        """Individuals of genomes, without fitness."""
        ...

    def genomes(self, individuals: Sequence[Any]) -> Any:
        """Genomes of at least one individual."""
        ...

    def crossovers(self) -> Operators:
        """Operators for `mate` by name; the first is the default."""
        ...

    def mutations(self, indpb: float, sigma: float) -> Operators:
        """Operators for `mutate` by name; the first is the default."""
        ...


def uncrossed(left: X, right: X, indpb: float = 0.0) -> tuple[X, X]:
    """Both parents unchanged: for rows of one number, on which DEAP's crossovers raise."""
    return left, right


def crossed_by(form: Form) -> Callable[[Any, Any], tuple[Any, ...]]:
    """The encoding's own crossover: of every pair and without mutation, if it has rates of these."""
    encoding: Any = form.encoding
    rates = {"crossover_rate": 1.0, "mutation_rate": 0.0, "flip_rate": 0.0}
    fields = {f.name for f in dataclasses.fields(encoding)} if dataclasses.is_dataclass(encoding) else set()
    own = {name: value for name, value in rates.items() if name in fields}
    return partial(crossed, form, dataclasses.replace(encoding, **own) if own else encoding)


def crossed(form: Form, encoding: Encoding, left: Any, right: Any) -> tuple[Any, ...]:
    """Two offspring of two individuals, by an encoding's operators."""
    children = encoding.vary(form.task, form.genomes([left, right]), drawn())
    return tuple(form.individuals(children, len(left.fitness.weights)))


def varied(form: Form, individual: Any) -> tuple[Any]:
    """A mutant by the encoding's own mutation, drawn until it differs, at most 100 times."""
    genome, rng = form.genomes([individual]), drawn()
    for _ in range(TRIES):
        child = form.encoding.vary(form.task, genome, rng)
        if not same(child, genome)[0]:
            break
    return (form.individuals(child, len(individual.fitness.weights))[0],)
