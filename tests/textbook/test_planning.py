"""Planning held to the numbers of the books, and to every toy_text environment of Gymnasium that shows its model."""

from __future__ import annotations

import numpy as np
import pytest

from evomusic.models.mdp import FiniteMDP
from evomusic.plan.mdp.evaluation import evaluate_policy, iterate_policy
from evomusic.plan.mdp.horizon import finite_horizon
from evomusic.plan.mdp.iteration import modified_policy_iteration, policy_iteration, value_iteration
from evomusic.plan.mdp.softened import soft

gymnasium = pytest.importorskip("gymnasium")

PLANNERS = {
    "value iteration": value_iteration,
    "asynchronous": lambda mdp, gamma: value_iteration(mdp, gamma, order="asynchronous"),
    "prioritised": lambda mdp, gamma: value_iteration(mdp, gamma, order="prioritised"),
    "policy iteration": policy_iteration,
    "modified": modified_policy_iteration,
}
UP, DOWN, LEFT, RIGHT = (-1, 0), (1, 0), (0, -1), (0, 1)
planners = pytest.mark.parametrize("plan", PLANNERS.values(), ids=PLANNERS)


def toy(name, **options):
    return FiniteMDP.from_gymnasium(gymnasium.make(name, **options))


def grid(height, width, start, walls=(), terminal=(), outside=0.0, each=0.0, at=None):
    """A gridworld of four moves; a move into a wall or outside stays. `at` (y, x): (to, reward) whatever is done."""
    p, r = np.zeros((height * width, 4, height * width)), np.full((height * width, 4), each)
    for s in range(height * width):
        for a, (dy, dx) in enumerate([UP, DOWN, LEFT, RIGHT]):
            y, x = s // width + dy, s % width + dx
            free = 0 <= y < height and 0 <= x < width and (y, x) not in walls
            to = y * width + x if free else s
            r[s, a] += 0 if 0 <= y < height and 0 <= x < width else outside
            if at and divmod(s, width) in at:
                (ty, tx), r[s, a] = at[divmod(s, width)]
                to = ty * width + tx
            p[s, a, to] = 1
    return FiniteMDP.from_arrays(p, r, start=start, terminal=terminal)


def example_3_5():
    """Sutton & Barto (2018), examples 3.5 and 3.8: A pays 10 and leads to A', B 5 and to B', edges cost 1."""
    return grid(5, 5, 0, outside=-1.0, at={(0, 1): ((4, 1), 10.0), (0, 3): ((2, 3), 5.0)})


def dyna_maze():
    """Sutton & Barto (2018), example 8.1: 6 x 9 cells, start (2, 0), goal (0, 8); a step is counted as 1."""
    walls = {(1, 2), (2, 2), (3, 2), (4, 5), (0, 7), (1, 7), (2, 7)}
    return grid(6, 9, 18, walls, terminal=[8], each=-1.0)


