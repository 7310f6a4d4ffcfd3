from __future__ import annotations

import numpy as np
import pytest

import evomusic as em
from evomusic.core.views import as_view
from evomusic.learn import explore
from evomusic.learn.explore import schedule
from evomusic.learn.walk import empty, greedy_row, plan
from tests import naive, random_tasks
from tests.kernels import Entries

greedy, now = Entries(explore).greedy, Entries(explore).now

LEARNERS = [em.QLearning, em.Sarsa, em.ExpectedSarsa]


def small_task(final=False):
    rng = np.random.default_rng(5)
    return random_tasks.task(rng, em.Grid(bars=1, beats=2, steps_per_beat=2, low=60, high=62), most=4, final=final)


def naive_control(task, kind, steps, alpha, gamma, epsilon, rng):
    """The textbook's loop on rule objects; the agent state is the step and the last pitch."""
    q, tokens, grid = {}, [], task.grid

    def row(s):
        return q.setdefault(s, [0.0] * grid.tokens)

    def best(s):
        top = max(row(s))
        places = [a for a, x in enumerate(row(s)) if x == top]
        return places[0] if len(places) == 1 else places[int(rng.random() * len(places))]

    def choose(s):
        return int(rng.random() * grid.tokens) if rng.random() < epsilon else best(s)

    while len(tokens) < steps:
        memories = [rule.start for rule in task.reward.rules]
        pitch, s, a = -1, (0, -1), None
        for t in range(grid.steps):
            if len(tokens) == steps:
                break
            if a is None:
                a = choose(s)
            tokens.append(a)
            event, reward = grid.event(a), 0.0
            for i, (rule, weight) in enumerate(task.reward.rules.items()):
                memories[i], value = rule.read(memories[i], event, naive.heard(rule, grid, t))
                reward += naive.quantised(weight * value)
            pitch = event.pitch if event.is_note else pitch
            s2 = (t + 1, pitch)
            if t == grid.steps - 1:
                row(s)[a] += alpha * (reward - row(s)[a])
                break
            arg = best(s2)
            a2 = int(rng.random() * grid.tokens) if rng.random() < epsilon else arg
            later = row(s2)[arg]
            if kind is em.Sarsa:
                later = row(s2)[a2]
            if kind is em.ExpectedSarsa:
                later = (1 - epsilon) * row(s2)[arg] + epsilon * sum(row(s2)) / grid.tokens
            row(s)[a] += alpha * (reward + gamma * later - row(s)[a])
            s, a = s2, a2
    return q, tokens


@pytest.mark.parametrize("kind", LEARNERS, ids=lambda k: k.__name__)
@pytest.mark.parametrize("rows", ["listed", "on-demand"])
def test_kernel_makes_the_updates_of_its_naive_twin(kind, rows):
    task, steps = small_task(), 4000
    learner = kind(view="short", rows=rows, alpha=0.2, gamma=0.9, epsilon=0.3)
    record = em.run(learner, task, steps=4, seed=1)
    rng, state, made = np.random.default_rng(1), None, []
    while len(made) < steps:
        state, batch = learner.init(task, rng) if state is None else learner.step(task, state, rng)
        made += batch.melodies.ravel().tolist()
    assert record.best.tolist() == made[:4]
    q, tokens = naive_control(task, kind, len(made), 0.2, 0.9, 0.3, np.random.default_rng(1))
    assert made == tokens
    on_demand = sorted(map(tuple, state.q[np.abs(state.q).sum(axis=1) > 0].tolist()))
    expected = sorted(tuple(row) for row in q.values() if any(row))
    assert np.allclose(on_demand, expected, atol=1e-12)


@pytest.mark.parametrize("kind", LEARNERS, ids=lambda k: k.__name__)
def test_rows_on_demand_learn_what_listed_rows_learn(kind):
    task = small_task()
    listed = em.run(kind(view="short", rows="listed"), task, steps=8000, seed=3)
    on_demand = em.run(kind(view="short", rows="on-demand"), task, steps=8000, seed=3)
    assert listed.curve.online.tolist() == on_demand.curve.online.tolist()
    assert listed.curve.delivered[-1] == on_demand.curve.delivered[-1]


def test_markov_view_reaches_the_exact_optimum_of_tiny():
    task = em.make("tiny")
    for seed in range(5):
        record = em.run(em.QLearning(view="markov", alpha=0.5, epsilon=0.3), task, steps=200_000, seed=seed)
        assert record.curve.delivered[-1] == task.optimum().value


