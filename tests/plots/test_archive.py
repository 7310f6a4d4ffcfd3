import functools

import numpy as np
import pytest

import evomusic as em
from evomusic.evolve.map_elites import MapElites, qd_score, voronoi_centres
from evomusic.plots.archive import draw_archive, numbered, outlines, words
from evomusic.plots.style import number
from tests.evolve.tasks import TASK
from tests.plots.looking import texts

GRIDDED = MapElites(cells=(4, 6), first=60)
VORONOI = MapElites(cells=20, first=60)


@functools.cache
def _archive(method):
    return em.run(method, TASK, 300 * TASK.grid.steps).state


def _cells(ax):
    return next(c for c in ax.collections if c.get_array() is not None)


def _inside(point, corners):
    """Whether a convex outline holds a point."""
    a, b = corners, np.roll(corners, -1, axis=0)
    turn = (b[:, 0] - a[:, 0]) * (point[1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (point[0] - a[:, 0])
    return bool((turn >= -1e-9).all() or (turn <= 1e-9).all())


@pytest.mark.parametrize("method", [GRIDDED, VORONOI], ids=["grid", "CVT"])
def test_cells_are_coloured_by_the_returns_of_their_elites(method):
    archive = _archive(method)
    values = _cells(draw_archive(TASK, method, archive).axes[0]).get_array()
    filled = np.flatnonzero(~np.ma.getmaskarray(values))
    assert filled.tolist() == archive.cells.tolist()
    assert values.compressed().tolist() == archive.returns.tolist()


@pytest.mark.parametrize("method", [GRIDDED, VORONOI], ids=["grid", "CVT"])
def test_outlines_hold_the_measures_of_their_elites(method):
    archive = _archive(method)
    low, high = method.limits(TASK.grid).T
    shapes = outlines(method.cells, method.seed)
    for measured, cell in zip(archive.measures, archive.cells, strict=True):
        assert _inside((measured - low) / (high - low), shapes[cell])


@pytest.mark.parametrize("cells", [(4, 6), (1, 1), 20, 1], ids=str)
def test_outlines_fill_the_plane(cells):
    area = 0.0
    for x, y in (corners.T for corners in outlines(cells)):
        area += abs(float(x @ np.roll(y, 1) - y @ np.roll(x, 1))) / 2
    assert area == pytest.approx(1.0)


def test_voronoi_cells_hold_their_centres():
    assert all(_inside(at, corners) for at, corners in zip(voronoi_centres(20, 0), outlines(20), strict=True))


@pytest.mark.parametrize("method", [GRIDDED, VORONOI], ids=["grid", "CVT"])
def test_numbered_cells_name_the_melodies_beneath(method):
    archive = _archive(method)
    figure = draw_archive(TASK, method, archive, shown=4)
    panel, rolls = figure.axes[0], figure.axes[2:]
    members = numbered(archive.returns, (archive.measures - archive.measures.min(0)) / np.ptp(archive.measures, 0), 4)
    assert [t.get_text() for t in panel.texts] == ["1", "2", "3", "4"]
    assert rolls[0].get_title(loc="right") == number(archive.returns.max())
    assert len(rolls) == len(members)
    shapes = outlines(method.cells, method.seed)
    low, high = method.limits(TASK.grid).T
    best = shapes[archive.cells[archive.returns.argmax()]].mean(axis=0)
    assert panel.texts[0].xy == pytest.approx((low + best * (high - low))[::-1])


def test_the_subtitle_says_coverage_and_qd_score():
    archive = _archive(GRIDDED)
    share = f"{len(archive.cells)} elites, coverage {100 * len(archive.cells) / 24:.0f} %"
    score = f"QD score {number(qd_score(archive, -100.0))} above −100.0"  # noqa: RUF001
    assert any(t.startswith(f"{share}, {score}") for t in texts(draw_archive(TASK, GRIDDED, archive, offset=-100.0)))


def test_axes_are_the_two_measures_with_their_bounds():
    ax = draw_archive(TASK, GRIDDED, _archive(GRIDDED)).axes[0]
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("step share", "notes per bar")
    assert [ax.get_ylim(), ax.get_xlim()] == [tuple(limits) for limits in GRIDDED.limits(TASK.grid)]


def test_the_best_is_shown_first_and_then_good_ones_far_from_it():
    returns, places = np.array([1.0, 9.0, 8.0, 7.0, 0.0]), np.array([[0, 0], [0.5, 0.5], [0.5, 0.6], [1, 1], [0, 1]])
    assert numbered(returns, places, 2) == [1, 3]
    assert numbered(returns, places, 9) == [1, 2, 3]


def test_measures_are_named_in_words():
    assert words("LongestNoteShare") == "longest note share"


def test_an_empty_archive_is_refused():
    empty = GRIDDED.begin(TASK, np.random.default_rng(0))
    with pytest.raises(ValueError, match="the archive is empty, expected elites"):
        draw_archive(TASK, GRIDDED, empty)
