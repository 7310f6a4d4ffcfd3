"""The soft optimum: equal to enumeration on random small tasks, and what it says on real ones."""

import math
import pickle
import re
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

import evomusic as em
from evomusic import measures, rules
from evomusic.core import conditions
from evomusic.core.grid import FIRST_PITCH, HOLD, REST, Grid
from evomusic.core.optimum.layers import unroll
from evomusic.core.optimum.stages import compose, staged
from evomusic.core.reward import Reward
from evomusic.core.task import Task
from evomusic.encodings.samples import style_samples
from tests import random_tasks

NATS = math.log(2)


@dataclass(frozen=True)
class Habit:
    """A style of one memory, the last token: random log2-probabilities of the next by that and by the position."""

    tokens: int
    seed: int
    start = 0
    hears = ("position",)

    def read(self, memory, event, slot):
        token = event.kind if event.kind < FIRST_PITCH else FIRST_PITCH + event.pitch % (self.tokens - FIRST_PITCH)
        return token, habit(self.tokens, self.seed, memory, slot.position)[token]


@cache
def habit(tokens: int, seed: int, last: int, position: int) -> np.ndarray:
    odds = np.random.default_rng([seed, last, position]).dirichlet(np.ones(tokens))
    return np.log2(odds + 1e-9)


def small_task(seed: int, style: bool = True) -> Task:
    rng = np.random.default_rng(seed)
    task = random_tasks.task(rng, random_tasks.tiny_grid(rng))
    return Task(task.grid, task.reward, "random", (Habit(task.grid.tokens, seed),) if style else ())


def every_melody(grid: Grid) -> np.ndarray:
    return np.indices((grid.tokens,) * grid.steps).reshape(grid.steps, -1).T.astype(np.uint8)


def log_weights(task: Task, melodies: np.ndarray, temperature: float, prior: str) -> tuple[np.ndarray, np.ndarray]:
    """Log prior, and log prior plus return / temperature, of each melody."""
    if prior == "uniform":
        log_prior = np.full(len(melodies), -task.grid.steps * math.log(task.grid.tokens))
    else:
        walked = Task(task.grid, Reward(dict.fromkeys(task.generator, 1.0)))
        log_prior = NATS * walked.evaluate(melodies)
    return log_prior, log_prior + task.evaluate(melodies) / temperature


def log_sum(values: np.ndarray) -> float:
    top = values.max()
    return float(top + math.log(math.fsum(np.exp(values - top))))


def some_conditions(rng: np.random.Generator, grid: Grid) -> np.ndarray:
    """Random tokens that are allowed, at least one at each step."""
    allowed = rng.random((grid.steps, grid.tokens)) < rng.random((grid.steps, 1))
    allowed[np.arange(grid.steps), rng.integers(0, grid.tokens, grid.steps)] = True
    return allowed


@pytest.mark.parametrize("locked", [False, True], ids=["free", "locked"])
@pytest.mark.parametrize("seed", range(100))
def test_distribution_equals_enumeration(seed, locked):
    rng = np.random.default_rng(seed)
    prior = ("style", "uniform")[seed % 2]
    task, temperature = small_task(seed, prior == "style"), float(np.exp(rng.normal()))
    policy, melodies = task.soften(temperature, prior), every_melody(task.grid)
    assert policy.dropped == ()
    log_prior, logs = log_weights(task, melodies, temperature, prior)
    if locked:
        allowed = some_conditions(rng, task.grid)
        policy = policy.lock(allowed)
        logs = np.where(allowed[np.arange(task.grid.steps), melodies].all(axis=1), logs, -np.inf)
    partition = log_sum(logs)
    chances = np.exp(logs - partition)
    logs = np.where(chances > 0, logs, 0.0)
    assert policy.log_partition == pytest.approx(partition, rel=1e-9, abs=1e-9)
    found = np.exp(policy.log_probability(melodies))
    assert np.abs(found - chances).sum() / 2 < 1e-12
    assert policy.expected_return() == pytest.approx(chances @ task.evaluate(melodies), rel=1e-9, abs=1e-9)
    assert policy.expected_return("all") == policy.expected_return()
    assert policy.entropy == pytest.approx(-(chances @ (logs - partition)), rel=1e-9, abs=1e-9)
    assert policy.kl == pytest.approx(chances @ (logs - partition - log_prior), rel=1e-9, abs=1e-9)
    marginals = [np.bincount(melodies[:, t], chances, task.grid.tokens) for t in range(task.grid.steps)]
    np.testing.assert_allclose(policy.marginals(), marginals, atol=1e-12)


