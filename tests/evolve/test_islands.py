"""Islands: independent runs between barriers, the same bytes however they are run, migrants that keep their worth."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from evomusic.core.ledger import stretched
from evomusic.encodings.bits import Bits
from evomusic.encodings.notes.notes import Notes
from evomusic.encodings.policy.tree import PolicyTree
from evomusic.encodings.trees.tree import Tree
from evomusic.evolve.baselines import HillClimb, RandomSearch
from evomusic.evolve.deap.method import Deap
from evomusic.evolve.ga import GA
from evomusic.evolve.islands import Islands, neighbours, packed, stream, unpacked
from evomusic.evolve.migration import passage, settled, strongest
from evomusic.learn.control import QLearning
from evomusic.learn.explore import Decay
from evomusic.testing import check_method
from tests.evolve.tasks import TASK
from tests.evolve.test_ga import STILL, generations

MIXED = (
    GA(population=10),
    GA(population=8, encoding=Bits()),
    HillClimb(),
    GA(population=8, encoding=Tree()),
    Deap(population=8),
    Deap(population=8, encoding=Tree(), algorithm="eaMuPlusLambda"),
)
TWO = {"one": ["InScale"], "other": ["Density"]}  # groups of rules
TUNE = tuple(int(t) for t in generations(GA(), 30)[-1][0].genomes[0])  # better than random melodies of few draws


def still(n, topology, epoch=1):
    """Islands on which nothing changes but by migration; the first holds a tune that is better than all others."""
    methods = [GA(population=4, encoding=STILL, tournament=1, start=(TUNE,) if i == 0 else ()) for i in range(n)]
    return Islands(methods=tuple(methods), topology=topology, migrants=1, epoch=epoch)


def holders(state):
    """Islands whose population holds the tune."""
    return [i for i, island in enumerate(state.islands) if (island.state.genomes == TUNE).all(axis=1).any()]


@pytest.mark.parametrize("topology", ["ring", "torus", "complete"])
def test_islands_of_different_methods_and_encodings_keep_the_contract(topology):
    check_method(Islands(methods=MIXED, topology=topology, epoch=2), TASK)


def test_islands_of_the_standard_kind_keep_the_contract():
    check_method(Islands(epoch=3), TASK)


def test_islands_pickle():
    islands = Islands(methods=MIXED)
    assert pickle.loads(pickle.dumps(islands)) == islands


def test_an_island_alone_has_no_one_to_trade_with():
    one, other = (Islands(methods=(GA(population=20),), migrants=m, epoch=2) for m in (0, 5))
    assert raw(tuple(generations(one, 5))) == raw(tuple(generations(other, 5)))


def independent(method, seed, island, epoch, steps):
    """States and batches of a method alone, with the generators of an island."""
    rng = stream(seed, island, 0)
    made = [method.init(TASK, rng)]
    for t in range(steps):
        if t and t % epoch == 0:
            rng = stream(seed, island, t // epoch)
        made.append(method.step(TASK, made[-1][0], rng))
    return made


def raw(state):
    return b"".join(map(raw, state)) if isinstance(state, tuple) else np.asarray(state).tobytes()


def test_without_migrants_islands_are_independent_runs():
    made = generations(Islands(methods=MIXED, migrants=0, epoch=3), 8)
    seed = made[0][0].seed
    alone = [independent(method, seed, i, 3, 8) for i, method in enumerate(MIXED)]
    for t, (state, batch) in enumerate(made):
        assert [raw(island.state) for island in state.islands] == [raw(run_made[t][0]) for run_made in alone]
        assert (batch.melodies == np.concatenate([run_made[t][1].melodies for run_made in alone])).all()
        assert (batch.returns == np.concatenate([run_made[t][1].returns for run_made in alone])).all()


def test_migrants_come_at_barriers_only():
    """Up to the first barrier all is as without migrants; there the populations differ, and nothing else."""
    apart = generations(Islands(migrants=0, epoch=4), 5)
    together = generations(Islands(migrants=3, epoch=4), 5)
    for t, ((one, batch), (other, other_batch)) in enumerate(zip(apart, together, strict=True)):
        assert (raw(one) == raw(other)) == (t < 4)
        assert (raw(batch) == raw(other_batch)) == (t < 5)
        assert (one.epoch, one.steps) == (other.epoch, other.steps) == divmod(t, 4)
    assert [raw(i.stream) for i in apart[4][0].islands] == [raw(i.stream) for i in together[4][0].islands]


@pytest.mark.parametrize("workers", [2, 5])
def test_the_number_of_workers_changes_nothing(workers):
    alone = generations(Islands(methods=MIXED, topology="complete", epoch=2), 5)
    threaded = generations(Islands(methods=MIXED, topology="complete", epoch=2, workers=workers), 5)
    assert [raw(made) for made in threaded] == [raw(made) for made in alone]


def test_neighbours_are_those_found_by_hand():
    assert neighbours("ring", 4) == ((3,), (0,), (1,), (2,))
    assert neighbours("complete", 3) == ((1, 2), (0, 2), (0, 1))
    # 0 1 2
    # 3 4 5
    assert neighbours("torus", 6) == ((1, 2, 3), (0, 2, 4), (0, 1, 5), (0, 4, 5), (1, 3, 5), (2, 3, 4))
    assert neighbours("torus", 9)[4] == (1, 3, 5, 7)
    assert neighbours("torus", 9)[0] == (1, 2, 3, 6)
    assert neighbours("torus", 5) == ((1, 4), (0, 2), (1, 3), (2, 4), (0, 3))  # a prime makes a ring, both ways
    assert neighbours("torus", 2) == neighbours("ring", 2) == neighbours("complete", 2) == ((1,), (0,))
    assert neighbours("torus", 1) == neighbours("ring", 1) == neighbours("complete", 1) == ((),)


@pytest.mark.parametrize(
    ("topology", "spread"),
    [
        ("ring", [[0], [0, 1], [0, 1, 2], [0, 1, 2, 3]]),
        ("torus", [[0], [0, 1, 2, 3, 6], list(range(9)), list(range(9))]),
        ("complete", [[0], list(range(9)), list(range(9)), list(range(9))]),
    ],
)
def test_a_tune_travels_an_edge_an_epoch(topology, spread):
    assert [holders(state) for state, _ in generations(still(9, topology), 3)] == spread


def test_a_tune_waits_for_the_barrier():
    assert [len(holders(state)) for state, _ in generations(still(3, "ring", epoch=2), 5)] == [1, 1, 2, 2, 3, 3]


@pytest.mark.parametrize("topology", ["ring", "complete"])
def test_every_genome_stands_with_its_own_return_after_migration(topology):
    islands = Islands(methods=MIXED, topology=topology, epoch=1)
    for state, _ in generations(islands, 8):
        for method, island in zip(MIXED, state.islands, strict=True):
            if not isinstance(method, HillClimb):
                returns = island.state.returns if isinstance(method, GA) else island.state.fitness[:, 0]
                assert (TASK.evaluate(method.deliver(TASK, island.state)) == returns).all()
            else:
                assert TASK.evaluate(island.state.genome)[0] == island.state.value
                assert TASK.evaluate(island.state.best.genome)[0] == island.state.best.value


def test_a_climb_goes_on_at_a_newcomer_that_stands_higher():
    climb, _ = HillClimb().init(TASK, np.random.default_rng(0))
    higher, lower = np.array([[2] * 16, list(TUNE)], np.uint8), np.array([[0] * 16], np.uint8)
    values = np.array([climb.value - 1, climb.value + 1])
    after = HillClimb().immigrate(TASK, climb, higher, values)
    assert (after.genome == TUNE).all()
    assert (after.best.genome == TUNE).all()
    assert after.value == after.best.value == climb.value + 1
    assert raw(HillClimb().immigrate(TASK, climb, lower, np.array([climb.value - 1]))) == raw(climb)


def test_the_strongest_are_the_best_of_different_returns():
    genomes, returns = strongest(np.arange(6), np.array([1.0, 5.0, 3.0, 5.0, 3.0, 0.0]), 3)
    assert genomes.tolist() == [1, 2, 0]
    assert returns.tolist() == [5.0, 3.0, 1.0]
    assert strongest(np.arange(2), np.zeros(2), 3)[0].tolist() == [0]


def test_newcomers_settle_in_the_places_of_the_worst_where_they_are_better():
    residents, returns = np.array([10, 11, 12, 13]), np.array([4.0, 1.0, 3.0, 2.0])
    genomes, values = settled(residents, returns, np.array([20, 21, 22]), np.array([1.5, 5.0, 2.0]))
    assert genomes.tolist() == [10, 21, 12, 13]  # 5 for 1; a return of 2 is not better than 2
    assert values.tolist() == [4.0, 5.0, 3.0, 2.0]
    assert settled(residents, returns, np.arange(9), np.full(9, 9.0))[0].tolist() == [3, 0, 2, 1]


def test_equal_encodings_pass_genomes_as_they_are():
    trees = Tree().parse(TASK, ["seq(0:2, transpose(+2, m1@0))"])
    arrived = passage(TASK, Tree(), Tree(), trees, np.array([3.0]))
    assert Tree().text(TASK, arrived.genomes) == ["seq(0:2, transpose(+2, m1@0))"]
    assert len(arrived.evaluated.returns) == 0


def test_a_melody_that_arrives_with_other_tokens_is_evaluated_and_charged():
    """A hold with nothing sounding becomes a rest in a tree: the return that it set out with is not trusted."""
    silent, sounding = [1] * 16, [2] + [1] * 15
    arrived = passage(TASK, Notes(), Tree(), np.array([silent, sounding], np.uint8), np.array([99.0, 5.0]))
    assert arrived.evaluated.melodies.tolist() == [[0] * 16]
    assert arrived.evaluated.returns.tolist() == TASK.evaluate(np.zeros((1, 16), np.uint8)).tolist()
    assert arrived.returns.tolist() == [arrived.evaluated.returns[0], 5.0]
    assert arrived.refused == 0


def test_what_was_evaluated_for_a_passage_is_in_the_batch():
    rests = tuple([1] * 16 for _ in range(3))
    methods = GA(population=3, encoding=STILL, start=rests), GA(population=3, encoding=Tree())
    (_, first), (_, batch) = generations(Islands(methods=methods, migrants=1, epoch=1), 1)
    assert len(first.returns) == 6
    assert (batch.melodies[-1] == 0).all()


def test_melodies_that_an_encoding_cannot_write_stay_out_and_are_counted():
    """F sharp is not in C major: of two different melodies the tree takes the one that it can write."""
    sharp, plain = [2 + 6] + [1] * 15, [2 + 4] + [1] * 15
    arrived = passage(TASK, Notes(), Tree(scale="C major"), np.array([sharp, plain], np.uint8), np.array([2.0, 1.0]))
    assert (arrived.refused, arrived.returns.tolist()) == (1, [1.0])
    methods = GA(population=3, encoding=STILL, start=(sharp,) * 3), GA(population=3, encoding=Tree(scale="C major"))
    states = [state for state, _ in generations(Islands(methods=methods, migrants=2, epoch=2), 2)]
    assert [state.refused for state in states] == [0, 0, 1]


def test_a_generator_goes_to_words_and_back():
    rng = np.random.default_rng(5)
    rng.integers(0, 9, 3, np.uint32)  # leaves half a word behind
    twin = unpacked(packed(rng))
    assert twin.bit_generator.state == rng.bit_generator.state
    assert (twin.integers(0, 9, 5, np.uint32) == rng.integers(0, 9, 5, np.uint32)).all()


def test_every_island_and_epoch_draws_from_a_stream_of_its_own():
    seed = np.array([1, 2], np.uint64)
    draws = {stream(seed, i, e).random() for i in range(5) for e in range(5)}
    assert len(draws) == 25
    assert stream(seed, 3, 4).random() in draws
    assert stream(np.array([1, 3], np.uint64), 3, 4).random() not in draws


def test_schedules_are_stretched_over_an_islands_share():
    learner = QLearning(epsilon=Decay(1.0, 0.1, 0.5))
    islands = Islands(methods=(learner, GA()), migrants=0).within(20_000)
    assert islands.methods == (stretched(learner, 10_000), GA())


def test_learners_may_be_islands_where_no_one_migrates():
    check_method(Islands(methods=(QLearning(view="blind"), RandomSearch(batch=5)), migrants=0, epoch=2), TASK)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"methods": ()}, r"methods is \(\), expected a list of methods such as"),
        ({"topology": "rign"}, "did you mean 'ring'"),
        ({"epoch": 0}, "epoch is 0"),
        ({"migrants": -1}, "migrants is -1"),
        ({"workers": 0}, "workers is 0"),
        ({"methods": (GA(), RandomSearch())}, r"methods\[1\] is RandomSearch"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(parameters, said):
    with pytest.raises(ValueError, match=said):
        Islands(**parameters)


@pytest.mark.parametrize(
    ("methods", "said"),
    [
        ((GA(), GA(encoding=PolicyTree())), r"methods\[1\] takes in no migrants from methods\[0\].*PolicyTree cannot"),
        ((GA(population=4), Deap(select="selNSGA2", algorithm="eaMuPlusLambda", groups=TWO)), "no population ranked"),
    ],
)
def test_what_cannot_migrate_says_so_at_the_beginning(methods, said):
    with pytest.raises(ValueError, match=said):
        Islands(methods=methods).init(TASK, np.random.default_rng(0))
