from __future__ import annotations

import pickle
from dataclasses import dataclass

import numpy as np
import pytest

import evomusic as em
from evomusic.core import kernels, machine
from evomusic.core.automata import TooManyStates, compose, minimise, tabulate
from evomusic.core.machine import HEADROOM, fuse
from evomusic.core.reward import QUANTUM
from tests import naive, random_tasks

SEEDS = range(25)


@dataclass(frozen=True, kw_only=True)
class Hoarder:
    """Remembers everything."""

    start = ()
    hears = ()

    def read(self, memory, event, slot):
        return (*memory, event.pitch), 0.0


@dataclass(frozen=True, kw_only=True)
class Constant:
    """Pays the same at every step."""

    value: float = 1.0
    start = None
    hears = ()

    def read(self, memory, event, slot):
        return None, self.value


def uniform(task, n, rng):
    return rng.integers(0, task.grid.tokens, (n, task.grid.steps), dtype=np.uint8)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("final", [False, True], ids=["rules", "final"])
def test_return_equals_step_rewards_equals_parts_equals_naive_twin(seed, final):
    rng = np.random.default_rng(seed)
    task = random_tasks.task(rng, random_tasks.any_grid(rng), final=final)
    melodies = uniform(task, 30, rng)
    returns = task.evaluate(melodies)
    assert (task.rewards(melodies).sum(axis=1) == returns).all()
    assert (task.parts(melodies).sum(axis=1) == returns).all()
    for melody, value in zip(melodies, returns, strict=True):
        expected = naive.parts(task, melody)
        assert sum(reversed(expected)) == value
    assert task.parts(melodies).shape == (30, len(task.part_names))
    assert task.parts(melodies)[-1].tolist() == naive.parts(task, melodies[-1])


def test_returns_do_not_depend_on_batch_or_threads(monkeypatch):
    rng = np.random.default_rng(3)
    task = random_tasks.task(rng, em.Grid(low=60, high=84, scale="C major"))
    melodies = uniform(task, 3001, rng)
    monkeypatch.setenv("EVOMUSIC_THREADS", "1")
    alone = task.evaluate(melodies)
    monkeypatch.setenv("EVOMUSIC_THREADS", "2")
    assert (task.evaluate(melodies) == alone).all()
    assert (np.concatenate([task.evaluate(melodies[i : i + 7]) for i in range(0, 70, 7)]) == alone[:70]).all()


def test_every_value_is_a_multiple_of_the_quantum():
    rng = np.random.default_rng(4)
    task = random_tasks.task(rng, em.Grid(), most=12)
    for auto in task.machine.automata:
        assert (auto.value / QUANTUM == np.round(auto.value / QUANTUM)).all()


def test_read_only_and_strided_melodies_are_evaluated_alike():
    rng = np.random.default_rng(5)
    task = random_tasks.task(rng, em.Grid())
    melodies = uniform(task, 20, rng)
    returns = task.evaluate(melodies)
    frozen = melodies.copy()
    frozen.flags.writeable = False
    assert (task.evaluate(frozen) == returns).all()
    assert (task.evaluate(np.repeat(melodies, 2, axis=0)[::2]) == returns).all()
    assert (task.evaluate(np.asfortranarray(melodies).astype(np.int64)) == returns).all()


@pytest.mark.parametrize(
    ("melodies", "message"),
    [
        (np.zeros((8, 60), np.uint8), r"melodies has shape \(8, 60\), expected \(P, 64\)"),
        (np.zeros(64, np.uint8), r"melodies has shape \(64,\)"),
        (np.full((1, 64), 99, np.uint8), "token 99, expected 0 to 26"),
        (np.full((1, 64), -1), "token -1"),
        (np.zeros((1, 64)), "dtype float64"),
    ],
)
def test_melodies_that_do_not_fit_are_refused(melodies, message):
    task = em.Task(em.Grid(), em.Reward({Constant(): 1.0}))
    with pytest.raises(ValueError, match=message):
        task.evaluate(melodies)


def test_rule_that_remembers_everything_is_named():
    with pytest.raises(TooManyStates, match=r"Hoarder\(\) has more than .* memories"):
        tabulate(Hoarder(), em.Grid(), limit=2000)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_value_that_is_not_finite_is_refused(value):
    with pytest.raises(ValueError, match="not finite"):
        tabulate(Constant(value=value), em.Grid())


def test_sums_too_large_to_be_exact_are_refused():
    with pytest.raises(ValueError, match="use smaller weights"):
        _ = em.Task(em.Grid(), em.Reward({Constant(): HEADROOM / 64})).machine


@pytest.mark.parametrize("seed", range(10))
def test_minimised_composed_and_fused_automata_pay_what_the_rules_pay(seed):
    rng = np.random.default_rng(seed)
    grid = random_tasks.any_grid(rng)
    rules = random_tasks.pool(rng, grid)[:8]
    raw = [tabulate(rule, grid) for rule in rules]
    melodies = rng.integers(0, grid.tokens, (50, grid.steps), dtype=np.uint8)

    def paid(automata):
        out = np.empty(len(melodies))
        kernels.evaluate(melodies, machine.pack(automata, grid), out)
        return out

    expected = paid(raw)
    assert (paid([minimise(a) for a in raw]) == expected).all()
    assert (paid(fuse([minimise(a) for a in raw])) == expected).all()
    both = compose(raw[0], raw[3])
    assert both is not None
    assert (paid([both]) == paid([raw[0], raw[3]])).all()


def test_minimised_automaton_is_the_smallest():
    """A counter of onsets that is paid for only up to its limit needs limit + 1 memories."""
    auto = minimise(tabulate(em.rules.NoteCount(low=2, high=2, slope=10.0), em.Grid(bars=1)))
    assert auto.size == 4  # none, one, two, more


def test_fused_groups_are_fewer_than_rules():
    rng = np.random.default_rng(0)
    task = random_tasks.task(rng, em.Grid(scale="C major"), most=12)
    assert len(task.machine.groups) < len(task.machine.automata) == 9


def test_pickled_task_holds_tables_but_no_rules():
    task = em.Task(em.Grid(), em.Reward({Constant(): 1.0}), "mine")
    melodies = np.zeros((3, 64), np.uint8)
    copy = pickle.loads(pickle.dumps(task))
    assert (copy.evaluate(melodies) == task.evaluate(melodies)).all()
    assert b"Constant()" not in pickle.dumps(task)
    with pytest.raises(AttributeError, match="its rules stayed behind"):
        _ = copy.reward


def test_no_rules_pay_nothing():
    task = em.Task(em.Grid(), em.Reward())
    melodies = np.zeros((3, 64), np.uint8)
    assert task.evaluate(melodies).tolist() == [0.0] * 3
    assert task.optimum().value == 0.0
    assert task.parts(melodies).shape == (3, 0)


def test_random_return_is_the_mean_over_all_melodies():
    for seed in range(8):
        rng = np.random.default_rng(seed)
        task = random_tasks.task(rng, random_tasks.tiny_grid(rng))
        mean = task.evaluate(naive.every_melody(task.grid)).mean()
        assert task.random_return == pytest.approx(mean, abs=1e-9)
