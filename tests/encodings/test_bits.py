"""Bits: total, exact, and Holland's operators. Statistics: fixed seed, false alarm p = 1e-4 each."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, chisquare

from evomusic.core.grid import Grid
from evomusic.core.reward import Reward
from evomusic.core.task import Task
from evomusic.encodings.bits import Bits, token_width

ALARM = 1e-4
RANGES = [(60, 60), (60, 61), (60, 62), (60, 73), (60, 74), (0, 127)]
SMALL = Task(Grid(bars=1, beats=2, steps_per_beat=2, low=60, high=64), Reward())  # 7 tokens, 3 bits, 12 a string


@pytest.mark.parametrize("gray", [True, False])
@pytest.mark.parametrize(("low", "high"), RANGES)
def test_melodies_come_back_exactly(low, high, gray):
    task, encoding = Task(Grid(bars=2, low=low, high=high), Reward()), Bits(gray=gray)
    melodies = np.random.default_rng(0).integers(0, task.grid.tokens, (100, 32), np.uint8)
    assert (encoding.decode(task, encoding.encode(task, melodies)) == melodies).all()


@pytest.mark.parametrize("gray", [True, False])
@pytest.mark.parametrize(("low", "high"), RANGES)
def test_every_string_is_a_melody_and_every_token_has_one_or_two_codes(low, high, gray):
    grid = Grid(bars=1, beats=1, steps_per_beat=1, low=low, high=high)
    width = token_width(grid.tokens)
    strings = (np.arange(2**width)[:, None] >> np.arange(width)[::-1] & 1).astype(np.uint8)
    tokens = Bits(gray=gray).decode(Task(grid, Reward()), strings)[:, 0]
    codes = np.bincount(tokens, minlength=grid.tokens)
    assert len(codes) == grid.tokens
    assert set(codes) <= {1, 2}


@pytest.mark.parametrize("tokens", [2, 3, 4, 5, 17, 130])
def test_tokens_get_the_least_bits_that_do(tokens):
    assert 2 ** token_width(tokens) >= tokens > 2 ** (token_width(tokens) - 1)


def test_neighbouring_tokens_differ_in_one_bit_in_gray_code():
    task = Task(Grid(bars=1, beats=1, steps_per_beat=1, low=60, high=73), Reward())  # 16 tokens: one code each
    strings = Bits().encode(task, np.arange(16, dtype=np.uint8)[:, None])
    assert (np.abs(np.diff(strings.astype(int), axis=0)).sum(axis=1) == 1).all()


def test_crossover_points_are_uniform_within_the_string():
    parents = np.tile(np.array([[0] * 12, [1] * 12], np.uint8), (5000, 1))
    children = Bits(crossover_rate=1, flip_rate=0).vary(SMALL, parents, np.random.default_rng(1))
    assert (np.diff(children[::2].astype(int), axis=1) >= 0).all()
    points = 12 - children[::2].sum(axis=1)
    assert chisquare(np.bincount(points, minlength=12)[1:]).pvalue > ALARM


@pytest.mark.parametrize("rate", [0.03, 0.5, 0.9, None])
def test_bits_flip_each_by_itself_at_the_rate(rate):
    """The number of flips in a string is binomial, and no place is preferred."""
    n, p = 8000, 1 / 12 if rate is None else rate
    children = Bits(crossover_rate=0, flip_rate=rate).vary(SMALL, np.zeros((n, 12), np.uint8), np.random.default_rng(2))
    expected = n * binom.pmf(np.arange(13), 12, p)
    common = expected > 10
    counts = np.bincount(children.sum(axis=1), minlength=13)
    tail = n - expected[common].sum()
    assert chisquare([*counts[common], counts[~common].sum()], [*expected[common], tail]).pvalue > ALARM
    assert chisquare(children.sum(axis=0)).pvalue > ALARM


@pytest.mark.parametrize(("rate", "flipped"), [(0.0, 0), (1e-300, 0), (1.0, 1)])
def test_bits_flip_never_or_always_at_the_ends(rate, flipped):
    parents = np.zeros((50, 12), np.uint8)
    children = Bits(crossover_rate=0, flip_rate=rate).vary(SMALL, parents, np.random.default_rng(3))
    assert (children == flipped).all()


@pytest.mark.parametrize("parameters", [{"flip_rate": 1.5}, {"crossover_rate": -1}, {"gray": "yes"}])
def test_parameters_out_of_range_are_refused(parameters):
    with pytest.raises(ValueError, match=next(iter(parameters))):
        Bits(**parameters)
