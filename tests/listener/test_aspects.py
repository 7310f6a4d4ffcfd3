from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

import evomusic as em
from evomusic.encodings.samples import style_samples
from evomusic.listener.words import MEASURE_WORDS, RULES, words_of

GRID = em.Grid(bars=2, beats=4, steps_per_beat=2, low=60, high=67)


@dataclass(frozen=True)
class LikesHighNotes:
    """The pitch above the lowest, in tenths. Remembers nothing."""

    start, hears = None, ()

    def read(self, memory, event, slot):
        return None, (event.pitch - 60) / 10 if event.is_note else 0.0


@cache
def tune() -> em.Task:
    return em.make("tune", bars=2)


@cache
def tune_aspects() -> em.Aspects:
    return em.Aspects.of(tune())


@cache
def draws() -> np.ndarray:
    return style_samples(tune(), np.random.default_rng(1), 400)


def test_aspects_are_standardised_on_the_reference():
    aspects = em.Aspects.of(tune(), draws())
    values = aspects.values(draws())
    np.testing.assert_allclose(values.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(values.std(axis=0), 1)
    assert values.shape == (400, len(aspects.names)) == (400, len(aspects.words))


def test_rules_have_their_own_values_whatever_their_weights():
    weights = dict.fromkeys(tune().reward.rules, -3.0)
    other = em.Aspects.of(em.Task(tune().grid, em.Reward(weights)), draws())
    aspects = em.Aspects.of(tune(), draws())
    np.testing.assert_allclose(other.values(draws()), aspects.values(draws()), atol=1e-6)


def test_what_hardly_differs_and_measures_that_repeat_an_aspect_are_left_out():
    values = tune_aspects().values(draws())
    assert "InScale" not in tune_aspects().names  # the style keeps to the key
    assert "RestShare" not in tune_aspects().names  # Sustain says the same
    assert all(np.unique(column).size > 1 for column in values.T)
    rules = int(tune_aspects().is_rule.sum())
    correlation = np.abs(tune_aspects().correlation - np.eye(len(tune_aspects().names)))
    assert correlation[rules:].max() <= 0.7


def test_two_melodies_that_are_one_have_no_aspects():
    with pytest.raises(ValueError, match="reference has 2 melodies without a difference"):
        em.Aspects.of(tune(), np.zeros((2, tune().grid.steps), np.uint8))


def test_a_song_is_heard_by_the_rules_under_its_cap_and_by_its_style():
    task = em.make("song")
    names = em.Aspects.of(task, task.sampler.sample(60, np.random.default_rng(0))).names
    assert {"IntervalSize", "Cadence", "PitchStyle", "RhythmStyle"} <= set(names)
    assert not {"AtMost", "Typicality"} & set(names)


@pytest.mark.parametrize("steer", [0.3, 1.0])
@pytest.mark.parametrize("measures", [True, False])
def test_the_steered_return_is_the_blend_but_for_a_constant(steer, measures):
    aspects = tune_aspects()
    weights = np.random.default_rng(5).standard_normal(len(aspects.names))
    used = weights if measures else weights * aspects.is_rule
    scale = aspects.spread / np.sqrt(used @ aspects.correlation @ used)
    returns = aspects.steered(weights, steer, measures=measures).evaluate(draws())
    fixed = [rule for rule in tune().reward.rules if rule not in aspects.parts]
    rest = em.Task(tune().grid, em.Reward({rule: tune().reward.rules[rule] for rule in fixed})).evaluate(draws())
    own = tune().evaluate(draws()) - rest
    expected = rest + (1 - steer) * own + steer * scale * (aspects.values(draws()) @ used)
    np.testing.assert_allclose(np.diff(returns), np.diff(expected), atol=1e-6)


def test_steer_0_is_the_own_reward_and_1_has_its_spread():
    aspects = em.Aspects.of(tune(), draws())
    weights = np.ones(len(aspects.names))
    own, ear = (aspects.steered(weights, steer).evaluate(draws()) for steer in (0.0, 1.0))
    np.testing.assert_array_equal(own, tune().evaluate(draws()))
    fixed = {rule: weight for rule, weight in tune().reward.rules.items() if rule not in aspects.parts}
    rest = em.Task(tune().grid, em.Reward(fixed)).evaluate(draws())
    assert (ear - rest).std() == pytest.approx(own.std(), rel=1e-6)


def test_without_weights_the_reward_is_the_tasks_own():
    assert tune_aspects().reward(np.zeros(len(tune_aspects().names)), 0.5) is tune().reward


def test_reweighted_rules_without_measures_have_an_exact_optimum():
    """Against all melodies of a small grid."""
    grid = em.Grid(bars=1, beats=3, steps_per_beat=1, low=60, high=64)
    rules = {em.rules.IntervalSize(): 1.0, em.rules.Cadence("C major"): 1.0, em.rules.UniqueClimax(): 0.5}
    aspects = em.Aspects.of(em.Task(grid, em.Reward(rules)))
    steered = aspects.steered(np.linspace(-1, 1, len(aspects.names)), 1.0, measures=False)
    every = np.indices((grid.tokens,) * grid.steps).reshape(grid.steps, -1).T.astype(np.uint8)
    assert not steered.final
    assert steered.optimum().value == steered.evaluate(every).max()


def test_what_was_learnt_is_told_in_words_most_certain_first():
    aspects = tune_aspects()
    count, place = len(aspects.names), aspects.names.index("IntervalSize")
    mean = np.zeros(count)
    mean[place] = -2.0
    learnt = aspects.learnt(em.Preference(mean, 0.25 * np.eye(count)))
    assert learnt[0].text == "You like melodies with large moves"
    assert learnt[0].sure == pytest.approx(0.99996833, abs=1e-8)  # the normal distribution at 4
    assert (learnt[0].low, learnt[0].high) == pytest.approx((-2.98, -1.02))
    assert [each.sure for each in learnt[1:]] == [0.5] * (count - 1)


def test_every_rule_and_measure_has_words_of_its_own():
    catalogue = set(em.rules.CATALOGUE) - {"Capped"}
    assert catalogue == set(RULES)
    assert {*em.measures.MEASURES, "MeanPitch"} == set(MEASURE_WORDS)
    assert words_of(em.rules.Range(low_span=5, high_span=9)).more == "a range of 5 to 9 semitones"
    assert words_of(em.rules.Capped(em.rules.InScale("C major"))) == words_of(em.rules.InScale("C major"))


def test_a_rule_of_a_users_own_is_named_by_its_class():
    assert words_of(LikesHighNotes()) == ("less likes high notes", "more likes high notes")


def test_a_users_own_rule_is_an_aspect():
    aspects = em.Aspects.of(em.Task(GRID, em.Reward({LikesHighNotes(): 1.0})))
    assert aspects.names[0] == "LikesHighNotes"


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (lambda: em.Aspects.of("tune"), "task is 'tune', expected a Task"),
        (lambda: tune_aspects().reward([1.0]), r"weights has shape \(1,\), expected"),
        (lambda: tune_aspects().reward(np.ones(len(tune_aspects().names)), 2), "steer is 2, expected"),
        (lambda: tune_aspects().values(np.zeros((1, 3), np.uint8)), "shape"),
    ],
)
def test_wrong_arguments_are_one_line(call, line):
    with pytest.raises(ValueError, match=line) as error:
        call()
    assert "\n" not in str(error.value)
