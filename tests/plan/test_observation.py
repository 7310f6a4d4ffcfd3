from __future__ import annotations

import itertools
from dataclasses import dataclass

import gymnasium
import numpy as np
import pytest

import evomusic as em
from evomusic.core.histories import agent_states
from evomusic.core.views import LastPitches
from evomusic.plan.mdp.evaluation import evaluate_policy
from evomusic.plan.memoryless import best_memoryless
from evomusic.plan.observation import value_of_observation
from tests import naive, random_tasks


@dataclass(frozen=True)
class Place:
    """Remembers the position in the bar of the step to come."""

    start = 0
    hears = ("bar_last", "position")

    def read(self, memory, event, slot):
        return 0 if slot.bar_last else slot.position + 1, 0.0


VIEWS = {
    "nothing": em.View(clock=False),
    "last pitch": em.View(observers=(LastPitches(),), clock=False),
    "last two": em.View(observers=(LastPitches(2),), clock=False),
    "place": em.View(observers=(Place(),), clock=False),
    "run": em.View(observers=(em.rules.DirectionRuns(limit=2),), clock=False),
    "rules": em.View(rules=True, clock=False),
}
BOTH = em.View(observers=(LastPitches(), Place()), clock=False)


def best_of_all(task, view):
    """The best melody whose equal agent states always chose equal tokens, by looking at every melody."""
    every = naive.every_melody(task.grid)
    states = agent_states(task, view, every)[:, :-1]
    able = [
        len(set(zip(row, melody, strict=True))) == len(set(row))
        for row, melody in zip(states.tolist(), every.tolist(), strict=True)
    ]
    return task.evaluate(every[able]).max()


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
@pytest.mark.parametrize("seed", range(8))
def test_no_melody_that_the_view_can_write_is_better(seed, view):
    rng = np.random.default_rng(seed)
    task = random_tasks.task(rng, random_tasks.tiny_grid(rng))
    found = value_of_observation(task, view)
    assert found.value == best_of_all(task, view)
    assert found.optimum == task.optimum().value
    assert found.loss == found.optimum - found.value >= 0


def follow(task, view, policy):
    """The melody that a policy writes."""
    tokens = []
    for _ in range(task.grid.steps):
        state = agent_states(task, view, np.array([tokens], np.uint8).reshape(1, -1))[0, -1]
        tokens.append(policy[int(state)])
    return tokens


@pytest.mark.parametrize("view", [*VIEWS.values(), em.View.named("short")], ids=[*VIEWS, "short"])
def test_the_policy_writes_the_melody_and_the_melody_earns_the_value(view):
    task = em.make("tiny", bars=2)
    found = value_of_observation(task, view)
    assert follow(task, view, found.policy) == found.melody.tokens.tolist()
    assert task.evaluate(found.melody.tokens[None])[0] == found.value


@pytest.mark.parametrize("name", ["blind", "short", "markov"])
def test_a_view_with_a_clock_loses_nothing(name):
    assert value_of_observation(em.make("tiny"), name).loss == 0


def test_two_bars_of_tiny_without_a_clock():
    """All 390,625 melodies say so: knowing the last pitch costs 1, the last two .3, the last and the place .1."""
    task = em.make("tiny", bars=2)
    losses = [value_of_observation(task, v).loss for v in (VIEWS["last pitch"], VIEWS["last two"], BOTH)]
    assert losses == pytest.approx([1.0, 0.3, 0.1], abs=1e-8)


@pytest.mark.slow
@pytest.mark.parametrize("view", [VIEWS["last pitch"], VIEWS["last two"], BOTH], ids=["one", "two", "place"])
def test_two_bars_of_tiny_by_looking_at_every_melody(view):
    task = em.make("tiny", bars=2)
    assert value_of_observation(task, view).value == best_of_all(task, view)


def test_seeing_more_is_never_worth_less():
    task = em.make("tiny", bars=4)
    views = ["nothing", "last pitch", "last two"]
    values = [value_of_observation(task, VIEWS[v]).value for v in views]
    assert values == sorted(values)
    assert values[0] < values[-1] < task.optimum().value


def test_a_search_that_does_not_close_says_what_it_knows():
    task = em.make("tiny", bars=4)
    truth = value_of_observation(task, VIEWS["last two"])
    with pytest.raises(em.NotCertified, match="no best memoryless policy was proved within 300 nodes") as raised:
        value_of_observation(task, VIEWS["last two"], limit=300)
    assert raised.value.value <= truth.value <= raised.value.upper
    assert task.evaluate(raised.value.melody.tokens[None])[0] == raised.value.value


def test_final_rewards_have_no_certified_loss():
    task = em.Task(em.Grid(bars=1, low=60, high=62), em.Reward(final={em.measures.PitchEntropy(): 1.0}))
    with pytest.raises(em.NotCertified, match="final rewards"):
        value_of_observation(task, "short")


