from __future__ import annotations

import copy
import itertools
import pickle
import warnings
from functools import lru_cache

import gymnasium
import numpy as np
import pytest
from gymnasium.error import ResetNeeded
from gymnasium.utils.env_checker import check_env

import evomusic as em
import evomusic.env
from tests import random_tasks

ID = evomusic.env.ENV_ID
OBSERVATIONS = pytest.mark.parametrize("observation", ["state", "history"])
FINAL = pytest.mark.parametrize("final", [False, True], ids=["rules", "final"])


@lru_cache
def small_task(seed=0, final=False, bars=2):
    """Four to eight catalogue rules with odd weights: most steps are paid something of their own."""
    rng = np.random.default_rng(seed)
    grid = em.Grid(bars=bars, beats=3, steps_per_beat=2, low=60, high=72, scale="C major")
    rules = [r for i, r in enumerate(random_tasks.pool(rng, grid)) if i % 5 in (seed % 5, 2)]
    measures = {em.measures.PitchEntropy(): 0.3, em.measures.BarRepetition(): 1.5} if final else {}
    return em.Task(grid, em.Reward({r: float(rng.normal()) for r in rules}, final=measures))


def uniform(task, count, seed=0):
    return np.random.default_rng(seed).integers(0, task.grid.tokens, (count, task.grid.steps), dtype=np.uint8)


def played(env, melody):
    """Play a melody; return observations (with the first), rewards, ends and infos."""
    observation, info = env.reset()
    observations, rewards, ends, infos = [observation], [], [], [info]
    for token in melody:
        observation, reward, terminated, truncated, info = env.step(token)
        assert truncated is False
        observations.append(observation)
        rewards.append(reward)
        ends.append(terminated)
        infos.append(info)
    return observations, rewards, ends, infos


# One melody at a time


@OBSERVATIONS
@pytest.mark.parametrize("view", ["short", "blind"])
@FINAL
def test_gymnasium_finds_no_fault(observation, view, final):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env = gymnasium.make(ID, task=small_task(final=final), view=view, observation=observation, render_mode="ansi")
        check_env(env.unwrapped)


def test_gymnasium_finds_no_fault_without_the_clock_or_with_a_masked_hold_or_a_melody_of_one_step():
    one = em.Task(em.Grid(bars=1, beats=1, steps_per_beat=1), em.Reward({em.rules.InScale("C major"): 1.0}))
    for kwargs in (
        {"task": small_task(), "view": em.View(observers=(em.rules.UniqueClimax(),), clock=False)},
        {"task": small_task(), "mask_silent_holds": True},
        {"task": one},
        {"task": one, "observation": "history"},
    ):
        check_env(gymnasium.make(ID, **kwargs).unwrapped)


@OBSERVATIONS
@FINAL
@pytest.mark.parametrize("seed", range(5))
def test_rewards_sum_to_the_return_exactly(seed, final, observation):
    task = small_task(seed, final)
    env = em.MelodyEnv(task, observation=observation)
    melodies = uniform(task, 20, seed)
    for melody, value, steps in zip(melodies, task.evaluate(melodies), task.rewards(melodies), strict=True):
        _, rewards, *_ = played(env, melody)
        assert all(type(r) is float for r in rewards)
        assert rewards == steps.tolist()
        assert sum(rewards) == value


def test_melody_ends_by_termination_at_the_last_step_and_info_tells_it():
    task = small_task()
    melody = uniform(task, 1)[0]
    _, _, ends, infos = played(em.MelodyEnv(task), melody)
    assert ends == [False] * (task.grid.steps - 1) + [True]
    assert all(type(e) is bool for e in ends)
    assert [i for i, info in enumerate(infos) if "melody" in info] == [task.grid.steps]
    assert infos[-1]["melody"].dtype == np.uint8
    assert (infos[-1]["melody"] == melody).all()


