"""Trees of the phrase language as `deap.gp` trees, with DEAP's typed operators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from operator import attrgetter
from typing import Any

import numpy as np
from deap import gp

from evomusic.core.task import Task
from evomusic.encodings.trees.language import Language
from evomusic.encodings.trees.tree import Tree, Trees
from evomusic.evolve.deap import primitives
from evomusic.evolve.deap.individuals import PhraseTree
from evomusic.evolve.deap.operators import TREE_CROSSOVERS, TREE_MUTATIONS, Operators, crossed_by, varied


@dataclass(frozen=True, eq=False)
class Phrases:
    """Trees of the encoding Tree as `deap.gp` trees, within its limits of depth and size by DEAP's `staticLimit`."""

    task: Task
    encoding: Tree

    def individuals(self, genomes: Trees, objectives: int) -> list[Any]:
        """Trees of primitives."""
        words, _ = _primitives(self.encoding.language(self.task))
        rows = zip(genomes.nodes.tolist(), genomes.sizes.tolist(), strict=True)
        return [PhraseTree((words[node] for node in nodes[:size]), objectives) for nodes, size in rows]

    def genomes(self, individuals: Sequence[Sequence[Any]]) -> Trees:
        """Prefix arrays.

        Raises:
            ValueError: a primitive is not of the phrase language, or a tree has more words than the encoding allows.
        """
        _, numbers = _primitives(self.encoding.language(self.task))
        most = self.encoding.max_size
        trees = Trees(np.zeros((len(individuals), most), np.int16), np.array([len(i) for i in individuals], np.int64))
        if trees.sizes.max() > most:
            raise ValueError(f"a tree has {trees.sizes.max()} words, expected at most max_size {most}")
        for row, tree in zip(trees.nodes, individuals, strict=True):
            row[: len(tree)] = [_number(numbers, node.name) for node in tree]
        return trees

    @property
    def primitives(self) -> Any:
        """The phrase language on this grid as a `deap.gp.PrimitiveSetTyped`."""
        return primitive_set(self.encoding.language(self.task))

    def crossovers(self) -> Operators:
        """DEAP's crossovers of typed trees."""
        leaf = self.encoding.leaf_pick
        biased = partial(gp.cxOnePointLeafBiased, termpb=0.1 if leaf is None else leaf)
        found = {"cxOnePoint": gp.cxOnePoint, "cxOnePointLeafBiased": biased}
        return {name: self._limited(found[name]) for name in TREE_CROSSOVERS} | {"vary": crossed_by(self)}

    def mutations(self, indpb: float, sigma: float) -> Operators:
        """DEAP's mutations of typed trees; mutUniform grows subtrees of depth `graft_depth` at most."""
        grown = partial(
            primitives.half_and_half, min_=0, max_=self.encoding.graft_depth, leaf_rate=self.encoding.leaf_rate
        )
        arguments: dict[str, dict[str, Any]] = {
            "mutUniform": {"pset": self.primitives, "expr": grown},
            "mutNodeReplacement": {"pset": self.primitives},
            "mutInsert": {"pset": self.primitives},
            "mutShrink": {},
        }
        found = {name: self._limited(partial(getattr(gp, name), **arguments[name])) for name in TREE_MUTATIONS}
        return found | {"vary": partial(varied, self)}

    def _limited(self, operator: Callable[..., Any]) -> Callable[..., Any]:
        return partial(limited, operator, self.encoding.max_depth, self.encoding.max_size)


def limited(operator: Callable[..., Any], depth: int, size: int, *parents: Any) -> Any:
    """Offspring of trees by DEAP's `staticLimit`, which cannot be pickled: a parent replaces one too deep or large."""
    for key, most in ((attrgetter("height"), depth), (len, size)):
        operator = gp.staticLimit(key, most)(operator)
    return operator(*parents)


@lru_cache(maxsize=16)
def primitive_set(language: Language) -> Any:
    """The phrase language as DEAP's typed primitive set, cached."""
    return primitives.primitive_set(language)


@lru_cache(maxsize=16)
def _primitives(language: Language) -> tuple[list[Any], dict[str, int]]:
    """DEAP's primitive of each word, and the symbol of each primitive's name."""
    names = [primitives.deap_name(name) for name in language.names]
    mapping = primitive_set(language).mapping
    return [mapping[name] for name in names], {name: symbol for symbol, name in enumerate(names)}


def _number(numbers: dict[str, int], name: str) -> int:
    if name not in numbers:
        raise ValueError(f"primitive {name!r} is not in the phrase language of this grid")
    return numbers[name]
