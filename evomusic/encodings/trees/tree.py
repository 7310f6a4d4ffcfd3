"""Tree: genetic programming on expression trees (Koza 1992), where the tree is genotype and phenotype.

A tree is a phrase of the typed language of `trees.language`, such as `period(seq(repeat(x2, 0:2), m1@0))`, and sounds
as `trees.phrases` says. Genomes are prefix arrays: words of the language on the task's grid, by number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core import theory
from evomusic.core.task import Task
from evomusic.encodings.base import Weights, check_count, rate, summed, weighted
from evomusic.encodings.samples import checked_rows
from evomusic.encodings.trees import decode, encode, grow, text, vary
from evomusic.encodings.trees.language import DURATIONS, MOTIFS, Language, language, read_motif
from evomusic.encodings.trees.text import Drawing

MOST_STEPS = 9999  # a duration
MOST_WORDS = 10_000  # a tree


class Trees(NamedTuple):
    """Trees as prefix arrays: words by number, zero behind the end, and how many words each has."""

    nodes: NDArray[np.int16]  # (P, max_size)
    sizes: NDArray[np.int64]  # (P,)


@dataclass(frozen=True, kw_only=True)
class Tree:
    """The genome is a program in the phrase language, and the melody is what it says, cut or filled with rests to T.

    Trees begin by ramped half-and-half. Crossovers by name: "subtree" swaps a subtree for one of the same kind;
    "size-fair" chooses the second by size, so that trees do not grow by it (Langdon 2000). Mutations by name:
    "subtree" grows a new one in place of another; "point" changes a word into another of the same signature; "nudge"
    changes a leaf into a near one; "hoist" makes a phrase within the tree; "shrink" puts a phrase in its function's
    place. Limits of depth and size hold throughout.

    Args:
        scale: degrees are counted in this scale, such as "G major", and other pitches are not written; the grid's own
            pitches when None.
        durations: of notes and rests, in steps.
        motifs: short phrases that are leaves on every degree, such as "0:2 1:2 2:4".
        reach: the widest interval by which phrases are moved, in degrees.
        max_depth: edges from root to leaf, at most.
        max_size: words in a tree, at most.
        first_depths: least and greatest depth of first trees.
        leaf_rate: chance of a leaf where a function could stand, in trees that are grown.
        crossovers: weight by crossover, or one name.
        crossover_rate: chance that a pair is crossed.
        mutations: weight by mutation, or one name.
        mutation_rate: chance that an offspring is mutated, by one mutation.
        leaf_pick: chance that a point of crossover or subtree mutation is a leaf; None for all nodes alike.
        graft_depth: greatest depth of what subtree mutation grows.

    Raises:
        ValueError: a name is not known, a motif cannot be read, or a number is out of range.
    """

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
        object.__setattr__(self, "crossovers", weighted("crossovers", self.crossovers, vary.CROSSOVERS))
        object.__setattr__(self, "mutations", weighted("mutations", self.mutations, vary.MUTATIONS))
        for name in ("crossover_rate", "mutation_rate", "leaf_rate"):
            object.__setattr__(self, name, rate(name, getattr(self, name)))
        if self.leaf_pick is not None:
            object.__setattr__(self, "leaf_pick", rate("leaf_pick", self.leaf_pick))
        for name, least in (("reach", 1), ("max_depth", 0), ("max_size", 1), ("graft_depth", 0)):
            check_count(name, getattr(self, name), least)
            if getattr(self, name) > MOST_WORDS:
                raise ValueError(f"{name} is {getattr(self, name)}, expected at most {MOST_WORDS}")
        self._check_words()
        self._check_first_depths()

    def _check_words(self) -> None:
        """Durations, motifs and scale, as far as no grid is needed."""
        for name in ("durations", "motifs"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        for duration in self.durations:
            check_count("durations", duration)
        if not self.durations or max(self.durations) > MOST_STEPS or len(set(self.durations)) < len(self.durations):
            raise ValueError(
                f"durations is {self.durations}, expected different numbers of steps from 1 to {MOST_STEPS}"
            )
        for motif in self.motifs:
            read_motif(motif)
        if self.scale is not None:
            theory.parse_scale(self.scale)

    def _check_first_depths(self) -> None:
        depths = tuple(self.first_depths)
        if len(depths) != 2 or not 0 <= depths[0] <= depths[1] <= self.max_depth:
            raise ValueError(
                f"first_depths is {depths}, expected a least and a greatest up to max_depth {self.max_depth}"
            )
        for depth in depths:
            check_count("first_depths", depth, 0)
        object.__setattr__(self, "first_depths", depths)

    def language(self, task: Task) -> Language:
        """The words on the task's grid."""
        return language(task.grid, self.scale, self.durations, self.motifs, self.reach)

    def sample(self, task: Task, rng: np.random.Generator, n: int) -> Trees:
        """First trees (n): heights uniform in `first_depths`, half of them full and half grown."""
        trees, tables = Trees(np.zeros((n, self.max_size), np.int16), np.zeros(n, np.int64)), self.language(task).tables
        grow.sample(*trees, *self.first_depths, self.leaf_rate, tables.words, tables.leaves, rng)
        return trees

    def vary(self, task: Task, genomes: Trees, rng: np.random.Generator) -> Trees:
        """Offspring of whole trees, such as `sample`, `parse`, `trees`, `encode` and `vary` make; one each."""
        children, tables = Trees(genomes.nodes.copy(), genomes.sizes.copy()), self.language(task).tables
        crossovers, mutations = self._chances
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
            rng,
        )
        return children

    def decode(self, task: Task, genomes: Trees) -> NDArray[np.uint8]:
        """The melodies (P, T) of trees; of any numbers whatever."""
        melodies, tables = np.empty((len(genomes.sizes), task.grid.steps), np.uint8), self.language(task).tables
        decode.decode(*genomes, tables.words, tables.events, tables.ladder, tables.pitch, melodies)
        return melodies

    def encode(self, task: Task, melodies: NDArray[np.uint8]) -> Trees:
        """Trees that decode to melodies (P, T) in canonical form: their notes and rests one after the other.

        Raises:
            ValueError: a melody needs more words or depth than the limits allow, a pitch is not of the scale, a length
                is no sum of durations, or a row does not fit the grid.
        """
        words = self.language(task)
        return self._trees([encode.tree_of(row, words, self.durations) for row in checked_rows(melodies, task)])

    def text(self, task: Task, genomes: Trees) -> list[str]:
        """Trees as text that `parse` reads back."""
        words = self.language(task)
        return [text.write(words, nodes) for nodes in listed(genomes)]

    def parse(self, task: Task, texts: Sequence[str]) -> Trees:
        """Trees of texts such as `seq(0:2, transpose(+2, m1@0))`.

        Raises:
            ValueError: a text is no phrase of the language on this grid, or beyond the limits; says where.
        """
        words = self.language(task)
        return self._trees([text.parse(words, given) for given in texts])

    def size(self, genomes: Trees) -> NDArray[np.int64]:
        """Words in each tree (P,), for selection that is to prefer small ones."""
        return genomes.sizes.copy()

    def depth(self, genomes: Trees) -> NDArray[np.int64]:
        """Edges from root to leaf of each tree (P,)."""
        return np.array([text.depth(nodes) for nodes in listed(genomes)], np.int64)

    def draw(self, task: Task, genomes: Trees, i: int = 0) -> Drawing:
        """Nodes, edges and places of the i-th tree, for a picture."""
        return text.draw(self.language(task), listed(genomes)[i])

    def trees(self, task: Task, programs: Sequence[Sequence[int]]) -> Trees:
        """Genomes of words in prefix order, such as `deap.from_deap` gives.

        Raises:
            ValueError: one is no whole tree of the language, or beyond the limits.
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
    def _chances(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Summed weights of all crossovers and all mutations; those that were not named weigh nothing."""
        return summed(self.crossovers, vary.CROSSOVERS), summed(self.mutations, vary.MUTATIONS)


def listed(genomes: Trees) -> list[list[int]]:
    """The words of each tree in prefix order."""
    return [row[:size].tolist() for row, size in zip(genomes.nodes, genomes.sizes.tolist(), strict=True)]
