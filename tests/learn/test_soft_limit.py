"""Learners that stay close to a prior write, in the end, as the exact soft optimum does."""

import math
from dataclasses import replace

import numpy as np
import pytest

import evomusic as em
from evomusic import rules
from evomusic.rules.generator import PitchHalf, RhythmHalf
from evomusic.rules.tuner import TunerExtrema, TunerInterval, TunerKey, TunerTonic
from tests.core.test_soft import Habit, every_melody

GRID = em.Grid(bars=1, beats=5, steps_per_beat=1, low=60, high=62)  # 5 tokens and steps: 3,125 melodies
STYLE = Habit(GRID.tokens, 3)
VIEW = em.View(observers=(STYLE,), rules=True)  # sees the memories of all rules and of the style: Markov
MELODIES = every_melody(GRID)
THEORY = {
    rules.IntervalSize(): 1.0,
    rules.MetricalOnsets(): 0.7,
    rules.RepetitionLimit(limit=1): 0.5,
    rules.LeapRecovery(leap=2, step=1): 0.6,
}
TASK = em.Task(GRID, em.Reward(THEORY), "small", (STYLE,))
STEPS = 100_000  # 20,000 melodies
CLOSE = 1e-3  # in total variation; the differences are bias, for each TD error is 0 at the soft optimum


def written(learner, task=TASK, steps=STEPS, seed=0) -> np.ndarray:
    """Probability of every melody under the policy that a learner has learnt."""
    policy = em.run(learner, task, steps=steps, seed=seed).state.policy
    states = em.agent_states(task, VIEW, MELODIES)[:, :-1]
    return policy[states, MELODIES].prod(axis=1)


def exact(task, temperature, prior) -> np.ndarray:
    return np.exp(task.soften(temperature, prior).log_probability(MELODIES))


def variation(p: np.ndarray, q: np.ndarray) -> float:
    """Total variation of two distributions of all melodies."""
    assert p.sum() == pytest.approx(1) == q.sum()
    return 0.5 * float(np.abs(p - q).sum())


@pytest.mark.parametrize(("prior", "temperature"), [("uniform", 0.5), ("style", 1.0)])
@pytest.mark.parametrize(
    "learner",
    [
        em.SoftQLearning(view=VIEW, alpha=em.Average(0.6)),
        em.SoftQLearning(view=VIEW, alpha=em.Decay(1.0, 0.2, 1.0)),
        em.SoftActorCritic(view=VIEW, alpha=0.5, beta=0.3),
        em.SoftActorCritic(view=VIEW, alpha=em.Decay(1.0, 0.2, 1.0), beta=0.3, lam=0.3),
    ],
    ids=["soft-q-averages", "soft-q-decay", "actor-critic", "actor-critic-traces"],
)
def test_learners_converge_to_the_soft_optimum(learner, prior, temperature):
    learner = replace(learner, prior=prior, temperature=temperature)
    limit = exact(TASK, temperature, prior)
    before = exact(TASK, math.inf, prior)
    assert variation(before, limit) > 0.1
    assert variation(written(learner), limit) < CLOSE


@pytest.mark.parametrize("prior", ["uniform", "style"])
def test_values_of_the_critic_are_those_of_soft_q_learning(prior):
    limit = TASK.soften(0.5, prior).log_partition * 0.5
    for learner in (em.SoftQLearning(view=VIEW, alpha=1.0), em.SoftActorCritic(view=VIEW, alpha=0.5, beta=0.3)):
        record = em.run(replace(learner, prior=prior, temperature=0.5), TASK, steps=STEPS, seed=1)
        assert record.state.values[0] == pytest.approx(limit, abs=1e-3)
        assert record.curve.delivered[-1] == pytest.approx(TASK.soften(0.5, prior).expected_return(), abs=1e-3)


NEAR = 5e-3  # in total variation, where tokens that a style hardly writes are worth much
C = 0.5  # of the RL Tuner's whole reward, log p + r / c
SEEN = (TunerKey, TunerTonic, RhythmHalf, PitchHalf)
TUNER = (TunerKey(), TunerInterval(), TunerExtrema())
NOTES = em.Task(GRID, em.Reward(dict.fromkeys(TUNER, 1.0)), "theory", (STYLE,))
WHOLE = em.Task(GRID, em.Reward({**dict.fromkeys(TUNER, 1 / C), STYLE: math.log(2)}), "whole", (STYLE,))
PSI = em.SoftQLearning(view=VIEW, temperature=1.0, alpha=1.0, initial=20.0)  # more than any return: all is tried
G = em.SoftQLearning(view=VIEW, temperature=C, prior="style", alpha=1.0, initial=10.0)


def test_psi_and_g_converge_to_the_style_times_exp_reward_over_c():
    log_style = math.log(2) * em.Task(GRID, em.Reward({STYLE: 1.0})).evaluate(MELODIES)
    weights = np.exp(log_style + NOTES.evaluate(MELODIES) / C)
    limit = weights / weights.sum()
    assert variation(np.exp(log_style), limit) > 0.1
    assert variation(exact(NOTES, C, "style"), limit) < 1e-6
    assert variation(exact(WHOLE, 1.0, "uniform"), limit) < 1e-6
    assert variation(written(PSI, WHOLE), limit) < NEAR
    assert variation(written(G, NOTES), limit) < NEAR


def test_psi_and_g_are_one_policy_at_the_discount_of_the_paper_too():
    """Psi is log p + G: each backup of one is that of the other."""
    half = [replace(learner, gamma=0.5) for learner in (PSI, G)]
    psi, g = written(half[0], WHOLE), written(half[1], NOTES)
    assert variation(psi, g) < NEAR
    assert variation(psi, exact(NOTES, C, "style")) > 0.1


def test_q_is_greedy_to_the_optimum_of_the_whole_reward():
    learner = em.QLearning(view=VIEW, alpha=1.0, epsilon=1.0)
    greedy = learner.deliver(WHOLE, em.run(learner, WHOLE, steps=STEPS, seed=0).state)
    assert WHOLE.evaluate(greedy)[0] == WHOLE.optimum().value


def few(task: em.Task) -> em.Task:
    """A task with few of its rules, and with its style."""
    kept = {rule: weight for rule, weight in task.reward.rules.items() if isinstance(rule, SEEN)}
    return em.Task(task.grid, em.Reward(kept), "few", task.generator)


def test_psi_and_g_have_one_limit_on_the_benchmark_itself():
    """Its style is in the reward by natural logarithms, though its own tables have base 2."""
    g = few(em.make("rl-tuner")).soften(C)
    whole = few(em.make("rl-tuner", style="ryan", c=C))
    psi, once = whole.soften(1.0, "uniform"), whole.soften(1.0)
    assert g.dropped == psi.dropped == ()
    assert once.dropped == ("RhythmHalf", "PitchHalf")  # the prior has them
    melodies = g.sample(20, np.random.default_rng(0))
    for same in (psi, once):
        assert g.log_probability(melodies) == pytest.approx(same.log_probability(melodies), abs=1e-5)
