from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

import evomusic as em

GENERATIONS, SEEDS = 12, range(30)


@cache
def tune():
    return em.make("tune")


def best_of(method, seed):
    """The best return of a number of generations on `tune`."""
    task, rng = tune(), np.random.default_rng(seed)
    state, batch = method.init(task, rng)
    best = batch.returns.max()
    for _ in range(GENERATIONS):
        state, batch = method.step(task, state, rng)
        best = max(best, batch.returns.max())
    return best


@pytest.mark.slow
def test_our_gp_reaches_deaps_distribution_of_best_returns():
    """Same language, operators, rates and limits, 30 seeds each; a false alarm has a chance of 1 in 1,000."""
    tree = em.Tree(crossovers="subtree", crossover_rate=0.5, mutations="subtree", mutation_rate=0.2, leaf_pick=None)
    ours = em.GA(population=100, tournament=3, elite=0, encoding=tree)
    deaps = em.Deap(population=100, encoding=tree, mate="cxOnePoint", mutate="mutUniform", cxpb=0.5, mutpb=0.2)
    returns = [[best_of(method, seed) for seed in SEEDS] for method in (ours, deaps)]
    assert mannwhitneyu(*returns).pvalue > 1e-3
    weak = em.GA(population=100, tournament=1, elite=0, encoding=tree)
    assert mannwhitneyu([best_of(weak, seed) for seed in SEEDS], returns[1]).pvalue < 1e-3  # the test can fail
