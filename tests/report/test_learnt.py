"""What was learnt, in a notebook: tables, heat maps, greedy melodies."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest

import evomusic as em
from evomusic.report.learnt import SHADES, heat
from tests.report.test_runs import said, whole


def corridor(cells: int) -> em.FiniteMDP:
    """Cells in a row; each move costs 1, and the last one ends the episode."""

    def move(cell, way):
        after = min(max(cell + (1 if way == "<right>" else -1), 0), cells - 1)
        return 1.0, after, -1.0, after == cells - 1

    return em.FiniteMDP.from_functions(range(cells), ["left", "<right>"], move, start=0)


def test_a_small_model_is_a_table_of_values_policy_and_action_values():
    learnt = em.learn.train(em.QLearning(epsilon=0.2), corridor(5), episodes=300, seed=0)
    card = learnt._repr_html_()
    rows = [[cell.text for cell in row] for row in whole(card).findall(".//tbody/tr")]
    assert [row[0] for row in rows] == ["0", "1", "2", "3", "4"]
    for row, value, q in zip(rows[:4], learnt.values, learnt.q, strict=False):
        assert row[2] == "<right>"
        assert [float(x.replace("−", "-")) for x in (row[1], *row[3:])] == pytest.approx([value, *q], abs=0.0051)  # noqa: RUF001
    assert rows[4][2] == "–"  # noqa: RUF001  # nothing is chosen after the end
    assert "QLearning: 300 episodes" in said(card)
    assert "epsilon=0.2" in said(card)


def test_a_stochastic_policy_is_told_by_its_most_probable_actions():
    learnt = em.learn.train(em.ActorCritic(), corridor(3), episodes=300, seed=0)
    row = whole(learnt._repr_html_()).findall(".//tbody/tr")[0]
    assert row[2].text.startswith(f"<right> {learnt.policy[0, 1]:.0%}")


def test_a_larger_model_is_a_heat_map():
    learnt = em.learn.train(em.QLearning(epsilon=0.2), corridor(30), episodes=50, seed=0)
    card = whole(learnt._repr_html_())
    assert card.findall(".//tbody") == []
    drawn = next(e for e in card.iter() if e.get("class") == "heat")
    assert drawn.get("aria-label").startswith("action values by state and action, from ")
    assert {"left", "<right>"} <= {e.text for e in drawn.findall("text")}


def test_a_task_shows_the_greedy_melody_with_its_return():
    tiny = em.make("tiny")
    learnt = em.learn.train(em.QLearning(epsilon=0.5), tiny, episodes=5_000, seed=0)
    card = learnt._repr_html_()
    assert "greedy melody: return 2.40" in said(card)
    assert tiny.optimum().melody.text in said(card)
    assert len(card) < 60_000
    rings = [e for e in whole(card).iter() if e.tag == "circle"]
    assert len(rings) == tiny.grid.steps


def test_the_state_of_a_trained_learner_is_that_which_figures_take():
    task, learner = em.make("tiny"), em.QLearning(epsilon=0.5)
    learnt = em.learn.train(learner, task, episodes=100, seed=0)
    em.plots.draw_values(task, learner, learnt.state)
    assert em.learn.train(learner, corridor(3), episodes=3, seed=0).state is None


def test_training_without_a_finished_episode_has_a_card():
    learnt = em.learn.train(em.QLearning(), corridor(30), steps=5, seed=0)
    assert "0 episodes, 5 steps" in said(learnt._repr_html_())


def test_a_pomdp_names_its_observations():
    hidden = em.FinitePOMDP.of(corridor(3), [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    learnt = em.learn.train(em.QLearning(), hidden, steps=200, seed=0)
    rows = whole(learnt._repr_html_()).findall(".//tbody/tr")
    assert [row[0].text for row in rows] == [*map(str, hidden.observation_names), "none yet"]


def test_a_heat_map_shades_from_least_to_greatest_and_leaves_nan_blank():
    cells = np.array([[0.0, 1.0, 1.0], [np.nan, 2.0, 0.0]])
    drawn = ElementTree.fromstring(heat(cells, "values", ["low", "high"], None))
    paths = drawn.findall(".//path")
    assert [path.get("d") for path in paths] == ["M0 0h1v1H0zM2 1h1v1H2z", "M1 0h2v1H1z", "M1 1h1v1H1z"]
    opacities = [float(path.get("fill-opacity")) for path in paths]
    assert opacities == sorted(opacities)
    assert drawn.get("aria-label") == "values, from 0.00 to 2.00"
    blank = ElementTree.fromstring(heat(np.full((2, 3), np.nan), "nothing", ["a", "b"], None))
    assert blank.findall(".//path") == []
    assert (
        len(ElementTree.fromstring(heat(np.arange(90.0).reshape(3, 30), "x", list("abc"), None)).findall(".//path"))
        == SHADES
    )
