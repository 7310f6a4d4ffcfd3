"""Dyna on the mazes of Sutton & Barto 2018, chapter 8."""

from __future__ import annotations

import numpy as np
import pytest

from evomusic.learn.control import QLearning
from evomusic.learn.model_based.dyna import Dyna
from evomusic.learn.training import BUFFER, Walk, train
from evomusic.models.mdp import FiniteMDP
from evomusic.plan.mdp.evaluation import evaluate_policy

MOVES = ((-1, 0), (1, 0), (0, 1), (0, -1))
ROWS, COLUMNS, GOAL = 6, 9, (0, 8)


def maze(walls, start):
    """6 x 9 cells; to bump into a wall or the edge leaves where one is; 1 for entering the goal, which ends."""
    model = {}
    for s in range(ROWS * COLUMNS):
        model[s] = {}
        for a, (down, right) in enumerate(MOVES):
            r, c = s // COLUMNS + down, s % COLUMNS + right
            inside = 0 <= r < ROWS and 0 <= c < COLUMNS and (r, c) not in walls
            r, c = (r, c) if inside else divmod(s, COLUMNS)
            model[s][a] = [(1.0, r * COLUMNS + c, float((r, c) == GOAL), (r, c) == GOAL)]
    return FiniteMDP.of(model, start[0] * COLUMNS + start[1])


DYNA_MAZE = maze({(1, 2), (2, 2), (3, 2), (4, 5), (0, 7), (1, 7), (2, 7)}, (2, 0))  # figure 8.2
LONG = maze({(3, c) for c in range(1, 9)}, (5, 3))  # figure 8.5, left: the way around is 16 steps
SHORTCUT = maze({(3, c) for c in range(1, 8)}, (5, 3))  # right: the way through is 10 steps
BLOCKED_RIGHT = maze({(3, c) for c in range(8)}, (5, 3))  # figure 8.4, left: 10 steps
BLOCKED_LEFT = maze({(3, c) for c in range(1, 9)}, (5, 3))  # right: 16 steps


def steps_of(q, mdp, most=100):
    """Steps of the greedy policy from the start to the goal; `most` when it does not get there."""
    s, outcomes = int(mdp.start.argmax()), mdp.outcomes
    for n in range(1, most):
        row = outcomes.rows[outcomes.first[s * mdp.actions + int(q[s].argmax())]]
        if row["end"]:
            return n
        s = int(row["to"])
    return most


def goes_on(learner, seed, parts):
    """Episode lengths in each of some worlds (a model and steps), walked one after the other by the same agent."""
    walk = Walk(parts[0][0].walk, np.zeros(1, np.int64), np.random.default_rng(seed), None)
    agent, lengths = learner.agent(ROWS * COLUMNS, len(MOVES), BUFFER), []
    for mdp, steps in parts:
        walk.model = mdp.walk
        agent, (_, ended, _, _) = walk.go(agent, lambda x, n: x, steps, None)
        lengths.append(ended)
    return lengths


def test_random_policy_takes_868_steps_through_the_dyna_maze():
    """The mean of the first episode: with gamma 1, minus 1 a step."""
    rows = DYNA_MAZE.outcomes.rows.copy()
    rows["reward"] = -1.0
    priced = FiniteMDP(DYNA_MAZE.outcomes._replace(rows=rows), DYNA_MAZE.states)
    values = evaluate_policy(priced, np.full((54, 4), 0.25))
    assert values[18] == pytest.approx(-868.7254, abs=1e-4)


@pytest.mark.parametrize(
    ("planning", "runs", "means", "spreads"),
    [
        (0, 100, (674, 488, 272, 18.7), (630, 455, 220, 5.5)),
        (5, 100, (149, 62, 23.3, 16.6), (75, 40, 14, 2.5)),
        (50, 25, (38.7, 17.4, 17.3, 16.8), (11, 3.6, 2.9, 2.6)),
    ],
)
def test_planning_shortens_the_episodes_of_the_dyna_maze(planning, runs, means, spreads):
    """Example 8.1: mean steps in episodes 2, 3, 5 and 30.

    The spreads are sds of one run, from 4,000, 2,000 and 200 runs with other seeds. A mean of `runs` runs, and the
    stated one, which is such a mean itself, differ by more than 5 standard errors of one by chance once in 2,000.
    """
    learner = Dyna(planning=planning, alpha=0.1, gamma=0.95, epsilon=0.1)
    lengths = np.array([train(learner, DYNA_MAZE, episodes=30, seed=seed).lengths for seed in range(runs)])
    came = lengths.mean(axis=0)[[1, 2, 4, 29]]
    assert (np.abs(came - means) < 5 * np.array(spreads) / runs**0.5).all()


