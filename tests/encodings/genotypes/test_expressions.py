"""Expressions: trees of the user's own functions, their text, value, growth and variation."""

import operator

import numpy as np
import pytest

import evomusic as em
from evomusic.encodings.genotypes.growth import sizes_of

FUNCTIONS = {"add": operator.add, "neg": operator.neg, "pick": lambda a, b, c: (a, b, c)}
TREES = em.Expressions(FUNCTIONS, ["x", "y"], {"two": 2}, constants=(-1.0, 1.0), nodes=80, mutation_rate=0.5)


def test_an_expression_has_the_value_of_its_text():
    tree = TREES.solution(TREES.parse("pick(add(x, two), neg(y), 0.5)"))
    assert tree(3, 4) == (5, -4, 0.5)
    assert (tree.size, tree.depth, str(tree)) == (7, 2, "pick(add(x, two), neg(y), 0.5)")


def test_arguments_keep_their_order():
    trees = em.Expressions({"sub": operator.sub}, ["a", "b"])
    assert trees.solution(trees.parse("sub(sub(a, b), b)"))(10, 3) == 4


def test_first_trees_are_ramped_half_and_half():
    rows = TREES.sample(None, np.random.default_rng(0), 400)
    depths = np.array([TREES.solution(row).depth for row in rows])
    wanted = 2 + (np.arange(400) // 2) % 5
    assert (depths <= wanted).all()
    full = em.Expressions({"add": operator.add}, ["x"], start=(3, 3))
    assert {full.solution(row).size for row in full.sample(None, np.random.default_rng(0), 100)[::2]} == {15}


def test_offspring_are_trees_within_the_limits():
    small = em.Expressions(
        FUNCTIONS, ["x", "y"], {"two": 2}, constants=(0, 1), depth=5, start=(1, 4), nodes=25, mutation_rate=0.5
    )
    rng = np.random.default_rng(1)
    rows = small.sample(None, rng, 100)
    for _ in range(30):
        rows = small.vary(None, rows, rng)
        for row in rows:
            tree = small.solution(row)
            assert tree.depth <= 5
            assert tree.size <= 25
            assert (small.parse(str(tree)) == row).all()


def test_crossover_exchanges_subtrees():
    """The nodes of both parents are those of both children, where neither is too large."""
    trees = em.Expressions(FUNCTIONS, ["x", "y"], start=(2, 4), crossover_rate=1.0, mutation_rate=0.0)
    rng = np.random.default_rng(2)
    parents = trees.sample(None, rng, 200)
    children = trees.vary(None, parents, rng)
    for pair in range(0, 200, 2):
        before, after = (np.sort(rows[pair : pair + 2][rows[pair : pair + 2] >= 0]) for rows in (parents, children))
        assert (before == after).all()
    assert (children != parents).any(axis=1).mean() > 0.5


def test_sizes_are_numbers_of_nodes_and_parsimony_reads_them():
    rows = TREES.sample(None, np.random.default_rng(3), 50)
    assert TREES.size(rows).tolist() == [TREES.solution(row).size for row in rows]
    assert (sizes_of(rows) == (rows >= 0).sum(axis=1)).all()
    problem = em.Problem(TREES, lambda tree: tree.size % 7)
    loop = em.GA(population=20, selection=em.DoubleTournament(parsimony=2.0))
    assert em.run(loop, problem, steps=400).best_return == 6


def test_constants_lie_in_their_range():
    trees = em.Expressions({"neg": operator.neg}, constants=(2.0, 3.0), start=(0, 0))
    values = [trees.solution(row)() for row in trees.sample(None, np.random.default_rng(4), 200)]
    assert min(values) >= 2.0
    assert max(values) <= 3.0
    assert len(set(values)) > 150


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: em.Expressions({}, ["x"]), "expected one function or more"),
        (lambda: em.Expressions([operator.add]), "trees need leaves"),
        (lambda: em.Expressions([operator.add], ["add"]), "different names"),
        (lambda: em.Expressions([operator.add], ["a b"]), "without spaces"),
        (lambda: em.Expressions({"f": lambda *a: 0}, ["x"]), r"functions\['f'\] has 0 arguments"),
        (lambda: em.Expressions({"f": 3}, ["x"]), "expected a Python function"),
        (lambda: em.Expressions([3], ["x"]), "a list of functions"),
        (lambda: em.Expressions([operator.add], "xy"), "variables is 'xy', expected a list of names"),
        (lambda: em.Expressions([operator.add], ["x"], start=(6, 2)), r"start\[1\] is 2"),
        (lambda: em.Expressions([operator.add], ["x"], constants=1), "constants is 1, expected two numbers"),
        (lambda: TREES.parse("ad(x, y)"), "'ad' is no symbol, .* did you mean 'add'"),
        (lambda: TREES.parse("add(x)"), "expected one expression of at most 80 nodes"),
        (lambda: TREES.parse("x y"), "expected one expression"),
        (lambda: TREES.parse(""), "expected one expression"),
    ],
)
def test_wrong_arguments_are_named(make, said):
    with pytest.raises(ValueError, match=said):
        make()


def test_an_expression_says_how_many_values_it_wants():
    with pytest.raises(TypeError, match="was called with 1 values"):
        TREES.solution(TREES.parse("x"))(1)
