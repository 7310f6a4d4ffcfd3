import pytest

import evomusic as em
from evomusic.study.config import ConfigError, read_study
from evomusic.study.sweep import swept

TABLE = {
    "steps": 64,
    "tasks": {"t": "tiny"},
    "methods": {"ga": {"kind": "GA", "encoding": "Tree"}, "hill": "HillClimb"},
}


def methods(**sweep):
    return swept({**TABLE, "sweep": sweep}, "s")["methods"]


def test_a_method_becomes_one_for_each_value_and_the_others_stay():
    made = methods(**{"methods.ga.population": [10, 30]})
    assert made == {
        "ga population=10": {"kind": "GA", "encoding": "Tree", "population": 10},
        "ga population=30": {"kind": "GA", "encoding": "Tree", "population": 30},
        "hill": "HillClimb",
    }
    assert TABLE["methods"]["ga"] == {"kind": "GA", "encoding": "Tree"}


def test_keys_of_one_method_are_combined_and_those_of_two_are_not():
    made = methods(
        **{
            "methods.ga.population": [10, 30],
            "methods.ga.encoding.max_size": [32, 64, 128],
            "methods.hill.patience": [5, 9],
        }
    )
    assert len(made) == 2 * 3 + 2
    assert made["ga population=30 encoding.max_size=64"]["encoding"] == {"kind": "Tree", "max_size": 64}
    assert made["hill patience=9"] == {"kind": "HillClimb", "patience": 9}


def test_values_that_cannot_stand_in_a_label_are_numbered():
    decay = {"start": 1.0, "end": 0.1}
    assert list(methods(**{"methods.hill.x": [decay, "a/b", 0.5]})) == ["ga", "hill x=1", "hill x=2", "hill x=0.5"]


def test_tasks_are_swept_and_a_study_is_made_of_it():
    sweep = '"tasks.t.bars" = [1, 2]\n"methods.m.population" = [4, 6]'
    text = f'steps = 640\n[sweep]\n{sweep}\n[tasks.t]\nname = "tiny"\n[methods.m]\nkind = "GA"'
    study = read_study(text, ["seeds=2"], "s")
    assert {label: task.grid.bars for label, task in study.tasks.items()} == {"t bars=1": 1, "t bars=2": 2}
    assert study.methods == {"m population=4": em.GA(population=4), "m population=6": em.GA(population=6)}


@pytest.mark.parametrize(
    ("sweep", "told"),
    [
        (
            {"methods.gaa.population": [1]},
            "no entry 'gaa' in methods, expected one of ga, hill",
        ),
        ({"method.ga.population": [1]}, "did you mean 'methods'"),
        ({"methods.ga": [1]}, 'expected a key such as "methods.ga.population"'),
        ({"methods.ga.population": []}, "expected a list of values, came []"),
        ({"methods.ga.population": 3}, "expected a list of values, came 3"),
        ({"methods.ga.population": [1] * 2000}, "has 2,000 values, expected 1,000 at most"),
        ({"methods.ga.a": list(range(40)), "methods.ga.b": list(range(40))}, "expected 1,000 at most"),
        ([1], "sweep: expected a table, came [1]"),
    ],
)
def test_a_wrong_sweep_is_one_line(sweep, told):
    with pytest.raises(ConfigError) as error:
        swept({**TABLE, "sweep": sweep}, "s")
    (line,) = error.value.lines
    assert told in line
