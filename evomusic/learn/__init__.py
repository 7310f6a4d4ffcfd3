"""Learning: values and policies from experience, on tasks and on finite MDPs alike."""

from __future__ import annotations

from evomusic._lazy import lazy

_WHERE = {
    "train": "training",
    "CartPole": "cart_pole",
    "Bandit": "bandits",
    "Testbed": "bandits",
    "run_bandit": "bandits",
    "fit_model": "experience",
    "predict": "estimation",
    "Prediction": "estimation",
    "fit_values": "prediction_batch",
}

__all__ = [*_WHERE]

__getattr__ = lazy(__name__, _WHERE)


def __dir__() -> list[str]:
    return sorted(__all__)
