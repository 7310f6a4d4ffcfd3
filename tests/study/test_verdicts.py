"""Inference in words, in the table of `compare` and in the report."""

from dataclasses import replace

import pytest

from evomusic.report import page
from evomusic.study.inference import estimates, interquartile_mean
from evomusic.study.table import spreads, to_text
from evomusic.study.verdicts import in_brief, in_full
from tests.plots.studies import run_of
from tests.study.test_inference import study_of
from tests.study.test_interaction import HIGH, LOW, study_of_two_tasks

NEAR = [1.1, 2.1, 3.1, 1.6, 2.6, 3.6]


def test_what_stands_and_what_does_not_is_said_in_brief_and_in_full():
    task = study_of(a=HIGH, b=LOW, c=NEAR).tasks["t"]
    said = "2 of 3 differences in best found stand at 5% (Mann-Whitney's test, corrected by Holm's method)"
    assert list(in_brief(task)) == [said, "not told apart: c and b"]
    full = [said, "a: beats c, b", "c: not told apart from b", "b: not told apart from c"]
    assert list(in_full(task, ["a", "c", "b"])) == full


def test_too_few_seeds_are_the_reason_in_both():
    task = study_of(a=HIGH[:3], b=LOW[:3]).tasks["t"]
    said = "with 3 seeds no difference can stand: methods that do not overlap at all would have p 0.1"
    assert list(in_brief(task))[1:] == list(in_full(task, ["a", "b"]))[1:] == [said]


def test_one_method_has_nothing_to_be_compared_with():
    task = study_of(a=HIGH).tasks["t"]
    assert list(in_brief(task)) == []
    assert list(in_full(task, ["a"])) == ["differences need two methods of two seeds or more"]


def test_many_pairs_that_are_not_told_apart_are_counted():
    task = study_of(**{m: [x + i / 100 for x in HIGH] for i, m in enumerate("abcdef")}).tasks["t"]
    assert list(in_brief(task))[1].endswith("and 9 more pairs")  # of 15


@pytest.mark.parametrize("make", [to_text, page], ids=["table", "report"])
def test_table_and_report_say_it(make):
    run = study_of_two_tasks({"a": HIGH, "b": LOW}, {"a": LOW, "b": HIGH})
    said = make(run)
    assert "1 of 1 differences in best found stand at 5%" in said
    assert "differences between methods depend on the task (" in said
    assert "a beats b on t, b beats a on u" in said


def test_from_ten_seeds_on_the_table_has_intervals():
    few, many = run_of({"a": 8.0, "b": 3.0}, seeds=9), run_of({"a": 8.0, "b": 3.0}, seeds=10)
    assert "medians over seeds [range]" in to_text(few)
    assert "interquartile means over seeds [95% bootstrap interval]" in to_text(many)
    a = next(e for e in estimates(many) if e.method == "a")
    assert a.best.value == interquartile_mean([o.best_return for o in many.tasks["t"].outcomes["a"]])
    assert f"{a.best.value:.2f} [{a.best.low:.2f}, {a.best.high:.2f}]" in to_text(many)
    best, _, _, regret = spreads(many)["t", "a"]
    assert regret == pytest.approx((12.0 - best[0], 12.0 - best[2], 12.0 - best[1]))
    assert f"<small>{a.best.low:.2f} to {a.best.high:.2f}</small>" in page(many)


def test_a_study_without_references_has_a_page_without_a_table():
    run = run_of({"a": 8.0, "b": 3.0}, seeds=10)
    run = replace(run, tasks={"t": replace(run.tasks["t"], references=None)})
    assert spreads(run) == {}
    assert "differences in best found stand" in page(run)
