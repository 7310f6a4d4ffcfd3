"""Best of n."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from evomusic.encodings.notes.notes import NOTES
from evomusic.evolve.baselines import BestOfN
from evomusic.testing import check_method
from tests import naive
from tests.evolve.test_ga import generations
from tests.evolve.test_nsga2 import TINY
from tests.test_contracts import TASKS


@pytest.mark.parametrize("task", TASKS)
def test_it_keeps_its_contract(task):
    check_method(BestOfN(n=5, encoding=NOTES), TASKS[task])


@pytest.mark.parametrize("n", [1, 4, 16])
def test_it_delivers_the_expected_greatest_of_n(n):
    """Exactly: sum of v (F(v)^n - F(v-)^n) over all melodies' returns. 400 steps, false alarm p = 1e-4."""
    values, many = np.unique(TINY.evaluate(naive.every_melody(TINY.grid)), return_counts=True)
    below = np.concatenate([[0.0], np.cumsum(many) / many.sum()]) ** n
    mean = values @ np.diff(below)
    deviation = sqrt(values**2 @ np.diff(below) - mean**2)
    method = BestOfN(n=n, encoding=NOTES)
    delivered = [TINY.evaluate(method.deliver(TINY, s))[0] for s, _ in generations(method, 400, task=TINY)]
    assert abs(np.mean(delivered) - mean) < 3.9 * deviation / 20


def test_it_delivers_the_best_of_its_last_samples_only():
    method = BestOfN(n=6, encoding=NOTES)
    for state, batch in generations(method, 30, task=TINY):
        assert len(batch.returns) == 6
        assert TINY.evaluate(method.deliver(TINY, state)).tolist() == [batch.returns.max()]


def test_a_task_without_a_style_says_so():
    with pytest.raises(ValueError, match="has no style to sample"):
        BestOfN().init(TINY, np.random.default_rng(0))


def test_n_is_a_whole_number():
    with pytest.raises(ValueError, match="n is 0"):
        BestOfN(n=0)