@pytest.mark.parametrize("locked", [False, True], ids=["free", "locked"])
@pytest.mark.parametrize("seed", range(20))
def test_samples_fit_the_distribution(seed, locked):
    """Chi-square of 4,000 samples; a false alarm in 10,000 for each of 40 tests."""
    from scipy import stats

    rng = np.random.default_rng(seed)
    task = small_task(seed)
    policy, melodies = task.soften(2.0), every_melody(task.grid)
    allowed = some_conditions(rng, task.grid) if locked else None
    drawn = policy.sample(4000, rng, locked=allowed)
    assert drawn.dtype == np.uint8
    expected = 4000 * np.exp((policy if allowed is None else policy.lock(allowed)).log_probability(melodies))
    powers = task.grid.tokens ** np.arange(task.grid.steps - 1, -1, -1)
    counts = np.bincount(drawn @ powers, minlength=len(melodies))
    assert not counts[expected == 0].any()
    often = expected >= 5
    seen, hoped = np.append(counts[often], counts[~often].sum()), np.append(expected[often], expected[~often].sum())
    seen, hoped = seen[hoped > 0], hoped[hoped > 0]
    assert stats.chi2.sf(((seen - hoped) ** 2 / hoped).sum(), max(len(seen) - 1, 1)) > 1e-4


@pytest.mark.parametrize("seed", range(20))
def test_values_obey_the_soft_bellman_equation(seed):
    rng = np.random.default_rng(seed)
    task = small_task(seed)
    policy = task.soften(0.7)
    melodies = rng.integers(0, task.grid.tokens, (8, task.grid.steps), np.uint8)
    values, actions = policy.state_values(melodies), policy.action_values(melodies)
    np.testing.assert_allclose(values[:, 0], policy.log_partition, atol=1e-9)
    np.testing.assert_allclose(values, np.logaddexp.reduce(actions, axis=2), atol=1e-9)
    _, logs = log_weights(task, melodies, 0.7, "style")
    last = np.take_along_axis(actions, melodies[..., None].astype(int), axis=2)[:, -1, 0]
    log_prior_before, before = 0.0, 0.0
    if task.grid.steps > 1:
        walked = Task(task.grid, Reward(dict.fromkeys(task.generator, 1.0)))
        log_prior_before = NATS * walked.rewards(melodies)[:, :-1].sum(axis=1)
        before = task.rewards(melodies)[:, :-1].sum(axis=1) / 0.7
    np.testing.assert_allclose(last, logs - before - log_prior_before, atol=1e-9)
    np.testing.assert_allclose(policy.probabilities(melodies), np.exp(actions - values[..., None]), atol=1e-9)


@pytest.mark.parametrize("seed", range(10))
def test_stages_have_the_values_of_their_automata(seed):
    rng = np.random.default_rng(seed)
    task = random_tasks.task(rng, random_tasks.any_grid(rng), most=3)
    melodies = rng.integers(0, task.grid.tokens, (50, task.grid.steps), np.uint8)
    both = staged(unroll(task.machine.automata[0]), 1)
    for auto in task.machine.automata[1:]:
        both = compose(both, staged(unroll(auto), 1), 10**6)
    assert [walk(both, melody) for melody in melodies] == task.evaluate(melodies).tolist()


