"""CMA-ES and evolution strategies: contracts, the package as oracle, known optima, hand-made generations."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest

import evomusic as em
from evomusic.encodings.policy.weights import PolicyWeights
from evomusic.evolve.strategies import CMAES, ES, FLAT, Strategy
from evomusic.testing import check_method
from tests import random_tasks
from tests.evolve.tasks import TASK

ALARM = 1e-4
TASKS = {
    "rules": random_tasks.task(np.random.default_rng(0), em.Grid(bars=2, beats=3, steps_per_beat=2)),
    "one-step": random_tasks.task(np.random.default_rng(2), em.Grid(bars=1, beats=1, steps_per_beat=1, high=60)),
}
SMALL = PolicyWeights(view="blind", hidden=2)
METHODS = {
    "cma-es": CMAES(encoding=SMALL),
    "separable": CMAES(encoding=PolicyWeights(hidden=3, recurrent=True), separable=True),
    "es": ES(encoding=SMALL, parents=3, offspring=9),
    "es-plus": ES(parents=3, offspring=9, plus=True),
}


class Box:
    """Real numbers that no task reads: for functions with a known optimum."""

    def __init__(self, size):
        self.size = size

    def sample(self, task, rng, n):
        return rng.standard_normal((n, self.size))


def ellipsoid(x):
    """0 at (1, ..., 1), less elsewhere; axes a hundred times as steep at the end as at the beginning."""
    return -((x - 1) ** 2 * np.logspace(0, 2, x.shape[1])).sum(axis=1)


def climbed(method, generations, seed=0, function=ellipsoid):
    rng, best = np.random.default_rng(seed), -np.inf
    state = method.begin(None, rng)
    for _ in range(generations):
        state, genomes = method.ask(None, state, rng)
        returns = function(genomes)
        best = max(best, returns.max())
        state = method.tell(None, state, genomes, returns)
    return state, best


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("method", METHODS)
def test_strategies_keep_the_contract_of_methods(method, task):
    check_method(METHODS[method], TASKS[task])


@pytest.mark.parametrize("separable", [False, True])
def test_state_by_state_it_is_the_package_uninterrupted(separable):
    import cmaes

    method, rng = CMAES(encoding=Box(7), population=None, separable=separable), np.random.default_rng(1)
    state, oracle = method.begin(None, rng), (cmaes.SepCMA if separable else cmaes.CMA)(mean=np.zeros(7), sigma=0.5)
    for _ in range(80):
        state, genomes = method.ask(None, state, rng)
        returns = ellipsoid(genomes)
        state = method.tell(None, state, genomes, returns)
        oracle.tell([(x.copy(), -r) for x, r in zip(genomes, returns, strict=True)])
        assert state.mean == pytest.approx(oracle.mean, abs=1e-12)
    assert state.generation == oracle.generation == 80
    assert len(genomes) == oracle.population_size


@pytest.mark.parametrize("separable", [False, True])
def test_first_generation_is_normal_about_the_origin(separable):
    method = CMAES(encoding=Box(50), separable=separable, population=400, sigma=0.25)
    rng = np.random.default_rng(2)
    _, genomes = method.ask(None, method.begin(None, rng), rng)
    assert kstest(genomes.ravel() / 0.25, "norm").pvalue > ALARM


@pytest.mark.parametrize(
    ("method", "generations", "near"),
    [
        (CMAES(encoding=Box(8)), 250, 1e-9),
        (CMAES(encoding=Box(8), separable=True), 250, 1e-9),
        (ES(encoding=Box(8)), 400, 1e-6),
        (ES(encoding=Box(8), plus=True), 400, 1e-6),
    ],
    ids=["cma-es", "separable", "es", "es-plus"],
)
def test_strategies_find_the_optimum_of_an_ellipsoid(method, generations, near):
    assert climbed(method, generations)[1] > -near


def test_cma_es_begins_anew_where_nothing_differs():
    method = CMAES(encoding=Box(4))
    state, _ = climbed(method, FLAT - 1, function=lambda x: np.zeros(len(x)))
    assert state.flat == state.generation == FLAT - 1
    state, _ = climbed(method, FLAT, function=lambda x: np.zeros(len(x)))
    assert state.generation == state.flat == 0
    assert state.sigma == 0.5
    assert (state.covariance == np.eye(4)).all()


def test_cma_es_begins_anew_when_it_has_shrunk_to_nothing():
    state, best = climbed(CMAES(encoding=Box(2)), 400)
    assert best > -1e-18
    assert state.generation < 399


def test_comma_forgets_parents_and_plus_keeps_the_better():
    state = Strategy(np.array([[9.0], [8.0]]), np.ones(2), np.array([9.0, 8.0]), np.array([0.1, 0.2, 0.3]), 1)
    genomes, returns = np.array([[1.0], [8.5], [2.0]]), np.array([1.0, 8.5, 2.0])
    comma = ES(encoding=Box(1), parents=2, offspring=3).tell(None, state, genomes, returns)
    assert comma.parents.tolist() == [[8.5], [2.0]]
    assert comma.sigmas.tolist() == [0.2, 0.3]
    plus = ES(encoding=Box(1), parents=2, offspring=3, plus=True).tell(None, state, genomes, returns)
    assert plus.parents.tolist() == [[9.0], [8.5]]
    assert plus.sigmas.tolist() == [1.0, 0.2]


def test_step_sizes_and_genomes_of_offspring_are_spread_as_stated():
    """One parent at 0 with step 1: log step sizes N(0, 1 / 2 D), genomes over their step sizes N(0, 1)."""
    method = ES(encoding=Box(8), parents=1, offspring=4000)
    state = Strategy(np.zeros((1, 8)), np.ones(1), np.zeros(1), np.zeros(0), 1)
    state, genomes = method.ask(None, state, np.random.default_rng(3))
    assert kstest(np.log(state.waiting) * 4, "norm").pvalue > ALARM
    assert kstest((genomes / state.waiting[:, None]).ravel(), "norm").pvalue > ALARM


def test_weights_evolved_on_a_task_beat_as_many_random_ones():
    """The best of 3,000 policies, for a fixed seed."""
    encoding = PolicyWeights()
    drawn = encoding.sample(TASK, np.random.default_rng(0), 3000)
    random = TASK.evaluate(encoding.decode(TASK, drawn)).max()
    for method in (CMAES(separable=True), ES()):
        assert em.run(method, TASK, steps=3000 * TASK.grid.steps, seed=0).best_return > random


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CMAES(population=1), "population is 1"),
        (lambda: CMAES(sigma=0), "sigma is 0"),
        (lambda: ES(parents=0), "parents is 0"),
        (lambda: ES(parents=5, offspring=4), "offspring is 4"),
        (lambda: ES(sigma=float("inf")), "sigma is inf"),
        (lambda: CMAES(encoding=em.Notes()).begin(TASKS["rules"], np.random.default_rng(0)), "no real-valued genomes"),
    ],
)
def test_parameters_out_of_range_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_only_the_diagonal_is_adapted_above_200_dimensions_unless_said_otherwise():
    rng = np.random.default_rng(0)
    full = [CMAES(encoding=Box(n)).begin(None, rng).covariance.ndim == 2 for n in (200, 201)]
    assert full == [True, False]
    assert CMAES(encoding=Box(201), separable=False).begin(None, rng).covariance.ndim == 2
    assert CMAES(encoding=Box(5), separable=True).begin(None, rng).covariance.ndim == 1
