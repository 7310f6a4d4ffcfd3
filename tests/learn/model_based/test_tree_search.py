from __future__ import annotations

import itertools

import numpy as np
import pytest

import evomusic as em
from evomusic.learn.model_based.rollouts import base_of
from evomusic.learn.model_based.tree_search import (
    NODES,
    ROOT,
    WRITTEN,
    TreeSearch,
    back_up,
    cleared,
    decide,
    descend,
    planted,
    promising,
    roomier,
    simulate,
)
from evomusic.testing import check_method
from tests import random_tasks
from tests.test_contracts import TASKS

PLAIN = TreeSearch(simulations=0, greed=0.0, follow=0.0, c=0.5)


def small_task(final=False):
    rng = np.random.default_rng(5)
    return random_tasks.task(rng, em.Grid(bars=1, beats=2, steps_per_beat=2, low=60, high=62), most=4, final=final)


def searched(task, rows, seed=0, c=0.5, greed=0.0):
    """A tree after so many simulations of plain UCT, and their melodies."""
    melodies, path = np.zeros((rows, task.grid.steps), np.uint8), np.zeros(task.grid.steps, np.int64)
    tree = roomier(planted(task), rows)
    base = base_of(task, "random", melodies[:1])
    simulate(tree, melodies, path, base, task.machine.fused, c, greed, False, np.random.default_rng(seed))
    return tree, melodies


@pytest.mark.parametrize(
    "method", [TreeSearch(simulations=30), PLAIN, TreeSearch(follow=0.5, greed=1.0)], ids=["default", "plain", "mixed"]
)
@pytest.mark.parametrize("task", TASKS)
def test_search_keeps_the_contract_of_methods(method, task):
    check_method(method, TASKS[task])


@pytest.mark.parametrize("method", [TreeSearch(), PLAIN], ids=["default", "plain"])
@pytest.mark.parametrize("final", [False, True])
def test_search_finds_the_best_of_all_melodies(method, final):
    """625 melodies in 4,000 simulations; the seed is fixed."""
    task = small_task(final)
    every = np.array(list(itertools.product(range(task.grid.tokens), repeat=task.grid.steps)), np.uint8)
    assert em.run(method, task, steps=16_000, seed=0).best_return == task.evaluate(every).max()


def test_values_in_the_tree_are_means_and_greatest_of_the_melodies_that_went_there():
    task = small_task()
    tree, melodies = searched(task, 400)
    returns = task.evaluate(melodies)
    node = int(tree.counts[ROOT])
    for first, second in itertools.product(range(task.grid.tokens), repeat=2):
        went = melodies[:, 0] == first
        assert tree.visits[node, first] == went.sum()
        assert tree.total[node, first] == returns[went].sum()
        assert tree.best[node, first] == returns[went].max()
        below = tree.child[node, first]
        went = np.flatnonzero(went)[1:]  # the first of them stopped where it made the node
        assert tree.visits[below, second] == (melodies[went, 1] == second).sum()
    assert tree.span.tolist() == [returns.min(), returns.max()]


def test_every_token_is_tried_before_any_is_tried_again():
    task = small_task()
    for seed in range(5):
        _, melodies = searched(task, task.grid.tokens, seed)
        assert sorted(melodies[:, 0].tolist()) == list(range(task.grid.tokens))


def test_token_of_the_greatest_upper_bound_is_tried():
    """Kocsis & Szepesvari 2006: mean + c sqrt(ln n / n_a), returns scaled by their span of -1 to 3."""
    tree = planted(small_task())
    tree.visits[1], tree.total[1] = [10, 5, 2, 2, 1], [20.0, 11.0, 2.0, 5.0, -1.0]
    tree.best[1], tree.span[:] = [2.1, 2.2, 3.0, 2.6, -1.0], (-1.0, 3.0)
    for c, greed in ((0.0, 0.0), (0.05, 0.0), (0.1, 0.0), (1.0, 0.0), (0.0, 0.9)):
        mean = tree.total[1] / tree.visits[1]
        value = ((1 - greed) * mean + greed * tree.best[1] + 1) / 4
        bound = value + c * np.sqrt(np.log(20) / tree.visits[1])
        assert promising(tree, 1, c, greed, np.random.default_rng(0)) == bound.argmax()


