"""Planning: exact values, policies and melodies from a known model."""

from __future__ import annotations

from evomusic._lazy import lazy

_WHERE = {
    "evaluate_policy": "evaluation",
}

__all__ = [*_WHERE]

__getattr__ = lazy(__name__, _WHERE)


def __dir__() -> list[str]:
    return sorted(__all__)
