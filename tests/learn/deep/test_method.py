"""Deep learners under the ledger, where the extra is installed."""

from __future__ import annotations

import random

import numpy as np
import pytest

import evomusic as em
from evomusic.core.grid import HOLD
from evomusic.learn.deep.arrays import _extractor, aside
from evomusic.learn.deep.method import Deep
from evomusic.learn.deep.options import ALGORITHMS, OPTIONS
from evomusic.testing import check_method
from tests import random_tasks

torch = pytest.importorskip("torch")
sb3 = pytest.importorskip("stable_baselines3")
contrib = pytest.importorskip("sb3_contrib")

TASKS = {
    "rules": random_tasks.task(np.random.default_rng(0), em.Grid(bars=1, beats=3, steps_per_beat=2)),
    "final": random_tasks.task(np.random.default_rng(1), em.Grid(bars=1, beats=2, steps_per_beat=3), final=True),
    "one-step": random_tasks.task(np.random.default_rng(2), em.Grid(bars=1, beats=1, steps_per_beat=1, high=60)),
}
SMALL = {
    "PPO": {"n_epochs": 2, "batch_size": 8, "net_arch": (8,)},
    "DQN": {"buffer_size": 50, "learning_starts": 10, "batch_size": 4, "target_update_interval": 7, "net_arch": (8,)},
    "MaskablePPO": {"n_epochs": 2, "batch_size": 8, "net_arch": (8,)},
    "RecurrentPPO": {"n_epochs": 2, "batch_size": 12, "net_arch": (8,), "lstm_hidden_size": 4},
}


def small(algorithm: str, **fields) -> Deep:
    return Deep(**{"algorithm": algorithm, "melodies": 5, "options": SMALL[algorithm], **fields})


@pytest.mark.parametrize("task", ["final", "one-step"])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_deep_learners_keep_the_contract_of_methods(algorithm, task):
    options = {name: value for name, value in SMALL[algorithm].items() if name != "n_epochs"}
    options |= {} if algorithm == "DQN" else {"n_epochs": 1, "batch_size": 30}
    check_method(small(algorithm, observation="history", last=3, melodies=10, options=options), TASKS[task])


def test_deep_learners_keep_the_contract_through_a_view():
    check_method(small("PPO", view="pair", melodies=10), TASKS["rules"])


def theirs(method: Deep, task, envs, seed):
    """The library's own learner with the options of `small`, made without the adapter."""
    from stable_baselines3.common.vec_env import DummyVecEnv

    options = dict(SMALL[method.algorithm])
    kind = getattr(sb3, method.algorithm, None) or getattr(contrib, method.algorithm)
    policy = {"net_arch": list(options.pop("net_arch")), "features_extractor_class": _extractor}
    if method.algorithm == "RecurrentPPO":
        policy["lstm_hidden_size"] = options.pop("lstm_hidden_size")
    rollout = {} if method.algorithm == "DQN" else {"n_steps": task.grid.steps}
    fraction = {"exploration_fraction": 0.5} if method.algorithm == "DQN" else {}
    name = "MlpLstmPolicy" if method.algorithm == "RecurrentPPO" else "MlpPolicy"
    env = DummyVecEnv([lambda own=own: own for own in envs])
    own = {"gamma": 1.0, "learning_rate": 1e-3, **rollout, **fraction, **options}
    return kind(name, env, seed=seed, device="cpu", policy_kwargs=policy, **own)


def reseeds(seeds: dict[int, int]):
    """A callback that seeds the generators anew before the rollout that begins after so many steps."""
    from stable_baselines3.common.callbacks import BaseCallback

    class Reseed(BaseCallback):
        def _on_rollout_start(self):
            if self.num_timesteps in seeds:
                self.model.set_random_seed(seeds[self.num_timesteps])

        def _on_step(self):
            return True

    return Reseed()


