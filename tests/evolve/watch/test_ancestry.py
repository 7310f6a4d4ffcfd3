from itertools import pairwise

import numpy as np
import pytest

import evomusic as em
from evomusic.core.ledger import run
from evomusic.core.melody import canonical
from evomusic.encodings.base import take
from evomusic.evolve.steady import SteadyState
from evomusic.evolve.watch.ancestry import Birth, Witness, family_of, find_family
from evomusic.testing import check_encoding
from tests.evolve.tasks import TASK

GA = em.GA(population=30)
LOOPS = [GA, SteadyState(population=20), em.HillClimb(), em.GA(population=30, encoding=em.Bits())]
IDS = ["GA", "steady state", "hill climbing", "bits"]


@pytest.mark.parametrize("method", LOOPS, ids=IDS)
def test_the_family_is_that_of_the_best_of_the_same_run(method):
    family = find_family(method, TASK, 25, seed=4)
    best = run(method, TASK, 10**9, 4, watch=lambda ledger: ledger.batches == 26)
    assert (family.melodies[-1] == canonical(best.best)).all()
    assert family.returns[-1] == best.best_return


@pytest.mark.parametrize("method", LOOPS, ids=IDS)
def test_parents_are_bred_before_their_children(method):
    family = find_family(method, TASK, 25, mates=3)
    child, which = np.nonzero(family.parents >= 0)
    assert len(child) > 5
    assert (family.generations[family.parents[child, which]] < family.generations[child]).all()
    assert (np.diff(family.generations[:-1]) >= 0).all()


def test_those_without_parents_are_of_the_first_population():
    family = find_family(GA, TASK, 25, mates=100)
    first = (family.parents < 0).all(axis=1)
    assert (family.generations[first] == 0).all()
    assert (family.generations[~first] > 0).all()


def test_the_main_line_goes_from_a_first_melody_to_the_best():
    family = find_family(GA, TASK, 25)
    line = family.line
    assert line[-1] == len(family.generations) - 1
    assert family.generations[line[0]] == 0
    assert all(family.parents[child, 0] == parent for parent, child in pairwise(line))


def test_without_second_parents_the_family_is_the_main_line():
    family = find_family(GA, TASK, 25, mates=0)
    assert family.line == list(range(len(family.generations)))
    assert (family.parents[:, 1] == -1).all()


def test_mutation_alone_has_one_parent():
    family = find_family(em.HillClimb(), TASK, 200, mates=5)
    assert len(family.generations) > 5
    assert (family.parents[:, 1] == -1).all()


def test_crossover_alone_has_two_parents_that_make_up_the_child():
    witness = Witness(em.Notes(crossovers="uniform", crossover_rate=1.0, mutation_rate=0.0))
    rng = np.random.default_rng(0)
    parents = canonical(witness.sample(TASK, rng, 40))
    children = canonical(witness.vary(TASK, parents, rng))
    both = 0
    for i, child in enumerate(children):
        birth = witness.births[child.tobytes()]
        pair = {parents[i].tobytes(), parents[i ^ 1].tobytes()}
        assert set(birth.parents) <= pair
        both += set(birth.parents) == pair
    assert both == len(children)


def test_the_first_parent_has_more_in_common_with_the_child():
    family = find_family(GA, TASK, 25, mates=2)
    two = np.flatnonzero(family.parents[:, 1] >= 0)
    assert len(two) > 3
    shared = (family.melodies[family.parents[two]] == family.melodies[two][:, None]).sum(axis=2)
    assert (shared[:, 0] >= shared[:, 1]).all()


def test_an_odd_one_is_its_own_mate():
    witness = Witness(em.Notes(crossover_rate=1.0, mutation_rate=0.0))
    rng = np.random.default_rng(0)
    genomes = witness.sample(TASK, rng, 3)
    children = witness.vary(TASK, genomes, rng)
    assert (children[2] == genomes[2]).all()
    assert witness.births[canonical(genomes)[2].tobytes()].parents == ()


def test_ancestors_are_found_over_as_many_second_parents_as_wanted():
    a, b, c, d, e = (np.full(TASK.grid.steps, k, np.uint8).tobytes() for k in (2, 3, 4, 5, 6))
    births = {a: Birth(0, ()), b: Birth(0, ()), c: Birth(1, (a, b)), d: Birth(0, ()), e: Birth(2, (d, c))}
    last = np.full(TASK.grid.steps, 6, np.uint8)
    assert [family_of(last, births, TASK, mates).melodies[:, 0].tolist() for mates in (0, 1, 2)] == [
        [5, 6],
        [2, 5, 4, 6],
        [2, 3, 5, 4, 6],
    ]
    assert family_of(last, births, TASK, 1).parents.tolist() == [[-1, -1], [-1, -1], [0, -1], [1, 2]]


def test_rows_given_to_begin_with_are_ancestors():
    start = (tuple([2] * TASK.grid.steps),)
    family = find_family(em.GA(population=2, start=start * 2, elite=0), TASK, 5, mates=9)
    assert family.melodies[0].tolist() == list(start[0])
    assert family.parents[0].tolist() == [-1, -1]


def test_a_witness_is_the_encoding_that_it_watches():
    check_encoding(Witness(em.Notes()), TASK)
    assert Witness(em.Notes(mutation_rate=0.25)).mutation_rate == 0.25


def test_a_melody_bred_twice_keeps_its_first_parents():
    witness = Witness(em.Notes())
    rng = np.random.default_rng(0)
    genomes = witness.sample(TASK, rng, 20)
    children = witness.vary(TASK, genomes, rng)
    before = dict(witness.births)
    witness.vary(TASK, take(children, np.arange(20)), rng)
    assert before.items() <= witness.births.items()


def test_methods_without_an_encoding_have_no_family():
    with pytest.raises(ValueError, match="QLearning has no encoding, expected a loop over one"):
        find_family(em.QLearning(), TASK)


def test_a_stranger_has_no_family():
    with pytest.raises(ValueError, match="not among the births"):
        family_of(np.zeros(TASK.grid.steps, np.uint8), {}, TASK)
