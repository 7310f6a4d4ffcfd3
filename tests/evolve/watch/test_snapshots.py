import numpy as np
import pytest

import evomusic as em
from evomusic.core.ledger import run
from evomusic.evolve.watch.snapshots import Snapshots, take_snapshots
from evomusic.evolve.watch.stopping import MaxBatches
from tests.evolve.tasks import TASK

SMALL = em.GA(population=20)


def test_snapshots_are_the_best_of_runs_that_end_there():
    taken = take_snapshots(SMALL, TASK, seed=3, at=(0, 2, 7))
    assert [s.generation for s in taken] == [0, 2, 7]
    for snapshot in taken:
        record = run(SMALL, TASK, 10**9, seed=3, watch=MaxBatches(snapshot.generation + 1))
        assert (snapshot.steps, snapshot.value) == (record.steps, record.best_return)
        assert (snapshot.melody.tokens == record.best).all()


def test_a_snapshot_returns_what_it_says():
    taken = take_snapshots(SMALL, TASK, at=(1, 5))
    assert [s.value for s in taken] == TASK.evaluate(np.array([s.melody.tokens for s in taken])).tolist()


def test_snapshots_of_one_run_never_get_worse():
    values = [s.value for s in take_snapshots(SMALL, TASK, at=range(12))]
    assert len(values) == 12
    assert values == sorted(values)
    assert values[-1] > values[0]


def test_generations_beyond_the_budget_are_not_taken():
    assert [s.generation for s in take_snapshots(SMALL, TASK, at=(0, 500), steps=40 * TASK.grid.steps)] == [0]


def test_the_watcher_begins_anew_with_each_run_and_ends_none():
    snapshots = Snapshots(TASK, (0, 1))
    records = [run(SMALL, TASK, 100 * TASK.grid.steps, seed, watch=snapshots) for seed in (0, 1)]
    assert [r.steps for r in records] == [100 * TASK.grid.steps] * 2
    assert [s.generation for s in snapshots.taken] == [0, 1]
    assert snapshots.taken == take_snapshots(SMALL, TASK, 1, (0, 1))


@pytest.mark.parametrize("at", [(-1,), (0.5,), ()])
def test_what_is_no_generation_is_refused(at):
    with pytest.raises(ValueError, match="at is"):
        Snapshots(TASK, at)
