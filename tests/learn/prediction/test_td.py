"""Prediction as it is called: results, policies, tasks, cut-offs, logs, batches, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import evomusic as em
from evomusic.core.histories import agent_states
from evomusic.learn.prediction.batch import fit_values
from evomusic.learn.prediction.predict import predict
from evomusic.learn.prediction.td import TD, LambdaReturn, MonteCarloValues
from evomusic.models.mdp import FiniteMDP
from evomusic.models.transitions import Transitions, transitions_of
from evomusic.plan.mdp.evaluation import evaluate_policy
from tests import random_tasks
from tests.textbook.worlds import chain, five_state_walk, nineteen_state_walk, uniform

METHODS = [TD(), TD(lam=0.5), TD(n=3), LambdaReturn(lam=0.5), MonteCarloValues()]
names = pytest.mark.parametrize("method", METHODS, ids=["td", "traces", "n-step", "returns", "monte-carlo"])


def small_task(final=False):
    rng = np.random.default_rng(5)
    return random_tasks.task(rng, em.Grid(bars=1, beats=2, steps_per_beat=2, low=60, high=62), most=4, final=final)


def bandit(*chances):
    """One state of three actions, each of which ends the episode with 0, 1 or 2; and the policy of these chances."""
    model = {0: {a: [(1.0, 1, float(a), True)] for a in range(3)}, 1: {a: [(1.0, 1, 0.0, True)] for a in range(3)}}
    return FiniteMDP.of(model, start=0), np.array([chances, (1.0, 0.0, 0.0)])


@names
def test_history_goes_from_the_first_values_to_the_last(method):
    result = predict(method, five_state_walk(), uniform(five_state_walk()), episodes=20, seed=3)
    assert result.history.shape == (21, 7)
    assert result.history[0].tolist() == [0.0] * 7
    assert result.history[-1].tolist() == result.values.tolist()
    assert len(result.returns) == len(result.lengths) == 20
    assert set(result.returns) <= {0.0, 1.0}
    shorter = predict(method, five_state_walk(), uniform(five_state_walk()), episodes=10, seed=3)
    assert result.history[:11].tolist() == shorter.history.tolist()


@names
def test_values_come_near_the_exact_ones(method):
    """Over 60 seeds a value's sd is at most .012 and its bias .002: chance passes .055 in five of a million values."""
    mdp, falls = five_state_walk(), em.Decay(0.1, 0.001, 0.8)
    method = method if isinstance(method, MonteCarloValues) else replace(method, alpha=falls)
    found = predict(method, mdp, None, steps=50_000, seed=0).values
    assert found[1:-1] == pytest.approx(evaluate_policy(mdp, uniform(mdp))[1:-1], abs=0.055)


def test_first_values_may_differ_by_state():
    first = np.arange(7.0)
    result = predict(TD(initial=first), five_state_walk(), episodes=1)
    assert result.history[0].tolist() == first.tolist()
    assert first.tolist() == list(range(7))


def test_steps_end_a_run_within_an_episode():
    result = predict(TD(), nineteen_state_walk(), steps=1000, seed=0, keep=True)
    assert len(result.log.s) == 1000
    assert len(result.history) == 1 + len(result.returns) == 1 + result.log.terminated.sum()
    assert result.lengths.sum() < 1000
    assert (result.history[-1] != result.values).any()


def test_diaries_that_fill_up_change_nothing(monkeypatch):
    whole = [predict(m, nineteen_state_walk(), seed=1, keep=True, **n) for m in METHODS for n in LIMITS]
    monkeypatch.setattr("evomusic.learn.prediction.predict.BLOCK", 3 * 21)
    parts = [predict(m, nineteen_state_walk(), seed=1, keep=True, **n) for m in METHODS for n in LIMITS]
    for a, b in zip(whole, parts, strict=True):
        assert a.history.tolist() == b.history.tolist()
        assert a.values.tolist() == b.values.tolist()
        assert a.lengths.tolist() == b.lengths.tolist()
        assert [x.tolist() for x in a.log] == [x.tolist() for x in b.log]


LIMITS = ({"episodes": 10}, {"steps": 700})


@pytest.mark.parametrize("method", [TD(n=5, alpha=0.3), LambdaReturn(lam=0.9)], ids=["n-step", "returns"])
def test_episodes_longer_than_the_buffer_change_nothing(method, monkeypatch):
    whole = predict(method, nineteen_state_walk(), episodes=10, seed=1)
    monkeypatch.setattr("evomusic.learn.prediction.predict.BUFFER", 4)
    assert whole.lengths.max() > 64
    assert predict(method, nineteen_state_walk(), episodes=10, seed=1).history.tolist() == whole.history.tolist()


