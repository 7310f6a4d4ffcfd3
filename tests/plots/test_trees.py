from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import evomusic.plots.trees as trees
from evomusic.encodings.trees.tree import Tree
from evomusic.plots.style import WIDTH
from evomusic.plots.trees import arrange, draw_tree, families, tidy
from tests.evolve.tasks import TASK
from tests.plots.looking import bars, texts
from tests.plots.studies import melody

LABELS = ("seq", "repeat", "x2", "0:2", "m1@0")
EDGES = ((0, 1), (1, 2), (1, 3), (0, 4))


@st.composite
def random_trees(draw):
    """Edges in depth-first order, and a size for each node."""
    n = draw(st.integers(1, 25))
    parents = [draw(st.integers(0, i - 1)) for i in range(1, n)]
    sizes = draw(st.lists(st.floats(0.1, 2.0), min_size=n, max_size=n))
    return [(p, i) for i, p in enumerate(parents, 1)], sizes


@given(random_trees())
def test_boxes_of_a_level_never_overlap_and_stand_in_order(tree):
    edges, sizes = tree
    children, depth = families(len(sizes), edges)
    places = tidy(sizes, 0.1, children, depth)
    for level in range(max(depth) + 1):
        row = [i for i in _walk(children) if depth[i] == level]
        for left, right in pairwise(row):
            assert places[right] - sizes[right] / 2 - places[left] - sizes[left] / 2 >= 0.1 - 1e-9


@given(random_trees())
def test_a_parent_stands_amid_its_first_and_last_child(tree):
    edges, sizes = tree
    children, depth = families(len(sizes), edges)
    places = tidy(sizes, 0.1, children, depth)
    assert min(places - np.array(sizes) / 2) == pytest.approx(0.0)
    for parent, below in enumerate(children):
        if below:
            assert places[parent] == pytest.approx((places[below[0]] + places[below[-1]]) / 2)


def _walk(children, node=0):
    """Depth first."""
    return [node, *(i for child in children[node] for i in _walk(children, child))]


def test_every_node_has_a_box_with_its_label_and_every_edge_a_line():
    ax = draw_tree(LABELS, EDGES).axes[0]
    assert [t.get_text() for t in ax.texts] == list(LABELS)
    assert len(ax.patches) == len(LABELS)
    assert [len(c.get_segments()) for c in ax.collections] == [len(EDGES)]


def test_labels_stand_within_their_boxes():
    figure = draw_tree(LABELS, EDGES)
    figure.canvas.draw()
    ax = figure.axes[0]
    for box, text in zip(ax.patches, ax.texts, strict=True):
        outer, inner = box.get_window_extent(), text.get_window_extent()
        assert outer.x0 < inner.x0 < inner.x1 < outer.x1


def test_children_stand_below_their_parents_from_the_top_down():
    ax = draw_tree(LABELS, EDGES).axes[0]
    levels = [t.get_position()[1] for t in ax.texts]
    assert all(levels[child] > levels[parent] for parent, child in EDGES)  # the axis points down
    assert ax.get_ylim()[0] > ax.get_ylim()[1]


def test_what_is_too_wide_for_a_page_grows_from_the_left():
    edges = [(0, i) for i in range(1, 41)]
    layout = arrange([0.5] * 41, *families(41, edges))
    assert not layout.down
    assert layout.width < WIDTH
    assert (layout.places[1:, 0] > layout.places[0, 0]).all()
    assert (np.diff(layout.places[1:, 1]) >= trees.BOX).all()
    assert arrange([0.5] * 3, *families(3, edges[:2])).down


def test_a_melody_is_drawn_beneath_with_its_return():
    shown = melody(np.random.default_rng(3))
    figure = draw_tree(LABELS, EDGES, melody=shown, value=4.25)
    assert len(bars(figure.axes[1])) == len(shown.notes)
    assert figure.axes[1].get_title(loc="right") == "4.2"


def test_an_evolved_tree_can_be_drawn():
    encoding = Tree(first_depths=(6, 8))
    genomes = encoding.sample(TASK, np.random.default_rng(0), 20)
    for i in range(3):
        drawing = encoding.draw(TASK, genomes, i)
        figure = draw_tree(drawing.labels, drawing.edges)
        assert any(t.startswith(f"{len(drawing.labels)} nodes, depth") for t in texts(figure))
        assert len(figure.axes[0].texts) == len(drawing.labels)


def test_the_line_below_the_title_may_be_given_by_its_former_keyword():
    assert "three words long" in texts(draw_tree(LABELS, EDGES, told="three words long"))
    assert "three words long" in texts(draw_tree(LABELS, EDGES, reading="three words long"))


def test_a_single_leaf_is_a_tree():
    assert [t.get_text() for t in draw_tree(["0:2"], []).axes[0].texts] == ["0:2"]


@pytest.mark.parametrize(
    ("count", "edges", "said"),
    [
        (3, [(0, 1)], "1 edges join 2 of 3 nodes"),
        (3, [(0, 1), (0, 7)], r"edge \(0, 7\) is not between nodes 0 to 2"),
        (3, [(1, 2), (2, 1)], "2 edges join 1 of 3 nodes"),
        (3, [(0, 1), (0, 2), (1, 2)], "expected a tree"),
        (0, [], "0 edges join"),
    ],
    ids=["apart", "beyond", "circle", "two parents", "nothing"],
)
def test_what_is_no_tree_is_refused(count, edges, said):
    with pytest.raises(ValueError, match=said):
        families(count, edges)
