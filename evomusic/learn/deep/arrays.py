"""Learners of stable-baselines3 as arrays: a state is taken from a learner, and a learner filled from a state.

A learner is built anew for each step of the method and filled from the state, so nothing lives on between steps that
the state does not hold: parameters, Adam's moments, DQN's replay buffer and the counters of schedules.
"""

from __future__ import annotations

import random
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.learn.deep.options import NETWORK
from evomusic.learn.explore import Decay, now, schedule

POLICIES: Final = {"RecurrentPPO": "MlpLstmPolicy"}  # others are MlpPolicy
REPLAYED: Final = ("observations", "next_observations", "actions", "rewards", "dones")
ROLLOUT: Final = {"PPO": 64, "MaskablePPO": 64, "RecurrentPPO": 128}  # the library's own sizes of a batch
_TABLE = threading.RLock()  # the generators are the whole process's

Floats = NDArray[np.float32]


class Replay(NamedTuple):
    """Transitions in DQN's replay buffer, oldest first until it is full; `place` is where the next one goes."""

    observations: NDArray[np.int32]  # (N, 1, ...)
    following: NDArray[np.int32]
    actions: NDArray[np.int64]
    rewards: Floats
    ends: Floats
    place: int


class Network(NamedTuple):
    """State of a learner: parameters (N,), Adam's two moments (2, M) and age of each tensor, and its counters."""

    parameters: Floats
    moments: Floats
    ages: Floats
    steps: int
    trainings: int
    replay: Replay | tuple[()]


@contextmanager
def aside() -> Iterator[None]:
    """Context in which the global generators may be seeded; they are restored after it. Torch uses one thread."""
    import torch

    with _TABLE, torch.random.fork_rng(devices=[]):
        python, legacy, threads = random.getstate(), np.random.get_state(), torch.get_num_threads()  # noqa: NPY002
        torch.set_num_threads(1)  # sums in another order are other bytes
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(legacy)  # noqa: NPY002
            torch.set_num_threads(threads)


def library(algorithm: str) -> Any:
    """Return the class of an algorithm.

    Raises:
        ValueError: the extra is not installed.
    """
    try:
        import sb3_contrib
        import stable_baselines3
    except ImportError as error:
        needs = f"Deep with {algorithm} needs stable-baselines3 and sb3-contrib"
        raise ValueError(f"{needs}: pip install 'evomusic[deep]' ({error})") from None
    return getattr(stable_baselines3, algorithm, None) or getattr(sb3_contrib, algorithm)


def built(
    algorithm: str, envs: Sequence[Callable[[], Any]], length: int, options: dict[str, Any], seed: int | None
) -> Any:
    """Build a learner on some environments, without logging.

    Args:
        algorithm: its name.
        envs: makers of environments, which are stepped side by side.
        length: T, steps of a rollout in each environment.
        options: those of the algorithm and of the policy, by the library's names.
        seed: seed of the initial parameters; None where they are filled in.

    Raises:
        ValueError: the extra is not installed.
    """
    make = library(algorithm)
    from stable_baselines3.common.logger import Logger
    from stable_baselines3.common.vec_env import DummyVecEnv

    own = {name: value for name, value in options.items() if name not in NETWORK}
    if algorithm != "DQN":
        batch = _batch(int(options.get("batch_size", ROLLOUT[algorithm])), length * len(envs))
        own |= {"n_steps": length, "batch_size": batch}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of a last mini-batch that is smaller
        model = make(
            POLICIES.get(algorithm, "MlpPolicy"),
            DummyVecEnv(list(envs)),
            policy_kwargs=_network(algorithm, options, seed is not None),
            seed=seed,
            device="cpu",
            **own,
        )
    model.set_logger(Logger(folder=None, output_formats=[]))
    return model


def _batch(size: int, rollout: int) -> int:
    """Return the size of a mini-batch; more where one transition would be left over: it has no deviation."""
    size = min(size, rollout)
    while rollout % size == 1:
        size += 1
    return size


def _network(algorithm: str, options: dict[str, Any], fresh: bool) -> dict[str, Any]:
    from torch import nn

    network: dict[str, Any] = {"features_extractor_class": _extractor}
    network |= {name: options[name] for name in NETWORK if name in options}
    if "net_arch" in network:
        network["net_arch"] = list(network["net_arch"])
    if "activation_fn" in network:
        network["activation_fn"] = getattr(nn, network["activation_fn"])
    if algorithm != "DQN" and not fresh:
        network["ortho_init"] = False  # costs time, and every parameter is filled in
    return network


