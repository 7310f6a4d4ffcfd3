from __future__ import annotations

import numpy as np
import pytest

import evomusic as em
from evomusic.core.optimum import bounds as search
from evomusic.core.optimum import layers
from evomusic.core.optimum import solve as planner
from evomusic.core.optimum.kbest import ignores_silent_holds
from evomusic.core.optimum.solve import solve
from evomusic.core.reward import QUANTUM
from tests import naive, random_tasks


def tiny(seed):
    rng = np.random.default_rng(seed)
    return random_tasks.task(rng, random_tasks.tiny_grid(rng))


@pytest.mark.parametrize("seed", range(100))
def test_optimum_equals_brute_force(seed):
    task = tiny(seed)
    best = task.optimum()
    assert best.value == task.evaluate(naive.every_melody(task.grid)).max()
    assert task.evaluate(best.melody.tokens[None])[0] == best.value


@pytest.mark.parametrize("seed", range(30))
def test_k_best_equal_brute_force_over_sounds(seed):
    task = tiny(seed)
    every = naive.every_melody(task.grid)
    by_sound: dict[bytes, float] = {}
    for plain, value in zip(em.canonical(every), task.evaluate(every), strict=True):
        by_sound[plain.tobytes()] = max(by_sound.get(plain.tobytes(), -np.inf), value)
    expected = sorted(by_sound.values(), reverse=True)[:7]
    best = task.best(7)
    assert [b.value for b in best] == expected
    assert len({em.canonical(b.melody.tokens).tobytes() for b in best}) == len(best)
    for b in best:
        assert task.evaluate(b.melody.tokens[None])[0] == b.value


def test_catalogue_rules_pay_what_sounds_alike_alike():
    rng = np.random.default_rng(0)
    grid = em.Grid(bars=2, scale="C major", chords=("C", "G7"))
    for rule in random_tasks.pool(rng, grid):
        assert ignores_silent_holds(em.Task(grid, em.Reward({rule: 1.0})).machine), rule


def test_rule_that_tells_a_hold_in_silence_is_found_out_and_k_best_still_differ_in_sound():
    class HoldLover:
        """+1 for a hold, even in silence."""

        start, hears = None, ()

        def read(self, memory, event, slot):
            return None, 1.0 if event.is_hold else 0.0

    task = em.Task(em.Grid(bars=1, beats=3, steps_per_beat=1, low=60, high=60), em.Reward({HoldLover(): 1.0}))
    assert not ignores_silent_holds(task.machine)
    best = task.best(3)
    assert [b.value for b in best] == [3.0, 2.0, 2.0]
    assert len({em.canonical(b.melody.tokens).tobytes() for b in best}) == 3


@pytest.mark.parametrize("seed", range(12))
def test_no_random_melody_or_bound_beats_the_optimum(seed):
    rng = np.random.default_rng(seed)
    task = random_tasks.task(rng, random_tasks.any_grid(rng), most=6)
    bound = task.bound()
    melodies = rng.integers(0, task.grid.tokens, (3000, task.grid.steps), dtype=np.uint8)
    assert task.evaluate(melodies).max() <= bound.value <= bound.upper
    assert task.evaluate(bound.melody.tokens[None])[0] == bound.value


def test_multipliers_sum_to_zero_and_bounds_are_exact_numbers():
    rng = np.random.default_rng(1)
    task = random_tasks.task(rng, em.Grid(bars=2), most=8)
    solution = solve(task.machine)
    assert (solution.bounds.multipliers.sum(axis=0) == 0).all()
    assert solution.bounds.upper / QUANTUM == round(solution.bounds.upper / QUANTUM)


def test_layers_composed_pay_the_sum():
    rng = np.random.default_rng(2)
    task = random_tasks.task(rng, random_tasks.tiny_grid(rng), most=4)
    flat = layers.flatten(layers.regroup(task.machine.automata))
    bounds = search.tighten(flat, np.zeros((*flat.place.shape, flat.value.shape[1])), -1e6, 1)
    found, complete = search.forward(flat, bounds, -1e9)
    assert complete
    assert search.best_path(found)[0] == task.evaluate(naive.every_melody(task.grid)).max()


def test_search_that_outgrows_its_budget_says_so():
    task = em.make("rules")
    flat = layers.flatten(layers.regroup(task.machine.automata))
    bounds = search.tighten(flat, np.zeros((*flat.place.shape, flat.value.shape[1])), -1e6, 1)
    _, complete = search.forward(flat, bounds, -1e9, budget=1000)
    assert not complete


def test_a_beam_of_any_width_comes_to_the_end_of_a_melody(monkeypatch):
    monkeypatch.setattr(planner, "MANY", 10)  # states of all layers: fewer than the beam's
    task = em.make("rules")
    flat = layers.flatten(layers.regroup(task.machine.automata))
    bounds = search.tighten(flat, np.zeros((*flat.place.shape, flat.value.shape[1])), -1e6, 5)
    value, tokens = planner._beam(flat, bounds, -1e6, 50)
    assert task.evaluate(tokens[None])[0] == value


def test_task_with_final_rewards_has_a_bound_but_no_optimum():
    rng = np.random.default_rng(7)
    task = random_tasks.task(rng, random_tasks.tiny_grid(rng), final=True)
    with pytest.raises(em.NotCertified, match="final rewards") as caught:
        task.optimum()
    best = task.evaluate(naive.every_melody(task.grid)).max()
    assert caught.value.value <= best <= caught.value.upper
    assert task.evaluate(caught.value.melody.tokens[None])[0] == caught.value.value


def test_k_must_be_positive():
    with pytest.raises(ValueError, match="k is 0"):
        tiny(0).best(0)


def test_q_table_of_tiny_is_whole_and_holds_what_q_learning_learns():
    task = em.make("tiny")
    rows = {row.history: row.q for row in task.q_table()}
    assert rows[()].max() == task.optimum().value
    every = naive.every_melody(task.grid)
    returns, so_far = task.evaluate(every), np.cumsum(task.rewards(every), axis=1)
    for history, q in rows.items():
        n = len(history)
        begins = (every[:, :n] == history).all(axis=1)
        earned = so_far[begins, n - 1][0] if n else 0.0
        assert [returns[begins & (every[:, n] == a)].max() - earned for a in range(task.grid.tokens)] == q.tolist()
    learnt = em.run(em.QLearning(view="markov", alpha=0.5, epsilon=0.5), task, steps=400_000, seed=0).state.q
    assert learnt[0] == pytest.approx(rows[()], abs=1e-6)


def test_q_table_of_a_large_task_is_refused():
    with pytest.raises(em.TooManyStates, match="meant for small tasks"):
        em.make("rules").q_table()
