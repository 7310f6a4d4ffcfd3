"""Selection schemes against their stated distributions. Statistics: fixed seed, false alarm p = 1e-4 each."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from scipy.stats import chisquare

from evomusic.encodings.notes.notes import NOTES
from evomusic.evolve.selection import schemes
from evomusic.evolve.selection.schemes import (
    BoltzmannTournament,
    Candidates,
    Lexicase,
    Novelty,
    Rank,
    Roulette,
    Sharing,
    Tournament,
    Truncation,
)
from evomusic.evolve.steady import MuPlusLambda
from evomusic.testing import check_method
from tests.evolve.tasks import TASK

RETURNS = np.array([3.0, -1.0, 4.0, -7.0, 5.0, 2.0])
N = 20_000
SCHEMES = {
    "tournament": Tournament(),
    "boltzmann": BoltzmannTournament(),
    "rank": Rank(),
    "truncation": Truncation(),
    "roulette": Roulette(),
    "universal": Roulette(universal=True),
    "lexicase": Lexicase(),
    "epsilon-lexicase": Lexicase(epsilon=None),
    "sharing": Sharing(selection=Rank()),
    "novelty": Novelty(neighbours=3),
}


def fits(drawn, chances):
    """Whether indices are distributed as chances say; what has none must not be there."""
    seen, chances = np.bincount(drawn, minlength=len(chances)), np.asarray(chances)
    some = chances > 0
    return seen[~some].sum() == 0 and (
        some.sum() == 1 or chisquare(seen[some], chances[some] / chances.sum() * len(drawn)).pvalue > 1e-4
    )


def some_candidates(n=12, seed=0):
    genomes = NOTES.sample(TASK, np.random.default_rng(seed), n)
    return Candidates(TASK, NOTES, genomes, TASK.evaluate(genomes))


@pytest.mark.parametrize("temperature", [0.5, 3.0, 1e-9, 1e9])
def test_boltzmann_tournaments_are_won_with_logistic_odds(temperature):
    """Of two drawn with replacement, i beats j with probability 1 / (1 + exp((r_j - r_i) / temperature))."""
    behind = (RETURNS[None, :] - RETURNS[:, None]) / temperature
    chances = 2 / len(RETURNS) * (1 / (1 + np.exp(np.minimum(behind, 700)))).mean(axis=1)
    candidates = Candidates(TASK, NOTES, np.zeros((len(RETURNS), TASK.grid.steps), np.uint8), RETURNS)
    drawn = BoltzmannTournament(temperature=temperature).pick(candidates, N, np.random.default_rng(3))
    assert fits(drawn, np.where(chances > 1e-12, chances, 0))


@pytest.mark.parametrize("pressure", [1.0, 1.5, 2.0])
def test_linear_ranking_draws_the_best_so_much_more_often_and_the_worst_so_much_less(pressure):
    """Rank i from below, of P, has probability (2 - s + 2 (s - 1) i / (P - 1)) / P (Baker 1985)."""
    place = np.argsort(np.argsort(RETURNS))
    chances = 2 - pressure + 2 * (pressure - 1) * place / 5
    assert fits(schemes.rank(RETURNS, N, pressure, np.random.default_rng(0)), chances)
    assert not fits(schemes.rank(RETURNS, N, pressure, np.random.default_rng(0)), chances + place**2)


def test_equals_share_their_ranks():
    drawn = schemes.rank(np.array([1.0, 0.0, 1.0, 2.0]), N, 2.0, np.random.default_rng(1))
    assert fits(drawn, [1.5, 0, 1.5, 3])


def test_of_one_ranking_draws_that_one():
    assert schemes.rank(np.zeros(1), 5, 2.0, np.random.default_rng(0)).tolist() == [0] * 5


@pytest.mark.parametrize(("share", "best"), [(0.5, [0, 2, 4]), (0.34, [0, 2, 4]), (1 / 6, [4]), (1.0, range(6))])
def test_truncation_draws_evenly_from_the_best_share_rounded_up(share, best):
    chances = np.isin(np.arange(6), best).astype(float)
    assert fits(schemes.truncation(RETURNS, N, share, np.random.default_rng(2)), chances)


@pytest.mark.parametrize("universal", [False, True])
def test_the_wheel_is_divided_by_returns_above_the_worst(universal):
    assert fits(schemes.roulette(RETURNS, N, np.random.default_rng(3), universal), RETURNS + 7)
    assert fits(schemes.roulette(np.full(4, -2.0), N, np.random.default_rng(4), universal), np.ones(4))


@pytest.mark.parametrize("seed", range(5))
def test_universal_sampling_draws_each_its_expected_number_of_times(seed):
    """Rounded down or up (Baker 1987), and in random order."""
    rng = np.random.default_rng(seed)
    returns = rng.random(9)
    drawn = schemes.roulette(returns, 50, rng, universal=True)
    expected = 50 * (returns - returns.min()) / (returns - returns.min()).sum()
    seen = np.bincount(drawn, minlength=9)
    assert ((seen == np.floor(expected)) | (seen == np.ceil(expected))).all()
    assert (np.diff(drawn) < 0).any()


def lexicase_chances(parts, slack):
    """From the definition: every order of the columns alike, and who is left at the end alike."""
    chances = np.zeros(len(parts))
    orders = list(permutations(range(parts.shape[1])))
    for order in orders:
        left = list(range(len(parts)))
        for column in order:
            best = max(parts[i, column] for i in left)
            left = [i for i in left if parts[i, column] >= best - slack[column]]
        chances[left] += 1 / len(left) / len(orders)
    return chances


PARTS = np.array([[4, 0, 1, 2], [4, 0, 3, 1], [0, 4, 0, 3], [2, 4, 1, 0], [2, 4, 1, 0], [1, 1, 4, 1], [3, 2, 2, 3.0]])


@pytest.mark.parametrize("epsilon", [0.0, 1.0, None])
def test_lexicase_draws_as_often_as_orders_of_the_parts_say(epsilon):
    slack = np.median(np.abs(PARTS - np.median(PARTS, axis=0)), axis=0) if epsilon is None else np.full(4, epsilon)
    chances = lexicase_chances(PARTS, slack)
    assert len(set(chances)) > 2
    assert fits(schemes.lexicase(PARTS, N, np.random.default_rng(5), epsilon), chances)


def test_lexicase_selects_by_the_tasks_parts():
    candidates = some_candidates(60)
    picked = Lexicase().pick(candidates, 4000, np.random.default_rng(6))
    assert fits(picked, lexicase_chances(TASK.parts(candidates.genomes), np.zeros(len(TASK.part_names))))


def test_distances_are_shares_of_steps_that_differ_in_sound():
    genomes = np.array([[5, 1, 0, 1], [5, 1, 0, 0], [5, 0, 0, 7]], np.uint8)
    task = type("Any", (), {"grid": TASK.grid})()
    candidates = Candidates(task, NOTES, genomes, np.zeros(3))
    assert candidates.distances.tolist() == [[0, 0, 0.5], [0, 0, 0.5], [0.5, 0.5, 0]]


@pytest.mark.parametrize("alpha", [1.0, 2.0])
def test_who_has_neighbours_shares_the_return(alpha):
    candidates = some_candidates()
    candidates.genomes[1:4] = candidates.genomes[0]
    candidates.genomes[2:4, :2] += 1
    d = candidates.distances
    shared = [
        (r - min(candidates.returns)) / sum(1 - (x / 0.3) ** alpha for x in d[i] if x < 0.3)
        for i, r in enumerate(candidates.returns)
    ]
    alone = candidates.returns - candidates.returns.min()
    assert not np.allclose(shared, alone)
    picked = Sharing(radius=0.3, alpha=alpha, selection=Roulette()).pick(candidates, N, np.random.default_rng(7))
    assert fits(picked, shared)
    assert not fits(picked, alone)


def test_novelty_selects_by_the_mean_distance_to_the_nearest():
    candidates = some_candidates()
    nearest = np.sort(candidates.distances, axis=1)[:, 1:4].mean(axis=1)
    by = {"neighbours": 3, "selection": Roulette()}
    assert fits(Novelty(chance=1.0, **by).pick(candidates, N, np.random.default_rng(8)), nearest - nearest.min())
    by_return = candidates.returns - candidates.returns.min()
    assert fits(Novelty(chance=0.0, **by).pick(candidates, N, np.random.default_rng(8)), by_return)
    novel, rewarded = (x / x.sum() for x in (nearest - nearest.min(), by_return))
    assert fits(
        Novelty(chance=0.25, **by).pick(candidates, N, np.random.default_rng(9)), 0.25 * novel + 0.75 * rewarded
    )


def test_one_candidate_is_as_novel_as_can_be():
    assert Novelty().pick(some_candidates(1), 3, np.random.default_rng(0)).tolist() == [0] * 3


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme_picks_as_many_as_asked(scheme):
    for size, n in [(1, 4), (12, 1), (12, 30)]:
        picked = SCHEMES[scheme].pick(some_candidates(size), n, np.random.default_rng(0))
        assert picked.shape == (n,)
        assert ((picked >= 0) & (picked < size)).all()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_loop_keeps_its_contract_with_every_scheme(scheme):
    check_method(MuPlusLambda(mu=9, lam=6, selection=SCHEMES[scheme]), TASK)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: Tournament(size=0), "size is 0"),
        (lambda: BoltzmannTournament(temperature=0), "temperature is 0, expected a number above 0"),
        (lambda: Rank(pressure=2.5), "pressure is 2.5, expected a number from 1 to 2"),
        (lambda: Truncation(share=0), "share is 0, expected a number above 0 and up to 1"),
        (lambda: Lexicase(epsilon=-1), "epsilon is -1"),
        (lambda: Sharing(radius=0), "radius is 0"),
        (lambda: Sharing(alpha=0), "alpha is 0"),
        (lambda: Novelty(neighbours=0), "neighbours is 0"),
        (lambda: Novelty(chance=2), "chance is 2"),
    ],
)
def test_numbers_out_of_range_are_refused(made, said):
    with pytest.raises(ValueError, match=said):
        made()
