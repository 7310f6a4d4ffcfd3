"""Records, studies and their results in a notebook."""

from __future__ import annotations

import pickle
import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

import evomusic as em
from evomusic.core.record import Record
from evomusic.report.runs import TASKS
from evomusic.study.runner import Failure
from tests.plots.studies import run_of

LABEL = "<b>mine</b>"


def whole(card: str) -> ElementTree.Element:
    """A card's elements; it is plain and well formed."""
    assert type(card) is str
    return ElementTree.fromstring(card)


def said(card: str) -> str:
    """The words of a card, without drawings and players."""
    root = whole(re.sub(r"<(svg|style).*?</\1>", "", card, flags=re.DOTALL))
    return re.sub(r" (?=[:,])", "", " ".join(" ".join(root.itertext()).split()))


@pytest.fixture(scope="module")
def task():
    made = em.make("rules", bars=4)
    return em.Task(made.grid, made.reward, LABEL)


@pytest.fixture(scope="module")
def record(task):
    return em.run(em.GA(population=50), task, steps=20_000, seed=1)


def test_a_record_says_method_task_return_and_when_it_was_found(record):
    found = f"{int(record.improvements[-1, 0]):,} of {record.steps:,} steps"
    assert f"GA on {LABEL}: best return {record.best_return:.2f}".replace("-", "−") in said(record._repr_html_())  # noqa: RUF001
    assert found in said(record._repr_html_())


def test_a_record_of_four_bars_is_small_and_escapes_its_labels(record):
    card = record._repr_html_()
    assert len(card) < 60_000
    assert "<b>" not in card


def test_a_record_shows_score_player_curve_and_the_return_by_rule(record, task):
    card = whole(record._repr_html_())
    assert [e.get("class") for e in card.iter() if e.get("class") in ("score", "curve", "roll")] == [
        "score",
        "roll",
        "curve",
    ]
    assert len(card.findall(".//iframe")) == 1
    rows = {row[0].text: float(row[1].text.replace("−", "-").replace(",", "")) for row in card.findall(".//tbody/tr")}  # noqa: RUF001
    parts = dict(zip(task.part_names, task.parts(record.best[None])[0], strict=True))
    assert rows == {name: pytest.approx(value, abs=0.0051) for name, value in parts.items()}


def test_a_curve_has_the_optimum_only_where_it_is_at_hand(task):
    fresh = em.Task(task.grid, task.reward)
    record = em.run(em.RandomSearch(), fresh, steps=2_000, seed=1)
    assert "optimum" not in record._repr_html_()
    assert "solution" not in fresh.__dict__
    value = fresh.optimum().value
    assert f"{value - record.best_return:.2f} below the optimum" in record._repr_html_()


def test_a_record_has_its_melody():
    tiny = em.make("tiny")
    record = em.run(em.RandomSearch(), tiny, steps=400, seed=0)
    assert record.melody == em.Melody(record.best, tiny.grid)
    bare = Record(record.best, record.best_return, record.curve, record.improvements, record.steps, None)
    assert "best return" in bare._repr_html_()
    with pytest.raises(AttributeError, match="holds no task"):
        _ = bare.melody


def test_a_record_goes_through_pickle_without_a_fitness_that_cannot():
    problem = em.Problem(em.Bitstrings(8), lambda bits: int(bits.sum()))
    record = em.run(em.RandomSearch(), problem, steps=50, seed=0)
    read = pickle.loads(pickle.dumps(record))
    assert (read.task, read.method) == (None, None)
    assert read.best_return == record.best_return
    assert read.best.tolist() == record.melody.tolist()


def test_solutions_of_problems_are_text_and_trees_are_drawn():
    bits = em.Problem(em.Bitstrings(8), lambda x: int(x.sum()), name=LABEL, maximum=8)
    record = em.run(em.GA(population=10), bits, steps=500, seed=0)
    assert record.best_return == 8
    assert f"GA on {LABEL}: best return 8.00, the optimum" in said(record._repr_html_())
    assert "<pre>11111111</pre>" in record._repr_html_()
    trees = em.Expressions({"add": np.add}, variables=("x<y",))
    sums = em.Problem(trees, lambda tree: -tree.size)
    grown = em.run(em.GA(population=10), sums, steps=200, seed=0)
    assert 'class="tree"' in grown._repr_html_()
    assert "x&lt;y" in grown._repr_html_()


