"""FiniteMDP: what it refuses, textbook values, and tasks written out."""

from __future__ import annotations

import numpy as np
import pytest

import evomusic as em
from evomusic._jit import njit
from evomusic.core.machine import TooManyStates
from evomusic.models.mdp import FiniteMDP
from evomusic.models.walk import start, step
from evomusic.plan.mdp.evaluation import evaluate_policy
from tests import naive, random_tasks

gymnasium = pytest.importorskip("gymnasium")

RING = {0: {0: [(1.0, 1, 2.0, False)]}, 1: {0: [(0.5, 0, 0.0, False), (0.5, 1, 4.0, True)]}}


def lake(**options):
    return FiniteMDP.from_gymnasium(gymnasium.make("FrozenLake-v1", **options))


def cliff():
    return FiniteMDP.from_gymnasium(gymnasium.make("CliffWalking-v1"))


def best_values(mdp, gamma):
    """Value iteration in plain numpy, from the definition: (S, A) until nothing moves by 1e-13."""
    rows, values = mdp.outcomes.rows, np.zeros(mdp.states)
    for _ in range(100_000):
        each = rows["p"] * (rows["reward"] + gamma * np.where(rows["end"], 0.0, values[rows["to"]]))
        q = np.add.reduceat(each, mdp.outcomes.first[:-1])[:-1].reshape(mdp.states, mdp.actions)
        q[mdp.terminal] = 0.0
        if np.abs(q.max(axis=1) - values).max() < 1e-13:
            return q
        values = q.max(axis=1)
    raise AssertionError("did not converge")


@pytest.mark.parametrize(
    ("gamma", "value"), [(1.0, 14 / 17), (0.99, 0.5420259320), (0.95, 0.1804715784), (0.9, 0.0688909049)]
)
def test_slippery_lake_has_its_textbook_values(gamma, value):
    mdp = lake()
    assert evaluate_policy(mdp, best_values(mdp, gamma).argmax(axis=1), gamma)[0] == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize(("gamma", "value"), [(1.0, -13.0), (0.99, -12.2478977001)])
def test_cliff_has_its_textbook_values_though_its_goal_has_live_rows(gamma, value):
    mdp = cliff()
    assert np.flatnonzero(mdp.terminal).tolist() == [47]
    assert evaluate_policy(mdp, best_values(mdp, gamma).argmax(axis=1), gamma)[36] == pytest.approx(value, abs=1e-9)


def test_greedy_policy_with_a_tenth_of_chance_on_the_cliff_is_worth_what_the_textbook_says():
    """Epsilon-greedy (.1) on Q*: -50.8000477; ties among best actions share the rest."""
    mdp = cliff()
    q = best_values(mdp, 1.0)
    best = q >= q.max(axis=1, keepdims=True) - 1e-9
    policy = 0.9 * best / best.sum(axis=1, keepdims=True) + 0.1 / 4
    assert evaluate_policy(mdp, policy)[36] == pytest.approx(-50.8000477, abs=1e-6)


def test_random_policy_on_the_gridworld_has_the_values_of_figure_4_1():
    """Sutton & Barto (2018), figure 4.1: two corners end, each move costs 1."""
    p = np.zeros((16, 4, 16))
    for s in range(16):
        for a, (dy, dx) in enumerate([(-1, 0), (1, 0), (0, -1), (0, 1)]):
            y, x = s // 4 + dy, s % 4 + dx
            p[s, a, 4 * y + x if 0 <= y < 4 and 0 <= x < 4 else s] = 1
    mdp = FiniteMDP.from_arrays(p, np.full((16, 4), -1.0), start=5, terminal=[0, 15])
    values = evaluate_policy(mdp, np.full((16, 4), 0.25))
    expected = [0, -14, -20, -22, -14, -18, -20, -20, -20, -20, -18, -14, -22, -20, -14, 0]
    assert values == pytest.approx(expected, abs=1e-9)


def test_values_by_hand():
    """V(1) = 2 + V(0) / 2 and V(0) = 2 + V(1): 6 and 8 less 2."""
    assert evaluate_policy(FiniteMDP.of(RING, start=0), [0, 0]) == pytest.approx([8.0, 6.0])


def test_end_pays_but_nothing_behind_it_does():
    """State 1 is entered with the end alone: its own row, which pays 100, is never met."""
    mdp = FiniteMDP.of({0: {0: [(1.0, 1, 3.0, True)]}, 1: {0: [(1.0, 0, 100.0, False)]}}, start=0)
    assert mdp.terminal.tolist() == [False, True]
    assert evaluate_policy(mdp, [0, 0]).tolist() == [3.0, 0.0]


