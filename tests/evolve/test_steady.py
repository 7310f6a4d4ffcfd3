"""Overlapping generations: who stays, what is charged, and the runtime that theory expects."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import comb, sqrt

import numpy as np
import pytest

from evomusic.core.ledger import run
from evomusic.encodings.bits import Bits
from evomusic.encodings.notes.notes import Notes
from evomusic.evolve.selection.schemes import Tournament
from evomusic.evolve.steady import MuPlusLambda, SteadyState
from evomusic.evolve.watch.stopping import Target
from evomusic.testing import check_method
from tests.evolve.copying import CopyBits, OneToken, copy_task
from tests.evolve.tasks import TASK
from tests.evolve.test_ga import STILL, generations
from tests.test_contracts import TASKS

LOOPS = {
    "one-plus-one": MuPlusLambda(mu=1, lam=1),
    "plus-notes": MuPlusLambda(mu=8, lam=5),
    "plus-bits": MuPlusLambda(mu=5, lam=12, encoding=Bits()),
    "steady-worst": SteadyState(population=9),
    "steady-oldest": SteadyState(population=9, replace="oldest", offspring=3),
    "steady-parent": SteadyState(population=9, replace="parent", offspring=4, encoding=Bits()),
}


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("loop", LOOPS)
def test_loops_keep_their_contract(loop, task):
    check_method(LOOPS[loop], TASKS[task])


@pytest.mark.parametrize("loop", LOOPS)
def test_every_genome_stands_with_its_own_return(loop):
    method = LOOPS[loop]
    size, most = method.sizes
    for generation, (state, batch) in enumerate(generations(method, 15)):
        assert (TASK.evaluate(method.deliver(TASK, state)) == state.returns).all()
        assert len(state.returns) == size
        assert 0 < len(batch.returns) <= (most if generation else size)


@pytest.mark.parametrize("loop", ["one-plus-one", "plus-notes", "plus-bits"])
def test_the_best_of_parents_and_offspring_stay(loop):
    method = LOOPS[loop]
    for (before, _), (after, made) in pairwise(generations(method, 30)):
        every = sorted([*before.returns, *made.returns], reverse=True)
        assert after.returns.tolist() == every[: method.mu]


def test_of_equals_the_younger_stays():
    """On a plateau (silence and rests are the same here) a (1+1) wanders instead of standing still."""
    task = copy_task(6, 2)
    method = MuPlusLambda(mu=1, lam=1, encoding=OneToken())
    moved = [
        (before.genomes != after.genomes).any() and before.returns == after.returns
        for (before, _), (after, _) in pairwise(generations(method, 60, task=task))
    ]
    assert any(moved)


def test_offspring_take_the_places_of_the_worst_whatever_they_return():
    method = LOOPS["steady-worst"]
    for (before, _), (after, made) in pairwise(generations(method, 40)):
        staying = sorted(before.returns, reverse=True)[: 9 - len(made.returns)]
        assert sorted(after.returns) == sorted([*staying, *made.returns])


def test_offspring_take_the_places_of_the_oldest():
    living = []
    for _, made in generations(LOOPS["steady-oldest"], 40):
        living = [*living, *made.returns][-9:]
    state = generations(LOOPS["steady-oldest"], 40)[-1][0]
    assert state.returns.tolist() == living


def test_offspring_take_their_parents_places_where_they_are_as_good():
    method = LOOPS["steady-parent"]
    rng = np.random.default_rng(0)
    state, _ = method.init(TASK, rng)
    for _ in range(40):
        asked, genomes = method.ask(TASK, state, rng)
        returns = TASK.evaluate(method.decode(TASK, genomes))
        wanted = state.returns.copy()
        for parent, value in zip(asked.parents, returns, strict=True):
            wanted[parent] = max(wanted[parent], value)
        state = method.tell(TASK, asked, genomes, returns)
        assert state.returns.tolist() == wanted.tolist()
    assert state.generation == 41


def test_of_two_offspring_of_one_parent_the_second_meets_the_first():
    """By hand: parents return 1 and 5; their offspring 2 and 1.5 (of the first) and 5 (of the second: as good)."""
    method = SteadyState(population=2, offspring=1, replace="parent")
    index, standing = method.stay(np.array([[1.0], [5.0], [2.0], [1.5], [5.0]]), np.array([0, 0, 1]))
    assert index.tolist() == [2, 4]
    assert standing.tolist() == [2, 5]


@dataclass(frozen=True, kw_only=True)
class Seldom(OneToken):
    """One token changes in every other genome, none in the others."""

    def vary(self, task, genomes, rng):
        return np.where(np.arange(len(genomes))[:, None] % 2, super().vary(task, genomes, rng), genomes)


def test_offspring_are_told_with_their_own_parents_where_others_were_left_out():
    method, rng = MuPlusLambda(mu=20, lam=10, encoding=Seldom()), np.random.default_rng(0)
    state, _ = method.init(TASK, rng)
    asked, genomes = method.ask(TASK, state, rng)
    assert len(genomes) == len(asked.parents) == 5
    assert ((genomes != state.genomes[asked.parents]).sum(axis=1) == 1).all()


def test_offspring_that_equal_their_parents_are_not_charged():
    rare = Notes(crossover_rate=0.0, mutation_rate=0.2)
    (_, first), *later = generations(MuPlusLambda(mu=50, lam=50, encoding=rare), 20)
    assert len(first.returns) == 50
    assert 2 < np.mean([len(batch.returns) for _, batch in later]) < 20
    still = generations(SteadyState(population=8, encoding=STILL), 5)
    assert [len(batch.returns) for _, batch in still] == [8, 1, 1, 1, 1, 1]


def test_given_rows_enter_the_first_population():
    row = tuple(range(TASK.grid.tokens))[:8] * 2
    for method in (MuPlusLambda(mu=3, start=[row]), SteadyState(population=3, start=[row])):
        assert method.init(TASK, np.random.default_rng(0))[1].melodies[0].tolist() == list(row)


def test_pressure_finds_more_than_drift():
    """Means of ten seeds: tournaments of five against anyone, oldest replaced, so that selection is all there is."""
    choosy, drifting = (
        [
            run(SteadyState(population=20, replace="oldest", selection=s), TASK, steps=32_000, seed=k).curve.delivered[
                -1
            ]
            for k in range(5)
        ]
        for s in (Tournament(size=5), Tournament(size=1))
    )
    assert min(choosy) > max(drifting)


def melodies_until_copied(encoding, task, runs, best):
    """Melodies that a (1+1) evaluates until the tune is copied: (runs,)."""
    method = MuPlusLambda(mu=1, lam=1, encoding=encoding)
    records = [run(method, task, 10**6, seed, watch=Target(best)) for seed in range(runs)]
    return np.array([r.steps_to(best) for r in records]) / task.grid.steps


def within_chance(seen, mean, deviation):
    """Whether a mean of independent runs lies within 3.9 standard errors of what is expected: false alarm p = 1e-4."""
    return abs(np.mean(seen) - mean) < 3.9 * deviation / sqrt(len(seen))


def test_one_changed_token_at_a_time_copies_a_tune_in_the_expected_number_of_melodies():
    """With k tokens wrong, a change helps with chance k / (T (A - 1)): k wrong ones take T (A - 1) H_k, k binomial."""
    steps, tokens = 10, 4
    chance = [comb(steps, k) * 0.75**k * 0.25 ** (steps - k) for k in range(steps + 1)]
    waits = [np.array([steps * (tokens - 1) / j for j in range(1, k + 1)]) for k in range(steps + 1)]
    mean = sum(p * w.sum() for p, w in zip(chance, waits, strict=True))
    second = sum(p * (w.sum() ** 2 + (w * (w - 1)).sum()) for p, w in zip(chance, waits, strict=True))
    seen = melodies_until_copied(OneToken(), copy_task(steps, 2), 200, float(steps)) - 1  # the first is drawn
    assert within_chance(seen, mean, sqrt(second - mean**2))
    assert not within_chance(seen, 1.2 * mean, sqrt(second - mean**2))


def level_times(bits):
    """Means of the (1+1) algorithm's steps on OneMax from k wrong bits, with flips at 1/n, and of their squares.

    Of k wrong bits i are mended and of n - k right ones j are spoilt; it goes there if i >= j (equals: the same level).
    """
    flip, time, square = 1 / bits, np.zeros(bits + 1), np.zeros(bits + 1)
    for k in range(1, bits + 1):
        to = np.zeros(bits + 1)
        for i in range(k + 1):
            for j in range(min(i, bits - k) + 1):
                flips = flip ** (i + j) * (1 - flip) ** (bits - i - j)
                to[k - i + j] += comb(k, i) * comb(bits - k, j) * flips
        down = to[:k].sum()
        time[k] = (1 + to[:k] @ time[:k]) / down
        # E t^2 = 1 + 2 sum over all next levels of p E t + sum of p E t^2, solved for this level
        square[k] = (1 + 2 * (to[:k] @ time[:k] + (1 - down) * time[k]) + to[:k] @ square[:k]) / down
    return time, square


def test_bit_flips_copy_a_tune_in_the_expected_number_of_melodies():
    """The (1+1) algorithm on OneMax of 12 bits; the expectation is solved exactly, level by level."""
    bits = 12
    time, square = level_times(bits)
    chance = np.array([comb(bits, k) for k in range(bits + 1)]) / 2**bits
    mean, second = chance @ time, chance @ square
    encoding = Bits(crossover_rate=0.0, gray=False)
    seen = melodies_until_copied(encoding, copy_task(bits // 2, 2, CopyBits), 200, float(bits)) - 1
    assert within_chance(seen, mean, sqrt(second - mean**2))
    assert not within_chance(seen, 1.3 * mean, sqrt(second - mean**2))


def test_asked_and_told_by_hand_it_climbs_a_fitness_of_ones_own():
    """As many tokens 5 as can be: nothing that the task pays."""
    method, rng = MuPlusLambda(mu=10, lam=20, encoding=OneToken()), np.random.default_rng(0)
    state = method.begin(TASK, rng)
    for _ in range(150):
        state, genomes = method.ask(TASK, state, rng)
        state = method.tell(TASK, state, genomes, (method.decode(TASK, genomes) == 5).sum(axis=1).astype(float))
    assert state.returns.max() == TASK.grid.steps
    assert (method.deliver(TASK, state)[0] == 5).all()


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: MuPlusLambda(mu=0), "mu is 0"),
        (lambda: MuPlusLambda(lam=0), "lam is 0"),
        (lambda: SteadyState(population=1), "population is 1"),
        (lambda: SteadyState(population=4, offspring=4), "offspring is 4, expected a whole number from 1 to 3"),
        (lambda: SteadyState(replace="parents"), "did you mean 'parent'"),
    ],
)
def test_numbers_out_of_range_are_refused(made, said):
    with pytest.raises(ValueError, match=said):
        made()
