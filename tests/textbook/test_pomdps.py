"""POMDPs of the literature, each written from its description, held to values that are worked out in another way."""

from __future__ import annotations

import numpy as np
import pytest

from evomusic.models.pomdp import FinitePOMDP
from evomusic.plan.pomdp.alpha_vectors import blind
from evomusic.plan.pomdp.belief_mdp import belief_mdp
from evomusic.plan.pomdp.finite_horizon import solve_horizon
from evomusic.plan.pomdp.policy_iteration import whole_value
from evomusic.plan.pomdp.solve import solve_pomdp

TIGER = """
discount: 0.95
values: reward
states: tiger-left tiger-right
actions: listen open-left open-right
observations: hear-left hear-right
T: listen identity
T: open-left uniform
T: open-right uniform
O: * uniform
O: listen
{accuracy} {error}
{error} {accuracy}
R: listen : * : * : * -1
R: open-left : tiger-left : * : * {tiger}
R: open-left : tiger-right : * : * {gold}
R: open-right : tiger-left : * : * {gold}
R: open-right : tiger-right : * : * {tiger}
"""

MAZE = """
# Four cells in a row, the third is the goal: from it, any other one (Littman, Cassandra & Kaelbling 1995, "1D maze")
discount: 0.75
values: reward
states: left middle right goal
actions: west east
observations: nothing goal
start exclude: goal
T: west : left : left 1
T: west : middle : left 1
T: west : right : goal 1
T: east : left : middle 1
T: east : middle : goal 1
T: east : right : right 1
T: * : goal
0.333333 0.333333 0.333333 0.0
O: * : * 1 0
O: * : goal : goal 1
O: * : goal : nothing 0
R: * : * : goal : * 1
"""

PAINT = """
# A part, flawed or not, is painted, inspected, shipped or rejected (Kushmerick, Hanks & Weld 1995; noisy sensor)
discount: 0.95
values: reward
states: whole flawed painted-whole painted-flawed
actions: paint inspect ship reject
observations: clean blemished
start: 0.5 0.5 0 0
T: paint
0.1 0 0.9 0
0 0.1 0 0.9
0 0 1 0
0 0 0 1
T: inspect identity
T: ship : * 0.5 0.5 0 0
T: reject : * 0.5 0.5 0 0
O: * : * 1 0
O: inspect
0.75 0.25
0.25 0.75
0.75 0.25
0.75 0.25
R: ship : * : * : * -1
R: ship : painted-whole : * : * 1
R: reject : * : * : * -1
R: reject : flawed : * : * 1
R: reject : painted-flawed : * : * 1
"""


def tiger(accuracy=0.85, bite=-100, gold=10):
    return FinitePOMDP.parse(TIGER.format(accuracy=accuracy, error=1 - accuracy, tiger=bite, gold=gold))


def tiger_value(belief, gamma, accuracy=0.85, bite=-100.0, gold=10.0, far=80):
    """Value iteration on what the counts of growls from the left and the right leave: a line of beliefs.

    After `far` more of one kind than of the other one only opens: nobody listens on there (.85: odds of 10^60).
    """
    count = np.arange(-far, far + 1)

    def line(start):
        odds = np.log(max(start, 1e-300)) - np.log(max(1 - start, 1e-300)) + count * np.log(accuracy / (1 - accuracy))
        left = 1 / (1 + np.exp(-np.clip(odds, -700, 700)))
        return left, np.maximum(left * bite + (1 - left) * gold, left * gold + (1 - left) * bite)

    def backup(left, opened, values, again):
        hear = left * accuracy + (1 - left) * (1 - accuracy)
        best = opened + gamma * again
        listen = -1 + gamma * (hear[1:-1] * values[2:] + (1 - hear[1:-1]) * values[:-2])
        best[1:-1] = np.maximum(best[1:-1], listen)
        return best

    middle, values = line(0.5), np.zeros(len(count))
    for _ in range(int(np.ceil(np.log(1e-14) / np.log(gamma)))):
        values = backup(*middle, values, values[far])
    own, found = line(belief), np.zeros(len(count))
    for _ in range(int(np.ceil(np.log(1e-14) / np.log(gamma)))):
        found = backup(*own, found, values[far])
    return found[far]


def solved_by_sweeps(pomdp, gamma):
    """Value iteration on the explicit MDP of beliefs, where they are few."""
    mdp, beliefs = belief_mdp(pomdp)
    rows, values = mdp.outcomes.rows, np.zeros(mdp.states)
    for _ in range(int(np.ceil(np.log(1e-13) / np.log(gamma)))):
        each = rows["p"] * (rows["reward"] + gamma * values[rows["to"]] * (rows["end"] == 0))
        values = np.add.reduceat(each, mdp.outcomes.first[:-1])[:-1].reshape(mdp.states, mdp.actions).max(axis=1)
    return beliefs, values


def maze_of(cells, shows, goal):
    """A maze (4 moves that stay at walls); the goal pays 1 when entered, and leads to any other cell."""
    size, numbers = len(cells), {cell: i for i, cell in enumerate(cells)}
    transitions = np.zeros((4, size, size))
    for (x, y), s in numbers.items():
        for a, (dx, dy) in enumerate([(0, -1), (0, 1), (1, 0), (-1, 0)]):
            transitions[a, s, numbers.get((x + dx, y + dy), s)] = 1.0
    away = np.where(np.arange(size) == goal, 0.0, 1 / (size - 1))
    transitions[:, goal] = away
    rewards = np.zeros((4, size, size))
    rewards[:, :, goal] = 1.0
    emissions = np.broadcast_to(np.eye(max(shows) + 1)[shows], (4, size, max(shows) + 1))
    return FinitePOMDP(transitions=transitions, emissions=emissions, rewards=rewards, start=away, discount=0.95)


