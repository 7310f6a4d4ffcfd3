from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import evomusic as em
from evomusic.core.toml import ConfigError
from evomusic.encodings.samples import style_samples
from evomusic.listener.file import Entry, Learned, checked, merged, read_listener, write_listener
from evomusic.study.build import BadTable
from evomusic.study.config import text_of
from evomusic.study.tasks import build_task

STUDY = """# heard
steps = 1000
seeds = 1

[tasks.tune]
name = "tune"
bars = 2
reward = {reward}

[methods.random]
kind = "RandomSearch"
"""


@cache
def heard() -> tuple[em.Aspects, em.Preference, np.ndarray]:
    task = em.make("tune", bars=2)
    aspects = em.Aspects.of(task)
    rows = style_samples(task, np.random.default_rng(0), 60)
    values = aspects.values(rows)
    wins = (values[:30, 0] > values[30:, 0]).astype(float)
    return aspects, em.fit_preference(values[:30], values[30:], wins), rows


def written(tmp_path: Path, steer: float = 0.7, name: str = "listener.toml") -> Path:
    aspects, preference, _ = heard()
    write_listener(tmp_path / name, aspects, preference, steer)
    return tmp_path / name


@pytest.mark.parametrize("steer", [0.0, 0.7, 1.0])
def test_a_task_with_the_file_returns_what_the_listener_does(tmp_path, steer):
    aspects, preference, rows = heard()
    task = build_task({"name": "tune", "bars": 2, "reward": str(written(tmp_path, steer))})
    np.testing.assert_array_equal(task.evaluate(rows), aspects.steered(preference.mean, steer).evaluate(rows))


def test_the_rules_of_the_file_are_those_of_a_study(tmp_path):
    table = tomllib.loads(written(tmp_path).read_text())
    assert table["task"] == "tune"
    assert table["learnt"]["choices"] == 30
    assert table["learnt"]["aspects"] == list(heard()[0].names)
    own = build_task({"grid": heard()[0].task.grid.to_dict() | {}, "rules": table["rules"], "final": table["final"]})
    np.testing.assert_allclose(
        own.evaluate(heard()[2]),
        build_task({"name": "tune", "bars": 2, "reward": str(written(tmp_path))}).evaluate(heard()[2]),
    )


def test_in_another_key_rules_are_the_tasks_and_weights_the_listeners(tmp_path):
    task = build_task({"name": "tune", "key": "A minor", "reward": str(written(tmp_path))})
    assert next(rule.scale for rule in task.reward.rules if isinstance(rule, em.rules.Cadence)).startswith("A ")
    here = build_task({"name": "tune", "bars": 2, "reward": str(written(tmp_path))})
    assert sorted(task.reward.rules.values()) == sorted(here.reward.rules.values())


def test_changes_of_a_task_come_on_top_of_the_listener(tmp_path):
    path = str(written(tmp_path))
    task = build_task({"name": "tune", "reward": path, "rules": [{"kind": "Cadence", "weight": 50}]})
    assert next(w for rule, w in task.reward.rules.items() if isinstance(rule, em.rules.Cadence)) == 50


def test_a_song_keeps_its_typicality_as_far_as_it_is_not_steered(tmp_path):
    task = build_task({"name": "song", "reward": str(written(tmp_path, 0.7))})
    weights = {type(part).__name__: weight for part, weight in task.reward.final.items()}
    assert weights["Typicality"] == pytest.approx(0.3)
    assert weights["AtMost"] == pytest.approx(0.3 * 0.25)


def test_several_listeners_are_the_mean_by_precision():
    table = {"kind": "Sustain"}
    first = Learned((Entry(table, 1.0, 0.5), Entry({"kind": "UniqueClimax"}, 2.0, 0.0)), (), 1.0)
    second = Learned((Entry(table, 4.0, 1.0), Entry({"kind": "UniqueClimax"}, 4.0, 0.0)), (), 0.0)
    both = merged([first, second])
    assert both.rules[0].weight == pytest.approx((4 * 1.0 + 1 * 4.0) / 5)
    assert both.rules[0].sd == pytest.approx(5**-0.5)
    assert both.rules[1].weight == 3.0
    assert both.steer == 0.5
    assert merged([first]) == first


