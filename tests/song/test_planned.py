"""The soft optimum in plans of a song: what returns is copied, what does not is drawn by the policy."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.stats import chisquare

import evomusic as em
from evomusic.core.ties import NONE
from tests.song.small import FOUR, windows

RULES = {em.rules.IntervalSize(): 1.0, em.rules.OpeningDegree("C major"): 2.0}


@pytest.fixture(scope="module")
def song():
    return em.train_song(FOUR, windows(FOUR))


@pytest.fixture(scope="module")
def policy(song):
    return em.Task(FOUR, em.Reward(RULES), song=song).soften(0.7, prior="song")


def by_plan(song, policy, rows, n):
    """Probability of each melody: of the plans of many songs, and under the policy at steps that a plan leaves free."""
    planned, chances, at = em.Planned(song, policy), np.zeros(len(rows)), np.arange(len(rows))
    drawn, counts = np.unique(song.sample(n, np.random.default_rng(9)), axis=0, return_counts=True)
    steps = policy.probabilities(rows)
    for melody, share in zip(drawn, counts / n, strict=True):
        plan, product = planned.ties(melody), np.full(len(rows), share)
        for t in range(FOUR.steps):
            copied = plan.copy[t, rows[:, plan.root[t]]]
            forced = (plan.root[t] < t) & (copied > NONE)
            forced &= steps[at, t, np.maximum(copied, 0)] > 0
            product *= np.where(forced, rows[:, t] == copied, steps[at, t, rows[:, t]])
        chances += product
    return chances


def test_draws_follow_the_policy_at_free_steps_and_copy_at_others(song, policy):
    rows = np.array(list(itertools.product(range(FOUR.tokens), repeat=FOUR.steps)), np.uint8)
    chances = by_plan(song, policy, rows, 6000)
    assert chances.sum() == pytest.approx(1, abs=1e-9)
    number = {row.tobytes(): i for i, row in enumerate(rows)}
    drawn = em.Planned(song, policy).sample(6000, np.random.default_rng(1))
    counts, expected = np.bincount([number[row.tobytes()] for row in drawn], minlength=len(rows)), 6000 * chances
    often = expected >= 40
    assert often.sum() > 10
    # the plans of either side are samples of 6,000, so that counts differ by twice the variance of one
    share = np.append(counts[often], counts[~often].sum()) / 2
    assert chisquare(share, np.append(expected[often], 6000 - expected[often].sum()) / 2).pvalue > 1e-4


def test_units_return_as_often_as_in_songs_and_more_than_in_the_soft_optimum():
    task, rng = em.make("tune", bars=2), np.random.default_rng(2)
    song, policy = task.song.song(), task.soften(4.0, prior="song", rules=["Cadence", "IntervalSize"])
    found = [
        (rows.reshape(300, 4, 8)[:, 2:] == rows.reshape(300, 4, 8)[:, :2]).all(axis=2).mean()
        for rows in (song.sample(300, rng), em.Planned(song, policy).sample(300, rng), policy.sample(300, rng))
    ]
    assert abs(found[0] - found[1]) < 0.06
    assert found[2] < found[1] / 2


def test_typical_draws_of_another_source_are_accepted_by_their_ratio():
    task, rng = em.make("tune", bars=2), np.random.default_rng(3)
    song, policy = task.song.song(), task.soften(4.0, prior="song", rules=["Cadence"])
    typical = em.Typical.train(song, rng, draws=300, source=em.Planned(song, policy))
    assert typical.sample(5, rng).shape == (5, 32)
    assert typical.source.policy is policy


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda song, policy: em.Planned("ryan", policy), "expected a song model"),
        (lambda song, policy: em.Planned(song, "soft"), "expected a soft optimum"),
        (lambda song, policy: em.Planned(song, em.make("tune").soften(1.0)), "the bars, metre and pitches of the song"),
        (lambda song, policy: em.Planned(song, policy).sample(-1, np.random.default_rng(1)), "n is -1"),
        (lambda song, policy: em.Planned(song, policy).sample(1, 3), "rng"),
        (lambda song, policy: em.Typical.train(song, np.random.default_rng(1), source=3), "source is 3"),
    ],
)
def test_bad_input_is_refused_in_one_line(song, policy, wrong, words):
    with pytest.raises(ValueError, match=words) as caught:
        wrong(song, policy)
    assert "\n" not in str(caught.value)
    assert em.Planned(song, policy).sample(0, np.random.default_rng(1)).shape == (0, FOUR.steps)