def test_a_record_of_trees_or_grammars_shows_the_genome_of_its_best_melody():
    tiny = em.make("tiny")
    tree, grammar = em.Tree(), em.Grammar()
    grown = em.run(em.GA(population=20, encoding=tree), tiny, steps=2_000, seed=0)
    at = int(np.flatnonzero((tree.decode(tiny, grown.state.genomes) == grown.best).all(axis=1))[0])
    labels = tree.draw(tiny, grown.state.genomes, at).labels
    drawn = next(e for e in whole(grown._repr_html_()).iter() if e.get("class") == "tree")
    assert tuple(e.text for e in drawn if e.tag == "text") == labels
    written = em.run(em.GA(population=20, encoding=grammar), tiny, steps=2_000, seed=0)
    assert "axiom -&gt;" in written._repr_html_()


def test_a_study_says_what_it_will_do():
    methods = {"ga": em.GA(population=30), "q": em.QLearning(view="short"), "luck": em.RandomSearch()}
    study = em.Study(tasks={"small": em.make("tiny")}, methods=methods, steps=4_000, seeds=7)
    words = said(study._repr_html_())
    assert "1 task × 3 methods × 7 seeds = 21 cells of 4,000 steps each" in words  # noqa: RUF001
    assert "small tiny 1 bar of 4/4 in quarters, C major, C4 to E4 1,000" in words
    assert "ga GA population=30" in words
    assert "luck RandomSearch defaults" in words
    assert len(study._repr_html_()) < 10_000


def test_results_are_a_table_with_intervals_from_the_best_method_down():
    run = run_of({"worse": 5.0, "better": 9.0})
    words = said(run._repr_html_())
    assert "method best found regret steps to 99 %" in words
    assert "better 8.90 8.80 to 9.00 3.10 3.00 to 3.20 >1,000 0 of 3 seeds" in words
    assert words.index("better 8.90") < words.index("worse 4.90")
    assert "medians over seeds [range]" in words
    assert "of 1 differences in best found stand" in words


def test_results_draw_a_line_and_a_band_for_each_method_and_the_optimum():
    curve = next(e for e in whole(run_of({"a": 5.0, "b": 9.0})._repr_html_()).iter() if e.get("class") == "curve")
    lines = curve.findall("polyline")
    assert [line.get("fill") == "none" for line in lines] == [False, False, True, True]
    assert "optimum" in [text.text for text in curve.findall("text")]
    assert curve.get("aria-label") == "best return against steps on t: at last a 4.90, b 8.90"


def test_results_of_many_tasks_show_the_first_ones():
    run = run_of({"a": 5.0})
    tasks = {f"t{i}": replace(run.tasks["t"], label=f"t{i}") for i in range(TASKS + 2)}
    words = said(replace(run, tasks=tasks)._repr_html_())
    assert "and 2 more tasks" in words
    assert "t3:" in words
    assert "t4:" not in words


def test_a_comparison_names_the_jobs_that_failed():
    from evomusic.comparison import Comparison

    run = run_of({"a": 5.0})
    fine = Comparison(run.folder, run)
    assert fine._repr_html_() == run._repr_html_()
    failed = Comparison(run.folder, run, (Failure("t/a/0", "ValueError: <i>", None),))
    assert "t/a/0: ValueError: &lt;i&gt;" in failed._repr_html_()


def test_a_study_without_results_yet_has_a_card():
    run = run_of({"a": 5.0})
    empty = replace(run.tasks["t"], outcomes={"a": ()}, references=None)
    assert "not finished" in replace(run, tasks={"t": empty})._repr_html_()
    waiting = replace(run.tasks["t"], references=None)
    assert "t:" in said(replace(run, tasks={"t": waiting})._repr_html_())