def test_a_weight_that_one_learnt_is_taken_before_one_that_another_could_not_learn():
    table = {"kind": "Sustain"}
    both = merged([Learned((Entry(table, 1.0, 0.5),), (), 1.0), Learned((Entry(table, 9.0, 0.0),), (), 1.0)])
    assert both.rules[0] == Entry(table, 1.0, pytest.approx(0.5))


def test_a_path_is_relative_to_the_study_and_its_text_then_stands_alone(tmp_path, monkeypatch):
    folder = tmp_path / "a folder"
    folder.mkdir()
    written(folder, name="ear.toml")
    study = folder / "study.toml"
    study.write_text(STUDY.format(reward='"ear.toml"'))
    monkeypatch.chdir(tmp_path)
    read = em.Study.read(study)
    text = text_of(study)
    (folder / "ear.toml").unlink()
    moved = tmp_path / "moved.toml"
    moved.write_text(text)
    rows = heard()[2]
    np.testing.assert_array_equal(em.Study.read(moved).tasks["tune"].evaluate(rows), read.tasks["tune"].evaluate(rows))
    with pytest.raises(ConfigError, match=r"ear\.toml: cannot be read"):
        em.Study.read(study)


def test_a_study_without_rewards_keeps_its_text_to_the_byte(tmp_path):
    study = tmp_path / "study.toml"
    text = STUDY.replace("reward = {reward}\n", "").replace("# heard", "# a reward")
    study.write_text(text)
    assert text_of(study) == text


def test_two_listeners_of_a_study_are_merged(tmp_path):
    for name, steer in (("a.toml", 1.0), ("b.toml", 1.0)):
        written(tmp_path, steer, name)
    study = tmp_path / "study.toml"
    study.write_text(STUDY.format(reward='["a.toml", "b.toml"]'))
    alone = build_task({"name": "tune", "bars": 2, "reward": str(tmp_path / "a.toml")})
    rows = heard()[2]
    np.testing.assert_allclose(em.Study.read(study).tasks["tune"].evaluate(rows), alone.evaluate(rows))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("rule = 1", "rule: unknown key, expected one of task, steer, rules, final, learnt; did you mean 'rules'?"),
        ("task = 'tune'", "rules: expected one or more, or a final measure"),
        ("rules = 3", "rules: expected a list of tables, came 3"),
        ("rules = [{weight = 1}]", "rules.0.kind: expected the name of one"),
        ("rules = [{kind = 'Sustain'}]", "rules.0.weight is None"),
        ("rules = [{kind = 'Sustain', weight = nan}]", "rules.0.weight is nan"),
        ("steer = 3\nrules = [{kind = 'Sustain', weight = 1}]", "steer is 3, expected"),
        ("rules = [{kind = 'Sustain', weight = 1}]\n[learnt]\nrules_sd = [1, 2]", "learnt.rules_sd: expected 1 number"),
        ("rules = [{kind = 'Sustain', weight = 1}]\n[learnt]\nrules_sd = [-1]", "learnt.rules_sd.0 is -1"),
        ("learnt = 3\nrules = [{kind = 'Sustain', weight = 1}]", "learnt: expected a table, came 3"),
        ("rules = [", "not valid TOML"),
    ],
)
def test_a_wrong_file_is_one_line_with_its_name(tmp_path, text, line):
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as error:
        read_listener(path)
    assert str(error.value).startswith(str(path))
    assert line in str(error.value)
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (3, "expected the path of a listener.toml, came 3"),
        ([], "came an empty list"),
        ("nowhere.toml", "nowhere.toml: cannot be read"),
        ({"rules": [{"kind": "Sustane", "weight": 1}]}, "did you mean 'Sustain'"),
        ({"rules": [{"kind": "Range", "low_span": "x", "weight": 1}], "steer": 1}, "low_span"),
        ({"final": [{"kind": "Sustain", "weight": 1}]}, "unknown kind 'Sustain'"),
    ],
)
def test_a_wrong_reward_of_a_task_names_its_key(value, line):
    with pytest.raises(BadTable) as error:
        build_task({"grid": {"bars": 1}, "reward": value})
    assert str(error.value).startswith("reward")
    assert line in str(error.value)


def test_checked_refuses_what_is_no_table():
    with pytest.raises(ValueError, match="expected the table of a listener's file, came 3"):
        checked(3)
