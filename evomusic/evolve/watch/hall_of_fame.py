"""Records of the best melodies of a run, as in DEAP: HallOfFame and ParetoFront, without melodies that sound the same.

Both are watchers of a run, and both can be updated by hand:

    hall = HallOfFame(size=10)
    em.run(method, task, watch=hall)
    hall.melodies, hall.returns
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import able, whole
from evomusic.core.ledger import Ledger
from evomusic.core.melody import canonical
from evomusic.core.task import Task
from evomusic.encodings.base import MOST
from evomusic.evolve.selection.fronts import hypervolume, ranks
from evomusic.evolve.selection.objectives import Groups, columns, objectives
from evomusic.evolve.selection.select import Index, top
from evomusic.evolve.watch.stopping import Watcher

Melodies = NDArray[np.uint8]
Floats = NDArray[np.float64]


def distinct(melodies: Melodies, tokens: bool = True) -> Index:
    """Indices of the melodies (P, T) that sound like none before them; silent holds sound as rests do.

    Rows of other solutions, where `tokens` is false, are compared number by number.
    """
    rows = np.ascontiguousarray(canonical(melodies) if tokens else melodies)
    keys = rows.view(np.dtype((np.void, max(1, rows.shape[1] * rows.itemsize)))).reshape(-1)
    return np.sort(np.unique(keys, return_index=True)[1])


class HallOfFame(Watcher):
    """The best melodies of a run, distinct in sound, or other solutions; best first, of equals the earlier.

    Args:
        size: greatest number of melodies.

    Attributes:
        melodies: (N, T) uint8.
        returns: (N,) float64.

    Raises:
        ValueError: the size is no whole number from 1 to 10,000,000.
    """

    def __init__(self, size: int = 10) -> None:
        self.size = whole("size", size, 1, MOST)
        self.melodies, self.returns, self._tokens = np.zeros((0, 0), np.uint8), np.zeros(0), True

    def __call__(self, ledger: Ledger) -> bool:
        """Update with a batch; never ends a run."""
        self._tokens = ledger.form.of_melodies
        self.update(ledger.batch.melodies, ledger.batch.returns)
        return False

    def __len__(self) -> int:
        return len(self.returns)

    def update(self, melodies: Melodies, returns: Floats) -> None:
        """Enter melodies (P, T) with returns (P,)."""
        if len(self) == self.size:
            better = returns > self.returns[-1]
            melodies, returns = melodies[better], returns[better]
        if not len(returns):
            return
        every = np.concatenate([self.melodies, melodies]) if len(self) else np.array(melodies)
        values = np.concatenate([self.returns, returns])
        order = top(values, len(values))
        best = order[distinct(every[order], self._tokens)][: self.size]
        self.melodies, self.returns = every[best], values[best]


class ParetoFront(Watcher):
    """The non-dominated melodies of a run, by a task's groups of rules, distinct in sound.

    Melodies of equal values are all stored as long as there is room; a melody of new values always is.

    Args:
        task: the task.
        groups: names of parts by objective; the groups of the task's reward when empty.
        size: number of melodies from which on no melody of values already stored enters.

    Attributes:
        names: of the objectives, M of them.
        melodies: (N, T) uint8, by falling first objective.
        values: (N, M) float64.

    Raises:
        ValueError: the groups are no objectives of this task, or the size is no whole number from 1 to 10,000,000.
    """

    def __init__(self, task: Task, groups: Groups = (), size: int = 1000) -> None:
        able("task", task, ("evaluate", "parts"), "a task such as em.make('rules')")
        self.task, self.size, self._columns = task, whole("size", size, 1, MOST), columns(task, groups)
        self.names = tuple(self._columns)
        self.melodies, self.values = task.grid.rows.none, np.zeros((0, len(self.names)))

    def __call__(self, ledger: Ledger) -> bool:
        """Update with a batch; never ends a run."""
        melodies = ledger.batch.melodies
        self.update(melodies, objectives(self.task, melodies, self._columns))
        return False

    def __len__(self) -> int:
        return len(self.values)

    def update(self, melodies: Melodies, values: Floats) -> None:
        """Enter melodies (P, T) with objectives (P, M), and remove those that they dominate."""
        every, points = np.concatenate([self.melodies, melodies]), np.concatenate([self.values, values])
        best = np.flatnonzero(ranks(points) == 0)
        best = best[distinct(every[best], self.task.grid.rows.of_melodies)]
        best = best[_within_size(points[best], self.size)]
        order = best[np.lexsort(-points[best].T[::-1])]
        self.melodies, self.values = every[order], points[order]

    def hypervolume(self, reference: Floats | tuple[float, ...]) -> float:
        """Hypervolume that the front dominates above a reference point (M,)."""
        return hypervolume(self.values, reference)


def _within_size(values: Floats, size: int) -> Index:
    """Indices of all rows, or of the first of each value and as many others, in order, as there is room for."""
    if len(values) <= size:
        return np.arange(len(values))
    first = np.unique(values, axis=0, return_index=True)[1]
    others = np.setdiff1d(np.arange(len(values)), first)[: max(0, size - len(first))]
    return np.sort(np.concatenate([first, others]))
