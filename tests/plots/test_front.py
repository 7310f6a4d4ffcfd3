import numpy as np
import pytest

from evomusic.plots.front import draw_front, spread, staircase, summary
from evomusic.plots.style import number
from tests.plots.looking import lines, texts
from tests.plots.studies import GRID, melody

VALUES = np.array([[0.0, 8.0], [3.0, 6.0], [5.0, 5.0], [9.0, 0.5]])
MELODIES = np.array([melody(np.random.default_rng(i)).tokens for i in range(len(VALUES))])
NAMES = ("rhythm", "pitch")


def _area(x, y, low):
    """Under a staircase that goes back from each point."""
    return float(((y[1:] - low) * np.diff(x)).sum())


def test_the_staircase_holds_the_hypervolume():
    x, y = staircase(VALUES, np.array([-1.0, -2.0]))
    by_hand = 1 * 10 + 3 * 8 + 2 * 7 + 4 * 2.5
    assert _area(x, y, -2.0) == by_hand
    assert summary(VALUES, np.zeros((0, 2)), np.array([-1.0, -2.0])).startswith(
        "4 melodies that none dominates; hypervolume 58.0 above (−1.0, −2.0)"  # noqa: RUF001
    )


def test_points_that_do_not_reach_the_corner_are_no_steps():
    x, y = staircase(VALUES, np.array([1.0, 1.0]))
    assert sorted(zip(x.tolist(), y.tolist(), strict=True)) == [(1, 6), (3, 6), (5, 1), (5, 5)]


def test_the_front_is_drawn_over_what_it_dominates():
    ax = draw_front(VALUES, MELODIES, GRID, NAMES, points=VALUES - 1, reference=(-2, -2)).axes[0]
    drawn = lines(ax)
    assert any(line.shape == VALUES.shape and (line == VALUES).all() for line in drawn)
    assert any(line.shape == VALUES.shape and (line == VALUES - 1).all() for line in drawn)
    assert (ax.get_xlabel(), ax.get_ylabel()) == NAMES
    assert (ax.get_xlim()[0], ax.get_ylim()[0]) == (-2, -2)


def test_numbered_points_are_drawn_as_rolls_with_their_objectives():
    figure = draw_front(VALUES, MELODIES, GRID, NAMES, shown=3)
    panel, *rolls = figure.axes
    assert [t.get_text() for t in panel.texts] == ["1", "2", "3"]
    places = [VALUES.tolist().index(list(t.xy)) for t in panel.texts]
    assert [ax.get_title(loc="right") for ax in rolls] == [number(VALUES[i].sum()) for i in places]
    assert "rhythm 9.0, pitch 0.5" in texts(figure)


def test_a_reference_front_gives_the_share_of_its_volume():
    half = summary(np.array([[1.0, 1.0]]), np.array([[2.0, 1.0]]), np.zeros(2))
    assert "hypervolume 1.0 above (0.0, 0.0), 50.0 % of the reference front's" in half


@pytest.mark.parametrize(("m", "panels"), [(2, 1), (3, 3), (4, 6)])
def test_each_pair_of_objectives_has_a_panel(m, panels):
    values = np.random.default_rng(0).random((4, m))
    figure = draw_front(values, MELODIES, GRID, [f"o{k}" for k in range(m)], shown=2)
    axes = [(ax.get_xlabel(), ax.get_ylabel()) for ax in figure.axes if ax.get_xlabel()]
    assert len(set(axes)) == panels
    assert len(figure.axes) == panels + 2


def test_ends_of_a_front_are_shown_first_and_no_melody_twice():
    assert spread(VALUES, 2) == [0, 3]
    assert spread(np.array([[1.0, 1.0]] * 3), 3) == [0]
    assert len(spread(VALUES, 9)) == 4


def test_a_front_of_one_point_is_drawn():
    figure = draw_front(VALUES[:1], MELODIES[:1], GRID, NAMES)
    figure.canvas.draw()
    assert len(figure.axes) == 2


@pytest.mark.parametrize(
    ("values", "names", "said"),
    [
        (VALUES, ("a", "b", "c"), r"values has shape \(4, 2\), expected \(N, 3\)"),
        (VALUES[:0], NAMES, "at least one row"),
        (VALUES[:, :1], ("a",), "names holds 1, expected 2 to 4"),
    ],
    ids=["names", "empty", "one objective"],
)
def test_what_is_no_front_is_refused(values, names, said):
    with pytest.raises(ValueError, match=said):
        draw_front(values, MELODIES[: len(values)], GRID, names)


def test_the_reference_front_may_be_given_by_its_former_keyword():
    now = draw_front(VALUES, MELODIES, GRID, NAMES, reference_front=VALUES + 1)
    before = draw_front(VALUES, MELODIES, GRID, NAMES, known=VALUES + 1)
    assert texts(before) == texts(now)
    assert any("% of the reference front's (black)" in text for text in texts(now))
