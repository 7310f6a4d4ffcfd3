"""Local search in one kernel, against single steps and whole walks."""

from __future__ import annotations

import numpy as np
import pytest

import evomusic as em
from evomusic.core.ledger import BURST, run
from evomusic.encodings.notes.notes import MUSICAL, Notes
from evomusic.evolve.annealing import Annealing
from evomusic.evolve.baselines import HillClimb
from evomusic.evolve.local import propose
from evomusic.evolve.selection.schemes import Rank
from evomusic.evolve.steady import SteadyState
from evomusic.testing import check_method
from tests.test_contracts import TASKS

METHODS = {
    "hill": HillClimb(),
    "impatient": HillClimb(patience=7),
    "any-tokens": HillClimb(encoding=Notes(mutations="resample", mutation_rate=0.7)),
    "crossing": HillClimb(patience=30, encoding=Notes(crossover_rate=1.0)),
    "annealing": Annealing(),
    "hot": Annealing(hot=5.0, cold=5.0),
    "cold": Annealing(hot=0, cold=0),
    "steady": SteadyState(),
    "oldest": SteadyState(population=12, offspring=3, replace="oldest"),
    "parent": SteadyState(population=12, offspring=4, replace="parent"),
    "pressed": SteadyState(population=7, offspring=6, selection=Rank(pressure=2)),
    "drifting": SteadyState(population=2, offspring=1, selection=Rank(pressure=1)),
    "plateaus": SteadyState(population=20, offspring=5, encoding=Notes(crossover_rate=0, mutation_rate=0.05)),
}


def run_by_steps(method, task, steps, seed):
    """The same run, step by step: as for any watcher that does not say otherwise."""
    return run(method, task, steps, seed, lambda ledger: False)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("method", METHODS)
def test_bursts_make_the_melodies_of_steps(method, task):
    check_method(METHODS[method], TASKS[task])


@pytest.mark.parametrize("method", METHODS)
def test_a_run_by_bursts_is_the_run_by_steps(method):
    task, method = em.make("tune"), METHODS[method]
    one, other = run(method, task, 60_000, 5), run_by_steps(method, task, 60_000, 5)
    assert one.best.tobytes() == other.best.tobytes()
    assert one.improvements.tobytes() == other.improvements.tobytes()
    for a, b in zip(one.curve, other.curve, strict=True):
        assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize("method", METHODS)
def test_bursts_heed_a_pickup(method):
    check_method(METHODS[method], em.make("tune", pickup=1, bars=2))


@pytest.mark.parametrize("mutation", [name for name, _ in MUSICAL])
@pytest.mark.parametrize("name", ["tune", "rules"])
def test_returns_are_those_of_whole_walks(name, mutation):
    task, encoding = em.make(name), Notes(mutations=mutation, mutation_rate=0.9)
    rng = np.random.default_rng(3)
    melody = encoding.sample(task, rng, 1)
    made = propose(encoding, task, melody, float(task.evaluate(melody)[0]), rng, 500, temperatures=np.full(500, 4.0))
    assert (made.batch.returns == task.evaluate(made.batch.melodies)).all()
    assert made.value == task.evaluate(made.melody)[0]
    assert len(np.unique(made.batch.melodies, axis=0)) > 1


def test_a_burst_ends_where_patience_does():
    task, encoding = em.make("tune"), Notes(mutation_rate=0.0)
    melody = encoding.sample(task, np.random.default_rng(0), 1)
    made = propose(encoding, task, melody, float(task.evaluate(melody)[0]), np.random.default_rng(1), 50, 3, 10)
    assert (len(made.batch.returns), made.idle) == (7, 10)


def test_the_ledger_asks_for_no_more_than_a_burst_and_ends_each_at_a_row_of_the_curve():
    asked = []

    class Asked(HillClimb):
        def burst(self, task, state, rng, most):
            asked.append(most)
            return super().burst(task, state, rng, most)

    task = em.make("tune")
    steps = run(Asked(), task, 2_000_000, 0).curve.steps
    assert set(asked) <= set(range(1, BURST + 1))
    assert steps.tobytes() == run_by_steps(HillClimb(), task, 2_000_000, 0).curve.steps.tobytes()


def test_a_method_whose_bursts_differ_is_found():
    class Odd(HillClimb):
        def burst(self, task, state, rng, most):
            rng.random()
            return super().burst(task, state, rng, most)

    with pytest.raises(AssertionError, match="differ between bursts and single steps"):
        check_method(Odd(), em.make("tiny"))


def test_a_watched_run_goes_step_by_step_unless_its_watcher_says_otherwise():
    class Watched:
        def __init__(self, bursts):
            self.bursts, self.sizes = bursts, []

        def __call__(self, ledger):
            self.sizes.append(len(ledger.batch.returns))

    each, some = Watched(False), Watched(True)
    task = em.make("tune")
    one, other = run(HillClimb(), task, 60_000, 1, each), run(HillClimb(), task, 60_000, 1, some)
    assert set(each.sizes) == {1}
    assert max(some.sizes) > 1
    assert one.best.tobytes() == other.best.tobytes()
