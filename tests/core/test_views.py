from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pytest

import evomusic as em
from evomusic.core.views import NAMED, BarPosition, LastPitches, as_view, joined, observed
from evomusic.core.windows import Window
from tests import naive, random_tasks


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A rule by tables: next memory and value by what it hears (0, 1), memory and token."""

    following: tuple
    values: tuple
    hears: tuple = ()

    start = 0

    def read(self, memory, event, slot):
        plane = int(getattr(slot, self.hears[0])) % 2 if self.hears else 0
        return self.following[plane][memory][event.kind], self.values[plane][memory][event.kind]


def drawn(rng, tokens, hears=()):
    """A rule of two or three memories, that often forgets and seldom pays."""
    size = int(rng.integers(2, 4))
    shape = (2, size, tokens)
    following = np.where(rng.random(shape) < 0.5, rng.integers(0, size, shape), 0)
    values = np.where(rng.random(shape) < 0.25, rng.integers(-1, 2, shape), 0)
    return Drawn(
        following=tuple(tuple(map(tuple, plane)) for plane in following.tolist()),
        values=tuple(tuple(map(tuple, plane)) for plane in values.tolist()),
        hears=hears,
    )


def drawn_case(seed):
    """A tiny task of drawn rules, and a view that may or may not see what they remember."""
    rng = np.random.default_rng(seed)
    grid = em.Grid(bars=2, beats=2, steps_per_beat=1, low=60, high=60 + int(rng.integers(0, 2)))
    heard = [(), ("step",), ("bar_start",)]
    rules = [drawn(rng, grid.tokens, heard[rng.integers(3)]) for _ in range(rng.integers(1, 4))]
    others = [drawn(rng, grid.tokens, heard[rng.integers(3)]), LastPitches(int(rng.integers(1, 3)))]
    pool = [*rules, *others] if rng.random() < 0.5 else rules
    observers = tuple(o for o in pool if rng.random() < 0.6)
    view = em.View(observers=observers, clock=bool(rng.random() < 0.6))
    return em.Task(grid, em.Reward({rule: float(rng.choice([1.0, 0.5, -2.0])) for rule in rules})), view


def catalogue_case(seed):
    """A tiny task of catalogue rules, seen through some of them."""
    rng = np.random.default_rng(seed)
    grid = random_tasks.tiny_grid(rng)
    while grid.tokens**grid.steps > 1000:
        grid = random_tasks.tiny_grid(rng)
    task = random_tasks.task(rng, grid, most=3)
    return task, em.View(
        observers=tuple(r for r in task.reward.rules if rng.random() < 0.7), clock=bool(rng.random() < 0.6)
    )


def memory_after(observer, grid, history):
    memory = observer.start
    for step, token in enumerate(history):
        memory, _ = observer.read(memory, grid.event(token), naive.heard(observer, grid, step))
    return memory


def agent_state(view, grid, history):
    return (len(history) if view.clock else None, *(memory_after(o, grid, history) for o in view.observers))


def rewards_next(task, history):
    """Values of each rule for each token that may follow (A, R)."""
    return tuple(
        tuple(
            naive.quantised(weight * naive.rule_values(rule, task.grid, [*history, token])[-1])
            for rule, weight in task.reward.rules.items()
        )
        for token in range(task.grid.tokens)
    )


def markov_by_brute_force(task, view):
    """Over all histories: equal agent states pay alike, and, without the clock, move alike."""
    grid, answers = task.grid, {}
    for length in range(grid.steps):
        for history in itertools.product(range(grid.tokens), repeat=length):
            answer = rewards_next(task, history)
            if not view.clock:
                answer = answer, tuple(agent_state(view, grid, [*history, a]) for a in range(grid.tokens))
            if answers.setdefault(agent_state(view, grid, history), answer) != answer:
                return False
    return True


@pytest.mark.parametrize("seed", range(120))
def test_is_markov_equals_brute_force_on_drawn_rules(seed):
    task, view = drawn_case(seed)
    assert view.is_markov(task) == markov_by_brute_force(task, view)


@pytest.mark.parametrize("seed", range(40))
def test_is_markov_equals_brute_force_on_catalogue_rules(seed):
    task, view = catalogue_case(seed)
    assert view.is_markov(task) == markov_by_brute_force(task, view)


def test_brute_force_cases_hold_both_answers_with_and_without_the_clock():
    cases = [drawn_case(seed) for seed in range(120)]
    answers = [(view.clock, view.is_markov(task)) for task, view in cases]
    assert min(answers.count((clock, markov)) for clock in (True, False) for markov in (True, False)) >= 5


@pytest.mark.parametrize("seed", range(10))
def test_markov_view_is_markov(seed):
    rng = np.random.default_rng(seed)
    task = random_tasks.task(rng, random_tasks.any_grid(rng), most=4)
    assert em.View.named("markov").is_markov(task)


def test_markov_view_is_markov_when_rules_cancel():
    """Two rules whose sum never pays are fused into nothing; the view still says what each of them pays."""
    flips = ((0, 0, 1), (1, 1, 0))  # at each onset
    every_other = Drawn(following=(flips,), values=(((0, 0, 0), (0, 0, 1)),))
    opposite = Drawn(following=(flips,), values=(((0, 0, 0), (0, 0, -1)),))
    task = em.Task(em.Grid(bars=1, low=60, high=60), em.Reward({every_other: 1.0, opposite: 1.0}))
    assert em.View.named("markov").is_markov(task)


def test_view_that_sees_too_little_is_not_markov():
    task = em.Task(em.Grid(), em.Reward({em.rules.LeapRecovery(): 1.0}))
    assert not em.View.named("short").is_markov(task)
    assert em.View(observers=(em.rules.LeapRecovery(),)).is_markov(task)


def test_final_reward_makes_every_view_partial():
    task = em.Task(em.Grid(), em.Reward(final={em.measures.PitchEntropy(): 1.0}))
    assert not em.View.named("markov").is_markov(task)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_last_pitches_are_the_last_pitches(count):
    grid = em.Grid(bars=1, beats=6, steps_per_beat=1, low=60, high=64)
    history = [grid.token(60), 1, grid.token(62), 0, grid.token(64), grid.token(61)]
    pitches = [60, 62, 64, 61]
    assert memory_after(LastPitches(count), grid, history) == tuple(pitches[-count:])
    assert memory_after(LastPitches(count), grid, history[:2]) == (60,)


def test_last_pitches_need_a_count():
    with pytest.raises(ValueError, match="LastPitches count is 0, expected a whole number from 1 up"):
        LastPitches(0)


@pytest.mark.parametrize("length", [1, 2, 4])
@pytest.mark.parametrize("of", [LastPitches(2), BarPosition(), em.rules.LeapRecovery()], ids=lambda o: type(o).__name__)
def test_a_window_remembers_what_another_observer_did_at_the_last_steps(of, length):
    grid = em.Grid(bars=2, beats=3, steps_per_beat=1, low=60, high=71)
    history = [grid.token(60), 1, grid.token(71), 0, grid.token(62), grid.token(64)]
    before = [of.start] * (length - 1)
    observed_so_far = before + [memory_after(of, grid, history[:n]) for n in range(len(history) + 1)]
    for n in range(len(history) + 1):
        assert memory_after(Window(of, length), grid, history[:n]) == tuple(observed_so_far[n : n + length])


@pytest.mark.parametrize("clock", [True, False])
def test_a_window_of_length_one_is_the_observer_itself(clock):
    task = em.make("tiny", bars=2)
    plain, windowed = (em.View(observers=(o,), clock=clock) for o in (LastPitches(), Window(LastPitches(), 1)))
    histories = np.random.default_rng(0).integers(0, task.grid.tokens, (50, task.grid.steps), np.uint8)
    assert (em.agent_states(task, plain, histories) == em.agent_states(task, windowed, histories)).all()


def test_a_window_of_tokens_sees_as_much_as_last_symbols_once_it_is_full():
    task = em.make("family", length=8, alphabet=4)
    windowed, plain = (em.View(observers=(o,), clock=False) for o in (Window(em.LastSymbols(1), 3), em.LastSymbols(3)))
    histories = np.random.default_rng(0).integers(0, task.grid.tokens, (200, 8), np.uint8)
    pairs = np.stack([em.agent_states(task, view, histories)[:, 3:].ravel() for view in (windowed, plain)])
    assert len(np.unique(pairs, axis=1).T) == len(np.unique(pairs[0])) == len(np.unique(pairs[1]))


def test_a_longer_window_is_worth_no_less():
    task = em.make("tiny", bars=2)
    windows = [em.View(observers=(Window(LastPitches(), n),), clock=False) for n in (1, 2, 3)]
    worth = [em.value_of_observation(task, view).value for view in windows]
    assert worth == sorted(worth)
    assert worth[0] == em.value_of_observation(task, "pitch").value < worth[-1] <= task.optimum().value


@pytest.mark.parametrize(
    ("of", "length", "message"),
    [
        (LastPitches(), 0, "Window length is 0, expected a whole number from 1 to 1,000"),
        ("pitch", 2, "Window of is 'pitch', expected an observer: a rule, or what has start, hears and read"),
        (LastPitches, 2, "it is a class, not an object of it"),
    ],
)
def test_a_window_needs_an_observer_and_a_length(of, length, message):
    with pytest.raises(ValueError, match=message):
        Window(of, length)


def test_view_holds_its_observers_as_a_tuple_and_equal_views_are_one():
    view = em.View(observers=[LastPitches()])
    assert view == NAMED["short"]
    assert hash(view) == hash(NAMED["short"])


def test_view_is_found_by_name_and_a_misspelt_name_is_answered():
    assert as_view("pair").observers == (LastPitches(2),)
    assert as_view(NAMED["blind"]) is NAMED["blind"]
    with pytest.raises(ValueError, match=r"view 'shrot' is not known.*did you mean 'short'"):
        as_view("shrot")


def test_joined_observers_tell_what_each_of_them_remembers():
    rng = np.random.default_rng(1)
    grid = em.Grid(bars=2, beats=2, steps_per_beat=1, low=60, high=61)
    task = em.Task(grid, em.Reward())
    view = em.View(observers=(drawn(rng, 4), drawn(rng, 4, ("bar_start",)), LastPitches()))
    joint = joined(observed(task, view).automata)
    numbers = {}
    for length in range(grid.steps + 1):
        for history in itertools.product(range(grid.tokens), repeat=length):
            at = 0
            for step, token in enumerate(history):
                at = int(joint.next[joint.slot[step], at, token])
            numbers.setdefault(agent_state(view, grid, history)[1:], set()).add(at)
    assert all(len(n) == 1 for n in numbers.values())
    assert sorted(n for ns in numbers.values() for n in ns) == list(range(joint.size))


def test_joining_beyond_the_limit_gives_nothing():
    task = em.Task(em.Grid(), em.Reward())
    seen = observed(task, em.View(observers=(LastPitches(), em.rules.LeapRecovery(), em.rules.UniqueClimax())))
    assert joined(seen.automata, limit=50) is None
