"""Off-policy divergence, exact: Baird's counterexample, Sutton & Barto 2018, sections 11.2 and 11.7."""

from __future__ import annotations

import numpy as np
import pytest

import evomusic as em
from evomusic.learn.textbook import baird
from evomusic.learn.textbook.baird import OffPolicy, update_matrix

BAIRD = em.learn.baird()


def features(s):
    x = np.zeros(8)
    x[[s, 7]] = (2, 1) if s < 6 else (1, 2)
    return x


def naive_expected(method, w, v, alpha, beta):
    """The mean of one update over all states, actions and next states."""
    w2, v2 = w.copy(), v.copy()
    for s in range(7):
        for behaviour, target, following in ((6 / 7, 0.0, range(6)), (1 / 7, 1.0, [6])):
            for s2 in following:
                p, rho, x, y = behaviour / 7 / len(following), target / behaviour, features(s), features(s2)
                error = 0.99 * w @ y - w @ x
                if method == "td":
                    w2 += p * alpha * rho * error * x
                elif method == "tdc":
                    w2 += p * alpha * rho * (error * x - 0.99 * y * (x @ v))
                else:
                    w2 += p * alpha * rho * (x - 0.99 * y) * (x @ v)
                v2 += p * beta * rho * (error - v @ x) * x
    return w2, v2


@pytest.mark.parametrize("method", ["td", "tdc", "gtd2"])
def test_expected_updates_are_means_over_all_samples(method):
    w, v = np.array([1.0, 1, 1, 1, 1, 1, 10, 1]), np.zeros(8)
    weights = em.learn.run_off_policy(BAIRD, method, steps=30, alpha=0.02, beta=0.1)
    for t in range(30):
        assert weights[t] == pytest.approx(w, abs=1e-10)
        w, v = naive_expected(method, w, v, 0.02, 0.1)


def test_all_states_are_visited_equally_often():
    assert pytest.approx(np.full(7, 1 / 7), abs=1e-12) == BAIRD.visits


def test_semi_gradient_td_diverges_with_any_step_size():
    """The expected update is I - alpha A, and A has an eigenvalue with a negative real part."""
    assert np.linalg.eigvals(BAIRD.moments[0]).real.min() < -0.01
    for alpha in (1e-4, 0.01, 0.1):
        assert np.abs(np.linalg.eigvals(update_matrix(BAIRD, "td", alpha, 0.0)[0])).max() > 1


def test_the_expected_updates_of_figure_11_2_grow_without_end():
    """Semi-gradient DP with alpha .01, right panel: it is the expected TD update, for all states count alike."""
    weights = em.learn.run_off_policy(BAIRD, "td", steps=1000, alpha=0.01)
    assert weights[-1] == pytest.approx(naive_dp(1000, 0.01), rel=1e-9)
    assert np.abs(weights[-1]).max() > 100
    norms = np.linalg.norm(weights[500:], axis=1)
    assert (np.diff(norms) > 0).all()
    assert np.ptp(weights[-1][:6]) == pytest.approx(0, abs=1e-6)  # the six upper states remain alike


def naive_dp(sweeps, alpha):
    """Equation (11.9): one sweep over the states, all at once."""
    w = np.array([1.0, 1, 1, 1, 1, 1, 10, 1])
    for _ in range(sweeps):
        values = [w @ features(s) for s in range(7)]
        w = w + alpha / 7 * sum((0.99 * values[6] - values[s]) * features(s) for s in range(7))
    return w


def test_gradient_td_does_not_diverge():
    """Of the update's eigenvalues none lies outside the unit circle, and the weights stay bounded."""
    for method, alpha in (("tdc", 0.005), ("gtd2", 0.005)):
        matrix = update_matrix(BAIRD, method, alpha, 0.05)[0]
        assert np.abs(np.linalg.eigvals(matrix)).max() <= 1 + 1e-9
        powers = np.linalg.matrix_power(matrix, 10**6)
        assert np.abs(powers).max() < 100


def test_tdc_finds_a_fixed_point_of_the_projected_error_and_not_of_the_values():
    """Figure 11.5: the projected Bellman error goes to 0 while the value error stays near 2."""
    weights = em.learn.run_off_policy(BAIRD, "tdc", steps=1000, alpha=0.005, beta=0.05)
    assert BAIRD.projected_error(weights[-1]) < 0.2 * BAIRD.projected_error(weights[0])
    assert BAIRD.value_error(weights[-1]) == pytest.approx(2.0, abs=0.3)
    matrix = update_matrix(BAIRD, "tdc", 0.005, 0.05)[0]
    limit = np.linalg.matrix_power(matrix, 2**40) @ np.concatenate([np.asarray(BAIRD.weights), np.zeros(8)])
    assert BAIRD.projected_error(limit[:8]) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("method", ["td", "tdc", "gtd2"])
def test_samples_have_the_expected_update_as_their_mean(method):
    """Mean of 40,000 updates of the same weights; six standard errors, of samples that hardly depend on each other."""
    z = np.random.default_rng(1).normal(size=8 if method == "td" else 16)
    update = baird._samples(BAIRD, method, 0.5, 0.5, 0)
    runs = np.array([update(z) for _ in range(40_000)])
    matrix, vector = update_matrix(BAIRD, method, 0.5, 0.5)
    assert (np.abs(runs.mean(axis=0) - (matrix @ z + vector)) <= 6 * runs.std(axis=0) / 200 + 1e-12).all()


def test_samples_of_semi_gradient_td_diverge_too():
    """Figure 11.2, left panel, and those of TDC do not (11.5)."""
    td, tdc = (
        em.learn.run_off_policy(BAIRD, method, steps=1500, alpha=alpha, beta=0.05, seed=0)
        for method, alpha in (("td", 0.01), ("tdc", 0.005))
    )
    assert np.abs(td[-1]).max() > 50
    assert np.abs(tdc).max() <= 12


def test_on_policy_all_converge_to_the_true_values():
    """The behaviour evaluated by itself: A is positive definite on what the features span."""
    on = OffPolicy(
        transitions=BAIRD.transitions,
        rewards=np.tile([1.0, -1.0], (7, 1)),
        behaviour=BAIRD.behaviour,
        target=BAIRD.behaviour,
        features=BAIRD.features,
        gamma=0.5,
        weights=np.zeros(8),
    )
    for method in ("td", "tdc", "gtd2"):
        weights = em.learn.run_off_policy(on, method, steps=20_000, alpha=0.1, beta=0.2)
        assert on.value_error(weights[-1]) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"method": "sarsa"}, "method is 'sarsa', expected one of 'td', 'tdc', 'gtd2'"),
        ({"steps": -1}, "steps is -1, expected a whole number from 0"),
        ({"alpha": -1.0}, "alpha is -1.0, expected a number from 0 up"),
        ({"steps": 10_000, "alpha": 0.1}, "the weights of td diverged"),
        ({"seed": 1.5}, "seed is 1.5, expected a whole number"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        em.learn.run_off_policy(BAIRD, **arguments)


def test_a_target_beyond_the_behaviour_is_refused():
    with pytest.raises(ValueError, match="the target takes an action that the behaviour never takes"):
        OffPolicy(
            transitions=[[[1.0], [1.0]]],
            rewards=[[0.0, 0.0]],
            behaviour=[[1.0, 0.0]],
            target=[[0.5, 0.5]],
            features=[[1.0]],
            gamma=0.9,
            weights=[0.0],
        )
