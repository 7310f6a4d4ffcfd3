"""The phrase language in DEAP's hands: the same trees, the same melodies, its own operators."""

from __future__ import annotations

import random
import subprocess
import sys

import numpy as np
import pytest
from deap import gp

from evomusic.core.grid import Grid
from evomusic.core.reward import Reward
from evomusic.core.task import Task
from evomusic.encodings.trees.phrases import melody_of
from evomusic.encodings.trees.tree import Tree, listed
from evomusic.evolve.deap.method import drawing_from, seeded
from evomusic.evolve.deap.primitives import deap_name, from_deap, half_and_half, primitive_set, to_deap

GRIDS = {
    "major": Grid(bars=2, low=55, high=79, scale="C major"),
    "chromatic": Grid(bars=1),
    "short": Grid(bars=1, beats=3, steps_per_beat=1, low=60, high=64),
}


@pytest.mark.parametrize("grid", GRIDS)
def test_trees_go_to_deap_and_back(grid):
    task, encoding = Task(GRIDS[grid], Reward()), Tree(first_depths=(0, 6))
    language = encoding.language(task)
    pset, trees = primitive_set(language), encoding.sample(task, np.random.default_rng(0), 100)
    there = [to_deap(language, nodes, pset) for nodes in listed(trees)]
    assert [tree.height for tree in there] == encoding.depth(trees).tolist()
    back = encoding.trees(task, [from_deap(language, tree) for tree in there])
    assert (back.nodes == trees.nodes).all()


@pytest.mark.parametrize("grid", GRIDS)
def test_trees_compiled_by_deap_are_the_same_melodies(grid):
    task, encoding = Task(GRIDS[grid], Reward()), Tree(first_depths=(0, 6))
    language = encoding.language(task)
    pset, trees = primitive_set(language), encoding.sample(task, np.random.default_rng(1), 100)
    compiled = [gp.compile(to_deap(language, nodes, pset), pset) for nodes in listed(trees)]
    melodies = np.array([melody_of(phrase, language) for phrase in compiled])
    assert (melodies == encoding.decode(task, trees)).all()


def test_deaps_text_reads_back_in_deap():
    task = Task(GRIDS["major"], Reward())
    language = Tree().language(task)
    pset = primitive_set(language)
    tree = to_deap(language, listed(Tree().parse(task, ["vary(-2, seq(-1:2, repeat(x3, m1@-3)))"]))[0], pset)
    assert str(tree) == "vary(m2, seq(nm1_2, repeat(x3, m1_m3)))"
    assert gp.PrimitiveTree.from_string(str(tree), pset) == tree


@pytest.mark.parametrize("grid", GRIDS)
def test_words_have_different_names_in_deap(grid):
    names = Tree().language(Task(GRIDS[grid], Reward())).names
    assert len({deap_name(name) for name in names}) == len(names)
    assert all(deap_name(name).isidentifier() for name in names)


def test_deaps_operators_make_trees_that_come_back():
    task, encoding = Task(GRIDS["major"], Reward()), Tree(max_size=500, max_depth=60)
    language = encoding.language(task)
    pset = primitive_set(language)

    def work():
        made = []
        for _ in range(100):
            one, other = (gp.PrimitiveTree(half_and_half(pset, 1, 4)) for _ in range(2))
            one, other = gp.cxOnePoint(one, other)
            (one,) = gp.mutUniform(one, lambda pset, type_: half_and_half(pset, 0, 2, type_=type_), pset)
            (one,) = gp.mutNodeReplacement(one, pset)
            (other,) = gp.mutShrink(other)
            made += [one, other]
        return made

    made, _ = drawing_from(seeded(np.random.default_rng(2)), work)
    trees = encoding.trees(task, [from_deap(language, tree) for tree in made])
    phrases = [gp.compile(tree, pset) for tree in made]
    assert (encoding.decode(task, trees) == np.array([melody_of(p, language) for p in phrases])).all()


def test_deaps_half_and_half_has_the_heights_it_was_told():
    task = Task(GRIDS["major"], Reward())
    pset = primitive_set(Tree().language(task))
    random_state = random.getstate()
    trees, _ = drawing_from(
        seeded(np.random.default_rng(3)), lambda: [gp.PrimitiveTree(half_and_half(pset, 2, 4, 0.0)) for _ in range(60)]
    )
    assert {tree.height for tree in trees} == {2, 3, 4}
    assert random.getstate() == random_state


def test_primitives_of_another_language_are_refused():
    pset = gp.PrimitiveSetTyped("other", [], int)
    pset.addTerminal(1, int, name="one")
    with pytest.raises(ValueError, match="primitive 'one' is not in the phrase language"):
        from_deap(Tree().language(Task(GRIDS["major"], Reward())), gp.PrimitiveTree([pset.mapping["one"]]))


def test_deap_is_imported_only_where_it_is_used():
    modules = "evomusic.encodings.trees.tree, evomusic.evolve.deap.primitives"
    script = f"import sys; import {modules}; print('deap' in sys.modules)"
    path = {"PYTHONPATH": ":".join(p for p in sys.path if p)}
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=path)
    assert run.stdout.strip() == "False"
