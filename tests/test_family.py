"""The task `family`: every dial does what it says, optima are brute force's, and the table of the page is computed."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

import evomusic as em
from evomusic.core.optimum.layers import unroll
from evomusic.core.reward import QUANTUM
from evomusic.rules.landscape import LastSymbols, NKLandscape
from evomusic.testing import check_rule
from tests import naive, random_tasks

PAGE = Path(__file__).parent.parent / "docs" / "tasks-and-rules.md"
SMALL = {"length": 5, "alphabet": 4}


def landscape(task):
    (rule,) = task.reward.rules
    return rule


def melodies_of(task, count=200, seed=0):
    return np.random.default_rng(seed).integers(0, task.grid.tokens, (count, task.grid.steps), np.uint8)


def nk_returns(rule, melodies):
    """Returns by the definition: the sum of each step's contribution."""
    symbols, total = np.maximum(melodies.astype(int) - 1, 0), np.zeros(len(melodies))
    for step, table in enumerate(rule.contributions):
        total += table[tuple(symbols[:, i] for i in range(step + 1 - table.ndim, step + 1))]
    return total


def anova_share(returns, melodies, tokens):
    """Share of the variance over all melodies that effects of single tokens leave, from the definition."""
    effects = [[returns[column == a].mean() for a in range(tokens)] for column in melodies.T]
    return 1 - np.var(effects, axis=1).sum() / returns.var()


@pytest.mark.parametrize(("length", "alphabet"), [(1, 3), (6, 5), (7, 12), (9, 130), (16, 6)])
def test_the_grid_has_the_length_and_the_alphabet(length, alphabet):
    grid = em.make("family", length=length, alphabet=alphabet, coupling=0).grid
    assert (grid.steps, grid.tokens) == (length, alphabet)


@pytest.mark.parametrize(("coupling", "delay", "noise"), [(0, 0, 0.0), (2, 0, 0.0), (1, 2, 0.3), (4, 1, 0.0)])
def test_returns_are_sums_of_contributions(coupling, delay, noise):
    task = em.make("family", **SMALL, coupling=coupling, delay=delay, noise=noise, seed=3)
    every = naive.every_melody(task.grid)
    assert (task.evaluate(every) == nk_returns(landscape(task), every)).all()
    assert 0 <= task.evaluate(every).min() <= task.evaluate(every).max() < 1


def test_contributions_are_spread_over_the_unit_interval():
    """Tables of 6 to 6 ** 5 cells: mean 1/2 and variance 1/12, each within 5 standard errors."""
    rule = NKLandscape(length=8, alphabet=7, coupling=4)
    values = np.concatenate([table.ravel() for table in rule.contributions]) * 8
    assert abs(values.mean() - 1 / 2) < 5 * np.sqrt(1 / 12 / len(values))
    assert abs(values.var() - 1 / 12) < 5 * np.sqrt(1 / 180 / len(values))
    assert len({table.shape for table in rule.contributions}) == 5


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("coupling", "delay"), [(0, 0), (1, 0), (3, 0), (0, 3), (2, 1), (1, 4), (4, 4)])
def test_the_optimum_is_that_of_brute_force(coupling, delay, seed):
    task = em.make("family", **SMALL, coupling=coupling, delay=delay, seed=seed)
    best = task.optimum()
    assert best.value == task.evaluate(naive.every_melody(task.grid)).max()
    assert task.evaluate(best.melody.tokens[None])[0] == best.value
    assert task.bound().upper == best.value


def test_the_best_melodies_are_those_of_brute_force():
    task = em.make("family", **SMALL, coupling=2, delay=1)
    every = np.unique(em.canonical(naive.every_melody(task.grid)), axis=0)
    expected = np.sort(task.evaluate(every))[::-1][:20]
    assert [found.value for found in task.best(20)] == expected.tolist()


def test_an_environment_shows_what_the_task_shows():
    task = em.make("family", **SMALL, coupling=2, observability=0.5, seed=1)
    own, same = em.MelodyEnv(task, "observation"), em.MelodyEnv(task, em.View(observers=(LastSymbols(1),)))
    assert own.observation_space == same.observation_space
    assert own.reset(seed=0)[0] == same.reset(seed=0)[0]
    for action in (2, 1, 3, 0, 2):
        assert own.step(action)[:2] == same.step(action)[:2]


