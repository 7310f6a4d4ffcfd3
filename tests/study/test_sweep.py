"""Sweeps: entries of a study once for each value of a key."""

from __future__ import annotations

import pytest

import evomusic as em
from evomusic.study.config import BARRED, ConfigError, Study
from tests.study.packed import cells_in

STUDY = """
steps = 1000
seeds = 2
[tasks]
tiny = "tiny"
[methods]
random = "RandomSearch"
ga = { kind = "GA", encoding = { kind = "Notes", crossover_rate = 0.5 } }
[sweep]
"""
SIZES = '"methods.ga.population" = [10, 30, 100]\n'


def read(tmp_path, sweep, *overrides):
    path = tmp_path / "study.toml"
    path.write_text(STUDY + sweep)
    return Study.read(path, overrides)


def faults(tmp_path, sweep, *overrides):
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, sweep, *overrides)
    return [line.removeprefix("study.toml: ") for line in caught.value.lines]


def test_a_method_is_replaced_by_one_a_value_and_others_stay(tmp_path):
    methods = read(tmp_path, SIZES).methods
    assert list(methods) == ["random", "ga population=10", "ga population=30", "ga population=100"]
    assert methods["ga population=30"] == em.GA(population=30, encoding=em.Notes(crossover_rate=0.5))
    assert methods["random"] == em.RandomSearch()


def test_several_keys_give_every_combination(tmp_path):
    study = read(tmp_path, SIZES + '"methods.ga.encoding.crossover_rate" = [0.25, 1]\n"tasks.tiny.bars" = [1, 2]\n')
    assert len(study.methods) == 1 + 3 * 2
    assert study.methods["ga population=100 crossover_rate=0.25"].encoding.crossover_rate == 0.25
    assert {label: task.grid.bars for label, task in study.tasks.items()} == {"tiny bars=1": 1, "tiny bars=2": 2}


def test_keys_may_be_tables_and_may_come_from_overrides(tmp_path):
    methods = read(tmp_path, "[sweep.methods.ga]\nelite = [1, 2]\n").methods
    assert list(methods) == ["random", "ga elite=1", "ga elite=2"]
    methods = read(tmp_path, SIZES, "sweep.methods.ga.elite=[0, 3]", "methods.ga.tournament=4").methods
    assert len(methods) == 1 + 3 * 2
    assert methods["ga population=10 elite=3"].tournament == 4


def test_labels_of_any_values_can_name_folders(tmp_path):
    sweep = """"methods.ga.encoding" = ["Bits", { kind = "Notes", crossover_rate = 0.9 }]
"methods.ga.selection" = [{ kind = "Tournament" }, { kind = "Rank" }]\n"""
    labels = list(read(tmp_path, sweep).methods)[1:]
    assert labels[0] == "ga encoding=Bits selection=Tournament"
    assert labels[2] == "ga encoding=Notes crossover_rate=0.9 selection=Tournament"
    assert not set(BARRED) & set("".join(labels))


@pytest.mark.parametrize(
    ("sweep", "line"),
    [
        (
            '"methods.gaa.population" = [1]',
            "sweep.methods.gaa.population: the study has no methods 'gaa'; did you mean 'ga'?",
        ),
        (
            '"method.ga.population" = [1]',
            "sweep.method.ga.population: expected a key such as methods.ga.population; did you mean 'm",
        ),
        ('"methods.ga" = [1]', "sweep.methods.ga: expected a key such as methods.ga.population"),
        ('"methods.ga.population" = []', "sweep.methods.ga.population: expected a list of one or more values, came []"),
        ('"methods.ga.population" = 3', "sweep.methods.ga.population: expected a list of one or more values, came 3"),
        ('"methods.ga.populaton" = [10, 20]', "methods.ga.populaton: GA has no such parameter, expected one of "),
        (
            '"methods.ga.population" = [10, 10]',
            "sweep: two methods are called 'ga population=10'; give each value once",
        ),
        ('"methods.ga.kind.x" = [1]', "sweep.methods.ga.kind.x: kind is 'GA', not a table"),
        (f'"methods.ga.population" = {list(range(10, 6010))}', "sweep: makes 12,002 cells, expected 10,000 or fewer"),
        ('"methods.ga.population" = [10, 0]', "methods.ga population=0: population is 0, expected"),
    ],
)
def test_a_fault_in_a_sweep_is_one_line(tmp_path, sweep, line):
    (came,) = faults(tmp_path, sweep)
    assert came.startswith(line)


def test_a_sweep_of_a_study_without_tasks_says_that_they_are_missing(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text('[methods]\nga = "GA"\n[sweep]\n"methods.ga.population" = [2, 4]\n')
    with pytest.raises(ConfigError, match=r"study\.toml: tasks: is missing$"):
        Study.read(path)


def test_a_sweep_is_a_table(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text("sweep = 3\n" + STUDY.removesuffix("[sweep]\n"))
    with pytest.raises(ConfigError, match=r"study\.toml: sweep: expected a table, came 3"):
        Study.read(path)


def test_a_run_of_a_sweep_goes_on_by_its_labels(tmp_path):
    path, out = tmp_path / "study.toml", tmp_path / "run"
    path.write_text(STUDY + SIZES)
    first = em.compare(path, out, workers=1, figures=False)
    stamps = {p: p.stat().st_mtime_ns for p in out.rglob("*.jsonl")}
    cells = cells_in(out)
    again = em.compare(path, out, workers=1, figures=False)
    assert len(cells) == 4 * 2
    assert {p: p.stat().st_mtime_ns for p in out.rglob("*.jsonl")} == stamps
    assert [row.method for row in again.summary] == [row.method for row in first.summary]


def test_a_setting_reaches_into_an_entry_that_is_a_mere_name(tmp_path):
    study = read(tmp_path, SIZES, "methods.random.batch=7", "tasks.tiny.bars=2")
    assert study.methods["random"] == em.RandomSearch(batch=7)
    assert study.tasks["tiny"].grid.bars == 2
