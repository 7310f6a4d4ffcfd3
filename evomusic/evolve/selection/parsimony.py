"""Parsimony: selection against bloat by the sizes of genomes, for encodings with genomes of variable size."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import number, whole
from evomusic.encodings.base import MOST, Encoding, assign
from evomusic.evolve.selection.schemes import Candidates, Selection, Tournament, checked_selection
from evomusic.evolve.selection.select import Index, tournament

TOURNAMENT = Tournament()


def sizes(encoding: Encoding, genomes: Any) -> NDArray[np.float64]:
    """Sizes (P,) of genomes.

    Raises:
        ValueError: the encoding's genomes have no variable size.
    """
    size = getattr(encoding, "size", None)
    if not callable(size) or hasattr(encoding, "policies"):  # a policy's size is that of all its genomes
        raise ValueError(f"genomes of {type(encoding).__name__} have no size of their own; parsimony is for Tree")
    return np.asarray(size(genomes), float)


@dataclass(frozen=True, kw_only=True)
class Parsimony:
    """Parsimony pressure (Koza 1992): selection by returns minus `pressure` for each node of a genome.

    Args:
        pressure: cost of a node, in units of return.
        selection: the scheme that selects by these returns.

    Raises:
        ValueError: an argument is of the wrong type or out of range; in `pick`, genomes have no variable size.
    """

    pressure: float = 0.01
    selection: Selection = TOURNAMENT

    def __post_init__(self) -> None:
        assign(self, pressure=number("pressure", self.pressure, 0.0))
        checked_selection(self.selection)

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> Index:
        """Parents, selected by penalised returns."""
        cost = self.pressure * sizes(candidates.encoding, candidates.genomes)
        return self.selection.pick(replace(candidates, returns=candidates.returns - cost), n, rng)


@dataclass(frozen=True, kw_only=True)
class DoubleTournament:
    """Double tournament (Luke & Panait 2002): the smaller of two tournament winners, with probability parsimony / 2.

    Args:
        size: size of each tournament by return.
        parsimony: from 1, which ignores sizes, to 2, which always selects the smaller.

    Raises:
        ValueError: an argument is of the wrong type or out of range; in `pick`, genomes have no variable size.
    """

    size: int = 5
    parsimony: float = 1.4

    def __post_init__(self) -> None:
        assign(self, size=whole("size", self.size, 1, MOST), parsimony=number("parsimony", self.parsimony, 1.0, 2.0))

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> Index:
        """Parents; of winners of equal size the first counts as the smaller."""
        size = sizes(candidates.encoding, candidates.genomes)
        one, two = tournament(candidates.returns, 2 * n, self.size, rng).reshape(2, n)
        smaller = np.where(size[two] < size[one], two, one)
        larger = np.where(size[two] < size[one], one, two)
        return np.where(rng.random(n) < self.parsimony / 2, smaller, larger)
