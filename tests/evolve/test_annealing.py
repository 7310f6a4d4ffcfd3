"""Simulated annealing. Statistics: fixed seed, false alarm p = 1e-4 each."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import binomtest, chisquare

from evomusic.core.ledger import run
from evomusic.encodings.bits import Bits
from evomusic.encodings.notes.notes import Notes
from evomusic.evolve.annealing import Annealing
from evomusic.evolve.baselines import HillClimb
from evomusic.testing import check_method
from tests import naive
from tests.evolve.copying import OneToken, copy_task
from tests.evolve.tasks import TASK
from tests.evolve.test_ga import generations
from tests.test_contracts import TASKS

METHODS = {
    "one-chain": Annealing(),
    "chains-bits": Annealing(chains=5, encoding=Bits()),
    "constant": Annealing(hot=0.5, cold=0.5, chains=2),
    "cold": Annealing(hot=0, cold=0),
}


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("method", METHODS)
def test_it_keeps_its_contract(method, task):
    check_method(METHODS[method], TASKS[task])


@pytest.mark.parametrize("encoding", [Annealing().encoding, Bits(crossover_rate=0.0)], ids=["moves", "bits"])
def test_at_temperature_zero_it_is_hill_climbing(encoding):
    """The same melodies in the same order from the same seed, and the same delivered."""
    cold = generations(Annealing(hot=0, cold=0, encoding=encoding), 500)
    climb = generations(HillClimb(patience=10**9, encoding=encoding), 500)
    for (chain, tried), (hill, tried_too) in zip(cold, climb, strict=True):
        assert tried.melodies.tolist() == tried_too.melodies.tolist()
        assert chain.returns[0] == hill.value
        assert (chain.genomes == hill.genome).all()
        assert (chain.best.genome == hill.best.genome).all()


@pytest.mark.parametrize("loss", [0.25, 1.0, 3.0])
def test_a_loss_is_accepted_as_often_as_metropolis_says(loss):
    """With chance exp(-loss / temperature); a gain, or no change, always."""
    method, rng = Annealing(chains=20_000, hot=1.25, cold=1.25, encoding=OneToken()), np.random.default_rng(0)
    task = copy_task(3, 2)
    state = method.begin(task, rng)
    state = method.tell(task, state, state.genomes, np.full(20_000, 7.0))
    asked, genomes = method.ask(task, state, rng)
    went = method.tell(task, asked, genomes, np.full(20_000, 7.0 - loss)).returns < 7
    assert binomtest(int(went.sum()), len(went), np.exp(-loss / 1.25)).pvalue > 1e-4
    for gain in (0.0, 0.5):
        assert (method.tell(task, asked, genomes, np.full(20_000, 7.0 + gain)).returns == 7 + gain).all()


def test_at_a_constant_temperature_chains_come_to_boltzmanns_distribution():
    """Changes are symmetric: a melody's share becomes exp(return / temperature), normalised (Metropolis 1953)."""
    task = copy_task(2, 1)
    every = naive.every_melody(task.grid)
    method = Annealing(chains=5000, hot=1.5, cold=1.5, encoding=OneToken())
    state, _ = generations(method, 40, task=task)[-1]
    seen = [(state.genomes == melody).all(axis=1).sum() for melody in every]
    share = np.exp(task.evaluate(every) / 1.5)
    assert chisquare(seen, 5000 * share / share.sum()).pvalue > 1e-4
    assert chisquare(seen).pvalue < 1e-4


def test_the_temperature_falls_by_equal_factors_over_the_run():
    method = Annealing(hot=4.0, cold=0.25).within(1000)
    assert [method.temperature(spent) for spent in (0, 250, 500, 750, 1000, 5000)] == [4.0, 2.0, 1.0, 0.5, 0.25, 0.25]
    assert Annealing(hot=4.0, cold=0.25, steps=10).within(1000).steps == 10


def test_a_run_stretches_the_fall_over_its_budget():
    ends = [run(Annealing(hot=500.0, cold=0.001), TASK, steps=16 * n, seed=0).curve for n in (200, 2000)]
    for curve in ends:  # hot, it wanders: online returns are far below the best; cold, it climbs near it
        assert curve.online[-1] > curve.best[-1] - 10
        assert curve.online[len(curve.online) // 3] < curve.online[-1]


def test_a_fall_over_a_run_of_unknown_length_is_refused():
    method = Annealing()
    rng = np.random.default_rng(0)
    state, _ = method.init(TASK, rng)
    with pytest.raises(ValueError, match="give Annealing its steps"):
        method.step(TASK, state, rng)


def test_chains_do_not_mix_even_where_the_encoding_crosses():
    """Each chain's variant differs from its genome by nothing but a mutation: with none, by nothing."""
    crossing = Notes(crossovers="uniform", crossover_rate=1.0, mutation_rate=0.0)
    method, rng = Annealing(chains=6, encoding=crossing, hot=1, cold=1), np.random.default_rng(0)
    state, _ = method.init(TASK, rng)
    assert len(np.unique(state.genomes, axis=0)) == 6
    assert (method.ask(TASK, state, rng)[1] == state.genomes).all()


def test_every_chain_stands_with_its_own_return_and_the_best_is_kept():
    method, best = Annealing(chains=4, hot=3.0, cold=3.0), -np.inf
    made = generations(method, 200)
    for state, batch in made:
        best = max(best, batch.returns.max())
        assert (TASK.evaluate(state.genomes) == state.returns).all()
        assert TASK.evaluate(method.deliver(TASK, state)).tolist() == [state.best.value] == [best]
    assert any((after.returns < before.returns).any() for (before, _), (after, _) in pairwise(made))


def test_chains_begin_at_given_rows():
    row = tuple([5, 1] * 8)
    _, batch = Annealing(chains=2, start=[row]).init(TASK, np.random.default_rng(0))
    assert batch.melodies[0].tolist() == list(row)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"chains": 0}, "chains is 0"),
        ({"hot": -1.0}, "hot is -1.0"),
        ({"hot": 1.0, "cold": 2.0}, "cold is 2.0, expected a temperature above 0 and up to hot"),
        ({"hot": 1.0, "cold": 0.0}, "cold is 0.0"),
        ({"hot": float("inf")}, "hot is inf"),
        ({"steps": -1}, "steps is -1"),
    ],
)
def test_numbers_out_of_range_are_refused(parameters, said):
    with pytest.raises(ValueError, match=said):
        replace(Annealing(), **parameters)