def _extractor(space: Any) -> Any:
    """Return the library's own extractor; torch's LSTM refuses its numpy integer as number of inputs."""
    from stable_baselines3.common.torch_layers import FlattenExtractor

    extractor = FlattenExtractor(space)
    extractor._features_dim = int(extractor._features_dim)
    return extractor


def falling(decay: Decay, name: str, steps: int) -> Callable[[float], float]:
    """Return a schedule as the library reads it: a function of the share of the run that is left.

    Raises:
        ValueError: the length of the run is not known.
    """
    share = schedule(f"option {name}", replace(decay, steps=decay.steps or steps))
    plain = getattr(now, "py_func", now)  # a number a training: not worth compiling for
    return lambda left: float(plain(share, (1 - left) * steps))


def filled(model: Any, state: Network, total: int) -> Any:
    """Fill a learner from a state; return the callback that its rollouts need.

    Args:
        model: a learner, just built.
        state: its state; not written to.
        total: length of the run that schedules refer to.
    """
    import torch

    _, callback = model._setup_learn(total)
    with torch.no_grad():
        _pour(state.parameters, list(model.policy.parameters()))
    _fill_adam(model.policy.optimizer, state)
    model.num_timesteps, model._n_updates = state.steps, state.trainings
    model._update_current_progress_remaining(state.steps, total)
    if isinstance(state.replay, Replay):
        _fill_replay(model.replay_buffer, state.replay)
        model._n_calls = state.steps
        model.exploration_rate = model.exploration_schedule(model._current_progress_remaining)
    return callback


def _pour(flat: Floats, tensors: Sequence[Any]) -> None:
    """Copy a flat array into tensors: each keeps its own memory, so that the same sums are made in the same order."""
    import torch

    place = 0
    for tensor in tensors:
        part = flat[place : place + tensor.numel()]
        tensor.copy_(torch.from_numpy(part.copy()).view_as(tensor))
        place += tensor.numel()


def _trained(optimizer: Any) -> list[Any]:
    return [p for group in optimizer.param_groups for p in group["params"]]


def _fill_adam(optimizer: Any, state: Network) -> None:
    import torch

    if not state.ages.any():
        return
    tensors = _trained(optimizer)
    for tensor, age in zip(tensors, state.ages.tolist(), strict=True):
        optimizer.state[tensor] = {
            "step": torch.tensor(age),
            "exp_avg": torch.zeros_like(tensor),
            "exp_avg_sq": torch.zeros_like(tensor),
        }
    for moment, name in zip(state.moments, ("exp_avg", "exp_avg_sq"), strict=True):
        _pour(moment, [optimizer.state[tensor][name] for tensor in tensors])


def _fill_replay(buffer: Any, replay: Replay) -> None:
    for name, rows in zip(REPLAYED, replay[: len(REPLAYED)], strict=True):
        getattr(buffer, name)[: len(replay.actions)] = rows
    buffer.pos, buffer.full = replay.place, len(replay.actions) == buffer.buffer_size


def taken(model: Any) -> Network:
    """Return the state of a learner between melodies, in new arrays.

    Raises:
        ValueError: its parameters are no longer finite.
    """
    parameters = _flat(list(model.policy.parameters()))
    check_finite(model)
    optimizer = model.policy.optimizer
    tensors = _trained(optimizer)
    adam_states = [optimizer.state.get(tensor) or {} for tensor in tensors]
    moments = [
        _flat([adam.get(name, tensor.detach() * 0) for adam, tensor in zip(adam_states, tensors, strict=True)])
        for name in ("exp_avg", "exp_avg_sq")
    ]
    ages = np.array([float(adam.get("step", 0)) for adam in adam_states], np.float32)
    buffer = getattr(model, "replay_buffer", None)
    replay = _replay(buffer) if buffer is not None else ()
    return Network(parameters, np.stack(moments), ages, model.num_timesteps, model._n_updates, replay)


def check_finite(model: Any) -> None:
    """Raise ValueError where a learner has diverged."""
    if not np.isfinite(_flat(list(model.policy.parameters()))).all():
        raise ValueError(
            f"{type(model).__name__} diverged: its parameters are no longer finite after {model.num_timesteps} steps; "
            "use a smaller learning_rate among its options"
        )


def _flat(tensors: Sequence[Any]) -> Floats:
    return np.concatenate([tensor.detach().numpy().ravel() for tensor in tensors])


def _replay(buffer: Any) -> Replay:
    return Replay._make([*(getattr(buffer, name)[: buffer.size()].copy() for name in REPLAYED), buffer.pos])
