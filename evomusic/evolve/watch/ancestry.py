"""Ancestry: the melodies from which the best of a run descends, for any loop over any encoding.

Descent is recorded by the encoding, whose `vary` sees parents and offspring, so that loops need no bookkeeping. Equal
melodies are one individual, whose parents are those of its first birth.
"""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import whole
from evomusic.core.ledger import run
from evomusic.core.melody import canonical
from evomusic.core.method import Method
from evomusic.core.task import Task
from evomusic.encodings.base import MOST, Encoding
from evomusic.evolve.watch.snapshots import UNBOUNDED
from evomusic.evolve.watch.stopping import MaxBatches, check_run

Melodies = NDArray[np.uint8]


class Family(NamedTuple):
    """A melody and its ancestors, N melodies in the order of their generations; the melody itself is last.

    `parents` (N, 2) are indices of the parents, first the one more similar to the child; -1 where there is none, or
    where the search for ancestors ended. Initial melodies have no parents, a child by mutation alone has one.
    """

    melodies: Melodies  # (N, T), canonical
    returns: NDArray[np.float64]  # (N,) of the canonical melodies
    generations: NDArray[np.int64]  # (N,)
    parents: NDArray[np.int64]  # (N, 2)

    @property
    def line(self) -> list[int]:
        """Indices of the main line: the last melody, its first parent and so on, oldest first."""
        line = [len(self.generations) - 1]
        while (parent := int(self.parents[line[-1], 0])) >= 0:
            line.append(parent)
        return line[::-1]


class Birth(NamedTuple):
    """Generation of a melody's birth, and the tokens of its one or two parents; initial melodies have none."""

    generation: int
    parents: tuple[bytes, ...]


class Witness:
    """A wrapper of an encoding that records births.

    A generation is a call of `vary`. The mate is a second parent of an offspring if at least half of the tokens in
    which this differs from its first parent are the mate's; else the offspring counts as a mutant.

    Args:
        encoding: the encoding that is wrapped.
    """

    def __init__(self, encoding: Encoding) -> None:
        self.encoding, self.generation = encoding, 0
        self.births: dict[bytes, Birth] = {}

    def __getattr__(self, name: str) -> Any:
        if name == "encoding":  # not set yet: the object is being copied
            raise AttributeError(name)
        return getattr(self.encoding, name)

    def sample(self, task: Task, rng: np.random.Generator, n: int) -> Any:
        """Samples of the encoding, recorded without parents."""
        genomes = self.encoding.sample(task, rng, n)
        self._record_initial(self.decode(task, genomes))
        return genomes

    def encode(self, task: Task, melodies: Melodies) -> Any:
        """Genomes of melodies, recorded without parents."""
        self._record_initial(melodies)
        return self.encoding.encode(task, melodies)

    def decode(self, task: Task, genomes: Any) -> Melodies:
        """Melodies of genomes."""
        return self.encoding.decode(task, genomes)

    def vary(self, task: Task, genomes: Any, rng: np.random.Generator) -> Any:
        """Offspring of genomes, whose births are recorded."""
        children = self.encoding.vary(task, genomes, rng)
        before, after = canonical(self.decode(task, genomes)), canonical(self.decode(task, children))
        self._record_initial(before)
        self.generation += 1
        mates = before[_partners(len(before))]
        crossed = _crossed(after, before, mates)
        for child, own, mate, both in zip(after, before, mates, crossed, strict=True):
            parents = _nearest_first(child, own, mate) if both else [own.tobytes()]
            self.births.setdefault(child.tobytes(), Birth(self.generation, tuple(parents)))
        return children

    def _record_initial(self, melodies: Melodies) -> None:
        for row in canonical(melodies):
            self.births.setdefault(row.tobytes(), Birth(self.generation, ()))


def _partners(n: int) -> NDArray[np.int64]:
    """Index of each genome's mate: consecutive ones are pairs; the last of an odd number is paired with itself."""
    return np.minimum(np.arange(n) ^ 1, n - 1)


