"""MAP-Elites (Mouret & Clune 2015): an archive of the best melody in each cell of a plane of two measures."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import able, choice, number, whole, wrong
from evomusic.core.grid import Grid
from evomusic.core.method import Searcher
from evomusic.core.rule import Measure
from evomusic.core.space import Range, Space
from evomusic.core.task import Task
from evomusic.encodings.base import MOST, Encoding, assign, checked_encoding, concatenate, count, items, same, take
from evomusic.encodings.notes.notes import NOTES
from evomusic.evolve.selection.crowds import nearest
from evomusic.evolve.selection.select import Start, as_rows, initial_genomes
from evomusic.measures import MEASURES

Floats = NDArray[np.float64]
Index = NDArray[np.int64]
Ends = tuple[float | int, float | int]  # ints too, as in TOML
MOST_CELLS = 1_000_000
MOST_SEED = 2**128 - 1
SAMPLES = 20_000  # points of the plane from which Voronoi cells are computed
ROUNDS = 30  # of Lloyd's algorithm


class Archive(NamedTuple):
    """Elites (N, ...) in order of their cells, with returns (N,), measures (N, 2) and cells (N,).

    `waiting` holds the initial genomes until they are evaluated, then none; `batches` counts the batches evaluated.
    """

    genomes: Any
    returns: Floats
    measures: Floats
    cells: Index
    waiting: Any
    batches: int


def enter(archive: Archive, genomes: Any, returns: Floats, measures: Floats, cells: Index) -> Archive:
    """The archive after genomes (P, ...) competed for cells (P,): the best of each stays, of equals the earlier."""
    holder = np.concatenate([archive.cells, cells])
    every = np.concatenate([archive.returns, returns])
    order = np.lexsort((-every, holder))  # stable: of equals those that were there, then the earlier
    _, first = np.unique(holder[order], return_index=True)
    elites = order[first]
    return archive._replace(
        genomes=take(concatenate([archive.genomes, genomes]), elites),
        returns=every[elites],
        measures=np.concatenate([archive.measures, measures])[elites],
        cells=holder[elites],
    )


def grid_cells(unit: Floats, shape: tuple[int, int]) -> Index:
    """Cells (P,) of points (P, 2) in the unit square, row by row; points outside belong to the nearest cell.

    A point on a border belongs to the upper cell; the measure may have rounding errors below 1e-9.
    """
    place = np.floor(unit * np.array(shape) + 1e-9).astype(np.int64).clip(0, np.array(shape) - 1)
    return np.asarray(place[:, 0] * shape[1] + place[:, 1])


@lru_cache(maxsize=8)
def voronoi_centres(cells: int, seed: int) -> Floats:
    """Centres (C, 2) of a centroidal Voronoi tessellation of the unit square (Vassiliades et al. 2018; Lloyd 1982)."""
    from scipy.spatial import cKDTree

    rng = np.random.default_rng(seed)
    points = rng.random((max(SAMPLES, 50 * cells), 2))
    centres = points[:cells].copy()
    for _ in range(ROUNDS):
        cell = cKDTree(centres).query(points)[1]
        many = np.bincount(cell, minlength=cells)
        sums = np.stack([np.bincount(cell, points[:, d], cells) for d in range(2)], axis=1)
        centres[many > 0] = sums[many > 0] / many[many > 0, None]
    return centres


def qd_score(archive: Archive, offset: float = 0.0) -> float:
    """QD score (Pugh et al. 2015): sum of the elites' returns above an offset, such as the least possible return."""
    return float((archive.returns - offset).sum())


