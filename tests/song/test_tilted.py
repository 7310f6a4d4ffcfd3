"""Songs tilted by rules: chains whose ends are distributed as song x exp(return / temperature)."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.stats import chisquare

import evomusic as em
from evomusic.core.melody import canonical
from tests.song.small import FOUR, windows


@pytest.fixture(scope="module")
def song():
    return em.train_song(FOUR, windows(FOUR))


@pytest.fixture(scope="module")
def task():
    return em.Task(FOUR, em.Reward({em.rules.IntervalSize(): 1.0, em.rules.OpeningDegree("C major"): 2.0}))


def test_ends_of_chains_follow_the_tilted_distribution(song, task):
    rows = np.array(list(itertools.product(range(FOUR.tokens), repeat=FOUR.steps)), np.uint8)
    rows = np.unique(canonical(rows), axis=0)
    odds = np.exp(song.log_probability(rows) + task.evaluate(rows) / 0.7)
    number = {row.tobytes(): i for i, row in enumerate(rows)}
    walked = em.TiltedSong(song, task, 0.7).walk(3000, np.random.default_rng(1), steps=16)
    counts = np.bincount([number[canonical(row).tobytes()] for row in walked.melodies], minlength=len(rows))
    expected = 3000 * odds / odds.sum()
    often = expected >= 8
    assert often.sum() > 20
    pooled = [np.append(n[often], n[~often].sum()) for n in (counts, expected)]
    assert chisquare(*pooled).pvalue > 1e-4
    untilted = 3000 * np.exp(song.log_probability(rows))
    assert chisquare(pooled[0], np.append(untilted[often], 3000 - untilted[often].sum())).pvalue < 1e-12
    assert (walked.returns == task.evaluate(walked.melodies)).all()
    assert 0.2 < walked.accepted < 0.9


def test_at_an_infinite_temperature_every_proposal_is_accepted(song, task):
    walked = em.TiltedSong(song, task, math.inf).walk(20, np.random.default_rng(2), steps=3, end="tonic")
    assert walked.accepted == 1.0
    assert all(em.Melody(row, FOUR).notes[-1].pitch % 12 == 0 for row in walked.melodies)
    assert em.TiltedSong(song, task).walk(0, np.random.default_rng(2)).melodies.shape == (0, FOUR.steps)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda song, task: em.TiltedSong(song, em.make("tiny")), "the bars, metre and pitches of the song"),
        (lambda song, task: em.TiltedSong(song, task, 0), "temperature is 0"),
        (lambda song, task: em.TiltedSong(task, task), "song"),
        (lambda song, task: em.TiltedSong(song, task).walk(1, np.random.default_rng(1), -1), "steps is -1"),
        (lambda song, task: em.TiltedSong(song, task).walk(1, np.random.default_rng(1), 1, "tonc"), "tonic"),
    ],
)
def test_bad_input_is_refused_in_one_line(song, task, wrong, words):
    with pytest.raises(ValueError, match=words) as caught:
        wrong(song, task)
    assert "\n" not in str(caught.value)
