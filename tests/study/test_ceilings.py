"""Ceilings: the best that a policy of a view without the clock returns, as a reference of a study."""

import itertools
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import evomusic as em
from evomusic.core.automata import TooManyStates
from evomusic.core.optimum.solve import Bound, NotCertified
from evomusic.core.views import NAMED, LastPitches
from evomusic.plan import observation
from evomusic.plots.curves import ceilings, draw_learning
from evomusic.study import folder as files
from evomusic.study import references, runner
from evomusic.study.config import Study
from evomusic.study.folder import RunError
from evomusic.study.merging import merge_folders
from evomusic.study.progress import Progress
from evomusic.study.references import ceilings_of, view_name
from evomusic.study.results import LABEL, Ceiling
from evomusic.study.runner import Plan, run_study
from evomusic.study.store import read_run
from evomusic.study.table import levels, to_dict, to_text
from tests.study.stand_ins import Uniform
from tests.study.test_runner import tracked

WINDOW = "view-Window(LastPitches, 3)"
THREE = em.View(observers=(LastPitches(3),), clock=False)
BAR = {"kind": "QLearning", "view": "bar"}
PITCH = {"kind": "GA", "population": 4, "encoding": {"kind": "PolicyTable", "view": "pitch"}}
TASKS = {"one": "tiny", "two": {"name": "tiny", "bars": 2}}


def small(**changes) -> Study:
    return Study(**{"tasks": TASKS, "methods": {"q": BAR, "ga": PITCH}, "steps": 80, "seeds": 1, **changes})


def run(study: Study, folder: Path, workers: int = 1):
    return run_study(Plan(study, folder, workers=workers))


def kinds(folder: Path) -> dict[str, list[str]]:
    stored = json.loads((folder / "references.json").read_text())["tasks"]
    return {label: list(parts) for label, parts in stored.items()}


@dataclass(frozen=True)
class Heard:
    """An observer of one's own, which remembers the kind of the last token up to `most`."""

    most: int = 1
    start = 0
    hears = ()

    def read(self, memory, event, slot):
        return min(event.kind, self.most), 0.0


@dataclass(frozen=True)
class SeesTheBar(Uniform):
    view: str = "bar"


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("ceilings") / "run"
    assert run(small(), folder).failures == []
    return folder


def best_by_hand(task, view) -> float:
    """The best of all melodies in which states that look alike choose alike."""
    every = np.array(list(itertools.product(range(task.grid.tokens), repeat=task.grid.steps)), np.uint8)
    states = em.agent_states(task, view, every)[:, :-1]
    steps = range(task.grid.steps)
    alike = np.ones(len(every), bool)
    for i, j in itertools.combinations(steps, 2):
        alike &= (states[:, i] != states[:, j]) | (every[:, i] == every[:, j])
    return float(task.evaluate(every[alike]).max())


@pytest.mark.parametrize("view", ["pitch", "pitches", "bar"])
def test_a_ceiling_is_the_best_melody_that_chooses_alike_where_it_sees_alike(view):
    task = em.make("tiny")
    found = references.ceiling(task, NAMED[view])
    assert found["certified"]
    assert found["upper"] == best_by_hand(task, view)
    assert task.evaluate(em.Melody.parse(found["melody"], task.grid).tokens[None])[0] == found["upper"]


@pytest.mark.parametrize("view", ["pitch", "pitches", "bar"])
def test_a_ceiling_is_the_value_of_the_view(view):
    found = references.ceiling(em.make("tiny"), NAMED[view])
    assert (found["upper"], found["certified"]) == (em.value_of_observation(em.make("tiny"), view).value, True)


def test_a_search_that_does_not_close_gives_a_bound_no_greater_than_the_optimum(monkeypatch):
    monkeypatch.setattr(references, "NODES", 1)
    task = em.make("rules", bars=1)
    found = references.ceiling(task, NAMED["pitch"])
    assert not found["certified"]
    assert em.value_of_observation(task, "pitch").value <= found["upper"] <= task.optimum().value


def test_each_task_has_the_ceiling_of_each_view_of_its_methods(finished):
    assert kinds(finished) == {key: ["planner", "levels", "soft", "view-bar", "view-pitch"] for key in ("one", "two")}
    for label, task in (("one", em.make("tiny")), ("two", em.make("tiny", bars=2))):
        ceilings = read_run(finished).tasks[label].references.ceilings
        worth = {view: em.value_of_observation(task, view).value for view in ("bar", "pitch")}
        assert ceilings == tuple(Ceiling(view, value, True) for view, value in worth.items())