def walk(stages, melody) -> float:
    """The return of a melody along stages."""
    row, total = 0, stages.shift[1]
    for t, (step, token) in enumerate(zip(stages.steps, melody.tolist(), strict=True)):
        kind = min(token, FIRST_PITCH)
        total += step.kind_values[row, kind, 1]
        row = step.kinds[row, kind]
        if token >= FIRST_PITCH:
            note = row - (len(stages.steps[t + 1].kinds) if t + 1 < len(stages.steps) else 1)
            total += step.pitch_values[note, token - FIRST_PITCH, 1]
            row = step.pitches[note, token - FIRST_PITCH]
    return float(total)


def test_tune_names_the_rules_that_it_drops(tune, policy):
    large = {"DirectionRuns", "Range", "UniqueClimax", "MeanInformation", "StepShare"}
    assert set(policy.dropped) == large | {"PitchStyle", "RhythmStyle"}
    assert len(policy.rules) == 13
    assert set(policy.rules) | set(policy.dropped) == set(tune.machine.names)


def test_rules_that_are_named_are_kept(tune):
    policy = tune.soften(1.0, rules=["PitchStyle", "Cadence", "PitchStyle"])
    assert policy.rules == ("Cadence", "PitchStyle")
    assert set(policy.dropped) == set(tune.machine.names) - set(policy.rules)


def test_samples_of_tune_agree_with_the_sums_over_all_melodies(tune, policy):
    """Means of 4,000 samples within 5 standard errors: false alarms below 1 in a million each."""
    melodies = policy.sample(4000, np.random.default_rng(0))
    kept = [tune.machine.names.index(name) for name in policy.rules]
    returns, surprise = tune.parts(melodies)[:, kept].sum(axis=1), -policy.log_probability(melodies)
    for drawn, exact in ((returns, policy.expected_return()), (surprise, policy.entropy)):
        assert abs(drawn.mean() - exact) < 5 * drawn.std() / math.sqrt(len(drawn))
    shares = (melodies[..., None] == np.arange(tune.grid.tokens)).mean(axis=0)
    errors = np.sqrt(policy.marginals() * (1 - policy.marginals()) / len(melodies))
    assert (np.abs(shares - policy.marginals()) <= 6 * errors + 0.002).all()


def test_log_probability_is_prior_and_return_less_the_partition(tune, policy):
    melodies = policy.sample(100, np.random.default_rng(1))
    kept = [tune.machine.names.index(name) for name in policy.rules]
    returns = tune.parts(melodies)[:, kept].sum(axis=1)
    log_prior = tune.soften(math.inf, rules=()).log_probability(melodies)
    np.testing.assert_allclose(policy.log_probability(melodies), log_prior + returns - policy.log_partition, atol=1e-7)


def test_infinite_temperature_is_the_style(tune):
    """Shares of tokens by step among 4,000 samples of the style, within 6 standard errors."""
    policy = tune.soften(math.inf, rules=())
    assert policy.log_partition == pytest.approx(0, abs=1e-8)
    assert policy.kl == pytest.approx(0, abs=1e-8)
    melodies = style_samples(tune, np.random.default_rng(0), 4000)
    shares = (melodies[..., None] == np.arange(tune.grid.tokens)).mean(axis=0)
    marginals = policy.marginals()
    assert (np.abs(shares - marginals) <= 6 * np.sqrt(marginals * (1 - marginals) / 4000) + 0.002).all()


def test_low_temperature_writes_the_optimum_of_the_kept_rules(tune, policy):
    cold = tune.soften(0.01)
    kept = {rule: weight for rule, weight in tune.reward.rules.items() if type(rule).__name__ in policy.rules}
    optimum = Task(tune.grid, Reward(kept)).optimum().value
    melodies = cold.sample(20, np.random.default_rng(0))
    returns = tune.parts(melodies)[:, [tune.machine.names.index(name) for name in policy.rules]].sum(axis=1)
    assert returns.max() <= optimum
    assert cold.expected_return() == pytest.approx(optimum, abs=0.05)


