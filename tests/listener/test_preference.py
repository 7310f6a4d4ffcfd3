from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.integrate import dblquad
from scipy.optimize import minimize
from scipy.special import expit

import evomusic as em
from evomusic.listener.preference import graded

RNG = np.random.default_rng(7)
WEIGHTS = np.array([1.0, -2.0, 0.5])


def answers(n: int, dims: int = 3, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((2, n, dims))
    weights = WEIGHTS[:dims]
    return x, y, (rng.random(n) < expit((x - y) @ weights)).astype(float)


def log_posterior(w, x, y, wins, prior, lapse):
    p = lapse / 2 + (1 - lapse) * expit((x - y) @ w)
    return float(wins @ np.log(p) + (1 - wins) @ np.log(1 - p) - w @ w / (2 * prior**2))


@pytest.mark.parametrize("lapse", [0.0, 0.1])
@pytest.mark.parametrize("prior", [0.5, 3.0])
def test_mode_is_the_maximum_that_scipy_finds(lapse, prior):
    x, y, wins = answers(40)
    wins[3] = 0.5  # a tie
    mode = em.fit_preference(x, y, wins, prior=prior, lapse=lapse).mean
    found = minimize(lambda w: -log_posterior(w, x, y, wins, prior, lapse), np.zeros(3), method="BFGS", tol=1e-9)
    np.testing.assert_allclose(mode, found.x, atol=2e-4)
    assert log_posterior(mode, x, y, wins, prior, lapse) >= -found.fun - 1e-9


def test_covariance_without_lapses_is_the_inverse_hessian_by_finite_differences():
    x, y, wins = answers(25)
    belief = em.fit_preference(x, y, wins, prior=1.0, lapse=0.0)
    step, eye = 1e-4, np.eye(3)
    hessian = np.array(
        [
            [
                sum(
                    s * t * log_posterior(belief.mean + step * (s * eye[i] + t * eye[j]), x, y, wins, 1.0, 0.0)
                    for s, t in itertools.product((1, -1), repeat=2)
                )
                / (4 * step**2)
                for j in range(3)
            ]
            for i in range(3)
        ]
    )
    np.testing.assert_allclose(belief.covariance, np.linalg.inv(-hessian), rtol=1e-4)


def test_laplace_posterior_agrees_with_a_grid_in_two_dimensions():
    """Means (for the mode) within 0.35 standard deviations, standard deviations within 10 %, after 60 choices."""
    x, y, wins = answers(60, dims=2)
    for lapse in (0.0, 0.1):
        belief = em.fit_preference(x, y, wins, prior=1.0, lapse=lapse)
        axis = np.linspace(-5, 5, 301)
        grid = np.array(list(itertools.product(axis, axis)))
        p = lapse / 2 + (1 - lapse) * expit((x - y) @ grid.T)
        logs = wins @ np.log(p) + (1 - wins) @ np.log(1 - p) - (grid**2).sum(axis=1) / 2
        mass = np.exp(logs - logs.max())
        mass /= mass.sum()
        mean = mass @ grid
        sd = np.sqrt(mass @ (grid - mean) ** 2)
        assert (np.abs(belief.mean - mean) < 0.35 * sd).all()
        np.testing.assert_allclose(belief.sd, sd, rtol=0.1)


def test_swapped_pairs_and_another_order_give_the_same_belief():
    x, y, wins = answers(30)
    belief = em.fit_preference(x, y, wins)
    swapped = em.fit_preference(y, x, 1 - wins)
    order = RNG.permutation(30)
    shuffled = em.fit_preference(x[order], y[order], wins[order])
    for other in (swapped, shuffled):
        np.testing.assert_allclose(other.mean, belief.mean, atol=1e-7)
        np.testing.assert_allclose(other.covariance, belief.covariance, atol=1e-7)
    np.testing.assert_allclose(belief.probability(x, y), 1 - belief.probability(y, x))
    np.testing.assert_allclose(belief.information(x, y), belief.information(y, x), atol=1e-12)


def test_a_tie_is_half_a_win_each_way_and_a_weight_counts_choices():
    x, y, _ = answers(2)
    tie = em.fit_preference(x[:1], y[:1], [0.5])
    np.testing.assert_allclose(tie.mean, 0, atol=1e-9)
    both = em.fit_preference([x[0], x[0]], [y[0], y[0]], [1, 0])
    half = em.fit_preference([x[0], x[0]], [y[0], y[0]], [1, 0], weights=[0.5, 0.5])
    np.testing.assert_allclose(half.covariance, tie.covariance)
    assert both.sd.sum() < tie.sd.sum() < math.sqrt(3) * 3


def test_without_choices_the_belief_is_the_prior():
    belief = em.fit_preference(np.zeros((0, 2)), np.zeros((0, 2)), [], prior=0.7)
    np.testing.assert_allclose(belief.mean, 0)
    np.testing.assert_allclose(belief.covariance, 0.49 * np.eye(2))
    assert belief.choices == 0


def test_a_contradicted_choice_moves_less_with_lapses():
    gap = np.array([[4.0]] * 12)
    wins = np.array([1.0] * 11 + [0.0])
    firm, loose = (em.fit_preference(gap, 0 * gap, wins, lapse=lapse).mean[0] for lapse in (0.0, 0.2))
    assert loose > firm > 0


def test_probability_and_information_are_the_integrals():
    """Against adaptive quadrature over both weights, of a correlated belief."""
    covariance = np.array([[0.8, 0.3], [0.3, 0.5]])
    belief = em.Preference(np.array([0.4, -0.7]), covariance, lapse=0.1)
    x, y = np.array([[1.0, 2.0]]), np.array([[-0.5, 0.5]])
    inverse, scale = np.linalg.inv(covariance), 2 * math.pi * math.sqrt(np.linalg.det(covariance))

    def integral(function):
        def at(b, a):
            w = np.array([a, b])
            p = 0.05 + 0.9 * expit((x - y)[0] @ w)
            return function(p) * math.exp(-(w - belief.mean) @ inverse @ (w - belief.mean) / 2) / scale

        return dblquad(at, -7, 7, -7, 7, epsabs=1e-9)[0]

    def entropy(p):
        return -p * math.log(p) - (1 - p) * math.log(1 - p)

    p = integral(lambda p: p)
    np.testing.assert_allclose(belief.probability(x, y), p, atol=1e-6)
    np.testing.assert_allclose(belief.information(x, y), entropy(p) - integral(entropy), atol=1e-6)


def test_information_is_none_for_equal_melodies_and_at_most_a_bit():
    belief = em.Preference(np.zeros(2), 100.0 * np.eye(2), lapse=0.0)
    rows = RNG.standard_normal((50, 2))
    gain = belief.information(rows, rows[::-1])
    np.testing.assert_allclose(belief.information(rows, rows), 0, atol=1e-12)
    assert gain.max() < math.log(2)
    assert gain.max() > 0.5 * math.log(2)


@pytest.mark.parametrize("melodies", [6, 80])
def test_the_informative_pair_has_the_greatest_information_of_all_pairs(melodies):
    x, y, wins = answers(15)
    belief = em.fit_preference(x, y, wins)
    rows = np.random.default_rng(3).standard_normal((melodies, 3))
    pairs = list(itertools.combinations(range(melodies), 2))
    i, j = np.array(pairs).T
    gain = belief.information(rows[i], rows[j])
    asked = []
    for best in np.sort(gain)[::-1][:3]:
        pair = belief.informative_pair(rows, asked)
        assert gain[pairs.index(pair)] == pytest.approx(best, rel=1e-3)
        asked.append(pair[::-1])


def test_when_all_pairs_have_been_asked_it_says_so():
    belief = em.Preference(np.zeros(1), np.eye(1))
    with pytest.raises(ValueError, match="2 melodies, expected two that have not been asked"):
        belief.informative_pair([[0.0], [1.0]], [(1, 0)])


def test_draws_have_the_mean_and_the_covariance():
    x, y, wins = answers(20)
    belief = em.fit_preference(x, y, wins)
    draws = belief.draw(np.random.default_rng(0), 20_000)
    np.testing.assert_allclose(draws.mean(axis=0), belief.mean, atol=5 * belief.sd.max() / math.sqrt(20_000))
    np.testing.assert_allclose(np.cov(draws.T), belief.covariance, atol=0.03)


def test_stars_are_compared_where_they_differ_and_count_as_one_choice_less_than_cards():
    pairs = graded([5, 0, 3, 1, 3])
    assert set(zip(pairs.better.tolist(), pairs.worse.tolist(), strict=True)) == {
        (0, 2),
        (0, 3),
        (0, 4),
        (2, 3),
        (4, 3),
    }
    np.testing.assert_allclose(pairs.weights, 2 / 4)
    assert graded([4, 3, 2, 1]).weights.sum() == pytest.approx(3)
    assert not len(graded([2, 2, 0]).better)


def test_many_choices_find_the_weights():
    x, y, wins = answers(4000)
    belief = em.fit_preference(x, y, wins, prior=10.0, lapse=0.0)
    np.testing.assert_allclose(belief.mean, WEIGHTS, atol=4 * belief.sd.max())


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"wins": [1, 2]}, "wins or weights are out of range"),
        ({"wins": [1]}, r"wins has shape \(1,\), expected \(2,\)"),
        ({"first": [[1.0], [2.0]]}, r"second has shape \(2, 3\), expected \(2, 1\)"),
        ({"first": [[math.nan] * 3] * 2}, "first holds a number that is not finite"),
        ({"lapse": 1.0}, "lapse is 1.0"),
        ({"prior": 0.0}, "prior is 0.0"),
        ({"weights": [-1, 1]}, "wins or weights are out of range"),
    ],
)
def test_wrong_arguments_are_one_line(change, line):
    x, y, wins = answers(2)
    arguments = {"first": x, "second": y, "wins": wins} | change
    with pytest.raises(ValueError, match=line):
        em.fit_preference(**arguments)


def test_a_matrix_that_is_no_covariance_is_refused():
    with pytest.raises(ValueError, match="covariance is no covariance"):
        em.Preference(np.zeros(2), np.array([[1.0, 2.0], [2.0, 1.0]]))
