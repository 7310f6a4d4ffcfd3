"""em.learn.train: by steps, by episodes, from logs; what it refuses."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest

import evomusic as em

LAKE = em.FiniteMDP.from_gymnasium(gymnasium.make("FrozenLake-v1"))
LOOP = em.FiniteMDP.from_arrays(np.eye(2)[:, None, ::-1], np.ones((2, 1)), 0)  # two states in turn, 1 a step, no end


def test_what_happened_is_kept_and_teaches_the_same_again():
    learner = em.QLearning(alpha=0.1, gamma=0.99, initial=1.0)
    first = em.learn.train(learner, LAKE, steps=100_000, seed=0, keep=True)  # more than one chunk
    assert len(first.log.s) == first.steps == 100_000
    assert (em.learn.train(learner, LAKE, log=first.log).q == first.q).all()


@pytest.mark.parametrize("form", ["rows", "array", "columns", "lists"])
def test_logs_come_in_many_forms(form):
    rows = [(0, 1, 0.0, 4, False), (4, 1, 1.0, 8, True)]
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    arguments = {
        "rows": rows,
        "array": np.array(rows, float),
        "columns": columns,
        "lists": tuple(map(list, zip(*rows, strict=True))),
    }
    learnt = em.learn.train(em.QLearning(alpha=0.5), LAKE, log=arguments[form], passes=2)
    assert learnt.q[4, 1] == 0.75
    assert learnt.q[0, 1] == 0.25


def test_a_break_in_a_log_is_no_end_and_no_transition():
    log = [(0, 0, 0.0, 1, False), (3, 0, 1.0, 3, True)]
    learnt = em.learn.train(em.QLearning(alpha=1.0, initial=5.0), LAKE, log=log)
    assert learnt.q[0, 0] == 5.0
    assert learnt.q[3, 0] == 1.0


def test_a_cut_off_episode_is_not_an_end():
    """Each state is worth 1 / (1 - .5) = 2, however short the episodes; taken for ends they would be worth 1."""
    learnt = em.learn.train(em.QLearning(gamma=0.5), LOOP, steps=2000, horizon=3)
    assert learnt.values == pytest.approx([2.0, 2.0], abs=1e-6)
    assert set(learnt.lengths.tolist()) == {3}
    assert set(learnt.returns.tolist()) == {3.0}


def test_episodes_end_at_their_number():
    learnt = em.learn.train(em.Sarsa(), LAKE, episodes=250, seed=1)
    assert len(learnt.returns) == len(learnt.lengths) == 250
    assert learnt.lengths.sum() == learnt.steps


def test_a_task_is_learnt_as_under_the_ledger():
    task, learner = em.make("tiny"), em.QLearning(epsilon=em.Decay(1.0, 0.1, 0.5))
    learnt, made = em.learn.train(learner, task, steps=4000, seed=3), list[np.ndarray]()
    record = em.run(learner, task, 4000, 3, lambda ledger: made.append(ledger.batch.returns))
    returns = np.concatenate(made)
    assert len(learnt.returns) == 1000 == len(returns) + len(record.curve.steps)  # the greedy melodies of the curve
    assert (learnt.returns[: len(returns)] == returns).all()
    state, batch = learner.within(4000).init(task, rng := np.random.default_rng(3))
    count = len(batch.returns)
    while count < 1000:
        state, batch = learner.within(4000).step(task, state, rng)
        count += len(batch.returns)
    assert (learnt.q == state.q).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "train needs steps or episodes"),
        ({"steps": 10, "episodes": 10}, "train needs steps or episodes"),
        ({"steps": 0}, "steps is 0, expected a whole number from 1"),
        ({"episodes": 2.5}, "episodes is 2.5, expected"),
        ({"steps": 9, "horizon": 0}, "horizon is 0, expected"),
        ({"log": [(0, 1, 0.0, 99, False)]}, r"log's s2\[0\] is 99, expected a state from 0 to 15"),
        ({"log": [(0, 1, 0.0)]}, "log is no history, expected Transitions, or rows"),
        ({"log": []}, "log is no history"),
        ({"log": 5}, "log is no history"),
        ({"log": [(0, 1, 0.0, 1, False)], "episodes": 5}, "a log is walked by steps or passes"),
        ({"steps": float("inf")}, "steps is inf, expected a whole number"),
        ({"log": [(0.5, 1, 0.0, 1, False)]}, "log's s has shape"),
        ({"steps": "100"}, "steps is '100', expected a whole number"),
        ({"steps": 2.5}, "steps is 2.5, expected a whole number"),
        ({"steps": 10**400}, "steps is a whole number of more than 60 digits, expected a whole number"),
        ({"episodes": 0}, "episodes is 0, expected a whole number"),
        ({"steps": 9, "seed": None}, "seed is None, expected a whole number"),
        ({"steps": 9, "seed": "0"}, "seed is '0', expected a whole number"),
        ({"steps": 9, "keep": 1}, "keep is 1, expected True or False"),
        ({"steps": 9, "horizon": "9"}, "horizon is '9', expected a whole number"),
        ({"log": [(0, 1, 0.0, 1, False)], "passes": True}, "passes is True, expected a whole number"),
    ],
    ids=[
        "neither",
        "both",
        "none",
        "half",
        "no horizon",
        "no such state",
        "short rows",
        "empty",
        "number",
        "episodes of a log",
        "endless",
        "half a state",
        "text",
        "half a step",
        "huge",
        "no episodes",
        "no seed",
        "seed of text",
        "keep",
        "horizon of text",
        "passes",
    ],
)
def test_what_does_not_fit_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        em.learn.train(em.QLearning(), LAKE, **arguments)


def test_what_cannot_be_walked_and_what_cannot_learn_are_refused():
    with pytest.raises(ValueError, match="expected a learner such as QLearning"):
        em.learn.train(em.GA(), LAKE, steps=10)
    with pytest.raises(ValueError, match="learner is None, expected a learner such as QLearning"):
        em.learn.train(None, LAKE, steps=10)
    for problem in (None, 2.5, "tiny", em.FiniteMDP, [1]):
        with pytest.raises(ValueError, match=r"problem is .*, expected a FiniteMDP, a FinitePOMDP or a Task"):
            em.learn.train(em.QLearning(), problem, steps=10)


def test_a_million_steps_may_be_written_as_a_float():
    assert em.learn.train(em.QLearning(), LAKE, steps=1e3).steps == 1000


def test_a_schedule_needs_a_length():
    with pytest.raises(ValueError, match="epsilon decays over a fraction of a run"):
        em.learn.train(em.QLearning(epsilon=em.Decay()), LAKE, episodes=10)


@pytest.mark.parametrize("form", ["tuples", "a tuple of tuples", "array", "columns of lists", "columns", "whole flags"])
def test_five_rows_are_rows_and_five_columns_are_columns(form):
    rows = [(s, s % 4, float(s), s + 1, s == 4) for s in range(5)]
    columns = tuple(np.array(column) for column in zip(*rows, strict=True))
    arguments = {
        "tuples": rows,
        "a tuple of tuples": tuple(rows),
        "array": np.array(rows, float),
        "columns of lists": [column.tolist() for column in columns],
        "columns": columns,
        "whole flags": (*columns[:4], columns[4].astype(int)),
    }
    learnt = em.learn.train(em.QLearning(alpha=1.0), LAKE, log=arguments[form])
    assert [learnt.q[s, s % 4] for s in range(5)] == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_with_a_step_size_of_one_a_value_becomes_its_target():
    rng = np.random.default_rng(0)
    rewards = rng.normal(size=(6, 3))
    mdp = em.FiniteMDP.from_arrays(np.eye(6)[rng.integers(0, 6, (6, 3))], rewards, 0)
    pairs = [(s, a) for s in range(6) for a in range(3)]
    to = mdp.outcomes.rows["to"]
    log = [(s, a, rewards[s, a], int(to[s * 3 + a]), False) for s, a in pairs]
    q = np.full((6, 3), 0.3)
    for s, a in pairs * 4:
        q[s, a] = rewards[s, a] + 0.9 * q[to[s * 3 + a]].max()
    for learner in (em.QLearning, em.WatkinsQ):
        arguments = {"lam": 0.0} if learner is em.WatkinsQ else {}
        learnt = em.learn.train(learner(alpha=1.0, gamma=0.9, initial=0.3, **arguments), mdp, log=log, passes=4)
        assert (learnt.q == q).all()


@pytest.mark.parametrize("name", ["FrozenLake-v1", "FrozenLake8x8-v1", "CliffWalking-v1", "Taxi-v4"])
def test_expected_sarsa_with_a_greedy_policy_is_q_learning(name):
    if name not in gymnasium.registry:
        name = "Taxi-v3"
    mdp = em.FiniteMDP.from_gymnasium(gymnasium.make(name))
    both = [
        em.learn.train(kind(epsilon=0.0, alpha=0.2, gamma=0.9), mdp, steps=20_000, seed=3).q
        for kind in (em.QLearning, em.ExpectedSarsa)
    ]
    assert (both[0] == both[1]).all()


def test_each_table_of_double_q_takes_sample_averages_of_its_own():
    one = em.FiniteMDP.of({0: {0: [(1.0, 0, 1.0, True)]}}, 0)
    learnt = em.learn.train(em.DoubleQ(alpha=em.Average(), initial=10.0), one, steps=20, seed=0)
    assert learnt.q[0, 0] == 1.0


def test_episodes_of_a_task_are_melodies():
    assert len(em.learn.train(em.QLearning(), em.make("tiny"), episodes=50).returns) == 50


def test_what_a_learner_does_not_keep_is_said_so():
    learnt = em.learn.train(em.ActorCritic(), LAKE, steps=10)
    with pytest.raises(AttributeError, match="ActorCritic keeps no action values; it has values and a policy"):
        _ = learnt.q
    with pytest.raises(AttributeError, match="ActorCritic learns no model; Dyna does"):
        _ = learnt.model


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"initial": float("nan")}, "initial is nan, expected a number from"),
        ({"explore": "softmax"}, r"explore is 'softmax', expected Softmax\(\)"),
        ({"rows": "lst"}, "rows is 'lst', expected one of 'auto', 'listed', 'on-demand'; did you mean 'listed'"),
    ],
    ids=["initial", "explore", "rows"],
)
def test_wrong_parameters_are_refused_at_once(wrong, message):
    with pytest.raises(ValueError, match=message):
        em.QLearning(**wrong)