def test_endless_policy_is_worth_nothing_where_nothing_is_paid_and_refused_where_something_is():
    still = {0: {0: [(1.0, 0, 0.0, False)], 1: [(1.0, 0, 1.0, False)]}}
    mdp = FiniteMDP.of(still, start=0)
    assert evaluate_policy(mdp, [0]).tolist() == [0.0]
    with pytest.raises(ValueError, match="for ever from state 0"):
        evaluate_policy(mdp, [1])
    assert evaluate_policy(mdp, [1], gamma=0.9) == pytest.approx([10.0])


@pytest.mark.parametrize(
    ("model", "begin", "message"),
    [
        ({0: {0: [(0.5, 0, 0.0, False)]}}, 0, "action 0 in state 0 has probabilities that sum to 0.5"),
        ({0: {0: [(1.0, 1, 0.0, False)]}}, 0, "action 0 in state 0 has next state 1, expected a state from 0 to 0"),
        ({0: {0: [(1.0, 0, np.inf, False)]}}, 0, "has reward .*inf"),
        ({0: {0: [(1.0, 0, np.nan, False)]}}, 0, "has reward .*nan"),
        ({0: {0: [(1.5, 0, 0.0, False), (-0.5, 0, 0.0, True)]}}, 0, "has p .*-0.5"),
        ({0: {0: []}}, 0, "expected 1 states x 1 actions and one of starts, each with a row or more"),
        ({0: {0: [(1.0, 0, 0.0, True)]}, 1: {1: [(1.0, 0, 0.0, True)]}}, 0, "state 1 of 2: actions \\[1\\]"),
        ({0: {0: [(1.0, 0, 0.0, True)]}, 2: {0: [(1.0, 0, 0.0, True)]}}, 0, "state 1 of 2: no such state"),
        ({}, 0, "no action in state 0"),
        (RING, 2, "start is 2, expected a state or 2 probabilities"),
        (RING, [0.5, 0.4], "the start has probabilities that sum to 0.9"),
        (RING, [1.0], "expected a state or 2 probabilities"),
        (RING, "first", "expected a state or 2 probabilities"),
    ],
)
def test_models_that_are_none_are_refused(model, begin, message):
    with pytest.raises(ValueError, match=message):
        FiniteMDP.of(model, begin)


@pytest.mark.parametrize(
    ("p", "rewards", "message"),
    [
        (np.ones((2, 1, 3)), np.ones((2, 1)), r"transitions has shape \(2, 1, 3\)"),
        (np.full((2, 1, 2), 0.5), np.ones((1, 2)), r"rewards has shape \(1, 2\)"),
        (np.full((2, 1, 2), 0.4), np.ones((2, 1)), "sum to 0.8"),
    ],
)
def test_dense_arrays_that_do_not_fit_are_refused(p, rewards, message):
    with pytest.raises(ValueError, match=message):
        FiniteMDP.from_arrays(p, rewards, start=0)


@pytest.mark.parametrize(
    ("policy", "gamma", "message"),
    [
        ([0, 1], 1.0, "actions from 0 to 1"),
        ([0], 1.0, "policy has shape"),
        ([0.0, 0.0], 1.0, "policy has shape"),
        ([[1.0], [0.5]], 1.0, "no distribution"),
        ([[1.0], [np.nan]], 1.0, "no distribution"),
        ([0, 0], 1.5, "gamma is 1.5"),
        ([0, 0], np.nan, "gamma is nan"),
    ],
)
def test_policies_that_are_none_are_refused(policy, gamma, message):
    with pytest.raises(ValueError, match=message):
        evaluate_policy(FiniteMDP.of(RING, start=0), policy, gamma)


def test_environment_without_a_model_or_a_start_is_refused():
    with pytest.raises(ValueError, match="no attribute P"):
        FiniteMDP.from_gymnasium(object())

    class Silent:
        P = RING

    with pytest.raises(ValueError, match="does not say where it starts"):
        FiniteMDP.from_gymnasium(Silent())
    assert FiniteMDP.from_gymnasium(Silent(), start=1).start.tolist() == [0.0, 1.0]


def test_starts_can_be_moved():
    mdp = FiniteMDP.of(RING, start=0).starting([0.25, 0.75])
    assert mdp.start.tolist() == [0.25, 0.75]
    with pytest.raises(ValueError, match="start is 5, expected a state or 2 probabilities"):
        mdp.starting(5)


@njit(cache=True)
def walk(model, actions, rng, states, rewards, ends):
    memory = np.zeros(1, np.int64)
    s = start(model, memory, rng)
    for i in range(len(actions)):
        states[i] = s
        s, rewards[i], ends[i] = step(model, memory, s, actions[i], rng)
        if ends[i]:
            s = start(model, memory, rng)


def walked(kernel, mdp, n):
    out = np.zeros(n, np.int64), np.zeros(n), np.zeros(n, np.bool_)
    actions = np.random.default_rng(0).integers(0, mdp.actions, n)
    kernel(mdp.outcomes, actions, np.random.default_rng(1), *out)
    return actions, *out


