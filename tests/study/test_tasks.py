"""Tasks from tables: ready tasks with changes, and tasks of one's own."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

import evomusic as em
from evomusic.study.config import ConfigError, Study

OWN = """
[tasks.mine]
grid = {bars=2, beats=3, steps_per_beat=2, low=60, high=72, scale="G major", chords=["G", "D"], tempo=90}
rules = [{ kind = "InScale", scale = "G major", weight = 2, group = "pitch" }, { kind = "IntervalSize" }]
final = [{ kind = "PitchEntropy", weight = -0.5 }]
[methods]
ga = "GA"
"""
READY = """
[tasks.mine]
name = "{name}"
{changes}
[methods]
ga = "GA"
"""


def task_of(tmp_path, text, *overrides):
    path = tmp_path / "study.toml"
    path.write_text(text)
    return Study.read(path, overrides).tasks["mine"]


def fault(tmp_path, text, *overrides):
    with pytest.raises(ConfigError) as caught:
        task_of(tmp_path, text, *overrides)
    (line,) = caught.value.lines
    return line


def ready(tmp_path, changes, name="tune"):
    return task_of(tmp_path, READY.format(name=name, changes=changes))


def weights(task):
    return {type(part).__name__: weight for part, weight in (*task.reward.rules.items(), *task.reward.final.items())}


def test_a_grid_and_rules_make_a_task_of_ones_own(tmp_path):
    task = task_of(tmp_path, OWN)
    assert task.grid == em.Grid(
        bars=2, beats=3, steps_per_beat=2, low=60, high=72, scale="G major", chords=("G", "D"), tempo=90.0
    )
    assert dict(task.reward.rules) == {em.rules.InScale("G major"): 2.0, em.rules.IntervalSize(): 1.0}
    assert dict(task.reward.final) == {em.measures.PitchEntropy(): -0.5}
    assert task.reward.groups == {"pitch": (em.rules.InScale("G major"),)}


def test_a_task_of_ones_own_returns_what_the_same_task_in_python_does(tmp_path):
    task = task_of(tmp_path, OWN)
    twin = em.Task(
        task.grid,
        em.Reward({em.rules.InScale("G major"): 2.0, em.rules.IntervalSize(): 1.0}, {em.measures.PitchEntropy(): -0.5}),
    )
    melodies = em.Melody.parse("G4 A4 B4 C5 B4 A4 | G4 - F#4 - G4 -", task.grid).tokens[None]
    assert task.evaluate(melodies) == twin.evaluate(melodies)


def test_an_entry_changes_the_rule_of_its_kind_and_zero_leaves_it_out(tmp_path):
    usual, changed = (
        em.make("open"),
        ready(
            tmp_path,
            'rules = [{kind="Density", low=3}, {kind="Cadence", weight=9}, {kind="LongOnChord", weight=0.25}, '
            '{kind="Sustain", weight=0}]\nfinal = [{kind="PitchEntropy", weight=0}, "Notes"]',
            "open",
        ),
    )
    before, after = weights(usual), weights(changed)
    assert after == {k: v for k, v in before.items() if k not in ("Sustain", "PitchEntropy")} | {
        "Cadence": 9.0,
        "LongOnChord": 0.25,
        "Notes": 1.0,
    }
    (density,) = (rule for rule in changed.reward.rules if isinstance(rule, em.rules.Density))
    assert (density.low, density.high) == (3, 8)
    assert density in changed.reward.groups["theory"]
    assert not any(isinstance(rule, em.rules.Sustain) for rule in changed.reward.groups["theory"])


def test_a_second_entry_of_a_kind_is_added(tmp_path):
    task = ready(tmp_path, 'rules = [{kind="InScale", weight=3}, {kind="InScale", scale="D major", weight=0.5}]')
    assert task.reward.rules[em.rules.InScale("G major")] == 3.0
    assert task.reward.rules[em.rules.InScale("D major")] == 0.5


def test_a_ready_task_in_another_metre_and_range_has_its_style_there(tmp_path):
    task = ready(tmp_path, "grid = { beats = 2, steps_per_beat = 6, low = 67, high = 91, tempo = 80 }")
    grid = task.grid
    assert (grid.time_signature, grid.low, grid.high, grid.tempo, grid.scale) == ((6, 8), 67, 91, 80.0, "G major")
    (rhythm,) = (rule for rule in task.reward.rules if isinstance(rule, em.rules.RhythmStyle))
    assert (rhythm.beats, rhythm.steps_per_beat) == (2, 6)
    assert task.machine.generator


@pytest.mark.parametrize("name", sorted(set(em.tasks()) - {"family", "rl-tuner"}))  # which have no grid of choice
def test_every_ready_task_without_changes_is_as_ever(name):
    usual, same = em.make(name), em.make(name, grid={})
    assert (same.grid, same.reward.rules, same.generator) == (usual.grid, usual.reward.rules, usual.generator)


def test_a_rule_of_ones_own_is_named_by_its_module(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "own_rules.py").write_text(
        "from dataclasses import dataclass\n\n"
        "@dataclass(frozen=True)\nclass Same:\n    bonus: float = 1.0\n    start, hears = None, ()\n\n"
        "    def read(self, memory, event, slot):\n"
        "        return event.kind, self.bonus if event.kind == memory else 0.0\n\n"
        "@dataclass\nclass Loose:\n    bonus: float = 1.0\n    start, hears, read = None, (), Same.read\n\n"
        "@dataclass(frozen=True)\nclass Deaf:\n    pass\n"
    )
    task = task_of(tmp_path, OWN, "tasks.mine.rules.1.kind=own_rules:Same", "tasks.mine.rules.1.bonus=2")
    rests = em.Melody.parse("0 0 0 0 0 0 | 0 0 0 0 0 0".replace("0", "."), task.grid).tokens[None]
    same = next(i for i, rule in enumerate(task.reward.rules) if type(rule).__name__ == "Same")
    assert type(list(task.reward.rules)[same]).__module__ == "own_rules"
    assert task.evaluate(rests)[0] == 11 * 2.0 + 0.0
    start = "study.toml: tasks.mine.rules.1"
    assert "use @dataclass(frozen=True)" in fault(tmp_path, OWN, "tasks.mine.rules.1.kind=own_rules:Loose")
    assert fault(tmp_path, OWN, "tasks.mine.rules.1.kind=own_rules:Deaf").startswith(
        f"{start}: rule Deaf() has no start"
    )


@pytest.mark.parametrize(
    ("override", "line"),
    [
        (
            "tasks.mine.rule=3",
            "tasks.mine.rule: unknown key, expected one of grid, rules, final, reward, delayed, or the name of",
        ),
        ("tasks.mine.grid.bats=3", "tasks.mine.grid.bats: Grid has no such parameter, expected one of bars, beats"),
        ("tasks.mine.grid.beats=0", "tasks.mine.grid: grid beats is 0, expected"),
        ("tasks.mine.grid=3", "tasks.mine.grid: expected a table, came 3"),
        ("tasks.mine.rules=3", "tasks.mine.rules: expected a list of tables, came 3"),
        ("tasks.mine.rules.0=3", "tasks.mine.rules.0: expected a table with a kind, came 3"),
        ("tasks.mine.rules.0.kind=InScal", "tasks.mine.rules.0.kind: unknown kind 'InScal', expected one of "),
        ("tasks.mine.rules.0.scal=C", "tasks.mine.rules.0.scal: InScale has no such parameter, expected one of scale"),
        ("tasks.mine.rules.0.weight=much", "tasks.mine.rules.0.weight: expected a number, came 'much'"),
        ("tasks.mine.rules.0.weight=inf", "tasks.mine.rules.0: weight of InScale(scale='G major') is inf, expected"),
        ("tasks.mine.rules.0.group=3", "tasks.mine.rules.0.group: expected a text, came 3"),
        (
            "tasks.mine.rules.1={kind='InScale', scale='G major'}",
            "tasks.mine.rules.1: InScale(scale='G major') is there",
        ),
        ("tasks.mine.final.0.kind=InScale", "tasks.mine.final.0.kind: unknown kind 'InScale', expected one of "),
        ("tasks.mine.final.0.group=x", "tasks.mine.final.0.group: PitchEntropy has no such parameter"),
        ("tasks.mine.delayed=1", "tasks.mine.delayed: expected true or false, came 1"),
        ("tasks.mine.rules.2.kind=InScale", "there is no entry '2' in a list of 2, counted from 0"),
        ("tasks.mine={grid={bars=1}}", "tasks.mine.rules: expected one or more, or a final reward"),
        ("tasks.mine={bars=1}", "came nothing; a task of your own has a grid and rules"),
        ("tasks.mine={name='tune', grid={bats=3}}", "tasks.mine: grid has no field 'bats', expected one of "),
        ("tasks.mine={name='tune', grid={beats=11}}", "tasks.mine: style 'ryan' has no rhythm for bars of 11 beats"),
        ("tasks.mine={name='tune', metre='7/9'}", "tasks.mine: metre is '7/9', expected one of 4/4, "),
        ("tasks.mine={name='tune', metre='3/4', grid={beats=4}}", "grid beats is 4, but metre 3/4 has 3"),
        ("tasks.mine={name='tune', grid=3}", "tasks.mine.grid: expected a table, came 3"),
    ],
)
def test_a_fault_in_a_task_is_one_line_with_its_key_path(tmp_path, override, line):
    assert line in fault(tmp_path, OWN, override)


DOCS = Path(__file__).parents[2] / "docs" / "studies-and-results.md"


@pytest.mark.parametrize("text", re.findall(r"```toml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL))
def test_the_studies_in_the_documentation_can_be_read(tmp_path, text):
    path = tmp_path / "study.toml"
    path.write_text(text)
    study = Study.read(path)
    assert all(task.machine.automata for task in study.tasks.values())
