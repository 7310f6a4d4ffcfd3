"""The tilt of a song model: features of real tunes on average, and independent samples of the density that it says."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import check_grad
from scipy.stats import chisquare

import evomusic as em
from evomusic.core.melody import canonical
from evomusic.corpus import training
from evomusic.song.features import _forms, song_features
from evomusic.song.plan import unit_steps
from evomusic.song.typical import _loss
from tests.song.small import TWO, windows


@pytest.fixture(scope="module")
def real():
    grid = em.make("tune").grid
    return em.train_song(grid, training(grid).melodies)


def test_the_tilt_brings_features_nearer_to_those_of_real_tunes(real):
    rng = np.random.default_rng(1)
    typical = em.Typical.train(real, rng, draws=1500)
    there, plain, tilted = (
        song_features(rows, real.grid, real.tonic)
        for rows in (real.windows, real.sample(600, rng), typical.sample(600, rng))
    )
    scale = there.std(axis=0) + 1e-9
    far, near = (np.abs((rows.mean(axis=0) - there.mean(axis=0)) / scale).mean() for rows in (plain, tilted))
    assert near < 0.85 * far


def ways_of(unit):
    """A unit, its rhythm, its contour and its head, as tuples."""
    notes = [token for token in unit if token >= 2]
    ways = [0, *((b > a) - (b < a) for a, b in pairwise(notes))]
    rhythm = tuple(min(token, 2) for token in unit)
    onsets = tuple(token >= 2 for token in unit)
    return tuple(unit), rhythm, (onsets, tuple(ways if notes else ())), tuple(unit[: len(unit) // 2])


@pytest.mark.parametrize("grid", [em.Grid(bars=9, low=60, high=62), em.Grid(bars=17, beats=3, low=60, high=62)])
def test_features_of_form_are_those_counted_one_by_one(grid):
    rng = np.random.default_rng(4)
    units = rng.integers(0, grid.tokens, (3, 4, unit_steps(grid)), np.uint8)
    melody = canonical(units[:, rng.integers(0, 4, grid.steps // unit_steps(grid))].reshape(3, -1))
    expected = []
    for row in melody:
        kinds = list(zip(*map(ways_of, row.reshape(-1, unit_steps(grid)).tolist()), strict=True))
        heads = kinds.pop()
        pairs = [list(zip(kind[::2], kind[1::2], strict=False)) for kind in kinds]
        column = []
        for lag in (1, 2, 4, 8, 16):
            later = [*(kinds if lag >= 8 else kinds[2:]), heads]
            sources = [(kind, lag) for kind in later] + [
                (kind, lag // 2) for kind in pairs if 1 <= lag // 2 < len(kind)
            ]
            column += [np.mean([a == b for a, b in zip(kind, kind[by:], strict=False)]) for kind, by in sources]
        expected.append([*column, *(len(set(kind)) / len(kind) for kind in (*kinds, *pairs))])
    np.testing.assert_allclose(np.stack(_forms(melody, grid), axis=1), expected)


def test_samples_follow_the_clipped_density():
    song = em.train_song(TWO, windows(TWO))
    typical = em.Typical.train(song, np.random.default_rng(2), draws=300)
    drawn = canonical(typical.sample(3000, np.random.default_rng(3)))
    rows, counts = np.unique(drawn, axis=0, return_counts=True)
    density = np.exp(song.log_probability(rows) + np.minimum(typical.log_ratio(rows), typical.bound))
    # melodies that were never drawn are missing from the sum: compare the frequent ones among themselves
    often = counts >= 15
    assert often.sum() > 20
    expected = density[often] * counts[often].sum() / density[often].sum()
    assert chisquare(counts[often], expected).pvalue > 1e-6  # chosen by their counts, which favours high ones


def test_the_gradient_is_that_of_the_loss():
    rng = np.random.default_rng(4)
    features, labels, beta = rng.normal(size=(30, 4)), rng.choice([-1.0, 1.0], 30), rng.normal(size=5)
    wrong = check_grad(lambda b: _loss(b, features, labels, 3.0)[0], lambda b: _loss(b, features, labels, 3.0)[1], beta)
    # the constant is not penalised, and the loss has no term for it
    assert wrong < 1e-4


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda song: em.Typical.train("song", np.random.default_rng(1)), "song"),
        (lambda song: em.Typical.train(song, np.random.default_rng(1), draws=3), "draws is 3"),
        (lambda song: em.Typical.train(song, np.random.default_rng(1), ridge=-1.0), "ridge"),
    ],
    ids=["song", "draws", "ridge"],
)
def test_bad_input_is_refused_in_one_line(wrong, words):
    song = em.train_song(TWO, windows(TWO))
    with pytest.raises(ValueError, match=words) as caught:
        wrong(song)
    assert "\n" not in str(caught.value)
