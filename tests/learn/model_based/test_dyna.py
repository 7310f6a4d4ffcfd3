from __future__ import annotations

import numpy as np
import pytest

import evomusic as em
from evomusic.learn.control import QLearning
from evomusic.learn.model_based.dyna import Dyna, pop_pair, queue_pair
from evomusic.learn.model_based.learnt_model import QUEUED, fit_model
from evomusic.learn.training import train
from evomusic.models.mdp import FiniteMDP
from evomusic.plan.mdp.iteration import value_iteration
from evomusic.testing import check_method
from tests import random_tasks
from tests.test_contracts import TASKS

KINDS = {
    "plain": Dyna(),
    "on-demand": Dyna(view="markov", rows="on-demand", epsilon=em.Decay(1.0, 0.1, 0.5)),
    "bonus": Dyna(gamma=0.9, bonus=0.01, recall="last"),
    "sweeping": Dyna(priority=1e-3, rows="on-demand"),
}


def small_task(final=False):
    rng = np.random.default_rng(5)
    return random_tasks.task(rng, em.Grid(bars=1, beats=2, steps_per_beat=2, low=60, high=62), most=4, final=final)


def slippery(seed, states=5, actions=2):
    rng = np.random.default_rng(seed)
    return FiniteMDP.from_arrays(
        rng.dirichlet(np.ones(states), (states, actions)), rng.normal(size=(states, actions)), start=0
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("task", TASKS)
def test_dyna_keeps_the_contract_of_methods(kind, task):
    check_method(KINDS[kind], TASKS[task])


@pytest.mark.parametrize("view", ["short", "markov"])
@pytest.mark.parametrize("final", [False, True])
def test_without_planning_it_writes_what_q_learning_writes(view, final):
    task = small_task(final)
    runs = [
        em.run(kind(view=view, rows="on-demand"), task, steps=4000, seed=2) for kind in (QLearning, _without_planning)
    ]
    assert runs[0].curve.online.tolist() == runs[1].curve.online.tolist()
    assert np.array_equal(runs[0].state.q, runs[1].state.q)


def _without_planning(**kwargs):
    return Dyna(planning=0, **kwargs)


def test_sweeps_are_counted_apart_from_updates():
    task = small_task()
    curve = em.run(Dyna(planning=7), task, steps=2000, seed=0).curve
    assert curve.updates[-1] + len(curve.steps) * task.grid.steps >= 2000  # a greedy melody at each row
    assert curve.sweeps.tolist() == (7 * curve.updates).tolist()


def test_sweeping_stops_when_nothing_is_urgent():
    """With values of nothing known and no reward, no update is urgent."""
    idle = FiniteMDP.of({0: {0: [(1.0, 0, 0.0, False)]}}, start=0)
    assert train(Dyna(priority=1e-3), idle, steps=100).agent.planned.tolist() == [0]


@pytest.mark.parametrize("kind", ["drawn evenly", "sweeping"])
def test_planning_comes_to_the_values_of_the_learnt_model(kind):
    """The rest after 20,000 steps with 50 updates each is the noise of alpha: with expected updates, none."""
    world, sweeps = slippery(1), kind == "sweeping"
    learner = Dyna(
        planning=50, alpha=1.0 if sweeps else em.Average(0.6), gamma=0.8, epsilon=1.0, priority=0.0 if sweeps else None
    )
    trained = train(learner, world, steps=20_000, seed=0)
    exact = value_iteration(trained.model, gamma=0.8).q
    assert np.abs(trained.q - exact).max() < (1e-3 if sweeps else 0.1)
    assert np.abs(exact - value_iteration(world, gamma=0.8).q).max() < 0.5


def test_model_of_a_view_of_a_task_plans_the_optimum():
    """Every pair of the 4-step task is met in 20,000 steps; the optimum is the model's value of the start."""
    task = small_task()
    trained = train(Dyna(planning=0, view="markov", rows="listed", epsilon=1.0), task, steps=40_000, seed=0)
    start = int(trained.model.start.argmax())
    assert value_iteration(trained.model, gamma=1.0).values[start] == pytest.approx(task.optimum().value, abs=1e-9)


def test_rows_and_model_grow_with_what_is_met():
    task = TASKS["rules"]
    record = em.run(Dyna(view="markov", rows="on-demand", epsilon=1.0), task, steps=6000, seed=0)
    experience = record.state.agent.experience
    place = experience.place[experience.place > 0]
    assert sorted(place.tolist()) == list(range(1, len(place) + 1))
    assert len(place) > 1000
    assert experience.pairs["visits"].sum() == record.curve.updates[-1]


def test_planning_reaches_the_optimum_in_fewer_steps():
    """tiny, five seeds: steps until the greedy melody is the optimum, with and without planning."""
    task = em.make("tiny")
    spent = {}
    for planning in (0, 20):
        learner = Dyna(planning=planning, view="markov", alpha=0.2, epsilon=0.3, initial=3.0)
        curves = [em.run(learner, task, steps=20_000, seed=seed).curve for seed in range(5)]
        spent[planning] = [int(c.steps[np.flatnonzero(c.delivered < task.optimum().value)[-1]]) for c in curves]
    assert max(spent[20]) < min(spent[0])


def test_queue_gives_pairs_in_the_order_of_their_urgency():
    experience, rng = Dyna().agent(10, 5, 1).experience.grown(50), np.random.default_rng(0)
    for _ in range(20):
        urgency = np.zeros(50)
        for _ in range(80):
            k, u = int(rng.integers(1, 50)), float(rng.integers(1, 20))
            queue_pair(experience, k, u, 3.0)
            urgency[k] = max(urgency[k], u) if u > 3 else urgency[k]
        came = [int(pop_pair(experience)) for _ in range(experience.counts[QUEUED])]
        assert sorted(came) == np.flatnonzero(urgency).tolist()
        assert urgency[came].tolist() == sorted(urgency[came], reverse=True)
        assert not experience.pairs["place"].any()


def test_learning_from_a_log_gives_its_model():
    task = small_task()
    log = em.transitions_of(task, "short", np.random.default_rng(0).integers(0, 5, (50, 4), np.uint8))
    trained = train(Dyna(view="short"), task, log=log, passes=2)
    states, actions = trained.q.shape
    assert np.array_equal(trained.model.outcomes.first, fit_model(log, states, actions).outcomes.first)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"planning": -1}, "planning is -1"),
        ({"recall": "lest"}, "did you mean 'last'"),
        ({"bonus": -1.0, "gamma": 0.9}, "bonus is -1.0"),
        ({"bonus": 0.1}, "expected gamma below 1"),
        ({"priority": -1.0}, "priority is -1.0"),
        ({"priority": 0.1, "planning": 0}, "learns by planning alone"),
        ({"priority": 0.1, "bonus": 0.1, "gamma": 0.9}, "no bonus"),
        ({"alpha": 2.0}, "alpha is 2.0"),
    ],
)
def test_wrong_parameters_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        Dyna(**wrong)