def test_actions_are_drawn_by_their_probabilities():
    """Chi-square with 2 degrees of freedom on 30,000 draws: 18.42 is exceeded by chance once in 10,000."""
    chances = np.array([0.2, 0.5, 0.3])
    log = predict(TD(), *bandit(*chances), episodes=30_000, seed=0, keep=True).log
    expected = 30_000 * chances
    assert (((np.bincount(log.a, minlength=3) - expected) ** 2) / expected).sum() < 18.42


def test_actions_of_no_probability_are_never_drawn():
    third = 1 / 3
    mdp, policy = bandit(0.0, 1.0 - third, third)
    assert set(predict(TD(), mdp, policy, episodes=3000, keep=True).log.a.tolist()) == {1, 2}
    assert set(predict(TD(), mdp, np.array([[0.5, 0.5, 0.0]] * 2), episodes=3000, keep=True).log.a.tolist()) == {0, 1}


def test_nothing_is_drawn_where_a_state_has_one_action():
    """An action a state, probabilities of 1, and a model of that action alone: the same walk through the same draws."""
    rng = np.random.default_rng(0)
    p, rewards = rng.dirichlet(np.ones(5), (5, 2)), rng.normal(size=(5, 2))
    two, one = (FiniteMDP.from_arrays(p[:, i], rewards[:, i], start=0, terminal=[4]) for i in ([0, 1], [1]))
    runs = [
        predict(TD(), mdp, policy, episodes=50, seed=2).history.tolist()
        for mdp, policy in ((two, [1] * 5), (two, np.tile([0.0, 1.0], (5, 1))), (one, [0] * 5), (one, None))
    ]
    assert runs[0] == runs[1] == runs[2] == runs[3]


def test_value_of_a_cut_off_state_counts():
    """An endless state that pays 1, discount .5, cut off after three steps: 2, and not 1.75."""
    mdp = FiniteMDP.of({0: {0: [(1.0, 0, 1.0, False)]}}, start=0)
    for method in (TD(gamma=0.5), TD(lam=0.9, gamma=0.5), TD(n=2, gamma=0.5), LambdaReturn(lam=1.0, gamma=0.5)):
        result = predict(method, mdp, [0], episodes=300, horizon=3)
        assert result.values == pytest.approx([2.0], abs=1e-6)
        assert result.lengths.tolist() == [3] * 300


def test_step_size_average_makes_means_of_returns():
    """The return of a one-step episode is its reward."""
    mdp, policy = bandit(0.2, 0.5, 0.3)
    for method in (TD(alpha=em.Average()), TD(n=1, alpha=em.Average()), MonteCarloValues()):
        result = predict(method, mdp, policy, episodes=100)
        assert result.values[0] == pytest.approx(result.returns.mean(), abs=1e-12)


def test_step_size_decays_over_the_steps_of_a_run():
    """Ten episodes of a step; the step size is .9 after the first, 0 after the last: by hand."""
    result = predict(TD(alpha=em.Decay(1.0, 0.0, 1.0)), chain(1.0), steps=10)
    value, values = 0.0, [0.0]
    for i in range(1, 11):
        value += (1 - i / 10) * (1 - value)
        values.append(value)
    assert result.history[:, 0] == pytest.approx(values)
    with pytest.raises(ValueError, match="alpha decays over a fraction of a run"):
        predict(TD(alpha=em.Decay(1.0, 0.0, 1.0)), chain(1.0), episodes=10)


# Tasks.


@pytest.mark.parametrize("final", [False, True], ids=["step rewards", "final reward"])
@pytest.mark.parametrize("method", [MonteCarloValues(), TD(alpha=1.0, lam=1.0)], ids=["monte-carlo", "traces"])
def test_a_melody_teaches_what_was_still_to_come(method, final):
    """One melody, whose states are new each: the value of each is the sum of the rewards from there."""
    task = small_task(final)
    result = predict(method, task, view="short", episodes=1, seed=4, keep=True)
    melody = result.log.a.astype(np.uint8)[None]
    assert result.returns.tolist() == task.evaluate(melody).tolist()
    ahead = task.rewards(melody)[0][::-1].cumsum()[::-1]
    states = agent_states(task, "short", melody)[0, :-1]
    assert result.values[states].tolist() == ahead.tolist()
    assert np.delete(result.values, states).tolist() == [0.0] * (len(result.values) - len(states))


def test_values_on_a_task_are_those_of_its_finite_mdp():
    """The same melodies, to the bit, by another numbering of the states."""
    task = small_task()
    mdp = FiniteMDP.from_task(task)
    by_task = predict(TD(lam=0.7), task, view="markov", episodes=200, seed=1, keep=True)
    by_model = predict(TD(lam=0.7), mdp, episodes=200, seed=1, keep=True)
    assert by_task.log.a.tolist() == by_model.log.a.tolist()
    melodies = by_task.log.a.reshape(200, -1).astype(np.uint8)
    there, here = (transitions_of(task, "markov", melodies, m).s for m in (mdp, None))
    assert by_model.values[there].tolist() == by_task.values[here].tolist()


