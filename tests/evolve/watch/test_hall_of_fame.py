"""HallOfFame and ParetoFront against all that a run every."""

from __future__ import annotations

import numpy as np
import pytest

from evomusic.core.ledger import run
from evomusic.core.melody import canonical
from evomusic.evolve.ga import GA
from evomusic.evolve.nsga2 import NSGA2
from evomusic.evolve.selection.objectives import columns, objectives
from evomusic.evolve.watch.hall_of_fame import HallOfFame, ParetoFront, distinct
from tests.evolve.selection.test_fronts import naive_ranks
from tests.evolve.test_nsga2 import TASK, TINY


class Everything:
    """A watcher that keeps all melodies and returns."""

    def __init__(self):
        self.melodies, self.returns = [], []

    def __call__(self, ledger):
        self.melodies += ledger.batch.melodies.tolist()
        self.returns += ledger.batch.returns.tolist()


def test_the_first_of_each_sound_is_found():
    melodies = np.array([[0, 5, 1], [1, 5, 1], [5, 0, 1], [0, 5, 0], [5, 0, 0]], np.uint8)
    assert distinct(melodies).tolist() == [0, 2, 3]


@pytest.mark.parametrize("size", [1, 7, 5000])
def test_a_hall_of_fame_holds_the_best_that_a_run_met_each_sound_once(size):
    hall, every = HallOfFame(size), Everything()
    record = run(GA(population=40), TASK, steps=8 * 2500, seed=1, watch=hall | every)
    assert len(every.returns) == 2500
    best, heard = [], set()
    for value, melody in sorted(zip(every.returns, every.melodies, strict=True), key=lambda pair: -pair[0]):
        sound = tuple(canonical(np.array(melody, np.uint8)).tolist())
        if sound not in heard:
            heard.add(sound)
            best.append((value, melody))
    assert hall.returns.tolist() == [value for value, _ in best[:size]]
    assert hall.melodies.tolist() == [melody for _, melody in best[:size]]
    assert hall.returns[0] == record.best_return
    assert (TASK.evaluate(hall.melodies) == hall.returns).all()
    assert len(hall) == min(size, len(best))


def test_a_hall_of_fame_is_updated_by_hand_too():
    hall = HallOfFame(2)
    hall.update(np.array([[0, 1], [5, 1]], np.uint8), np.array([1.0, 3.0]))
    hall.update(np.array([[1, 1], [6, 1]], np.uint8), np.array([2.0, 2.5]))
    assert hall.returns.tolist() == [3, 2.5]
    assert hall.melodies.tolist() == [[5, 1], [6, 1]]


def test_a_sound_that_is_paid_more_when_written_otherwise_keeps_its_better_writing():
    hall = HallOfFame(3)
    hall.update(np.array([[0, 1], [0, 0]], np.uint8), np.array([1.0, 2.0]))
    assert hall.melodies.tolist() == [[0, 0]]


def test_a_pareto_front_holds_all_that_no_met_melody_dominates():
    front, every = ParetoFront(TINY, size=100_000), Everything()
    run(NSGA2(population=20), TINY, steps=6 * 700, seed=2, watch=front | every)
    melodies = np.array(every.melodies, np.uint8)
    values = objectives(TINY, melodies, columns(TINY))
    best = np.flatnonzero(naive_ranks(np.unique(values, axis=0)) == 0)
    wanted = {tuple(v) for v in np.unique(values, axis=0)[best]}
    assert {tuple(v) for v in front.values} == wanted
    sounds = {tuple(canonical(m)) for m, v in zip(melodies, values, strict=True) if tuple(v) in wanted}
    assert {tuple(canonical(m)) for m in front.melodies} == sounds
    assert len(front) == len(sounds)
    assert (objectives(TINY, front.melodies, columns(TINY)) == front.values).all()
    assert front.names == ("lively", "calm")
    assert (np.diff(front.values[:, 0]) <= 0).all()


def test_a_full_front_takes_new_values_and_no_more_of_the_old():
    front, wide = ParetoFront(TINY, size=9), ParetoFront(TINY, size=100_000)
    run(NSGA2(population=60), TINY, steps=6 * 3000, seed=0, watch=front | wide)
    assert len(wide) > 9
    assert len(front) == max(9, len(np.unique(wide.values, axis=0)))
    assert np.unique(front.values, axis=0).tolist() == np.unique(wide.values, axis=0).tolist()


def test_the_hypervolume_of_a_front_grows():
    front, volumes = ParetoFront(TINY), []
    run(NSGA2(population=10), TINY, 6 * 400, 0, watch=front | (lambda _: volumes.append(front.hypervolume((0.0, 0.0)))))
    assert (np.diff(volumes) >= 0).all()
    assert volumes[-1] > volumes[0] > 0


def test_sizes_are_whole_numbers():
    with pytest.raises(ValueError, match="size is 0"):
        HallOfFame(0)
    with pytest.raises(ValueError, match="size is 0"):
        ParetoFront(TINY, size=0)