def test_final_reward_is_learnt_as_if_a_rule_had_paid_it_at_the_last_step():
    """A final measure that equals what a rule pays gives the same values and melodies, to the bit."""
    grid = em.Grid(bars=1, beats=2, steps_per_beat=2, low=60, high=62)
    by_rule = em.Task(grid, em.Reward({em.rules.RepetitionLimit(): 1.0, em.rules.NoteCount(low=2, high=2): 1.0}))
    pays = em.rules.NoteCount(low=2, high=2)

    class Count:
        """The values of NoteCount as a measure."""

        def __call__(self, melodies, grid):
            return np.array([sum(naive.rule_values(pays, grid, m)) for m in melodies])

        def bounds(self, grid):
            return -1.0, 1.0

    by_measure = em.Task(grid, em.Reward({em.rules.RepetitionLimit(): 1.0}, final={Count(): 1.0}))
    written = ([], [])  # by the learner itself: the greedy melodies between do not know the update that waits
    records = [
        em.run(em.QLearning(view="short"), task, 2000, 0, lambda ledger, to=to: to.extend(ledger.batch.returns))
        for task, to in zip((by_rule, by_measure), written, strict=True)
    ]
    assert written[0] == written[1]
    assert (records[0].state.q != records[1].state.q).sum() <= 1  # the last update still waits for its final reward


def test_decay_falls_in_a_straight_line_to_its_plateau():
    falling = schedule("epsilon", em.Decay(1.0, 0.2, 0.5, steps=100))
    assert [now(falling, n) for n in (0, 25, 50, 99)] == pytest.approx([1.0, 0.6, 0.2, 0.2])


def test_run_stretches_schedules_over_its_budget():
    learner = em.QLearning(epsilon=em.Decay(1.0, 0.0, 0.5))
    assert learner.within(1000).epsilon.steps == 1000
    task = small_task()
    record = em.run(learner, task, steps=8000, seed=0)
    assert record.curve.online[-1] == record.curve.delivered[-1]  # epsilon is 0 by then
    with pytest.raises(ValueError, match="decays over a fraction of a run"):
        learner.init(task, np.random.default_rng(0))


def test_greedy_breaks_ties_evenly():
    """Chi-square with 2 degrees of freedom on 30,000 draws: 18.42 is exceeded by chance once in 10,000."""
    q, rng = np.array([[1.0, 3.0, 3.0, 0.0, 3.0]]), np.random.default_rng(0)
    counts = np.bincount([greedy(q, 0, rng) for _ in range(30_000)], minlength=5)
    assert counts[[0, 3]].tolist() == [0, 0]
    assert (((counts[[1, 2, 4]] - 10_000) ** 2) / 10_000).sum() < 18.42


def test_delivering_does_not_change_what_was_learnt():
    task = small_task()
    learner, rng = em.QLearning(view="markov", rows="on-demand"), np.random.default_rng(0)
    state, _ = learner.init(task, rng)
    for _ in range(5):
        state, _ = learner.step(task, state, rng)
    before = [x.copy() for x in (state.q, *state.rows)]
    first = learner.deliver(task, state)
    assert (learner.deliver(task, state) == first).all()
    assert all((a == b).all() for a, b in zip(before, (state.q, *state.rows), strict=True))


def test_greedy_melody_follows_the_values():
    task = small_task()
    tables = plan(task, as_view("blind"), "listed")
    rows, states = empty(tables)
    q = np.zeros((states, tables.actions))
    q[np.arange(4), [3, 1, 0, 2]] = 1.0
    assert greedy_row(tables, rows, q).tolist() == [[3, 1, 0, 2]]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"view": "shrt"}, "did you mean 'short'"),
        ({"gamma": 1.5}, "gamma is 1.5, expected a number from 0 to 1"),
        ({"alpha": -0.1}, "alpha is -0.1"),
        ({"epsilon": em.Decay(2.0, 0.1)}, "epsilon is 2.0"),
        ({"epsilon": "x"}, "epsilon is 'x'"),
    ],
)
def test_wrong_parameters_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        em.QLearning(**wrong)


def test_view_too_large_to_list_is_refused():
    with pytest.raises(ValueError, match="too many to list"):
        em.run(em.QLearning(view="markov", rows="listed"), em.make("rules"), steps=64)
