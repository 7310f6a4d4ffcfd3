from __future__ import annotations

import itertools
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import evomusic as em
from evomusic._jit import njit
from evomusic.learn.walk import empty, grown, model_of, plan
from evomusic.models.walk import COUNT, FROZEN, start, step
from tests import naive, random_tasks

VIEWS = {
    "blind": em.View(),
    "short": em.View.named("short"),
    "two observers": em.View(observers=(em.rules.UniqueClimax(), em.rules.LeapRecovery())),
    "no clock": em.View(observers=(em.rules.UniqueClimax(), em.rules.LeapRecovery()), clock=False),
    "markov": em.View.named("markov"),
    "markov and more": em.View(observers=(em.rules.RepetitionLimit(),), rules=True),
}
EACH_VIEW = pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
EACH_MODEL = pytest.mark.parametrize("rows", ["listed", "on-demand"])


@njit(cache=True)
def walk(model, memory, actions, states, rewards, ends):
    s = start(model, memory, 0)
    for i in range(len(actions)):
        states[i] = s
        s, rewards[i], ends[i] = step(model, memory, s, actions[i], 0)
        if ends[i]:
            s = start(model, memory, 0)
    return s


def begin(task, view, rows, room=5000):
    """A model and the memory of its walk."""
    made = plan(task, view, rows)
    rows, _ = grown(made, empty(made)[0], room)
    return model_of(made, rows), rows.memory


def walked(kernel, task, view, rows, actions):
    model, memory = begin(task, view, rows)
    out = np.zeros(len(actions), np.int64), np.zeros(len(actions)), np.zeros(len(actions), np.bool_)
    last = kernel(model, memory, actions, *out)
    tables = [t.tolist() for t in (model.keys, model.ids)]
    return [*(o.tolist() for o in out), int(last), memory.tolist(), *tables]


def small_case(seed):
    """A task of six catalogue rules with odd weights, and a generator."""
    rng = np.random.default_rng(seed)
    grid = em.Grid(bars=2, beats=3, steps_per_beat=2, low=60, high=67, scale="C major")
    rules = random_tasks.pool(rng, grid)[seed % 3 :: 3]
    return em.Task(grid, em.Reward({rule: float(rng.normal()) for rule in rules})), rng


@EACH_VIEW
@EACH_MODEL
@pytest.mark.parametrize("seed", range(3))
def test_compiled_step_equals_its_plain_python_twin(seed, rows, view):
    task, rng = small_case(seed)
    actions = rng.integers(0, task.grid.tokens, 20 * task.grid.steps + 5)
    assert walked(walk, task, view, rows, actions) == walked(walk.py_func, task, view, rows, actions)


@EACH_VIEW
@EACH_MODEL
def test_rewards_of_a_walk_are_the_tasks_own(rows, view):
    task, rng = small_case(7)
    melodies = rng.integers(0, task.grid.tokens, (50, task.grid.steps), dtype=np.uint8)
    _, rewards, ends, *_ = walked(walk, task, view, rows, melodies.ravel().astype(np.int64))
    assert rewards == task.rewards(melodies).ravel().tolist()
    assert np.flatnonzero(ends).tolist() == list(range(task.grid.steps - 1, melodies.size, task.grid.steps))


def states_of(task, view, rows):
    """The state of every unfinished history of a tiny grid."""
    model, memory = begin(task, view, rows)
    states = {}
    for melody in naive.every_melody(task.grid).tolist():
        s = start(model, memory, None)
        for at, token in enumerate(melody):
            states[tuple(melody[:at])] = int(s)
            s, _, _ = step(model, memory, s, token, None)
    return states


def agent_state(view, grid, history):
    seen = [len(history)] if view.clock else []
    for observer in view.observers:
        memory = observer.start
        for at, token in enumerate(history):
            memory, _ = observer.read(memory, grid.event(token), naive.heard(observer, grid, at))
        seen.append(memory)
    return tuple(seen)