def test_two_workers_leave_the_same_bytes_and_a_finished_study_computes_nothing(finished, tmp_path, monkeypatch):
    assert run(small(), tmp_path / "two", workers=2).failures == []
    assert tracked(tmp_path / "two") == tracked(finished)
    monkeypatch.setattr(references, "ceiling", None)
    before = tracked(finished)
    assert run(small(), finished).failures == []
    assert tracked(finished) == before


def test_a_method_that_comes_later_brings_its_ceiling_as_if_all_had_been_computed_at_once(finished, tmp_path):
    folder = tmp_path / "grown"
    run(small(methods={"q": {"kind": "QLearning"}}), folder)
    assert kinds(folder) == {key: ["planner", "levels", "soft"] for key in ("one", "two")}
    more = small(methods={"q": {"kind": "QLearning"}, "late": PITCH})
    assert run(more, folder).failures == []
    assert run(more, tmp_path / "whole").failures == []
    assert kinds(folder) == {key: ["planner", "levels", "soft", "view-pitch"] for key in ("one", "two")}
    assert (folder / "references.json").read_bytes() == (tmp_path / "whole/references.json").read_bytes()


def test_a_study_without_such_views_stores_what_it_stored_before(tmp_path, monkeypatch):
    monkeypatch.setattr(references, "ceiling", None)
    monkeypatch.setattr(references, "fingerprint", None)
    study = small(methods={"q": {"kind": "QLearning"}, "markov": {"kind": "Sarsa", "view": "markov"}})
    done = run(study, tmp_path)
    assert done.failures == []
    plain = {
        label: {
            "planner": references.planner(task),
            "levels": references.levels(task, ""),
            "soft": references.soft(task),
        }
        for label, task in study.tasks.items()
    }
    assert (tmp_path / "references.json").read_text() == files.sealed({"tasks": plain})
    assert "view" not in to_text(done.run)
    assert "views" not in to_dict(done.run)["tasks"]["one"]["references"]


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        (em.QLearning(view="bar"), ["view-bar"]),
        (em.Reinforce(view=NAMED["pitches"]), ["view-pitches"]),
        (em.GA(encoding=em.PolicyTable(view="pitch")), ["view-pitch"]),
        (em.RandomSearch(encoding=em.PolicyTree(view=THREE)), ["view-LastPitches(count=3)"]),
        (em.Sarsa(view=em.View(observers=(em.Window(LastPitches(), 3),), clock=False)), [WINDOW]),
        (SeesTheBar(), ["view-bar"]),
        (em.GA(encoding=em.PolicyWeights(view="pitch", hidden=2)), ["view-pitch"]),
        (em.GA(encoding=em.PolicyWeights(view="pitch", hidden=2, recurrent=True)), []),
        (em.QLearning(view="short"), []),
        (em.QLearning(view=em.View(clock=False, rules=True)), []),
        (em.GA(), []),
        (em.Islands(methods=(em.GA(), em.QLearning(view="bar"))), []),
        (em.Deep(view="bar"), ["view-bar"]),
        (em.Deep(view="bar", observation="history"), []),
        (em.Deep(algorithm="RecurrentPPO", view="bar"), []),
        (em.Deep(algorithm="MaskablePPO", view="bar"), []),
    ],
    ids=lambda x: None if isinstance(x, list) else type(x).__name__,
)
def test_only_what_acts_on_a_view_without_the_clock_alone_has_a_ceiling(method, expected):
    assert list(ceilings_of([method])) == expected


@pytest.mark.parametrize(
    ("methods", "expected"),
    [
        ([em.Sarsa(view="short"), em.GA(), em.Sarsa(view="markov")], []),
        ([em.Sarsa(view="pitch"), em.GA(encoding=em.PolicyTable(view="pitch"))], ["view-pitch"]),
        ([em.GA(encoding=em.PolicyTable(view="bar")), em.Sarsa(view="pitch")], ["view-pitch", "view-bar"]),
        ([em.QLearning(view=em.View(observers=(LastPitches(2),), clock=False))], ["view-pitches"]),
        ([em.CMAES(encoding=em.PolicyWeights(view="pitch", hidden=2, recurrent=True))], []),
        ([em.CMAES(encoding=em.PolicyWeights(view="pitch"))], ["view-pitch"]),
    ],
    ids=["clocks", "once for two methods", "two views", "a view written out", "recurrent", "network"],
)
def test_the_methods_of_a_study_have_each_ceiling_once(methods, expected):
    assert sorted(ceilings_of(methods)) == sorted(expected)


