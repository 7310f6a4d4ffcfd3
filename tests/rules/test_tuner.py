"""RL Tuner's reward: against totals of the published functions, and a plain reading of the definitions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import evomusic as em
from evomusic.measures.tuner import METRICS, PUBLISHED, tuner_metrics
from tests import naive

TOTALS = {  # of the published code
    "motif": ("0" + 3 * " 16 9 13 18 14 21 19 14 7 11" + " 16", 274.844886),
    "C4": (32 * "14 ", -2694.0),
    "rests": (32 * "0 ", -2994.0),
    "one long note": ("14" + 31 * " 1", -2539.75),
    "scales": ("2 4 6 7 9 11 13 14 16 18 19 21 23 25 26 28 26 25 23 21 19 18 16 14 13 11 9 7 14 1 1 1", -19.794027),
    "twinkle": ("14 1 14 1 21 1 21 1 23 1 23 1 21 1 1 1 19 1 19 1 18 1 18 1 16 1 16 1 14 1 1 1", -130.471016),
    "leaps": ("14 21 14 26 13 1 1 1 1 1 0 1 26 14 2 9 16 23 30 37 2 37 14 18 21 26 21 18 14 1 1 0", -5.803728),
    "chromatic": (" ".join(map(str, range(2, 34))), -54.285578),
}
KEY = {0, 1} | {a for a in range(2, 38) if (a - 2) % 12 in (0, 2, 4, 5, 7, 9, 11)}
MOVES = {2: 0.4, 4: 0.45, 5: 0.35, 7: 0.1, 9: 0.25, 11: -1.5}


@pytest.fixture(scope="module")
def task():
    return em.make("rl-tuner")


def rows(*melodies: Sequence[int] | str):
    return np.array([m.split() if isinstance(m, str) else m for m in melodies], np.uint8)


@pytest.mark.parametrize("name", TOTALS)
def test_totals_are_those_of_the_published_functions(task, name):
    melody, total = TOTALS[name]
    assert task.evaluate(rows(melody))[0] == pytest.approx(total, abs=1e-6)


def repeated(past: list[int], a: int) -> bool:
    same = others = 0
    for b in reversed(past):
        if b not in (a, 0, 1):
            break
        same += b == a
        others += b != a
    return (a == 0 and same >= 2) or same >= (7 if others else 5)


def interval(past: list[int], a: int) -> float:
    notes = [b for b in past if b >= 2]
    if not notes:
        return 0.0
    degree = (notes[-1] - 2) % 12
    if a < 2:
        return (0.25, 0.375)[a] if degree not in (0, 7) else (0.75, 1.5)[a]
    size = abs(a - notes[-1])
    if size == 7 and degree in (0, 7):
        return 0.5
    if size == 4 and degree in (0, 4):
        return 0.75
    return -5.0 if size > 12 else MOVES.get(size, 0.0)


def leaps(melody: Sequence[int]) -> float:
    total, way, origin, since = 0.0, 0, 0, 0
    for t in range(1, len(melody)):
        a, notes = melody[t], [b for b in melody[:t] if b >= 2]
        if a < 2 or not notes or abs(a - notes[-1]) < 7:
            since += 1
            if a >= 2 and ((way == 1 and a <= origin) or (way == -1 and a >= origin)):
                total, way = total + 5, 0
            continue
        here = 1 if a > notes[-1] else -1
        if way == 0:
            way, origin = here, notes[-1]
        elif way == here:
            total -= 5
        else:
            total, way = total + (5 if since > 6 else 0), 0
        since = 0
    return total


def autocorrelation(beginning: Sequence[int]) -> float:
    x = np.array(beginning, float)
    if x.var() == 0:
        return 0.0
    lags = range(1, min(len(x), 4))
    r = [abs(((x[:-lag] - x.mean()) * (x[lag:] - x.mean())).sum()) / (len(x) * x.var()) for lag in lags]
    return -3 * sum(value for value in r if value > 0.15 + 1e-12)


def motifs(melody: list[int]) -> tuple[float, float]:
    single = again = 0.0
    for t in range(7, len(melody)):
        run = melody[t - 7 : t + 1]
        pitches = len({a for a in run if a >= 2})
        if pitches < 3:
            continue
        single += 3 + 0.3 * (pitches - 3)
        if any(melody[i : i + 8] == run for i in range(t - 14)):
            again += 4 + pitches - 3
    return single, again


def expected(melody: list[int]) -> dict[str, float]:
    tonic = 3.0 * ((melody[0] == 14) + (melody[28] == 14) + (melody[29] == 1))
    lowest = min((a for a in melody if a >= 2), default=-1)
    single, again = motifs(melody)
    return {
        "TunerKey": -1.0 * sum(a not in KEY for a in melody),
        "TunerTonic": tonic + 3.0 * ((melody[30] < 2) + (melody[31] < 2)),
        "TunerRepetition": -100.0 * sum(repeated(melody[:t], a) for t, a in enumerate(melody)),
        "TunerInterval": sum(interval(melody[:t], a) for t, a in enumerate(melody)),
        "TunerLeaps": leaps(melody),
        "TunerExtrema": 3.0 * ((melody.count(max(melody)) == 1) + (melody.count(lowest) == 1)),
        "TunerAutocorrelation": sum(autocorrelation(melody[: t + 1]) for t in range(len(melody))),
        "TunerMotif": single,
        "TunerRepeatedMotif": again,
    }


few = st.lists(st.sampled_from([0, 1, 2, 7, 9, 14, 16, 21, 26]), min_size=32, max_size=32)
every = st.lists(st.integers(0, 37), min_size=32, max_size=32)


@given(st.one_of(few, every, few.map(lambda m: m[:8] * 4), few.map(lambda m: [a for a in m[:16] for _ in (0, 1)])))
@settings(max_examples=200, deadline=None)
def test_every_term_is_as_defined(task, melody):
    found = dict(zip(task.part_names, task.parts(rows(melody))[0], strict=True))
    assert found == pytest.approx(expected(melody), abs=1e-6)


def test_return_is_the_sum_of_its_step_rewards(task):
    melodies = np.random.default_rng(1).integers(0, 38, (200, 32), np.uint8)
    assert (task.rewards(melodies).sum(axis=1) == task.evaluate(melodies)).all()


def test_bound_of_the_whole_is_the_optimum_of_the_rules_and_the_ceilings_of_motifs(task):
    rules = em.Task(task.grid, em.Reward(task.reward.rules)).optimum()
    assert rules.value == pytest.approx(83.65, abs=1e-6)
    assert task.bound().upper == pytest.approx(83.65 + 112.5 + 153, abs=1e-6)
    with pytest.raises(em.NotCertified):
        task.optimum()


def test_whole_reward_adds_the_log_probability_of_a_style(task):
    melodies = np.random.default_rng(2).integers(0, 38, (20, 32), np.uint8)
    whole = em.make("rl-tuner", style="ryan")
    log2 = sum(
        np.array([sum(naive.rule_values(half, task.grid, m)) for m in melodies])
        for half in em.rules.Generator.on(task.grid).halves
    )
    assert whole.evaluate(melodies) == pytest.approx(log2 * np.log(2) + 2 * task.evaluate(melodies), abs=1e-5)


def test_metrics_of_a_melody_by_hand(task):
    found = tuner_metrics(task, rows(TOTALS["leaps"][0], TOTALS["one long note"][0]))
    assert list(found) == list(METRICS) == list(PUBLISHED["Q"])
    assert found["notes excessively repeated"] == pytest.approx(100 * 26 / 64)
    assert found["starting with the tonic"] == 100
    assert found["unique greatest token"] == found["unique lowest pitch"] == 50
    assert found["notes in a repeated motif"] == 0


def test_metrics_of_noise_are_those_measured_before(task):
    noise = np.random.default_rng(0).integers(0, 38, (20_000, 32), np.uint8)
    found = tuner_metrics(task, noise)
    wanted = {"notes not in key": 39.5, "leaps resolved": 2.4, "unique lowest pitch": 63.6, "notes in a motif": 78.1}
    assert {name: found[name] for name in wanted} == pytest.approx(wanted, abs=1.0)


def test_shares_of_nothing_are_not_numbers(task):
    found = tuner_metrics(task, np.zeros((1, 32), np.uint8))
    assert np.isnan([found["leaps resolved"], found["autocorrelation lag 1"]]).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"c": 0.0, "style": "ryan"}, "c is 0.0, expected a number above 0"), ({"style": "nobody"}, "nobody")],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        em.make("rl-tuner", **arguments)