def test_returns_are_the_same_for_every_delay_and_rewards_are_later():
    tasks = [em.make("family", length=8, alphabet=4, coupling=1, delay=delay, seed=2) for delay in (0, 1, 3, 7)]
    melodies = melodies_of(tasks[0])
    first = tasks[0].rewards(melodies)
    for task, delay in zip(tasks, (0, 1, 3, 7), strict=True):
        rewards = task.rewards(melodies)
        assert (task.evaluate(melodies) == tasks[0].evaluate(melodies)).all()
        assert task.optimum().value == tasks[0].optimum().value
        assert not rewards[:, :delay].any()
        assert (rewards[:, delay:-1] == first[:, : 7 - delay]).all()
        assert (rewards[:, -1] == first[:, 7 - delay :].sum(axis=1)).all()


def test_seeds_draw_landscapes_of_their_own_and_the_other_dials_none():
    def draw(**dials):
        return em.make("family", **SMALL, **dials).evaluate(naive.every_melody(em.make("family", **SMALL).grid))

    assert (draw(seed=4) == draw(seed=4)).all()
    assert (draw(seed=4) != draw(seed=5)).mean() > 0.99
    assert (draw(seed=4) == draw(seed=4, delay=2, observability=0.5)).all()


def test_contributions_are_those_of_every_version():
    """Raw bits of PCG64, which numpy promises to keep: the upper 32 bits, divided by the length."""
    raw = np.random.PCG64(11).random_raw(3)
    table = NKLandscape(length=2, alphabet=4, coupling=0, seed=11).contributions[0]
    assert table.tolist() == [(int(word) >> 32) // 2 * QUANTUM for word in raw]


@pytest.mark.parametrize("seed", range(3))
def test_without_coupling_there_is_no_epistasis(seed):
    assert em.epistasis(em.make("family", coupling=0, seed=seed)) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_epistasis_grows_with_coupling(seed):
    shares = [em.epistasis(em.make("family", length=12, alphabet=4, coupling=k, seed=seed)) for k in range(5)]
    assert shares == sorted(shares)
    assert shares[4] > shares[1] + 0.2 > 0.4


@pytest.mark.parametrize(
    "task",
    [
        em.make("family", **SMALL, coupling=2, seed=1),
        em.make("family", **SMALL, coupling=1, delay=2, seed=1),
        em.make("tiny"),
        em.make("tiny", delayed=True),
    ],
    ids=["coupled", "delayed", "tiny", "tiny at the end"],
)
def test_epistasis_is_that_of_the_analysis_of_variance(task):
    every = naive.every_melody(task.grid)
    expected = anova_share(task.evaluate(every), every, task.grid.tokens)
    assert em.epistasis(task) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_epistasis_of_several_groups_of_rules_is_that_of_the_analysis_of_variance(seed, monkeypatch):
    rng = np.random.default_rng(seed)
    task = random_tasks.task(rng, random_tasks.tiny_grid(rng))
    monkeypatch.setattr("evomusic.core.epistasis.regroup", lambda automata: [unroll(auto) for auto in automata])
    every = naive.every_melody(task.grid)
    expected = anova_share(task.evaluate(every), every, task.grid.tokens)
    assert em.epistasis(task) == pytest.approx(expected, abs=1e-9)


def test_mean_epistasis_is_what_independent_contributions_have():
    """Symbols of probabilities w, S = sum of w ** 2: 1 - (K + 1) S^K (1 - S) / (1 - S^(K + 1)), from step K on."""
    s = (2 / 4) ** 2 + 2 * (1 / 4) ** 2
    shares = [em.epistasis(em.make("family", length=60, alphabet=4, coupling=2, seed=seed)) for seed in range(10)]
    assert np.mean(shares) == pytest.approx(1 - 3 * s**2 * (1 - s) / (1 - s**3), abs=0.05)


def test_epistasis_of_equal_returns_is_nothing():
    assert em.epistasis(em.Task(em.Grid(bars=1), em.Reward({}))) == 0
    assert em.epistasis(em.make("family", **SMALL, noise=1.0)) == pytest.approx(0, abs=1e-6)


def test_epistasis_refuses_what_it_cannot_compute():
    with pytest.raises(ValueError, match="task 'open' has final rewards, expected rules alone"):
        em.epistasis(em.make("open"))
    with pytest.raises(ValueError, match="task is 'tiny', expected a Task"):
        em.epistasis("tiny")


@pytest.mark.parametrize(("observability", "count"), [(0, 0), (0.25, 1), (0.5, 2), (0.75, 3), (1, 4)])
def test_observability_is_the_share_of_the_window_that_is_seen(observability, count):
    task = em.make("family", length=6, alphabet=3, coupling=3, delay=1, observability=observability)
    assert task.observers == ((LastSymbols(count),) if count else ())
    assert em.View.named("observation").is_markov(task) == (count == 4)
    rows = melodies_of(task)
    states = em.agent_states(task, "observation", rows)[:, 5]
    symbols = np.maximum(rows.astype(int) - 1, 0)[:, 5 - count : 5]
    assert len(np.unique(states)) == len(np.unique(symbols, axis=0)) if count else len(np.unique(states)) == 1


@pytest.mark.parametrize(("coupling", "delay"), [(0, 0), (2, 0), (0, 2), (1, 1)])
def test_all_of_the_window_is_a_markov_state_and_the_clock_alone_is_none(coupling, delay):
    task = em.make("family", **SMALL, coupling=coupling, delay=delay)
    assert em.View.named("observation").is_markov(task)
    assert em.View.named("blind").is_markov(task) == (coupling + delay == 0)


def test_learners_and_policies_see_what_the_task_shows():
    """Q-learning finds the optimum of a task through a Markov view; blind it has as many values as steps and tokens."""
    task = em.make("family", **SMALL, coupling=1, seed=1)
    record = em.run(em.QLearning(view="observation", epsilon=0.3, alpha=0.5), task, steps=100_000, seed=0)
    assert record.curve.delivered[-1] == task.optimum().value
    blind = em.make("family", **SMALL, coupling=1, seed=1, observability=0.0)
    again = em.run(em.QLearning(view="observation"), blind, steps=2_000, seed=0)
    assert (again.curve.online == em.run(em.QLearning(view="blind"), blind, steps=2_000, seed=0).curve.online).all()


@pytest.mark.parametrize("encoding", [em.PolicyTable, em.PolicyTree, em.PolicyWeights])
def test_evolved_policies_see_what_the_task_shows(encoding):
    """A policy of the clock and the last symbol writes what one of that very view writes, and nothing at 0."""
    tasks = [em.make("family", **SMALL, coupling=2, seed=1, observability=share) for share in (0.5, 0.0)]
    views = (em.View(observers=(LastSymbols(1),)), "blind")
    for task, view in zip(tasks, views, strict=True):
        own, same = (
            em.run(em.GA(population=10, encoding=encoding(view=v)), task, steps=300, seed=0)
            for v in ("observation", view)
        )
        assert (own.best == same.best).all()
        assert own.curve.online.tolist() == same.curve.online.tolist()


def test_evolution_does_not_feel_delay_nor_observability():
    dials = ({}, {"delay": 2}, {"observability": 0.0})
    curves = [em.run(em.GA(population=10), em.make("family", **d), steps=3_200, seed=0).curve.online for d in dials]
    assert (curves[0] == curves[1]).all()
    assert (curves[0] == curves[2]).all()


def test_learning_feels_delay_and_observability():
    """200,000 steps on one seed, no chance is left: the optimum, and less of it where less is seen or later."""
    method = em.QLearning(view="observation", alpha=0.3, epsilon=em.Decay(1.0, 0.05, 0.8))
    dials = ({}, {"delay": 3}, {"observability": 0.5}, {"observability": 0.0})
    tasks = [em.make("family", length=8, alphabet=5, **d) for d in dials]
    regrets = [t.optimum().value - em.run(method, t, steps=200_000, seed=0).curve.delivered[-1] for t in tasks]
    assert regrets[0] == 0
    assert min(regrets[1:]) > 0


def test_what_a_task_shows_goes_to_workers_and_is_nothing_by_default():
    task = em.make("family", **SMALL, observability=0.5)
    assert pickle.loads(pickle.dumps(task)).observers == task.observers
    assert em.make("tiny").observers == ()
    with pytest.raises(ValueError, match="an observer of task observers"):
        em.Task(task.grid, task.reward, observers=(3,))


def slipped_return(task, melody, slip):
    """Expected return of a melody whose tokens are each replaced by a random one with a probability: all outcomes."""
    tokens = task.grid.tokens
    every = naive.every_melody(task.grid)
    chance = np.where(every == melody, 1 - slip + slip / tokens, slip / tokens).prod(axis=1)
    return chance @ task.evaluate(every)


@pytest.mark.parametrize("slip", [0.1, 0.5, 1.0])
def test_noise_is_the_exact_expectation_over_slips(slip):
    task, noisy = (em.make("family", length=4, alphabet=4, coupling=2, delay=1, noise=n, seed=5) for n in (0.0, slip))
    for melody, value in zip(melodies_of(task, 20), noisy.evaluate(melodies_of(task, 20)), strict=True):
        assert value == pytest.approx(slipped_return(task, melody, slip), abs=4 * QUANTUM)


def test_the_optimum_under_noise_is_that_of_brute_force():
    task = em.make("family", **SMALL, coupling=2, noise=0.2, seed=1)
    assert task.optimum().value == task.evaluate(naive.every_melody(task.grid)).max()


def walked(mdp, melody):
    """Exact expected return of a melody that is chosen token by token whatever happens."""
    policy_values, rows = np.zeros(mdp.states), mdp.outcomes.rows
    for token in reversed(melody.tolist()):
        following = np.zeros(mdp.states)
        for s in range(mdp.states - 1):
            group = s * mdp.actions + token
            part = rows[mdp.outcomes.first[group] : mdp.outcomes.first[group + 1]]
            following[s] = part["p"] @ (part["reward"] + policy_values[part["to"]])
        policy_values = following
    return policy_values[0]


def test_a_model_with_slips_holds_a_melody_worth_what_the_noisy_task_says():
    task, noisy = (em.make("family", length=4, alphabet=4, coupling=1, noise=n, seed=7) for n in (0.0, 0.3))
    mdp = em.FiniteMDP.from_task(task, "observation", slip=0.3, reward_noise=0.5)
    for melody, value in zip(melodies_of(task, 5), noisy.evaluate(melodies_of(task, 5)), strict=True):
        assert walked(mdp, melody) == pytest.approx(value, abs=4 * QUANTUM)


def test_who_sees_the_slips_returns_at_least_as_much_as_any_melody():
    task, noisy = (em.make("family", length=6, alphabet=4, coupling=2, noise=n, seed=7) for n in (0.0, 0.3))
    solved = em.plan.value_iteration(em.FiniteMDP.from_task(task, slip=0.3), gamma=1.0)
    assert task.optimum().value > solved.values[0] > noisy.optimum().value + 0.001


@pytest.mark.parametrize("reward_noise", [0.0, 0.25])
def test_noise_of_rewards_leaves_every_value_and_moves_the_rewards(reward_noise):
    task = em.make("family", length=4, alphabet=4, coupling=1)
    mdp = em.FiniteMDP.from_task(task, reward_noise=reward_noise)
    assert em.plan.value_iteration(mdp, gamma=1.0).values[0] == pytest.approx(task.optimum().value, abs=1e-12)
    rewards = {reward for _, _, reward, _ in mdp[0, 2]}
    mean = task.rewards([[2, 0, 0, 0]])[0, 0]
    assert rewards == {mean + reward_noise, mean - reward_noise}


def test_learners_and_evolved_policies_play_the_game_of_chance():
    task = em.make("family", length=3, alphabet=3, coupling=1, seed=1)
    mdp = em.FiniteMDP.from_task(task, slip=0.2, reward_noise=0.1)
    best = em.plan.value_iteration(mdp, gamma=1.0).values[0]
    learnt = em.learn.train(em.QLearning(alpha=em.Average(), epsilon=0.5), mdp, steps=100_000, seed=0)
    assert em.plan.evaluate_policy(mdp, learnt.policy, gamma=1.0)[0] == pytest.approx(best, abs=0.02)
    evolved = em.PolicySearch(mdp=mdp, horizon=3).run(em.GA(population=20, encoding=em.PolicyTable()), 2_000, 0)
    assert evolved.value == pytest.approx(best, abs=1e-9)


@pytest.mark.parametrize(
    ("noises", "message"),
    [
        ({"slip": 1.5}, "slip is 1.5, expected a number from 0 to 1"),
        ({"slip": "much"}, "slip is 'much', expected a number from 0 to 1"),
        ({"reward_noise": -1}, "reward_noise is -1, expected a number from 0 up"),
    ],
)
def test_noises_out_of_range_are_refused(noises, message):
    with pytest.raises(ValueError, match=message):
        em.FiniteMDP.from_task(em.make("tiny"), **noises)


def test_slips_count_among_what_can_be_written_out(monkeypatch):
    task = em.make("family", length=4, alphabet=4, coupling=1)
    pairs = 1 + 3 * 3 + 1  # states: the start, three layers of three symbols, the end
    monkeypatch.setattr("evomusic.models.mdp_from_task.PAIRS", 4 * 4 * 2 * pairs)
    assert em.FiniteMDP.from_task(task, "observation", slip=0.1, reward_noise=1.0).states == pairs
    monkeypatch.setattr("evomusic.models.mdp_from_task.PAIRS", 4 * 4 * 2 * (pairs - 2))
    assert em.FiniteMDP.from_task(task, "observation", slip=0.1).states == pairs
    with pytest.raises(em.TooManyStates, match="more than 9 states"):
        em.FiniteMDP.from_task(task, "observation", slip=0.1, reward_noise=1.0)


@pytest.mark.parametrize(("seed", "half"), [(0, "reported"), (1, "tuning"), (10, "reported"), (2**40 + 1, "tuning")])
def test_a_half_of_the_seeds_is_reported(seed, half):
    assert em.family_half(seed) == half
    assert em.make("family", seed=seed).name == f"family-{half}-{seed}"


@pytest.mark.parametrize(
    ("dials", "message"),
    [
        ({"length": 0}, "length is 0, expected a whole number from 1 to 4,096"),
        ({"alphabet": 2}, "alphabet is 2, expected a whole number from 3 to 130"),
        ({"coupling": 16}, "coupling is 16, expected a whole number from 0 to 15"),
        ({"delay": -1}, "delay is -1, expected a whole number from 0 to 15"),
        ({"coupling": 8, "delay": 7}, "coupling 8 and delay 7 needs a table of up to .* lower coupling"),
        ({"length": 4096, "coupling": 4095}, "needs a table of up to a whole number of more than 60 digits cells"),
        ({"observability": 1.1}, "observability is 1.1, expected a number from 0 to 1"),
        ({"noise": "loud"}, "noise is 'loud', expected a number from 0 to 1"),
        ({"seed": 1.5}, "seed is 1.5, expected a whole number"),
        ({"couplin": 1}, "task 'family' has no parameter 'couplin'.*did you mean 'coupling'"),
    ],
)
def test_dials_out_of_range_are_refused_in_one_line(dials, message):
    with pytest.raises(ValueError, match=message) as refused:
        em.make("family", **dials)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("dials", [{}, {"delay": 2}, {"noise": 0.25, "coupling": 1}])
def test_the_landscape_keeps_the_contract_of_rules(dials):
    task = em.make("family", length=8, alphabet=5, **dials)
    check_rule(landscape(task), task.grid)
    check_rule(LastSymbols(2), task.grid)


def test_a_landscape_reads_no_other_grid():
    with pytest.raises(ValueError, match=r"reads token 3 at step 0; its grid has steps=length and tokens=alphabet"):
        em.Task(em.Grid(bars=1), em.Reward({NKLandscape(length=16, alphabet=3): 1.0})).optimum()


def climb(task, melody):
    """The peak that steepest ascent over all changes of one token reaches."""
    value = task.evaluate(melody[None])[0]
    steps, tokens = task.grid.steps, task.grid.tokens
    while True:
        mutants = np.repeat(melody[None], steps * tokens, axis=0)
        mutants[np.arange(steps * tokens), np.repeat(np.arange(steps), tokens)] = np.tile(np.arange(tokens), steps)
        returns = task.evaluate(mutants)
        if returns.max() <= value:
            return melody, value
        melody, value = mutants[returns.argmax()], returns.max()


def family_table() -> str:
    """Epistasis and climbs by coupling: length 16, alphabet 5, five reported seeds, 20 climbs each."""
    lines = [
        "| coupling | epistasis | peaks of 20 climbs | regret of a climb | optimum |",
        "|---:|---:|---:|---:|---:|",
    ]
    for coupling in range(5):
        rows = []
        for seed in range(0, 10, 2):
            task = em.make("family", alphabet=5, coupling=coupling, seed=seed)
            ends = [climb(task, melody) for melody in melodies_of(task, 20, seed)]
            peaks = len({np.maximum(melody, 1).tobytes() for melody, _ in ends})
            best = task.optimum().value
            rows.append((em.epistasis(task), peaks, best - np.mean([value for _, value in ends]), best))
        share, peaks, regret, best = np.mean(rows, axis=0)
        lines.append(f"| {coupling} | {share:.2f} | {peaks:.1f} | {regret:.3f} | {best:.3f} |")
    return "\n".join(lines)


def test_the_table_of_the_page_is_computed():
    assert f"<!-- family -->\n{family_table()}\n<!-- /family -->" in PAGE.read_text(encoding="utf-8")
