"""The cross-entropy method. Statistics: fixed seed, false alarm p = 1e-4 each."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chisquare

from evomusic.core.ledger import run
from evomusic.evolve.cross_entropy import CrossEntropy, Odds
from evomusic.testing import check_method
from tests.evolve.copying import copy_task
from tests.evolve.tasks import TASK
from tests.evolve.test_ga import generations
from tests.test_contracts import TASKS


@pytest.mark.parametrize("task", TASKS)
def test_it_keeps_its_contract(task):
    check_method(CrossEntropy(samples=9), TASKS[task])


def test_tokens_are_drawn_by_the_odds_of_their_step():
    method, rng = CrossEntropy(samples=30_000), np.random.default_rng(0)
    task = copy_task(3, 2)
    odds = np.array([[0.1, 0.2, 0.3, 0.4], [0.25, 0.25, 0.25, 0.25], [0.0, 1.0, 0.0, 0.0]])
    _, melodies = method.ask(task, Odds(odds), rng)
    assert chisquare(np.bincount(melodies[:, 0], minlength=4), 30_000 * odds[0]).pvalue > 1e-4
    assert chisquare(np.bincount(melodies[:, 1], minlength=4)).pvalue > 1e-4
    assert (melodies[:, 2] == 1).all()
    together = np.bincount(melodies[:, 0] * 4 + melodies[:, 1], minlength=16)  # steps are independent
    assert chisquare(together, 30_000 * np.outer(odds[0], odds[1]).ravel()).pvalue > 1e-4


def test_odds_move_to_the_shares_of_the_elite():
    """By hand: two of four count; token 0 has half of them at step 0, token 3 all at step 1."""
    method, task = CrossEntropy(samples=4, elite=0.5, smoothing=0.5, floor=0.0), copy_task(2, 2)
    melodies = np.array([[0, 3], [1, 1], [2, 3], [3, 0]], np.uint8)
    state = method.tell(task, Odds(np.full((2, 4), 0.25)), melodies, np.array([5.0, 1.0, 4.0, 2.0]))
    assert state.odds.tolist() == [[0.375, 0.125, 0.375, 0.125], [0.125, 0.125, 0.125, 0.625]]


def test_a_floor_keeps_every_token_possible():
    method, task = CrossEntropy(samples=50, floor=0.1, smoothing=1.0), copy_task(5, 3)
    for state, _ in generations(method, 60, task=task):
        assert np.allclose(state.odds.sum(axis=1), 1.0)
        assert state.odds.min() >= 0.1 / 5 - 1e-12
    assert state.odds.max() > 0.9


@pytest.mark.parametrize("seed", range(5))
def test_it_reaches_the_optimum_of_a_tune_to_copy(seed):
    """16 steps of 15 tokens, 15^16 melodies, 60 batches; it was reached on each of 30 seeds."""
    task = copy_task(16, 13, seed=seed)
    record = run(CrossEntropy(samples=200), task, steps=16 * 12_000, seed=seed)
    assert record.best_return == task.optimum().value == 16
    assert record.curve.delivered[-1] == 16


def test_it_finds_more_than_it_began_with():
    made = generations(CrossEntropy(samples=100), 40)
    assert made[-1][1].returns.mean() > made[0][1].returns.max()


def test_it_delivers_the_likeliest_melody():
    odds = np.full((16, TASK.grid.tokens), 0.01)
    odds[:, 4] = 0.5
    odds[3, 7] = 0.6
    assert CrossEntropy().deliver(TASK, Odds(odds)).tolist() == [[4, 4, 4, 7] + [4] * 12]


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"samples": 0}, "samples is 0"),
        ({"elite": 0.0}, "elite is 0.0, expected a number above 0 and up to 1"),
        ({"smoothing": 0.0}, "smoothing is 0.0, expected a number above 0 and up to 1"),
        ({"floor": 1.5}, "floor is 1.5"),
    ],
)
def test_numbers_out_of_range_are_refused(parameters, said):
    with pytest.raises(ValueError, match=said):
        CrossEntropy(**parameters)