def test_history_is_the_tokens_so_far_and_the_step():
    task = small_task()
    melody, steps, unwritten = uniform(task, 1)[0].tolist(), task.grid.steps, task.grid.tokens
    env = em.MelodyEnv(task, observation="history")
    observations, *_ = played(env, melody)
    for at, observation in enumerate(observations):
        assert observation.tolist() == melody[:at] + [unwritten] * (steps - at) + [at]
        assert observation in env.observation_space
    assert env.observation_space.nvec.tolist() == [unwritten + 1] * steps + [steps + 1]


@pytest.mark.parametrize("clock", [True, False], ids=["clock", "no clock"])
def test_state_is_equal_exactly_when_the_agent_state_is(clock):
    grid = em.Grid(bars=1, beats=5, steps_per_beat=1, low=60, high=61)
    task = em.Task(grid, em.Reward({em.rules.LeapRecovery(): 1.0}))
    env = em.MelodyEnv(task, em.View(observers=em.View.named("pair").observers, clock=clock))
    pairs = set()
    for melody in itertools.product(range(grid.tokens), repeat=grid.steps):
        observations, *_ = played(env, melody)
        for at, state in enumerate(observations):
            pitches = tuple(grid.pitches[t - 2] for t in melody[:at] if t >= 2)[-2:]
            complete = clock and at == grid.steps  # one state, whatever is remembered
            pairs.add((state, ("complete",) if complete else (at if clock else None, pitches)))
            assert state in env.observation_space
    assert len(pairs) == len({s for s, _ in pairs}) == len({a for _, a in pairs})


def test_complete_melody_is_the_last_state():
    env = em.MelodyEnv(small_task())
    observations, *_ = played(env, [0] * env.task.grid.steps)
    assert observations[-1] == env.observation_space.n - 1
    assert env.observation_space.start == 0


def test_states_are_numbered_as_a_learner_numbers_its_values():
    task = small_task(2)
    env = em.MelodyEnv(task, "short")
    record = em.run(em.QLearning(view="short"), task, steps=20_000, seed=0)
    q = record.state.q
    assert env.observation_space.n == len(q) + 1  # and the end
    returns, (observation, _) = 0.0, env.reset()
    for _ in range(task.grid.steps):
        (best,) = np.flatnonzero(q[observation] == q[observation].max())  # no tie
        observation, reward, *_ = env.step(best)
        returns += reward
    assert returns == record.curve.delivered[-1] != 0.0


def test_text_of_what_is_written_is_rendered():
    task = small_task()
    melody = uniform(task, 1)[0]
    env = gymnasium.make(ID, task=task, render_mode="ansi")
    env.reset()
    text = em.Melody(melody, task.grid).text
    assert env.render() == ""
    for at, token in enumerate(melody):
        env.step(token)
        assert text.startswith(env.render())
        assert len(env.render().replace("|", "").split()) == at + 1
        assert not env.render().endswith("|")
    assert env.render() == text
    assert em.MelodyEnv(task).render() is None


def test_every_token_is_allowed_unless_silent_holds_are_masked():
    task = small_task()
    melody = [1, 0, 1, 4, 1, 1, 0, 1, 5, 6, 1, 0]
    sounding = [False, False, False, False, True, True, True, False, False, True, True, True, False]
    for masked in (False, True):
        env = em.MelodyEnv(task, mask_silent_holds=masked)
        _, _, _, infos = played(env, melody)
        masks = np.array([info["action_mask"] for info in infos])
        assert masks.dtype == np.int8
        assert masks[:, 1].tolist() == [int(s or not masked) for s in sounding]
        assert np.delete(masks, 1, axis=1).all()
        assert env.action_masks().dtype == np.bool_
        assert env.action_masks().tolist() == masks[-1].astype(bool).tolist()
        assert env.action_space.sample(infos[0]["action_mask"]) in env.action_space


def test_reset_seeds_as_gymnasium_does():
    env = em.MelodyEnv(small_task())
    env.reset(seed=5)
    assert env.np_random.random() == np.random.default_rng(5).random()
    assert env.np_random_seed == 5