def test_expected_return_of_dropped_rules_equals_that_of_kept_ones():
    task = em.make("rules", bars=1)
    whole, part = (
        task.soften(1.0, "uniform", rules=["InScale"]),
        task.soften(1.0, "uniform", rules=("InScale", "Range")),
    )
    assert "Range" in whole.dropped
    melodies = whole.sample(20_000, np.random.default_rng(0))
    returns = task.evaluate(melodies)
    error = 5 * returns.std() / math.sqrt(len(returns))  # a false alarm in a million
    assert whole.expected_return("all") == pytest.approx(returns.mean(), abs=error)
    assert part.expected_return("all") != whole.expected_return("all")


@pytest.mark.parametrize("locked", [False, True], ids=["free", "locked"])
def test_draws_by_multiples_and_by_logarithms_are_the_same(tune, policy, monkeypatch, locked):
    allowed = some_conditions(np.random.default_rng(3), tune.grid) if locked else None
    quick = policy.sample(300, np.random.default_rng(1), locked=allowed)
    monkeypatch.setattr("evomusic.core.optimum.chain.draw", lambda *_: None)
    slow = policy.sample(300, np.random.default_rng(1), locked=allowed)
    assert (quick == slow).all()


def test_a_locked_bar_stays_and_the_others_are_drawn(tune, policy):
    melody = em.Melody(policy.sample(1, np.random.default_rng(5))[0], tune.grid)
    drawn = policy.sample(50, np.random.default_rng(6), locked=conditions.bars(melody, 1, 3))
    assert (drawn[:, 16:32] == melody.tokens[16:32]).all()
    assert (drawn[:, 48:] == melody.tokens[48:]).all()
    assert len(np.unique(drawn[:, :16], axis=0)) > 25
    row = np.full(tune.grid.steps, conditions.OPEN)
    row[16:32], row[48:] = melody.tokens[16:32], melody.tokens[48:]
    assert policy.lock(row).log_partition == policy.lock(conditions.bars(melody, 1, 3)).log_partition


def test_conditions_add_up_and_change_only_what_they_reach(tune, policy):
    melody = em.Melody(policy.sample(1, np.random.default_rng(5))[0], tune.grid)
    first, second = conditions.bars(melody, 0), conditions.opening(melody, 40)
    twice, once = policy.lock(first).lock(second), policy.lock(first & second)
    assert twice.log_partition == once.log_partition
    assert policy.lock(second).log_partition == once.log_partition
    assert policy.lock(np.full(tune.grid.steps, -1)).log_partition == policy.log_partition


def test_rhythm_and_pitches_of_a_melody(tune, policy):
    melody = em.Melody(policy.sample(1, np.random.default_rng(7))[0], tune.grid).canonical
    for drawn in policy.sample(20, np.random.default_rng(8), locked=conditions.rhythm(melody)):
        notes = em.Melody(drawn, tune.grid).notes
        assert [n[1:] for n in notes] == [n[1:] for n in melody.notes]
    for drawn in policy.sample(20, np.random.default_rng(9), locked=conditions.pitches(melody)):
        notes = em.Melody(drawn, tune.grid).notes
        assert [n[:2] for n in notes] == [n[:2] for n in melody.notes]


def test_a_delayed_task_has_the_same_distribution():
    plain, delayed = em.make("tiny").soften(1.0, "uniform"), em.make("tiny", delayed=True).soften(1.0, "uniform")
    assert plain.log_partition == delayed.log_partition


def test_final_measures_are_dropped_by_name(tune):
    task = Task(em.make("tiny").grid, Reward({rules.IntervalSize(): 1.0}, final={measures.PitchEntropy(): 1.0}))
    policy = task.soften(1.0, "uniform")
    assert policy.dropped == ("PitchEntropy",)
    with pytest.raises(ValueError, match="'PitchEntropy' is a final measure"):
        policy.expected_return("all")
    with pytest.raises(ValueError, match="rules holds 'PitchEntropy', a final measure"):
        task.soften(1.0, "uniform", rules=["PitchEntropy"])


