"""Many melodies at once, expression trees and small curves, in a notebook."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest

import evomusic as em
from evomusic.report.lines import POINTS, Line, curves
from evomusic.report.trees import MOST, drawn, nodes_of
from tests.report.test_runs import said, whole

TASK = em.make("rules", bars=1)


def samples(count: int) -> np.ndarray:
    """Uniform random tokens."""
    return np.random.default_rng(0).integers(0, TASK.grid.tokens, (count, TASK.grid.steps), np.uint8)


def test_samples_are_shown_with_their_returns():
    rows = samples(9)
    shown = em.show(rows, TASK, most=4)
    assert shown.returns == tuple(TASK.evaluate(rows[:4]))
    card = whole(shown._repr_html_())
    assert len(card.findall(".//iframe")) == 4
    assert "9 melodies, the first 4 shown" in said(shown._repr_html_())
    assert f"{shown.returns[2]:.2f}".replace("-", "−") in said(shown._repr_html_())  # noqa: RUF001


def test_printed_melodies_are_a_line_each():
    rows = samples(2)
    assert str(em.show(rows, TASK.grid)) == "\n".join(em.Melody(row, TASK.grid).text for row in rows)


def test_rows_may_come_in_many_ways():
    rows = samples(3)
    melodies = [em.Melody(row, TASK.grid, f"tune {i}") for i, row in enumerate(rows)]
    assert em.show(melodies).melodies == tuple(melodies)
    assert "tune 2" in em.show(melodies)._repr_html_()
    assert em.show(rows[0], TASK).melodies == tuple(melodies[:1])
    assert em.show(melodies[1]).melodies == tuple(melodies[1:2])
    assert em.show(rows[:0], TASK).melodies == ()
    whole(em.show(rows[:0], TASK)._repr_html_())
    drawn_ties = em.TiedDraws(rows, 0.0, 0.0, 3.0)
    assert em.show(drawn_ties, TASK).melodies == tuple(melodies)


def test_genomes_are_shown_with_what_they_decode_to():
    for encoding, mark in ((em.Tree(), 'class="tree"'), (em.Grammar(), "axiom -&gt;"), (em.Notes(), "")):
        genomes = encoding.sample(TASK, np.random.default_rng(1), 3)
        shown = em.show(genomes, TASK, encoding=encoding)
        assert [m.tokens.tolist() for m in shown.melodies] == encoding.decode(TASK, genomes).tolist()
        assert shown._repr_html_().count(mark) >= 3


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (lambda: em.show(samples(2)), "expected a Task or a Grid for rows of tokens"),
        (lambda: em.show(samples(2), "tune"), "on is 'tune', expected a Task"),
        (lambda: em.show(samples(2)[:, :5], TASK), r"melodies has shape \(2, 5\)"),
        (lambda: em.show(samples(2), TASK, most=0), "most is 0, expected"),
        (lambda: em.show(samples(2), TASK.grid, encoding=em.Tree()), "the Task whose genomes"),
        (lambda: em.show(samples(2), TASK, encoding=3), "encoding is 3, expected an encoding"),
        (lambda: em.show(em.Melody(samples(1)[0], TASK.grid), em.make("tiny")), "on another grid"),
        (lambda: em.show([em.make("tiny").optimum().melody, em.Melody(samples(1)[0], TASK.grid)]), "several grids"),
        (lambda: em.show(samples(2), em.Problem(em.Bitstrings(3), sum)), "only melodies can be shown"),
    ],
)
def test_faults_are_named(arguments, match):
    with pytest.raises(ValueError, match=match):
        arguments()


def test_the_tree_of_an_expression_has_its_words_and_edges():
    trees = em.Expressions({"add": np.add, "neg": np.negative}, variables=("x",), constants=(-1, 1))
    tree = trees.solution(trees.parse("add(neg(x), add(x, 0.5))"))
    assert nodes_of(tree) == (["add", "neg", "x", "add", "x", "0.5"], [(0, 1), (1, 2), (0, 3), (3, 4), (3, 5)])
    assert "add(neg(x), add(x, 0.5))" in said(tree._repr_html_())


def test_labels_of_a_tree_are_text_and_a_large_tree_is_its_size():
    picture = drawn(["<b>", "a", "&"], [(0, 1), (0, 2)])
    assert [e.text for e in ElementTree.fromstring(picture).iter("text")] == ["<b>", "a", "&"]
    many = drawn(["f"] * (MOST + 1), [(i, i + 1) for i in range(MOST)])
    assert many == f"<p>a tree of {MOST + 1} nodes, too large to draw</p>"


def test_a_layout_of_a_tree_shows_itself():
    tree = em.Tree()
    drawing = tree.draw(TASK, tree.parse(TASK, ["seq(0:2, transpose(+2, m1@0))"]))
    boxes = [e.text for e in whole(drawing._repr_html_()).iter("text")]
    assert boxes == list(drawing.labels)


def points(svg: str) -> list[list[float]]:
    """The points of the first line of a curve."""
    line = ElementTree.fromstring(svg).find("polyline")
    return [[float(x) for x in point.split(",")] for point in line.get("points").split()]


def test_greater_values_stand_higher_and_later_steps_further_right():
    found = points(curves([Line("a", [1, 10, 100], [0.0, 1.0, 3.0])], "a"))
    assert found[1][0] - found[0][0] == pytest.approx(found[2][0] - found[1][0], abs=0.11)  # logarithms
    assert found[0][1] > found[1][1] > found[2][1]
    even = points(curves([Line("a", [1, 10, 100], [0.0, 1.0, 3.0])], "a", log=False))
    assert even[2][0] - even[1][0] == pytest.approx(10 * (even[1][0] - even[0][0]), rel=0.02)


def test_a_curve_of_one_point_or_of_equal_values_can_be_drawn():
    assert len(points(curves([Line("a", [4], [2.0])], "a"))) == 1
    flat = points(curves([Line("a", [4, 8], [0.0, 0.0])], "a"))
    assert flat[0][1] == flat[1][1]


def test_long_lines_are_thinned_to_their_ends():
    x = np.arange(1, 5_001)
    found = points(curves([Line("a", x, np.sqrt(x))], "a"))
    assert len(found) == POINTS
    assert found[-1][0] > found[0][0] + 400


def test_a_bad_start_does_not_squeeze_the_rest():
    y = np.concatenate([[-1e6], np.linspace(0, 1, 99)])
    found = points(curves([Line("a", np.arange(1, 101), y)], "a"))
    assert found[50][1] - found[99][1] > 10
