from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import evomusic as em
from evomusic.core.ledger import sized
from evomusic.evolve.sizes import UNSIZED, population_for

TASK = em.make("rules", bars=1)
STEPS = 4000 * TASK.grid.steps  # 4,000 melodies
SIZED = [em.GA(), em.SteadyState(), em.MuPlusLambda(), em.Deap(), em.NSGA2()]


def test_half_the_square_root_of_the_melodies_and_at_least_ten():
    assert [population_for(n) for n in (1, 400, 4000, 1_000_000)] == [10, 10, 32, 500]


@pytest.mark.parametrize("method", SIZED, ids=lambda method: type(method).__name__)
def test_a_run_is_that_of_the_size_that_its_budget_asks_for(method):
    names = method.sizes_by_budget
    explicit = replace(method, **dict.fromkeys(names, 32))
    mine, theirs = (em.run(m, TASK, steps=STEPS, seed=1) for m in (method, explicit))
    assert mine.best_return == theirs.best_return
    assert np.array_equal(mine.curve.online, theirs.curve.online)
    assert explicit == sized(explicit, 10**6)


@pytest.mark.parametrize("method", SIZED, ids=lambda method: type(method).__name__)
def test_without_a_budget_there_is_a_size_too(method):
    state, batch = method.init(TASK, np.random.default_rng(0))
    assert len(batch.melodies) == UNSIZED
    state, batch = method.step(TASK, state, np.random.default_rng(1))
    assert len(batch.melodies) <= UNSIZED


def test_islands_share_the_budget():
    islands = em.Islands(methods=(em.GA(), em.GA(population=7)))
    assert [m.population for m in sized(islands, 8000).methods] == [32, 7]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: em.GA(population=1), "population is 1, expected a whole number from 2"),
        (lambda: em.GA(elite=10), "elite is 10, expected a whole number from 0 to 9"),
        (lambda: em.SteadyState(offspring=10), "offspring is 10"),
        (lambda: em.MuPlusLambda(lam=0), "lam is 0"),
        (lambda: em.Deap(population="many"), "population is 'many'"),
    ],
)
def test_sizes_that_are_none_are_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()
