"""Melodies to begin with. Statistics: fixed seed, false alarm p = 1e-4 each."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import chisquare

from evomusic.core.automata import Automaton
from evomusic.core.grid import Grid
from evomusic.core.reward import Reward
from evomusic.core.task import Task
from evomusic.encodings.notes.notes import Notes
from evomusic.encodings.samples import first_melodies

ALARM = 1e-4
GRID = Grid(bars=1, beats=3, steps_per_beat=1, low=60, high=61)
ODDS = np.array([[0.5, 0.25, 0.25, 0.0], [0.0, 0.0, 0.1, 0.9]])  # by memory: nothing yet or a rest; a note or a hold


def styled():
    """A style of two automata; at the last step every token is as likely as any, and unnormalised."""
    shared = np.array([1.0, -2.0, 0.5, -1.0])  # bits that the second automaton adds, and the first leaves out
    with np.errstate(divide="ignore"):
        value = np.stack([np.log2(ODDS), np.full((2, 4), 3.0)]) - shared
    following = np.tile(np.array([0, 1, 1, 1], np.int32), (2, 2, 1))
    first = Automaton(np.array([0, 0, 1]), following, value)
    second = Automaton(np.zeros(3, np.int64), np.zeros((1, 1, 4), np.int32), shared[None, None])
    machine = SimpleNamespace(generator=(first, second))
    return SimpleNamespace(name="styled", grid=GRID, sampler=None, machine=machine)


def test_samples_of_a_style_follow_its_odds():
    n = 20_000
    melodies = Notes(first="style").sample(styled(), np.random.default_rng(0), n)
    first, second, third = (np.bincount(column, minlength=4) for column in melodies.T)
    assert first[3] == 0
    assert chisquare(first[:3], n * ODDS[0, :3]).pvalue > ALARM
    assert chisquare(second, n * (0.5 * ODDS[0] + 0.5 * ODDS[1])).pvalue > ALARM
    assert chisquare(third).pvalue > ALARM


def test_random_melodies_are_uniform_in_every_token():
    melodies = first_melodies("random", Task(GRID, Reward()), np.random.default_rng(1), 20_000)
    assert chisquare(np.bincount(melodies.ravel(), minlength=4)).pvalue > ALARM


def test_a_task_without_style_says_so():
    with pytest.raises(ValueError, match="'plain' has no style to sample"):
        Notes(first="style").sample(Task(GRID, Reward(), "plain"), np.random.default_rng(0), 3)
