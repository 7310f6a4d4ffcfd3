"""DEAP's toolbox and DEAP's algorithms as methods: nothing of theirs is lost, nothing of ours is touched."""

from __future__ import annotations

import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from evomusic.core.grid import Grid
from evomusic.core.ledger import run
from evomusic.core.reward import Reward
from evomusic.core.task import Task
from evomusic.encodings.notes.notes import Notes
from evomusic.encodings.policy.weights import PolicyWeights
from evomusic.evolve.deap import method as deap
from evomusic.evolve.deap.global_random import drawing_from, seeded
from evomusic.evolve.deap.method import Deap, toolbox
from evomusic.evolve.deap.operators import ROW_CROSSOVERS
from tests.evolve.tasks import TASK
from tests.evolve.test_ga import generations


def globals_now():
    return random.getstate(), np.random.get_state()[1].tobytes(), np.random.get_state()[2:]  # noqa: NPY002


@pytest.mark.parametrize("algorithm", deap.ALGORITHMS)
def test_global_generators_are_left_as_they_were(algorithm):
    random.seed(1)
    random.gauss(0, 1)  # leaves half of a pair behind
    before = globals_now()
    encoding = PolicyWeights(view="blind") if algorithm == "eaGenerateUpdate" else Notes()
    run(Deap(algorithm=algorithm, population=10, encoding=encoding), TASK, steps=2_000)
    assert globals_now() == before


def test_global_generators_are_left_as_they_were_when_work_fails():
    before = globals_now()
    with pytest.raises(ZeroDivisionError):
        drawing_from(seeded(np.random.default_rng(0)), lambda: random.random() / 0)
    assert globals_now() == before


def test_the_state_of_the_generators_holds_half_a_pair_of_gaussians():
    start = seeded(np.random.default_rng(1))

    def pair():
        return random.gauss(0, 1), np.random.normal()  # noqa: NPY002

    first, between = drawing_from(start, pair)
    second, _ = drawing_from(between, pair)
    both, _ = drawing_from(start, lambda: (pair(), pair()))
    assert both == (first, second)


def test_global_draws_do_not_change_a_run():
    random.seed(1)
    first = run(Deap(population=10), TASK, steps=2_000).improvements
    random.seed(2)
    assert (run(Deap(population=10), TASK, steps=2_000).improvements == first).all()


def test_runs_in_threads_do_not_touch_each_others_generators():
    def best(seed):
        return run(Deap(population=10), TASK, steps=4_000, seed=seed).improvements.tolist()

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(best, range(6))) == list(map(best, range(6)))


def test_every_generation_evaluates_only_whom_deap_changed():
    for (before, _), (after, batch) in zip(*[iter(generations(Deap(population=30), 9))] * 2, strict=True):
        old = {row.tobytes() for row in before.genomes}
        evaluated = {row.tobytes() for row in batch.melodies}
        assert {row.tobytes() for row in after.genomes} <= old | evaluated
        assert 0 < len(batch.returns) < 30


def test_a_generation_that_changes_no_one_is_charged_one_melody():
    made = generations(Deap(population=4, cxpb=0.0, mutpb=0.0), 3)
    assert [len(batch.returns) for _, batch in made] == [4, 1, 1, 1]


def test_given_rows_enter_the_first_population():
    _, batch = Deap(population=5, start=[[2] * 16]).init(TASK, np.random.default_rng(0))
    assert batch.melodies[0].tolist() == [2] * 16
    assert len(batch.melodies) == 5


def test_a_population_is_evaluated_by_one_call():
    calls = []
    box = toolbox(TASK)
    box.register("evaluate", replace(box.evaluate.func, record=calls.append))
    population = box.population(n=7)
    returns = box.map(box.evaluate, population)
    assert len(calls) == 1
    assert [r for (r,) in returns] == TASK.evaluate(np.array(population, np.uint8)).tolist()
    assert box.map(box.evaluate, []) == []
    assert box.map(len, population) == [16] * 7


@pytest.mark.parametrize("mate", [*ROW_CROSSOVERS, "vary"])
def test_every_crossover_runs_on_every_grid(mate):
    for bars in (1, 2):
        task = Task(Grid(bars=bars, beats=1, steps_per_beat=1), Reward())
        assert run(Deap(mate=mate, population=4), task, steps=100).steps == 100


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"algorithm": "eaSimpel"}, "did you mean 'eaSimple'"),
        ({"mate": "cxTwoPoints"}, "did you mean 'cxTwoPoint'"),
        ({"population": 1}, "population is 1"),
        ({"algorithm": "eaMuPlusLambda", "cxpb": 0.9}, "expected at most 1"),
        ({"mutpb": 3}, "mutpb is 3"),
        ({"sigma": 0}, "sigma is 0"),
        ({"mutate": "mutGausian"}, "did you mean 'mutGaussian'"),
        ({"select": "selNSGA2"}, "expected eaMuPlusLambda: it selects survivors"),
        ({"algorithm": "eaGenerateUpdate", "start": [[0] * 16]}, "it begins with a distribution"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(parameters, said):
    with pytest.raises(ValueError, match=said):
        Deap(**parameters)


def test_deap_is_imported_only_where_it_is_used():
    script = "import sys; from evomusic.evolve.deap.method import Deap; Deap(); print('deap' in sys.modules)"
    path = {"PYTHONPATH": ":".join(p for p in sys.path if p)}
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=path)
    assert run.stdout.strip() == "False"
