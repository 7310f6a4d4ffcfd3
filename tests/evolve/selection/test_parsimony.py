"""Selection by the sizes of genomes."""

from __future__ import annotations

import numpy as np
import pytest

import evomusic as em
from evomusic.evolve.selection.parsimony import DoubleTournament, Parsimony
from evomusic.evolve.selection.schemes import Candidates
from evomusic.testing import check_method
from tests import random_tasks

TASK = random_tasks.task(np.random.default_rng(0), em.Grid(bars=2, beats=3, steps_per_beat=2, scale="C major"))


class Sized:
    """An encoding whose genomes are numbers: their own size."""

    def size(self, genomes):
        return genomes


def candidates(returns, heavy):
    return Candidates(TASK, Sized(), np.array(heavy), np.array(returns, float))


def test_double_tournament_prefers_the_smaller_as_often_as_it_says():
    """Two equal candidates, one heavier: the light one wins unless both draws are the heavy one, or .3 of mixed pairs.

    Light: 1/4 + 1/2 x .7 = .6. Of 40,000 draws 24,000, standard deviation 98: 4.4 of these are exceeded by chance once
    in 100,000.
    """
    picked = DoubleTournament(size=1).pick(candidates([1, 1], [1, 9]), 40_000, np.random.default_rng(0))
    assert abs((picked == 0).sum() - 24_000) < 4.4 * 98


def test_parsimony_takes_what_a_node_costs_off_the_return():
    scheme = Parsimony(pressure=0.5, selection=em.Truncation(share=0.25))
    for heavy, best in (([0, 0, 0, 0], 3), ([0, 0, 0, 3], 2), ([0, 9, 9, 9], 0)):
        assert set(scheme.pick(candidates([0, 1, 2, 3], heavy), 50, np.random.default_rng(0))) == {best}


def test_parsimony_makes_trees_smaller():
    sizes = {}
    for name, scheme in (("none", None), ("parsimony", DoubleTournament(parsimony=1.8))):
        ga = em.GA(population=60, encoding=em.Tree(), selection=scheme)
        state = em.run(ga, TASK, steps=60_000, seed=0).state
        sizes[name] = em.Tree().size(state.genomes).mean()
    assert sizes["parsimony"] < 0.7 * sizes["none"]


@pytest.mark.parametrize("scheme", [Parsimony(), DoubleTournament()], ids=lambda s: type(s).__name__)
def test_ga_with_parsimony_keeps_the_contract(scheme):
    check_method(em.GA(population=10, encoding=em.Tree(), selection=scheme), TASK)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: DoubleTournament(parsimony=3), "parsimony is 3, expected a number from 1 to 2"),
        (lambda: Parsimony(pressure=-1), "pressure is -1"),
        (lambda: em.run(em.GA(selection=Parsimony()), TASK, steps=20_000), "genomes of Notes have no size"),
    ],
)
def test_wrong_use_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
