from __future__ import annotations

import itertools

import numpy as np
import pytest

import evomusic as em
from evomusic.core.automata import TooManyStates
from evomusic.core.policies import action_values, expected_return, is_quick, style_policy
from evomusic.core.views import as_view, listed
from evomusic.encodings.samples import style_samples

VIEWS = ("blind", "short", "pitch", "pitches", "markov")


def rows_along(task, view, melodies):
    """Rows of a listed view (P, T) before each token of melodies (P, T)."""
    auto, rows = listed(task, view, 2**23), np.empty(melodies.shape, np.int64)
    memory = np.zeros(len(melodies), np.int64)
    for t in range(task.grid.steps):
        rows[:, t] = memory + (t * auto.size if view.clock else 0)
        memory = auto.next[auto.slot[t], memory, melodies[:, t]]
    return rows


def random_policy(task, view, rng):
    auto = listed(task, view, 2**23)
    rows = auto.size * (task.grid.steps if view.clock else 1)
    return rng.dirichlet(np.full(task.grid.tokens, 0.5), rows)


@pytest.fixture(scope="module")
def small():
    grid = em.Grid(bars=1, beats=4, steps_per_beat=1, low=60, high=64)
    rules = {em.rules.IntervalSize(): 1.0, em.rules.RepetitionLimit(): 1.5, em.rules.InScale("C major"): 0.7}
    return em.Task(grid, em.Reward(rules | {em.rules.Cadence("C major"): 2.0}), name="small")


@pytest.fixture(scope="module")
def everything(small):
    tokens = itertools.product(range(small.grid.tokens), repeat=small.grid.steps)
    return np.array(list(tokens), np.uint8)


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("seed", range(5))
def test_expected_return_is_the_sum_over_all_melodies(small, everything, name, seed):
    view = as_view(name)
    policy = random_policy(small, view, np.random.default_rng(seed))
    rows = rows_along(small, view, everything)
    chances = np.prod(policy[rows, everything], axis=1)
    assert chances.sum() == pytest.approx(1.0, abs=1e-12)
    assert expected_return(small, name, policy) == pytest.approx(chances @ small.evaluate(everything), abs=1e-11)


def test_the_uniform_policy_has_the_return_of_random_tokens():
    task = em.make("tune", bars=2)
    policy = np.full((listed(task, as_view("short"), 2**23).size * task.grid.steps, task.grid.tokens), 1 / 17)
    assert expected_return(task, "short", policy) == pytest.approx(task.random_return, abs=1e-8)


def test_a_delayed_task_has_the_same_expectation():
    policy = style_policy(em.make("tune", bars=1), "short")
    now, later = (expected_return(em.make("tune", bars=1, delayed=late), "short", policy) for late in (False, True))
    assert now == later


@pytest.mark.parametrize("name", ["blind", "short", "pitches", "bar"])
def test_the_style_as_a_view_sees_it_is_how_often_samples_go_on(name):
    task, view = em.make("tune", bars=1), as_view(name)
    melodies = style_samples(task, np.random.default_rng(0), 60_000)
    rows, policy = rows_along(task, view, melodies).ravel(), style_policy(task, name)
    counts = np.zeros(policy.shape)
    np.add.at(counts, (rows, melodies.ravel()), 1)
    seen = counts.sum(axis=1)
    assert (seen > 0).sum() > 1
    expected = policy * seen[:, None]
    cells = expected >= 10
    assert cells.sum() > 16
    chi = (counts[cells] - expected[cells]) / np.sqrt(expected[cells])
    assert np.abs(chi).max() < 6
    assert (chi**2).mean() < 1.3
    assert policy.min() > 0
    assert np.allclose(policy.sum(axis=1), 1, atol=1e-12)


def test_a_view_that_sees_the_style_whole_writes_as_it_does():
    task = em.make("tune", bars=1)
    view = em.View(observers=task.generator)
    policy, melodies = style_policy(task, view), style_samples(task, np.random.default_rng(1), 50)
    bits = np.zeros(len(melodies))
    memories = [np.zeros(len(melodies), np.int64) for _ in task.machine.generator]
    for t in range(task.grid.steps):
        tokens = melodies[:, t]
        for i, auto in enumerate(task.machine.generator):
            bits += auto.value[auto.slot[t]][memories[i], tokens]
            memories[i] = auto.next[auto.slot[t]][memories[i], tokens].astype(np.int64)
    mine = np.log2(policy[rows_along(task, view, melodies), melodies]).sum(axis=1)
    assert np.allclose(mine, bits, atol=1e-6)


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("gamma", [1.0, 0.7])
def test_action_values_are_means_over_all_melodies(small, everything, name, gamma):
    view = as_view(name)
    policy = random_policy(small, view, np.random.default_rng(7))
    rows, rewards = rows_along(small, view, everything), small.rewards(everything)
    chances = np.prod(policy[rows, everything], axis=1)
    later = [gamma ** np.arange(small.grid.steps - t) @ rewards[:, t:].T for t in range(small.grid.steps)]
    sums, weights = np.zeros(policy.shape), np.zeros(policy.shape)
    for t in range(small.grid.steps):
        np.add.at(sums, (rows[:, t], everything[:, t]), chances * later[t])
        np.add.at(weights, (rows[:, t], everything[:, t]), chances)
    visited = weights > 0
    values = action_values(small, name, policy, gamma)
    assert visited.sum() > small.grid.tokens
    assert np.allclose(values[visited], (sums / np.where(visited, weights, 1))[visited], atol=1e-10)


def test_policies_that_do_not_fit_are_named(small):
    with pytest.raises(ValueError, match=r"policy is .*expected float64 of shape \(4, 7\)"):
        expected_return(small, "blind", np.ones((2, 2)))
    with pytest.raises(ValueError, match="no distribution"):
        expected_return(small, "blind", np.ones((4, 7)))
    with pytest.raises(ValueError, match="'small' has no style"):
        style_policy(small, "blind")


def test_final_rewards_and_large_views_have_no_exact_expectation(small):
    final = em.Task(small.grid, em.Reward({em.rules.Cadence("C major"): 1.0}, final={em.measures.MeanInterval(): 1.0}))
    with pytest.raises(ValueError, match="final rewards"):
        expected_return(final, "blind", np.full((4, 7), 1 / 7))
    assert not is_quick(final, as_view("blind"))
    assert is_quick(small, as_view("markov"))
    with pytest.raises(TooManyStates, match="too many to list"):
        style_policy(em.make("tune"), "markov")
    assert not is_quick(em.make("tune"), as_view("markov"))