@pytest.mark.filterwarnings("ignore:You have specified a mini-batch size")
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_two_steps_from_arrays_are_the_librarys_uninterrupted_learning(algorithm, tmp_path):
    task, rng = TASKS["rules"], np.random.default_rng(3)
    melodies = 6 if algorithm == "DQN" else 5  # 36 steps: trainings every 4 fall on the end
    each = melodies * task.grid.steps
    method = small(algorithm, melodies=melodies, steps=2 * each)
    state, first = method.init(task, rng)
    em.save_state(tmp_path / "state.npz", state, rng)
    state, rng = em.load_state(tmp_path / "state.npz", state)
    state, second = method.step(task, state, rng)

    draws = np.random.default_rng(3)
    seeds = [int(draws.integers(2**31)) for _ in range(3)]
    envs = method._envs(task)
    with aside():
        model = theirs(method, task, envs, seeds[0])
        model.learn(2 * each, callback=reseeds({0: seeds[1], each: seeds[2]}))

    rows = [own.rows for own in envs]
    made = (
        np.array([row for written in rows for row in written]) if algorithm == "DQN" else np.array(rows).swapaxes(0, 1)
    )
    ours = np.concatenate([first.melodies, second.melodies])
    assert np.array_equal(ours, made.reshape(ours.shape))
    assert np.array_equal(state.parameters, model.policy.parameters_to_vector())


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_options_have_the_librarys_names(algorithm):
    from inspect import signature

    from evomusic.learn.deep.options import NETWORK

    kind = getattr(sb3, algorithm, None) or getattr(contrib, algorithm)
    policy = kind.policy_aliases["MlpLstmPolicy" if algorithm == "RecurrentPPO" else "MlpPolicy"]
    names = set(signature(kind).parameters), set(signature(policy).parameters)
    for option in OPTIONS[algorithm]:
        assert option in names[option in NETWORK]


@pytest.mark.parametrize("clock", [True, False])
def test_state_observations_number_the_states_of_the_environment(clock):
    from evomusic.learn.deep.env import NetworkEnv

    task, view = TASKS["rules"], em.View(observers=em.View.named("pair").observers, clock=clock)
    network_env, env = NetworkEnv(task, view, 0, False), em.MelodyEnv(task, view)
    seen, state = network_env.reset()[0], env.reset()[0]
    for token in np.random.default_rng(0).integers(0, task.grid.tokens, task.grid.steps):
        assert network_env.observation_space.contains(seen)
        assert state == (seen[1] * network_env.observation_space.nvec[0] if clock else 0) + seen[0]
        (seen, reward, ended, cut, _), (state, own_reward, done, _, _) = network_env.step(token), env.step(token)
        assert (reward, ended, cut) == (own_reward, done, False)


def test_history_shows_the_last_tokens_then_the_step():
    from evomusic.learn.deep.env import NetworkEnv

    task = TASKS["rules"]
    none, network_env = task.grid.tokens, NetworkEnv(task, em.View(), 3, False)
    seen = [network_env.reset()[0].tolist()] + [network_env.step(token)[0].tolist() for token in (2, 3, 0, 1)]
    assert seen == [[none] * 3 + [0], [none, none, 2, 1], [none, 2, 3, 2], [2, 3, 0, 3], [3, 0, 1, 4]]
    assert network_env.observation_space.nvec.tolist() == [none + 1] * 3 + [task.grid.steps + 1]


def silent_holds(melodies) -> int:
    count = 0
    for row in melodies:
        sounding = False
        for token in row:
            count += token == HOLD and not sounding
            sounding = token > HOLD or (token == HOLD and sounding)
    return count


def test_only_the_maskable_learner_never_holds_silence():
    made = {}
    for algorithm in ("PPO", "MaskablePPO"):
        method, rng = small(algorithm, melodies=40, steps=10_000), np.random.default_rng(0)
        state, batch = method.init(TASKS["rules"], rng)
        made[algorithm] = silent_holds(batch.melodies) + silent_holds(method.deliver(TASKS["rules"], state))
    assert made["MaskablePPO"] == 0
    assert made["PPO"] > 0


def test_exploration_of_dqn_falls_over_the_run_to_its_greedy_melody():
    options = SMALL["DQN"] | {"learning_rate": 1e-12, "exploration_fraction": 0.5, "exploration_final_eps": 0.0}
    task, rng = TASKS["rules"], np.random.default_rng(0)
    method = small("DQN", options=options, melodies=8).within(4 * 8 * task.grid.steps)
    state, first = method.init(task, rng)
    for _ in range(3):
        state, last = method.step(task, state, rng)
    assert len(np.unique(first.melodies, axis=0)) > 1
    assert np.array_equal(np.unique(last.melodies, axis=0), method.deliver(task, state))


def test_dqn_explores_from_the_first_token_of_each_step():
    always = {"learning_starts": 0, "exploration_initial_eps": 1.0, "exploration_final_eps": 1.0}
    method, task = small("DQN", options=SMALL["DQN"] | always, melodies=2, steps=1_000), TASKS["rules"]
    state, _ = method.init(task, np.random.default_rng(0))
    first = [method.step(task, state, np.random.default_rng(seed))[1].melodies[0, 0] for seed in range(6)]
    assert len(set(first)) > 1  # 27 tokens: six random ones are alike once in 27**5 draws of seeds


