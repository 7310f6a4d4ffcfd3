"""What a run met and is worth keeping: HallOfFame and ParetoFront, as DEAP's users know them, distinct in sound.

Both are watchers of a run, and both may be updated by hand:

    hall = HallOfFame(size=10)
    em.run(method, task, watch=hall)
    hall.melodies, hall.returns
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evomusic.core.ledger import Ledger
from evomusic.core.melody import canonical
from evomusic.core.task import Task
from evomusic.encodings.base import check_count
from evomusic.evolve.selection.fronts import hypervolume, ranks
from evomusic.evolve.selection.objectives import Groups, columns, objectives
from evomusic.evolve.selection.select import Index, top
from evomusic.evolve.watch.stopping import Watcher

Melodies = NDArray[np.uint8]
Floats = NDArray[np.float64]


def distinct(melodies: Melodies) -> Index:
    """The first of each sound among melodies (P, T), in their order; silent holds sound as rests do."""
    rows = np.ascontiguousarray(canonical(melodies))
    whole = rows.view(np.dtype((np.void, max(1, rows.shape[1])))).reshape(-1)
    return np.sort(np.unique(whole, return_index=True)[1])


class HallOfFame(Watcher):
    """The best melodies that a run met, distinct in sound; best first, of equals the earlier.

    Args:
        size: how many are kept.

    Attributes:
        melodies: (N, T) uint8.
        returns: (N,) float64.

    Raises:
        ValueError: the size is no whole number from 1.
    """

    def __init__(self, size: int = 10) -> None:
        check_count("size", size)
        self.size = size
        self.melodies, self.returns = np.zeros((0, 0), np.uint8), np.zeros(0)

    def __call__(self, ledger: Ledger) -> bool:
        """Take a batch in; never ends a run."""
        self.update(ledger.batch.melodies, ledger.batch.returns)
        return False

    def __len__(self) -> int:
        return len(self.returns)

    def update(self, melodies: Melodies, returns: Floats) -> None:
        """Take melodies (P, T) with returns (P,) in, where they belong."""
        if len(self) == self.size:
            better = returns > self.returns[-1]
            melodies, returns = melodies[better], returns[better]
        if not len(returns):
            return
        every = np.concatenate([self.melodies, melodies]) if len(self) else np.array(melodies)
        paid = np.concatenate([self.returns, returns])
        order = top(paid, len(paid))
        kept = order[distinct(every[order])][: self.size]
        self.melodies, self.returns = every[kept], paid[kept]


class ParetoFront(Watcher):
    """The melodies that no other melody of a run dominates in a task's groups of rules, distinct in sound.

    Melodies of equal values stand beside one another, as long as there is room; a new value always enters.

    Args:
        task: the task.
        groups: names of parts by objective; the groups of the task's reward when empty.
        size: melodies beyond which no further one of values that are there already is kept.

    Attributes:
        names: of the objectives, M of them.
        melodies: (N, T) uint8, by falling first objective.
        values: (N, M) float64.

    Raises:
        ValueError: the groups are no objectives of this task, or the size is no whole number from 1.
    """

    def __init__(self, task: Task, groups: Groups = (), size: int = 1000) -> None:
        check_count("size", size)
        self.task, self.size, self._columns = task, size, columns(task, groups)
        self.names = tuple(self._columns)
        self.melodies, self.values = np.zeros((0, task.grid.steps), np.uint8), np.zeros((0, len(self.names)))

    def __call__(self, ledger: Ledger) -> bool:
        """Take a batch in; never ends a run."""
        melodies = ledger.batch.melodies
        self.update(melodies, objectives(self.task, melodies, self._columns))
        return False

    def __len__(self) -> int:
        return len(self.values)

    def update(self, melodies: Melodies, values: Floats) -> None:
        """Take melodies (P, T) with objectives (P, M) in, and let those go that they dominate."""
        every, paid = np.concatenate([self.melodies, melodies]), np.concatenate([self.values, values])
        best = np.flatnonzero(ranks(paid) == 0)
        best = best[distinct(every[best])]
        best = best[_roomy(paid[best], self.size)]
        order = best[np.lexsort(-paid[best].T[::-1])]
        self.melodies, self.values = every[order], paid[order]

    def hypervolume(self, reference: Floats | tuple[float, ...]) -> float:
        """The volume that the front dominates above a reference point (M,)."""
        return hypervolume(self.values, reference)


def _roomy(values: Floats, size: int) -> Index:
    """All rows, or the first of each kind and as many others, in order, as there is room for."""
    if len(values) <= size:
        return np.arange(len(values))
    first = np.unique(values, axis=0, return_index=True)[1]
    others = np.setdiff1d(np.arange(len(values)), first)[: max(0, size - len(first))]
    return np.sort(np.concatenate([first, others]))
