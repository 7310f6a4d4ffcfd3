"""DEAP's individuals: importable classes, so that they pickle and spawn.

Imports DEAP; imported only where that is used.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from deap import base, gp

from evomusic.encodings.base import same

I = TypeVar("I", "Genes", "PhraseTree", "Genome")  # noqa: E741  # an individual


class Return(base.Fitness):  # type: ignore[misc]  # DEAP has no types
    """Returns, to be maximised: one, or one a group of rules."""

    weights: tuple[float, ...] = (1.0,)

    def __init__(self, objectives: int = 1) -> None:
        self.weights = (1.0,) * objectives
        super().__init__()

    def __deepcopy__(self, memo: object) -> Return:
        twin = Return(len(self.weights))
        twin.wvalues = self.wvalues
        return twin


class Genes(list[Any]):
    """A genome that is a row of numbers, as DEAP's operators for lists know it."""

    def __init__(self, genes: Iterable[Any] = (), objectives: int = 1) -> None:
        super().__init__(genes)
        self.fitness = Return(objectives)


class PhraseTree(gp.PrimitiveTree):  # type: ignore[misc]  # DEAP has no types
    """A tree of the phrase language, as `deap.gp` knows it."""

    def __init__(self, nodes: Iterable[Any] = (), objectives: int = 1) -> None:
        super().__init__(nodes)
        self.fitness = Return(objectives)


class Genome:
    """Any other genome: a population of one, which only the encoding's own operators can vary."""

    def __init__(self, genome: Any, objectives: int = 1) -> None:
        self.genome = genome
        self.fitness = Return(objectives)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Genome) and bool(same(self.genome, other.genome)[0])

    __hash__ = None  # type: ignore[assignment]  # as lists have none


def clone(individual: I) -> I:
    """The same genome and fitness; what DEAP's deepcopy gives, in a hundredth of its time."""
    content: Any = individual.genome if isinstance(individual, Genome) else individual
    twin = type(individual)(content, len(individual.fitness.weights))
    twin.fitness.wvalues = individual.fitness.wvalues
    return twin
