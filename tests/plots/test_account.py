import numpy as np
import pytest

import evomusic as em
from evomusic.plots.account import draw_account, step_account
from evomusic.plots.style import number
from tests.plots.looking import bars, texts

TASK = em.make("tune", bars=2)
MELODY = em.Melody(TASK.soften(1.0).sample(1, np.random.default_rng(4))[0], TASK.grid, "A tune")


@pytest.mark.parametrize("task", [TASK, em.make("tiny"), em.make("tiny", delayed=True), em.make("rl-tuner")])
def test_the_cells_are_the_whole_return_by_rule_and_by_step(task):
    tokens = np.random.default_rng(1).integers(0, task.grid.tokens, task.grid.steps, np.uint8)
    cells = step_account(task, em.Melody(tokens, task.grid))
    assert cells.sum(axis=1).tolist() == task.parts(tokens[None])[0].tolist()
    assert cells.sum() == task.evaluate(tokens[None])[0]
    if not task.delayed:
        assert cells.sum(axis=0).tolist() == task.rewards(tokens[None])[0].tolist()


def test_the_heat_map_stands_under_the_notes_with_names_and_sums():
    figure = draw_account(TASK, MELODY)
    roll, heat = figure.axes[:2]
    assert roll.get_xlim() == heat.get_xlim() == (0, 8)
    assert roll.get_position().x0 == heat.get_position().x0
    assert len(bars(roll)) == len(MELODY.notes)
    shown = heat.images[0].get_array()
    assert np.array_equal(shown[:-1], step_account(TASK, MELODY))
    assert np.array_equal(shown[-1], TASK.rewards(MELODY.tokens[None])[0])
    assert [label.get_text() for label in heat.get_yticklabels()] == [*TASK.part_names, "all"]
    value = TASK.evaluate(MELODY.tokens[None])[0]
    assert f"A tune on tune: return {number(value)}" in texts(figure)
    assert texts(figure).count(number(value)) >= 1


def test_a_melody_that_no_rule_pays_is_drawn():
    task = em.Task(em.Grid(bars=1), em.Reward({em.rules.InScale("C major"): 1.0}), "one rule")
    draw_account(task, em.Melody(np.zeros(16, np.uint8), task.grid))


def test_a_melody_of_another_grid_is_refused():
    with pytest.raises(ValueError, match="expected"):
        draw_account(em.make("tiny"), MELODY)
