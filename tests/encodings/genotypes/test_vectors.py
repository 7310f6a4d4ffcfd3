"""Operators of bits, whole and real numbers, and permutations: their contracts, distributions and published forms."""

import numpy as np
import pytest
from scipy.stats import chisquare, kstest

import evomusic as em
from evomusic.encodings.genotypes.operators import cross
from evomusic.testing import check_encoding

FALSE_ALARM = 1e-4  # of each test of a distribution, whose seed is fixed

GENOTYPES = {
    "bits": em.Bitstrings(9),
    "bits-two-point": em.Bitstrings(9, crossover="two-point"),
    "bits-uniform": em.Bitstrings(9, crossover="uniform", flip_rate=0.0),
    "bit": em.Bitstrings(1),
    "integers": em.Integers(5, -3, 3),
    "integers-each": em.Integers(3, [0, 5, -9], [0, 6, 9], mutation="creep"),
    "reals": em.Reals(5, -1, 1),
    "reals-each": em.Reals(2, [0, 5], [1, 50], mutation_rate=1.0),
    "swap": em.Permutations(6),
    "insert": em.Permutations(6, mutation="insert"),
    "reverse": em.Permutations(2, mutation="reverse"),
    "trees": em.Expressions([np.add, np.negative], ["x"], {"one": 1.0}, constants=(-1, 1), nodes=30, mutation_rate=0.5),
}


@pytest.mark.parametrize("genotype", GENOTYPES)
def test_genotypes_keep_the_contract_of_encodings(genotype):
    check_encoding(GENOTYPES[genotype], em.Problem(GENOTYPES[genotype], lambda solution: 0.0))


@pytest.mark.parametrize("genotype", GENOTYPES)
def test_a_solution_is_read_back_from_its_text(genotype):
    space = GENOTYPES[genotype]
    for row in space.decode(
        None, space.vary(None, space.sample(None, np.random.default_rng(0), 20), np.random.default_rng(1))
    ):
        back = space.parse(space.text(row))
        assert back.dtype == row.dtype
        assert (back == row).all()


@pytest.mark.parametrize("name", ["swap", "insert", "reverse"])
def test_permutations_stay_permutations(name):
    space, rng = GENOTYPES[name], np.random.default_rng(0)
    rows = space.sample(None, rng, 200)
    for _ in range(20):
        rows = space.vary(None, rows, rng)
    assert (np.sort(rows, axis=1) == np.arange(space.length)).all()


def test_order_crossover_is_that_of_davis():
    """A segment of one parent stays, and the rest follows in the order of the other, from behind the segment on."""
    space, rng = em.Permutations(8, crossover_rate=1.0, mutation_rate=0.0), np.random.default_rng(3)
    mother, father = rng.permutation(8), rng.permutation(8)
    seen = set()
    for _ in range(400):
        child = space.vary(None, np.stack([mother, father]), rng)[0]
        seen.add(tuple(child.tolist()))
    expected = set()
    for first in range(8):
        for last in range(first, 8):
            child = np.full(8, -1)
            child[first : last + 1] = mother[first : last + 1]
            around = [(last + 1 + i) % 8 for i in range(8)]
            rest = [father[i] for i in around if father[i] not in mother[first : last + 1]]
            for place, value in zip([i for i in around if child[i] < 0], rest, strict=True):
                child[place] = value
            expected.add(tuple(child.tolist()))
    assert seen == expected


def test_flips_have_the_binomial_distribution():
    space, rng = em.Bitstrings(20, crossover_rate=0.0), np.random.default_rng(1)
    parents = space.sample(None, rng, 20_000)
    flips = (space.vary(None, parents, rng) != parents).sum(axis=1)
    odds = np.array([_binomial(20, k, 1 / 20) for k in range(5)])
    counts = np.array([*(np.sum(flips == k) for k in range(5)), np.sum(flips > 4)])
    assert chisquare(counts, 20_000 * np.array([*odds, 1 - odds.sum()])).pvalue > FALSE_ALARM


def _binomial(n, k, p):
    from math import comb

    return comb(n, k) * p**k * (1 - p) ** (n - k)


@pytest.mark.parametrize("kind", [0, 1, 2], ids=["one-point", "two-point", "uniform"])
def test_crossovers_exchange_what_their_names_say(kind):
    rng, lengths = np.random.default_rng(2), []
    for _ in range(3000):
        rows = np.array([[0] * 6, [1] * 6], np.uint8)
        cross(rows, kind, 1.0, rng)
        assert (rows.sum(axis=0) == 1).all()
        changes = int((np.diff(rows[0].astype(int)) != 0).sum())
        assert changes <= (1, 2, 5)[kind]
        lengths.append(int(rows[0].sum()))
    odds = {0: dict.fromkeys(range(1, 6), 1 / 5), 2: {k: _binomial(6, k, 0.5) for k in range(7)}}.get(kind)
    if odds:
        counts = [lengths.count(k) for k in odds]
        assert chisquare(counts, [3000 * p for p in odds.values()]).pvalue > FALSE_ALARM


