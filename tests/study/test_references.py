"""References of a task: ceilings of views without a clock."""

from __future__ import annotations

from pathlib import Path

import pytest

import evomusic as em
from evomusic.core.method import Method
from evomusic.core.views import LastPitches, View
from evomusic.plots.curves import ceilings, draw_learning
from evomusic.study.references import ceiling, ceilings_of
from evomusic.study.results import Ceiling, Run
from evomusic.study.table import levels

TINY = em.make("tiny")
BLIND, SEEING = em.Sarsa(view="pitch"), em.Sarsa(view="short")


@pytest.mark.parametrize(
    ("methods", "expected"),
    [
        ([SEEING, em.GA(), em.Sarsa(view="markov")], []),
        ([BLIND, em.GA(encoding=em.PolicyTable(view="pitch"))], ["view-pitch"]),
        ([em.GA(encoding=em.PolicyTable(view="bar")), BLIND], ["view-pitch", "view-bar"]),
        ([em.QLearning(view=View(observers=(LastPitches(2),), clock=False))], ["view-pitches"]),
        ([em.CMAES(encoding=em.PolicyWeights(view="pitch", hidden=2, recurrent=True))], []),
        ([em.CMAES(encoding=em.PolicyWeights(view="pitch"))], ["view-pitch"]),
    ],
    ids=["clocks", "once for two methods", "two views", "a view written out", "recurrent", "network"],
)
def test_views_without_a_clock_have_ceilings(methods: list[Method], expected: list[str]) -> None:
    assert sorted(ceilings_of(methods)) == sorted(expected)


def test_a_ceiling_is_the_value_of_the_view() -> None:
    for view in ("pitch", "pitches", "bar"):
        found = ceiling(TINY, View.named(view))
        assert (found["upper"], found["certified"]) == (em.value_of_observation(TINY, view).value, True)


def test_a_search_that_does_not_close_gives_a_bound_no_greater_than_the_optimum(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("evomusic.study.references.NODES", 1)
    task = em.make("rules", bars=1)
    found = ceiling(task, View.named("pitch"))
    assert not found["certified"]
    assert em.value_of_observation(task, "pitch").value <= found["upper"] <= task.optimum().value


def test_a_study_shows_ceilings_and_computes_those_of_a_method_added_later(tmp_path: Path) -> None:
    def run(methods: dict[str, Method]) -> Run:
        study = em.Study(tasks={"t": TINY}, methods=methods, steps=400, seeds=2)
        return em.compare(study, out=tmp_path, figures=False, workers=1).run

    first = run({"a": SEEING}).tasks["t"]
    assert first.references
    assert first.references.ceilings == ()
    later = run({"a": SEEING, "b": BLIND})
    task = later.tasks["t"]
    assert task.references
    best = em.value_of_observation(TINY, "pitch").value
    assert task.references.ceilings == (Ceiling("pitch", best, True),)
    assert ("view pitch, best policy", best) in levels(task)
    assert [(line.label, line.value) for line in ceilings(task)] == [("view pitch, best policy", best)]
    words = [text.get_text() for ax in draw_learning(later, task).axes for text in ax.texts]
    assert words.count("view pitch, best policy") == 1  # in the panel of what is delivered
    assert task.outcomes["b"][0].curve.delivered[-1] <= best
