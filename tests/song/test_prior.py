"""The song's automata as a prior: probabilities that sum to one, and the soft optimum beside enumeration."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import chisquare

import evomusic as em
from evomusic.core.automata import TooManyStates
from tests.song.small import FOUR, TWO, windows

THREE = em.Grid(bars=3, beats=1, steps_per_beat=2, low=60, high=64, scale="C major")  # units of a bar of odd beats
RULES = {em.rules.IntervalSize(): 1.0, em.rules.OpeningDegree("C major"): 2.0}


def windows_of(grid):
    """Windows on a grid, of units of half a bar or of bars."""
    if grid.beats % 2 == 0:
        return windows(grid)
    rng = np.random.default_rng(5)
    first = rng.integers(0, grid.tokens, (50, 1, grid.steps_per_bar))
    return np.where(rng.random((50, 3, 1)) < 0.6, first, rng.integers(0, grid.tokens, (50, 3, 2))).reshape(50, -1)


def every(grid):
    return np.array(list(itertools.product(range(grid.tokens), repeat=grid.steps)), np.uint8)


@pytest.mark.parametrize("grid", [FOUR, TWO, THREE], ids=["four units", "two units", "odd bars"])
@pytest.mark.parametrize(("temperature", "order"), [(0.4, None), (math.inf, None), (0.4, 3), (math.inf, 1)])
def test_the_soft_optimum_near_a_song_equals_enumeration(grid, temperature, order):
    task = em.Task(grid, em.Reward(RULES), song=em.train_song(grid, windows_of(grid)))
    rows, policy = every(grid), task.soften(temperature, prior="song", order=order)
    assert policy.dropped == ()
    logs = math.log(2) * task.song.prior(order or 2).bits(rows).sum(axis=1)
    assert np.exp(logs).sum() == pytest.approx(1, abs=1e-12)
    tilted = logs + task.evaluate(rows) / temperature
    expected = np.exp(tilted - logsumexp(tilted))
    assert np.abs(np.exp(policy.log_probability(rows)) - expected).sum() / 2 < 1e-12
    assert policy.log_partition == pytest.approx(logsumexp(tilted), abs=1e-9)
    assert policy.kl == pytest.approx(float(expected @ (np.log(expected) - logs)), abs=1e-9)
    assert policy.expected_return() == pytest.approx(float(expected @ task.evaluate(rows)), abs=1e-9)


def test_values_of_the_policy_are_sums_over_all_that_can_follow():
    task = em.Task(FOUR, em.Reward(RULES), sampler=em.train_song(FOUR, windows(FOUR)))  # a sampler is a song, too
    rows, policy = every(FOUR), task.soften(0.7, prior="song")
    bits = task.sampler.prior().bits(rows)
    steps = math.log(2) * bits + task.rewards(rows) / 0.7
    to_come = np.cumsum(steps[:, ::-1], axis=1)[:, ::-1]
    some = np.random.default_rng(1).choice(len(rows), 20)
    v, q = policy.state_values(rows[some]), policy.action_values(rows[some])
    for row, values, actions in zip(rows[some], v, q, strict=True):
        for t in range(FOUR.steps):
            alike = (rows[:, :t] == row[:t]).all(axis=1)
            assert values[t] == pytest.approx(logsumexp(to_come[alike, t]), abs=1e-9)
            for token in range(FOUR.tokens):
                chosen = alike & (rows[:, t] == token)
                assert actions[t, token] == pytest.approx(logsumexp(to_come[chosen, t]), abs=1e-9)


def test_samples_follow_the_distribution():
    task = em.Task(TWO, em.Reward(RULES), song=em.train_song(TWO, windows(TWO)))
    rows, policy = every(TWO), task.soften(0.7, prior="song")
    expected = 5000 * np.exp(policy.log_probability(rows))
    number = {row.tobytes(): i for i, row in enumerate(rows)}
    drawn = policy.sample(5000, np.random.default_rng(2))
    counts = np.bincount([number[row.tobytes()] for row in drawn], minlength=len(rows))
    often = expected >= 8
    assert often.sum() > 30
    pooled = [np.append(n[often], n[~often].sum()) for n in (counts, expected)]
    assert chisquare(*pooled).pvalue > 1e-4  # false alarm: one in ten thousand, at a fixed seed


def test_a_pitch_that_hears_more_notes_remembers_more_and_costs_fewer_bits():
    song = em.train_song(FOUR, windows(FOUR))
    one, two, three = (song.prior(order) for order in (1, 2, 3))
    bits = [-prior.bits(song.windows).sum() for prior in (one, two, three)]
    assert bits[0] > bits[1] > bits[2]
    rows = [sum(map(len, prior.parts[1].next)) for prior in (one, two, three)]
    assert rows[0] < rows[1] < rows[2]
    assert song.prior(2) is two


@pytest.mark.parametrize(
    ("wrong", "kind", "words"),
    [
        (lambda task: task.soften(1.0, prior="sing"), ValueError, "prior is 'sing'"),
        (lambda task: em.make("tiny").soften(1.0, prior="song"), ValueError, "has no song"),
        (lambda task: task.soften(1.0, prior="song", limit=3), TooManyStates, "song alone has more than 3 rows"),
        (lambda task: task.soften(1.0, prior="song", order=3, limit=5), TooManyStates, "take a lower order"),
        (lambda task: task.soften(1.0, prior="song", order=4), ValueError, "order is 4"),
        (lambda task: task.soften(1.0, prior="uniform", order=2), ValueError, "that of a song's pitches"),
        (lambda task: em.Task(FOUR, em.Reward(RULES), song="ryan"), ValueError, "expected a song model"),
    ],
    ids=["word", "no song", "limit", "deep limit", "order", "order of none", "no model"],
)
def test_bad_input_is_refused_in_one_line(wrong, kind, words):
    with pytest.raises(kind, match=words) as caught:
        wrong(em.Task(TWO, em.Reward(RULES), song=em.train_song(TWO, windows(TWO))))
    assert "\n" not in str(caught.value)
