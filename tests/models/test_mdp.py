"""FiniteMDP: what it refuses, textbook values, and tasks written out."""

from __future__ import annotations

from typing import ClassVar

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


# Models from functions, and names


def student(state, action):
    """A small world: home, pub, exam."""
    if action == "drink":
        return [(0.5, "pub", 1.0, False), (0.5, "home", -1.0, False)]
    return (1.0, "exam", 10.0, True) if state == "home" else [(1.0, "home", 0.0, False)]


WORLD = ["home", "pub", "exam"]


def test_a_model_from_functions_speaks_in_names():
    mdp = FiniteMDP.from_functions(WORLD, ["study", "drink"], student, start={"home": 0.25, "pub": 0.75})
    assert (mdp.states, mdp.actions, tuple(mdp.state_names), tuple(mdp.action_names)) == (
        3,
        2,
        ("home", "pub", "exam"),
        ("study", "drink"),
    )
    assert mdp["home", "study"] == [(1.0, "exam", 10.0, True)]
    assert mdp["pub", "drink"] == [(0.5, "pub", 1.0, False), (0.5, "home", -1.0, False)]
    assert (mdp.state("exam"), mdp.action("drink"), mdp.state(1)) == (2, 1, 1)
    assert mdp.start.tolist() == [0.25, 0.75, 0.0]
    assert mdp.starting("pub").start.tolist() == [0.0, 1.0, 0.0]
    assert mdp.starting("pub").names("state") == mdp.names("state")
    assert mdp.terminal.tolist() == [False, False, True]
    assert repr(mdp) == "FiniteMDP(3 states, 2 actions, 11 outcomes)"
    assert em.plan.soft(mdp, 0.1).names("action") == ("study", "drink")


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("kind", ["cells", "numbers from 7", "words", "numbers from 0"])
def test_a_model_from_functions_is_that_from_arrays(kind, seed):
    rng, states, actions = np.random.default_rng(seed), 6, 3
    p = rng.dirichlet(np.ones(states), (states, actions)) * (rng.random((states, actions, states)) < 0.6)
    p[..., 0] += 1e-3
    p /= p.sum(axis=2, keepdims=True)
    rewards, begin = rng.normal(size=p.shape), rng.dirichlet(np.ones(states))
    dense = FiniteMDP.from_arrays(p, rewards, begin, terminal=[4])
    names = {
        "cells": [(s // 3, s % 3) for s in range(states)],
        "numbers from 7": range(7, 7 + states),
        "words": list("abcdef"),
        "numbers from 0": range(states),
    }[kind]
    place = {name: i for i, name in enumerate(names)}

    def step(state, action):
        s, a = place[state], "udl".index(action)
        return [(x, names[to], rewards[s, a, to], to == 4) for to, x in enumerate(p[s, a])]

    mdp = FiniteMDP.from_functions(names, ["u", "d", "l"], step, start=dict(zip(names, begin, strict=True)))
    assert mdp.outcomes.rows.tolist() == dense.outcomes.rows.tolist()
    assert mdp.outcomes.first.tolist() == dense.outcomes.first.tolist()
    assert isinstance(mdp.state_names, range) == (kind == "numbers from 0")
    named = FiniteMDP.from_arrays(p, rewards, begin, [4], state_names=list(names), action_names=["u", "d", "l"])
    assert named[names[2], "d"] == mdp[names[2], "d"]
    if kind == "numbers from 7":  # a table by number has states 0 to S - 1, so that a missing one is found
        return
    again = FiniteMDP.of({s: {a: mdp[s, a] for a in mdp.names("action")} for s in mdp.names("state")}, begin)
    assert again.outcomes.rows.tolist() == mdp.outcomes.rows.tolist()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"states": None}, "states is None, expected a list of names"),
        ({"states": 3}, "states is 3, expected a list of names"),
        ({"states": "abc"}, "states is 'abc', expected a list of names"),
        ({"states": []}, "states has 0 names, expected 1 to"),
        ({"states": ["home", "pub", "home"]}, "states has 2 different names, expected 3"),
        ({"states": [["home"], ["pub"]]}, "states has a name that cannot be looked up, expected hashable ones"),
        ({"states": iter(int, 1)}, "states has more than 2097152 names"),
        ({"actions": 1.5}, "actions is 1.5, expected a list of names"),
        (
            {"actions": lambda state: ["study"]},
            "one list for all states: every state of a FiniteMDP has the same",
        ),
        ({"step": None}, "step is None, expected a function of a state and an action"),
        ({"step": lambda s, a: None}, "action 'study' in state 'home' has outcomes None, expected \\(p, next state"),
        ({"step": lambda s, a: (s, 0.0, False)}, "has outcomes .*, expected \\(p, next state, reward, terminated\\)"),
        ({"step": lambda s, a: []}, "each with a row or more"),
        ({"step": lambda s, a: (1.0, "hom", 0.0, False)}, "has next state 'hom', expected .*did you mean 'home'"),
        (
            {"step": lambda s, a: (1.0, [s], 0.0, False)},
            "has next state \\['home'\\], expected a name of one of",
        ),
        (
            {"step": lambda s, a: (0.5, s, 0.0, False)},
            "'study' in state 'home' has probabilities that sum to 0.5",
        ),
        ({"step": lambda s, a: [(1.5, s, 0, False), (-0.5, s, 0, False)]}, "in state 'home' has p .*-0.5"),
        ({"step": lambda s, a: ("1", s, 0.0, False)}, "has outcomes"),
        ({"step": lambda s, a: (1.0, s, "much", False)}, "has outcomes"),
        ({"step": lambda s, a: (1.0, s, 10**400, False)}, "has outcomes"),
        ({"step": lambda s, a: (1.0, s, float("nan"), False)}, "in state 'home' has reward .*nan"),
        ({"step": lambda s, a: (1.0, s, 0.0, None)}, "has outcomes"),
        ({"start": "hoem"}, "start is 'hoem', expected a state or 3 probabilities"),
        ({"start": None}, "start is None, expected a state or 3 probabilities"),
        ({"start": {"home": 0.5, "bar": 0.5}}, "start is .*, expected a state or 3 probabilities"),
        ({"start": {}}, "start is {}, expected a state or 3 probabilities"),
        ({"start": [0.5, 0.5]}, "start is .*, expected a state or 3 probabilities"),
        ({"start": [0.5, 0.4, 0.0]}, "the start has probabilities that sum to 0.9"),
        ({"start": True}, "start is True, expected a state or 3 probabilities"),
    ],
)
def test_functions_that_make_no_model_are_refused(changed, message):
    good = {"states": WORLD, "actions": ["study", "drink"], "step": student, "start": "home"}
    with pytest.raises(ValueError, match=message):
        FiniteMDP.from_functions(**(good | changed))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: m.state("hom"), "state is 'hom', expected a name of one of 3 states; did you mean 'home'"),
        (lambda m: m.state(3), "state is 3, expected a name of one of 3 states"),
        (lambda m: m.action(None), "action is None, expected a name of one of 2 actions"),
        (lambda m: m["home"], "pair is 'home', expected mdp\\[state, action\\]"),
        (lambda m: m["home", "sleep"], "action is 'sleep'"),
        (lambda m: m.names("states"), "kind is 'states', expected 'state' or 'action'"),
        (lambda m: FiniteMDP(m.outcomes, 3, ["a", "b"]), "state_names has 2 different names, expected 3"),
        (lambda m: FiniteMDP(m.outcomes, 3, None, ["a", "a"]), "action_names has 1 different names, expected 2"),
        (lambda m: FiniteMDP(None, 3), "outcomes is None, expected Outcomes"),
        (lambda m: FiniteMDP(m.outcomes, 2.5), "states is 2.5, expected a whole number"),
        (lambda m: FiniteMDP(m.outcomes, "3"), "states is '3', expected a whole number"),
        (lambda m: FiniteMDP.of(None, 0), "model is None, expected outcomes by state and action"),
        (lambda m: FiniteMDP.of({0: None}, 0), "the model has no action in state 0"),
        (lambda m: FiniteMDP.of({0: {0: None}}, 0), "action 0 in state 0 has outcomes None"),
        (lambda m: FiniteMDP.of({"a": {"x": []}, "b": {"y": []}}, 0), "state 'b' of 2: actions \\['y'\\], expected"),
        (lambda m: FiniteMDP.from_arrays(None, [[1.0]], 0), "transitions is None, expected an array of numbers"),
        (lambda m: FiniteMDP.from_arrays([[[1.0]]], "1", 0), "rewards is '1', expected an array of numbers"),
        (lambda m: FiniteMDP.from_arrays([[[1.0]]], [[10**400]], 0), "rewards is .*, expected an array of numbers"),
        (lambda m: FiniteMDP.from_arrays([[[1.0]]], [[1.0], [1.0, 2.0]], 0), "rewards is .*, expected an array"),
        (
            lambda m: FiniteMDP.from_arrays([[[1.0]]], [[1.0]], 0, terminal=["a"]),
            "terminal is .*, expected states from",
        ),
        (lambda m: FiniteMDP.from_gymnasium(None), "None has no attribute P"),
        (lambda m: FiniteMDP.from_task(None), "task is None, expected a Task"),
        (lambda m: FiniteMDP.from_task(em.make("tiny"), 2.5), "view"),
    ],
)
def test_arguments_of_another_kind_get_one_line(call, message):
    with pytest.raises(ValueError, match=message) as refused:
        call(FiniteMDP.from_functions(WORLD, ["study", "drink"], student, start="home"))
    assert "\n" not in str(refused.value)


