from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import evomusic as em
from evomusic.core.melody import canonical
from evomusic.evolve.watch.diversity import distance, distinct_share, record_diversity
from tests.evolve.tasks import TASK

POPULATIONS = st.integers(2, 9).flatmap(lambda p: arrays(np.uint8, (p, 6), elements=st.integers(0, 4)))


@given(POPULATIONS)
def test_distance_is_the_mean_over_all_pairs(melodies):
    rows = canonical(melodies)
    pairs = [float((a != b).mean()) for a, b in combinations(rows, 2)]
    assert distance(melodies) == pytest.approx(np.mean(pairs))


@given(POPULATIONS)
def test_distinct_share_counts_sounds(melodies):
    sounds = {row.tobytes() for row in canonical(melodies)}
    assert distinct_share(melodies) == len(sounds) / len(melodies)


def test_silent_holds_are_no_difference():
    melodies = np.array([[0, 0, 2, 1], [1, 0, 2, 1], [0, 1, 2, 1]], np.uint8)
    assert distance(melodies) == 0.0
    assert distinct_share(melodies) == 1 / 3


def test_one_melody_has_no_distance():
    assert distance(np.zeros((1, 4), np.uint8)) == 0.0


def test_the_recorded_run_is_the_run():
    method, steps = em.GA(population=30), 600 * TASK.grid.steps
    found, record = record_diversity(method, TASK, steps, seed=2), em.run(method, TASK, steps, seed=2)
    assert found.steps[-1] == record.steps
    assert found.best[-1] == record.best_return
    population = method.deliver(TASK, record.state)
    assert found.mean[-1] == TASK.evaluate(population).mean()
    assert (found.distance[-1], found.distinct[-1]) == (distance(population), distinct_share(population))


def test_rows_rise_in_steps_and_are_no_more_than_wanted():
    found = record_diversity(em.GA(population=10), TASK, 500 * TASK.grid.steps, rows=12)
    assert 6 < len(found.steps) <= 12
    assert (np.diff(found.steps) > 0).all()
    assert {len(column) for column in found} == {len(found.steps)}


def test_a_genetic_algorithm_loses_the_diversity_that_random_search_keeps():
    steps = 3000 * TASK.grid.steps
    ga, luck = (record_diversity(m, TASK, steps) for m in (em.GA(population=40), em.RandomSearch(batch=40)))
    assert ga.distance[-1] < 0.5 * ga.distance[0]
    assert min(luck.distance) > 0.8  # 15 tokens: two random ones differ with 14/15, canonical rests a little less
    assert ga.mean[-1] > luck.mean[-1]


def test_of_a_method_that_delivers_one_melody_the_last_batch_is_looked_at():
    found = record_diversity(em.RandomSearch(batch=50), TASK, 50 * TASK.grid.steps, rows=1)
    melodies = em.RandomSearch(batch=50).init(TASK, np.random.default_rng(0))[1].melodies
    assert found.distance.tolist() == [distance(melodies)]


def test_a_record_without_rows_is_refused():
    with pytest.raises(ValueError, match="rows is 0, expected a whole number from 1"):
        record_diversity(em.GA(), TASK, 10**5, rows=0)
