"""The model inside a Gymnasium environment, where it shows one as `P`."""

from __future__ import annotations

from typing import Any

from evomusic.core.checks import shown, whole, wrong

LEFT_OUT = {"fickle_passenger": "the passenger may choose another destination"}  # options that P says nothing of
EPISODE = 200  # steps after which a check begins anew
SEED = 0  # of a check's steps and actions


def model_of(env: Any, start: Any, check: int) -> tuple[Any, Any]:
    """Outcomes `P` by state and action, and the start.

    `FrozenLake`'s `is_slippery` and `success_rate`, `CliffWalking`'s `is_slippery` and `Taxi`'s `is_rainy` and
    `rainy_probability` are part of `P`. `Taxi`'s `fickle_passenger` is not.

    Raises:
        ValueError: the environment shows no `P` or no start, does what `P` leaves out, or a check finds that.
    """
    inner = getattr(env, "unwrapped", env)
    model = getattr(inner, "P", None)
    check = whole("check", check)
    if model is None:
        raise ValueError(f"{shown(env)} has no attribute P, expected one with outcomes by state and action")
    for option, does in LEFT_OUT.items():
        if getattr(inner, option, False):
            raise ValueError(
                f"{shown(inner)} has {option}=True ({does}), which its P leaves out: P is the model of another "
                f"problem; make the environment with {option}=False, or learn on its steps"
            )
    begin = getattr(inner, "initial_state_distrib", None) if start is None else start
    if begin is None:
        raise ValueError(f"{shown(env)} does not say where it starts; give start, a state or (S,) probabilities")
    if check:
        _check(inner, model, check)
    return model, begin


def _check(env: Any, model: Any, steps: int) -> None:
    """Walk an environment at random; raise where it does what its `P` calls impossible."""
    env.action_space.seed(SEED)
    state, _ = env.reset(seed=SEED)
    for t in range(1, steps + 1):
        action = env.action_space.sample()
        ahead, reward, terminated, *_ = env.step(action)
        try:
            possible = [(to, float(r), bool(end)) for p, to, r, end in model[state][action] if p > 0]
        except (KeyError, IndexError, TypeError, ValueError):
            raise wrong(
                "the environment's observation", state, "a state of its P, with outcomes of every action"
            ) from None
        if (ahead, float(reward), bool(terminated)) not in possible:
            raise ValueError(
                f"action {action} in state {state} led to state {ahead} with reward {reward} and "
                f"terminated={bool(terminated)}, which P calls impossible: P is the model of another problem"
            )
        state = env.reset()[0] if terminated or t % EPISODE == 0 else ahead
