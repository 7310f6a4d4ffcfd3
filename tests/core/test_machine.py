from __future__ import annotations

import math
import os
import pickle
import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import pytest

import evomusic as em
from evomusic.core import kernels, machine
from evomusic.core.automata import FEW, TooManyStates, compose, minimise, row_classes, tabulate
from evomusic.core.machine import HEADROOM, fuse
from evomusic.core.recount import recounted
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

    def returns(automata):
        out = np.empty(len(melodies))
        kernels.evaluate(melodies, machine.pack(automata, grid), out)
        return out

    expected = returns(raw)
    assert (returns([minimise(a) for a in raw]) == expected).all()
    assert (returns(fuse([minimise(a) for a in raw])) == expected).all()
    both = compose(raw[0], raw[3])
    assert both is not None
    assert (returns([both]) == returns([raw[0], raw[3]])).all()


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


def test_a_forked_child_evaluates():
    """A fork inherits the thread pool without its threads, so that the child has to make one of its own."""
    code = """
import multiprocessing, numpy as np, evomusic as em
task = em.make("tiny")
melodies = np.random.default_rng(0).integers(0, task.grid.tokens, (100_000, task.grid.steps), np.uint8)
expected = task.evaluate(melodies).sum()
with multiprocessing.get_context("fork").Pool(2) as pool:
    found = [pool.apply_async(task.evaluate, (melodies,)) for _ in range(4)]
    assert [answer.get(timeout=60).sum() for answer in found] == [expected] * 4
"""
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", code]  # 3.12 warns of threads at a fork
    subprocess.run(command, check=True, timeout=120, env=os.environ | {"EVOMUSIC_THREADS": "2"})


def final_task(weight, rules=None, delayed=False):
    return em.Task(
        em.Grid(low=60, high=84), em.Reward(rules or {}, {em.measures.MeanInterval(): weight}), delayed=delayed
    )


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("share", [0.0, 0.5], ids=["alone", "with a rule"])
@pytest.mark.parametrize("delayed", [False, True])
def test_final_rewards_are_refused_exactly_where_sums_could_be_inexact(sign, share, delayed):
    """Rules may reach `share` of the headroom here, and the measure, of bounds 0 and 24, the rest."""
    rules = {Constant(): share * HEADROOM / 64}
    most = (1 - share) * HEADROOM / 24
    weight = np.nextafter(most, 0)
    while 24 * weight + share * HEADROOM >= HEADROOM:  # the product is rounded too
        weight = np.nextafter(weight, 0)
    task = final_task(float(sign * weight), rules, delayed)
    melodies = uniform(task, 2000, np.random.default_rng(0))
    assert (task.rewards(melodies).sum(axis=1) == task.evaluate(melodies)).all()
    assert (task.parts(melodies).sum(axis=1) == task.evaluate(melodies)).all()
    refused = final_task(float(sign * most), rules, delayed)
    with pytest.raises(ValueError, match=r"returns may reach 1\.04858e\+06, expected below .*; use smaller weights"):
        refused.evaluate(melodies)


@pytest.mark.parametrize("weight", [1e6, 1e300, -1e308])
def test_final_weights_too_large_to_be_exact_are_refused(weight):
    rules = em.make("rules").reward.rules
    task = em.Task(em.make("rules").grid, em.Reward(rules, {em.measures.MeanInterval(): weight}))
    for ask in (task.evaluate, task.rewards, task.parts):
        with pytest.raises(ValueError, match=r"returns may reach .*, expected below 1\.04858e\+06; use smaller"):
            ask(np.zeros((3, 64), np.uint8))
    with pytest.raises(ValueError, match="use smaller weights"):
        task.bound()


def made(call, low=0.0, high=1.0):
    """A measure of a function."""
    return type("Made", (), {"__call__": lambda self, *args: call(*args), "bounds": lambda self, grid: (low, high)})()


@pytest.mark.parametrize(
    ("measure", "message"),
    [
        (made(lambda grid, melodies: np.zeros(len(melodies))), "fails on rests, expected measure.melodies, grid. and"),
        (made(lambda melodies: np.zeros(len(melodies))), "fails on rests.*TypeError"),
        (made(lambda melodies, grid: 1 / 0), "fails on rests.*ZeroDivisionError"),
        (made(lambda melodies, grid: 0.5), r"gives 0\.5 for 2 melodies, expected float64 of shape \(2,\)"),
        (made(lambda melodies, grid: np.float64(0.5)), "for 2 melodies, expected float64"),
        (made(lambda melodies, grid: np.zeros(3)), r"gives float64 of shape \(3,\) for 2 melodies"),
        (made(lambda melodies, grid: np.zeros((2, 1))), r"gives float64 of shape \(2, 1\) for 2 melodies"),
        (made(lambda melodies, grid: [0.5, 0.5]), r"gives \[0\.5, 0\.5\] for 2 melodies"),
        (made(lambda melodies, grid: np.zeros(2, complex)), "gives complex128 of shape"),
        (made(lambda melodies, grid: np.array(["a", "b"])), "gives <U1 of shape"),
        (made(lambda melodies, grid: np.full(2, np.nan)), "gives nan for rests, expected a value within its bounds"),
        (made(lambda melodies, grid: np.full(2, 3.0)), r"gives 3\.0 for rests, expected .* 0 to 1"),
        (made(lambda melodies, grid: np.zeros(2), low=-math.inf), "has bounds -inf and 1.0, expected two finite"),
        (made(lambda melodies, grid: np.zeros(2), low=2.0), "has bounds 2.0 and 1.0, expected two finite"),
        (made(lambda melodies, grid: np.zeros(2), low=None), "fails on rests.*TypeError"),
    ],
)
def test_a_measure_that_cannot_be_one_is_refused_with_its_task(measure, message):
    with pytest.raises(ValueError, match=message):
        em.Task(em.Grid(), em.Reward(final={measure: 1.0}))


def test_measures_that_count_in_whole_numbers_are_measures():
    task = em.Task(em.Grid(), em.Reward(final={made(lambda m, grid: (m >= 2).sum(axis=1), high=64.0): 0.5}))
    assert task.evaluate(np.full((3, 64), 2, np.uint8)).tolist() == [32.0] * 3


@pytest.mark.parametrize("rows", [0, 1, 7, FEW, FEW + 1, 3 * FEW])
def test_equal_rows_are_numbered_alike_in_order_of_first_appearance(rows):
    table = np.random.default_rng(rows).integers(-2, 3, (rows, 4))
    ids: dict[tuple[int, ...], int] = {}
    expected = [ids.setdefault(tuple(row), len(ids)) for row in table.tolist()]
    classes, first = row_classes(table)
    assert classes.tolist() == expected
    assert first.tolist() == [expected.index(number) for number in range(len(ids))]


@pytest.mark.parametrize("name", ["tiny", "rules", "tune"])
def test_returns_counted_once_more_are_those_of_the_kernels(name):
    task = em.make(name)
    melodies = np.random.default_rng(0).integers(0, task.grid.tokens, (50, task.grid.steps), np.uint8)
    assert (recounted(task, melodies) == task.evaluate(melodies)).all()
