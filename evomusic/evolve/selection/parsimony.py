"""Selection against bloat: schemes that look at the sizes of genomes, for encodings whose genomes have one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evomusic.encodings.base import Encoding, check_count
from evomusic.evolve.selection.schemes import Candidates, Selection, Tournament
from evomusic.evolve.selection.select import Index, tournament

TOURNAMENT = Tournament()


def sizes(encoding: Encoding, genomes: Any) -> NDArray[np.float64]:
    """Sizes (P,) of genomes.

    Raises:
        ValueError: the encoding's genomes have no size.
    """
    size = getattr(encoding, "size", None)
    if size is None:
        raise ValueError(f"genomes of {type(encoding).__name__} have no size; parsimony is for Tree and Grammar")
    return np.asarray(size(genomes), float)


@dataclass(frozen=True, kw_only=True)
class Parsimony:
    """Another scheme, on returns less `pressure` for each node of a genome (Koza 1992, parsimony pressure).

    Args:
        pressure: what a node costs, in units of return.
        selection: the scheme.

    Raises:
        ValueError: the pressure is negative; when it picks, the genomes have no size.
    """

    pressure: float = 0.01
    selection: Selection = TOURNAMENT

    def __post_init__(self) -> None:
        if not self.pressure >= 0:
            raise ValueError(f"pressure is {self.pressure!r}, expected 0 or more")

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> Index:
        """Who has offspring, of candidates that pay for their size."""
        cost = self.pressure * sizes(candidates.encoding, candidates.genomes)
        return self.selection.pick(replace(candidates, returns=candidates.returns - cost), n, rng)


@dataclass(frozen=True, kw_only=True)
class DoubleTournament:
    """Of the winners of two tournaments the smaller, with chance parsimony / 2 (Luke & Panait 2002).

    Args:
        size: rivals in each tournament on returns.
        parsimony: 1 for chance, 2 for always the smaller.

    Raises:
        ValueError: a number is out of range; when it picks, the genomes have no size.
    """

    size: int = 5
    parsimony: float = 1.4

    def __post_init__(self) -> None:
        check_count("size", self.size, 1)
        if not 1 <= self.parsimony <= 2:
            raise ValueError(f"parsimony is {self.parsimony!r}, expected 1 to 2")

    def pick(self, candidates: Candidates, n: int, rng: np.random.Generator) -> Index:
        """Who has offspring; of equally large winners the first."""
        heavy = sizes(candidates.encoding, candidates.genomes)
        one, two = tournament(candidates.returns, 2 * n, self.size, rng).reshape(2, n)
        smaller = np.where(heavy[two] < heavy[one], two, one)
        larger = np.where(heavy[two] < heavy[one], one, two)
        return np.where(rng.random(n) < self.parsimony / 2, smaller, larger)
