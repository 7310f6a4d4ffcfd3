from __future__ import annotations

import numpy as np
import pytest

import evomusic as em
from evomusic.core.grid import HOLD
from evomusic.encodings.notes.styled import restyle
from evomusic.encodings.samples import style_samples

TASK = em.make("tune", bars=2)
GRID = TASK.grid
LENGTHS = GRID.steps_per_bar, GRID.steps_per_bar // 2, GRID.steps_per_beat


def chances_after(prefix):
    """Probability (A,) of the next token in the style after a prefix (t,), by its automata."""
    memories, t = [0, 0], len(prefix)
    bits = np.zeros(GRID.tokens)
    for i, auto in enumerate(TASK.machine.generator):
        for step, token in enumerate(prefix):
            memories[i] = auto.next[auto.slot[step], memories[i], token]
        bits += auto.value[auto.slot[t], memories[i]]
    return np.exp2(bits) / np.exp2(bits).sum()


def test_a_whole_melody_drawn_anew_is_a_sample_of_the_style():
    rng, whole = np.random.default_rng(0), (GRID.steps,) * 3
    mine = rng.integers(0, GRID.tokens, (40_000, GRID.steps), np.uint8)
    restyle(TASK, mine, *whole, rng)
    theirs = style_samples(TASK, np.random.default_rng(1), 40_000)
    for row in theirs:
        canonical(row)
    for t in range(GRID.steps):
        a, b = (np.bincount(x[:, t], minlength=GRID.tokens) for x in (mine, theirs))
        used = a + b >= 20
        assert (np.abs(a - b)[used] < 5.5 * np.sqrt(a + b)[used]).all()


def test_a_span_is_drawn_after_what_precedes_it():
    rng, half = np.random.default_rng(1), GRID.steps // 2
    melody = rng.integers(2, GRID.tokens, GRID.steps).astype(np.uint8)  # leaps that no sample has
    mine = np.tile(melody, (60_000, 1))
    restyle(TASK, mine, half, half, half, rng)
    second = mine[(mine[:, :half] == melody[:half]).all(axis=1)][:, half]
    assert len(second) > 10_000
    counts, expected = np.bincount(second, minlength=GRID.tokens), chances_after(melody[:half]) * len(second)
    assert (np.abs(counts - expected)[expected > 10] < 5 * np.sqrt(expected)[expected > 10]).all()


def test_one_span_changes_and_what_is_around_it_stays():
    rng = np.random.default_rng(2)
    before = rng.integers(0, GRID.tokens, (5000, GRID.steps), np.uint8)
    settled = before.copy()
    for row in settled:
        canonical(row)
    after = before.copy()
    restyle(TASK, after, *LENGTHS, rng)
    for old, new in zip(settled, after, strict=True):
        changed = np.flatnonzero(old != new)
        if len(changed):
            a, b = changed[0] // LENGTHS[2] * LENGTHS[2], -(-(changed[-1] + 1) // LENGTHS[2]) * LENGTHS[2]
            struck = b < GRID.steps and old[changed[-1]] == HOLD  # a note that sounded on after the span
            assert (old[:a] == new[:a]).all()
            assert struck or (old[b:] == new[b:]).all()
    assert (settled != after).any(axis=1).mean() > 0.9


def canonical(row):
    """Holds without a note before them become rests."""
    silent = True
    for t, token in enumerate(row):
        if token != HOLD:
            silent = token == 0
        elif silent:
            row[t] = 0


def test_rates_of_mutations_are_those_asked_for():
    rng = np.random.default_rng(3)
    genomes = style_samples(TASK, rng, 20_000)
    some = em.Notes(crossover_rate=0.0, mutations={"style": 1.0, "resample": 1.0}, mutation_rate=0.4, resample_rate=1.0)
    changed = (some.vary(TASK, genomes, rng) != genomes).any(axis=1).mean()
    alone = em.Notes(crossover_rate=0.0, mutations="style", mutation_rate=1.0)
    share = (alone.vary(TASK, genomes, rng) != genomes).any(axis=1).mean()
    assert share > 0.8
    assert changed == pytest.approx(0.2 + 0.2 * share, abs=0.015)
    never = em.Notes(crossover_rate=0.0, mutations="style", mutation_rate=0.0)
    assert (never.vary(TASK, genomes, rng) == genomes).all()


def test_methods_with_the_style_as_a_mutation_run_and_repeat():
    encoding = em.Notes(mutations={"style": 2.0, "move": 1.0}, mutation_rate=0.8)
    for method in (em.GA(encoding=encoding), em.HillClimb(encoding=encoding), em.Annealing(encoding=encoding)):
        first, again = (em.run(method, TASK, steps=20_000, seed=4) for _ in range(2))
        assert first.best_return == again.best_return
        assert first.best_return > em.run(em.RandomSearch(), TASK, steps=20_000, seed=4).best_return


def test_without_a_style_it_is_refused():
    method = em.GA(encoding=em.Notes(mutations="style", mutation_rate=1.0))
    with pytest.raises(ValueError, match="has no style to propose from"):
        em.run(method, em.make("rules", bars=1), steps=2000)
    with pytest.raises(ValueError, match="'styl'"):
        em.Notes(mutations="styl")
