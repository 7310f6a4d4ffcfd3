from __future__ import annotations

import numpy as np
import pytest

import evomusic as em
from evomusic.core.ledger import Unfinished
from evomusic.core.method import Batch, untried_of
from tests import random_tasks


def task():
    return random_tasks.task(np.random.default_rng(0), em.Grid(bars=1, beats=2, steps_per_beat=2))


def batch(returns):
    return Batch(np.arange(len(returns) * 4, dtype=np.uint8).reshape(-1, 4), np.array(returns, float))


def test_ledger_charges_each_melody_and_drops_what_is_beyond_the_budget():
    ledger = em.Ledger(4, 22)
    ledger.charge(batch([1, 3, 2]))
    assert (ledger.spent, ledger.left, ledger.best_return) == (12, 10, 3)
    assert ledger.best.tolist() == [4, 5, 6, 7]
    ledger.charge(batch([2, 4, 99]))
    assert (ledger.spent, ledger.left, ledger.best_return) == (20, 0, 4)
    ledger.charge(batch([100]))
    assert (ledger.spent, ledger.best_return) == (20, 4)


def test_improvements_name_the_melody_that_made_them():
    ledger = em.Ledger(4, 400)
    ledger.charge(batch([-1, -3, 2, 2, 5]))
    ledger.charge(batch([4, 6]))
    assert ledger.improvements == [(4, -1.0), (12, 2.0), (20, 5.0), (28, 6.0)]


