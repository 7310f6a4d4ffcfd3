"""MAP-Elites: the best melody of every kind (Mouret & Clune 2015), kinds being cells of a plane of two measures."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.grid import Grid
from evomusic.core.method import Searcher
from evomusic.core.rule import Measure
from evomusic.core.task import Task
from evomusic.encodings.base import Encoding, check_choice, check_count, concatenate, count, same, take
from evomusic.encodings.notes.notes import NOTES
from evomusic.evolve.selection.crowds import nearest
from evomusic.evolve.selection.select import as_rows, first_genomes
from evomusic.measures import MEASURES

Floats = NDArray[np.float64]
Index = NDArray[np.int64]
Ends = tuple[float | int, float | int]  # ints too, as they stand in TOML
SAMPLES = 20_000  # points of the plane from which Voronoi cells are made
ROUNDS = 30  # of Lloyd's algorithm


class Archive(NamedTuple):
    """Elites (N, ...) in order of their cells, with returns (N,), measures (N, 2) and cells (N,).

    `waiting` holds the first genomes until they were told, then nothing; `told` counts how often returns were told.
    """

    genomes: Any
    returns: Floats
    measures: Floats
    cells: Index
    waiting: Any
    told: int


def enter(archive: Archive, genomes: Any, returns: Floats, measures: Floats, cells: Index) -> Archive:
    """The archive after genomes (P, ...) tried to enter cells (P,): the best of each stays, of equals the earlier."""
    holder = np.concatenate([archive.cells, cells])
    every = np.concatenate([archive.returns, returns])
    order = np.lexsort((-every, holder))  # stable: of equals those that were there, then the earlier
    _, first = np.unique(holder[order], return_index=True)
    kept = order[first]
    return archive._replace(
        genomes=take(concatenate([archive.genomes, genomes]), kept),
        returns=every[kept],
        measures=np.concatenate([archive.measures, measures])[kept],
        cells=holder[kept],
    )


def grid_cells(unit: Floats, shape: tuple[int, int]) -> Index:
    """Cells (P,) of points (P, 2) in the unit square, row by row; what lies outside is in the cell nearest to it.

    A point on a line belongs to the cell above it, rounding errors of the measure below 1e-9 aside.
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
    """Sum of the elites' returns above an offset (Pugh et al. 2015), such as the least return there can be."""
    return float((archive.returns - offset).sum())


@dataclass(frozen=True, kw_only=True)
class MapElites(Searcher):
    """One elite a cell; parents are drawn uniformly among the elites, and offspring enter where they are better.

    An offspring equal to its parent is not evaluated; when all are, one is, so that every run ends. It delivers the
    whole archive.

    Args:
        measures: the two axes, as measures or by their names in `evomusic.measures.catalogue.MEASURES`.
        cells: rows and columns of a grid, or the number of cells of a centroidal Voronoi tessellation (CVT).
        ranges: least and greatest value of each axis; the bounds of the measures on the task's grid when empty.
        first: samples to begin with.
        batch: offspring a step.
        encoding: the searched space.
        start: rows of tokens among the first genomes.
        seed: of the tessellation, so that archives of different runs have the same cells.

    Raises:
        ValueError: a number is out of range, a measure is not known, or `start` holds no rows of tokens.
    """

    measures: tuple[Measure | str, ...] = ("StepShare", "NotesPerBar")
    cells: tuple[int, int] | int = (16, 16)
    ranges: tuple[Ends, ...] = ()
    first: int = 300
    batch: int = 100
    encoding: Encoding = NOTES
    start: tuple[tuple[int, ...], ...] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        for name, least in (("first", 1), ("batch", 1), ("seed", 0)):
            check_count(name, getattr(self, name), least)
        object.__setattr__(self, "measures", tuple(map(_measure, self.measures)))
        if len(self.measures) != 2:
            raise ValueError(f"measures holds {len(self.measures)}, expected 2: the axes of the archive")
        shape = self.cells if isinstance(self.cells, int) else tuple(self.cells)
        object.__setattr__(self, "cells", shape)
        for size in (shape,) if isinstance(shape, int) else shape:
            check_count("cells", size)
        if not isinstance(shape, int) and len(shape) != 2:
            raise ValueError(f"cells is {shape}, expected (rows, columns) or one number of cells")
        object.__setattr__(self, "ranges", _ranges(self.ranges))
        object.__setattr__(self, "start", as_rows(self.start))

    def begin(self, task: Task, rng: np.random.Generator) -> Archive:
        """The first genomes, waiting, and an empty archive."""
        genomes = first_genomes(self.encoding, task, rng, self.first, self.start)
        none = take(genomes, np.zeros(0, np.int64))
        return Archive(none, np.zeros(0), np.zeros((0, 2)), np.zeros(0, np.int64), genomes, 0)

    def ask(self, task: Task, state: Archive, rng: np.random.Generator) -> tuple[Archive, Any]:
        """The first genomes; then offspring of elites, those that differ from their parents."""
        if count(state.waiting):
            return state, state.waiting
        copies = take(state.genomes, rng.integers(0, len(state.returns), self.batch))
        children = self.encoding.vary(task, copies, rng)
        new = np.flatnonzero(~same(children, copies))
        return state, take(children, new if len(new) else np.zeros(1, np.int64))

    def tell(self, task: Task, state: Archive, genomes: Any, returns: Floats) -> Archive:
        """The archive that they entered."""
        melodies = self.decode(task, genomes)
        values = np.stack([np.asarray(m(melodies, task.grid), float) for m in self._axes], axis=1)
        state = enter(state, genomes, returns, values, self.cells_of(values, task.grid))
        return state._replace(waiting=take(state.genomes, np.zeros(0, np.int64)), told=state.told + 1)

    def decode(self, task: Task, genomes: Any) -> NDArray[np.uint8]:
        """The melodies of genomes."""
        return self.encoding.decode(task, genomes)

    def deliver(self, task: Task, state: Archive) -> NDArray[np.uint8]:
        """The elites' melodies, in order of their cells; before any was told, the first genomes'."""
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
        """The share of cells that hold an elite."""
        shape = self.cells
        return len(archive.cells) / (shape if isinstance(shape, int) else shape[0] * shape[1])

    def heat(self, archive: Archive) -> Floats:
        """Returns of the elites by cell, -inf where there is none: (rows, columns), or (C,) of a tessellation."""
        shape = (self.cells,) if isinstance(self.cells, int) else self.cells
        flat = np.full(int(np.prod(shape)), -np.inf)
        flat[archive.cells] = archive.returns
        return flat.reshape(shape)

    @property
    def _axes(self) -> tuple[Measure, ...]:
        return self.measures  # type: ignore[return-value]  # measures by now


def _measure(given: Measure | str) -> Measure:
    """A measure, by its name too."""
    if isinstance(given, str):
        check_choice("measure", given, tuple(MEASURES))
        return MEASURES[given]()
    if not callable(given) or not hasattr(given, "bounds"):
        raise ValueError(f"measures holds {given!r}, expected a measure: callable, with bounds(grid), or its name")
    return given


def _ranges(given: Any) -> tuple[tuple[float, float], ...]:
    """Ranges of the axes as pairs of floats."""
    try:
        pairs = tuple((float(low), float(high)) for low, high in given)
    except (TypeError, ValueError):
        raise ValueError(f"ranges is {given!r}, expected a least and a greatest value for each axis") from None
    if len(pairs) not in (0, 2) or not all(low < high for low, high in pairs):
        raise ValueError(f"ranges is {given!r}, expected two pairs, each with the lesser value first")
    return pairs
