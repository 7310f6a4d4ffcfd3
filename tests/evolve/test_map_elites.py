"""MAP-Elites: the archive against a dictionary and against pyribs, cells by hand."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from evomusic import measures
from evomusic.core.grid import Grid
from evomusic.encodings.bits import Bits
from evomusic.evolve.map_elites import Archive, MapElites, enter, grid_cells, qd_score, voronoi_centres
from evomusic.evolve.selection.crowds import nearest
from evomusic.testing import check_method
from tests.evolve.oracles import oracle
from tests.evolve.tasks import TASK
from tests.evolve.test_ga import STILL, generations
from tests.test_contracts import TASKS

METHODS = {
    "grid": MapElites(first=9, batch=7),
    "cvt-bits": MapElites(cells=20, first=9, batch=7, encoding=Bits(), measures=("PitchRange", "RestShare")),
}
EMPTY = Archive(np.zeros((0, 1), int), np.zeros(0), np.zeros((0, 2)), np.zeros(0, int), np.zeros((0, 1), int), 1)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("method", METHODS)
def test_it_keeps_its_contract(method, task):
    check_method(METHODS[method], TASKS[task])


@pytest.mark.parametrize("method", METHODS)
def test_every_elite_stands_in_its_own_cell_with_its_own_return_and_measures(method):
    method = METHODS[method]
    for state, _ in generations(method, 30):
        melodies = method.deliver(TASK, state)
        assert (TASK.evaluate(melodies) == state.returns).all()
        values = np.stack([m(melodies, TASK.grid) for m in method.measures], axis=1)
        assert (values == state.measures).all()
        assert (method.cells_of(values, TASK.grid) == state.cells).all()
        assert (np.diff(state.cells) > 0).all()
    assert len(state.cells) > 5


def test_no_cell_is_ever_left_or_worsens():
    heats = [METHODS["grid"].heat(state) for state, _ in generations(METHODS["grid"], 60)]
    assert all((after >= before).all() for before, after in pairwise(heats))
    assert np.isfinite(heats[-1]).sum() > np.isfinite(heats[0]).sum()


def stream(seed, batches=20, size=30, whole=False):
    """Batches of numbered genomes, returns and measures in the unit square."""
    rng = np.random.default_rng(seed)
    for b in range(batches):
        returns = rng.integers(0, 4, size).astype(float) if whole else rng.normal(size=size)
        yield np.arange(b * size, (b + 1) * size)[:, None], returns, rng.random((size, 2))


@pytest.mark.parametrize("whole", [False, True], ids=["distinct", "ties"])
def test_the_archive_is_the_dictionary_of_the_first_best_of_each_cell(whole):
    archive, best = EMPTY, {}
    for genomes, returns, values in stream(0, whole=whole):
        cells = grid_cells(values, (6, 5))
        archive = enter(archive, genomes, returns, values, cells)
        for g, r, v, c in zip(genomes[:, 0].tolist(), returns, values.tolist(), cells.tolist(), strict=True):
            if c not in best or r > best[c][1]:
                best[c] = (g, r, v)
        elites = zip(archive.genomes[:, 0].tolist(), archive.returns, archive.measures.tolist(), strict=True)
        assert dict(zip(archive.cells.tolist(), elites, strict=True)) == best


@pytest.mark.parametrize("kind", ["grid", "cvt"])
def test_the_archive_is_that_of_pyribs_on_the_same_stream(kind):
    archives = oracle("ribs.archives")
    ranges = [(0, 1), (0, 1)]
    if kind == "grid":
        method = MapElites(cells=(8, 5), ranges=ranges)
        theirs = archives.GridArchive(solution_dim=1, dims=(8, 5), ranges=ranges)
    else:
        method = MapElites(cells=25, ranges=ranges)
        theirs = archives.CVTArchive(solution_dim=1, centroids=voronoi_centres(25, 0), ranges=ranges)
    ours = EMPTY
    for genomes, returns, values in stream(1):
        theirs.add(genomes.astype(float), returns, values)
        ours = enter(ours, genomes, returns, values, method.cells_of(values, TASK.grid))
    theirs_now = theirs.data(["index", "solution", "objective"])
    order = np.argsort(theirs_now["index"])
    assert ours.cells.tolist() == theirs_now["index"][order].tolist()
    assert ours.genomes[:, 0].tolist() == theirs_now["solution"][order, 0].tolist()
    assert ours.returns.tolist() == theirs_now["objective"][order].tolist()
    assert method.coverage(ours) == theirs.stats.coverage
    assert qd_score(ours) == pytest.approx(float(theirs.stats.qd_score))


def test_lines_belong_to_the_cell_above_and_what_is_outside_to_the_nearest():
    points = np.array([[0, 0], [0.5, 0.2], [0.499, 0.6], [1, 1], [-3, 0.5], [7, -1], [0.1 + 0.2 + 0.2, 0.3 / 0.5]])
    assert grid_cells(points, (2, 5)).tolist() == [0, 6, 3, 9, 2, 5, 8]
    assert 0.29 * 100 < 29
    assert grid_cells(np.array([[0.29, 0.57]]), (100, 100)).tolist() == [2957]


def test_axes_run_over_the_bounds_of_their_measures():
    grid = Grid(bars=2, low=60, high=72)
    method = MapElites(measures=("PitchRange", measures.NotesPerBar()), cells=(13, 4))
    assert method.limits(grid).tolist() == [[0, 12], [0, 16]]
    assert method.cells_of(np.array([[0.0, 0], [12, 16], [6, 4], [5.9, 3.9]]), grid).tolist() == [0, 51, 25, 24]
    wider = MapElites(measures=("PitchRange", "NotesPerBar"), ranges=[(0, 24), (0, 8)], cells=(2, 2))
    assert wider.cells_of(np.array([[11.0, 4], [13, 3]]), grid).tolist() == [1, 2]
    one_pitch = Grid(bars=1, low=60, high=60)  # an axis without span has one cell that is used
    assert method.cells_of(np.array([[0.0, 8]]), one_pitch).tolist() == [2]


def test_cells_of_a_tessellation_are_about_equal_and_centred():
    """Each centre of a centroidal tessellation of the square is the mean of its cell; random points are far from it."""
    points = np.random.default_rng(5).random((40_000, 2))

    def spread(centres):
        cell = nearest(points, centres)
        size = np.bincount(cell, minlength=30)
        means = np.stack([np.bincount(cell, points[:, d], 30) / size for d in range(2)], axis=1)
        return size.min() / size.max(), np.abs(means - centres).max()

    evenness, off = spread(voronoi_centres(30, 0))
    assert evenness > 0.5
    assert off < 0.03
    assert spread(np.random.default_rng(6).random((30, 2))) < (0.25, 0)


def test_tessellations_are_the_same_in_every_run():
    assert voronoi_centres(12, 3).tolist() == voronoi_centres.__wrapped__(12, 3).tolist()
    assert voronoi_centres(12, 3).tolist() != voronoi_centres(12, 4).tolist()


def test_score_coverage_and_heat_by_hand():
    method = MapElites(cells=(2, 3))
    archive = EMPTY._replace(returns=np.array([4.0, -1.0]), cells=np.array([1, 5]))
    assert qd_score(archive) == 3
    assert qd_score(archive, offset=-2.0) == 7
    assert method.coverage(archive) == 1 / 3
    assert method.heat(archive).tolist() == [[-np.inf, 4, -np.inf], [-np.inf, -np.inf, -1]]
    assert MapElites(cells=6).heat(archive).shape == (6,)


def test_it_fills_more_cells_than_sampling_does():
    """As many melodies, the same cells: elites' offspring against the first 2,000 samples. Both of seed 0."""
    searched = generations(MapElites(first=200, batch=100), 25)[-1][0]
    sampled, batch = MapElites(first=3000).init(TASK, np.random.default_rng(0))
    assert len(batch.returns) == 3000
    assert len(searched.cells) > 1.3 * len(sampled.cells)
    assert qd_score(searched, -100.0) > qd_score(sampled, -100.0)


def test_offspring_that_equal_their_parents_are_not_charged():
    made = generations(MapElites(first=5, batch=30, encoding=STILL), 4)
    assert [len(batch.returns) for _, batch in made] == [5, 1, 1, 1, 1]


def test_given_rows_are_among_the_first():
    row = tuple([5, 1] * 8)
    _, batch = MapElites(first=3, start=[row]).init(TASK, np.random.default_rng(0))
    assert batch.melodies[0].tolist() == list(row)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"measures": ("StepShare",)}, "measures holds 1, expected 2"),
        ({"measures": ("StepShare", "NotePerBar")}, "did you mean 'NotesPerBar'"),
        ({"measures": ("StepShare", 3)}, "expected a measure"),
        ({"cells": 0}, "cells is 0"),
        ({"cells": (3, 4, 5)}, "expected \\(rows, columns\\)"),
        ({"ranges": ((0, 1), (2, 2))}, "least and a greatest value for each of two axes"),
        ({"ranges": (0, 1)}, "least and a greatest"),
        ({"first": 0}, "first is 0"),
        ({"batch": 0}, "batch is 0"),
    ],
)
def test_parameters_out_of_range_are_refused(parameters, said):
    with pytest.raises(ValueError, match=said):
        MapElites(**parameters)