def test_final_rewards_end_nothing_but_whole_melodies():
    for limit in ({"steps": 40}, {"episodes": 5, "horizon": 3}):
        with pytest.raises(ValueError, match="pays at the end of a melody: give episodes"):
            predict(TD(), small_task(final=True), **limit)


# Batches.


def walk_log(episodes=30):
    return predict(TD(), five_state_walk(), episodes=episodes, seed=0, keep=True).log


def test_batch_td_is_the_value_of_the_most_likely_model():
    """Certainty equivalence: the model of the counts, evaluated by the planner."""
    rng = np.random.default_rng(0)
    mdp = FiniteMDP.from_arrays(rng.dirichlet(np.ones(6), (6, 1)), rng.normal(size=(6, 1, 6)), start=0, terminal=[5])
    log = predict(TD(), mdp, episodes=40, seed=0, keep=True).log
    model = {s: {0: []} for s in range(6)}
    for s, _, r, s2, end in zip(*log, strict=True):
        model[s][0].append((1 / (log.s == s).sum(), int(s2), float(r), bool(end)))
    model[5][0] = [(1.0, 5, 0.0, True)]
    expected = evaluate_policy(FiniteMDP.of(model, start=0), [0] * 6, 0.9)
    assert fit_values(log, "td", 0.9, states=6) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("gamma", [1.0, 0.8])
@pytest.mark.parametrize("kind", ["td", "mc"])
def test_sweeps_converge_to_the_exact_batch_values(kind, gamma):
    log = walk_log()
    alpha = 1 / np.bincount(log.s).max()
    swept = [fit_values(log, kind, gamma, states=7, sweeps=n, alpha=alpha) for n in (1, 2000)]
    exact = fit_values(log, kind, gamma, states=7)
    assert swept[1] == pytest.approx(exact, abs=1e-9)
    assert np.abs(swept[0] - exact).max() > 0.1


def test_batch_monte_carlo_fits_the_returns_best():
    """No other values have a smaller squared error on the log: none of 100 random neighbours."""
    log, rng = walk_log(), np.random.default_rng(0)
    ends = np.flatnonzero(log.terminated)
    returns = log.r[ends[np.searchsorted(ends, np.arange(len(log.s)))]]
    values = fit_values(log, "mc", states=7)

    def loss(v):
        return ((returns - v[log.s]) ** 2).sum()

    assert all(loss(values + rng.normal(scale=0.01, size=7)) > loss(values) for _ in range(100))


def test_broken_off_episodes_count_for_td_alone():
    """State 0 pays 1 and leads to 1; of state 1 it is only known from another episode that it pays 4 and ends."""
    log = [(0, 0, 1.0, 1, False), (1, 0, 4.0, 2, True), (0, 0, 3.0, 1, False)]
    assert fit_values(log, "td").tolist() == pytest.approx([6.0, 4.0])
    assert fit_values(log, "mc").tolist() == pytest.approx([5.0, 4.0])


def test_states_that_were_never_left_are_worth_nothing():
    assert fit_values([(0, 0, 1.0, 1, False)], "td", states=4).tolist() == [1.0, 0.0, 0.0, 0.0]


def test_logs_of_melodies_can_be_fitted():
    """The batch values of all melodies of a small task are the exact values of the uniform policy."""
    task = em.Task(
        em.Grid(bars=1, beats=2, steps_per_beat=1, low=60, high=61), em.Reward({em.rules.RepetitionLimit(): 1.0})
    )
    every = np.array([(a, b) for a in range(4) for b in range(4)], np.uint8)
    mdp = FiniteMDP.from_task(task)
    exact = evaluate_policy(mdp, uniform(mdp))
    for kind in ("td", "mc"):
        found = fit_values(transitions_of(task, "markov", every, mdp), kind, states=mdp.states)
        assert found == pytest.approx(exact, abs=1e-12)


# What is refused.