@pytest.mark.parametrize(
    ("seen", "gamma", "message"),
    [("short", 0.9, "gamma is 0.9, expected 1"), (np.zeros(3, int), 1, "expected a view of task 'tiny'")],
)
def test_a_task_wants_a_view_and_no_discount(seen, gamma, message):
    with pytest.raises(ValueError, match=message):
        value_of_observation(em.make("tiny"), seen, gamma)


def drawn_model(seed):
    """A model of 5 states of which 3 observations are seen; episodes may end anywhere."""
    rng = np.random.default_rng(seed)
    p = rng.random((6, 3, 6)) ** 4
    p[:, :, 5] += 0.05
    p /= p.sum(axis=2, keepdims=True)
    return em.FiniteMDP.from_arrays(p, rng.normal(size=(6, 3)), 0, terminal=[5]), np.array([0, 4, 4, 7, 7, 0])


@pytest.mark.parametrize("gamma", [0.5, 0.95, 1.0])
@pytest.mark.parametrize("seed", range(6))
def test_of_an_explicit_model_no_memoryless_policy_is_better(seed, gamma):
    mdp, seen = drawn_model(seed)
    found = value_of_observation(mdp, seen, gamma)
    _, number = np.unique(seen, return_inverse=True)
    worths = [
        mdp.start @ evaluate_policy(mdp, np.array(acts)[number], gamma)
        for acts in itertools.product(range(3), repeat=3)
    ]
    assert found.value == pytest.approx(max(worths), rel=1e-8)
    assert found.optimum >= found.value - 1e-9
    taken = np.array([found.policy.get(o, 0) for o in seen])
    assert mdp.start @ evaluate_policy(mdp, taken, gamma) == pytest.approx(found.value, rel=1e-8)


def test_seeing_every_state_loses_nothing():
    mdp, _ = drawn_model(1)
    assert value_of_observation(mdp, np.arange(6), 0.9).loss == pytest.approx(0, abs=1e-8)


def two_aliased_states():
    """Two states that look alike; one action each is right, and leads to the other (Singh, Jaakkola & Jordan 1994)."""
    p = np.zeros((2, 2, 2))
    p[0, 0, 1] = p[0, 1, 0] = p[1, 1, 0] = p[1, 0, 1] = 1.0
    return em.FiniteMDP.from_arrays(p, np.array([[1.0, -1.0], [-1.0, 1.0]]), 0)


def test_two_aliased_states_cost_what_singh_jaakkola_and_jordan_say():
    """Seeing all is worth 1 / (1 - gamma), the best deterministic memoryless policy 1 - gamma / (1 - gamma)."""
    gamma = 0.9
    found = value_of_observation(two_aliased_states(), np.zeros(2, int), gamma)
    assert found.optimum == pytest.approx(1 / (1 - gamma))
    assert found.value == pytest.approx(1 - gamma / (1 - gamma))
    assert evaluate_policy(two_aliased_states(), np.full((2, 2), 0.5), gamma)[0] > found.value  # chance does better


def test_a_corridor_that_looks_alike_on_both_sides_of_the_goal_is_never_left():
    """Start to the left or right of a goal that looks the same: half of the starts walk away for ever, at -1 a step."""
    p = np.zeros((3, 2, 3))
    p[0, 0, 0] = p[0, 1, 1] = p[2, 0, 1] = p[2, 1, 2] = p[1, :, 1] = 1.0
    mdp = em.FiniteMDP.from_arrays(p, np.full((3, 2), -1.0), [0.5, 0, 0.5], terminal=[1])
    found = value_of_observation(mdp, np.array([0, 1, 0]), 0.5)
    assert (found.optimum, found.value) == pytest.approx((-1.0, -1.5))
    with pytest.raises(ValueError, match="every memoryless policy goes on for ever"):
        value_of_observation(mdp, np.array([0, 1, 0]), 1.0)


def test_policies_beyond_the_limit_and_rows_that_do_not_fit_are_refused():
    mdp, seen = drawn_model(0)
    with pytest.raises(ValueError, match="not found within 2 nodes; raise limit"):
        value_of_observation(mdp, seen, 0.9, limit=2)
    with pytest.raises(ValueError, match=r"seen has shape \(5,\)"):
        value_of_observation(mdp, seen[:5], 0.9)
    with pytest.raises(ValueError, match="expected 6 whole numbers from 0 up"):
        best_memoryless(mdp, seen - 1, 0.9, 10)


@pytest.mark.parametrize("gamma", [0.9, 1.0])
def test_frozen_lake_of_which_only_the_column_is_seen(gamma):
    """All 256 policies of the columns say the same; some of them never leave the ice."""
    mdp = em.FiniteMDP.from_gymnasium(gymnasium.make("FrozenLake-v1"))
    column = np.arange(16) % 4
    every = itertools.product(range(4), repeat=4)
    best = max(mdp.start @ evaluate_policy(mdp, np.array(acts)[column], gamma) for acts in every)
    found = value_of_observation(mdp, column, gamma)
    assert found.value == pytest.approx(best, abs=1e-9)
    assert found.loss > 0.02
