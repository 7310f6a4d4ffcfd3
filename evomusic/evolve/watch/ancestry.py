"""Ancestry: the melodies from which the best of a run descends, for any loop over any encoding.

Whoever varies genomes knows who was bred from whom. So the encoding is what is watched, and no loop keeps books: a
melody counts as one individual, wherever it turns up, and its parents are those from which it was bred first.
"""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from evomusic.core.ledger import run
from evomusic.core.melody import canonical
from evomusic.core.method import Method
from evomusic.core.task import Task
from evomusic.encodings.base import Encoding, check_count
from evomusic.evolve.watch.snapshots import UNBOUNDED
from evomusic.evolve.watch.stopping import MaxBatches

Melodies = NDArray[np.uint8]


class Family(NamedTuple):
    """A melody and its ancestors, N of them, by the generation in which they were bred; the melody itself is last.

    `parents` (N, 2) are places of the parents, first the one that has more in common with the child; -1 where there is
    none, or where the search for ancestors ended. First melodies have none, a child by mutation alone has one.
    """

    melodies: Melodies  # (N, T), canonical
    returns: NDArray[np.float64]  # (N,) of the canonical melodies
    generations: NDArray[np.int64]  # (N,)
    parents: NDArray[np.int64]  # (N, 2)

    @property
    def line(self) -> list[int]:
        """The main line: from the last melody to its first parent and so on, oldest first."""
        line = [len(self.generations) - 1]
        while (parent := int(self.parents[line[-1], 0])) >= 0:
            line.append(parent)
        return line[::-1]


class Birth(NamedTuple):
    """When a melody was bred, and from which one or two others, named by their tokens; none of the first."""

    generation: int
    parents: tuple[bytes, ...]


class Witness:
    """An encoding that remembers births; all that it makes is made by the encoding it stands for.

    A generation is a call of `vary`. Of a pair that was crossed, the second is a parent of an offspring where at least
    half of what the offspring has not from the first is the second's: mutation has no second parent.

    Args:
        encoding: any.
    """

    def __init__(self, encoding: Encoding) -> None:
        self.encoding, self.generation = encoding, 0
        self.births: dict[bytes, Birth] = {}

    def __getattr__(self, name: str) -> Any:
        if name == "encoding":  # not there yet: being copied
            raise AttributeError(name)
        return getattr(self.encoding, name)

    def sample(self, task: Task, rng: np.random.Generator, n: int) -> Any:
        """Samples of the encoding: the first of their families."""
        genomes = self.encoding.sample(task, rng, n)
        self._found(self.decode(task, genomes))
        return genomes

    def encode(self, task: Task, melodies: Melodies) -> Any:
        """Genomes of melodies, which are the first of their families."""
        self._found(melodies)
        return self.encoding.encode(task, melodies)

    def decode(self, task: Task, genomes: Any) -> Melodies:
        """The melodies of genomes."""
        return self.encoding.decode(task, genomes)

    def vary(self, task: Task, genomes: Any, rng: np.random.Generator) -> Any:
        """Offspring of genomes; births are taken down."""
        children = self.encoding.vary(task, genomes, rng)
        before, after = canonical(self.decode(task, genomes)), canonical(self.decode(task, children))
        self._found(before)
        self.generation += 1
        mates = before[_partners(len(before))]
        crossed = _crossed(after, before, mates)
        for child, own, mate, both in zip(after, before, mates, crossed, strict=True):
            parents = _nearest_first(child, own, mate) if both else [own.tobytes()]
            self.births.setdefault(child.tobytes(), Birth(self.generation, tuple(parents)))
        return children

    def _found(self, melodies: Melodies) -> None:
        for row in canonical(melodies):
            self.births.setdefault(row.tobytes(), Birth(self.generation, ()))


def _partners(n: int) -> NDArray[np.int64]:
    """With whom each of n is paired: consecutive ones; the last of an odd number with itself."""
    return np.minimum(np.arange(n) ^ 1, n - 1)


def _crossed(children: Melodies, parents: Melodies, mates: Melodies) -> NDArray[np.bool_]:
    """Where the mate gave at least half of what is not the parent's: (P,)."""
    new = children != parents
    given = new & (children == mates)
    return np.asarray(new.any(axis=1) & (2 * given.sum(axis=1) >= new.sum(axis=1)))


def _nearest_first(child: NDArray[np.uint8], *parents: NDArray[np.uint8]) -> list[bytes]:
    """Parents by the number of tokens that they share with the child; of equals the earlier first."""
    return [p.tobytes() for p in sorted(parents, key=lambda p: int((p != child).sum()))]


def find_family(
    method: Method, task: Task, generations: int = 100, seed: int = 0, mates: int = 2, steps: int = UNBOUNDED
) -> Family:
    """Run a loop over an encoding, and find the ancestors of its best melody.

    Args:
        method: a method with an `encoding`; it makes the same run as without this.
        task: the task.
        generations: how many to breed after the first population.
        seed: of the run.
        mates: how often a way back may turn to the second parent. 0 gives the main line alone; without limit nearly
            everyone is an ancestor.
        steps: the budget, where generations are not to end the run.

    Raises:
        ValueError: the method has no encoding, a number is out of range, or the budget does not pay for one melody.
    """
    check_count("generations", generations, 0)
    check_count("mates", mates, 0)
    witness = Witness(_encoding(method))
    watched: Any = dataclasses.replace(cast("Any", method), encoding=witness)
    best = run(watched, task, steps, seed, watch=MaxBatches(generations + 1)).best
    return family_of(best, witness.births, task, mates)


def _encoding(method: object) -> Encoding:
    """The encoding of a loop that another can be put in place of."""
    known = {f.name for f in dataclasses.fields(method)} if dataclasses.is_dataclass(method) else ()
    encoding = getattr(method, "encoding", None) if "encoding" in known else None  # learners only trade melodies by one
    if not isinstance(encoding, Encoding):
        raise ValueError(f"{type(method).__name__} has no encoding, expected a loop over one, such as GA()")
    return encoding


def family_of(melody: NDArray[np.uint8], births: dict[bytes, Birth], task: Task, mates: int = 2) -> Family:
    """The ancestors of a melody (T,) among births.

    Raises:
        ValueError: the melody was not born there.
    """
    last = canonical(melody).tobytes()
    if last not in births:
        raise ValueError("the melody is not among the births, expected one that was sampled, encoded or bred")
    known = _ancestors(last, births, mates)
    order = sorted(known, key=lambda key: (births[key].generation, key))  # a child is always later than its parents
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
    """All whom a way back meets that turns to a second parent at most `mates` times."""
    left, turned = {last: mates}, [last]  # turns left, the most of any way
    while turned:
        key = turned.pop()
        for turn, parent in enumerate(births[key].parents):
            if left[key] - turn > left.get(parent, -1):
                left[parent] = left[key] - turn
                turned.append(parent)
    return set(left)
