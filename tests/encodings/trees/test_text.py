"""Trees as text and as pictures' nodes and edges."""

from __future__ import annotations

import numpy as np
import pytest

from evomusic.core.grid import Grid
from evomusic.core.reward import Reward
from evomusic.core.task import Task
from evomusic.encodings.trees.tree import Tree, listed

TASK = Task(Grid(bars=2, low=55, high=79, scale="C major"), Reward())


def test_text_reads_back():
    encoding = Tree(first_depths=(0, 6))
    trees = encoding.sample(TASK, np.random.default_rng(0), 300)
    back = encoding.parse(TASK, encoding.text(TASK, trees))
    assert (back.nodes == trees.nodes).all()
    assert (back.sizes == trees.sizes).all()


def test_text_is_written_as_functions_of_words():
    text = "period(seq(repeat(x2, -3:2), transpose(+2, m1@0)))"
    assert Tree().text(TASK, Tree().parse(TASK, [text])) == [text]


def test_white_space_is_free():
    encoding = Tree()
    assert encoding.text(TASK, encoding.parse(TASK, [" seq (0:2 ,\n  r:1 ) "])) == ["seq(0:2, r:1)"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has the end at character 0, expected a phrase"),
        ("seqq(0:1, 0:1)", "did you mean 'seq'"),
        ("0:99", "expected a word of the phrase language"),
        ("99:1", "'99:1' at character 0"),
        ("x2", "'x2' at character 0, expected a phrase"),
        ("repeat(+2, 0:1)", r"'\+2' at character 7, expected a count"),
        ("transpose(x2, 0:1)", "expected an interval"),
        ("seq(0:1)", r"'\)' at character 7, expected ','"),
        ("seq(0:1, 1:1, 2:1)", r"',' at character 12, expected '\)'"),
        ("seq(0:1, 1:1", r"the end at character 12, expected '\)'"),
        ("seq 0:1, 1:1", r"'0:1' at character 4, expected '\('"),
        ("seq(, 1:1)", "',' at character 4, expected a phrase"),
        ("0:1 1:1", "'1:1' at character 4, expected the end"),
        ("0:1)", "expected the end"),
    ],
)
def test_text_that_is_no_tree_is_refused_with_its_place(text, said):
    with pytest.raises(ValueError, match=said):
        Tree().parse(TASK, [text])


def test_text_beyond_the_limits_is_refused():
    with pytest.raises(ValueError, match="tree 1 has 3 words, expected at most max_size 2"):
        Tree(max_size=2).parse(TASK, ["0:1", "seq(0:1, 1:1)"])
    with pytest.raises(ValueError, match="tree 0 has depth 3, expected at most max_depth 2"):
        Tree(max_depth=2, first_depths=(0, 2)).parse(TASK, ["invert(invert(invert(0:1)))"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "a tree ends after 0 words, expected a phrase"),
        (["seq", "0:1"], "ends after 2 words, expected a phrase"),
        (["0:1", "0:1"], "word 1 of a tree is .*, expected the end"),
        (["repeat", "0:1", "0:1"], "word 1 of a tree is .*, expected a count"),
        ([99_999], "word 0 of a tree is 99999"),
    ],
)
def test_words_that_are_no_whole_tree_are_refused(words, said):
    language = Tree().language(TASK)
    with pytest.raises(ValueError, match=said):
        Tree().trees(TASK, [[language.symbol(w) if isinstance(w, str) else w for w in words]])


def test_words_make_trees():
    trees = Tree().sample(TASK, np.random.default_rng(1), 20)
    again = Tree().trees(TASK, listed(trees))
    assert (again.nodes == trees.nodes).all()


def test_unknown_words_are_refused_with_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'retrograde'"):
        Tree().language(TASK).symbol("retrogarde")


def test_drawing_has_a_place_a_node_and_an_edge_an_argument():
    drawing = Tree().draw(TASK, Tree().parse(TASK, ["0:1", "seq(invert(0:2), repeat(x2, seq(1:1, 2:1)))"]), 1)
    assert drawing.labels == ("seq", "invert", "0:2", "repeat", "x2", "seq", "1:1", "2:1")
    assert drawing.edges == ((0, 1), (1, 2), (0, 3), (3, 4), (3, 5), (5, 6), (5, 7))
    assert [y for _, y in drawing.places] == [0, 1, 2, 1, 2, 2, 3, 3]
    assert [x for x, _ in drawing.places] == [0.875, 0.0, 0.0, 1.75, 1.0, 2.5, 2.0, 3.0]


def test_drawings_never_lay_nodes_on_one_another():
    trees = Tree().sample(TASK, np.random.default_rng(2), 50)
    for i in range(50):
        places = Tree().draw(TASK, trees, i).places
        assert len(set(places)) == len(places)
