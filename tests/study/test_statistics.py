import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evomusic import Grid, Melody
from evomusic.core.record import Curve
from evomusic.study.results import Cell, Level, Outcome, References, Run, TaskRun
from evomusic.study.statistics import hit, illustration, mean_online, spread, summarise, target
from evomusic.study.table import curves_csv, levels, summary_csv, to_dict, to_text

GRID = Grid(bars=1, beats=1, steps_per_beat=2, low=60, high=61)
MELODY = Melody(np.array([2, 1], np.uint8), GRID)


def outcome(best: float, seed: int = 0, method: str = "m") -> Outcome:
    """Three checkpoints of 10, 90 and 100 steps; the best comes at step 40, half of it at step 10."""
    curve = Curve(
        np.array([10, 90, 100]),
        np.array([best / 2, best, best]),
        np.array([0.0, 1.0, best / 2]),
        np.array([1.0, 2.0, best]),
        np.array([-2.0, 0.0, 3.0]),
        np.array([0, 5, 7]),
        np.array([0, 0, 9]),
    )
    return Outcome(Cell("t", method, seed), curve, np.array([[10, best / 2], [40, best]]), MELODY, best, {"R": best})


def references(**changes) -> References:
    noise = Level("noise", 100, -10.0, -11.0, -8.0, MELODY, -11.0)
    tunes = Level("real tunes", 20, 4.0, 5.0, 7.0, MELODY, 5.0)
    given = {"random": -10.0, "value": 10.0, "upper": 10.0, "certified": True, "levels": (tunes, noise)}
    return References(**{**given, "melody": MELODY, "parts": {"R": 10.0}, **changes})


def run_of(*bests: float, told: References | None = None, steps: int = 100) -> Run:
    cells = tuple(outcome(best, seed) for seed, best in enumerate(bests))
    task = TaskRun("t", "task", GRID, told or references(), {"m": cells})
    return Run(Path("folder"), steps, len(bests), 0, {"m": {"kind": "M"}}, {"t": task})


def test_a_row_has_medians_and_ranges_over_seeds():
    (row,) = summarise(run_of(8.0, 2.0, 4.0))
    assert row.best == (4.0, 2.0, 8.0)
    assert row.delivered == (2.0, 1.0, 4.0)
    assert row.regret == (6.0, 2.0, 8.0)
    assert row.to_bound == row.regret
    assert row.delivered_best == (4.0, 2.0, 8.0)
    assert (row.seeds, row.updates, row.sweeps, row.seconds) == (3, 7 + 9, 9, None)


def test_online_is_the_mean_of_the_last_tenth_weighted_by_steps():
    assert mean_online(outcome(8.0), 0.1) == 3.0  # the row that ends at 100 of 100 steps
    assert mean_online(outcome(8.0), 1.0) == (10 * -2.0 + 80 * 0.0 + 10 * 3.0) / 100


def test_online_regret_is_measured_over_the_whole_run():
    (row,) = summarise(run_of(8.0))
    assert row.online_regret == spread([10.0 - 0.1])


def test_targets_lie_between_random_and_the_optimum():
    task = run_of(8.0).tasks["t"]
    assert [target(task, p) for p in (0, 50, 75, 100)] == [-10.0, 0.0, 5.0, 10.0]


def test_steps_to_a_target_are_those_of_the_first_melody_that_reached_it():
    run = run_of(9.5)
    (row,) = summarise(run)
    assert [target(run.tasks["t"], p) for p in (95, 99)] == [9.0, 9.8]
    assert [row.steps_to[p].median for p in (95, 99, 99.9)] == [40, None, None]


def test_without_a_certificate_there_is_no_regret_and_targets_are_of_the_best_known():
    run = run_of(8.0, told=references(value=6.0, upper=20.0, certified=False))
    (row,) = summarise(run)
    assert row.regret is None
    assert row.online_regret is None
    assert row.to_bound.median == 12.0
    assert run.tasks["t"].best_known == 8.0  # a method beat the planner
    assert target(run.tasks["t"], 50) == -1.0
    assert dict(levels(run.tasks["t"])) | {} == {
        "bound": 20.0,
        "best known": 8.0,
        "real tunes P90": 7.0,
        "real tunes P50": 5.0,
        "noise": -10.0,
    }
    assert "regret" not in to_text(run)
    assert "to bound" in to_text(run)