@pytest.mark.parametrize(
    ("view", "text"),
    [
        (NAMED["bar"], "bar"),
        (em.View(observers=(LastPitches(),), clock=False), "pitch"),
        (em.View(clock=False), "nothing"),
        (
            em.View(observers=(LastPitches(4), em.rules.LeapRecovery()), clock=False),
            "LastPitches(count=4) + LeapRecovery",
        ),
        (
            em.View(observers=(em.Window(LastPitches(2), 3), em.BarPosition()), clock=False),
            "Window(LastPitches(count=2), 3) + BarPosition",
        ),
        (em.View(observers=(Heard(2),), clock=False), f"{__name__}:Heard(most=2)"),
        (em.View(observers=(LastPitches(),), clock=False, observation=True), "the task's observers + LastPitches"),
    ],
    ids=["ready", "equal to a ready one", "nothing", "two observers", "a window", "of one's own", "observation"],
)
def test_a_view_is_called_by_its_ready_name_or_by_what_it_sees(view, text):
    assert view_name(view) == text


def test_a_view_of_ones_own_is_shown_in_a_label_of_bounded_length():
    assert Ceiling("bar", 1.0, True).label == "view bar, best policy"
    assert Ceiling("bar", 1.0, False).label == "view bar, bound"
    assert Ceiling("x" * 99, 1.0, False).label == f"view {'x' * (LABEL - 1)}…, bound"


def test_a_view_of_two_observers_of_ones_own_is_computed_and_its_mended_code_computes_it_again(tmp_path, monkeypatch):
    view = em.View(observers=(Heard(1), Heard(2)), clock=False)
    study = small(methods={"own": em.QLearning(view=view)}, tasks={"one": "tiny"})
    first = run(study, tmp_path)
    (ceiling,) = first.run.tasks["one"].references.ceilings
    assert ceiling.upper == best_by_hand(em.make("tiny"), view)
    shutil.rmtree(tmp_path / "cells")
    real, done = references.fingerprint, []
    changed = lambda thing: "mended" if thing == view else real(thing)  # noqa: E731
    monkeypatch.setattr(references, "fingerprint", changed)
    monkeypatch.setattr(runner, "fingerprint", changed)
    plain = references.ceiling
    monkeypatch.setattr(references, "ceiling", lambda *task_and_view: done.append(1) or plain(*task_and_view))
    assert run(study, tmp_path).failures == []
    assert run(study, tmp_path).failures == []
    assert done == [1]


def test_a_search_that_did_not_close_leaves_a_bound_that_is_called_so(tmp_path, monkeypatch):
    task = em.make("tiny")

    def open_search(task, view, limit):
        raise NotCertified("too few nodes", Bound(1.5, 0.5, task.optimum().melody))

    monkeypatch.setattr(observation, "value_of_observation", open_search)
    study = small(methods={"q": BAR}, tasks={"one": task})
    done = run(study, tmp_path)
    assert done.run.tasks["one"].references.ceilings == (Ceiling("bar", 1.5, False),)
    assert "view bar, bound" in to_text(done.run)
    assert to_dict(done.run)["tasks"]["one"]["references"]["views"] == {"bar": 1.5}
    assert run(study, tmp_path).failures == []  # it is checked, and not computed again


def test_a_bound_is_never_above_that_of_all_melodies(tmp_path, monkeypatch):
    def far(task, view, limit):
        raise NotCertified("too few nodes", Bound(1e6, 0.5, task.optimum().melody))

    monkeypatch.setattr(observation, "value_of_observation", far)
    found = run(small(methods={"q": BAR}), tmp_path).run.tasks["one"].references
    assert found.ceilings[0].upper == found.upper


def test_a_view_with_too_many_states_has_no_ceiling_and_is_not_tried_again(tmp_path, monkeypatch):
    def too_many(task, view, limit):
        raise TooManyStates("too many")

    monkeypatch.setattr(observation, "value_of_observation", too_many)
    study = small(methods={"q": BAR}, tasks={"one": "tiny"})
    assert run(study, tmp_path).run.tasks["one"].references.ceilings == ()
    monkeypatch.setattr(references, "ceiling", None)
    assert run(study, tmp_path).failures == []


def test_a_task_with_a_reward_for_the_whole_melody_has_a_bound(tmp_path):
    final = em.Task(em.Grid(bars=1, low=60, high=62), em.Reward(final={em.measures.PitchEntropy(): 1.0}))
    found = run(small(methods={"q": BAR}, tasks={"one": final}), tmp_path)
    assert found.failures == []
    (ceiling,) = found.run.tasks["one"].references.ceilings
    assert not ceiling.certified
    assert ceiling.upper >= max(o.best_return for o in found.run.outcomes)


