"""Learners and evolution that begin with a song: its policy of a view, their exact limit, and draws of whole songs."""

from __future__ import annotations

import math

import numpy as np
import pytest

import evomusic as em
from evomusic.core.policies import action_values
from evomusic.song.observers import song_halves
from tests.core.test_soft import every_melody
from tests.song.small import FOUR, windows

GRID = em.Grid(bars=1, beats=2, steps_per_beat=2, low=60, high=62, scale="C major")  # two units of two steps
SONG = em.train_song(GRID, windows(GRID))
RULES = {em.rules.IntervalSize(): 1.0, em.rules.MetricalOnsets(): 0.7}
TASK = em.Task(GRID, em.Reward(RULES), "small", song=SONG)
VIEW = em.View(observers=song_halves(SONG), rules=True)  # sees all that rules and song remember: Markov
MELODIES = every_melody(GRID)


def written(policy, task=TASK, view=VIEW):
    """Probability of every melody under a policy of a view."""
    states = em.agent_states(task, view, MELODIES)[:, :-1]
    return policy[states, MELODIES].prod(axis=1)


def variation(p, q):
    assert p.sum() == pytest.approx(1) == q.sum()
    return 0.5 * float(np.abs(p - q).sum())


def test_a_view_that_sees_all_writes_exactly_as_the_song_does():
    exact = np.exp2(SONG.prior().bits(MELODIES).sum(axis=1))
    assert variation(written(em.song_policy(TASK, VIEW)), exact) < 1e-9


@pytest.mark.parametrize("view", ["blind", "short"])
def test_other_views_see_the_song_as_it_is_on_average(view):
    exact, policy = np.exp2(SONG.prior().bits(MELODIES).sum(axis=1)), em.song_policy(TASK, view)
    states = em.agent_states(TASK, view, MELODIES)[:, :-1]
    for t in range(GRID.steps):
        for state in np.unique(states[:, t]):
            at = states[:, t] == state
            shares = np.bincount(MELODIES[at, t], exact[at], minlength=GRID.tokens) / exact[at].sum()
            assert policy[state] == pytest.approx(shares, abs=1e-9)


@pytest.mark.parametrize(
    "learner",
    [
        em.SoftQLearning(view=VIEW, alpha=em.Average(0.6), prior="song", temperature=0.5),
        em.SoftActorCritic(view=VIEW, alpha=0.5, beta=0.3, prior="song", temperature=0.5),
    ],
    ids=["soft-q", "soft-actor-critic"],
)
def test_learners_near_a_song_converge_to_the_soft_optimum(learner):
    limit = np.exp(TASK.soften(0.5, prior="song").log_probability(MELODIES))
    assert variation(np.exp(TASK.soften(math.inf, prior="song").log_probability(MELODIES)), limit) > 0.1
    policy = em.run(learner, TASK, steps=100_000, seed=0).state.policy
    assert variation(written(policy), limit) < 2e-3


def test_policies_values_and_proposals_begin_as_those_of_the_song():
    policy = em.song_policy(TASK, "short")
    state = em.run(em.ActorCritic(alpha=0.0, prior="song"), TASK, steps=40, seed=0).state
    assert np.allclose(state.policy, policy)
    agent = em.run(em.QLearning(alpha=0.0, initial="song", gamma=0.9), TASK, steps=4, seed=0).state.agent
    assert np.allclose(agent.q, action_values(TASK, em.View(observers=em.View.named("short").observers), policy, 0.9))


def test_first_populations_mutations_and_base_policies_come_from_the_song():
    song = em.train_song(FOUR, windows(FOUR))
    task, rng = em.Task(FOUR, em.Reward(RULES), song=song), np.random.default_rng(1)
    first = em.Notes(first="song").sample(task, rng, 200)
    assert np.isfinite(song.log_probability(first)).all()
    assert first.tolist() == song.sample(200, np.random.default_rng(1)).tolist()
    children = em.Notes(mutations="song", mutation_rate=1.0, crossover_rate=0.0).vary(task, first, rng)
    changed = (children != first).any(axis=1)
    assert 40 < changed.sum() < 200
    noise = rng.integers(0, FOUR.tokens, (200, FOUR.steps), np.uint8)
    logs = [song.log_probability(rows).mean() for rows in (first, children, noise)]
    assert abs(logs[0] - logs[1]) < 0.8 < logs[0] - logs[2]
    record = em.run(em.Rollouts(base="song", samples=2), task, steps=800, seed=0)
    assert record.best_return > task.evaluate(first).mean()


def test_the_tables_of_the_automata_give_the_bits():
    prior, tables = SONG.prior(), SONG.prior().tables
    out = np.zeros(MELODIES.shape)
    for row, melody in enumerate(MELODIES[:200]):
        memory = np.zeros(2, np.int64)
        for t, token in enumerate(melody):
            for g in range(2):
                out[row, t] += tables.value[tables.base[t, 1, g] + memory[g] + token]
                memory[g] = tables.next[tables.base[t, 0, g] + memory[g] + token]
    assert np.allclose(out[:200], prior.bits(MELODIES[:200]), atol=1e-12)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: em.run(em.SoftQLearning(prior="song"), em.make("tiny"), steps=10, seed=0), "has no song"),
        (lambda: em.Notes(first="song").sample(em.make("tiny"), np.random.default_rng(0), 2), "has no song"),
        (lambda: em.run(em.Rollouts(base="song"), em.make("tiny"), steps=10, seed=0), "has no song"),
        (lambda: em.SoftQLearning(prior="sing"), "did you mean 'song'"),
    ],
)
def test_a_task_without_a_song_is_refused_in_one_line(wrong, words):
    with pytest.raises(ValueError, match=words) as caught:
        wrong()
    assert "\n" not in str(caught.value)
