"""A method that breaks its contract ends its run with one line that names it."""

import math

import numpy as np
import pytest

import evomusic as em
from evomusic.core.ledger import IDLE
from evomusic.core.method import Batch
from tests import random_tasks


def task():
    return random_tasks.task(np.random.default_rng(0), em.Grid(bars=1, beats=2, steps_per_beat=2))


class Odd:
    """Random search, but for what is passed."""

    def __init__(self, batch=None, deliver=None, init=None):
        self.batch, self.delivered, self.first = batch, deliver, init

    def init(self, task, rng):
        return self.step(task, (), rng) if self.first is None else self.first()

    def step(self, task, state, rng):
        melodies = rng.integers(0, task.grid.tokens, (5, task.grid.steps), dtype=np.uint8)
        returns = task.evaluate(melodies)
        return (), self.batch(melodies, returns) if self.batch else Batch(melodies, returns)

    def deliver(self, task, state):
        return self.delivered() if self.delivered else np.zeros((1, task.grid.steps), np.uint8)


def spoilt(value):
    def returns(melodies, values):
        values[2] = value
        return Batch(melodies, values)

    return returns


BATCHES = {
    "inf": (spoilt(math.inf), "returns of Odd hold inf, expected finite numbers"),
    "minus inf": (spoilt(-math.inf), "returns of Odd hold -inf, expected finite numbers"),
    "nan": (spoilt(math.nan), "returns of Odd hold nan, expected finite numbers"),
    "float32": (
        lambda m, r: Batch(m, r.astype(np.float32)),
        r"returns of Odd are float32 of shape \(5,\), expected float64 of shape \(5,\), one a melody",
    ),
    "whole numbers": (lambda m, r: Batch(m, r.astype(int)), "returns of Odd are int64 of shape"),
    "a list": (lambda m, r: Batch(m, r.tolist()), r"returns of Odd are \[.*, expected float64 of shape \(5,\)"),
    "no returns": (lambda m, r: Batch(m, None), "returns of Odd are None, expected float64"),
    "too few": (lambda m, r: Batch(m, r[:3]), r"float64 of shape \(3,\), expected float64 of shape \(5,\)"),
    "too many": (lambda m, r: Batch(m[:3], r), r"float64 of shape \(5,\), expected float64 of shape \(3,\)"),
    "a column": (lambda m, r: Batch(m, r[:, None]), r"float64 of shape \(5, 1\), expected"),
    "short melodies": (
        lambda m, r: Batch(m[:, :3], r),
        r"melodies of Odd are uint8 of shape \(5, 3\), expected uint8 of shape \(P, 4\)",
    ),
    "one melody": (lambda m, r: Batch(m[0], r), r"melodies of Odd are uint8 of shape \(4,\)"),
    "no melodies": (lambda m, r: Batch(None, r), "melodies of Odd are None, expected uint8"),
    "wide tokens": (lambda m, r: Batch(m.astype(int), r), r"melodies of Odd are int64 of shape \(5, 4\), expected"),
    "tokens beyond": (lambda m, r: Batch(m + 200, r), "melodies of Odd hold token 2.., expected 0 to 26"),
    "no batch": (lambda m, r: (m, r), r"a batch of Odd is .*, expected an evomusic.Batch of melodies and returns"),
    "nothing": (lambda m, r: None, "a batch of Odd is None, expected an evomusic.Batch"),
    "empty for ever": (
        lambda m, r: Batch(m[:0], r[:0]),
        f"Odd made no melody in {IDLE} batches in a row, expected one or more",
    ),
}


@pytest.mark.parametrize("name", BATCHES)
def test_a_batch_that_is_none_is_refused(name):
    batch, message = BATCHES[name]
    with pytest.raises(ValueError, match=message):
        em.run(Odd(batch), task(), steps=400)


@pytest.mark.parametrize(
    ("delivered", "message"),
    [
        (None, "melodies delivered by Odd are None, expected uint8 of shape \\(P, 4\\)"),
        (np.zeros((0, 4), np.uint8), "Odd delivers no melody, expected at least one"),
        (np.zeros((1, 3), np.uint8), "melodies delivered by Odd are uint8 of shape \\(1, 3\\)"),
        (np.zeros((1, 4)), "melodies delivered by Odd are float64"),
        (np.full((1, 4), 255, np.uint8), "melodies delivered by Odd hold token 255, expected 0 to 26"),
    ],
    ids=["None", "empty", "short", "floats", "beyond"],
)
def test_a_delivery_that_is_no_melody_is_refused(delivered, message):
    with pytest.raises(ValueError, match=message):
        em.run(Odd(deliver=lambda: delivered), task(), steps=400)


@pytest.mark.parametrize("answer", [None, (), ((),), 3], ids=str)
def test_an_answer_without_state_and_batch_is_refused(answer):
    with pytest.raises(ValueError, match=r"Odd\.init returned .*, expected a state and a Batch"):
        em.run(Odd(init=lambda: answer), task(), steps=400)


def test_a_few_empty_batches_are_allowed_and_cost_nothing():
    turns = []

    def sometimes(melodies, returns):
        turns.append(len(turns))
        size = 5 if len(turns) % 4 == 0 else 0
        return Batch(melodies[:size], returns[:size])

    record = em.run(Odd(sometimes), task(), steps=400)
    assert (record.steps, len(turns)) == (400, 80)


def test_a_run_that_is_stopped_before_its_first_melody_has_an_empty_curve():
    record = em.run(Odd(lambda m, r: Batch(m[:0], r[:0])), task(), steps=400, watch=lambda ledger: True)
    assert (record.steps, len(record.curve.steps)) == (0, 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"steps": 2.5}, r"steps is 2\.5, expected a whole number"),
        ({"steps": "100"}, "steps is '100', expected a whole number"),
        ({"steps": True}, "steps is True, expected a whole number"),
        ({"steps": None}, "steps is None, expected a whole number"),
        ({"steps": -4}, "steps is -4, expected a whole number"),
        ({"steps": 0}, "steps is 0, expected at least 4"),
        ({"steps": math.nan}, "steps is nan, expected a whole number"),
        ({"steps": 10**400}, "steps is a whole number of more than 60 digits, expected a whole number from 0 to"),
        ({"seed": 2.5}, r"seed is 2\.5, expected a whole number"),
        ({"seed": -1}, "seed is -1, expected a whole number"),
        ({"seed": None}, "seed is None, expected a whole number"),
        ({"method": None}, "method is None, expected a method, such as em.GA()"),
        ({"method": "ga"}, "method is 'ga', expected a method"),
        ({"method": em.GA}, r"method is <class .*GA'>, expected a method, such as em.GA\(\): it is a class"),
        ({"task": None}, "task is None, expected a Task"),
        ({"task": "tune"}, "task is 'tune', expected a Task"),
        ({"task": em.Task}, "task is .*: it is a class"),
        ({"watch": 3}, "watch is 3, expected a function of the ledger"),
    ],
    ids=str,
)
def test_arguments_of_run_are_checked(arguments, message):
    with pytest.raises(ValueError, match=message):
        em.run(**{"method": Odd(), "task": task(), "steps": 400} | arguments)
