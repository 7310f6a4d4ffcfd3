"""Melodies with ties: their distribution equals enumeration on random small tasks, and bars of real ones return."""

import math
import pickle
import re

import numpy as np
import pytest
from scipy import stats

import evomusic as em
from evomusic.core import conditions
from evomusic.core.conditions import Tie
from evomusic.core.grid import FIRST_PITCH, Grid
from evomusic.core.ties import form, tied
from tests import naive
from tests.core.test_soft import small_task, some_conditions


def has_tie(tokens: np.ndarray, tie: Tie, grid: Grid) -> bool:
    """Whether a melody has a tie, written from the definition."""
    for i in range(tie.steps):
        here, there = int(tokens[tie.start + i]), int(tokens[tie.source + i])
        if min(here, FIRST_PITCH) != min(there, FIRST_PITCH):
            return False
        if here >= FIRST_PITCH:
            if here - there != tie.transposed and not tie.semitones:
                return False
            if tie.semitones and grid.pitches[here - 2] - grid.pitches[there - 2] != tie.semitones:
                return False
    return True


def random_ties(rng: np.random.Generator, grid: Grid) -> list[Tie]:
    """One tie, or two that copy to different steps."""
    ties: list[Tie] = []
    first = 1
    while first < grid.steps and len(ties) < 2:
        start = int(rng.integers(first, grid.steps))
        steps = int(rng.integers(1, grid.steps - start + 1))
        kind, shift = rng.choice(["transposed", "semitones"]), int(rng.choice([0, 0, 1, -1]))
        ties.append(Tie(start=start, source=int(rng.integers(0, start)), steps=steps, **{kind: shift}))
        first = start + steps
    return ties


def a_case(seed: int, locked: bool):
    """A policy, ties, all melodies and the probability of each among those with the ties, and the log-partition."""
    rng = np.random.default_rng(1000 + seed)
    while True:
        seed += 1000
        task = small_task(seed)
        if task.grid.steps == 1:
            continue
        policy, melodies, ties = task.soften(1.5), naive.every_melody(task.grid), random_ties(rng, task.grid)
        allowed = some_conditions(rng, task.grid) if locked else np.ones((task.grid.steps, task.grid.tokens), bool)
        logs = policy.log_probability(melodies) + policy.log_partition
        fits = allowed[np.arange(task.grid.steps), melodies].all(axis=1)
        fits &= [all(has_tie(m, tie, task.grid) for tie in ties) for m in melodies]
        if fits.any() and np.exp(logs[fits]).sum() > 0:
            break
    partition = float(np.logaddexp.reduce(logs[fits]))
    return policy.lock(allowed), ties, melodies, np.where(fits, np.exp(logs - partition), 0.0), partition


@pytest.mark.parametrize("locked", [False, True], ids=["free", "locked"])
@pytest.mark.parametrize("seed", range(20))
def test_samples_with_ties_fit_the_distribution(seed, locked):
    """Chi-square of 2,000 samples, less what their pool is uncertain; a false alarm in 10,000 for each of 40 tests."""
    policy, ties, melodies, chances, _ = a_case(seed, locked)
    drawn = policy.tie(ties).draw(2000, np.random.default_rng(seed), particles=20)
    powers = policy.machine.grid.tokens ** np.arange(melodies.shape[1] - 1, -1, -1)
    counts = np.bincount(drawn.melodies @ powers, minlength=len(melodies))
    assert not counts[chances == 0].any()
    often = 2000 * chances >= 5
    seen, hoped = (
        np.append(counts[often], counts[~often].sum()),
        np.append(chances[often], chances[~often].sum()) * 2000,
    )
    seen, hoped = seen[hoped > 1e-9], hoped[hoped > 1e-9]
    statistic = ((seen - hoped) ** 2 / hoped).sum() / (1 + 2000 / drawn.effective)
    assert len(seen) == 1 or stats.chi2.sf(statistic, len(seen) - 1) > 1e-4