@pytest.mark.parametrize("explore", [{"epsilon": 0.1}, {"epsilon": 0.0}])
def test_dyna_without_planning_is_q_learning(explore):
    kwargs = {"alpha": 0.1, "gamma": 0.95, **explore}
    dyna = train(Dyna(planning=0, **kwargs), DYNA_MAZE, episodes=30, seed=3)
    plain = train(QLearning(**kwargs), DYNA_MAZE, episodes=30, seed=3)
    assert np.array_equal(dyna.q, plain.q)
    assert np.array_equal(dyna.lengths, plain.lengths)
    assert dyna.agent.planned.tolist() == [0]


def test_dyna_learns_the_shortest_way():
    trained = train(Dyna(planning=50, alpha=0.1, gamma=0.95, epsilon=0.1), DYNA_MAZE, episodes=50, seed=0)
    assert steps_of(trained.q, DYNA_MAZE) == 14
    assert trained.agent.planned.tolist() == [50 * trained.steps]


def test_bonus_finds_the_shortcut_and_plain_dyna_does_not():
    """Example 8.3: a shortcut opens after 3,000 steps. Kappa .001, 50 updates a step, alpha .5.

    Of 40 runs with other seeds, all with the bonus took 13.6 steps or fewer on average at the end, none without took
    fewer than 17; so 16 is crossed by a run in far less than one in a hundred.
    """
    parts = ((LONG, 3000), (SHORTCUT, 3000))
    for bonus, finds in ((0.0, False), (1e-3, True)):
        learner = Dyna(planning=50, alpha=0.5, gamma=0.95, epsilon=0.1, bonus=bonus)
        for seed in range(5):
            _, lengths = goes_on(learner, seed, parts)
            assert (lengths[-20:].mean() < 16) == finds


def test_model_of_last_outcomes_finds_another_way_when_the_known_one_is_blocked():
    """Example 8.2: after 3,000 steps the way of 10 steps is shut and one of 16 opens. Kappa .0001, 10 updates a step.

    Of 40 runs with other seeds, all with the last outcomes took 17 to 22 steps on average at the end. By counts the
    shut way looks open for as long as it was: 39 of 40 ended 75 episodes or fewer, against 118 or more.
    """
    for recall, finds in (("last", True), ("counts", False)):
        learner = Dyna(planning=10, alpha=0.5, gamma=0.95, epsilon=0.1, bonus=1e-4, recall=recall)
        for seed in range(5):
            before, after = goes_on(learner, seed, ((BLOCKED_RIGHT, 3000), (BLOCKED_LEFT, 4000)))
            assert before[-10:].mean() < 20
            assert (len(after) > 95) == finds
            assert not finds or 16 <= after[-20:].mean() < 25


def test_prioritised_sweeping_needs_fewer_updates_than_dyna():
    """Example 8.4: updates, real or simulated, until the greedy way is the shortest. Both with 5 a step and alpha 1.

    In 24 runs with other seeds sweeping needed 147 to 481 updates, Dyna 1,560 to 286,320.
    """
    swept = [updates_until_shortest(Dyna(planning=5, alpha=1.0, gamma=0.95, priority=1e-4), seed) for seed in range(7)]
    plain = [updates_until_shortest(Dyna(planning=5, alpha=1.0, gamma=0.95), seed) for seed in range(7)]
    assert 5 * np.median(swept) < np.median(plain)


def updates_until_shortest(learner, seed):
    walk = Walk(DYNA_MAZE.walk, np.zeros(1, np.int64), np.random.default_rng(seed), None)
    agent, steps = learner.agent(54, 4, BUFFER), 0
    while steps < 100_000 and steps_of(agent.q, DYNA_MAZE) > 14:
        agent, _ = walk.go(agent, lambda x, n: x, 40, None)
        steps += 40
    return int(agent.planned[0]) + (steps if learner.priority is None else 0)
