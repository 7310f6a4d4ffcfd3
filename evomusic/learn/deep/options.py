"""Options of deep learners: their names and ranges, and where this package's defaults are not the library's."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from evomusic.core.checks import choice, flag, number, whole, wrong
from evomusic.core.theory import nearest
from evomusic.learn.explore import Decay

ACTIVATIONS: Final = ("Tanh", "ReLU", "LeakyReLU", "ELU", "GELU", "SiLU")
LEAST: Final = 1e-12  # stands for: above 0
MOST: Final = 10_000_000  # of whole numbers
Options = Mapping[str, Any] | tuple[tuple[str, Any], ...]


class Number(NamedTuple):
    """The range of an option that is a number; `falls` says that a Decay may stand there."""

    low: float
    high: float = math.inf
    whole: bool = False
    falls: bool = False


COUNT: Final = Number(1, whole=True)
SHARE: Final = Number(0.0, 1.0)
ABOVE: Final = Number(LEAST)
SHARED: Final[dict[str, Any]] = {
    "learning_rate": Number(LEAST, 10.0, falls=True),
    "batch_size": Number(2, whole=True),
    "gamma": SHARE,
    "max_grad_norm": ABOVE,
    "net_arch": tuple,
    "activation_fn": ACTIVATIONS,
}
POLICY: Final[dict[str, Any]] = SHARED | {
    "n_epochs": COUNT,
    "gae_lambda": SHARE,
    "clip_range": Number(LEAST, falls=True),
    "clip_range_vf": Number(LEAST, falls=True),
    "normalize_advantage": bool,
    "ent_coef": Number(0.0),
    "vf_coef": Number(0.0),
    "target_kl": ABOVE,
    "ortho_init": bool,
}
OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "PPO": POLICY,
    "DQN": SHARED
    | {
        "buffer_size": COUNT,
        "learning_starts": Number(0, whole=True),
        "tau": Number(LEAST, 1.0),
        "train_freq": COUNT,
        "gradient_steps": COUNT,
        "target_update_interval": COUNT,
        "exploration_fraction": Number(LEAST, 1.0),
        "exploration_initial_eps": SHARE,
        "exploration_final_eps": SHARE,
    },
    "MaskablePPO": POLICY,
    "RecurrentPPO": POLICY | {"lstm_hidden_size": COUNT, "n_lstm_layers": COUNT},
}
ALGORITHMS: Final = tuple(OPTIONS)
NETWORK: Final = ("net_arch", "activation_fn", "ortho_init", "lstm_hidden_size", "n_lstm_layers")  # the policy's own
OURS: Final[dict[str, Any]] = {"gamma": 1.0, "learning_rate": 1e-3}
DEFAULTS: Final[dict[str, dict[str, Any]]] = {  # others are the library's
    "PPO": OURS,
    "DQN": OURS | {"buffer_size": 50_000, "target_update_interval": 1_000, "exploration_fraction": 0.5},
    "MaskablePPO": OURS,
    "RecurrentPPO": OURS | {"lstm_hidden_size": 64},
}


def frozen(algorithm: str, options: Options) -> tuple[tuple[str, Any], ...]:
    """Return options as sorted pairs of name and value, checked.

    Raises:
        ValueError: the algorithm has no such option, or a value is not of its kind or range.
    """
    kinds = OPTIONS[algorithm]
    try:
        values = dict(options)
    except (TypeError, ValueError):
        raise wrong("options", options, "a table of names and values") from None
    for name in values:
        if name not in kinds:
            raise ValueError(
                f"{algorithm} has no option {name!r}, expected one of {', '.join(kinds)}{nearest(str(name), kinds)}"
            )
    return tuple((name, _checked(f"option {name}", values[name], kinds[name])) for name in sorted(values))


def _checked(name: str, value: Any, kind: Any) -> Any:
    if kind is tuple:
        return _sizes(name, value)
    if kind is bool:
        return flag(name, value)
    return _number(name, value, kind) if isinstance(kind, Number) else choice(name, value, kind)


def _sizes(name: str, value: Any) -> tuple[int, ...]:
    """Sizes of hidden layers."""
    if not isinstance(value, (list, tuple)) or not all(type(n) is int and 0 < n <= MOST for n in value):
        raise wrong(name, value, "sizes of hidden layers, such as (64, 64)")
    return tuple(value)


def _number(name: str, value: Any, kind: Number) -> Any:
    if kind.whole:
        return whole(name, value, int(kind.low), MOST)
    if kind.falls and isinstance(value, Mapping):
        value = _decay(name, value)
    also = ", or a Decay between such" if kind.falls else ""
    low, above = (-math.inf, 0.0) if kind.low == LEAST else (kind.low, None)
    if not isinstance(value, Decay) or not kind.falls:
        return number(name, value, low, kind.high, above=above, also=also)
    for end in (value.start, value.end):
        number(name, end, low, kind.high, above=above, also=also)
    return value


def _decay(name: str, table: Mapping[str, Any]) -> Decay:
    """A schedule from the table that a study's file has for it."""
    try:
        return Decay(**table)
    except TypeError:
        raise wrong(name, dict(table), "start, end and fraction of a Decay") from None
