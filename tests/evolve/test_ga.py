"""The genetic algorithm: its books, its elite, and DEAP as its oracle."""

from __future__ import annotations

import numpy as np
import pytest

from evomusic.core.grid import Grid
from evomusic.core.ledger import run
from evomusic.core.task import Task
from evomusic.encodings.bits import Bits
from evomusic.encodings.notes.notes import Notes
from evomusic.evolve.deap.method import Deap
from evomusic.evolve.ga import GA
from tests.evolve.tasks import TASK

STILL = Notes(crossover_rate=0.0, mutation_rate=0.0)
PLAIN = Notes(crossovers="two-point", crossover_rate=0.5, mutations="resample", mutation_rate=0.2)


def generations(method, n, seed=0, task=TASK):
    """States and batches of the first population and n generations."""
    rng = np.random.default_rng(seed)
    made = [method.init(task, rng)]
    for _ in range(n):
        made.append(method.step(task, made[-1][0], rng))
    return made


@pytest.mark.parametrize("encoding", [Notes(), Bits()], ids=["notes", "bits"])
@pytest.mark.parametrize("elite", [0, 3])
def test_every_genome_stands_with_its_own_return(encoding, elite):
    """Inherited returns too: an unchanged offspring is not evaluated, and its return is still its own."""
    method = GA(population=41, elite=elite, encoding=encoding)
    for state, batch in generations(method, 15):
        assert (TASK.evaluate(method.deliver(TASK, state)) == state.returns).all()
        assert len(state.returns) == 41
        assert 0 < len(batch.returns) <= 41 - elite or len(batch.returns) == 41


def test_the_elite_is_never_lost():
    bests = [state.returns.max() for state, _ in generations(GA(population=20, elite=1), 40)]
    assert (np.diff(bests) >= 0).all()
    assert bests[-1] > bests[0]


def test_without_an_elite_the_best_may_be_lost():
    bests = [state.returns.max() for state, _ in generations(GA(population=20, elite=0, tournament=1), 40)]
    assert (np.diff(bests) < 0).any()


def test_a_generation_that_brings_nothing_new_is_charged_one_melody():
    (_, first), *later = generations(GA(population=8, encoding=STILL), 5)
    assert len(first.returns) == 8
    assert [len(batch.returns) for _, batch in later] == [1] * 5
    assert run(GA(population=8, encoding=STILL), TASK, steps=20 * TASK.grid.steps).steps == 20 * TASK.grid.steps


def test_selection_alone_drives_out_all_but_the_best():
    state, _ = generations(GA(population=30, encoding=STILL, tournament=4), 40)[-1]
    assert (state.returns == state.returns.max()).all()


def test_given_rows_enter_the_first_population():
    tune = tuple(int(t) for t in np.random.default_rng(4).integers(0, TASK.grid.tokens, TASK.grid.steps))
    for encoding in (Notes(), Bits()):
        _, batch = GA(population=10, encoding=encoding, start=[list(tune)]).init(TASK, np.random.default_rng(0))
        assert batch.melodies[0].tolist() == list(tune)


def test_a_given_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match=r"shape \(1, 3\), expected \(P, 16\)"):
        GA(start=((1, 2, 3),)).init(TASK, np.random.default_rng(0))


def test_musical_operators_find_more_than_plain_ones():
    """On four bars of sixteenths the worst of 25 other seeds returned 3.4, the best with plain operators -10."""
    task = Task(Grid(bars=4, chords=("C", "G7")), TASK.reward)
    methods = [GA(population=60), GA(population=60, encoding=PLAIN)]
    musical, plain = ([run(m, task, steps=100_000, seed=s).best_return for s in range(3)] for m in methods)
    assert min(musical) > max(plain)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"population": 1}, "population is 1"),
        ({"tournament": 0}, "tournament is 0"),
        ({"population": 4, "elite": 4}, "elite is 4, expected a whole number from 0 to 3"),
        ({"elite": -1}, "elite is -1"),
    ],
)
def test_numbers_out_of_range_are_refused(parameters, said):
    with pytest.raises(ValueError, match=said):
        GA(**parameters)


def bests(method, seeds, n):
    made = [generations(method, n, seed) for seed in seeds]
    return [max(batch.returns.max() for _, batch in run_made) for run_made in made]


def test_with_deaps_operators_it_reaches_deaps_distribution():
    """Best return of 40 generations of 60, 30 seeds each: Mann-Whitney, false alarm p = 1e-4."""
    from scipy.stats import mannwhitneyu

    ours = bests(GA(population=60, elite=0, tournament=3, encoding=PLAIN), range(30), 40)
    deaps = bests(Deap(population=60), range(30), 40)
    assert mannwhitneyu(ours, deaps).pvalue > 1e-4
    weaker = bests(GA(population=60, elite=0, tournament=1, encoding=PLAIN), range(30), 40)
    assert mannwhitneyu(weaker, deaps).pvalue < 1e-4  # the test sees a wrong tournament
