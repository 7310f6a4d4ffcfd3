import numpy as np

from evomusic.evolve.watch.ancestry import Family
from evomusic.plots.family import chosen, draw_family
from tests.plots.looking import bars, lines, texts
from tests.plots.studies import GRID, melody


def _family(n=9, parents=None):
    rng = np.random.default_rng(5)
    melodies = np.array([melody(rng).tokens for _ in range(n)])
    if parents is None:
        parents = [(i - 1, i - 2 if i > 1 else -1) for i in range(n)]
    return Family(melodies, np.linspace(-20.0, 4.0, n), np.arange(n), np.array(parents))


def test_the_main_line_is_drawn_from_the_first_to_the_best():
    family = _family()
    drawn = lines(draw_family(family, GRID).axes[0])
    expected = np.column_stack([family.generations, family.returns])[family.line]
    assert any(line.shape == expected.shape and np.allclose(line, expected) for line in drawn)


def test_every_parent_off_the_main_line_has_an_edge():
    ax = draw_family(_family(), GRID).axes[0]
    assert sum(len(c.get_segments()) for c in ax.collections) == 7  # the second parents of seven


def test_rolls_show_the_main_line_from_first_to_last():
    family = _family()
    axes = draw_family(family, GRID, shown=4).axes[1:]
    assert [ax.get_title(loc="left") for ax in axes] == ["1", "2", "3", "4"]
    assert axes[0].get_title(loc="right") == "−20.0"  # noqa: RUF001
    assert axes[-1].get_title(loc="right") == "4.0"
    assert bars(axes[0]) != bars(axes[-1])


def test_each_roll_is_numbered_in_the_tree():
    tree = draw_family(_family(), GRID, shown=4).axes[0]
    assert [t.get_text() for t in tree.texts] == ["1", "2", "3", "4"]
    assert tree.texts[0].xy == (0.0, -20.0)
    assert tree.texts[-1].xy == (8.0, 4.0)


def test_the_subtitle_counts_line_and_others():
    family = _family(5, [(-1, -1), (-1, -1), (0, 1), (2, -1), (3, -1)])
    assert any("4 melodies in the main line, 1 others" in t for t in texts(draw_family(family, GRID)))


def test_a_first_melody_without_ancestors_is_drawn():
    figure = draw_family(_family(1), GRID)
    assert len(figure.axes) == 2
    figure.canvas.draw()


def test_of_a_long_line_its_ends_and_its_leaps_are_chosen():
    returns = np.concatenate([np.linspace(0, 1, 50), np.linspace(90, 100, 50)])
    found = chosen(returns, 5)
    assert (found[0], found[-1], len(found)) == (0, 99, 5)
    assert chosen(np.arange(3.0), 5) == [0, 1, 2]