@dataclass(frozen=True, kw_only=True)
class MapElites(Searcher):
    """MAP-Elites: one elite per cell; offspring of uniformly drawn elites enter their cell if they return more.

    An offspring equal to its parent is not evaluated; when all are, one is, so that every run ends. The whole archive
    is delivered.

    Args:
        measures: the two axes, as measures or by their names in `evomusic.measures.catalogue.MEASURES`.
        cells: rows and columns of a grid, or the number of cells of a centroidal Voronoi tessellation (CVT).
        ranges: least and greatest value of each axis; the bounds of the measures on the task's grid when empty.
        first: number of initial samples.
        batch: offspring per step.
        encoding: the search space.
        start: solutions among the initial genomes: melodies as rows of tokens; of a problem, rows or texts.
        seed: of the tessellation, so that archives of different runs have the same cells.

    Raises:
        ValueError: an argument is of the wrong type or out of range, a measure is unknown, or `start` holds no rows of
            tokens.
    """

    space: ClassVar[Space] = {
        "first": Range(10, 1000, log=True, whole=True),
        "batch": Range(5, 300, log=True, whole=True),
    }

    measures: tuple[Measure | str, ...] = ("StepShare", "NotesPerBar")
    cells: tuple[int, int] | int = (16, 16)
    ranges: tuple[Ends, ...] = ()
    first: int = 300
    batch: int = 100
    encoding: Encoding = NOTES
    start: Start = ()
    seed: int = 0

    def __post_init__(self) -> None:
        checked_encoding(self.encoding)
        measures = items("measures", self.measures, "the two axes of the archive, such as ('StepShare', 'NotesPerBar')")
        if len(measures) != 2:
            raise ValueError(f"measures holds {len(measures)}, expected 2: the axes of the archive")
        assign(
            self,
            measures=tuple(map(_measure, measures)),
            cells=_cells(self.cells),
            ranges=_ranges(self.ranges),
            first=whole("first", self.first, 1, MOST),
            batch=whole("batch", self.batch, 1, MOST),
            start=as_rows(self.start),
            seed=whole("seed", self.seed, 0, MOST_SEED),
        )

    def begin(self, task: Task, rng: np.random.Generator) -> Archive:
        """The initial genomes, not yet evaluated, and an empty archive."""
        genomes = initial_genomes(self.encoding, task, rng, self.first, self.start)
        none = take(genomes, np.zeros(0, np.int64))
        return Archive(none, np.zeros(0), np.zeros((0, 2)), np.zeros(0, np.int64), genomes, 0)

    def ask(self, task: Task, state: Archive, rng: np.random.Generator) -> tuple[Archive, Any]:
        """The initial genomes; then offspring of elites that differ from their parents."""
        if count(state.waiting):
            return state, state.waiting
        copies = take(state.genomes, rng.integers(0, len(state.returns), self.batch))
        children = self.encoding.vary(task, copies, rng)
        new = np.flatnonzero(~same(children, copies))
        return state, take(children, new if len(new) else np.zeros(1, np.int64))

    def tell(self, task: Task, state: Archive, genomes: Any, returns: Floats) -> Archive:
        """The archive after the genomes competed for their cells."""
        melodies = self.decode(task, genomes)
        values = np.stack([np.asarray(m(melodies, task.grid), float) for m in self._axes], axis=1)
        state = enter(state, genomes, returns, values, self.cells_of(values, task.grid))
        return state._replace(waiting=take(state.genomes, np.zeros(0, np.int64)), batches=state.batches + 1)

    def deliver(self, task: Task, state: Archive) -> NDArray[np.uint8]:
        """Melodies of the elites, in order of their cells; before any evaluation those of the initial genomes."""
        return self.decode(task, state.waiting if count(state.waiting) else state.genomes)

    def cells_of(self, measures: Floats, grid: Grid) -> Index:
        """Cells (P,) of measures (P, 2)."""
        low, high = self.limits(grid).T
        unit = (measures - low) / np.where(high > low, high - low, 1.0)
        if isinstance(self.cells, int):
            return nearest(unit.clip(0, 1), voronoi_centres(self.cells, self.seed))
        return grid_cells(unit, self.cells)

    def limits(self, grid: Grid) -> Floats:
        """Least and greatest value of each axis: (2, 2)."""
        return np.array(self.ranges or [m.bounds(grid) for m in self._axes], float)

    def coverage(self, archive: Archive) -> float:
        """Share of cells that hold an elite."""
        shape = self.cells
        return len(archive.cells) / (shape if isinstance(shape, int) else shape[0] * shape[1])

    def heat(self, archive: Archive) -> Floats:
        """Returns of the elites by cell, -inf in empty cells: (rows, columns), or (C,) for a tessellation."""
        shape = (self.cells,) if isinstance(self.cells, int) else self.cells
        flat = np.full(int(np.prod(shape)), -np.inf)
        flat[archive.cells] = archive.returns
        return flat.reshape(shape)

    @property
    def _axes(self) -> tuple[Measure, ...]:
        return self.measures  # type: ignore[return-value]  # names were replaced


def _measure(measure: Measure | str) -> Measure:
    """A measure, or the one of that name."""
    if isinstance(measure, str):
        return MEASURES[choice("measures", measure, MEASURES)]()
    return able("measures", measure, ("__call__", "bounds"), "a measure: callable, with bounds(grid); or its name")


def _cells(cells: Any) -> tuple[int, int] | int:
    """Rows and columns of a grid, or a number of Voronoi cells."""
    if not isinstance(cells, (tuple, list)):
        return whole("cells", cells, 1, MOST_CELLS)
    if len(cells) != 2:
        raise wrong("cells", cells, "(rows, columns), or one number of cells")
    rows = whole("cells", cells[0], 1, MOST_CELLS)
    return rows, whole("cells", cells[1], 1, MOST_CELLS // rows)


def _ranges(ranges: Any) -> tuple[tuple[float, float], ...]:
    """Ranges of the axes as pairs of floats."""
    expected = "a least and a greatest value for each of two axes, such as ((0, 1), (0, 8))"
    pairs = [items("ranges", pair, expected) for pair in items("ranges", ranges, expected)]
    if len(pairs) not in (0, 2) or not all(len(pair) == 2 for pair in pairs):
        raise wrong("ranges", ranges, expected)
    ends = [(number("ranges", low), number("ranges", high)) for low, high in pairs]
    if not all(low < high for low, high in ends):
        raise wrong("ranges", ranges, expected)
    return tuple(ends)
