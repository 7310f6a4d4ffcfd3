"""The proof of RL Tuner's optimum: what it counts is what the task counts, and its bounds hold for melodies at hand."""

import numpy as np
import pytest

import evomusic as em
from experiments.tuner_optimum.__main__ import BEST, prove
from experiments.tuner_optimum.automata import NONE, STATES, STEPS, TOKENS, UNIT, automata, between, walk
from experiments.tuner_optimum.runs import RUN, penalty, run_worth
from experiments.tuner_optimum.search import REST_FAR, REST_NEAR, bounds, may_reach, place, search, walk_of

TASK = em.make("rl-tuner")
PATTERNS = ((0, 8), (0, 9), (2, 9), (4, 8))


@pytest.fixture(scope="module")
def tables():
    a = automata(TASK.grid)
    return a, between(a, REST_NEAR), between(a, REST_FAR)


def written(tokens, offset):
    """A melody of free tokens and a period."""
    period = len(tokens) - offset
    return np.array([tokens[t if t < offset else offset + (t - offset) % period] for t in range(STEPS)])


def goal_of(melody):
    """The return of a melody in whole fortieths."""
    return int(np.floor(TASK.evaluate(melody[None].astype(np.uint8))[0] * UNIT))


def periodic(rng, offset, period, rests=0.0):
    """A melody of free tokens and a period, with some rests and holds."""
    tokens = rng.permutation(36)[: offset + period] + 2
    tokens[rng.random(len(tokens)) < rests] = rng.integers(2)
    return written(tokens, offset)


def totals(melody):
    """Totals by the name of the rule or measure."""
    return dict(zip(TASK.part_names, TASK.parts(melody[None].astype(np.uint8))[0], strict=True))


def test_automata_count_what_the_rules_count(tables):
    rng = np.random.default_rng(1)
    for melody in rng.integers(0, TOKENS, (200, STEPS)):
        last, state, value = NONE, 0, 0
        for step, token in enumerate(melody):
            last, state, add = walk(tables[0], last, state, token, step)
            value += add
        found = totals(melody)
        assert value / UNIT == pytest.approx(
            sum(found[f"Tuner{n}"] for n in ("Key", "Tonic", "Interval", "Leaps")), abs=1e-6
        )


def test_autocorrelation_is_the_measure(tables):
    for melody in np.random.default_rng(2).integers(0, TOKENS, (200, STEPS)):
        counted = sum(penalty(melody, n) for n in range(1, STEPS + 1))
        assert -counted / UNIT == pytest.approx(totals(melody)["TunerAutocorrelation"], abs=1e-6)


def test_runs_of_a_period_are_worth_what_the_measures_say():
    found = totals(periodic(np.random.default_rng(3), 0, RUN))
    assert 25 * run_worth(8, False) / UNIT == pytest.approx(found["TunerMotif"])
    returned = run_worth(8, True) - run_worth(8, False)
    assert 17 * returned / UNIT == pytest.approx(found["TunerRepeatedMotif"])


def at_own_goal(tables, melody, offset, period):
    """The search with no choice of tokens but a melody's, for its own return."""
    goal = goal_of(melody)
    only, buffer = np.eye(TOKENS, dtype=np.bool_)[melody], np.zeros((1, STEPS), np.int64)
    rows, tries, breaks = search(tables[0], bounds(*tables, offset, period, goal), offset, period, goal, only, buffer)
    assert tries == offset + period
    return rows, breaks, buffer[0]


def best_of(melodies):
    """The two of the greatest return."""
    return melodies[np.argsort(-TASK.evaluate(melodies.astype(np.uint8)))[:2]]


@pytest.mark.parametrize(("offset", "period"), PATTERNS)
def test_no_bound_is_below_a_melody_of_its_pattern(tables, offset, period):
    rng = np.random.default_rng([offset, period])
    plain, rested = (np.stack([periodic(rng, offset, period, rests) for _ in range(3000)]) for rests in (0.0, 0.1))
    rested = rested[(rested < 2).any(axis=1)]
    for melody in (*best_of(plain), *best_of(rested)[:1]):
        rows, _, found = at_own_goal(tables, melody, offset, period)
        assert rows == 1
        assert np.array_equal(found, melody)


@pytest.mark.parametrize("stop", [17, 30, 31])
def test_no_bound_is_below_a_melody_that_breaks_its_pattern(tables, stop):
    rng = np.random.default_rng(stop)
    melodies = np.stack([periodic(rng, 0, RUN) for _ in range(3000)])
    melodies[:, stop:] = rng.integers(0, TOKENS, (3000, STEPS - stop))
    melodies[:, stop] = (melodies[:, stop - RUN] + rng.integers(1, TOKENS, 3000)) % TOKENS
    for melody in best_of(melodies):
        assert at_own_goal(tables, melody, 0, RUN)[1]


WITH_RESTS = (  # the cost of a rest that returns must not be charged twice
    (0, (1, 21, 13, 14, 19, 23, 30, 26)),
    (0, (1, 19, 11, 9, 7, 13, 18, 19, 26, 21)),
    (1, (9, 1, 21, 13, 14, 19, 23, 30, 26)),
    (0, (21, 13, 14, 1, 19, 23, 30, 26)),
    (0, (0, 1, 14, 19, 23, 30, 26, 13)),
    (0, (14, 14, 14, 14, 1, 0, 14, 14)),  # runs of one pitch, worth nothing
)


@pytest.mark.parametrize(("offset", "tokens"), WITH_RESTS)
def test_bounds_of_the_whole_pattern_hold_at_every_token(tables, offset, tokens):
    length, goal = len(tokens), goal_of(written(tokens, offset))
    period, walked, at = length - offset, walk_of(length), np.full(STATES, -1)
    found = bounds(*tables, offset, period, goal)
    for depth, token in enumerate(tokens):
        place(tables[0], walked, offset, period, depth, token, at)
        assert may_reach(tables[0], found, walked, offset, period, depth + 1, goal, STEPS)


def test_the_best_that_evolution_found_totals_what_is_published_of_it():
    assert TASK.evaluate(np.array([BEST], np.uint8))[0] == pytest.approx(307.356107, abs=1e-6)


def test_no_melody_returns_325():
    assert not len(prove(TASK, 325).melodies)


def test_a_goal_that_bounds_cannot_prove_is_refused():
    with pytest.raises(RuntimeError, match="no run returns in time may reach 302"):
        prove(TASK, 302)
