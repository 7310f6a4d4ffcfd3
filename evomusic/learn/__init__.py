"""Learning: values and policies from experience, on tasks and on finite MDPs alike."""

from __future__ import annotations

from evomusic._lazy import lazy

_WHERE = {
    "train": "training",
    "CartPole": "textbook.cart_pole",
    "Bandit": "textbook.bandits",
    "Testbed": "textbook.bandits",
    "run_bandit": "textbook.bandits",
    "fit_model": "model_based.learnt_model",
    "predict": "prediction.predict",
    "Prediction": "prediction.predict",
    "fit_values": "prediction.batch",
}

__all__ = [*_WHERE]

__getattr__ = lazy(__name__, _WHERE)


def __dir__() -> list[str]:
    return sorted(__all__)
