"""Selection. Statistics: fixed seed, false alarm p = 1e-4 each."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chisquare

from evomusic.core.grid import Grid
from evomusic.core.reward import Reward
from evomusic.core.task import Task
from evomusic.encodings.notes.notes import Notes
from evomusic.evolve.selection.select import as_rows, initial_genomes, top, tournament

TASK = Task(Grid(bars=1, beats=3, steps_per_beat=1), Reward())


@pytest.mark.parametrize("size", [1, 2, 5])
def test_a_tournament_is_won_as_often_as_its_rank_says(size):
    """The i-th of n from below wins with probability (i^k - (i-1)^k) / n^k, with replacement (Goldberg & Deb 1991)."""
    returns = np.array([3.0, 1.0, 4.0, 0.0, 5.0, 2.0])
    winners = tournament(returns, 12_000, size, np.random.default_rng(0))
    wins = np.bincount(winners, minlength=6)[np.argsort(returns)]
    rank = np.arange(1, 7)
    assert chisquare(wins, 12_000 * (rank**size - (rank - 1) ** size) / 6**size).pvalue > 1e-4


def test_equals_win_a_tournament_alike():
    winners = tournament(np.ones(4), 8000, 3, np.random.default_rng(1))
    assert chisquare(np.bincount(winners, minlength=4)).pvalue > 1e-4


@pytest.mark.parametrize("n", [1, 3])
def test_the_top_are_the_best_first_and_of_equals_the_earlier(n):
    assert top(np.array([1.0, 5.0, 2.0, 5.0, 3.0]), n).tolist() == [1, 3, 4][:n]


def test_given_rows_come_first_among_the_initial_genomes():
    rows = ((5, 1, 0), (6, 7, 8))
    genomes = initial_genomes(Notes(), TASK, np.random.default_rng(2), 6, rows)
    assert genomes.shape == (6, 3)
    assert genomes[:2].tolist() == [list(row) for row in rows]
    assert len(initial_genomes(Notes(), TASK, np.random.default_rng(2), 1, rows)) == 1


def test_rows_may_be_lists_and_arrays():
    assert as_rows([np.array([1, 2], np.uint8), [3, 4]]) == ((1, 2), (3, 4))
    assert as_rows([np.array([0.5]), "add(x, x)", [-1, 300]]) == ((0.5,), "add(x, x)", (-1, 300))


@pytest.mark.parametrize("row", [[1.5, 2, 2], [-1, 2, 2], [256, 2, 2], [0, 1], "C4 - -"])
def test_what_is_no_row_of_tokens_is_refused_on_a_task(row):
    with pytest.raises(ValueError, match="rows of tokens"):
        initial_genomes(Notes(), TASK, np.random.default_rng(2), 2, as_rows([row]))


@pytest.mark.parametrize("rows", [3, [1, 2], "C4", [["C4"]], [["1"]], [[np.nan]], [[True]], "", None])
def test_what_is_no_row_of_numbers_is_refused(rows):
    with pytest.raises(ValueError, match="expected rows of tokens"):
        as_rows(rows)
