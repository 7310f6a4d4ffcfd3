"""Mixed approaches: learners learn from what others wrote, and others begin with what learners wrote."""

from __future__ import annotations

import numpy as np
import pytest

import evomusic as em
from evomusic.models.transitions import transitions_of
from evomusic.testing import check_method
from tests import random_tasks

GRID = em.Grid(bars=1, beats=2, steps_per_beat=2, low=60, high=62)


def task(final=False):
    return random_tasks.task(np.random.default_rng(5), GRID, most=4, final=final)


def melodies(n, seed=0):
    return np.random.default_rng(seed).integers(0, GRID.tokens, (n, GRID.steps), np.uint8)


def taught(learner, made, rows):
    """Values of a learner that has written one melody and then learnt from others."""
    state, _ = learner.init(made, np.random.default_rng(0))
    return learner.immigrate(made, state, rows, made.evaluate(rows))


@pytest.mark.parametrize("final", [False, True], ids=["rules", "final reward"])
@pytest.mark.parametrize("kind", [em.QLearning, em.Sarsa, em.ExpectedSarsa], ids=lambda k: k.__name__)
def test_melodies_of_others_teach_what_their_log_teaches(kind, final):
    made, rows = task(final), melodies(30)
    learner = kind(view="short", rows="listed", alpha=0.2, gamma=0.9)
    own = np.random.default_rng(0)
    first = learner.init(made, own)[1].melodies
    log = transitions_of(made, "short", np.concatenate([first, rows]))
    assert (taught(learner, made, rows).q == em.learn.train(learner, made, log=log).q).all()


def test_rows_on_demand_learn_from_others_what_listed_rows_learn():
    made, rows = task(), melodies(30)
    listed = taught(em.QLearning(rows="listed"), made, rows).q
    on_demand = taught(em.QLearning(rows="on-demand"), made, rows).q
    assert sorted(x for row in listed.tolist() if any(row) for x in row) == sorted(
        x for row in on_demand.tolist() if any(row) for x in row
    )


def test_a_learner_that_is_taught_writes_better_than_one_that_is_not():
    made = em.make("tiny")
    every = np.stack(np.meshgrid(*[np.arange(5, dtype=np.uint8)] * 4, indexing="ij"), -1).reshape(-1, 4)
    learner, rows = em.QLearning(view="markov", alpha=1.0), np.concatenate([every] * 4)
    state = taught(learner, made, rows)
    assert made.evaluate(learner.deliver(made, state))[0] == made.optimum().value


def test_emigrants_are_the_best_melodies_that_a_learner_wrote():
    made, learner, rng = task(), em.QLearning(), np.random.default_rng(0)
    state, batch = learner.init(made, rng)
    written = [batch]
    for _ in range(30):
        state, batch = learner.step(made, state, rng)
        written.append(batch)
    genomes, returns = learner.emigrants(made, state, 5)
    assert returns.tolist() == sorted({x for b in written for x in b.returns.tolist()}, reverse=True)[:5]
    assert made.evaluate(genomes).tolist() == returns.tolist()


def test_a_ga_begins_with_what_a_learner_wrote():
    made, learner = em.make("tiny"), em.QLearning(view="markov", alpha=0.5, epsilon=0.3)
    record = em.run(learner, made, steps=40_000, seed=0)
    genomes, returns = learner.emigrants(made, record.state, 10)
    ga = em.GA(population=10, start=tuple(map(tuple, genomes.tolist())))
    assert em.run(ga, made, steps=10 * made.grid.steps, seed=0).best_return == returns[0]


@pytest.mark.parametrize("final", [False, True], ids=["rules", "final reward"])
def test_islands_of_a_ga_and_a_learner_keep_the_contract(final):
    mixed = em.Islands(
        methods=(em.GA(population=8), em.QLearning(view="markov", rows="on-demand")), epoch=2, migrants=3
    )
    check_method(mixed, task(final))
