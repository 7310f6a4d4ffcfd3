"""TOML of studies from Python."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import pytest

import evomusic as em
from evomusic.study.config import Study, read_study
from evomusic.study.registry import METHODS, find
from evomusic.study.text import toml_of
from tests.study.packed import cells_in
from tests.study.stand_ins import Uniform

GRID = em.Grid(bars=2, beats=3, steps_per_beat=2, low=60, high=72, scale="G major", chords=("G",))
RULES = {em.rules.InScale("G major"): 2.0, em.rules.Capped(em.rules.IntervalSize(), cap=0.5): 1.0}
FINAL = {em.measures.PitchEntropy(): -0.5}


def study(task=None, method=None):
    return Study(tasks={"a task": task or em.make("tiny")}, methods={"q\u00e9": method or em.GA()}, steps=5000, seed=3)


@pytest.mark.parametrize(
    "task",
    [
        em.make("tiny", bars=2, delayed=True),
        em.make("tune", key="D major"),
        em.make("tune", metre="7/8", pickup=1),
        em.make("open", bars=2),
        em.Task(GRID, em.Reward(RULES, FINAL, {"line": list(RULES)})),
        em.Task(GRID, em.Reward({}, FINAL), delayed=True),
        em.Task(dataclasses.replace(GRID, beat=2.0, pickup=1, key="E dorian"), em.Reward(RULES)),
    ],
    ids=["tiny", "tune", "7/8", "open", "own", "final alone", "a grid of every field"],
)
def test_a_task_comes_back_from_its_text_part_for_part(task):
    text = toml_of(study(task))
    assert text is not None
    back = read_study(text, (), "x").tasks["a task"]
    assert (back.grid, back.generator, back.delayed, back.name) == (task.grid, task.generator, task.delayed, task.name)
    assert (back.reward.rules, back.reward.final) == (task.reward.rules, task.reward.final)
    assert list(map(tuple, back.reward.groups.values())) == list(map(tuple, task.reward.groups.values()))


@pytest.mark.parametrize("name", METHODS)
def test_every_method_comes_back_from_its_text(name):
    method = find(name, METHODS)()
    text = toml_of(study(method=method))
    assert text is not None
    assert read_study(text, (), "x").methods["q\u00e9"] == method


def test_parts_of_parts_and_odd_values_come_back():
    method = em.GA(population=7, encoding=em.Notes(crossover_rate=1e-17), selection=em.Rank(), start=((2,) * 4,))
    text = toml_of(study(method=method))
    assert text is not None
    assert read_study(text, (), "x").methods["q\u00e9"] == method


def test_a_class_of_an_importable_module_is_named_by_it():
    assert 'kind = "tests.study.stand_ins:Uniform"' in (toml_of(study(method=Uniform())) or "")


def test_what_no_table_can_tell_has_no_text():
    @dataclass(frozen=True)
    class Local(Uniform):
        pass

    styled = em.make("tune")
    assert toml_of(study(method=Local())) is None
    assert toml_of(study(em.Task(styled.grid, styled.reward, "mine", song=styled.song))) is None
    assert toml_of(study(em.Task(styled.grid, styled.reward, "mine", styled.generator))) is None


def test_a_run_from_python_can_be_computed_again_from_its_file(tmp_path):
    python = Study(tasks={"t": em.make("tiny")}, methods={"ga": em.GA(population=5)}, steps=400, seeds=2)
    first = em.compare(python, tmp_path / "run", workers=1, figures=False)
    file = tmp_path / "run" / "study.toml"
    assert first.run.provenance["command"] == "evomusic compare study.toml"
    stamps = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*.jsonl")}
    again = em.compare(file, tmp_path / "run", workers=1, figures=False)  # the folder takes it for the same study
    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*.jsonl")} == stamps
    assert [row.best for row in again.summary] == [row.best for row in first.summary]
    assert len(cells_in(tmp_path)) == 2