def cheese():
    """McCallum (1992): a mouse that feels the walls around it; 11 cells, 7 observations."""
    top, legs = [(x, 0) for x in range(5)], [(0, 1), (2, 1), (4, 1), (0, 2), (4, 2), (2, 2)]
    return maze_of(top + legs, [0, 1, 2, 1, 3, 4, 4, 4, 5, 5, 6], goal=10)


def four_by_four():
    """Cassandra, Kaelbling & Littman (1994): 16 cells, nothing is seen but the goal."""
    return maze_of([(x, y) for y in range(4) for x in range(4)], [0] * 15 + [1], goal=15)


@pytest.mark.parametrize("gamma", [0.5, 0.75, 0.9, 0.95, 0.99])
@pytest.mark.parametrize("belief", [0.5, 0.0, 0.03, 0.31, 0.85, 0.97])
def test_the_tiger_is_worth_what_counting_growls_is_worth(belief, gamma):
    value = solve_pomdp(tiger(), gamma, tolerance=1e-6).value([belief, 1 - belief])
    assert value == pytest.approx(tiger_value(belief, gamma), abs=1e-6)


def test_the_tiger_of_the_paper():
    """Kaelbling, Littman & Cassandra (1998), section 5.1; the value is that of `tiger_value`, in nine decimals."""
    pomdp = tiger()
    assert tiger_value(0.5, 0.95) == pytest.approx(19.3713683749, abs=1e-9)
    assert solve_pomdp(pomdp, gamma=0.95, tolerance=1e-6).value([0.5, 0.5]) == pytest.approx(19.3713683749, abs=1e-6)


@pytest.mark.parametrize(
    ("accuracy", "bite", "gold"), [(0.6, -100, 10), (0.75, -50, 20), (0.95, -1000, 5), (0.99, -10, 10)]
)
def test_other_tigers(accuracy, bite, gold):
    solved = solve_pomdp(tiger(accuracy, bite, gold), 0.95)
    for belief in (0.5, 0.2, 0.9):
        wanted = tiger_value(belief, 0.95, accuracy, bite, gold)
        assert solved.value([belief, 1 - belief]) == pytest.approx(wanted, abs=1e-6)


def test_the_tiger_is_heard_twice_before_a_door_is_opened():
    """Kaelbling, Littman & Cassandra (1998), figure 17: open after two more growls from one side than the other."""
    solved, once, twice = solve_pomdp(tiger()), 0.85, 0.85**2 / (0.85**2 + 0.15**2)
    assert [solved.act([b, 1 - b]) for b in (0.5, once, twice, 1 - twice)] == [0, 0, 2, 1]


def test_stages_of_the_tiger_are_right_by_hand():
    stages = solve_horizon(tiger(), 2, 0.95)
    assert sorted(map(tuple, stages.stages[0].vectors.tolist())) == [(-100, 10), (-1, -1), (10, -100)]
    # listen, then open what it tells at .85: 0.85 x 10 - 0.15 x 100 = -6.5, so listen again: -1 - .95
    assert stages.value([0.5, 0.5]) == pytest.approx(-1.95)
    # known for certain: open, -1 from the next tiger on
    assert stages.value([0, 1]) == pytest.approx(10 - 0.95)


@pytest.mark.parametrize("gamma", [0.75, 0.95, 0.99])
@pytest.mark.parametrize("model", [cheese(), four_by_four(), FinitePOMDP.parse(MAZE)], ids=["cheese", "4x4", "1D"])
def test_mazes_of_few_beliefs_equal_value_iteration_on_them(model, gamma):
    beliefs, values = solved_by_sweeps(model, gamma)
    solved = solve_pomdp(model, gamma)
    for n in [0, *range(1, len(beliefs), 7)]:
        assert solved.value(beliefs[n]) == pytest.approx(values[n], abs=1e-6)


@pytest.mark.parametrize(("model", "vectors"), [(cheese(), 14), (four_by_four(), 20), (FinitePOMDP.parse(MAZE), 4)])
def test_whole_values_have_as_many_vectors_as_were_published(model, vectors):
    """Cassandra, Littman & Zhang (1997), table 1: cheese 14, 4x4 20, 1D maze 4."""
    whole = whole_value(model, model.discount, 1e-6, blind(model, model.discount))
    assert len(whole.alpha.vectors) == vectors
    assert whole.bounds(model.belief)[0] == pytest.approx(solve_pomdp(model).value(), abs=1e-6)


@pytest.mark.parametrize("gamma", [0.9, 0.95])
def test_the_painted_part_is_worth_the_same_by_search_and_by_exact_programming(gamma):
    pomdp = FinitePOMDP.parse(PAINT)
    whole, solved = whole_value(pomdp, gamma, 1e-7, blind(pomdp, gamma)), solve_pomdp(pomdp, gamma)
    for belief in ([0.5, 0.5, 0, 0], [0.25] * 4, [0.1, 0.2, 0.3, 0.4]):
        assert solved.value(belief) == pytest.approx(whole.bounds(np.array(belief))[0], abs=1e-6)
    assert not solved.whole  # the search alone
