from __future__ import annotations

import itertools

import numpy as np
import pytest

import evomusic as em
from evomusic.encodings.samples import style_samples
from evomusic.learn.model_based.rollouts import Rollouts, base_of, play_on, tried
from evomusic.testing import check_method
from tests import random_tasks
from tests.test_contracts import TASKS


def small_task():
    rng = np.random.default_rng(5)
    return random_tasks.task(rng, em.Grid(bars=1, beats=2, steps_per_beat=2, low=60, high=62), most=4)


def passes(method, task, count, seed=0):
    """The melody after each pass, and all that was evaluated in it."""
    rng, found = np.random.default_rng(seed), []
    state, batch = method.init(task, rng)
    for _ in range(count):
        batches = [batch]
        for _ in range(task.grid.steps - 1):
            state, batch = method.step(task, state, rng)
            batches.append(batch)
        found.append((state.melody[0].copy(), batches))
        state, batch = method.step(task, state, rng)
    return found


@pytest.mark.parametrize("method", [Rollouts(), Rollouts(samples=3)], ids=["one", "three"])
@pytest.mark.parametrize("task", TASKS)
def test_rollouts_keep_the_contract_of_methods(method, task):
    check_method(method, TASKS[task])


def test_rollouts_are_better_than_their_base_policy():
    """Tesauro & Galperin 1996. Exact: the uniform policy's value after each token decides what is best in expectation.

    With 400 samples the first token is one whose exact value is within .3 of the best; its standard error is below
    .06, so this fails by chance less than once in 10,000 runs.
    """
    task = small_task()
    every = np.array(list(itertools.product(range(task.grid.tokens), repeat=task.grid.steps)), np.uint8)
    returns = task.evaluate(every)
    exact = np.array([returns[every[:, 0] == a].mean() for a in range(task.grid.tokens)])
    state, _ = Rollouts(samples=400).init(task, np.random.default_rng(0))
    assert exact[state.melody[0, 0]] > exact.max() - 0.3
    assert exact.max() - exact.min() > 0.3


def test_each_pass_is_as_good_as_the_last_until_nothing_changes():
    task, better = TASKS["rules"], 0
    for seed in range(5):
        returns = [float(task.evaluate(m[None])[0]) for m, _ in passes(Rollouts(), task, 8, seed)]
        rest = next(i for i in range(1, 8) if returns[i] == returns[i - 1])
        assert returns[: rest + 1] == sorted(returns[: rest + 1])
        better += returns[rest] > returns[0]
    assert better > 0


def test_pass_that_changed_nothing_was_at_a_melody_that_no_single_token_improves():
    task = TASKS["rules"]
    found = passes(Rollouts(), task, 8)
    for (before, _), (after, batches) in itertools.pairwise(found):
        if (before == after).all():
            tried_here = np.concatenate([b.returns for b in batches])
            assert tried_here.max() == task.evaluate(after[None])[0]
            assert len(tried_here) == task.grid.steps * task.grid.tokens
            return
    pytest.fail("no pass came to rest")


def test_second_pass_tries_every_token_in_the_melody_of_the_first():
    task = small_task()
    (first, _), (_, batches) = passes(Rollouts(samples=5), task, 2)
    melodies = batches[0].melodies
    assert melodies[:, 0].tolist() == list(range(task.grid.tokens))
    assert (melodies[:, 1:] == first[1:]).all()


def test_beginnings_are_kept_and_every_token_is_tried_as_often():
    task = small_task()
    melodies = np.tile(np.array([2, 3, 1, 4], np.uint8), (3 * task.grid.tokens, 1))
    tried(melodies, 3, 2, base_of(task, "random", melodies[:1]), np.random.default_rng(0))
    assert (melodies[:, :2] == [2, 3]).all()
    assert melodies[:, 2].tolist() == np.repeat(np.arange(task.grid.tokens), 3).tolist()


def test_rest_is_drawn_evenly():
    """Chi-square with 4 degrees of freedom on 5,000 draws: 23.5 is exceeded by chance once in 10,000 runs."""
    task, rng = small_task(), np.random.default_rng(0)
    row, counts = np.zeros(task.grid.steps, np.uint8), np.zeros(5)
    base = base_of(task, "random", row[None])
    for _ in range(5000):
        play_on(row, 3, base, rng)
        counts[row[3]] += 1
    assert ((counts - 1000) ** 2 / 1000).sum() < 23.5


def test_style_plays_on_as_samples_of_the_style_go_on():
    """Two tokens of 3,000 melodies each way: chi-square of two samples over at most 27 tokens; 63.2 once in 10,000."""
    task, rng = em.make("tune", bars=1), np.random.default_rng(0)
    row, here = np.zeros(task.grid.steps, np.uint8), np.zeros((3000, 2), int)
    base = base_of(task, "style", row[None])
    for i in range(len(here)):
        play_on(row, 0, base, rng)
        here[i] = row[[0, 4]]
    there = style_samples(task, np.random.default_rng(1), 3000)[:, [0, 4]]
    for column in range(2):
        a, b = (np.bincount(x[:, column], minlength=task.grid.tokens) for x in (here, there))
        drawn = a + b > 0
        assert ((a - b)[drawn] ** 2 / (a + b)[drawn]).sum() < 63.2


def test_play_on_follows_a_known_melody():
    task = small_task()
    melody, row = np.array([[1, 2, 3, 4]], np.uint8), np.zeros(4, np.uint8)
    play_on(row, 1, base_of(task, "random", melody, 1.0), np.random.default_rng(0))
    assert row.tolist() == [0, 2, 3, 4]


@pytest.mark.parametrize(("wrong", "message"), [({"samples": 0}, "samples is 0"), ({"base": "x"}, "base is 'x'")])
def test_wrong_parameters_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        Rollouts(**wrong)