@pytest.mark.parametrize("particles", [1, 20])
@pytest.mark.parametrize("seed", range(20))
def test_the_partition_of_ties_is_unbiased_within_its_error(seed, particles):
    """The mean of 10 estimates within 5 standard errors."""
    policy, ties, _, _, partition = a_case(seed, seed % 2 == 1)
    draws = [policy.tie(ties).draw(50, np.random.default_rng([seed, i]), particles) for i in range(10)]
    ratios = np.exp([d.log_partition - partition for d in draws])
    error = math.sqrt(np.mean([(d.error * r) ** 2 for d, r in zip(draws, ratios, strict=True)]) / len(draws))
    assert abs(ratios.mean() - 1) <= 5 * error + 1e-9


def test_bars_return_in_tune_and_the_pool_is_worth_many_melodies(tune, policy):
    drawn = policy.tie("AABA").draw(40, np.random.default_rng(0))
    bars = drawn.melodies.reshape(40, 4, 16)
    assert (bars[:, 1] == bars[:, 0]).all()
    assert (bars[:, 3] == bars[:, 0]).all()
    assert (bars[:, 2] != bars[:, 0]).any(axis=1).mean() > 0.9
    assert drawn.effective > 20
    assert drawn.error < 0.5
    assert drawn.log_partition < policy.log_partition


def test_two_estimates_of_the_partition_agree_though_one_has_four_times_the_particles(policy):
    """Within 5 standard errors of their difference."""
    few, many = (policy.tie("ABAB").draw(50, np.random.default_rng(k), particles=k) for k in (50, 200))
    assert abs(few.log_partition - many.log_partition) < 5 * math.hypot(few.error, many.error)


def test_a_sequence_is_transposed_and_a_varied_end_is_free(tune, policy):
    ties = [
        em.conditions.bars_alike(tune.grid, 1, 0, transposed=-1, varied=4),
        em.conditions.bars_alike(tune.grid, 2, 0, semitones=12),
    ]
    melodies = policy.sample(30, np.random.default_rng(0), like=ties)
    for tokens in melodies:
        assert all(has_tie(tokens, tie, tune.grid) for tie in ties)
    assert len(np.unique(melodies[:, 28:32], axis=0)) > 1


def test_a_tie_to_fixed_bars_is_exact(tune, policy):
    melody = em.Melody(policy.sample(1, np.random.default_rng(5))[0], tune.grid)
    bars = melody.tokens.reshape(4, 16)
    both = em.Melody(np.concatenate([bars[0], bars[0], bars[2], bars[0]]), tune.grid)
    locked, fixed = policy.lock(conditions.bars(melody, 0)), policy.lock(conditions.bars(both, 0, 1, 3))
    drawn = locked.tie("AABA").draw(20, np.random.default_rng(0))
    assert locked.tie("AABA").exact
    assert not policy.tie("AABA").exact
    assert (drawn.error, drawn.effective) == (0, 20)
    assert drawn.log_partition == fixed.log_partition
    assert (drawn.melodies == fixed.sample(20, np.random.default_rng(0))).all()
    again = policy.sample(20, np.random.default_rng(0), locked=conditions.bars(melody, 0), like="AABA")
    assert (again == drawn.melodies).all()


def test_conditions_hold_for_all_that_is_tied(tune, policy):
    row = np.full(tune.grid.steps, conditions.OPEN)
    row[52] = tune.grid.token(67)
    melodies = policy.sample(10, np.random.default_rng(0), locked=row, like="AABA")
    assert (melodies[:, [4, 20, 52]] == row[52]).all()


def test_a_tied_policy_goes_through_pickle():
    tie = em.make("tiny").soften(1.0, "uniform").tie(Tie(start=2, source=0, steps=2))
    before = tie.draw(3, np.random.default_rng(0))
    after = pickle.loads(pickle.dumps(tie)).draw(3, np.random.default_rng(0))
    assert (before.melodies == after.melodies).all()