@pytest.mark.parametrize(
    ("kind", "wrong", "message"),
    [
        (TD, {"gamma": 1.5}, "gamma is 1.5, expected a number from 0 to 1"),
        (TD, {"lam": -0.1}, "lam is -0.1, expected a number from 0 to 1"),
        (LambdaReturn, {"lam": 1.1}, "lam is 1.1, expected a number from 0 to 1"),
        (TD, {"alpha": 2.0}, "alpha is 2.0, expected a number from 0 to 1"),
        (TD, {"traces": "replaceing"}, "did you mean 'replacing'"),
        (TD, {"n": 0}, "n is 0, expected a whole number from 1 to 10,000,000"),
        (TD, {"n": 2, "lam": 0.5}, "expected one of the two"),
        (TD, {"lam": 0.5, "alpha": em.Average()}, "traces share one"),
        (MonteCarloValues, {"initial": np.nan}, "initial is nan, expected a finite number"),
        (MonteCarloValues, {"initial": "high"}, "initial is 'high'"),
    ],
)
def test_wrong_parameters_are_refused(kind, wrong, message):
    with pytest.raises(ValueError, match=message):
        kind(**wrong)


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ([0] * 6, r"policy has shape \(6,\) and dtype int64, expected \(7,\) whole numbers or \(7, 2\) probabilities"),
        ([2] * 7, "policy has actions from 2 to 2, expected 0 to 1"),
        (np.full((7, 2), 0.4), "a row that is no distribution"),
        (np.tile([1.5, -0.5], (7, 1)), "a row that is no distribution"),
        (np.full((7, 2), np.nan), "a row that is no distribution"),
        ([0.5] * 7, "policy has shape"),
        ([[1.0], [0.5, 0.5]], "policy is .*, expected"),
        ("random", "policy has shape"),
    ],
)
def test_policies_that_do_not_fit_are_refused(policy, message):
    with pytest.raises(ValueError, match=message):
        predict(TD(), five_state_walk(), policy, episodes=1)


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({}, "predict needs episodes or steps"),
        ({"episodes": 1, "steps": 1}, "predict needs episodes or steps"),
        ({"episodes": 0}, "episodes is 0, expected a whole number"),
        ({"steps": 1.5}, "steps is 1.5, expected a whole number"),
        ({"episodes": 1, "horizon": 0}, "horizon is 0, expected a whole number"),
        ({"episodes": "1"}, "episodes is '1', expected a whole number"),
        ({"steps": 10**400}, "steps is a whole number of more than 60 digits, expected"),
        ({"episodes": 1, "seed": 2.5}, "seed is 2.5, expected a whole number"),
        ({"episodes": 1, "keep": None}, "keep is None, expected True or False"),
    ],
)
def test_wrong_limits_are_refused(limits, message):
    with pytest.raises(ValueError, match=message):
        predict(TD(), five_state_walk(), **limits)


def test_other_methods_and_first_values_of_other_worlds_are_refused():
    with pytest.raises(ValueError, match=r"method is QLearning.*, expected TD"):
        predict(em.QLearning(), five_state_walk(), episodes=1)
    with pytest.raises(ValueError, match="initial has 3 values, expected 7"):
        predict(TD(initial=[0, 0, 0]), five_state_walk(), episodes=1)


def test_diverging_values_are_refused():
    with pytest.raises(ValueError, match=r"the values of TD diverged .* lower alpha, or lambda"):
        predict(TD(alpha=1.0, lam=1.0, traces="accumulating"), nineteen_state_walk(), episodes=1000)
    calm = predict(TD(alpha=1.0, lam=1.0, traces="replacing"), nineteen_state_walk(), episodes=1000)
    assert np.abs(calm.values).max() <= 1.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"method": "dt"}, "method is 'dt', expected one of 'td', 'mc'"),
        ({"gamma": -1}, "gamma is -1"),
        ({"alpha": 7}, "alpha is 7"),
        ({"sweeps": 0}, "sweeps is 0, expected a whole number"),
        ({"sweeps": 2.5}, "sweeps is 2.5, expected a whole number"),
        ({"states": 0}, "states is 0, expected a whole number"),
        ({"states": "2"}, "states is '2', expected a whole number"),
        ({"states": 10**12}, "states is 1000000000000, expected a whole number"),
        ({"gamma": None}, "gamma is None, expected a number"),
        ({"states": 1}, r"log's s\[1\] is 1, expected a state from 0 to 0"),
        ({"sweeps": 3000, "alpha": 1.0}, "the sweeps diverged .* lower alpha"),
    ],
)
def test_wrong_batches_are_refused(change, message):
    log = [(0, 0, 1.0, 0, False), (1, 0, 1.0, 0, False), *[(0, 0, 1.0, 0, True)] * 6]
    with pytest.raises(ValueError, match=message):
        fit_values(log, **{"method": "mc", **change})


def test_logs_that_say_nothing_are_refused():
    endless = Transitions(*map(np.array, ([0, 1], [0, 0], [1.0, -1.0], [1, 0], [False, False])))
    with pytest.raises(ValueError, match="with gamma 1 the log says nothing of the value of state 0"):
        fit_values(endless, "td")
    assert fit_values(endless, "td", 0.5) == pytest.approx([2 / 3, -2 / 3])  # v = 1 - w / 2, w = -1 + v / 2: by hand
    with pytest.raises(ValueError, match="no episode of the log is whole"):
        fit_values(endless, "mc")
