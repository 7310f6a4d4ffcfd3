import numpy as np
import pytest

import evomusic as em
from evomusic.plots.style import number
from evomusic.plots.values import draw_choices, draw_values, learnt
from tests.plots.looking import texts

TINY = em.make("tiny")
LEARNER = em.QLearning(view="markov", alpha=0.5, epsilon=0.3)


@pytest.fixture(scope="module")
def state():
    return em.run(LEARNER, TINY, steps=40_000, seed=0).state


def test_values_along_the_greedy_melody_are_those_of_the_whole_q_table(state):
    rows = {row.history: row.q for row in TINY.q_table()}
    found = learnt(TINY, LEARNER, state)
    assert found.q[:, 0] == pytest.approx(rows[()], abs=0.2)  # constant step size
    assert found.q[:, 0].argmax() == rows[()].argmax()
    assert found.melody.tokens.tolist() == TINY.optimum().melody.tokens.tolist()
    assert found.start == found.q[:, 0].max()


def test_a_value_stands_where_its_pitch_was_struck():
    """After rests and C4 the best return to come is 1.5 at step 3 (README's table)."""
    learner = em.QLearning(view="markov", alpha=1.0, epsilon=1.0)
    found = learnt(TINY, learner, em.run(learner, TINY, steps=200_000, seed=0).state)
    q = {row.history: row.q for row in TINY.q_table()}
    assert found.values[0, 2] == q[(0, 2)].max()
    assert found.values[1, 1] == q[(3,)].max()
    assert np.isnan(found.values[:, 0]).all()


def test_states_that_were_never_visited_are_blank():
    learner = em.QLearning(view="markov", rows="on-demand")
    found = learnt(TINY, learner, em.run(learner, TINY, steps=8, seed=0).state)
    assert np.isnan(found.values[:, 1:]).any()
    assert not np.isnan(found.q[:, 0]).any()


def test_figures_name_task_learner_and_return(state):
    value = number(TINY.optimum().value)
    assert f"tiny: greedy melody of QLearning and its alternatives (return {value})" in texts(
        draw_choices(TINY, LEARNER, state)
    )
    assert "tiny: state values V of QLearning" in texts(draw_values(TINY, LEARNER, state))


def test_a_circle_marks_each_token_that_is_chosen(state):
    ax = draw_choices(TINY, LEARNER, state).axes[0]
    assert ax.collections[-1].get_offsets().tolist() == [[t, a] for t, a in enumerate((2, 4, 3, 2))]


def test_the_heat_map_is_zero_where_the_best_token_is(state):
    cells = draw_choices(TINY, LEARNER, state).axes[0].images[0].get_array()
    assert cells.max(axis=0).tolist() == [0.0] * 4
    assert cells[[2, 4, 3, 2], range(4)].tolist() == [0.0] * 4
