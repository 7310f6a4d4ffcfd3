"""Migration between populations: emigrants, immigrants, and their translation from one encoding to another."""

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
    """A method that sends and receives migrants: the protocol that `Islands` asks for beyond Method."""

    @property
    def encoding(self) -> Encoding:
        """The search space."""
        ...

    def init(self, task: Task, rng: np.random.Generator) -> tuple[Any, Batch]:
        """See `Method`."""
        ...

    def step(self, task: Task, state: Any, rng: np.random.Generator) -> tuple[Any, Batch]:
        """See `Method`."""
        ...

    def deliver(self, task: Task, state: Any) -> Melodies:
        """See `Method`."""
        ...

    def emigrants(self, task: Task, state: Any, n: int) -> tuple[Any, Returns]:
        """At most n genomes to be copied to other populations, and their returns."""
        ...

    def immigrate(self, task: Task, state: Any, genomes: Any, returns: Returns) -> Any:
        """The state after immigrants with their returns arrived; the method decides which of them survive."""
        ...


def strongest(genomes: Any, returns: Returns, n: int) -> tuple[Any, Returns]:
    """The n best genomes with distinct returns, best first, and these returns: copies do not migrate."""
    best = np.unique(-returns, return_index=True)[1][:n]
    return take(genomes, best), returns[best]


def settled(genomes: Any, returns: Returns, newcomers: Any, theirs: Returns) -> tuple[Any, Returns]:
    """A population after the best newcomers replaced the worst genomes, best for worst, each if it returns more."""
    weak, strong = np.argsort(returns, kind="stable"), np.argsort(-theirs, kind="stable")
    places = min(len(returns), len(theirs))
    better = theirs[strong[:places]] > returns[weak[:places]]
    index = np.arange(len(returns))
    index[weak[:places][better]] = count(genomes) + strong[:places][better]
    return take(concatenate([genomes, newcomers]), index), np.concatenate([returns, theirs])[index]


class Arrivals(NamedTuple):
    """Migrants translated to another encoding, melodies evaluated for it, and the number of untranslatable ones."""

    genomes: Any
    returns: Returns
    evaluated: Batch
    refused: int


def passage(task: Task, source: Encoding, target: Encoding, genomes: Any, returns: Returns) -> Arrivals:
    """Genomes of one encoding translated to another by way of their melodies; not needed between equal encodings."""
    nothing = Batch(task.grid.rows.none, np.zeros(0))
    if source == target:
        return Arrivals(genomes, returns, nothing, 0)
    melodies = source.decode(task, genomes)
    encoded = [_encoded(task, target, melodies[i : i + 1]) for i in range(len(melodies))]
    able = np.array([genome is not None for genome in encoded], np.bool_)
    if not able.any():
        return Arrivals(genomes, returns[:0], nothing, len(returns))
    translated, returns = concatenate([genome for genome in encoded if genome is not None]), returns[able]
    decoded = target.decode(task, translated)
    other = (decoded != melodies[able]).any(axis=1)  # such as canonical tokens in place of others
    if not other.any():
        return Arrivals(translated, returns, nothing, int((~able).sum()))
    returns[other] = task.evaluate(decoded[other])
    return Arrivals(translated, returns, Batch(decoded[other], returns[other]), int((~able).sum()))


def _encoded(task: Task, encoding: Encoding, melody: Melodies) -> Any:
    """The genome (1, ...) of a melody (1, T); None where the encoding cannot encode it."""
    try:
        return encoding.encode(task, melody)
    except ValueError:
        return None