def damaged(folder: Path, change) -> None:
    path = folder / "references.json"
    tasks = json.loads(path.read_text())["tasks"]
    change(tasks["two"])
    path.write_text(files.sealed({"tasks": tasks}))


@pytest.mark.parametrize(
    "change",
    [
        lambda parts: parts["view-bar"].update(upper=1.0),
        lambda parts: parts["view-bar"].update(melody=parts["view-pitch"]["melody"]),
        lambda parts: parts["view-bar"].pop("melody"),
        lambda parts: parts["view-bar"].update(certified=False, upper="much"),
        lambda parts: parts.update({"view-bar": 7}),
    ],
    ids=["value", "melody", "no melody", "no number", "no table"],
)
def test_a_damaged_ceiling_is_refused_by_name(finished, tmp_path, change):
    folder = shutil.copytree(finished, tmp_path / "run")
    damaged(folder, change)
    with pytest.raises(RunError, match=r"references\.json is damaged: the melody of the view-bar of task 'two'"):
        run(small(), folder)


def test_a_ceiling_without_the_code_of_its_view_is_computed_again(finished, tmp_path):
    folder = shutil.copytree(finished, tmp_path / "run")
    damaged(folder, lambda parts: parts.update({"view-bar": {"upper": 0.5, "certified": True}}))
    assert run(small(), folder).failures == []
    assert tracked(folder) == tracked(finished)


@pytest.mark.parametrize(
    "change", [lambda parts: parts["view-bar"].pop("upper"), lambda parts: parts.update({"view-bar": 7})]
)
def test_a_damaged_ceiling_is_refused_where_a_folder_is_only_read(finished, tmp_path, change):
    folder = shutil.copytree(finished, tmp_path / "run")
    damaged(folder, change)
    with pytest.raises(RunError, match=r"references\.json is damaged"):
        read_run(folder)


def test_the_printed_table_and_the_json_have_the_ceilings(finished):
    done = read_run(finished)
    text = to_text(done)
    for view in ("bar", "pitch"):
        value = em.value_of_observation(em.make("tiny", bars=2), view).value
        (line,) = [
            line for line in text.split("two (")[1].splitlines() if line.startswith(f" view {view}, best policy")
        ]
        assert line.split()[4] == f"{value:.2f}"
        assert to_dict(done)["tasks"]["two"]["references"]["views"][view] == value


def test_figures_and_tables_show_the_ceiling_of_a_method_added_later(tmp_path):
    def compared(methods):
        study = Study(tasks={"t": em.make("tiny")}, methods=methods, steps=400, seeds=2)
        return em.compare(study, out=tmp_path, figures=False, workers=1).run

    methods = {"a": em.Sarsa(view="short")}
    assert compared(methods).tasks["t"].references.ceilings == ()
    later = compared(methods | {"b": em.Sarsa(view="pitch")})
    task = later.tasks["t"]
    best = em.value_of_observation(em.make("tiny"), "pitch").value
    assert task.references.ceilings == (Ceiling("pitch", best, True),)
    assert ("view pitch, best policy", best) in levels(task)
    assert [(line.label, line.value) for line in ceilings(task)] == [("view pitch, best policy", best)]
    words = [text.get_text() for ax in draw_learning(later, task).axes for text in ax.texts]
    assert words.count("view pitch, best policy") == 1  # in the panel of what is delivered
    assert task.outcomes["b"][0].curve.delivered[-1] <= best


def test_folders_with_other_views_are_merged_as_if_run_at_once(finished, tmp_path):
    for label, table in (("q", BAR), ("ga", PITCH)):
        run(small(methods={label: table}), tmp_path / label)
    merged = merge_folders([tmp_path / "q", tmp_path / "ga"], tmp_path / "both", Progress())
    assert merged.run.complete
    assert (tmp_path / "both/references.json").read_bytes() == (finished / "references.json").read_bytes()


def test_folders_with_another_ceiling_of_a_view_are_not_merged(finished, tmp_path):
    other = shutil.copytree(finished, tmp_path / "other")
    damaged(other, lambda parts: parts["view-bar"].update(upper=0.25))
    with pytest.raises(RunError, match=r"the view-bar of tasks\.two in .*other is not that in .*run"):
        merge_folders([finished, other], tmp_path / "out", Progress())
