"""A listener's reward drives whatever a task's own does: the same tables, sums that agree, melodies to the taste."""

from __future__ import annotations

import numpy as np
import pytest

import evomusic as em

GRID = em.Grid(bars=2, beats=4, steps_per_beat=2, low=60, high=72, scale="C major")
RULES = {em.rules.Cadence("C major"): 2.0, em.rules.IntervalSize(): 1.0, em.rules.Sustain(): 1.0}
TASK = em.Task(GRID, em.Reward(RULES), "small")
METHODS = {
    "ga": em.GA(population=50),
    "gp": em.GA(population=50, encoding=em.Tree()),
    "map-elites": em.MapElites(cells=(6, 6)),
    "q-learning": em.QLearning(view="short", alpha=0.3),
    "hill": em.HillClimb(),
}


@pytest.fixture(scope="module")
def aspects():
    return em.Aspects.of(TASK)


@pytest.fixture(scope="module")
def steered(aspects):
    """For one who dislikes what the rules like: an open end, wide moves and rests."""
    weights = np.array([-1.0 if rule else 0.0 for rule in aspects.is_rule])
    return aspects.steered(weights, 1.0, measures=False)


@pytest.mark.parametrize("name", METHODS)
def test_every_method_searches_by_the_listeners_table(name, steered):
    record = em.run(METHODS[name], steered, steps=30_000, seed=1)
    noise = np.quantile(steered.evaluate(np.random.default_rng(0).integers(0, GRID.tokens, (500, GRID.steps))), 0.9)
    assert record.best_return == steered.evaluate(record.best[None])[0] == steered.rewards(record.best[None]).sum()
    assert record.best_return > noise
    assert record.best_return <= steered.optimum().value
    assert TASK.evaluate(record.best[None])[0] < TASK.random_return


def test_the_sampler_draws_what_the_listener_likes(steered):
    rng = np.random.default_rng(0)
    own, theirs = (task.soften(0.5, prior="uniform").sample(500, rng) for task in (TASK, steered))
    assert steered.evaluate(theirs).mean() > steered.evaluate(own).mean() + 1
    assert TASK.evaluate(theirs).mean() < TASK.evaluate(own).mean() - 1
