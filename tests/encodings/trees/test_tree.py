"""Tree: the contract, limits, melodies turned back, and programs found."""

from __future__ import annotations

import numpy as np
import pytest

import evomusic as em
from evomusic.encodings.trees import text
from evomusic.encodings.trees.tree import Tree, listed
from evomusic.rules import Theme
from evomusic.testing import check_encoding, check_method
from tests import random_tasks

TASKS = {
    "rules": random_tasks.task(np.random.default_rng(0), em.Grid(bars=2, beats=3, steps_per_beat=2)),
    "final": random_tasks.task(np.random.default_rng(1), em.Grid(bars=2, beats=2, steps_per_beat=3), final=True),
    "one-step": random_tasks.task(np.random.default_rng(2), em.Grid(bars=1, beats=1, steps_per_beat=1, high=60)),
}
PLANTED = em.Grid(bars=2, low=60, high=76, scale="C major")
LIMITS = {
    "common": {},
    "small": {"max_size": 9, "max_depth": 3, "first_depths": (1, 3)},
    "shallow": {"max_size": 40, "max_depth": 2, "first_depths": (0, 2)},
    "one word": {"max_size": 1, "max_depth": 0, "first_depths": (0, 0)},
    "two words": {"max_size": 2, "max_depth": 5},
}


@pytest.mark.parametrize("task", TASKS)
def test_tree_keeps_the_contract_of_encodings(task):
    check_encoding(Tree(), TASKS[task])


@pytest.mark.parametrize("task", TASKS)
def test_genetic_programming_keeps_the_contract_of_methods(task):
    check_method(em.GA(population=10, encoding=Tree()), TASKS[task])


@pytest.mark.parametrize("limits", LIMITS)
def test_operators_make_whole_trees_within_the_limits(limits):
    task, rng = TASKS["rules"], np.random.default_rng(3)
    encoding = Tree(
        crossover_rate=1, mutation_rate=1, mutations={"subtree": 4, "point": 1, "nudge": 1}, **LIMITS[limits]
    )
    other = Tree(crossover_rate=1, mutation_rate=1, mutations={"hoist": 1, "shrink": 1}, **LIMITS[limits])
    language, trees = encoding.language(task), encoding.sample(task, rng, 101)
    for generation in range(60):
        for nodes in listed(trees):
            text.check(language, nodes)
        assert trees.sizes.max() <= encoding.max_size
        assert encoding.depth(trees).max() <= encoding.max_depth
        assert not trees.nodes[np.arange(encoding.max_size) >= trees.sizes[:, None]].any()
        trees = (other if generation % 10 == 9 else encoding).vary(task, trees, rng)


def test_the_limits_are_reached():
    task, rng = TASKS["rules"], np.random.default_rng(4)
    encoding = Tree(max_size=20, max_depth=6, mutations="subtree", crossovers="subtree")
    trees, sizes, depths = encoding.sample(task, rng, 300), [], []
    for _ in range(30):
        trees = encoding.vary(task, trees, rng)
        sizes.append(trees.sizes.max())
        depths.append(encoding.depth(trees).max())
    assert (max(sizes), max(depths)) == (20, 6)


def test_size_is_the_number_of_words():
    task, encoding = TASKS["rules"], Tree()
    trees = encoding.parse(task, ["0:2", "period(transpose(+2, seq(0:1, r:2)))"])
    assert encoding.size(trees).tolist() == [1, 6]
    assert encoding.depth(trees).tolist() == [0, 3]


@pytest.mark.parametrize("seed", range(4))
def test_melodies_of_every_kind_come_back(seed):
    rng = np.random.default_rng(seed)
    task = em.Task(em.Grid(bars=2, beats=3, steps_per_beat=4), em.Reward())
    melodies = em.canonical(em.Notes().vary(task, rng.integers(0, task.grid.tokens, (60, 24), np.uint8), rng))
    long = np.ones((1, 24), np.uint8)
    long[0, 0] = 5
    melodies = np.concatenate([melodies, em.canonical(np.ones((1, 24), np.uint8)), long])
    assert (Tree().decode(task, Tree().encode(task, melodies)) == melodies).all()


def test_a_note_of_any_length_is_tied_of_the_fewest_parts():
    task = em.Task(em.Grid(bars=1), em.Reward())
    row = np.ones((1, 16), np.uint8)
    row[0, 0], row[0, 13:] = 2, 0
    assert Tree(durations=(1, 5, 6, 8)).text(task, Tree(durations=(1, 5, 6, 8)).encode(task, row)) == ["tie(0:8, 0:5)"]


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"max_size": 10}, "expected at most max_size 10"),
        ({"max_depth": 2, "first_depths": (1, 2)}, "expected at most max_depth 2"),
        ({"scale": "C major"}, "beside the scale"),
        ({"durations": (2, 4)}, "no sum of the durations"),
    ],
)
def test_melodies_that_do_not_fit_are_refused(parameters, said):
    task = em.Task(em.Grid(bars=1), em.Reward())
    row = np.arange(2, 18, dtype=np.uint8)[None]
    with pytest.raises(ValueError, match=said):
        Tree(**parameters).encode(task, row)


def test_a_given_tune_enters_the_first_population():
    task = TASKS["rules"]
    tune = em.canonical(np.random.default_rng(0).integers(0, task.grid.tokens, (1, 12), np.uint8))
    _, batch = em.GA(population=5, encoding=Tree(), start=tune.tolist()).init(task, np.random.default_rng(0))
    assert (batch.melodies[0] == tune[0]).all()


@pytest.mark.parametrize("program", ["period(m1@0)", "repeat(x2, rhythm(m6@0, m5@0))"])
def test_genetic_programming_finds_a_planted_phrase(program):
    """A task that pays for a copy of the phrase's tune; as many random trees do not find it."""
    blank, encoding = em.Task(PLANTED, em.Reward()), Tree()
    tune = em.Melody(encoding.decode(blank, encoding.parse(blank, [program]))[0], PLANTED)
    task = em.Task(PLANTED, em.Reward({Theme.of(tune): 1.0}), "copy")
    record = em.run(em.GA(population=300, encoding=encoding), task, steps=600_000, seed=1)
    assert record.best_return == 0 == task.optimum().value
    assert (record.best == tune.tokens).all()
    drawn = encoding.sample(task, np.random.default_rng(1), 600_000 // task.grid.steps)
    assert task.evaluate(encoding.decode(task, drawn)).max() < 0
