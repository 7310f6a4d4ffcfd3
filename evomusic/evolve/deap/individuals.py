"""DEAP's individuals as importable classes, so that they can be pickled and sent to other processes.

This module imports DEAP, so that others import it only where they use it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from deap import base, gp

from evomusic.encodings.base import same

I = TypeVar("I", "Genes", "PhraseTree", "Genome")  # noqa: E741  # an individual


class Return(base.Fitness):  # type: ignore[misc]  # DEAP has no types
    """Fitness to be maximised: the return, or one objective for each group of rules."""

    weights: tuple[float, ...] = (1.0,)

    def __init__(self, objectives: int = 1) -> None:
        self.weights = (1.0,) * objectives  # DEAP's own check of them would take a tenth of a run

    def __gt__(self, other: base.Fitness) -> bool:
        return bool(self.wvalues > other.wvalues)

    def __deepcopy__(self, memo: object) -> Return:
        twin = Return(len(self.weights))
        twin.wvalues = self.wvalues
        return twin


class Genes(list[Any]):
    """A genome that is a row of numbers, for DEAP's operators on lists."""

    def __init__(self, genes: Iterable[Any] = (), objectives: int = 1) -> None:
        super().__init__(genes)
        self.fitness = Return(objectives)


class PhraseTree(gp.PrimitiveTree):  # type: ignore[misc]  # DEAP has no types
    """A tree of the phrase language, for `deap.gp`."""

    def __init__(self, nodes: Iterable[Any] = (), objectives: int = 1) -> None:
        super().__init__(nodes)
        self.fitness = Return(objectives)


class Genome:
    """Any other genome, as a population of one that only the encoding's own operators can vary."""

    def __init__(self, genome: Any, objectives: int = 1) -> None:
        self.genome = genome
        self.fitness = Return(objectives)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Genome) and bool(same(self.genome, other.genome)[0])

    __hash__ = None  # type: ignore[assignment]  # as lists have none


def clone(individual: I) -> I:
    """A copy of an individual and its fitness; as DEAP's deepcopy, in a hundredth of its time."""
    content: Any = individual.genome if isinstance(individual, Genome) else individual
    twin = type(individual)(content, len(individual.fitness.weights))
    twin.fitness.wvalues = individual.fitness.wvalues
    return twin
