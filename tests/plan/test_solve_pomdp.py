"""Values and bounds of POMDPs, against policy trees, other planners and the limits of what can be seen."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.optimize import linprog

from evomusic.models.mdp import FiniteMDP
from evomusic.models.pomdp import FinitePOMDP
from evomusic.plan.pomdp.alpha_vectors import AlphaVectors, blind
from evomusic.plan.pomdp.belief import fast_informed_bound, qmdp
from evomusic.plan.pomdp.finite_horizon import TooManyVectors, exact_backup, solve_horizon
from evomusic.plan.pomdp.point_based import point_based
from evomusic.plan.pomdp.policy_iteration import whole_value
from evomusic.plan.pomdp.pruning import margin_over, pruned
from evomusic.plan.pomdp.solve import NotClosed, solve_pomdp


def sample(seed, states=3, actions=2, observations=2):
    """A random model in which observations tell little and actions matter."""
    rng = np.random.default_rng(seed)
    return FinitePOMDP(
        transitions=rng.dirichlet(np.full(states, 0.5), (actions, states)),
        emissions=rng.dirichlet(np.full(observations, 0.5), (actions, states)),
        rewards=rng.normal(size=(actions, states, states, observations)),
        start=rng.dirichlet(np.ones(states)),
        discount=0.8,
    )


def beliefs_of(pomdp, count=20, seed=9):
    """Corners of the simplex, and random beliefs."""
    random = np.random.default_rng(seed).dirichlet(np.ones(pomdp.states), count)
    return np.vstack([np.eye(pomdp.states), random])


def policy_trees(pomdp, horizon, gamma):
    """The value vector of every policy tree: an action, and a tree for each observation."""
    trees = [np.zeros(pomdp.states)]
    for _ in range(horizon):
        taller = []
        for a in range(pomdp.actions):
            for chosen in itertools.product(trees, repeat=pomdp.observations):
                vector = np.zeros(pomdp.states)
                for s, s2, o in np.ndindex(pomdp.states, pomdp.states, pomdp.observations):
                    reward = np.broadcast_to(pomdp.rewards, (*pomdp.transitions.shape, pomdp.observations))[a, s, s2, o]
                    likely = pomdp.transitions[a, s, s2] * pomdp.emissions[a, s2, o]
                    vector[s] += likely * (reward + gamma * chosen[o][s2])
                taller.append(vector)
        trees = taller
    return np.array(trees)


def random_mdp(seed, states=5, actions=3):
    rng = np.random.default_rng(seed)
    return FiniteMDP.from_arrays(
        rng.dirichlet(np.full(states, 0.3), (states, actions)), rng.normal(size=(states, actions)), start=0
    )


def mdp_values(pomdp, gamma):
    """Value iteration, to rounding."""
    values = np.zeros(pomdp.states)
    for _ in range(3000):
        values = (pomdp.expected + gamma * pomdp.transitions @ values).max(axis=0)
    return values


@pytest.mark.parametrize("seed", range(4))
def test_a_finite_horizon_equals_the_best_of_all_policy_trees(seed):
    pomdp = sample(seed)
    found, trees = solve_horizon(pomdp, 3, 0.9), policy_trees(pomdp, 3, 0.9)
    assert len(trees) == 128
    for belief in beliefs_of(pomdp):
        assert found.value(belief) == pytest.approx((trees @ belief).max(), abs=1e-10)


def test_a_finite_horizon_keeps_only_vectors_that_are_best_somewhere():
    found = solve_horizon(sample(1), 4, 0.9)
    for stage in found.stages:
        for k in range(len(stage.vectors)):
            others = np.delete(stage.vectors, k, axis=0)
            assert not len(others) or margin_over(stage.vectors[k], others)[0] > 0


def test_with_steps_left_the_stage_of_so_many_is_asked():
    pomdp = sample(2)
    found = solve_horizon(pomdp, 3)
    for left in (1, 2, 3):
        alone = solve_horizon(pomdp, left)
        assert found.value(pomdp.belief, left) == alone.value(pomdp.belief)
        assert found.act(pomdp.belief, left) == alone.act(pomdp.belief)
    assert found.value(pomdp.belief, 0) == 0
    with pytest.raises(ValueError, match="left is 4, expected a whole number from 1 to 3"):
        found.value(pomdp.belief, 4)


def test_a_horizon_of_too_many_vectors_is_refused():
    with pytest.raises(TooManyVectors, match="more than"):
        solve_horizon(sample(0, states=4, actions=3, observations=4), 5, limit=20)


@pytest.mark.parametrize("seed", range(20))
def test_how_far_a_vector_rises_equals_the_linear_program(seed):
    rng = np.random.default_rng(seed)
    states, count = int(rng.integers(1, 9)), int(rng.integers(1, 60))
    others, vector = rng.normal(size=(count, states)), rng.normal(size=states)
    if seed % 2:  # whole numbers tie, which is where the simplex method could go round in circles
        others, vector = np.round(2 * others), np.round(2 * vector)
    bound, point = margin_over(vector, others)
    limits = [(0, None)] * states + [(None, None)]
    rows, one = np.hstack([others - vector, np.ones((count, 1))]), np.append(np.ones(states), 0)[None]
    wanted = -linprog(np.append(np.zeros(states), -1), rows, np.zeros(count), one, [1], limits).fun
    assert bound == pytest.approx(wanted, abs=1e-9)
    assert vector @ point - (others @ point).max() == pytest.approx(wanted, abs=1e-9)


def test_pruning_loses_no_belief():
    rng = np.random.default_rng(4)
    vectors = np.vstack([rng.normal(size=(60, 4)), np.zeros((2, 4)), rng.normal(size=(5, 4))[[0, 0, 1]]])
    needed = vectors[pruned(vectors)]
    points = rng.dirichlet(np.ones(4), 5000)
    assert np.abs((points @ vectors.T).max(axis=1) - (points @ needed.T).max(axis=1)).max() <= 1e-10
    assert len(needed) == len(np.unique(needed, axis=0)) < len(vectors)


@pytest.mark.parametrize("seed", range(3))
def test_bounds_are_in_order(seed):
    pomdp = sample(seed)
    solved, states = solve_pomdp(pomdp), mdp_values(pomdp, 0.8)
    seen, informed, points = qmdp(pomdp), fast_informed_bound(pomdp), point_based(pomdp, gap=1e-5)
    for belief in beliefs_of(pomdp, 5):
        lower, upper = solved.bounds(belief)
        assert lower <= solved.value(belief) <= upper <= lower + 1e-6
        assert blind(pomdp, 0.8).value(belief) <= points.value(belief) + 1e-12
        assert points.value(belief) <= upper + 1e-12
        assert lower <= informed.value(belief) <= seen.value(belief) + 1e-9
        assert seen.value(belief) <= belief @ states + 1e-9


@pytest.mark.parametrize("seed", range(3))
def test_a_value_is_what_a_long_horizon_tends_to(seed):
    pomdp = sample(seed)
    far = solve_horizon(pomdp, 8, 0.5)
    rest = 0.5**8 * np.abs(pomdp.rewards).max() / (1 - 0.5)  # what may come after eight steps
    for belief in beliefs_of(pomdp, 4):
        assert abs(solve_pomdp(pomdp, 0.5).value(belief) - far.value(belief)) <= rest


def test_values_satisfy_the_bellman_equation_of_beliefs():
    pomdp = sample(5, states=4, actions=3)
    solved = solve_pomdp(pomdp, 0.9, tolerance=1e-7)
    for belief in beliefs_of(pomdp, 3):
        q = pomdp.expected @ belief
        for a, o in np.ndindex(pomdp.actions, pomdp.observations):
            joint = (belief @ pomdp.transitions[a]) * pomdp.emissions[a, :, o]
            q[a] += 0.9 * joint.sum() * solved.value(joint / joint.sum())
        assert solved.value(belief) == pytest.approx(q.max(), abs=2e-7)
        assert q[solved.act(belief)] == pytest.approx(q.max(), abs=2e-7)


@pytest.mark.parametrize("seed", [0, 2, 3])
def test_search_and_exact_programming_agree(seed):
    pomdp = sample(seed)
    whole = whole_value(pomdp, 0.8, 1e-6, blind(pomdp, 0.8))
    assert whole is not None
    solved = solve_pomdp(pomdp, 0.8, tolerance=1e-3)
    for belief in beliefs_of(pomdp, 5):
        lower, upper = solved.bounds(belief)
        assert lower - 1e-6 <= whole.bounds(belief)[0] <= upper + 1e-9
    assert not solved.whole  # the search alone


def test_where_a_search_is_long_exact_programming_ends_it():
    pomdp = sample(1, states=4, actions=3, observations=3)
    solved = solve_pomdp(pomdp, 0.8)
    assert solved.bounds()[1] - solved.bounds()[0] <= 1e-6
    assert len(solved.whole) == 1
    assert solved.value() == pytest.approx(solve_pomdp(pomdp, 0.8, tolerance=1e-3).value(), abs=1e-3)
    assert solved.act() == solve_pomdp(pomdp, 0.8, tolerance=1e-3).act()


def test_a_perfect_observation_is_worth_the_mdp():
    pomdp = FinitePOMDP.of(random_mdp(1), np.arange(5))
    values, solved = mdp_values(pomdp, 0.9), solve_pomdp(pomdp, 0.9)
    for s, corner in enumerate(np.eye(5)):
        assert solved.value(corner) == pytest.approx(values[s], abs=1e-6)


def test_without_observation_the_best_sequence_of_actions_is_found():
    pomdp = FinitePOMDP.of(random_mdp(2), np.zeros(5, int))
    belief, best = beliefs_of(pomdp)[7], -np.inf
    for actions in itertools.product(range(3), repeat=5):
        now, total = belief, 0.0
        for t, a in enumerate(actions):
            total += 0.9**t * now @ pomdp.expected[a]
            now = now @ pomdp.transitions[a]
        best = max(best, total)
    assert solve_horizon(pomdp, 5, 0.9).value(belief) == pytest.approx(best, abs=1e-12)


def test_more_observation_is_never_worth_less():
    mdp = random_mdp(3)
    seen = [np.zeros(5, int), [0, 0, 1, 1, 1], [0, 0, 1, 1, 2], np.arange(5)]
    values = [solve_pomdp(FinitePOMDP.of(mdp, s), 0.8).value(np.full(5, 0.2)) for s in seen]
    assert all(low <= high + 1e-6 for low, high in itertools.pairwise(values))
    assert values[0] < values[-1] - 0.01


def test_one_exact_backup_of_the_whole_value_changes_nothing():
    pomdp = sample(2)
    whole = whole_value(pomdp, 0.8, 1e-6, blind(pomdp, 0.8))
    again = exact_backup(pomdp, 0.8, whole.alpha, 100)
    for belief in beliefs_of(pomdp):
        assert again.value(belief) == pytest.approx(whole.alpha.value(belief), abs=2e-7)  # (1 - gamma) x 1e-6


def test_a_search_that_does_not_close_raises_with_bounds_that_hold():
    pomdp = sample(5, states=4, actions=3)
    value = solve_pomdp(pomdp, 0.9).value()
    with pytest.raises(NotClosed, match="raise limit or tolerance: the value lies between") as refused:
        solve_pomdp(pomdp, 0.9, tolerance=1e-9, limit=40).value()
    assert refused.value.lower <= value + 1e-6
    assert refused.value.upper >= value - 1e-6
    assert refused.value.belief.tolist() == pomdp.belief.tolist()


def test_a_tolerance_beyond_rounding_is_refused_and_not_searched_for_ever():
    pomdp = sample(0)
    large = FinitePOMDP(transitions=pomdp.transitions, emissions=pomdp.emissions, rewards=1e6 * pomdp.rewards)
    with pytest.raises(NotClosed):
        solve_pomdp(large, 0.9, tolerance=1e-14, limit=3000).value()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda p: solve_pomdp(p, 1.0),
            "gamma is 1.0, expected a number from 0 below 1: without end",
        ),
        (lambda p: solve_pomdp(p, -0.1), "gamma is -0.1"),
        (lambda p: solve_pomdp(p, tolerance=0), "tolerance is 0, expected a number above 0"),
        (lambda p: qmdp(p, 1.5), "gamma is 1.5"),
        (lambda p: point_based(p, True), "gamma is True"),
        (lambda p: point_based(p, beliefs=[[0.5, 0.6, 0]]), r"belief sums to 1\.1"),
        (lambda p: solve_horizon(p, 0), "horizon is 0, expected a whole number from 1 to"),
        (lambda p: solve_horizon(p, 2, 1.1), "gamma is 1.1, expected a number from 0 to 1"),
        (lambda p: solve_pomdp(p).value([1, 0]), r"belief has shape \(2,\), expected \(3,\)"),
    ],
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(sample(0))


def test_point_based_backups_at_all_reachable_beliefs_are_exact():
    mdp = random_mdp(4, states=4, actions=2)
    arrays = FinitePOMDP.of(mdp, np.arange(4))
    values = mdp_values(arrays, 0.9)
    found = point_based(arrays, 0.9, beliefs=np.eye(4), gap=1e-8)
    assert [found.value(corner) for corner in np.eye(4)] == pytest.approx(values.tolist(), abs=1e-7)


def test_the_greatest_vector_acts():
    alpha = AlphaVectors(np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([3, 5]))
    assert (alpha.act([0.9, 0.1]), alpha.act([0.1, 0.9])) == (3, 5)
    assert alpha.value([0.5, 0.5]) == 1.0
