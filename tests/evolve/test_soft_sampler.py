"""Exact samples as a method."""

import math

import numpy as np
import pytest

import evomusic as em


def test_each_step_delivers_its_own_samples():
    task, rng, method = em.make("tiny"), np.random.default_rng(0), em.SoftSampler(batch=9)
    state, batch = method.init(task, rng)
    state, batch = method.step(task, state, rng)
    assert (method.deliver(task, state) == batch.melodies).all()
    assert len(batch.melodies) == 9


def test_a_run_delivers_the_exact_expected_return():
    task = em.make("tiny")
    record = em.run(em.SoftSampler(temperature=0.5), task, steps=4000, seed=0)
    policy = task.soften(0.5, "uniform")
    assert em.SoftSampler(temperature=0.5).expected(task, record.state) == policy.expected_return()
    assert record.curve.delivered[-1] == policy.expected_return()


def test_the_mean_return_grows_as_the_temperature_falls():
    task = em.make("tiny")
    means = [em.SoftSampler(temperature=t).expected(task, None) for t in (math.inf, 4.0, 1.0, 0.25, 0.01)]
    assert means == sorted(means)
    assert means[-1] == pytest.approx(task.optimum().value, abs=1e-3)


def test_no_expected_return_is_claimed_where_rules_are_dropped():
    assert em.SoftSampler(limit=100).expected(em.make("rules", bars=1), None) is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"temperature": 0}, "temperature is 0, expected a number from 1e-06 up, or math.inf"),
        ({"temperature": math.nan}, "temperature is nan"),
        (
            {"prior": "styl"},
            "prior is 'styl', expected one of 'auto', 'style', 'uniform', 'song'; did you mean 'style'?",
        ),
        ({"batch": 0}, "batch is 0, expected a whole number"),
        ({"limit": 1.5}, "limit is 1.5, expected a whole number"),
    ],
)
def test_wrong_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        em.SoftSampler(**arguments)
