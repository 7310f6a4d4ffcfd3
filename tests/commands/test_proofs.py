"""Stored proofs of optima, and rewards read from rules: both as the tables and the planner have them."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import evomusic as em
from evomusic.commands import proofs
from evomusic.commands.proofs import part_names, part_rewards, proof_of
from evomusic.core.task import Task

SMALL = {"bars": 1, "grid": {"steps_per_beat": 2}}


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(proofs, "cache_folder", lambda: tmp_path)
    return tmp_path / "optima"


def never(*_):
    raise AssertionError("the planner was asked")


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("tiny", {}),
        ("rules", SMALL),
        ("tune", {"metre": "6/8", "pickup": 1}),
        ("variation", {"bars": 2, "delayed": True, "weight": 3}),
        ("open", {"bars": 2}),
        ("rl-tuner", {}),
    ],
)
def test_rewards_read_from_rules_are_those_of_the_tables(name, parameters):
    task = em.make(name, **parameters)
    rows = np.random.default_rng(1).integers(0, task.grid.tokens, (5, task.grid.steps), np.uint8)
    for row in rows:
        parts = part_rewards(task, em.Melody(row, task.grid))
        assert (parts.sum(axis=0) == task.rewards(row[None])[0]).all()
        assert (parts.sum(axis=1) == task.parts(row[None])[0]).all()
        assert parts.sum() == task.evaluate(row[None])[0]
    assert part_names(task) == task.part_names


def test_a_proof_is_stored_and_read_back_without_the_planner(cache, monkeypatch):
    task = em.make("rules", **SMALL)
    task = Task(task.grid, em.Reward({rule: int(weight + 0.5) for rule, weight in task.reward.rules.items()}), "whole")
    first = proof_of(task)
    best = task.optimum()
    assert (first.value, first.upper, first.random) == (best.value, best.value, task.random_return)
    assert first.melody(task.grid).text == best.melody.text
    monkeypatch.setattr(proofs, "_proved", never)
    assert proof_of(Task(replace(task.grid, tempo=90.0), task.reward, "again")) == first


def test_another_weight_grid_or_parameter_is_another_proof(cache, monkeypatch):
    task = em.make("rules", **SMALL)
    proof_of(task)
    monkeypatch.setattr(proofs, "_proved", never)
    rules = dict(task.reward.rules)
    first = next(iter(rules))
    leap = em.rules.Capped(em.rules.InScale("C major"), 2.0)
    others = [
        Task(task.grid, em.Reward(rules | {first: 2.0})),
        Task(replace(task.grid, phrase_bars=2), task.reward),
        Task(task.grid, em.Reward(rules | {leap: 1.0})),
    ]
    for other in others:
        with pytest.raises(AssertionError, match="the planner was asked"):
            proof_of(other)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: "nothing",
        lambda data: json.dumps(data | {"value": data["value"] + 1}),
        lambda data: json.dumps(data | {"tokens": [0] * len(data["tokens"])}),
        lambda data: json.dumps(data | {"upper": data["value"] - 1}),
        lambda data: json.dumps(data | {"tokens": [999]}),
    ],
    ids=["no JSON", "value", "melody", "bound", "tokens"],
)
def test_a_damaged_proof_is_proved_anew(cache, damage):
    task = em.make("rules", **SMALL)
    first = proof_of(task)
    (file,) = cache.iterdir()
    file.write_text(damage(json.loads(file.read_text())))
    assert proof_of(task) == first
    assert json.loads(file.read_text())["value"] == first.value


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(proofs, "cache_folder", lambda: tmp_path / "file")
    task = em.make("tiny")
    assert proof_of(task).value == task.optimum().value


def test_tasks_with_final_rewards_have_a_bound_that_is_not_stored(cache):
    task = em.make("open", bars=1)
    found = proof_of(task)
    assert found.value < found.upper
    assert not cache.exists()
