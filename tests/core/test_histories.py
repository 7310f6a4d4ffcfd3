from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

import evomusic as em
from evomusic.core.histories import agent_states, aliased, environment_states, is_information_state
from evomusic.core.views import NAMED, LastPitches
from evomusic.learn.walk import empty, model_of, plan
from evomusic.models.transitions import Transitions, check_transitions, transitions_of
from evomusic.models.walk import start, step
from tests import naive, random_tasks

BARE = em.View(observers=(LastPitches(),), clock=False)


def written(view, grid, history):
    """The agent state of a view after a history, from the definition."""
    seen = [len(history)] if view.clock else []
    for observer in view.observers:
        memory = observer.start
        for t, token in enumerate(history):
            memory, _ = observer.read(memory, grid.event(int(token)), naive.heard(observer, grid, t))
        seen.append(memory)
    return tuple(seen)


def some_case(seed):
    rng = np.random.default_rng(seed)
    task = random_tasks.task(rng, random_tasks.tiny_grid(rng), most=4)
    return task, rng.integers(0, task.grid.tokens, (40, task.grid.steps), np.uint8)


@pytest.mark.parametrize("clock", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_histories_share_an_agent_state_exactly_when_they_look_alike(seed, clock):
    task, melodies = some_case(seed)
    view = em.View(observers=(LastPitches(2), em.rules.DirectionRuns(limit=2)), clock=clock)
    states = agent_states(task, view, melodies)
    looks = defaultdict(set)
    for row, melody in zip(states, melodies, strict=True):
        for t, s in enumerate(row.tolist()):
            looks[s].add(written(view, task.grid, melody[:t].tolist()))
    assert all(len(seen) == 1 for seen in looks.values())
    assert len({next(iter(seen)) for seen in looks.values()}) == len(looks)


@pytest.mark.parametrize("view", ["blind", "short", "markov", BARE], ids=str)
def test_agent_states_are_the_states_that_a_learner_walks(view):
    task, melodies = some_case(5)
    view = NAMED[view] if isinstance(view, str) else view
    tables = plan(task, view, "listed")
    rows, _ = empty(tables)
    model, rng = model_of(tables, rows), np.random.default_rng(0)
    for melody, states in zip(melodies, agent_states(task, view, melodies), strict=True):
        memory = rows.memory.copy()
        walked = [start(model, memory, rng)]
        walked += [int(step(model, memory, walked[-1], int(token), rng)[0]) for token in melody]
        assert walked == states.tolist()


def test_a_history_may_be_any_first_part_of_a_melody():
    task, melodies = some_case(2)
    whole = agent_states(task, "short", melodies)
    for n in range(task.grid.steps + 1):
        assert np.array_equal(agent_states(task, "short", melodies[:, :n]), whole[:, : n + 1])


@pytest.mark.parametrize("seed", range(6))
def test_histories_of_one_environment_state_are_paid_alike_for_every_future(seed):
    task, _ = some_case(seed)
    every = naive.every_melody(task.grid)
    states, rewards = environment_states(task, every), task.rewards(every)
    half = task.grid.steps // 2
    futures = defaultdict(set)
    for s, melody, pay in zip(states[:, half], every, rewards, strict=True):
        futures[s, tuple(melody[half:])].add(tuple(pay[half:]))
    assert all(len(ways) == 1 for ways in futures.values())


def test_environment_states_tell_steps_apart_and_forget_what_is_never_paid_again():
    grid = em.Grid(bars=1, beats=4, steps_per_beat=1, low=60, high=62)
    task = em.Task(grid, em.Reward({em.rules.IntervalSize(): 1.0}))
    states = environment_states(task, np.array([[2, 3, 2, 2], [3, 3, 2, 1]], np.uint8))
    assert states.tolist() == [[0, 1, 2, 3, 4], [0, 5, 2, 3, 4]]  # only the last pitch is remembered


def test_with_a_final_reward_the_whole_history_is_the_environment_state():
    task = em.Task(
        em.Grid(bars=1, beats=3, steps_per_beat=1, low=60, high=60), em.Reward(final={em.measures.PitchEntropy(): 1.0})
    )
    every = naive.every_melody(task.grid)
    assert len(np.unique(environment_states(task, every)[:, -1])) == len(every)


def test_information_states_are_the_markov_views():
    task = em.Task(em.Grid(bars=1, low=60, high=64), em.Reward({em.rules.IntervalSize(): 1.0}))
    assert is_information_state(task, "short")
    assert not is_information_state(task, "blind")
    assert not is_information_state(em.make("tiny"), BARE)


def test_aliased_states_hide_what_the_environment_tells_apart():
    task = em.Task(
        em.Grid(bars=1, beats=3, steps_per_beat=1, low=60, high=62), em.Reward({em.rules.IntervalSize(): 1.0})
    )
    melodies = np.array([[2, 3, 4], [3, 3, 4]], np.uint8)  # C4 D-flat4 D4, and D-flat4 D-flat4 D4
    assert aliased(task, "blind", melodies).tolist() == [[False, True, False, False]] * 2
    assert not aliased(task, "short", melodies).any()


def test_a_view_of_too_many_states_is_refused():
    task = em.make("rules")
    with pytest.raises(em.TooManyStates, match="use a view that sees less"):
        agent_states(task, "markov", np.zeros((1, 64), np.uint8))


@pytest.mark.parametrize(
    ("histories", "message"),
    [
        (np.zeros(4, np.uint8), r"shape \(4,\), expected \(P, n\)"),
        (np.zeros((1, 5), np.uint8), r"shape \(1, 5\), expected \(P, n\) with n from 0 to 4"),
        (np.full((1, 4), 9), "holds token 9, expected 0 to 4"),
        (np.full((1, 4), -1), "holds token -1"),
        (np.zeros((1, 4)), "dtype float64"),
    ],
)
def test_histories_that_do_not_fit_are_refused(histories, message):
    with pytest.raises(ValueError, match=message):
        environment_states(em.make("tiny"), histories)


@pytest.mark.parametrize("seed", range(3))
def test_a_log_pays_what_the_melodies_return_and_ends_where_they_end(seed):
    task, melodies = some_case(seed)
    log = transitions_of(task, BARE, melodies)
    shape = melodies.shape
    assert np.array_equal(log.r.reshape(shape).sum(axis=1), task.evaluate(melodies))
    assert np.array_equal(log.a.reshape(shape), melodies)
    assert np.array_equal(log.s.reshape(shape)[:, 1:], log.s2.reshape(shape)[:, :-1])
    assert np.array_equal(np.flatnonzero(log.terminated), np.arange(1, len(melodies) + 1) * shape[1] - 1)
    assert [x.dtype for x in log] == [np.int64, np.int64, np.float64, np.int64, np.bool_]


def test_a_final_reward_is_logged_at_the_last_step():
    grid = em.Grid(bars=1, beats=4, steps_per_beat=1, low=60, high=64)
    task = em.Task(grid, em.Reward(final={em.measures.PitchEntropy(): 2.0}))
    melodies = np.array([[2, 3, 4, 5]], np.uint8)
    assert transitions_of(task, "short", melodies).r.tolist() == [0.0, 0.0, 0.0, float(task.evaluate(melodies)[0])]


def test_a_log_in_a_models_numbers_is_what_happens_in_the_model():
    task = em.make("tiny")
    mdp = em.FiniteMDP.from_task(task, "markov")
    melodies = naive.every_melody(task.grid)[::7]
    log = transitions_of(task, "markov", melodies, mdp)
    rows = mdp.outcomes.rows[mdp.outcomes.first[log.s * mdp.actions + log.a]]
    assert np.array_equal(rows["to"], log.s2)
    assert np.array_equal(rows["reward"], log.r)
    assert np.array_equal(rows["end"] == 1, log.terminated)
    assert check_transitions(log, mdp.states, mdp.actions).s.tolist() == log.s.tolist()


def test_a_log_in_the_numbers_of_another_tasks_model_is_refused():
    mdp = em.FiniteMDP.from_task(em.make("tiny"), "markov")
    other = em.Task(em.make("tiny").grid, em.Reward({em.rules.IntervalSize(): 1.0}))
    with pytest.raises(ValueError, match="mdp is not the model of this task"):
        transitions_of(other, "markov", np.array([[2, 4, 3, 2]], np.uint8), mdp)


GOOD = Transitions(np.array([0, 1]), np.array([1, 0]), np.array([0.5, 1.0]), np.array([1, 7]), np.array([False, True]))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"s": np.array([0, 3])}, r"log's s\[1\] is 3, expected a state from 0 to 1: transition 1 of 2"),
        ({"a": np.array([-1, 0])}, r"log's a\[0\] is -1, expected an action from 0 to 1"),
        ({"r": np.array([0.0, np.nan])}, r"log's r\[1\] is nan"),
        ({"s2": np.array([2, 0])}, r"log's s2\[0\] is 2"),
        ({"s": np.array([0.0, 1.0])}, "log's s has shape .* float64, expected .* whole numbers"),
        ({"a": np.array([0])}, r"log's a has shape \(1,\)"),
        ({"terminated": np.array([0, 1])}, "expected .N,. bool"),
    ],
    ids=str,
)
def test_a_log_that_fits_no_model_names_its_row(change, message):
    with pytest.raises(ValueError, match=message):
        check_transitions(GOOD._replace(**change), 2, 2)


def test_a_log_that_fits_is_given_back_and_behind_an_end_nothing_is_read():
    checked = check_transitions(GOOD._replace(r=np.array([0, 1])), 2, 2)
    assert checked.r.dtype == np.float64
    assert checked.s2.tolist() == [1, 7]
    with pytest.raises(ValueError, match=r"expected Transitions\(s, a, r, s2, terminated\)"):
        check_transitions((1, 2), 2, 2)