def test_step_without_a_melody_under_way_is_refused():
    env = em.MelodyEnv(small_task())
    with pytest.raises(ResetNeeded, match="call reset first"):
        env.step(0)
    played(env, [0] * env.task.grid.steps)
    with pytest.raises(ResetNeeded, match="after each melody's last step"):
        env.step(0)


def test_action_that_is_no_token_is_refused_and_nothing_is_written():
    env = em.MelodyEnv(small_task(), observation="history")
    env.reset()
    for action in (-1, env.task.grid.tokens, np.int64(99), 1.5, "1", None, True, [3], 10**400):
        with pytest.raises(
            ValueError, match=r"action is .*, expected a token of this grid, a whole number from 0 to 9"
        ):
            env.step(action)
    assert env.step(np.uint8(3))[0][-1] == 1


@pytest.mark.parametrize(
    "duplicate", [copy.deepcopy, lambda env: pickle.loads(pickle.dumps(env))], ids=["copy", "pickle"]
)
def test_copy_in_mid_melody_goes_on_alike_and_alone(duplicate):
    task = small_task(3)
    melody = uniform(task, 1)[0].tolist()
    whole = played(em.MelodyEnv(task, observation="history"), melody)
    env = em.MelodyEnv(task, observation="history")
    env.reset()
    for token in melody[:5]:
        env.step(token)
    other = duplicate(env)
    for at, token in enumerate(melody[5:], 5):
        observation, reward, *_ = other.step(token)
        assert observation.tolist() == whole[0][at + 1].tolist()
        assert reward == whole[1][at]
    assert env.step(melody[5])[0].tolist() == whole[0][6].tolist()


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"view": "shrot"}, "view 'shrot' is not known"),
        (
            {"observation": "histroy"},
            "observation is 'histroy', expected one of 'state', 'history'; did you mean 'history'",
        ),
        ({"observation": None}, "observation is None, expected one of"),
        ({"render_mode": "human"}, "render_mode is 'human', expected one of 'ansi'"),
        ({"render_mode": 2.5}, "render_mode is 2.5, expected one of"),
        ({"mask_silent_holds": 1}, "mask_silent_holds is 1, expected True or False"),
        ({"view": 2.5}, "view is 2.5"),
        ({"view": em.View}, "view is .*View"),
        ({"task": 3}, "task is 3, expected a Task, or a name of the catalogue"),
        ({"task": None}, "task is None, expected a Task"),
        ({"task": em.Task}, "task is .*Task.*, expected a Task"),
    ],
)
def test_unknown_choices_are_named(kwargs, message):
    with pytest.raises(ValueError, match=message):
        em.MelodyEnv(**{"task": small_task(), **kwargs})
    with pytest.raises(ValueError, match=message):
        em.MelodyVectorEnv(**{"task": small_task(), **kwargs})


def test_view_whose_states_cannot_be_numbered_is_refused_but_its_history_is_not():
    task = em.Task(em.Grid(), em.Reward({em.rules.InScale("C major"): 1.0}))
    view = em.View(
        observers=(em.rules.LeapRecovery(), em.rules.UniqueClimax(), em.rules.Range(), em.rules.Cadence("C major"))
    )
    with pytest.raises(ValueError, match="too many to number agent states; use observation='history'"):
        em.MelodyEnv(task, view)
    assert em.MelodyEnv(task, view, observation="history").reset()[0].shape == (65,)


# Registration


def test_make_takes_a_task_or_its_name():
    task = small_task()
    assert gymnasium.make(ID, task=task).unwrapped.task is task
    named = gymnasium.make(ID, task="tiny", view="pair").unwrapped
    assert isinstance(named, em.MelodyEnv)
    assert named.task.name == "tiny"
    spec = gymnasium.make(ID, task="tiny").spec
    assert gymnasium.make(gymnasium.envs.registration.EnvSpec.from_json(spec.to_json())).unwrapped.task.name == "tiny"


def test_name_with_its_module_needs_no_import():
    assert isinstance(gymnasium.make(f"evomusic.env:{ID}", task="tiny").unwrapped, em.MelodyEnv)
