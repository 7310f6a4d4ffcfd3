import math
from dataclasses import replace

import numpy as np
import pytest

import evomusic as em
from evomusic.study.inference import SOLVED, aocc
from evomusic.study.statistics import TARGETS
from tests.plots.studies import finished
from tests.study.test_statistics import MELODY, outcome, references, run_of


def test_a_cell_is_a_row_of_all_its_quantities():
    table = em.load(run_of(8.0, 2.0))
    row = {name: column[0].item() for name, column in table.items()}
    task = run_of(8.0).tasks["t"]
    assert math.isnan(row.pop("seconds"))
    assert row.pop("aocc") == aocc(task, task.outcomes["m"][0])
    for percent in TARGETS:  # from -10 to 10; a return of 4 comes at step 10, 8 at step 40
        goal, steps = -10 + percent / 5, row.pop(f"steps_to_{percent:g}")
        assert steps == (10 if goal <= 4 else 40) if goal <= 8 else math.isnan(steps)
    assert row == {
        "task": "t",
        "method": "m",
        "seed": 0,
        "best_return": 8.0,
        "delivered": 4.0,
        "delivered_best": 8.0,
        "online": 3.0,
        "regret": 2.0,
        "online_regret": 9.9,
        "to_bound": 2.0,
        "updates": 7,
        "sweeps": 9,
        "melody": MELODY.text,
    }
    assert table["best_return"].tolist() == [8.0, 2.0]
    assert math.isnan(table[f"steps_to_{TARGETS[-1]:g}"][1])


def test_there_is_no_regret_without_an_optimum():
    table = em.load(run_of(8.0, told=references(certified=False, upper=12.0)))
    assert all(np.isnan(table[name]).all() for name in ("regret", "online_regret", "aocc"))
    assert table["to_bound"].tolist() == [4.0]
    run = run_of(8.0)
    run = replace(run, tasks={"t": replace(run.tasks["t"], references=None)})
    assert np.isnan(em.load(run)["to_bound"]).all()


def test_a_folder_is_read_as_columns_of_one_length():
    table, curves = em.load(finished()), em.load(str(finished()), curves=True)
    assert {column.shape for column in table.values()} == {(9,)}
    assert (table["seconds"] >= 0).all()
    assert list(dict.fromkeys(table["method"])) == ["luck", "hill climbing", "q & # é"]
    last = np.flatnonzero(np.diff(curves["steps"], append=0) < 0)  # a cell's last checkpoint
    assert curves["best"][last].tolist() == table["best_return"].tolist()
    assert {column.dtype.kind for column in table.values()} == set("Uif")


def test_seconds_are_those_on_record():
    run = run_of(8.0, 2.0)
    cells = tuple(replace(o, seconds=s) for o, s in zip(run.tasks["t"].outcomes["m"], (2.5, None), strict=True))
    run = replace(run, tasks={"t": replace(run.tasks["t"], outcomes={"m": cells})})
    assert em.load(run)["seconds"].tolist() == pytest.approx([2.5, math.nan], nan_ok=True)


def test_a_study_without_cells_has_columns_without_rows():
    assert {len(column) for column in em.load(run_of()).values()} == {0}
    assert em.load(run_of(), curves=True)["steps"].shape == (0,)


@pytest.mark.parametrize(("arguments", "said"), [((3,), "run is 3"), ((run_of(1.0), 1), "curves is 1")])
def test_wrong_arguments_are_named(arguments, said):
    with pytest.raises(ValueError, match=said):
        em.load(*arguments)


def test_a_cells_area_counts_from_random_melodies_to_a_thousandth_of_the_way():
    """Noise at -10, the optimum at 10: precision 6 from step 10 (melody 5), 2 from step 40; 50 melodies in all."""
    task = run_of(8.0).tasks["t"]
    quality = [math.log(20 / 6) / math.log(1 / SOLVED), math.log(20 / 2) / math.log(1 / SOLVED)]
    wanted = (quality[0] * math.log(20) + quality[1] * math.log(50 / 20)) / math.log(50)
    assert aocc(task, outcome(8.0)) == pytest.approx(wanted)