def test_a_task_without_references_has_no_rows():
    run = run_of(8.0)
    task = replace(run.tasks["t"], references=None)
    assert summarise(replace(run, tasks={"t": task})) == ()
    assert not replace(run, tasks={"t": task}).complete


@given(st.lists(st.one_of(st.none(), st.integers(1, 1000)), min_size=1, max_size=9))
def test_the_median_of_censored_steps_is_that_with_infinity_in_their_place(steps):
    found = hit(steps, 1000)
    expected = float(np.median([math.inf if s is None else s for s in steps]))
    assert found.median == (None if math.isinf(expected) else int(expected))
    assert found.reached == sum(s is not None for s in steps)


@pytest.mark.parametrize(
    ("steps", "text"),
    [
        ([10, 20, 30], "20"),
        ([10, None, 30], "30 (2/3)"),
        ([10, None, None], ">1,000,000 (1/3)"),
        ([None], ">1,000,000 (0/1)"),
        ([1234, 1236], "1,235"),
        ([10, None], ">1,000,000 (1/2)"),
    ],
)
def test_steps_beyond_the_budget_are_shown_as_censored(steps, text):
    assert str(hit(steps, 1_000_000)) == text


def test_the_printed_table_has_levels_and_ranges():
    text = to_text(run_of(9.0, 2.0, 4.0))
    assert "4.00 [2.00, 9.00]" in text
    assert ">100 (1/3)" in text
    lines = [line.split()[0] for line in text.splitlines() if line.startswith((" optimum", " real", " noise"))]
    assert lines == ["optimum", "real", "real", "noise"]


def test_the_wide_table_loses_nothing():
    told = references(random=-2000.0, value=1000.0, upper=1000.0)
    text = to_text(run_of(-1000.25, -1999.25, told=told, steps=10_000_000))
    assert "…" not in text
    assert "-1499.75 [-1999.25, -1000.25]" in text


@pytest.mark.parametrize("width", [80, 100])
def test_the_printed_table_fits_a_narrow_terminal_without_loss(width):
    samples = Level("style samples", 100, -110.0, -111.0, -108.0, MELODY, -111.0)
    told = references(random=-200.0, levels=(*references().levels, samples))
    text = to_text(run_of(8.0, -150.0, -180.0, told=told, steps=1_000_000), width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    assert "style samples P50" in text
    assert ">1M" in text


def test_csv_files_are_long_and_wide():
    run = run_of(8.0, 2.0, 9.5)
    curves = curves_csv(run).splitlines()
    assert curves[:2] == [
        "task,method,seed,steps,best,delivered,delivered_best,online,updates,sweeps",
        "t,m,0,10,4.0,0.0,1.0,-2.0,0,0",
    ]
    assert len(curves) == 1 + 3 * 3
    header, row = (line.split(",") for line in summary_csv(run).splitlines())
    told = dict(zip(header, row, strict=True))
    assert (told["best_median"], told["regret_low"], told["steps_to_95_reached"]) == ("8.0", "0.5", "1")
    assert told["steps_to_99.9_median"] == ""


def test_json_says_what_the_table_says():
    told = to_dict(run_of(9.5))
    (row,) = told["rows"]
    assert row["regret"] == {"median": 0.5, "low": 0.5, "high": 0.5}
    assert row["steps_to"]["95"] == {"median": 40, "reached": 1, "seeds": 1, "budget": 100}
    assert told["tasks"]["t"]["references"]["optimum"] == 10.0
    assert told["tasks"]["t"]["references"]["levels"]["real tunes"]["p50"] == 5.0
    uncertain = to_dict(run_of(8.0, told=references(certified=False, upper=12.0)))
    assert "regret" not in uncertain["rows"][0]
    assert uncertain["tasks"]["t"]["references"]["best_known"] == 10.0


@pytest.mark.parametrize(
    ("seeds", "words"),
    [(1, "illustration: 1 seed"), (5, "illustration: 5 seeds"), (9, "illustration: 9 seeds"), (10, "")],
)
def test_a_ranking_by_few_seeds_is_called_an_illustration(seeds, words):
    assert illustration(Run(Path("made"), 100, seeds, 0, {}, {})) == words
