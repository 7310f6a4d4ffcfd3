"""Who leaves a population and who finds a place in one; a method that has both may be an island."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from evomusic.core.method import Batch, Melodies
from evomusic.core.task import Task
from evomusic.encodings.base import Encoding, concatenate, count, take

Returns = NDArray[np.float64]  # (P,)


@runtime_checkable
class Migrating(Protocol):
    """A method whose genomes can travel: what `Islands` asks of one beyond a Method."""

    @property
    def encoding(self) -> Encoding:
        """The searched space."""
        ...

    def init(self, task: Task, rng: np.random.Generator) -> tuple[Any, Batch]:
        """As every method."""
        ...

    def step(self, task: Task, state: Any, rng: np.random.Generator) -> tuple[Any, Batch]:
        """As every method."""
        ...

    def deliver(self, task: Task, state: Any) -> Melodies:
        """As every method."""
        ...

    def emigrants(self, task: Task, state: Any, n: int) -> tuple[Any, Returns]:
        """At most n genomes that set out, and their returns; they stay at home as well."""
        ...

    def immigrate(self, task: Task, state: Any, genomes: Any, returns: Returns) -> Any:
        """The state after genomes of known returns came; which of them stay is the method's affair."""
        ...


def strongest(genomes: Any, returns: Returns, n: int) -> tuple[Any, Returns]:
    """The n best genomes and their returns, best first; of equal returns one, so that no copies travel."""
    best = np.unique(-returns, return_index=True)[1][:n]
    return take(genomes, best), returns[best]


def settled(genomes: Any, returns: Returns, newcomers: Any, theirs: Returns) -> tuple[Any, Returns]:
    """A population with the best newcomers in the places of its worst, the best for the worst, each if it is better."""
    weak, strong = np.argsort(returns, kind="stable"), np.argsort(-theirs, kind="stable")
    places = min(len(returns), len(theirs))
    better = theirs[strong[:places]] > returns[weak[:places]]
    index = np.arange(len(returns))
    index[weak[:places][better]] = count(genomes) + strong[:places][better]
    return take(concatenate([genomes, newcomers]), index), np.concatenate([returns, theirs])[index]


class Arrivals(NamedTuple):
    """Migrants as another encoding writes them, what was evaluated for it, and how many it cannot write."""

    genomes: Any
    returns: Returns
    evaluated: Batch
    refused: int


def passage(task: Task, source: Encoding, target: Encoding, genomes: Any, returns: Returns) -> Arrivals:
    """Genomes of one encoding as those of another, by way of melodies; equal encodings need none."""
    nothing = Batch(np.zeros((0, task.grid.steps), np.uint8), np.zeros(0))
    if source == target:
        return Arrivals(genomes, returns, nothing, 0)
    melodies = source.decode(task, genomes)
    written = [_written(task, target, melodies[i : i + 1]) for i in range(len(melodies))]
    able = np.array([genome is not None for genome in written], np.bool_)
    if not able.any():
        return Arrivals(genomes, returns[:0], nothing, len(returns))
    translated, told = concatenate([genome for genome in written if genome is not None]), returns[able]
    decoded = target.decode(task, translated)
    other = (decoded != melodies[able]).any(axis=1)  # canonical in place of written tokens, say
    if not other.any():
        return Arrivals(translated, told, nothing, int((~able).sum()))
    told[other] = task.evaluate(decoded[other])
    return Arrivals(translated, told, Batch(decoded[other], told[other]), int((~able).sum()))


def _written(task: Task, encoding: Encoding, melody: Melodies) -> Any:
    """The genome (1, ...) of a melody (1, T); None where the encoding cannot write it."""
    try:
        return encoding.encode(task, melody)
    except ValueError:
        return None