def test_the_same_seed_draws_the_same(policy):
    first, again = (policy.sample(5, np.random.default_rng(3), like="ABAC") for _ in range(2))
    assert (first == again).all()
    assert policy.sample(0, np.random.default_rng(3), like="ABAC").shape == (0, 64)


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("AABA", [(16, 0, 16), (48, 0, 16)]),
        ("ABAB", [(32, 0, 16), (48, 16, 16)]),
        ("AA", [(32, 0, 32)]),
        ("AA'", [(32, 0, 16)]),
        ("period", [(32, 0, 16)]),
        ("ABA'C", [(32, 0, 8)]),
        ("A A' B A'", [(16, 0, 8), (48, 0, 8), (56, 24, 8)]),
    ],
)
def test_a_form_is_written_as_ties(text, spans):
    assert [(t.start, t.source, t.steps) for t in form(text, em.Grid(bars=4))] == spans


def test_ties_of_ties_lead_to_the_first_span():
    grid = em.Grid(bars=3, beats=2, steps_per_beat=1, scale="C major")
    table = tied([Tie(start=2, source=0, steps=2, transposed=1), Tie(start=4, source=2, steps=2, transposed=2)], grid)
    assert table.root.tolist() == [0, 1, 0, 1, 0, 1]
    assert table.copy[4, :4].tolist() == [0, 1, 5, 6]
    assert table.copy[4, -3:].tolist() == [-1, -1, -1]


@pytest.mark.parametrize(
    ("like", "message"),
    [
        ("ABCD", "form is 'ABCD', in which no letter returns"),
        ("AAB", "form is 'AAB', 3 sections: 4 bars do not divide into so many"),
        ("aaba", "form is 'aaba', expected sections such as 'AABA'"),
        ("", "form is '', expected sections such as 'AABA'"),
        (3, "like is 3, expected a form such as 'AABA', or a list of ties"),
        ([1], "like is [1], expected a form such as 'AABA', or a list of ties"),
        ([Tie(start=60, source=0, steps=8)], "a tie ends at step 68, but the grid has 64 steps"),
        ([Tie(start=8, source=0, steps=8), Tie(start=15, source=0, steps=2)], "two ties copy to step 15, expected one"),
    ],
)
def test_wrong_ties_are_named(policy, like, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        policy.sample(1, np.random.default_rng(0), like=like)


def test_ties_that_contradict_conditions_are_an_error(tune, policy):
    row = np.full(tune.grid.steps, conditions.OPEN)
    row[0], row[16] = tune.grid.token(67), tune.grid.token(69)
    with pytest.raises(ValueError, match="no melody meets the conditions: they leave no token at step 0"):
        policy.sample(1, np.random.default_rng(0), locked=row, like="AABA")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Tie(start=4, source=4, steps=1), "tie source is 4, expected a step before its start, 4"),
        (lambda: Tie(start=4, source=0, steps=0), "tie steps is 0, expected a whole number from 1 up"),
        (lambda: Tie(start=4, source=0, steps=1, transposed=1, semitones=2), "a tie has both transposed and semitones"),
        (lambda: conditions.bars_alike(em.Grid(), 4, 0), "bar is 4, expected a whole number from 1 to 3"),
        (
            lambda: conditions.bars_alike(em.Grid(), 1, 0, varied=16),
            "varied is 16, expected a whole number from 0 to 15",
        ),
        (lambda: conditions.bars_alike(3, 1, 0), "grid is 3, expected a Grid"),
    ],
)
def test_wrong_spans_are_named(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()


def test_samples_that_their_pool_is_not_worth_are_refused(monkeypatch):
    """Few particles repeat a bar of nearly uniform tokens three times."""
    monkeypatch.setattr("evomusic.core.optimum.tied.PARTICLES", 1)
    policy = em.make("rules").soften(0.5, "uniform")
    with pytest.raises(ValueError, match=r"^n is 60, but 16 particles for each melody are worth only [0-9.]+"):
        policy.sample(60, np.random.default_rng(0), like="AAAA")


def test_wrong_numbers_of_particles_are_named(policy):
    with pytest.raises(ValueError, match="particles is 0, expected a whole number from 1"):
        policy.tie("AABA").draw(3, np.random.default_rng(0), particles=0)
    with pytest.raises(ValueError, match="rng is 3, expected a numpy Generator"):
        policy.tie("AABA").draw(3, 3)