def test_steps_to_a_target_are_those_of_the_first_melody_that_reaches_it():
    record = em.run(em.RandomSearch(), task(), steps=4000, seed=0)
    reached = record.improvements[len(record.improvements) // 2]
    assert record.steps_to(float(reached[1])) == reached[0]
    assert record.steps_to(float(reached[1]) + 1e-9) != reached[0]
    assert record.steps_to(1e9) is None


def test_budget_below_one_melody_is_refused():
    with pytest.raises(ValueError, match="steps is 3, expected at least 4"):
        em.run(em.RandomSearch(), task(), steps=3)


def test_returns_that_are_nan_are_refused():
    with pytest.raises(ValueError, match="returns of the method hold nan, expected finite numbers"):
        em.Ledger(4, 40).charge(batch([1, np.nan]))


def test_curve_keeps_best_delivered_and_online_apart():
    """Random search: online is the mean of what it made, best is the maximum so far."""
    made = []

    class Spy:
        def init(self, task, rng):
            return self.step(task, (), rng)

        def step(self, task, state, rng):
            melodies = rng.integers(0, task.grid.tokens, (5, 4), dtype=np.uint8)
            made.append(task.evaluate(melodies))
            return (), Batch(melodies, made[-1], updates=2)

        def deliver(self, task, state):
            return np.zeros((1, 4), np.uint8)

    the_task = task()
    curve = em.run(Spy(), the_task, steps=1000, seed=1).curve
    returns = np.concatenate(made)[:250]
    assert curve.steps[-1] == 1000
    starts = np.concatenate([[0], curve.steps[:-1]]) // 4
    for start, end, best, online in zip(starts, curve.steps // 4, curve.best, curve.online, strict=True):
        assert best == returns[:end].max()
        assert online == returns[start:end].mean()
    assert set(curve.delivered) == {the_task.evaluate(np.zeros((1, 4), np.uint8))[0]}
    assert curve.updates[-1] == 2 * len(made)


class Untried:
    """Makes melodies of zeros, one a step, and delivers those it never made."""

    def __init__(self, *delivered, says=None):
        self.delivered, self.says = np.array(delivered, np.uint8), says

    def init(self, task, rng):
        return self.step(task, (), rng)

    def step(self, task, state, rng):
        melodies = np.zeros((1, 4), np.uint8)
        return (), Batch(melodies, task.evaluate(melodies))

    def deliver(self, task, state):
        return self.delivered

    def untried(self, task, state, melodies):
        return np.array([False, True] if self.says is None else self.says)


def test_melodies_delivered_without_an_evaluation_are_charged_and_count_for_the_best():
    goal = task().optimum()
    method = Untried([0] * 4, goal.melody.tokens)
    record = em.run(method, task(), steps=402)
    assert (record.steps, record.best_return) == (400, goal.value)
    curve, silence = record.curve, float(task().evaluate(np.zeros((1, 4), np.uint8))[0])
    assert set(curve.delivered_best) == {goal.value}
    assert set(curve.delivered) == {(goal.value + silence) / 2}
    assert record.steps_to(goal.value) == curve.steps[0] == 8  # one made, one handed over
    charged = np.diff(curve.steps, prepend=0) // 4
    assert curve.online * charged == pytest.approx((charged - 1) * silence + goal.value, rel=1e-12)


@pytest.mark.parametrize("melodies", [1, 2, 3, 4, 7])
def test_room_is_left_for_the_last_melody_handed_over(melodies):
    record = em.run(Untried([0] * 4, [1, 1, 1, 1]), task(), steps=4 * melodies)
    assert record.steps == 4 * melodies  # a budget of one melody leaves none for the evaluation
    assert len(record.curve.steps) == (1 if melodies < 4 else melodies // 2)


def test_a_method_says_of_every_melody_whether_it_tried_it():
    with pytest.raises(ValueError, match=r"Untried.untried are bool of shape \(1,\), expected bool of shape \(2,\)"):
        em.run(Untried([0] * 4, [1] * 4, says=[True]), task(), steps=40)


def test_learners_and_distributions_deliver_what_they_have_not_tried_and_populations_what_they_have():
    made, silent = task(), np.random.default_rng(0)
    told = {em.QLearning(): [True], em.CMAES(population=4): [True], em.CrossEntropy(): [True]}
    told |= {em.GA(population=2): [False] * 2, em.HillClimb(): [False], em.Deap(population=2): [False] * 2}
    told |= {em.Deap(algorithm="eaGenerateUpdate", encoding=em.PolicyWeights(), population=4): [True]}
    told |= {em.Islands(methods=(em.GA(population=2), em.QLearning())): [False, False, True]}
    for method, untried in told.items():
        state, _ = method.init(made, silent)
        assert untried_of(method, made, state, method.deliver(made, state)).tolist() == untried, method


def test_watcher_can_end_a_run_early():
    record = em.run(em.RandomSearch(batch=10), task(), steps=4000, seed=0, watch=lambda ledger: ledger.spent >= 200)
    assert record.steps == 200
    assert record.curve.steps[-1] == 200


def test_same_seed_same_record_and_another_seed_another():
    records = [em.run(em.RandomSearch(), task(), steps=400, seed=s) for s in (1, 1, 2)]
    first, again, other = (r.curve.online.tobytes() for r in records)
    assert first == again != other


class Uphill(em.Searcher):
    """Asks for random genomes and keeps the last."""

    def begin(self, task, rng):
        return np.zeros((1, task.grid.steps), np.uint8)

    def ask(self, task, state, rng):
        return state, rng.integers(0, task.grid.tokens, (5, task.grid.steps), dtype=np.uint8)

    def tell(self, task, state, genomes, returns):
        return genomes[-1:]

    def deliver(self, task, state):
        return self.decode(task, state)


def test_searcher_without_an_encoding_proposes_melodies():
    assert em.run(Uphill(), task(), steps=200).steps == 200


def test_searcher_decodes_by_its_encoding():
    method = Uphill()
    method.encoding = em.Bits()
    strings = em.Bits().sample(task(), np.random.default_rng(0), 3)
    assert np.array_equal(method.decode(task(), strings), em.Bits().decode(task(), strings))


def saved_in(folder, every=0.0, mark="this"):
    return Unfinished(folder / "run.npz", mark, every)


@pytest.mark.parametrize(
    "method",
    [
        em.GA(population=7),
        em.HillClimb(),
        em.QLearning(epsilon=em.Decay(start=1.0, end=0.05, fraction=0.5)),
        em.QLearning(view="markov"),
        em.CMAES(population=4),
        em.Deap(population=6),
        em.Islands(methods=(em.GA(population=4), em.GA(population=4)), epoch=2),
    ],
    ids=lambda method: type(method).__name__,
)
def test_a_run_that_is_stopped_and_continued_is_the_same_run(tmp_path, method):
    made, where = em.make("tiny"), saved_in(tmp_path)
    whole = em.run(method, made, steps=4000, seed=3)
    for stop in (3, 11, 1):
        seen = []

        def watch(ledger, stop=stop, seen=seen):
            seen.append(ledger.spent)
            return len(seen) == stop

        watch.bursts = True
        em.run(method, made, 4000, 3, watch, where)
    again = em.run(method, made, 4000, 3, unfinished=where)
    for name, one, other in zip(whole.curve._fields, whole.curve, again.curve, strict=True):
        assert one.tobytes() == other.tobytes(), name
    assert whole.best.tobytes() == again.best.tobytes()
    assert (whole.improvements == again.improvements).all()
    assert (whole.best_return, whole.steps) == (again.best_return, again.steps)


def test_a_saved_run_of_another_mark_or_a_damaged_one_is_begun_anew(tmp_path):
    made, whole = em.make("tiny"), em.run(em.GA(population=7), em.make("tiny"), 400, 1)
    em.run(em.GA(population=7), made, 400, 2, lambda ledger: ledger.spent > 100, saved_in(tmp_path, mark="other"))
    assert (tmp_path / "run.npz").exists()
    for _ in range(2):
        again = em.run(em.GA(population=7), made, 400, 1, unfinished=saved_in(tmp_path))
        assert again.curve.online.tobytes() == whole.curve.online.tobytes()
        (tmp_path / "run.npz").write_bytes(b"PK nothing")


def test_a_state_that_cannot_be_saved_is_not_and_the_run_goes_on(tmp_path):
    class Odd(Untried):
        def step(self, task, state, rng):
            return {"an": object()}, super().step(task, (), rng)[1]

    record = em.run(Odd([0] * 4, [1] * 4), task(), 40, unfinished=saved_in(tmp_path))
    assert record.steps == 40
    assert list(tmp_path.iterdir()) == []


def test_a_run_is_saved_every_so_often(tmp_path, monkeypatch):
    clock, saved = [0.0], []
    monkeypatch.setattr("evomusic.core.ledger.time.monotonic", lambda: clock[0])
    monkeypatch.setattr("evomusic.core.ledger.save_state", lambda *_: saved.append(clock[0]))

    def tick(ledger):
        clock[0] += 1.0

    em.run(em.GA(population=2), task(), 4 * 2 * 10, watch=tick, unfinished=saved_in(tmp_path, every=3.0))
    assert saved[:3] == [3.0, 6.0, 9.0]
    assert set(np.diff(saved)) == {3.0}
