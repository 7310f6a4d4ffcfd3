"""Songs with a pickup: exact probabilities, draws, openings, automata and sections on a grid with an upbeat."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chisquare

import evomusic as em
from evomusic.cli import run
from evomusic.core.melody import canonical
from evomusic.song.sections import draw_songs
from tests.song.small import FOUR, windows

ONE = replace(FOUR, pickup=1)  # a step before four units of two: the upbeat's unit begins with a rest
THREE = replace(FOUR, pickup=3, bars=1)  # a step, and a unit, before two units


def windows_of(grid):
    """Windows with their last steps before the first bar, rests among them."""
    rows = windows(FOUR, 80)
    return rows[:, -grid.steps :] if grid.steps < FOUR.steps else np.hstack([np.roll(rows, 3, axis=0)[:, -1:], rows])


def every(grid):
    rows = np.array(list(itertools.product(range(grid.tokens), repeat=grid.steps)), np.uint8)
    return np.unique(canonical(rows), axis=0)


@pytest.fixture(scope="module")
def small():
    return em.train_song(THREE, windows_of(THREE))


def follows(drawn, rows, chances):
    """Whether draws follow the chances of rows; at a fixed seed, false alarm one in ten thousand."""
    number = {row.tobytes(): i for i, row in enumerate(rows)}
    counts = np.bincount([number[canonical(row).tobytes()] for row in drawn], minlength=len(rows))
    expected = len(drawn) * chances / chances.sum()
    often = expected >= 8
    assert often.sum() >= 5
    return chisquare(*[np.append(n[often], n[~often].sum()) for n in (counts, expected)]).pvalue > 1e-4


def test_probabilities_of_all_melodies_sum_to_one_less_the_dead_ends_and_draws_follow_them(small):
    rows = every(THREE)
    chances = np.exp(small.log_probability(rows))
    assert (chances > 0).all()
    assert 0.9 < chances.sum() < 1 + 1e-9
    assert follows(small.sample(4000, np.random.default_rng(1)), rows, chances)


@pytest.mark.parametrize("length", [1, 3, 5])
def test_what_follows_an_opening_of_the_upbeat_and_units_is_drawn_given_it(small, length):
    rows, opening = every(THREE), np.array([2, 3, 2, 3, 2], np.uint8)[:length]
    rows = rows[(rows[:, :length] == opening).all(axis=1)]
    assert follows(small.sample(3000, np.random.default_rng(1), opening), rows, np.exp(small.log_probability(rows)))


def test_redrawn_melodies_stay_draws_of_the_model(small):
    rng, rows = np.random.default_rng(2), every(THREE)
    redrawn = small.redraw(small.sample(4000, rng), rng)
    assert follows(redrawn, rows, np.exp(small.log_probability(rows)))
    before = small.sample(500, rng)
    same = (small.redraw(before, rng) == before)[:, :3].all(axis=1)  # one in four begins after upbeat and first unit...
    assert same.mean() > 0.4  # ...and one later still


@pytest.mark.parametrize("grid", [THREE, replace(THREE, pickup=2), replace(THREE, pickup=1)], ids=["3", "2", "1"])
def test_the_soft_optimum_near_it_equals_enumeration(grid):
    song = em.train_song(grid, windows_of(THREE)[:, 3 - grid.pickup :])
    task = em.Task(grid, em.Reward({em.rules.IntervalSize(): 1.0}), song=song)
    rows = np.array(list(itertools.product(range(grid.tokens), repeat=grid.steps)), np.uint8)
    logs = np.log(2) * song.prior().bits(rows).sum(axis=1)
    assert np.exp(logs).sum() == pytest.approx(1, abs=1e-12)
    weights = np.exp(logs + task.evaluate(rows) / 0.5)
    found = np.exp(task.soften(0.5, prior="song").log_probability(rows))
    assert np.abs(found - weights / weights.sum()).sum() / 2 < 1e-12


def test_a_pickup_of_real_tunes_is_as_often_silent_as_theirs():
    task = em.make("song", pickup=1)
    song, rng = task.sampler, np.random.default_rng(3)
    drawn = song.sample(300, rng)
    assert drawn.shape[1] == 4 + 64 == task.grid.steps
    there, here = ((rows[:, :4] >= 2).any(axis=1).mean() for rows in (song.windows, drawn))
    assert abs(there - here) < 0.1  # of about .7; the standard error is below .03
    assert task.optimum().value == task.bound().upper
    assert em.Typical.train(song, rng, draws=200).sample(2, rng).shape == (2, 68)
    assert em.TiltedSong(song, em.make("rules", key="G major", pickup=1), 1.0)


def test_sections_follow_a_pickup_and_return_without_it():
    grid = em.make("tune", bars=8, pickup=1).grid
    rows = draw_songs("ryan", grid, "G4", 4, np.random.default_rng(4), "AABA")
    assert rows.shape == (4, 4 + 128)
    bars = rows[:, 4:].reshape(4, 4, 32)
    assert (bars[:, 0] == bars[:, 1]).all()
    assert (bars[:, 0] == bars[:, 3]).all()
    assert (bars[:, 0] != bars[:, 2]).any(axis=1).all()


@pytest.mark.parametrize("opening", [[2, 3], [9], [2] * 7], ids=["half a unit", "no token", "all"])
def test_other_openings_are_refused_in_one_line(small, opening):
    with pytest.raises(ValueError, match=r"whole units, each of 2 steps after a pickup of 3|token") as caught:
        small.sample(1, np.random.default_rng(1), opening)
    assert "\n" not in str(caught.value)


def test_the_command_line_writes_songs_with_an_upbeat(tmp_path, capsys):
    arguments = ["write", "--pickup", "1", "-n", "2", "--by", "song", "--seed", "1", "-o", str(tmp_path)]
    assert run(arguments) == 0
    said = capsys.readouterr().out
    assert "songs as the tunes of 'ryan' are" in said
    assert em.read_tune(tmp_path / "tune-2.mid").notes
