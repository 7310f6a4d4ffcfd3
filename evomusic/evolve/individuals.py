"""DEAP's individuals for note lists: importable classes, so that they pickle and spawn.

Imports DEAP; imported only where that is used.
"""

from __future__ import annotations

from collections.abc import Iterable

from deap import base


class Return(base.Fitness):  # type: ignore[misc]  # DEAP has no types
    """A return, to be maximised."""

    weights = (1.0,)


class NoteList(list[int]):
    """A melody as DEAP's operators know it: a list of tokens with a fitness."""

    def __init__(self, tokens: Iterable[int] = ()) -> None:
        super().__init__(tokens)
        self.fitness = Return()


def clone(individual: NoteList) -> NoteList:
    """The same tokens and fitness; what DEAP's deepcopy gives, in a hundredth of its time."""
    twin = NoteList(individual)
    twin.fitness.wvalues = individual.fitness.wvalues
    return twin
