"""Tree: genetic programming on expression trees (Koza 1992).

A tree is an expression of the typed phrase language, such as `period(seq(repeat(x2, 0:2), m1@0))`: `language` holds its
vocabulary and `phrases` its semantics. Genomes are prefix arrays of symbols on the task's grid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import instance, probability, whole, wrong
from evomusic.core.space import Choice, Range, Space
from evomusic.core.task import Task
from evomusic.encodings.base import (
    Weights,
    assign,
    checked_scale,
    checked_texts,
    cumulative_weights,
    items,
    operator_weights,
)
from evomusic.encodings.samples import checked_rows
from evomusic.encodings.trees import decode, encode, grow, text, vary
from evomusic.encodings.trees.language import DURATIONS, MOTIFS, Language, language, read_motif
from evomusic.encodings.trees.text import Drawing

MOST_STEPS = 9999  # longest duration
MOST_WORDS = 10_000  # largest tree, deepest tree, widest interval


class Trees(NamedTuple):
    """Trees as prefix arrays: symbols, zero behind the end, and the number of words of each tree."""

    nodes: NDArray[np.int16]  # (P, max_size)
    sizes: NDArray[np.int64]  # (P,)


@dataclass(frozen=True, kw_only=True)
class Tree:
    """The genome is an expression in the phrase language; its phrase, cut or filled with rests, is the melody.

    Initial trees come by ramped half-and-half. Crossovers by name: "subtree" swaps two subtrees of the same kind;
    "size-fair" chooses the second by size, so that trees do not grow on average (Langdon 2000). Mutations by name:
    "subtree" replaces a subtree by a new one; "point" replaces a word by another of the same signature; "nudge"
    replaces a leaf by a near one; "hoist" replaces the tree by a phrase within it; "shrink" replaces a function by one
    of its arguments. Limits of depth and size always hold.

    Args:
        scale: the scale in which degrees are counted, such as "G major"; other pitches are not written. The grid's own
            pitches when None.
        durations: of notes and rests, in steps.
        motifs: short phrases that are leaves on every degree, such as "0:2 1:2 2:4".
        reach: the widest interval by which phrases are transposed, in degrees.
        max_depth: greatest depth of a tree, in edges.
        max_size: greatest number of words in a tree.
        first_depths: least and greatest depth of initial trees.
        leaf_rate: probability of a leaf where a function is possible, in trees that are grown.
        crossovers: weight by crossover, or one name.
        crossover_rate: probability that a pair is crossed over.
        mutations: weight by mutation, or one name.
        mutation_rate: probability that an offspring is mutated, by one mutation.
        leaf_pick: probability that a point of crossover or subtree mutation is a leaf; uniform over nodes when None.
        graft_depth: greatest depth of the subtrees that subtree mutation grows.

    Raises:
        ValueError: a name is unknown, a motif cannot be read, or a number is out of range.
    """

    space: ClassVar[Space] = {
        "crossover_rate": Range(0.0, 1.0),
        "mutation_rate": Range(0.05, 1.0),
        "max_size": Choice(32, 64, 128, 256),
    }

    scale: str | None = None
    durations: tuple[int, ...] = DURATIONS
    motifs: tuple[str, ...] = MOTIFS
    reach: int = 7
    max_depth: int = 12
    max_size: int = 128
    first_depths: tuple[int, int] = (2, 5)
    leaf_rate: float = 0.2
    crossovers: Weights = tuple((name, 1.0) for name in vary.CROSSOVERS)
    crossover_rate: float = 0.7
    mutations: Weights = (("subtree", 3.0), ("point", 3.0), ("nudge", 6.0), ("hoist", 1.0), ("shrink", 1.0))
    mutation_rate: float = 0.5
    leaf_pick: float | None = 0.1
    graft_depth: int = 3

    def __post_init__(self) -> None:
        assign(
            self,
            reach=whole("reach", self.reach, 1, MOST_WORDS),
            max_depth=whole("max_depth", self.max_depth, 0, MOST_WORDS),
            max_size=whole("max_size", self.max_size, 1, MOST_WORDS),
            leaf_rate=probability("leaf_rate", self.leaf_rate),
            crossovers=operator_weights("crossovers", self.crossovers, vary.CROSSOVERS),
            crossover_rate=probability("crossover_rate", self.crossover_rate),
            mutations=operator_weights("mutations", self.mutations, vary.MUTATIONS),
            mutation_rate=probability("mutation_rate", self.mutation_rate),
            graft_depth=whole("graft_depth", self.graft_depth, 0, MOST_WORDS),
        )
        if self.leaf_pick is not None:
            assign(self, leaf_pick=probability("leaf_pick", self.leaf_pick))
        self._check_words()
        self._check_first_depths()

    def _check_words(self) -> None:
        """Durations, motifs and scale, as far as no grid is needed."""
        durations = items("durations", self.durations, "numbers of steps such as (1, 2, 4)")
        motifs = items("motifs", self.motifs, "texts such as '0:2 1:2 2:4'")
        assign(self, durations=tuple(whole("durations", d, 1, MOST_STEPS) for d in durations), motifs=motifs)
        if not durations or len(set(durations)) < len(durations):
            raise wrong("durations", durations, f"different numbers of steps from 1 to {MOST_STEPS}")
        for motif in motifs:
            read_motif(instance("motifs", motif, str, "texts such as '0:2 1:2 2:4'"))
        if self.scale is not None:
            checked_scale("scale", self.scale)

    def _check_first_depths(self) -> None:
        expected = f"a least and a greatest depth up to max_depth {self.max_depth}"
        depths = items("first_depths", self.first_depths, expected)
        depths = tuple(whole("first_depths", depth, 0, self.max_depth) for depth in depths)
        if len(depths) != 2 or depths[0] > depths[1]:
            raise wrong("first_depths", depths, expected)
        assign(self, first_depths=depths)

    def language(self, task: Task) -> Language:
        """The vocabulary on the task's grid."""
        return language(task.grid, self.scale, self.durations, self.motifs, self.reach)

    def sample(self, task: Task, rng: np.random.Generator, n: int) -> Trees:
        """Initial trees, n of them: depths uniform in `first_depths`, half of them full and half grown."""
        trees, tables = Trees(np.zeros((n, self.max_size), np.int16), np.zeros(n, np.int64)), self.language(task).tables
        pending = vary.scratch(self.max_size).pending
        grow.sample(*trees, *self.first_depths, self.leaf_rate, tables.words, tables.leaves, pending, rng)
        return trees

    def vary(self, task: Task, genomes: Trees, rng: np.random.Generator) -> Trees:
        """Offspring, one per tree; the trees must be complete, as those of all other methods are."""
        children, tables = Trees(genomes.nodes.copy(), genomes.sizes.copy()), self.language(task).tables
        crossovers, mutations = self._cumulative
        vary.vary(
            *children,
            tables.words,
            tables.leaves,
            self.max_depth,
            crossovers,
            self.crossover_rate,
            mutations,
            self.mutation_rate,
            -1.0 if self.leaf_pick is None else self.leaf_pick,
            self.graft_depth,
            self.leaf_rate,
            vary.scratch(children.nodes.shape[1]),
            rng,
        )
        return children

    def decode(self, task: Task, genomes: Trees) -> NDArray[np.uint8]:
        """Melodies (P, T) of trees; any numbers decode to one."""
        melodies, tables = np.empty((len(genomes.sizes), task.grid.steps), np.uint8), self.language(task).tables
        room = decode.scratch(genomes.nodes.shape[1], task.grid.steps)
        decode.decode(*genomes, tables.words, tables.events, tables.ladder, tables.pitch, *room, melodies)
        return melodies

    def encode(self, task: Task, melodies: NDArray[np.uint8]) -> Trees:
        """Trees that decode to melodies (P, T) in canonical form, as sequences of their notes and rests.

        Raises:
            ValueError: a melody needs more words or depth than the limits allow, a pitch is not in the scale, a length
                is no sum of durations, or a row does not fit the grid.
        """
        words = self.language(task)
        return self._trees([encode.tree_of(row, words, self.durations) for row in checked_rows(melodies, task)])

    def text(self, task: Task, genomes: Trees) -> list[str]:
        """Trees as texts that `parse` reads back."""
        words = self.language(task)
        return [text.write(words, nodes) for nodes in listed(genomes)]

    def parse(self, task: Task, texts: Sequence[str]) -> Trees:
        """Trees of texts such as `seq(0:2, transpose(+2, m1@0))`.

        Raises:
            ValueError: `texts` is no list of texts, or one is no tree of the language within the limits; says where.
        """
        words = self.language(task)
        return self._trees([text.parse(words, source) for source in checked_texts(texts)])

    def size(self, genomes: Trees) -> NDArray[np.int64]:
        """Number of words (P,) of each tree, by which selection may prefer small ones."""
        return genomes.sizes.copy()

    def depth(self, genomes: Trees) -> NDArray[np.int64]:
        """Depth (P,) of each tree, in edges."""
        return np.array([text.depth(nodes) for nodes in listed(genomes)], np.int64)

    def draw(self, task: Task, genomes: Trees, i: int = 0) -> Drawing:
        """Layout of the i-th tree: its nodes, their places, and edges."""
        return text.draw(self.language(task), listed(genomes)[i])

    def trees(self, task: Task, programs: Sequence[Sequence[int]]) -> Trees:
        """Genomes of trees given as symbols in prefix order, such as those of `evolve.deap.primitives.from_deap`.

        Raises:
            ValueError: one is no complete tree of the language, or beyond the limits.
        """
        words = self.language(task)
        for nodes in programs:
            text.check(words, nodes)
        return self._trees(programs)

    def _trees(self, programs: Sequence[Sequence[int]]) -> Trees:
        trees = Trees(np.zeros((len(programs), self.max_size), np.int16), np.zeros(len(programs), np.int64))
        for i, nodes in enumerate(programs):
            if len(nodes) > self.max_size:
                raise ValueError(f"tree {i} has {len(nodes)} words, expected at most max_size {self.max_size}")
            if (depth := text.depth(nodes)) > self.max_depth:
                raise ValueError(f"tree {i} has depth {depth}, expected at most max_depth {self.max_depth}")
            trees.nodes[i, : len(nodes)], trees.sizes[i] = nodes, len(nodes)
        return trees

    @cached_property
    def _cumulative(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Cumulative weights of all crossovers and all mutations."""
        return (
            cumulative_weights(self.crossovers, vary.CROSSOVERS),
            cumulative_weights(self.mutations, vary.MUTATIONS),
        )


def listed(genomes: Trees) -> list[list[int]]:
    """Symbols of each tree in prefix order."""
    return [row[:size].tolist() for row, size in zip(genomes.nodes, genomes.sizes.tolist(), strict=True)]