def test_a_task_without_rules_is_its_prior():
    policy = Task(em.make("tiny").grid, Reward({})).soften(1.0, "uniform")
    assert policy.entropy == pytest.approx(4 * math.log(policy.machine.grid.tokens))


def test_what_does_not_fit_is_named(tune):
    with pytest.raises(em.TooManyStates, match="rule 'Density' makes the product larger than 3,000 rows a step"):
        tune.soften(1.0, rules=["InScale", "Density"], limit=3000)
    with pytest.raises(em.TooManyStates, match="the style alone has more than 10 rows a step"):
        tune.soften(1.0, limit=10)
    with pytest.raises(em.TooManyStates, match="joint memory of this policy and of rule 'MeanInformation'"):
        tune.soften(1.0).expected_return("all")


def test_a_smaller_limit_drops_more(tune, policy):
    small = tune.soften(1.0, limit=4000)
    assert set(small.dropped) > {*policy.dropped, "Density"}
    assert small.rows <= 4000 * tune.grid.steps


def test_a_policy_goes_through_pickle():
    policy = em.make("tiny").soften(1.0, "uniform")
    again = pickle.loads(pickle.dumps(policy))
    assert again.sample(3, np.random.default_rng(0)).tolist() == policy.sample(3, np.random.default_rng(0)).tolist()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0,), "temperature is 0, expected a number from 1e-06 up, or math.inf"),
        ((-math.inf,), "temperature is -inf, expected a number from 1e-06 up, or math.inf"),
        ((1.0, "styl"), "prior is 'styl', expected one of 'style', 'uniform', 'song'; did you mean 'style'?"),
        ((1.0, "style", ["Cadense"]), "a name in rules is 'Cadense', expected one of"),
        ((1.0, "style", "Cadence"), "rules is 'Cadence', expected a list of names of rules"),
        ((1.0, "style", None, 0), "limit is 0, expected a whole number from 1 up"),
    ],
)
def test_wrong_arguments_are_named(tune, arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        tune.soften(*arguments)


def test_a_task_without_style_has_no_style_prior():
    with pytest.raises(ValueError, match="this task has no style; use prior='uniform'"):
        em.make("tiny").soften(1.0)


@pytest.mark.parametrize(
    ("locked", "message"),
    [
        (np.zeros(3, int), "locked has dtype int64 and shape (3,), expected (64,) tokens with -1"),
        (np.full(64, 17), "locked has token 17 at step 0, expected -1 to 16"),
        (np.full(64, -2), "locked has token -2 at step 0, expected -1 to 16"),
        (np.zeros((64, 17), bool), "no melody meets the conditions: they leave no token at step 0"),
        (np.zeros(64), "locked has dtype float64"),
    ],
)
def test_wrong_conditions_are_named(policy, locked, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        policy.sample(1, np.random.default_rng(0), locked=locked)


def test_contradictory_conditions_are_one_error(policy, tune):
    rests, holds = np.full(tune.grid.steps, REST), np.full(tune.grid.steps, HOLD)
    with pytest.raises(ValueError, match="no melody meets the conditions"):
        policy.lock(rests).lock(holds)


def test_wrong_draws_are_named(policy):
    with pytest.raises(ValueError, match="n is -1, expected a whole number from 0 up"):
        policy.sample(-1, np.random.default_rng(0))
    with pytest.raises(ValueError, match="rng is 3, expected a numpy Generator"):
        policy.sample(1, 3)
    with pytest.raises(ValueError, match="rules is 'some', expected one of 'kept', 'all'"):
        policy.expected_return("some")
    assert policy.sample(0, np.random.default_rng(0)).shape == (0, 64)