def walk(states, left, right):
    """A random walk: states 1 to n between two ends, which pay `left` and `right`."""
    p, r = np.zeros((states + 2, 2, states + 2)), np.zeros((states + 2, 2))
    for s in range(1, states + 1):
        p[s, 0, s - 1], p[s, 1, s + 1] = 1, 1
    p[0, :, 0] = p[-1, :, -1] = 1
    r[1, 0], r[states, 1] = left, right
    return FiniteMDP.from_arrays(p, r, start=(states + 1) // 2, terminal=[0, states + 1])


@planners
@pytest.mark.parametrize(
    ("gamma", "value"), [(1.0, 14 / 17), (0.99, 0.5420259320), (0.95, 0.1804715784), (0.9, 0.0688909049)]
)
def test_slippery_lake(plan, gamma, value):
    solved = plan(toy("FrozenLake-v1"), gamma)
    assert solved.values[0] == pytest.approx(value, abs=1e-9)
    assert solved.bound <= 1e-9
    assert evaluate_policy(toy("FrozenLake-v1"), solved.policy, gamma)[0] == pytest.approx(value, abs=1e-9)


@planners
@pytest.mark.parametrize(("gamma", "value"), [(1.0, -13.0), (0.99, -12.2478977001)])
def test_cliff(plan, gamma, value):
    assert plan(toy("CliffWalking-v1"), gamma).values[36] == pytest.approx(value, abs=1e-9)


@planners
def test_best_epsilon_soft_policy_on_the_cliff(plan):
    """With .1: -20.7076774, the value of its mixture on the cliff itself."""
    mdp = toy("CliffWalking-v1")
    solved = plan(soft(mdp, 0.1), 1.0)
    assert solved.values[36] == pytest.approx(-20.7076774, abs=1e-6)
    mixed = 0.9 * np.eye(4)[solved.policy] + 0.1 / 4
    assert evaluate_policy(mdp, mixed)[36] == pytest.approx(solved.values[36], abs=1e-9)


def test_epsilon_greedy_on_the_optimum_of_the_cliff():
    """-50.8000477; ties among best actions share the rest."""
    mdp = toy("CliffWalking-v1")
    q = value_iteration(mdp, 1.0).q
    best = q >= q.max(axis=1, keepdims=True) - 1e-9
    mixed = 0.9 * best / best.sum(axis=1, keepdims=True) + 0.1 / 4
    assert evaluate_policy(mdp, mixed)[36] == pytest.approx(-50.8000477, abs=1e-6)


def test_lake_within_its_time_limit():
    """100 steps: time-aware optimum .744190, stationary policy of value iteration .740165, random .013940."""
    mdp = toy("FrozenLake-v1")
    timed = finite_horizon(mdp, 100)
    assert timed.values[0, 0] == pytest.approx(0.744190, abs=1e-6)
    assert evaluate_policy(mdp, timed.policy, horizon=100)[0] == pytest.approx(timed.values[0, 0], abs=1e-12)
    stationary = value_iteration(mdp, 1.0).policy
    assert evaluate_policy(mdp, stationary, horizon=100)[0] == pytest.approx(0.740165, abs=1e-6)
    assert evaluate_policy(mdp, np.full((16, 4), 0.25), horizon=100)[0] == pytest.approx(0.013940, abs=1e-6)


@pytest.mark.parametrize("order", ["synchronous", "asynchronous"])
def test_random_policy_on_the_gridworld_of_figure_4_1(order):
    mdp = grid(4, 4, 5, terminal=[0, 15], each=-1.0)
    expected = [0, -14, -20, -22, -14, -18, -20, -20, -20, -20, -18, -14, -22, -20, -14, 0]
    made = iterate_policy(mdp, np.full((16, 4), 0.25), tolerance=1e-9, order=order)
    assert made.values == pytest.approx(expected, abs=1e-9)
    assert made.bound <= 1e-9


@planners
def test_gridworld_of_figure_3_5(plan):
    values = plan(example_3_5(), 0.9).values
    assert values[:5] == pytest.approx([21.9775, 24.4194, 21.9775, 19.4194, 17.4775], abs=5e-5)
    assert values[1] == pytest.approx(10 / (1 - 0.9**5), abs=1e-9)  # A, four steps back up, A: 10 every five steps


def test_random_policy_on_the_gridworld_of_figure_3_2():
    """Sutton & Barto (2018), figure 3.2, to its one decimal."""
    values = evaluate_policy(example_3_5(), np.full((25, 4), 0.25), 0.9)
    expected = [
        3.3,
        8.8,
        4.4,
        5.3,
        1.5,
        1.5,
        3.0,
        2.3,
        1.9,
        0.5,
        0.1,
        0.7,
        0.7,
        0.4,
        -0.4,
        -1.0,
        -0.4,
        -0.4,
        -0.6,
        -1.2,
    ]
    assert values[:20].round(1).tolist() == pytest.approx(expected)
    assert values[20:].round(1).tolist() == [-1.9, -1.3, -1.2, -1.4, -2.0]


@planners
def test_dyna_maze_takes_fourteen_steps(plan):
    assert plan(dyna_maze(), 1.0).values[18] == -14


def test_random_walk_in_the_dyna_maze_takes_868_7_steps():
    mdp, uniform = dyna_maze(), np.full((54, 4), 0.25)
    assert evaluate_policy(mdp, uniform)[18] == pytest.approx(-868.7254, abs=5e-5)
    assert iterate_policy(mdp, uniform, tolerance=1e-6).values[18] == pytest.approx(-868.7254, abs=5e-5)


@pytest.mark.parametrize(("states", "left", "right"), [(5, 0.0, 1.0), (19, -1.0, 1.0)])
def test_random_walks_rise_evenly(states, left, right):
    """Sutton & Barto (2018), examples 6.2 and 7.1: 1/6 to 5/6, and -.9 to .9."""
    values = evaluate_policy(walk(states, left, right), np.full((states + 2, 2), 0.5))[1:-1]
    assert values == pytest.approx(np.linspace(left, right, states + 2)[1:-1], abs=1e-12)


TOYS = {
    "lake": ("FrozenLake-v1", {}),
    "lake, dry": ("FrozenLake-v1", {"is_slippery": False}),
    "lake, firmer": ("FrozenLake-v1", {"success_rate": 0.7}),
    "lake, costly": ("FrozenLake-v1", {"reward_schedule": (10, -5, -0.1)}),
    "large lake": ("FrozenLake8x8-v1", {}),
    "large lake, dry": ("FrozenLake8x8-v1", {"is_slippery": False}),
    "cliff": ("CliffWalking-v1", {}),
    "slippery cliff": ("CliffWalkingSlippery-v1", {}),
    "taxi": ("Taxi-v4", {}),
    "taxi, rainy": ("Taxi-v4", {"is_rainy": True}),
}


def naive_optimum(model, gamma):
    """From the environment's P itself: dense arrays, and values backed up until nothing moves."""
    states, actions = len(model), len(model[0])
    p, r = np.zeros((states * actions, states)), np.zeros(states * actions)
    for s, a in np.ndindex(states, actions):
        for likely, to, reward, end in model[s][a]:
            r[s * actions + a] += likely * reward
            p[s * actions + a, to] += 0.0 if end else likely
    from scipy.sparse import csr_array

    p, values = csr_array(p), np.zeros(states)
    for _ in range(30_000):
        before, values = values, (r + gamma * (p @ values)).reshape(states, actions).max(axis=1)
        if np.abs(values - before).max() < 1e-14:
            return values
    raise AssertionError("did not converge")


@pytest.mark.parametrize("gamma", [0.5, 0.97, 0.99, 1.0])
@pytest.mark.parametrize(("name", "options"), TOYS.values(), ids=TOYS)
def test_toy_environments_have_the_values_that_naive_backups_of_their_model_find(name, options, gamma):
    env = gymnasium.make(name, **options)
    mdp, naive = FiniteMDP.from_gymnasium(env), naive_optimum(env.unwrapped.P, gamma)
    for plan in (value_iteration, policy_iteration, modified_policy_iteration):
        solved = plan(mdp, gamma)
        assert np.abs(solved.values - naive)[~mdp.terminal].max() < 1e-8, plan
        assert (solved.values[mdp.terminal] == 0).all()
        assert evaluate_policy(mdp, solved.policy, gamma) == pytest.approx(solved.values, abs=1e-7)


def test_bootstrapping_through_an_end_would_be_seen():
    """The mutant: rows behind the goal of the cliff are live, so values without ends are others."""
    model = gymnasium.make("CliffWalking-v1").unwrapped.P
    blind = {s: {a: [(p, to, r, False) for p, to, r, _ in model[s][a]] for a in model[s]} for s in model}
    assert policy_iteration(toy("CliffWalking-v1"), 0.9).values[35] == -1.0
    assert policy_iteration(FiniteMDP.of(blind, start=36), 0.9).values[35] == pytest.approx(-10.0, abs=1e-9)
