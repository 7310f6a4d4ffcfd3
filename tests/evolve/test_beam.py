"""Beam search: exact where greed is, exact where it is wide enough, and honest about what it spends."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from evomusic import rules
from evomusic.core.grid import Grid
from evomusic.core.ledger import run
from evomusic.core.melody import canonical
from evomusic.core.reward import Reward
from evomusic.core.task import Task
from evomusic.evolve.beam import BeamSearch
from tests import random_tasks
from tests.evolve.test_ga import generations

GRID = Grid(bars=1, beats=4, steps_per_beat=1, low=60, high=62)


def best_of_all(task):
    every = np.array(list(itertools.product(range(task.grid.tokens), repeat=task.grid.steps)), np.uint8)
    return task.evaluate(every).max()


def test_where_rules_remember_nothing_a_beam_of_one_is_exact():
    task = Task(Grid(bars=2, beats=4, steps_per_beat=2), Reward({rules.InScale("C major"): 1.0}))
    made = generations(BeamSearch(width=1), task.grid.steps - 1, task=task)
    assert max(batch.returns.max() for _, batch in made) == task.optimum().value


@pytest.mark.parametrize("seed", range(10))
def test_a_beam_as_wide_as_all_melodies_finds_the_best(seed):
    rng = np.random.default_rng(seed)
    task = random_tasks.task(rng, GRID, final=True)
    made = generations(BeamSearch(width=5**4), 3, seed, task)
    assert made[-1][0].best_return == best_of_all(task)


def test_beginnings_are_the_best_by_their_own_steps():
    task = random_tasks.task(np.random.default_rng(1), GRID)
    state, batch = generations(BeamSearch(width=3), 2, task=task)[-1]
    rewards = task.rewards(batch.melodies)[:, :3].sum(axis=1)
    beam = task.rewards(state.beginnings)[:, :3].sum(axis=1)
    assert beam.tolist() == sorted(rewards, reverse=True)[:3]


def test_every_candidate_is_a_melody_with_its_return_and_none_begins_with_a_silent_hold():
    task = random_tasks.task(np.random.default_rng(2), GRID, final=True)
    for written, (_, batch) in enumerate(generations(BeamSearch(width=4), 3, task=task), start=1):
        assert (task.evaluate(batch.melodies) == batch.returns).all()
        assert (canonical(batch.melodies)[:, :written] == batch.melodies[:, :written]).all()
        assert len(np.unique(batch.melodies, axis=0)) == len(batch.melodies)


def test_equals_are_ranked_by_chance():
    task = Task(GRID, Reward())
    beam = {BeamSearch(width=1).init(task, np.random.default_rng(s))[0].beginnings[0, 0] for s in range(40)}
    assert beam == {0, 2, 3, 4}


def test_each_pass_is_twice_as_wide():
    widths = [len(state.beginnings) for state, _ in generations(BeamSearch(width=2), 11, task=Task(GRID, Reward()))]
    assert widths == [2] * 4 + [4] * 4 + [4, 8, 8, 8]


def test_it_delivers_the_best_it_evaluated_and_spends_its_budget():
    task = random_tasks.task(np.random.default_rng(5), GRID)
    record = run(BeamSearch(width=2), task, steps=400)
    assert record.steps == 400
    assert record.curve.delivered[-1] >= record.best_return
    with pytest.raises(ValueError, match="width is 0"):
        BeamSearch(width=0)
