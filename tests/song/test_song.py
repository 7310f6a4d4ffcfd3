"""A style with form: its plans, its exact probabilities, and samples that follow them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.stats import chisquare

import evomusic as em
from evomusic.core.melody import canonical
from evomusic.corpus import ryan
from evomusic.song import contexts
from evomusic.song.plan import NEW, Return, plan_of
from tests.song.small import FOUR, TWO, windows


@pytest.fixture(scope="module")
def small():
    return em.train_song(FOUR, windows(FOUR))


@pytest.fixture(scope="module")
def grid():
    return em.make("tune").grid


@pytest.fixture(scope="module")
def real(grid):
    return em.train_song(grid, ryan.training(grid).melodies)


@pytest.mark.parametrize(
    ("units", "plan"),
    [
        (["23", "23"], [NEW, Return("same", 1)]),
        (["232", "343"], [NEW, Return("moved", 1, 1)]),
        (["232", "234"], [NEW, Return("varied", 1, 1)]),
        (["2323", "2344"], [NEW, Return("varied", 1, 2)]),
        (["23", "34"], [NEW, NEW]),
        (["21", "21"], [NEW, NEW]),
        (["23", "2-", "23"], [NEW, NEW, Return("same", 2)]),
        (["232", "343", "343"], [NEW, Return("moved", 1, 1), Return("same", 1)]),
    ],
)
def test_a_plan_reads_the_closest_return_from_the_nearest_source(units, plan):
    tokens = np.array([[int(c.replace("-", "1")) for c in unit] for unit in units])
    assert list(plan_of(tokens)) == plan


@pytest.mark.parametrize("grid", [FOUR, TWO], ids=["four units", "two units"])
def test_probabilities_of_all_melodies_sum_to_one_less_the_dead_ends(grid):
    follow(em.train_song(grid, windows(grid)))


def test_samples_with_echoes_follow_their_probabilities(monkeypatch):
    plain = em.train_song(TWO, windows(TWO))
    monkeypatch.setattr(contexts, "LONG", 2)
    song = em.train_song(TWO, windows(TWO), without=tuple(part for part in contexts.PARTS if part != "echo"))
    follow(song)
    row = np.array([[2, 3, 4, 2, 4, 3]], np.uint8)  # its second unit is new
    assert song.log_probability(row) != plain.log_probability(row)


def follow(song):
    """Check that samples of a model follow its probabilities, over all melodies."""
    grid = song.grid
    rows = np.array(list(itertools.product(range(grid.tokens), repeat=grid.steps)), np.uint8)
    rows = np.unique(canonical(rows), axis=0)
    chances = np.exp(song.log_probability(rows))
    assert (chances > 0).all()
    assert 0.9 < chances.sum() < 1 + 1e-9
    assert often(song.sample(4000, np.random.default_rng(1)), rows, chances) > 30


def often(drawn, rows, chances):
    """How many of all melodies (N, T) should come eight times or more among draws; checks that each comes as often."""
    number = {row.tobytes(): i for i, row in enumerate(rows)}
    counts = np.bincount([number[canonical(row).tobytes()] for row in drawn], minlength=len(rows))
    expected = len(drawn) * chances / chances.sum()
    many = expected >= 8
    pooled = [np.append(n[many], n[~many].sum()) for n in (counts, expected)]
    assert chisquare(*pooled).pvalue > 1e-4  # false alarm: one in ten thousand, at a fixed seed
    return many.sum()


def test_samples_of_a_long_melody_follow_its_probabilities(monkeypatch):
    monkeypatch.setattr(contexts, "LONG", 4)  # four units are as many as hear their theme and their middle
    grid = em.Grid(bars=2, beats=2, steps_per_beat=2, low=60, high=60)
    rng = np.random.default_rng(3)
    first, second = rng.integers(0, grid.tokens, (2, 60, 2, 2))
    second = np.where(rng.random((60, 1, 1)) < 0.6, first, second)
    song = em.train_song(grid, np.concatenate([first, second], axis=1).reshape(60, 8))
    rows = np.unique(canonical(np.array(list(itertools.product(range(grid.tokens), repeat=8)), np.uint8)), axis=0)
    chances = np.exp(song.log_probability(rows))
    assert 0.9 < chances.sum() < 1 + 1e-9
    often(song.sample(3000, np.random.default_rng(1)), rows, chances)


@pytest.mark.parametrize("length", [2, 4, 6])
def test_what_follows_an_opening_is_drawn_given_it_over_all_plans(small, length):
    rows = np.array(list(itertools.product(range(FOUR.tokens), repeat=FOUR.steps)), np.uint8)
    opening = np.array([2, 3, 2, 3, 0, 2], np.uint8)[:length]
    rows = np.unique(canonical(rows[(rows[:, :length] == opening).all(axis=1)]), axis=0)
    chances = np.exp(small.log_probability(rows))
    assert often(small.sample(3000, np.random.default_rng(1), opening), rows, chances) >= 8


def test_redrawn_melodies_keep_their_beginnings_and_stay_draws_of_the_model(real):
    rng = np.random.default_rng(8)
    before = real.sample(300, rng)
    after = real.redraw(before, rng)
    same = (before == after).reshape(300, 8, -1).all(axis=2)
    firsts = same.cumprod(axis=1).sum(axis=1)  # first units that are as they were
    assert 30 < (firsts == 0).sum() < 60  # one in eight is drawn anew from the first on
    assert (firsts >= 4).mean() > 0.45
    there, here = (real.log_probability(rows).mean() for rows in (before, after))
    assert abs(there - here) < 3  # of about 40; the standard error is below .7


def test_a_melody_has_one_probability_for_one_sound(small):
    row = np.array([[2, 3, 0, 0, 2, 3, 2, 3]], np.uint8)
    alike = np.array([[2, 3, 0, 1, 2, 3, 2, 3]], np.uint8)
    assert small.log_probability(row) == small.log_probability(alike)


def test_samples_of_real_tunes_close_and_return_as_often_as_they_do(real):
    drawn = real.sample(400, np.random.default_rng(2))
    assert len(np.unique(drawn, axis=0)) > 395
    assert np.isfinite(real.log_probability(drawn[:40])).all()
    for measure, slack in ((em.measures.RhythmRepetition(), 0.08), (em.measures.BarRepetition(), 0.05)):
        there, here = (measure(rows, real.grid).mean() for rows in (real.windows, drawn))
        assert abs(there - here) < slack, measure


def test_unseen_tunes_are_more_probable_than_the_same_notes_backwards(real, grid):
    held = ryan.held_out(grid, most=60).melodies
    # a melody read backwards note by note, with its rhythm as it was
    turned = held.copy()
    for row in turned:
        row[row >= 2] = row[row >= 2][::-1]
    there, back = real.log_probability(held), real.log_probability(turned)
    both = np.isfinite(there) & np.isfinite(back)
    assert both.sum() > 30
    assert (there > back)[both].mean() > 0.8


def test_every_melody_has_a_probability(real):
    grid, rng = real.grid, np.random.default_rng(7)
    noise = rng.integers(0, grid.tokens, (50, grid.steps), np.uint8)
    still = np.stack([np.zeros(grid.steps, np.uint8), np.ones(grid.steps, np.uint8)])
    logs = real.log_probability(np.concatenate([noise, still]))
    assert np.isfinite(logs).all()
    hiccups = np.tile([0, 2, 0, 3], grid.steps // 4).astype(np.uint8)  # rhythms of no tune, but all alike
    drawn = real.log_probability(real.sample(50, rng))
    assert logs.max() < real.log_probability(hiccups[None])[0] < drawn.min()


def test_the_same_seed_gives_the_same_melodies(small):
    first, again = (small.sample(20, np.random.default_rng(4)) for _ in range(2))
    assert (first == again).all()
    assert small.sample(0, np.random.default_rng(4)).shape == (0, FOUR.steps)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: em.train_song(FOUR, np.zeros((3, 8), np.uint8)), "one with a note at least"),
        (lambda: em.train_song(FOUR, np.zeros((3, 9), np.uint8)), "expected \\(P, 8\\)"),
        (lambda: em.train_song(FOUR, windows(FOUR), "H4"), "H4"),
        (lambda: em.train_song(FOUR, windows(FOUR)).sample(-1, np.random.default_rng(1)), "n is -1"),
        (lambda: em.train_song(FOUR, windows(FOUR)).sample(1, 7), "rng"),
        (lambda: em.train_song(FOUR, windows(FOUR)).sample(1, np.random.default_rng(1), [2]), "whole units"),
        (lambda: em.train_song(FOUR, windows(FOUR)).sample(1, np.random.default_rng(1), [9, 9]), "token"),
    ],
    ids=["no notes", "length", "tonic", "number", "generator", "half a unit", "no token"],
)
def test_bad_input_is_refused_in_one_line(wrong, words):
    with pytest.raises(ValueError, match=words) as caught:
        wrong()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "changes", [{"bars": 8}, {"beats": 2, "steps_per_beat": 6}, {"bars": 2}], ids=["8", "6/8", "2"]
)
def test_other_lengths_and_metres_are_trained_alike(changes):
    grid = em.make("tune", grid=changes).grid
    windows = ryan.training(grid).melodies[:150]
    drawn = em.train_song(grid, windows).sample(10, np.random.default_rng(5))
    assert drawn.shape == (10, grid.steps)
    assert (drawn >= 2).any(axis=1).all()
