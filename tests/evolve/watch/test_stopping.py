"""Stop conditions, alone and together, and the ledger that they read."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from evomusic.core.ledger import run
from evomusic.evolve.ga import GA
from evomusic.evolve.watch.stopping import MaxBatches, MaxSeconds, MaxSteps, Stagnation, Target
from tests.evolve.tasks import TASK

METHOD, BUDGET = GA(population=20), 16 * 4000


def spent(watch):
    return run(METHOD, TASK, BUDGET, seed=0, watch=watch)


def test_a_run_stops_after_the_batch_that_spends_so_many_steps():
    record = spent(MaxSteps(5000))
    assert 5000 <= record.steps < 5000 + 16 * 20
    assert spent(MaxSteps(10**9)).steps == BUDGET


def test_a_run_stops_at_its_target():
    full = spent(None)
    target = full.improvements[len(full.improvements) // 2, 1]
    record = spent(Target(target))
    assert record.best_return >= target
    assert 0 <= record.steps - record.steps_to(target) < 16 * 20
    assert spent(Target(full.best_return + 1)).steps == BUDGET


def test_a_run_stops_after_so_many_batches():
    batches = []
    spent(MaxBatches(7) | (lambda ledger: batches.append(len(ledger.batch.returns))))
    assert len(batches) == 7
    assert batches[0] == 20


def test_a_run_stops_when_it_stagnates():
    record = spent(Stagnation(3000))
    assert 3000 <= record.steps - record.improvements[-1, 0] < 3000 + 16 * 20
    gaps = [b - a for a, b in zip(record.improvements[:-1, 0], record.improvements[1:, 0], strict=True)]
    assert max(gaps) < 3000 + 16 * 20


def test_each_run_has_its_own_clock():
    times = iter(range(100))
    watch = MaxSeconds(2.5, clock=lambda: float(next(times)))
    one, other = SimpleNamespace(), SimpleNamespace()
    assert [watch(one) for _ in range(3)] == [False, False, True]  # 0-1, 2, 3
    assert [watch(other) for _ in range(3)] == [False, False, True]


def test_a_run_stops_when_its_time_is_up():
    assert spent(MaxSeconds(0)).steps == 16 * 20
    assert spent(MaxSeconds(3600)).steps == BUDGET


def test_any_of_several_or_all_of_several_end_a_run():
    short, long = MaxSteps(2000), MaxSteps(6000)
    ends = {name: spent(watch).steps for name, watch in {"or": short | long, "and": short & long}.items()}
    assert ends["or"] == spent(short).steps < ends["and"] == spent(long).steps
    assert spent(short & long | MaxBatches(3)).steps == spent(MaxBatches(3)).steps


def test_a_function_may_stand_on_either_side_and_every_part_is_called_each_time():
    seen = []

    def callback(ledger):
        seen.append(ledger.spent)

    for watch in (MaxSteps(2000) | callback, callback | MaxSteps(2000)):
        seen.clear()
        assert spent(watch).steps == seen[-1] == spent(MaxSteps(2000)).steps
    seen.clear()
    spent(lambda ledger: False & (MaxSteps(1) & callback)(ledger))
    assert seen[-1] == BUDGET
    assert spent(callback & MaxSteps(2000)).steps == BUDGET  # the callback never says so


def test_the_ledger_shows_each_batch_as_it_was_charged():
    sizes = []
    run(METHOD, TASK, 16 * 50, 0, watch=lambda ledger: sizes.append((ledger.batches, len(ledger.batch.melodies))))
    assert [n for n, _ in sizes] == list(range(1, len(sizes) + 1))
    assert sum(size for _, size in sizes) == 50  # the last is clipped to the budget


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: MaxSteps(0), "steps is 0"),
        (lambda: MaxBatches(0), "batches is 0"),
        (lambda: Stagnation(0), "steps is 0"),
        (lambda: MaxSeconds(-1), "seconds is -1"),
    ],
)
def test_numbers_out_of_range_are_refused(made, said):
    with pytest.raises(ValueError, match=said):
        made()