def _crossed(children: Melodies, parents: Melodies, mates: Melodies) -> NDArray[np.bool_]:
    """Mask (P,) of children with at least half of the tokens that differ from their parent's equal to the mate's."""
    new = children != parents
    inherited = new & (children == mates)
    return np.asarray(new.any(axis=1) & (2 * inherited.sum(axis=1) >= new.sum(axis=1)))


def _nearest_first(child: NDArray[np.uint8], *parents: NDArray[np.uint8]) -> list[bytes]:
    """Parents in the order of their similarity to the child; of equals the earlier first."""
    return [p.tobytes() for p in sorted(parents, key=lambda p: int((p != child).sum()))]


def find_family(
    method: Method, task: Task, generations: int = 100, seed: int = 0, mates: int = 2, steps: int = UNBOUNDED
) -> Family:
    """Run a loop over an encoding, and find the ancestors of its best melody.

    Args:
        method: a method with an `encoding`; its run is the same as without the search for ancestors.
        task: the task.
        generations: number of generations after the initial population.
        seed: of the run.
        mates: how often a line of descent may follow the second parent. 0 gives the main line alone; without limit
            nearly every melody is an ancestor.
        steps: the budget, which ends the run if it is spent before the last generation.

    Raises:
        ValueError: the method has no encoding, a number is out of range, or the budget is less than one melody.
    """
    check_run(method, task, steps, seed)
    generations, mates = whole("generations", generations, 0, MOST), whole("mates", mates, 0, MOST)
    witness = Witness(_encoding(method))
    watched: Any = dataclasses.replace(cast("Any", method), encoding=witness)
    best = run(watched, task, steps, seed, watch=MaxBatches(generations + 1)).best
    return family_of(best, witness.births, task, mates)


def _encoding(method: object) -> Encoding:
    """The encoding of a loop that has it as a field, so that another can take its place."""
    fields = {f.name for f in dataclasses.fields(method)} if dataclasses.is_dataclass(method) else ()
    encoding = getattr(method, "encoding", None) if "encoding" in fields else None  # a learner's is for migrants only
    if not isinstance(encoding, Encoding):
        raise ValueError(f"{type(method).__name__} has no encoding, expected a loop over one, such as GA()")
    return encoding


def family_of(melody: NDArray[np.uint8], births: dict[bytes, Birth], task: Task, mates: int = 2) -> Family:
    """The ancestors of a melody (T,) among births.

    Raises:
        ValueError: the melody is not among the births.
    """
    last = canonical(melody).tobytes()
    if last not in births:
        raise ValueError("the melody is not among the births, expected one that was sampled, encoded or bred")
    ancestors = _ancestors(last, births, mates)
    order = sorted(ancestors, key=lambda key: (births[key].generation, key))  # a child is always later than its parents
    order = [key for key in order if key != last] + [last]
    place = {key: i for i, key in enumerate(order)}
    melodies = np.frombuffer(b"".join(order), np.uint8).reshape(len(order), -1)
    parents = np.full((len(order), 2), -1)
    for i, key in enumerate(order):
        for j, parent in enumerate(births[key].parents):
            parents[i, j] = place.get(parent, -1)
    generations = np.array([births[key].generation for key in order])
    return Family(melodies, task.evaluate(melodies), generations, parents)


def _ancestors(last: bytes, births: dict[bytes, Birth], mates: int) -> set[bytes]:
    """All ancestors on lines of descent that follow a second parent at most `mates` times."""
    left, queue = {last: mates}, [last]  # left: greatest number of second parents that may still be followed
    while queue:
        key = queue.pop()
        for turn, parent in enumerate(births[key].parents):
            if left[key] - turn > left.get(parent, -1):
                left[parent] = left[key] - turn
                queue.append(parent)
    return set(left)
