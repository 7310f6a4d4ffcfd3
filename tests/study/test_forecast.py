"""Forecasts of a study's time."""

from __future__ import annotations

import pytest

import evomusic as em
from evomusic.study import forecast
from tests.study.stand_ins import small_task


@pytest.mark.parametrize("rate", [1e-7, 1e-5, 1e-3])
def test_a_forecast_is_exact_where_time_is_a_line(monkeypatch, rate):
    monkeypatch.setattr(forecast, "_seconds", lambda method, task, steps, seed: 0.05 + rate * steps)
    found = forecast.trial(None, small_task(), 1_000_000)
    assert found.seconds == pytest.approx(0.05 + rate * 1_000_000 if found.steps > 1000 else rate * 1_000_000, rel=0.06)
    assert found.steps <= 1_000_000


def test_a_trial_stops_growing_when_it_is_long_enough(monkeypatch):
    sizes = []

    def seconds(method, task, steps, seed):
        sizes.append(steps)
        return steps * 1e-5

    monkeypatch.setattr(forecast, "_seconds", seconds)
    found = forecast.trial(None, small_task(), 1_000_000)
    assert sizes == [1000, 1000, 4000, 16000, 64000]
    assert found.steps == 64000
    assert found.seconds == pytest.approx(10.0)


def test_a_trial_really_runs_the_method_and_never_beyond_its_budget(monkeypatch):
    charged = []
    run = forecast.run

    def counted(*arguments):
        record = run(*arguments)
        charged.append(record.steps)
        return record

    monkeypatch.setattr(forecast, "run", counted)
    assert not forecast.trial(em.GA(population=10), small_task(), 1000).fault
    assert charged[-1] == 1000


def test_a_method_that_does_not_fit_says_why():
    found = forecast.trial(em.GA(start=((0, 0),)), small_task(), 1000)
    assert found.fault == "ValueError: rows of tokens have shape (1, 2), expected (P, 4): one a step"