@EACH_MODEL
@pytest.mark.parametrize("name", ["blind", "short", "two observers", "no clock"])
def test_states_are_numbered_alike_exactly_when_agent_states_are_equal(name, rows):
    grid = em.Grid(bars=1, beats=5, steps_per_beat=1, low=60, high=61)
    task = em.Task(grid, em.Reward({em.rules.IntervalSize(): 1.0}))
    pairs = {(s, agent_state(VIEWS[name], grid, h)) for h, s in states_of(task, VIEWS[name], rows).items()}
    assert len(pairs) == len({s for s, _ in pairs}) == len({a for _, a in pairs}) > 1


@EACH_MODEL
@pytest.mark.parametrize("seed", range(8))
def test_histories_in_one_state_of_the_markov_view_have_one_future(seed, rows):
    rng = np.random.default_rng(seed)
    grid = em.Grid(bars=2, beats=2, steps_per_beat=1, low=60, high=62, chords=("C", "G7"))
    task = random_tasks.task(rng, grid, most=6)
    futures = {}
    for history, s in states_of(task, VIEWS["markov"], rows).items():
        rest = itertools.product(range(grid.tokens), repeat=grid.steps - len(history))
        rewards = task.rewards(np.array([[*history, *r] for r in rest], np.uint8))[:, len(history) :]
        assert (futures.setdefault(s, rewards) == rewards).all()
    assert len(futures) >= grid.steps


def test_frozen_walk_meets_no_new_rows():
    task, rng = small_case(1)
    model, memory = begin(task, VIEWS["short"], "on-demand")
    actions = rng.integers(0, task.grid.tokens, task.grid.steps)
    states, rewards, ends = np.zeros(len(actions), np.int64), np.zeros(len(actions)), np.zeros(len(actions), np.bool_)
    memory[FROZEN] = 1
    walk(model, memory, actions, states, rewards, ends)
    assert memory[COUNT] == 2
    assert states.tolist() == [1] + [0] * (len(actions) - 1)


def test_rows_keep_their_numbers_when_the_table_grows():
    task, rng = small_case(2)
    made = plan(task, VIEWS["two observers"], "on-demand")
    values, _ = grown(made, empty(made)[0], 2000)
    actions = rng.integers(0, task.grid.tokens, 1000)
    before, after = np.zeros((2, len(actions)), np.int64)
    rewards, ends = np.zeros(len(actions)), np.zeros(len(actions), np.bool_)
    walk(model_of(made, values), values.memory, actions, before, rewards, ends)
    larger, _ = grown(made, values, 10_000)
    assert len(larger.ids) > len(values.ids)
    walk(model_of(made, larger), larger.memory, actions, after, rewards, ends)
    assert (after == before).all()
    assert larger.memory[COUNT] == before.max() + 1


def test_states_that_share_a_place_in_the_hash_table_are_seen_apart():
    """Rests only: 96 states that differ in the clock alone, in 256 places."""
    task = em.Task(em.Grid(bars=16, beats=3, steps_per_beat=2), em.Reward())
    model, memory = begin(task, VIEWS["short"], "on-demand", room=96)
    assert len(model.ids) == 256
    states, rewards, ends = np.zeros(96, np.int64), np.zeros(96), np.zeros(96, np.bool_)
    walk(model, memory, np.zeros(96, np.int64), states, rewards, ends)
    assert states.tolist() == list(range(1, 97))


def test_states_are_listed_or_get_rows():
    task, _ = small_case(3)
    assert begin(task, VIEWS["short"], "listed")[0].size > 0
    assert begin(task, VIEWS["short"], "on-demand")[0].size == 0


PLAIN = """
import numpy as np
from tests.models import test_walk as m
assert not hasattr(m.walk, "py_func")
task, rng = m.small_case(0)
actions = rng.integers(0, task.grid.tokens, 100)
for rows in ("listed", "on-demand"):
    print(m.walked(m.walk, task, m.VIEWS["two observers"], rows, actions))
"""


def test_walk_without_compiling_is_the_same():
    root = Path(__file__).parents[2]
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(root)}
    command = [sys.executable, "-W", "ignore:overflow encountered", "-c", PLAIN]  # hashes wrap
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=root, check=False)
    assert done.returncode == 0, done.stderr
    task, rng = small_case(0)
    actions = rng.integers(0, task.grid.tokens, 100)
    compiled = [walked(walk, task, VIEWS["two observers"], rows, actions) for rows in ("listed", "on-demand")]
    assert done.stdout.splitlines() == [str(w) for w in compiled]