def test_whole_numbers_change_to_each_other_value_alike():
    space, rng = em.Integers(1, 0, 4, crossover_rate=0.0, mutation_rate=1.0), np.random.default_rng(4)
    children = space.vary(None, np.full((5000, 1), 2), rng)[:, 0]
    counts = np.bincount(children, minlength=5)
    assert counts[2] == 0
    assert chisquare(counts[[0, 1, 3, 4]]).pvalue > FALSE_ALARM


def test_creep_goes_one_step_and_stays_within_the_range():
    space, rng = em.Integers(3, 0, 2, crossover_rate=0.0, mutation="creep", mutation_rate=1.0), np.random.default_rng(4)
    parents = np.array([[0, 1, 2]] * 100)
    moves = space.vary(None, parents, rng) - parents
    assert set(moves[:, 0]) == {1}
    assert set(moves[:, 1]) == {-1, 1}
    assert set(moves[:, 2]) == {-1}


def test_simulated_binary_crossover_has_its_distribution_far_from_the_bounds():
    """The spread factor b has density .5 (n + 1) b^n below 1 and .5 (n + 1) b^-(n + 2) above (Deb & Agrawal 1995)."""
    space = em.Reals(1, -1e6, 1e6, crossover_rate=1.0, crossover_index=2.0, mutation_rate=0.0)
    parents = np.tile([[-1.0], [1.0]], (20_000, 1))
    children = space.vary(None, parents, np.random.default_rng(5))
    spreads = np.abs(children[::2, 0] - children[1::2, 0]) / 2
    moved = spreads[np.abs(spreads - 1.0) > 1e-12]  # one half stays
    assert abs(len(moved) / 20_000 - 0.5) < 4 * 0.5 / 20_000**0.5
    assert kstest(moved, lambda b: np.where(b <= 1, 0.5 * b**3, 1 - 0.5 * b**-3)).pvalue > FALSE_ALARM


def test_polynomial_mutation_has_its_distribution_in_the_middle_of_wide_bounds():
    """Of a move d as a share of the range, P(move < d) = .5 (1 + d)^(n + 1) below 0 (Deb & Goyal 1996), near enough.

    With n = 40 the term for the bounds is below 1e-12 in the middle of the range.
    """
    space = em.Reals(1, 0, 1, crossover_rate=0.0, mutation_rate=1.0, mutation_index=40.0)
    moves = space.vary(None, np.full((20_000, 1), 0.5), np.random.default_rng(6))[:, 0] - 0.5
    assert kstest(moves, lambda d: np.where(d < 0, 0.5 * (1 + d) ** 41, 1 - 0.5 * (1 - d) ** 41)).pvalue > FALSE_ALARM


def test_real_numbers_never_leave_their_bounds():
    space, rng = (
        em.Reals(3, [0, -5, 1], [1e-9, 5, 1e9], mutation_rate=1.0, mutation_index=0.0),
        np.random.default_rng(7),
    )
    rows = space.sample(None, rng, 100)
    for _ in range(50):
        rows = space.vary(None, rows, rng)
        assert (rows >= space.rows.low).all()
        assert (rows <= space.rows.high).all()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: em.Bitstrings(0), "length is 0, expected a whole number from 1"),
        (lambda: em.Bitstrings(5, crossover="onepoint"), "did you mean 'one-point'"),
        (lambda: em.Bitstrings(5, flip_rate=2), "flip_rate is 2"),
        (lambda: em.Integers(3, 5, 1), "low is 5, expected numbers up to high"),
        (lambda: em.Integers(3, [1, 2], 9), "low has 2 numbers, expected 3"),
        (lambda: em.Integers(3, 0.5, 9), "low is 0.5, expected a whole number"),
        (lambda: em.Reals(3, 1, 1), "expected numbers below high"),
        (lambda: em.Reals(3, float("nan"), 1), "low is nan"),
        (lambda: em.Permutations(1), "length is 1"),
        (lambda: em.Permutations(5, mutation="swop"), "did you mean 'swap'"),
        (lambda: em.Bitstrings(3).parse("012"), "expected 3 bits"),
        (lambda: em.Permutations(3).parse("0 0 1"), "expected a permutation of 0 to 2"),
        (lambda: em.Reals(2).parse("1"), "text has 1 numbers, expected 2"),
    ],
)
def test_wrong_arguments_are_named(make, said):
    with pytest.raises(ValueError, match=said):
        make()
