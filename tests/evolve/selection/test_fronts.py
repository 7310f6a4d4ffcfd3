"""Ranks, crowding, survivors and hypervolume: naive twins, and DEAP and pymoo as oracles."""

from __future__ import annotations

import numpy as np
import pytest

from evomusic.evolve.selection.fronts import crowding, hypervolume, ranks, survivors
from tests.evolve.oracles import oracle


def dominates(x, y):
    return all(x >= y) and any(x > y)


def naive_ranks(values):
    """From the definition: peel off what none of the rest dominates."""
    rank, left, front = np.full(len(values), -1), set(range(len(values))), 0
    while left:
        best = {i for i in left if not any(dominates(values[j], values[i]) for j in left)}
        rank[list(best)] = front
        left, front = left - best, front + 1
    return rank


def naive_crowding(values, rank):
    """From the paper, front by front and objective by objective."""
    out = np.zeros(len(values))
    for front in set(rank):
        members = [i for i in range(len(values)) if rank[i] == front]
        for column in values.T:
            ordered = sorted(members, key=lambda i: column[i])
            span = column[ordered[-1]] - column[ordered[0]]
            if span == 0:
                continue
            out[[ordered[0], ordered[-1]]] = np.inf
            for before, i, after in zip(ordered, ordered[1:], ordered[2:], strict=False):
                out[i] += (column[after] - column[before]) / span
    return out


def points(seed, n, objectives, ties):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 6, (n, objectives)).astype(float) if ties else rng.normal(size=(n, objectives))


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("objectives", [1, 2, 3, 5])
def test_ranks_and_crowding_are_those_of_the_definition(objectives, ties):
    for seed in range(8):
        values = points(seed, 60, objectives, ties)
        rank = ranks(values)
        assert rank.tolist() == naive_ranks(values).tolist()
        assert np.allclose(crowding(values, rank), naive_crowding(values, rank))


def test_crowding_of_a_front_by_hand():
    """Four on a line: the ends are infinite, the others the sums of their neighbours' distances over the span of 10."""
    values = np.array([[0.0, 10.0], [2.0, 9.0], [5.0, 4.0], [10.0, 0.0], [1.0, 1.0]])
    rank = ranks(values)
    assert rank.tolist() == [0, 0, 0, 0, 1]
    assert crowding(values, rank).tolist() == [np.inf, 0.5 + 0.6, 0.8 + 0.9, np.inf, 0]


def test_survivors_stand_in_order_and_equals_stand_alike():
    values = np.array([[0.0, 1.0], [1.0, 0.0], [0.0, 0.0], [0.5, 0.5], [-1.0, -1.0], [-1.0, -1.0]])
    chosen, standing = survivors(values, 5)
    assert chosen.tolist() == [0, 1, 3, 2, 4]
    assert standing.tolist() == [0, 0, -1, -2, -3]
    assert survivors(values, 6).standing.tolist() == [0, 0, -1, -2, -3, -3]


def cut_is_clear(values, n):
    """Whether the last that stays is less crowded than the first that goes: who stays is then not a matter of order."""
    rank = ranks(values)
    crowd = crowding(values, rank)
    order = np.lexsort((-crowd, rank))
    last, gone = order[n - 1], order[n]
    return rank[last] != rank[gone] or crowd[last] > crowd[gone]


def deaps_survivors(values, n):
    from deap import base, tools

    class Many(base.Fitness):
        weights = (1.0,) * values.shape[1]

    class Point(list):
        def __init__(self, number, value):
            super().__init__([number])
            self.fitness = Many(tuple(value))

    return {p[0] for p in tools.selNSGA2([Point(i, v) for i, v in enumerate(values)], n)}


def pymoos_survivors(values, n):
    survival = oracle("pymoo.operators.survival.rank_and_crowding").RankAndCrowding()
    population = oracle("pymoo.core.population").Population.new("F", -values)
    for i, individual in enumerate(population):
        individual.set("number", i)
    problem = oracle("pymoo.core.problem").Problem(n_var=1, n_obj=values.shape[1])
    survivors = survival.do(problem, population, n_survive=n, random_state=np.random.default_rng(0))
    return {int(individual.get("number")) for individual in survivors}


@pytest.mark.parametrize("theirs", [deaps_survivors, pymoos_survivors], ids=["deap", "pymoo"])
@pytest.mark.parametrize("objectives", [2, 3])
def test_survivors_are_theirs_on_points_without_ties(objectives, theirs):
    compared = 0
    for seed in range(25):
        values = points(seed, 60, objectives, ties=False)
        n = 20 + seed
        if cut_is_clear(values, n):
            assert set(survivors(values, n).chosen.tolist()) == theirs(values, n)
            compared += 1
    assert compared > 15


@pytest.mark.parametrize("objectives", [2, 3])
def test_hypervolume_is_the_volume_of_the_boxes_together(objectives):
    """Counted cell by cell: with whole numbers, a unit cell lies wholly within or without."""
    rng = np.random.default_rng(objectives)
    values = rng.integers(0, 6, (12, objectives)).astype(float)
    cells = np.stack(np.meshgrid(*[np.arange(6)] * objectives), axis=-1).reshape(-1, objectives) + 0.5
    inside = (cells[:, None] < values).all(axis=2).any(axis=1)
    assert hypervolume(values, (0.0,) * objectives) == inside.sum() > 0


def test_what_is_not_above_the_reference_adds_nothing():
    assert hypervolume(np.array([[2.0, 3.0]]), (1.0, 1.0)) == 2
    assert hypervolume(np.array([[2.0, 3.0], [9.0, 1.0], [-5.0, 8.0]]), (1.0, 1.0)) == 2
    assert hypervolume(np.array([[9.0, 1.0]]), (1.0, 1.0)) == 0
    assert hypervolume(np.zeros((0, 2)), (1.0, 1.0)) == 0


def test_a_reference_of_another_number_of_objectives_is_refused():
    with pytest.raises(ValueError, match=r"reference has shape \(3,\), expected \(2,\)"):
        hypervolume(np.ones((4, 2)), (0.0, 0.0, 0.0))