def test_updates_are_gradient_steps():
    task = TASKS["rules"]
    run = em.run(small("PPO", melodies=8), task, steps=2 * 8 * 6)
    assert run.curve.updates[-1] == 2 * 2 * 6  # steps x epochs x mini-batches of 8 among 48
    run = em.run(small("DQN", melodies=8), task, steps=2 * 8 * 6)
    assert run.curve.updates[-1] == (96 - 8) / 4  # one in 4 steps after the first 10


def test_dqn_writes_on_until_a_training_falls_on_the_end_of_a_melody():
    task, method = TASKS["rules"], small("DQN", melodies=5, steps=1_000)  # 5 x 6 steps are no multiple of 4
    assert len(method.init(task, np.random.default_rng(0))[1].melodies) == 6


@pytest.mark.parametrize("melodies", [2, 9])
def test_no_mini_batch_holds_a_single_transition(melodies):
    options = SMALL["MaskablePPO"] | {"batch_size": 8}  # 9 x 1 steps would leave one, whose deviation is no number
    method = small("MaskablePPO", melodies=melodies, options=options)
    assert np.isfinite(method.init(TASKS["one-step"], np.random.default_rng(0))[0].parameters).all()


def test_process_is_left_as_it_was():
    torch.manual_seed(5)
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    before = torch.get_rng_state(), random.getstate(), torch.get_num_threads()  # numpy's: check_method looks at it
    em.run(small("DQN"), TASKS["rules"], steps=200)
    assert torch.equal(before[0], torch.get_rng_state())
    assert before[1:] == (random.getstate(), torch.get_num_threads())
    torch.set_num_threads(threads)


def test_steps_do_not_write_to_the_state_they_are_given():
    method, task = small("DQN", steps=1_000), TASKS["rules"]
    state, _ = method.init(task, np.random.default_rng(0))
    network = [np.array(part) for part in (*state[:5], *state.replay)]
    method.step(task, state, np.random.default_rng(1))
    assert all(np.array_equal(a, b) for a, b in zip(network, (*state[:5], *state.replay), strict=True))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_divergence_is_said_with_its_remedy(algorithm):
    method, task = small(algorithm, steps=1_000), TASKS["rules"]
    state, _ = method.init(task, np.random.default_rng(0))
    broken = state._replace(parameters=np.full_like(state.parameters, np.nan))
    with pytest.raises(ValueError, match=r"diverged.*use a smaller learning_rate"):
        method.step(task, broken, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("fields", "said"),
    [({"algorithm": "DQN"}, "exploration"), ({"options": {"learning_rate": em.Decay(1e-2, 1e-3)}}, "learning_rate")],
    ids=["dqn", "decay"],
)
def test_schedules_want_to_know_the_length_of_the_run(fields, said):
    with pytest.raises(ValueError, match=f"{said} falls over a share of the run: start it by run"):
        Deep(**fields).init(TASKS["rules"], np.random.default_rng(0))


def test_decaying_learning_rate_is_the_constant_one_that_it_reaches():
    task = TASKS["rules"]
    constant, falling = (
        em.run(small("PPO", options=SMALL["PPO"] | {"learning_rate": rate}), task, steps=120).state.parameters
        for rate in (1e-3, em.Decay(1e-2, 1e-3, 0.1))  # reached before the first training
    )
    assert np.array_equal(constant, falling)


def test_views_too_large_to_number_are_refused_with_another_way(monkeypatch):
    monkeypatch.setattr("evomusic.env.shared.CELLS", 100)
    with pytest.raises(ValueError, match="use observation='history'"):
        Deep(view="markov").init(TASKS["rules"], np.random.default_rng(0))


def test_without_a_clock_only_a_recurrent_policy_tells_steps_apart():
    view = em.View(clock=False)
    task, seeds = TASKS["rules"], range(5)
    kinds = {}
    for algorithm in ("PPO", "RecurrentPPO"):
        method = small(algorithm, view=view)
        rows = [method.deliver(task, method.init(task, np.random.default_rng(s))[0])[0] for s in seeds]
        kinds[algorithm] = max(len(np.unique(row)) for row in rows)
    assert kinds["PPO"] == 1
    assert kinds["RecurrentPPO"] > 1