def test_decided_token_is_the_best_and_keeps_what_is_known_below_it():
    task = small_task()
    tree, _ = searched(task, 200)
    token, child = int((tree.total[1] / tree.visits[1]).argmax()), tree.child[1].copy()
    assert decide(tree, 0.0, np.random.default_rng(0))
    assert tree.prefix[0] == token
    assert tree.counts.tolist()[ROOT:] == [child[token], 1, 0]
    row, path = np.zeros(task.grid.steps, np.uint8), np.zeros(task.grid.steps, np.int64)
    length = descend(tree, row, path, 0.5, 0.0, np.random.default_rng(0))
    assert row[0] == token
    before = tree.visits.copy()
    back_up(tree, row, path, length, 1.0)
    assert tree.visits[1].tolist() == before[1].tolist()  # what was decided is not entered
    assert (tree.visits - before).sum() == length - 1


def test_pass_decides_every_token_then_begins_anew_with_twice_the_simulations():
    task, method, rng = small_task(), TreeSearch(simulations=20), np.random.default_rng(0)
    state, batch = method.init(task, rng)
    sizes = [len(batch.melodies)]
    for _ in range(7):
        state, batch = method.step(task, state, rng)
        sizes.append(len(batch.melodies))
    assert sizes == [20, 20, 20, 20, 40, 40, 40, 40]
    assert state.tree.counts.tolist()[NODES:ROOT] == [2]
    assert state.tree.counts[WRITTEN] == 0


def test_melodies_of_a_pass_begin_with_what_was_decided():
    task, method, rng = small_task(), TreeSearch(simulations=20, follow=0.0), np.random.default_rng(0)
    state, _ = method.init(task, rng)
    for t in range(1, task.grid.steps):
        decided = state.tree.prefix[:t].copy()
        state, batch = method.step(task, state, rng)
        assert (batch.melodies[:, :t] == decided).all()


def test_tree_grows_without_forgetting():
    tree, _ = searched(small_task(), 50)
    grown = roomier(tree, 500)
    assert len(grown.child) >= tree.counts[NODES] + 500
    assert all(np.array_equal(b[: len(a)], a) for a, b in zip(tree[:4], grown[:4], strict=True))
    assert roomier(grown, 1) is grown


def test_cleared_tree_knows_nothing_but_the_span():
    tree, _ = searched(small_task(), 50)
    span = tree.span.copy()
    tree = cleared(tree)
    assert tree.visits[1].sum() == tree.child[1].sum() == 0
    assert tree.span.tolist() == span.tolist()


def test_tree_is_continued_by_the_best_melody_so_far():
    """After 100 simulations a tree of 27 tokens is nowhere 6 deep; what follows is the best of the batch before."""
    task, method, rng = TASKS["rules"], TreeSearch(simulations=0, follow=1.0), np.random.default_rng(0)
    state, _ = method.init(task, rng)
    best = state.best[0]
    _, batch = method.step(task, state, rng)
    assert (batch.melodies[:, 6:] == best[6:]).all()
    assert len(np.unique(batch.melodies, axis=0)) > 50


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"c": -1.0}, "c is -1.0, expected a number from 0 up"),
        ({"simulations": -1}, "simulations is -1"),
        ({"greed": 2.0}, "greed is 2.0, expected a number from 0 to 1"),
        ({"follow": "x"}, "follow is 'x'"),
        ({"base": "stile"}, "did you mean 'style'"),
    ],
)
def test_wrong_parameters_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        TreeSearch(**wrong)


def test_style_that_a_task_does_not_have_is_refused():
    with pytest.raises(ValueError, match="no style to play on by"):
        em.run(TreeSearch(base="style"), small_task(), steps=400)
