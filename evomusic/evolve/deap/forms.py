"""Conversion between genomes of an encoding and DEAP's individuals, with the operators of DEAP that fit these.

Genomes that are rows of numbers become lists (`Rows`), trees of the phrase language `deap.gp` trees (`trees.Phrases`);
all others are wrapped as they are (`Wholes`), and only the encoding's own operators, "vary", change them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evomusic.core.task import Task
from evomusic.encodings.base import Encoding, concatenate, count, take
from evomusic.encodings.bits import Bits
from evomusic.encodings.genotypes.form import Vectors
from evomusic.encodings.genotypes.permutations import Permutations
from evomusic.encodings.genotypes.vectors import Bitstrings, Integers
from evomusic.encodings.notes.notes import Notes
from evomusic.evolve.deap.operators import (
    ORDER_CROSSOVERS,
    ROW_CROSSOVERS,
    Form,
    Operators,
    crossed_by,
    uncrossed,
    varied,
)


def form_of(task: Task, encoding: Encoding, genomes: Any) -> Form:
    """The form of an encoding's genomes."""
    from evomusic.encodings.trees.tree import Tree

    if isinstance(encoding, Tree):
        from evomusic.evolve.deap.trees import Phrases

        return Phrases(task, encoding)
    if isinstance(genomes, np.ndarray) and genomes.ndim == 2 and not hasattr(encoding, "symbols"):
        return Rows(task, encoding, genomes.shape[1], genomes.dtype.str)
    return Wholes(task, encoding)


@dataclass(frozen=True, eq=False)
class Rows:
    """Genomes (P, L) of one array as lists of L numbers."""

    task: Task
    encoding: Encoding
    length: int
    dtype: str

    @property
    def top(self) -> float:
        """The greatest number in a row."""
        if isinstance(self.encoding, Vectors):
            return float(np.max(self.encoding.rows.high))
        if isinstance(self.encoding, Bits):
            return 1
        if isinstance(self.encoding, Notes):
            return self.task.grid.tokens - 1
        return np.inf if np.dtype(self.dtype).kind == "f" else int(np.iinfo(self.dtype).max)

    def individuals(self, genomes: NDArray[Any], objectives: int) -> list[Any]:
        """Lists of numbers."""
        from evomusic.evolve.deap.individuals import Genes

        return [Genes(row, objectives) for row in genomes.tolist()]

    def genomes(self, individuals: Sequence[Sequence[Any]]) -> NDArray[Any]:
        """Rows of numbers.

        Raises:
            ValueError: a list has another length, or holds a value that is no number or out of range.
        """
        try:
            rows = _packed(individuals, self.length) if np.dtype(self.dtype) == np.uint8 else np.asarray(individuals)
        except ValueError:
            raise ValueError(f"individuals differ in length, expected {self.length} numbers each") from None
        if rows.shape[1:] != (self.length,):
            raise ValueError(f"individuals have shape {rows.shape}, expected (P, {self.length}) numbers")
        real = np.dtype(self.dtype).kind == "f"
        if rows.dtype.kind not in ("iuf" if real else "iub"):
            raise ValueError(f"individuals have dtype {rows.dtype}, expected {'' if real else 'whole '}numbers")
        low = float(np.min(self.encoding.rows.low)) if isinstance(self.encoding, Vectors) else 0
        if not real and not low <= rows.min() <= rows.max() <= self.top:
            raise ValueError(f"individuals run from {rows.min()} to {rows.max()}, expected {low:g} to {self.top:g}")
        return rows.astype(self.dtype)

    def crossovers(self) -> Operators:
        """DEAP's crossovers of lists; those of permutations for Permutations."""
        from deap import tools

        if isinstance(self.encoding, Permutations):
            return {name: getattr(tools, name) for name in ORDER_CROSSOVERS} | {"vary": crossed_by(self)}
        cx = {name: getattr(tools, name) if self.length > 1 else uncrossed for name in ROW_CROSSOVERS}
        return cx | {"cxUniform": partial(cx["cxUniform"], indpb=0.5), "vary": crossed_by(self)}

    def mutations(self, indpb: float, sigma: float) -> Operators:
        """DEAP's mutations of lists: uniform integers for Notes, bit flips for Bits, Gaussian for real numbers.

        Of genotypes: bit flips, uniform integers within the bounds, Gaussian, and shuffled places of permutations.
        """
        from deap import tools

        own: Operators = {"vary": partial(varied, self)}
        whole: Operators = {"mutUniformInt": partial(tools.mutUniformInt, low=0, up=self.top, indpb=indpb)}
        if isinstance(self.encoding, Permutations):
            return {"mutShuffleIndexes": partial(tools.mutShuffleIndexes, indpb=indpb)} | own
        if isinstance(self.encoding, Integers):
            low, high = (np.broadcast_to(b, self.length).tolist() for b in self.encoding.rows[2:4])
            return {"mutUniformInt": partial(tools.mutUniformInt, low=low, up=high, indpb=indpb)} | own
        if isinstance(self.encoding, (Bits, Bitstrings)):
            return {"mutFlipBit": partial(tools.mutFlipBit, indpb=indpb)} | whole | own
        if isinstance(self.encoding, Notes):
            return whole | own
        if np.dtype(self.dtype).kind == "f":
            return {"mutGaussian": partial(tools.mutGaussian, mu=0.0, sigma=sigma, indpb=indpb)} | own
        return own


def _packed(individuals: Sequence[Sequence[Any]], length: int) -> NDArray[Any]:
    """Rows of small whole numbers in a quarter of numpy's time; other rows as numpy has them."""
    try:
        packed = [bytes(individual) for individual in individuals]
    except (TypeError, ValueError):
        return np.asarray(individuals)
    if any(len(row) != length for row in packed):
        return np.asarray(individuals)
    return np.frombuffer(b"".join(packed), np.uint8).reshape(len(packed), length)


@dataclass(frozen=True, eq=False)
class Wholes:
    """Genomes of any other shape, wrapped as they are."""

    task: Task
    encoding: Encoding

    def individuals(self, genomes: Any, objectives: int) -> list[Any]:
        """Genomes, each wrapped as a population of one."""
        from evomusic.evolve.deap.individuals import Genome

        return [Genome(take(genomes, np.array([i])), objectives) for i in range(count(genomes))]

    def genomes(self, individuals: Sequence[Any]) -> Any:
        """The wrapped genomes as one population."""
        return concatenate([individual.genome for individual in individuals])

    def crossovers(self) -> Operators:
        """The encoding's own operators."""
        return {"vary": crossed_by(self)}

    def mutations(self, indpb: float, sigma: float) -> Operators:
        """The encoding's own operators."""
        return {"vary": partial(varied, self)}