# Environments that do more than their P says


def test_a_fickle_passenger_is_refused_since_p_leaves_it_out():
    with pytest.raises(ValueError, match=r"fickle_passenger=True .* which its P leaves out") as refused:
        FiniteMDP.from_gymnasium(gymnasium.make("Taxi-v4", fickle_passenger=True))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("Taxi-v4", {"is_rainy": True}),
        ("FrozenLake-v1", {"success_rate": 0.6}),
        ("CliffWalkingSlippery-v1", {}),
        ("CliffWalking-v1", {}),
    ],
    ids=str,
)
def test_variants_that_p_covers_pass_the_check(name, options):
    env = gymnasium.make(name, **options)
    assert FiniteMDP.from_gymnasium(env, check=2000).outcomes.rows.tolist() == (
        FiniteMDP.from_gymnasium(env).outcomes.rows.tolist()
    )


class Windy:
    """A world of two states whose P says that they follow each other; steps stay, pay more, or end."""

    P: ClassVar = {s: {0: [(1.0, 1 - s, 1.0, False)]} for s in (0, 1)}
    initial_state_distrib: ClassVar = [1.0, 0.0]
    action_space = gymnasium.spaces.Discrete(1)

    def __init__(self, ahead, reward=1.0, end=False):
        self.answer = ahead, reward, end, False, {}

    def reset(self, *, seed=None):
        return 0, {}

    def step(self, action):
        return self.answer


@pytest.mark.parametrize("answer", [(0,), (1, 2.0), (1, 1.0, True)], ids=["stays", "pays more", "ends"])
def test_a_step_that_p_calls_impossible_is_found_by_the_check(answer):
    FiniteMDP.from_gymnasium(Windy(*answer))
    with pytest.raises(ValueError, match=r"action 0 in state 0 led to state .* which P calls impossible"):
        FiniteMDP.from_gymnasium(Windy(*answer), check=10)


@pytest.mark.parametrize("check", [-1, 2.5, "10", None, True])
def test_a_check_is_a_number_of_steps(check):
    with pytest.raises(ValueError, match=r"check is .*, expected a whole number"):
        FiniteMDP.from_gymnasium(gymnasium.make("CliffWalking-v1"), check=check)