def test_compiled_walk_equals_its_plain_python_twin():
    mdp = lake().starting(np.full(16, 1 / 16))
    for compiled, plain in zip(walked(walk, mdp, 2000), walked(walk.py_func, mdp, 2000), strict=True):
        assert compiled.tolist() == plain.tolist()


def test_outcomes_come_as_often_as_they_are_likely():
    """From the middle of the ice to each of three sides, a third; chi-square, fixed seed, false alarm 1e-4."""
    from scipy.stats import chisquare

    mdp = lake().starting(9)
    actions, states, _, ends = walked(walk, mdp, 60_000)
    moves = (states[:-1] == 9) & ~ends[:-1] & (actions[:-1] == 1)
    counts = np.bincount(states[1:][moves], minlength=16)[[8, 13, 10]]
    assert counts.sum() == moves.sum()
    assert chisquare(counts).pvalue > 1e-4


@pytest.mark.parametrize("seed", range(6))
def test_task_written_out_has_the_tasks_optimum_and_rewards(seed):
    rng = np.random.default_rng(seed)
    task = random_tasks.task(rng, random_tasks.tiny_grid(rng), most=4)
    mdp = FiniteMDP.from_task(task)
    assert best_values(mdp, 1.0)[0].max() == task.optimum().value
    melodies = naive.every_melody(task.grid)[::7]
    state, total = np.zeros(len(melodies), np.int64), np.zeros(len(melodies))
    for t in range(task.grid.steps):
        rows = mdp.outcomes.rows[mdp.outcomes.first[state * mdp.actions + melodies[:, t]]]
        state, total = rows["to"].astype(np.int64), total + rows["reward"]
        assert (rows["end"] == (t == task.grid.steps - 1)).all()
    assert (total == task.evaluate(melodies)).all()
    assert np.flatnonzero(mdp.terminal).tolist() == [mdp.states - 1]


def test_task_through_a_smaller_markov_view_is_written_out_too():
    grid = em.Grid(bars=1, beats=4, steps_per_beat=1, low=60, high=62)
    task = em.Task(grid, em.Reward({em.rules.IntervalSize(): 1.0}))
    view = em.View(observers=(em.rules.IntervalSize(),))
    mdp = FiniteMDP.from_task(task, view)
    assert best_values(mdp, 1.0)[0].max() == task.optimum().value


@pytest.mark.parametrize(
    ("view", "message"),
    [("blind", "not Markov"), (em.View(rules=True, clock=False), "has no clock"), ("shrt", "did you mean 'short'")],
)
def test_views_that_do_not_tell_enough_are_refused(view, message):
    task = em.Task(em.Grid(bars=1, beats=4, steps_per_beat=1), em.Reward({em.rules.IntervalSize(): 1.0}))
    with pytest.raises(ValueError, match=message):
        FiniteMDP.from_task(task, view)


def test_task_too_large_to_write_out_is_refused():
    with pytest.raises(TooManyStates, match="write out a smaller task"):
        FiniteMDP.from_task(em.make("tune"))


CHAIN = np.eye(4)[[1, 2, 3, 3]][:, None]


@pytest.mark.parametrize(
    "terminal", [[3], np.array([False, False, False, True]), 3, (3,)], ids=["list", "mask", "number", "tuple"]
)
def test_terminal_states_are_given_by_number_or_as_truth_values(terminal):
    mdp = FiniteMDP.from_arrays(CHAIN, -np.ones((4, 1)), 0, terminal)
    assert evaluate_policy(mdp, [0] * 4, 0.9) == pytest.approx([-2.71, -1.9, -1, 0])


def test_rows_of_terminal_states_may_be_zeros():
    zeros = CHAIN.copy()
    zeros[3] = 0
    assert evaluate_policy(FiniteMDP.from_arrays(zeros, -np.ones((4, 1)), 0, [3]), [0] * 4).tolist() == [-3, -2, -1, 0]


@pytest.mark.parametrize("terminal", [[99], [-1], [0.5], [True, False]], ids=["99", "-1", "half", "short mask"])
def test_terminal_states_that_are_not_there_are_refused(terminal):
    with pytest.raises(ValueError, match="expected states from 0 to 3, or 4 truth values"):
        FiniteMDP.from_arrays(CHAIN, -np.ones((4, 1)), 0, terminal)


@pytest.mark.parametrize(
    "outcome", [(1.0, 0, 0.0), 7, None, (1.0, 0, "1", 2)], ids=["three", "a number", "none", "an end of 2"]
)
def test_outcomes_of_another_form_are_refused(outcome):
    with pytest.raises(
        ValueError, match=r"action 0 in state 0 has outcomes .* expected \(p, next state, reward, terminated\)"
    ):
        FiniteMDP.of({0: {0: [outcome]}}, 0)
